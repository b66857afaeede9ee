"""What a model and its context take of memory, known before they are loaded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llamacffi._native import ffi, lib, native_errors, start
from llamacffi.core import rpc
from llamacffi.core.context_params import to_params
from llamacffi.core.files import located
from llamacffi.core.fit import model_params
from llamacffi.core.gguf import check_file
from llamacffi.core.overrides import with_cpu_experts
from llamacffi.errors import BackendError, ModelLoadError, NativeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Unpack

    from llamacffi._native.options import ContextOptions, ModelOptions
    from llamacffi.core.backend import Device

__all__ = ["MemoryUse", "memory_use"]


@dataclass(frozen=True)
class MemoryUse:
    """Bytes that a model and its context take on one device."""

    device: str
    """Its name; "CPU" is the host's memory."""
    weights: int
    """Of the model. Where its file is mapped into memory, these are pages of the file."""
    context: int
    """Of keys, values and recurrent states."""
    compute: int
    """Of what is computed in between."""

    @property
    def total(self) -> int:
        """All together."""
        return self.weights + self.context + self.compute


def memory_use(
    path: str | os.PathLike[str],
    *,
    devices: Sequence[Device | str] | None = None,
    rpc_servers: Sequence[str] = (),
    n_cpu_moe: int = 0,
    model_options: ModelOptions | None = None,
    **options: Unpack[ContextOptions],
) -> tuple[MemoryUse, ...]:
    """Measure what a model takes on each device, the host last, without loading its weights (`no_alloc`).

    `options` are those of the context; `model_options` and the others before those of `Model`. From
    llama-common's common_get_device_memory_data. Raises ModelLoadError for what is no model or no context,
    BackendError when this llama.cpp cannot do it.
    """
    start()
    path = located(path)
    check_file(path)
    tables = with_cpu_experts(model_options or {}, n_cpu_moe)
    params, _pins, pointers = model_params(tables, devices, rpc_servers)
    context = to_params(options)
    room = lib.llama_max_devices() + 1
    found = ffi.new("ggml_backend_dev_t[]", room)
    table = ffi.new("uint64_t[]", 3 * room)
    native_errors()  # what earlier calls left behind is not this one's reason
    try:
        with rpc.connected(pointers):
            n = lib.lcffi_memory_use(os.fsencode(path), params, context, found, table, room)
    except NativeError as error:
        raise ModelLoadError(str(path), native_errors() or str(error)) from error
    if n == lib.LCFFI_FIT_MISSING:
        message = "this llama.cpp cannot measure what a model takes of memory"
        raise BackendError(message)
    names = [ffi.string(lib.ggml_backend_dev_name(found[i])).decode() for i in range(n - 1)]
    return tuple(MemoryUse(name, *table[3 * i : 3 * i + 3]) for i, name in enumerate([*names, "CPU"]))

"""Models that are in no file: metadata from a mapping, weights from a function."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import Handle, ffi, lib
from llamacffi._native.arrays import lend
from llamacffi._native.callbacks import defer, deferred
from llamacffi._native.digest import xxh3
from llamacffi.core import compat
from llamacffi.core.gguf import TensorInfo
from llamacffi.core.metadata import Metadata, set_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["InMemory", "InMemorySource"]


@dataclass(frozen=True)
class InMemory:
    """A model to load from Python: `Model(InMemory(metadata, fill))` (llama_model_init_from_user).

    `metadata` is what a GGUF file would say: numbers, texts, sequences and NumPy arrays; an int is written as uint32
    and a float as float32 where they fit, which is what llama.cpp expects nearly everywhere. `fill(name, shape)` gives
    each tensor, in NumPy's order of dimensions, as something that becomes float32[shape]. llama.cpp asks for every
    tensor that the architecture may have, optional ones too: zeros are right for a bias, ones for a scale or
    rope_freqs.
    """

    metadata: Mapping[str, object]
    fill: Callable[[str, tuple[int, ...]], object]

    def __post_init__(self) -> None:
        _check(self.metadata, self.fill)


def _check(metadata: object, fill: object) -> None:
    if not isinstance(metadata, Mapping):
        message = f"metadata must be a mapping from keys to values, not {metadata!r}"
        raise TypeError(message)
    if not callable(fill):
        message = f"fill must be a function of a name and a shape, not {fill!r}"
        raise TypeError(message)


class InMemorySource:
    """Loads an InMemory."""

    path = Path("in-memory")

    def __init__(self, description: InMemory) -> None:
        self._header = Handle(lib.gguf_init_empty(), lib.gguf_free)
        for key, value in description.metadata.items():
            set_value(self._header.ptr, key, value)
        self._fill = description.fill
        self._tensors: dict[str, TensorInfo] = {}
        self._digests: list[bytes] = []

    def load(self, params: Any) -> Any:
        """Call llama.cpp's function; the result may be NULL."""
        handle = ffi.new_handle(self)  # C holds this address during the call
        return compat.function("llama_model_init_from_user")(
            self._header.ptr, lib.cb_llama_model_set_tensor_data_t, handle, params
        )

    def metadata(self) -> Metadata:
        """What was given, as llama.cpp sees it."""
        return Metadata(self.with_header)

    def tensors(self) -> Mapping[str, TensorInfo]:
        """What was asked for."""
        return self._tensors

    def fingerprint(self) -> str:
        """A hash of all tensors."""
        return xxh3(b"".join(sorted(self._digests))).hex()

    def with_header(self, function: Callable[[Any], Any]) -> Any:
        """Call `function(gguf_context *)`."""
        return function(self._header.ptr)

    def give(self, tensor: Any) -> None:
        """Set the data of a `ggml_tensor *`."""
        name = ffi.string(tensor.name).decode("utf-8", "replace")
        n_dims = max((i + 1 for i in range(lib.GGML_MAX_DIMS) if tensor.ne[i] != 1), default=1)
        shape = tuple(int(tensor.ne[i]) for i in reversed(range(n_dims)))
        values: NDArray[np.float32] = np.ascontiguousarray(self._fill(name, shape), np.float32)
        if values.shape != shape:
            message = f"the model's tensor {name!r} has shape {shape}, {values.shape} was given"
            raise ValueError(message)
        lib.ggml_backend_tensor_set(tensor, lend("char[]", values), 0, values.nbytes)
        self._digests.append(xxh3(name.encode() + xxh3(values.data)))
        self._tensors[name] = TensorInfo(name, "f32", shape, 0, values.nbytes)


@compat.callback("cb_llama_model_set_tensor_data_t", onerror=defer)
def _give(tensor: Any, user_data: Any) -> None:
    if threading.get_ident() not in deferred:  # else llama.cpp cannot be stopped, but nobody waits for the rest
        ffi.from_handle(user_data).give(tensor)

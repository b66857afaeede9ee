"""Small changes to a model at work: LoRA adapters and control vectors, switched between decodes."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import Handle, ffi, lib, native_errors
from llamacffi._native.arrays import lend
from llamacffi._native.convert import number
from llamacffi.core import compat
from llamacffi.core.files import located
from llamacffi.core.fingerprint import of_files
from llamacffi.core.gguf import GGUFFile, has_floats
from llamacffi.core.rpc_peer import free_with
from llamacffi.errors import ContextError, ModelLoadError, NativeError

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray
    from typing_extensions import Self

    from llamacffi.core.gguf import TensorInfo
    from llamacffi.core.metadata import Value
    from llamacffi.core.model import Model
    from llamacffi.core.settings import Settings

__all__ = [
    "NO_ADAPTERS",
    "Adapter",
    "Attached",
    "ControlVector",
    "attach",
    "check_adapters",
    "check_vector",
    "registry",
    "steer",
]

registry = threading.RLock()
"""Held while adapters are loaded and freed: llama.cpp keeps a set of a model's adapters, which that changes, and reads
it where a context is made, and in its first decode after a change of adapters or control vector. Reentrant, because the
garbage collector may free an adapter while this thread loads one."""


class Adapter(Handle):
    """A LoRA adapter of one model (llama_adapter_lora_init); `context.set_adapters({adapter: scale})` puts it to work.

    It belongs to its model and may be used by any number of contexts at once. A context keeps what it uses: `close()`
    frees the adapter's memory when the last of them has let go.

    Raises ModelLoadError with llama.cpp's reason, for an adapter of another model too.
    """

    def __init__(self, model: Model, path: str | os.PathLike[str]) -> None:
        if model.vocab_only or model.no_alloc:
            message = "the model was loaded without its weights (vocab_only or no_alloc), which an adapter changes"
            raise ContextError(message)
        self.model = model
        self.path = located(path)
        with GGUFFile(self.path) as file:
            self.metadata: Mapping[str, Value] = MappingProxyType(dict(file.metadata))
            """What the file says of itself, typed; for example "adapter.lora.alpha"."""
            _check(self.path, model, file.tensors)
        self.fingerprint = of_files([self.path])
        """A hash of what it changes, to recognise a state that was computed with it."""
        super().__init__(_load(model, self.path), partial(free_with, model.peers, _free), model)
        self.invocation_tokens: tuple[int, ...] = compat.invocation_tokens(self.ptr)
        """Of an activated LoRA: the tokens from which on it is meant to be switched on. Else empty."""

    def __repr__(self) -> str:
        return f"<Adapter {self.path.name} of {self.model.description}>"


@dataclass(frozen=True, eq=False)
class ControlVector:
    """Directions that are added to what flows between the layers, float32[n_layer, n_embd]; `k * v` and `v + w` work.

    Row l is added after layer l, counted from 0. llama.cpp adds nothing after layer 0: that row must be zeros. Rows
    for the last layers may be missing.
    """

    directions: NDArray[np.float32]

    def __post_init__(self) -> None:
        try:
            directions = np.array(self.directions, np.float32, order="C")
        except (TypeError, ValueError, OverflowError) as error:
            message = f"a control vector must be numbers, float32[n_layer, n_embd]: {error}"
            raise TypeError(message) from error
        if directions.ndim != 2:
            message = f"a control vector has a row for each layer, [n_layer, n_embd], not shape {directions.shape}"
            raise ValueError(message)
        if not np.isfinite(directions).all():
            raise ValueError("the control vector has numbers that are not finite")
        if directions[:1].any():
            raise ValueError("row 0 of the control vector must be zeros: llama.cpp adds nothing after the first layer")
        directions.flags.writeable = False
        object.__setattr__(self, "directions", directions)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read the tensors `direction.1`, `direction.2`, … of a GGUF file, as llama.cpp's generator writes them.

        Raises ModelLoadError for a file that has none, or of different lengths.
        """
        with GGUFFile(located(path)) as file:
            rows: dict[int, NDArray[np.float32]] = {}
            for name, tensor in file.tensors.items():
                match = re.fullmatch(r"direction\.(\d{1,4})", name)
                if match is None or int(match[1]) == 0 or len(tensor.shape) != 1:
                    reason = f"tensor {name!r} of shape {tensor.shape} is not a direction.N of one dimension, N >= 1"
                    raise ModelLoadError(str(path), reason)
                try:
                    rows[int(match[1])] = file.read(name)
                except ValueError as error:
                    raise ModelLoadError(str(path), str(error)) from error
        widths = {row.size for row in rows.values()}
        if len(widths) != 1:
            reason = f"its directions have lengths {sorted(widths)}" if widths else "it has no directions"
            raise ModelLoadError(str(path), reason)
        directions = np.zeros((max(rows) + 1, widths.pop()), np.float32)
        for layer, row in rows.items():
            directions[layer] = row
        try:
            return cls(directions)
        except ValueError as error:
            raise ModelLoadError(str(path), str(error)) from error

    def __mul__(self, scale: float) -> ControlVector:
        return ControlVector(self.directions * np.float32(number("the scale of a control vector", scale)))

    __rmul__ = __mul__

    def __add__(self, other: ControlVector) -> ControlVector:
        if not isinstance(other, ControlVector):
            return NotImplemented
        n_layer = max(len(self.directions), len(other.directions))
        return ControlVector(_padded(self.directions, n_layer) + _padded(other.directions, n_layer))

    def __repr__(self) -> str:
        n_layer, n_embd = self.directions.shape
        return f"<ControlVector of {n_layer} layers, n_embd={n_embd}>"


@dataclass(frozen=True)
class Attached:
    """The adapters that a context uses, by scale; holds what C holds, closed or not."""

    scales: Mapping[Adapter, float]
    pins: tuple[Any, ...]


NO_ADAPTERS = Attached(MappingProxyType({}), ())


def attach(context: Settings, adapters: object) -> Attached:
    """Let a context use these adapters and no others; `Context.set_adapters` is the way to it."""
    checked = check_adapters(context.model, adapters)
    pins = tuple(adapter.ptr for adapter in checked)
    pointers = ffi.new("struct llama_adapter_lora *[]", pins)
    scales = ffi.new("float[]", [float(scale) for scale in checked.values()])
    context.call(compat.function("llama_set_adapters_lora"), pointers, len(pins), scales)
    return Attached(MappingProxyType(dict(checked)), pins)


def check_adapters(model: Model, adapters: object) -> Mapping[Adapter, float]:
    """Return adapters with their scales. Raises ValueError for one of another Model, TypeError for what is none."""
    if not isinstance(adapters, Mapping):
        message = f"adapters must be a mapping from Adapter to scale, such as {{adapter: 1.0}}, not {adapters!r}"
        raise TypeError(message)
    for adapter, scale in adapters.items():
        if not isinstance(adapter, Adapter):
            message = f"{adapter!r} is not an Adapter; load it with model.adapter(path)"
            raise TypeError(message)
        if adapter.model is not model:
            message = f"{adapter!r} was loaded for another Model object; load it with adapter(path) of this one"
            raise ValueError(message)
        number(f"the scale of {adapter!r}", scale)
    return adapters


def steer(context: Settings, vector: ControlVector | NDArray[np.float32] | None) -> None:
    """Let a context add this control vector; `Context.set_control_vector` is the way to it."""
    n_layer, n_embd = context.model.n_layer, context.model.n_embd
    if vector is None:
        context.call(compat.function("llama_set_adapter_cvec"), ffi.NULL, 0, n_embd, 0, 0)
        return
    vector = check_vector(context.model, vector)
    # All layers: llama.cpp leaves what was there before in those that it is given nothing for.
    data = np.ascontiguousarray(_padded(vector.directions, n_layer)[1:])
    function = compat.function("llama_set_adapter_cvec")
    status = context.call(function, lend("float[]", data), data.size, n_embd, 1, n_layer - 1)
    if status != 0:
        message = f"llama.cpp did not take the control vector: {native_errors() or f'it returned {status}'}"
        raise ContextError(message)


def check_vector(model: Model, vector: ControlVector | NDArray[np.float32]) -> ControlVector:
    """Return a control vector. Raises ValueError for one of another shape, TypeError for what is none."""
    if not isinstance(vector, ControlVector):
        vector = ControlVector(vector)
    rows, width = vector.directions.shape
    if width != model.n_embd or rows > model.n_layer:
        message = (
            f"the control vector is [{rows}, {width}], the model has n_layer={model.n_layer} and n_embd={model.n_embd}"
        )
        raise ValueError(message)
    if model.n_layer < 2:
        message = "the model has one layer, and llama.cpp adds a control vector only from the second on"
        raise ValueError(message)
    return vector


def _padded(directions: NDArray[np.float32], n_layer: int) -> NDArray[np.float32]:
    return np.pad(directions, ((0, n_layer - len(directions)), (0, 0)))


def _load(model: Model, path: Path) -> Any:
    import os

    model.check_servers()
    with registry:
        native_errors()  # what earlier calls left behind is not this one's reason
        try:
            ptr = model.share(lib.llama_adapter_lora_init, model.ptr, os.fsencode(path))
        except NativeError as error:
            raise ModelLoadError(str(path), str(error)) from error
    if not ptr:
        raise ModelLoadError(str(path), native_errors() or "llama.cpp gave no reason")
    return ptr


def _free(ptr: Any) -> None:
    with registry:
        lib.llama_adapter_lora_free(ptr)


def _check(file: Path, model: Model, tensors: Mapping[str, TensorInfo]) -> None:
    """Refuse what llama.cpp loads, and then asserts on or reads past the end of, in a decode."""
    path, size = str(file), file.stat().st_size
    for tensor in tensors.values():
        if tensor.offset + tensor.size > size:  # before 0.3.36, llama.cpp did not look
            reason = f"tensor {tensor.name!r} is not within the file bounds, {size} bytes; is the file complete?"
            raise ModelLoadError(path, reason)
        if not has_floats(tensor.type):
            raise ModelLoadError(path, f"tensor {tensor.name!r} has type {tensor.type}, which nothing multiplies with")
    for name, a in tensors.items():
        base = name.removesuffix(".lora_a")
        b, weight = tensors.get(f"{base}.lora_b"), model.tensors.get(base)
        if base == name or b is None or weight is None:
            continue  # llama.cpp says what is wrong with these
        if base == "token_embd.weight":
            if "output.weight" not in model.tensors:
                reason = "it changes token_embd.weight, which this model's output shares; llama.cpp cannot compute that"
                raise ModelLoadError(path, reason)
            wrong = a.shape[-1] != b.shape[-1]
        else:
            wrong = a.shape[:-2] != weight.shape[:-2] or b.shape[:-2] != weight.shape[:-2]
        if wrong:
            shapes = f"{a.shape} and {b.shape} for {weight.shape}"
            raise ModelLoadError(path, f"the pair for {base!r} has shapes {shapes}; was it made for another model?")

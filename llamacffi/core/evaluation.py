"""Looking at the tensors of a graph while it is computed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import ffi, lib
from llamacffi._native.arrays import lend
from llamacffi._native.callbacks import defer, deferred
from llamacffi.errors import LlamaError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["EvalTensor", "watcher"]


class EvalTensor:
    """A tensor of the graph that a decode computes, as `cb_eval` is given it; of use only while it runs.

    `name` is llama.cpp's ("l_out-0" is what leaves layer 0), `op` ggml's word for what computes it, `type` its number
    type. `shape` is in NumPy's order, with two dimensions at least: (n_tokens, n_embd) of a layer.
    """

    __slots__ = ("_asked", "_c", "name", "op", "shape", "type")

    def __init__(self, tensor: Any, *, asked: bool) -> None:
        self._c = tensor
        self._asked = asked
        self.name: str = ffi.string(tensor.name).decode("utf-8", "replace")
        self.op: str = ffi.string(lib.ggml_op_name(tensor.op)).decode()
        self.type: str = ffi.string(lib.ggml_type_name(tensor.type)).decode()
        n_dims = max(2, lib.ggml_n_dims(tensor))
        self.shape: tuple[int, ...] = tuple(tensor.ne[i] for i in reversed(range(n_dims)))

    def __repr__(self) -> str:
        return f"<EvalTensor {self.name}, {self.type}{list(self.shape)}>"

    def data(self) -> NDArray[Any]:
        """A copy of the numbers, in the tensor's shape and type; float32 for bf16 (ggml_backend_tensor_get).

        Raises LlamaError when they are not computed yet (`ask` is True) or the callback is over, TypeError for a
        quantized tensor.
        """
        tensor = self._c
        if tensor is None or self._asked:
            when = "is not computed yet" if self._asked else "is gone"
            message = f"the tensor {self.name} {when}: read it in the call of cb_eval that has ask=False"
            raise LlamaError(message)
        dtype = _DTYPES.get(self.type)
        if dtype is None:
            message = f"the tensor {self.name} is {self.type}; NumPy has no such type"
            raise TypeError(message)
        if 0 in self.shape:
            return np.zeros(self.shape, _NARROW.get(self.type, dtype))
        raw = np.empty(lib.ggml_nbytes(tensor), np.uint8)
        lib.ggml_backend_tensor_get(tensor, lend("char[]", raw), 0, raw.nbytes)
        strides = tuple(tensor.nb[i] for i in reversed(range(len(self.shape))))
        numbers: NDArray[Any] = np.ndarray(self.shape, dtype, raw, strides=strides)
        if self.type == "bf16":  # the upper half of a float32
            return (numbers.astype(np.uint32) << 16).view(np.float32)
        return np.ascontiguousarray(numbers)

    def _forget(self) -> None:
        self._c = None


_DTYPES: dict[str, Any] = {
    "f64": np.float64,
    "f32": np.float32,
    "f16": np.float16,
    "bf16": np.uint16,
    "i64": np.int64,
    "i32": np.int32,
    "i16": np.int16,
    "i8": np.int8,
}
_NARROW: dict[str, Any] = {"bf16": np.float32}


class _Slot:
    """What C holds of the callback."""

    __slots__ = ("fn", "interrupt")

    def __init__(self, fn: Callable[[EvalTensor, bool], object], interrupt: Any) -> None:
        self.fn = fn
        self.interrupt = interrupt


def watcher(fn: Any, interrupt: Any) -> Any:
    """A handle for C's user data; `interrupt` is the struct whose `stop` ends the decode when `fn` raises."""
    if not callable(fn):
        message = f"cb_eval is {fn!r}, but must be callable: fn(tensor, ask)"
        raise TypeError(message)
    return ffi.new_handle(_Slot(fn, interrupt))


# On an error outside the function itself (Ctrl-C on the way in) True: the next call finds what was deferred.
@ffi.def_extern(name="cb_lcffi_eval_t", error=True, onerror=defer)
def _evaluate(tensor: Any, ask: bool, user_data: Any) -> bool:  # noqa: FBT001 - C's signature
    slot = ffi.from_handle(user_data)
    # False in answer to a finished tensor would leave the rest of the graph uncomputed and yet call it a success.
    go_on = not ask
    if deferred and threading.get_ident() in deferred:
        slot.interrupt.stop = 1
        return go_on
    seen = EvalTensor(tensor, asked=ask)
    try:
        return bool(slot.fn(seen, ask)) or go_on
    except BaseException as error:  # noqa: BLE001 - raised when the decode is over
        defer(None, error, None)
        slot.interrupt.stop = 1
        return go_on
    finally:
        seen._forget()  # noqa: SLF001 - the class above

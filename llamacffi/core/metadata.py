"""What a GGUF file says of itself, as Python values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from llamacffi._native import ffi, lib
from llamacffi._native.arrays import lend
from llamacffi._native.convert import text

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["Metadata", "Value", "set_value"]

Value: TypeAlias = "bool | int | float | str | tuple[str, ...] | NDArray[Any]"

_SCALARS: dict[int, Callable[[Any, int], Any]] = {
    lib.GGUF_TYPE_UINT8: lib.gguf_get_val_u8,
    lib.GGUF_TYPE_INT8: lib.gguf_get_val_i8,
    lib.GGUF_TYPE_UINT16: lib.gguf_get_val_u16,
    lib.GGUF_TYPE_INT16: lib.gguf_get_val_i16,
    lib.GGUF_TYPE_UINT32: lib.gguf_get_val_u32,
    lib.GGUF_TYPE_INT32: lib.gguf_get_val_i32,
    lib.GGUF_TYPE_UINT64: lib.gguf_get_val_u64,
    lib.GGUF_TYPE_INT64: lib.gguf_get_val_i64,
    lib.GGUF_TYPE_FLOAT32: lib.gguf_get_val_f32,
    lib.GGUF_TYPE_FLOAT64: lib.gguf_get_val_f64,
    lib.GGUF_TYPE_BOOL: lib.gguf_get_val_bool,
}

_DTYPES: dict[int, DTypeLike] = {
    lib.GGUF_TYPE_UINT8: np.uint8,
    lib.GGUF_TYPE_INT8: np.int8,
    lib.GGUF_TYPE_UINT16: np.uint16,
    lib.GGUF_TYPE_INT16: np.int16,
    lib.GGUF_TYPE_UINT32: np.uint32,
    lib.GGUF_TYPE_INT32: np.int32,
    lib.GGUF_TYPE_UINT64: np.uint64,
    lib.GGUF_TYPE_INT64: np.int64,
    lib.GGUF_TYPE_FLOAT32: np.float32,
    lib.GGUF_TYPE_FLOAT64: np.float64,
    lib.GGUF_TYPE_BOOL: np.bool_,
}

_SETTERS: dict[int, Callable[[Any, bytes, Any], None]] = {
    lib.GGUF_TYPE_UINT8: lib.gguf_set_val_u8,
    lib.GGUF_TYPE_INT8: lib.gguf_set_val_i8,
    lib.GGUF_TYPE_UINT16: lib.gguf_set_val_u16,
    lib.GGUF_TYPE_INT16: lib.gguf_set_val_i16,
    lib.GGUF_TYPE_UINT32: lib.gguf_set_val_u32,
    lib.GGUF_TYPE_INT32: lib.gguf_set_val_i32,
    lib.GGUF_TYPE_UINT64: lib.gguf_set_val_u64,
    lib.GGUF_TYPE_INT64: lib.gguf_set_val_i64,
    lib.GGUF_TYPE_FLOAT32: lib.gguf_set_val_f32,
    lib.GGUF_TYPE_FLOAT64: lib.gguf_set_val_f64,
}

_ARRAYS = {np.dtype(dtype).name: kind for kind, dtype in _DTYPES.items()}


class Metadata(Mapping[str, Value]):
    """The keys and values of a GGUF header: bool, int, float and str, and arrays.

    An array of numbers is a read-only NumPy array of the file's own type, one of strings a tuple. A value is converted
    when it is first asked for, so that a vocabulary of a million strings costs nothing until then.
    """

    def __init__(self, read: Callable[[Callable[[Any], Any]], Any]) -> None:
        # `read(function)` is function(gguf_context *), called while the context is sure to live.
        self._read = read
        self._ids: dict[str, int] = read(_keys)
        self._values: dict[str, Value] = {}

    def __getitem__(self, key: str) -> Value:
        if key not in self._values:
            index = self._ids[key]
            self._values[key] = self._read(lambda header: _value(header, index))
        return self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def __contains__(self, key: object) -> bool:
        return key in self._ids

    def __repr__(self) -> str:
        return f"<Metadata of {len(self)} keys: {', '.join(list(self)[:3])}, …>"


def _keys(header: Any) -> dict[str, int]:
    return {_text(lib.gguf_get_key(header, i)): i for i in range(lib.gguf_get_n_kv(header))}


def _value(header: Any, index: int) -> Value:
    kind = lib.gguf_get_kv_type(header, index)
    if kind == lib.GGUF_TYPE_STRING:
        return _text(lib.gguf_get_val_str(header, index))
    if kind != lib.GGUF_TYPE_ARRAY:
        scalar: bool | int | float = _SCALARS[kind](header, index)
        return scalar
    kind, n = lib.gguf_get_arr_type(header, index), lib.gguf_get_arr_n(header, index)
    if kind == lib.GGUF_TYPE_STRING:
        return tuple(_text(lib.gguf_get_arr_str(header, index, i)) for i in range(n))
    array = np.empty(n, _DTYPES[kind])
    if n:
        ffi.memmove(lend("char[]", array), lib.gguf_get_arr_data(header, index), array.nbytes)
    array.flags.writeable = False
    return array


def _text(chars: Any) -> str:
    text: str = ffi.string(chars).decode("utf-8", "replace")
    return text


def _key(key: object) -> bytes:
    if not isinstance(key, str):
        message = f"metadata must have keys of type str, not {key!r} ({type(key).__name__})"
        raise TypeError(message)
    if not key or "\0" in key:
        message = f"a key of metadata must have characters, and no NUL, not {key!r}"
        raise ValueError(message)
    return key.encode()


def set_value(header: Any, key: str, value: object) -> None:
    """Write a value into a `gguf_context *`, in place of the one that may be there.

    A number keeps the type of the number that was there. Else an int becomes uint32, or int32, uint64 or int64 when it
    does not fit, and a float float32; a sequence of ints is int32. Raises TypeError for a value of another kind,
    ValueError and OverflowError for one that does not fit.
    """
    name = _key(key)
    if isinstance(value, (bool, np.bool_)):
        lib.gguf_set_val_bool(header, name, bool(value))
    elif isinstance(value, str):
        lib.gguf_set_val_str(header, name, text(f"metadata[{key!r}]", value).encode())
    elif isinstance(value, (int, float, np.integer, np.floating)):
        number = int(value) if isinstance(value, (int, np.integer)) else float(value)
        _setter(header, key, number)(header, name, number)
    elif isinstance(value, Sequence) and value and all(isinstance(item, str) for item in value):
        texts = [ffi.new("char[]", item.encode()) for item in value]
        lib.gguf_set_arr_str(header, name, ffi.new("char *[]", texts), len(texts))
    elif isinstance(value, (Sequence, np.ndarray)) and len(value):
        array = np.ascontiguousarray(value)
        if not isinstance(value, np.ndarray):
            array = array.astype({"i": np.int32, "f": np.float32}.get(array.dtype.kind, array.dtype))
        kind = _ARRAYS.get(array.dtype.name)
        if kind is None or array.ndim != 1:
            message = f"metadata[{key!r}] must be of one dimension and of numbers or texts, not {value!r}"
            raise TypeError(message)
        lib.gguf_set_arr_data(header, name, kind, lend("char[]", array), array.size)
    else:
        message = f"metadata[{key!r}] must be a bool, int, float, str, or a sequence of such, not {value!r}"
        raise TypeError(message)


def _setter(header: Any, key: str, number: float) -> Callable[[Any, bytes, Any], None]:
    index = lib.gguf_find_key(header, key.encode())
    kind = lib.GGUF_TYPE_ARRAY if index < 0 else lib.gguf_get_kv_type(header, index)
    if kind in _SETTERS and (isinstance(number, int) or kind in {lib.GGUF_TYPE_FLOAT32, lib.GGUF_TYPE_FLOAT64}):
        return _SETTERS[kind]
    if not isinstance(number, int):
        return lib.gguf_set_val_f32
    for kind, low, high in (
        (lib.GGUF_TYPE_UINT32, 0, 2**32),
        (lib.GGUF_TYPE_INT32, -(2**31), 0),
        (lib.GGUF_TYPE_UINT64, 0, 2**64),
        (lib.GGUF_TYPE_INT64, -(2**63), 0),
    ):
        if low <= number < high:
            return _SETTERS[kind]
    message = f"metadata[{key!r}] must fit in 64 bits, not {number}"
    raise ValueError(message)

"""The part of the stub that does not depend on the headers: cffi's own classes."""

from __future__ import annotations

HEAD = '''\
"""llama.cpp's C API, for type checkers and editors.

Generated from llama.cpp's headers by `python build_ffi.py generate`; do not edit.

At run time the module has `ffi` and `lib` and nothing else: import the other names under `if TYPE_CHECKING:`.
A pointer to a record with fields has the class `record_p`, on which the fields are; `Ptr[record]` takes it too.
"""

# ruff: noqa
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO, Any, Final, Generic, Literal, ParamSpec, TypeAlias, TypeVar, overload

from typing_extensions import Buffer, deprecated

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
_R_co = TypeVar("_R_co", covariant=True)
_C = TypeVar("_C", bound=CData)
_F = TypeVar("_F", bound=Callable[..., Any])
_P = ParamSpec("_P")

class CType:
    """A C type, as `ffi.typeof` gives it."""

    kind: str
    cname: str
    item: CType
    length: int | None
    fields: list[tuple[str, Any]]
    args: tuple[CType, ...]
    result: CType
    ellipsis: bool
    elements: dict[int, str]
    relements: dict[str, int]

class CData:
    """A C value that Python has no class for: a record, a pointer, an array, a function."""

    def __enter__(self) -> CData: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __bool__(self) -> bool: ...

class Ptr(CData, Generic[_T_co]):
    """A pointer; `p[i]` is not checked against any length."""

    @overload
    def __getitem__(self, index: int, /) -> _T_co: ...
    @overload
    def __getitem__(self, index: slice, /) -> Array[_T_co]: ...
    def __setitem__(self, index: int | slice, value: Any, /) -> None: ...
    def __add__(self, n: int, /) -> Ptr[_T_co]: ...
    @overload
    def __sub__(self, n: int, /) -> Ptr[_T_co]: ...
    @overload
    def __sub__(self, other: Ptr[Any], /) -> int: ...
    def __lt__(self, other: Ptr[Any], /) -> bool: ...
    def __le__(self, other: Ptr[Any], /) -> bool: ...
    def __gt__(self, other: Ptr[Any], /) -> bool: ...
    def __ge__(self, other: Ptr[Any], /) -> bool: ...

class Array(Ptr[_T_co]):
    """An array; the index is checked."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[_T_co]: ...

class FunctionPtr(CData, Generic[_P, _R_co]):
    """A pointer to a function: one of C's, or a `lib.cb_*` whose body `ffi.def_extern` gives."""

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...

class Null(Ptr[Any], FunctionPtr[..., Any]):
    """`ffi.NULL`: a pointer of every type."""

class CBuffer:
    """Memory of C as Python's buffer protocol has it; it does not keep the memory alive."""

    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: int, /) -> bytes: ...
    @overload
    def __getitem__(self, index: slice, /) -> bytes: ...
    def __setitem__(self, index: int | slice, value: Buffer, /) -> None: ...

ConstPtr: TypeAlias = Ptr[_T] | list[_T] | tuple[_T, ...]
"""What a parameter `const T *` takes: a list or a tuple is copied for the time of the call."""

ConstChars: TypeAlias = bytes | Ptr[bytes]
"""What a parameter `const char *` takes: bytes, valid for the time of the call; a str must be encoded."""
'''

FFI_HEAD = '''
class FFI:
    """cffi's object for memory and types (https://cffi.readthedocs.io/en/stable/ref.html)."""

    NULL: Final[Null]
    CData: type[CData]
    CType: type[CType]
    error: type[Exception]
    errno: int
    buffer: type[CBuffer]
'''

FFI_TAIL = '''\
    @overload
    def new(self, cdecl: str | _t_CType, init: Any = ...) -> Any:
        """Memory for a value of a C pointer or array type, zeroed, freed with the object that is returned."""
    def new_allocator(
        self,
        alloc: Callable[[int], _t_CData] | None = ...,
        free: Callable[[_t_CData], Any] | None = ...,
        should_clear_after_alloc: bool = ...,
    ) -> Callable[..., Any]: ...
    def cast(self, cdecl: str | _t_CType, value: object) -> Any:
        """C's cast: a pointer of another type to the same address, or a number as a C value."""
    @overload
    def string(self, cdata: Ptr[bytes] | Ptr[int], maxlen: int = ...) -> bytes: ...
    @overload
    def string(self, cdata: _t_CData, maxlen: int = ...) -> Any:
        """The bytes (for char) or the str (for wchar_t) up to the first zero; for an enum, the enumerator's name."""
    @overload
    def unpack(self, cdata: Ptr[bytes], length: int) -> bytes: ...  # type: ignore[overload-overlap]
    @overload
    def unpack(self, cdata: Ptr[_T], length: int) -> list[_T]:
        """`length` items of an array, as bytes for char and as a list else."""
    def new_handle(self, obj: object, /) -> Ptr[Any]:
        """A `void *` that `from_handle` turns back into `obj`; it is valid as long as this object is kept alive."""
    def from_handle(self, handle: Ptr[Any], /) -> Any:
        """The object of a handle. A handle whose object is gone ends the process."""
    @overload
    def from_buffer(self, python_buffer: Buffer, /, require_writable: bool = ...) -> Array[bytes]: ...
    @overload
    def from_buffer(self, cdecl: str | _t_CType, python_buffer: Buffer, require_writable: bool = ...) -> Any:
        """An array over the memory of a Python object, which stays pinned as long as the result lives."""
    @overload
    def gc(self, cdata: _C, destructor: Callable[[_C], Any], size: int = ...) -> _C: ...
    @overload
    def gc(self, cdata: _t_CData, destructor: None, size: int = ...) -> None:
        """The same pointer, with a destructor that runs when the object that is returned is collected."""
    def release(self, cdata: _t_CData) -> None:
        """Free memory of `new`, `gc` or `from_buffer` now."""
    def addressof(self, cdata: _t_CData | Lib, *fields_or_indexes: str | int) -> Any:
        """The address of a record, of a field in it, or of a function of `lib`."""
    def sizeof(self, cdata_or_cdecl: _t_CData | str | _t_CType) -> int: ...
    def alignof(self, cdecl: str | _t_CType) -> int: ...
    def offsetof(self, cdecl: str | _t_CType, *fields_or_indexes: str | int) -> int: ...
    def typeof(self, cdata_or_cdecl: _t_CData | str | _t_CType) -> _t_CType: ...
    def getctype(self, cdecl: str | _t_CType, replace_with: str = ...) -> str: ...
    def integer_const(self, name: str) -> int: ...
    def list_types(self) -> tuple[list[str], list[str], list[str]]: ...
    def memmove(self, dest: _t_CData | Buffer, src: _t_CData | Buffer, n: int) -> None:
        """Copy `n` bytes."""
    @overload
    def callback(
        self,
        cdecl: str | _t_CType,
        python_callable: None = ...,
        error: Any = ...,
        onerror: Callable[[Any, Any, Any], Any] | None = ...,
    ) -> Callable[[Callable[..., Any]], Any]: ...
    @overload
    def callback(
        self,
        cdecl: str | _t_CType,
        python_callable: Callable[..., Any],
        error: Any = ...,
        onerror: Callable[[Any, Any, Any], Any] | None = ...,
    ) -> Any:
        """A function pointer made at run time; `def_extern` is faster and works where memory may not be executable."""
    def def_extern(
        self,
        name: str = ...,
        error: Any = ...,
        onerror: Callable[[type[BaseException], BaseException, TracebackType], Any] | None = ...,
    ) -> Callable[[_F], _F]:
        """Give a `lib.cb_*` its body; `error` is what C gets when the body raises."""
    def init_once(self, function: Callable[[], _T], tag: object) -> _T: ...
    def dlopen(self, name: str | None, flags: int = ...) -> Any: ...
    def dlclose(self, library: Any, /) -> None: ...

_t_CData: TypeAlias = CData
_t_CType: TypeAlias = CType
'''

"""The functions of `lib` for ctypes: by their guards' addresses, so that what fails in one is a Python exception too.

`ctypes_llama` and `ctypes_mtmd`, which are generated, are made of it. Importing it loads the backends.
"""

from __future__ import annotations

import builtins
import ctypes
import functools
import threading
import warnings
from typing import TYPE_CHECKING, Any

from llamacffi import errors
from llamacffi._native.binding import ffi, lib
from llamacffi._native.handle import Handle
from llamacffi._native.library import start
from llamacffi._native.plugin_files import shared_library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["compiled", "function", "laid_out", "library", "own"]

start()


def _address(cdata: Any) -> int:
    return int(ffi.cast("uintptr_t", cdata))


def _unguarded() -> tuple[Any, Any]:
    """Where a thread's flag of a pending error is, and what takes the error."""
    flag, take = ffi.new("void **"), ffi.new("void **")
    lib.lcffi_pending_functions(flag, take)
    text_p = ctypes.POINTER(ctypes.c_char_p)
    where = ctypes.CFUNCTYPE(ctypes.POINTER(ctypes.c_int32))(_address(flag[0]))
    return where, ctypes.CFUNCTYPE(None, text_p, text_p)(_address(take[0]))


_where, _take = _unguarded()


class _Here(threading.local):
    def __init__(self) -> None:
        self.pending = _where().contents


_here = _Here()


def _check(result: Any, _function: object, _arguments: object) -> Any:
    """Raise the error that a guard has kept; ctypes calls this after each function, in the thread that called."""
    if _here.pending.value:
        raise _taken()
    return result


def _taken() -> BaseException:
    class_name, text = ctypes.c_char_p(), ctypes.c_char_p()
    _take(class_name, text)
    name = (class_name.value or b"").decode()
    error_class: type[BaseException] = getattr(errors, name, None) or getattr(builtins, name)
    return error_class((text.value or b"").decode("utf-8", "replace"))


_Pointer = ctypes.CFUNCTYPE(None)


def function(
    name: str, restype: Any, argtypes: Sequence[Any], prototype: str, deprecated: str | None = None
) -> Callable[..., Any]:
    """The function `name` of the library, for ctypes arguments; `deprecated` is the hint that each call warns with.

    What llama.cpp declares and this build does not define raises NotImplementedError when it is called.
    """
    try:
        address = _address(ffi.addressof(lib, name))
    except AttributeError:
        return _undefined(name)
    made: Any = _Pointer(address)
    made.restype = restype
    made.argtypes = argtypes
    made.errcheck = _check
    made.__name__ = made.__qualname__ = name
    made.__doc__ = prototype
    return made if deprecated is None else _deprecated(made, deprecated)


def _deprecated(made: Any, hint: str) -> Callable[..., Any]:
    message = f"{made.__name__} is deprecated by llama.cpp: {hint}"

    @functools.wraps(made)
    def call(*arguments: Any) -> Any:
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return made(*arguments)

    return call


def _undefined(name: str) -> Callable[..., Any]:
    def call(*_arguments: object) -> Any:
        message = f"llama.cpp declares {name}, and the libraries of this build do not define it"
        raise NotImplementedError(message)

    call.__name__ = name
    return call


def laid_out(record: Any, spelt: str) -> None:
    """Check that a structure is as the compiler has it: a build from other headers may have another."""
    try:
        c_type: Any = ffi.typeof(spelt)
        there = ffi.sizeof(c_type), [(name, field.offset) for name, field in c_type.fields]
    except ffi.error:  # this llama.cpp has no such structure
        there = 0, []
    anonymous = getattr(record, "_anonymous_", ())
    fields: list[str] = []
    for name, kind, *_ in record._fields_:
        fields += [inner for inner, *_ in kind._fields_] if name in anonymous else [name]
    ours = ctypes.sizeof(record), [(name, getattr(record, name).offset) for name in fields]
    if ours != there:
        message = (
            f"{spelt} is another in the llama.cpp that llamacffi was built from than in the one that its ctypes modules"
            " were generated from: run `python build_ffi.py generate`"
        )
        raise errors.BuildError(message)


def compiled(name: str) -> Any:
    """A constant whose value only the C compiler knows."""
    return getattr(lib, name)


def own(address: int, free: Callable[[int], object], *owners: Handle) -> Handle:
    """A Handle for what a function of `ctypes` gave: freed when it is closed or collected, before its owners."""
    return Handle(ffi.cast("void *", address), lambda _ptr: free(address), *owners)


def library(name: str) -> ctypes.CDLL:
    """The shared library "llama", "ggml", "ggml-base" or "mtmd" itself: no guard stands before its functions."""
    return ctypes.CDLL(str(shared_library(name)))

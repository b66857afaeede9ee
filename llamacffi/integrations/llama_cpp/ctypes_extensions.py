"""`llama_cpp._ctypes_extensions`: what declares functions of a shared library."""

from __future__ import annotations

import ctypes
from ctypes import byref
from typing import TYPE_CHECKING, Any

from llamacffi._native.foreign import library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "CtypesArray",
    "CtypesCData",
    "CtypesFuncPointer",
    "CtypesPointer",
    "CtypesPointerOrRef",
    "CtypesRef",
    "CtypesVoidPointer",
    "byref",
    "ctypes_function_for_shared_library",
    "load_shared_library",
]

# Names for annotations, which nothing evaluates.
CtypesArray = CtypesCData = CtypesFuncPointer = CtypesPointer = CtypesPointerOrRef = CtypesRef = Any
CtypesVoidPointer = ctypes.c_void_p


def load_shared_library(lib_base_name: str, base_path: object = None) -> ctypes.CDLL:  # noqa: ARG001
    """This package's library of that name ("llama", "ggml", "mtmd"), wherever `base_path` is."""
    return library(lib_base_name)


def ctypes_function_for_shared_library(shared: ctypes.CDLL, /) -> Callable[..., Any]:
    """A decorator that gives a function of the library instead of what it decorates."""

    def ctypes_function(
        name: str,
        argtypes: Sequence[Any],
        restype: Any,
        enabled: bool = True,  # noqa: FBT001, FBT002 - as called
    ) -> Callable[[Any], Any]:
        def decorate(declared: Any) -> Any:
            if not enabled:
                return declared
            found = getattr(shared, name)
            found.argtypes, found.restype, found.__doc__ = argtypes, restype, declared.__doc__
            return found

        return decorate

    return ctypes_function

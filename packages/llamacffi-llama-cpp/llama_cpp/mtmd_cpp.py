"""mtmd.h for ctypes."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llama_cpp import llama_cpp as llama_cpp
    from llamacffi._native.ctypes_mtmd import *
    from llamacffi.integrations.llama_cpp.mtmd import *

__getattr__, __dir__ = fill(__name__)

"""llama.h for ctypes."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi._native.ctypes_llama import *
    from llamacffi.integrations.llama_cpp.low_level import *

__getattr__, __dir__ = fill(__name__)

"""Helpers for ctypes."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.integrations.llama_cpp.ctypes_extensions import *

__getattr__, __dir__ = fill(__name__)

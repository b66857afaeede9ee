"""The bare library of ggml."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.integrations.llama_cpp.ggml import *

__getattr__, __dir__ = fill(__name__)

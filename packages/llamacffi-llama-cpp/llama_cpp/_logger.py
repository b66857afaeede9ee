"""What of llama.cpp's log is seen."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.integrations.llama_cpp.logger import *

__getattr__, __dir__ = fill(__name__)

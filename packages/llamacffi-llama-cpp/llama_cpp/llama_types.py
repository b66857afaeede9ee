"""The types of requests and answers."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.integrations.llama_cpp.types import *
    from llamacffi.llama.types import *

__getattr__, __dir__ = fill(__name__)

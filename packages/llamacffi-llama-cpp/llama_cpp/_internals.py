"""The objects behind a Llama."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llama_cpp import llama_cpp as llama_cpp
    from llamacffi.llama.internal_samplers import *
    from llamacffi.llama.internals import *

__getattr__, __dir__ = fill(__name__)

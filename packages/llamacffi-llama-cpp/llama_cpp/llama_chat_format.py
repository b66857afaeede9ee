"""Chat formats and handlers."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llama_cpp import llama as llama
    from llama_cpp import llama_grammar as llama_grammar
    from llama_cpp import llama_types as llama_types
    from llamacffi.integrations.llama_cpp.chat_format import *
    from llamacffi.llama.formats import *
    from llamacffi.llama.formats.jinja import *

__getattr__, __dir__ = fill(__name__)

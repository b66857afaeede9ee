"""Draft models."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.llama.draft import LlamaDraftModel as LlamaDraftModel
    from llamacffi.llama.draft import LlamaPromptLookupDecoding as LlamaPromptLookupDecoding

__getattr__, __dir__ = fill(__name__)

"""Tokenizers."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.llama.tokenizers import BaseLlamaTokenizer as BaseLlamaTokenizer
    from llamacffi.llama.tokenizers import LlamaHFTokenizer as LlamaHFTokenizer
    from llamacffi.llama.tokenizers import LlamaTokenizer as LlamaTokenizer

__getattr__, __dir__ = fill(__name__)

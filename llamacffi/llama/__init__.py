"""`Llama`: everything behind one object."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from llamacffi.llama.llama import Llama

if TYPE_CHECKING:
    from llamacffi.llama.async_llama import AsyncLlama
    from llamacffi.llama.cache import BaseLlamaCache, LlamaCache, LlamaDiskCache, LlamaRAMCache
    from llamacffi.llama.draft import LlamaDraftModel, LlamaPromptLookupDecoding
    from llamacffi.llama.llama_grammar import LlamaGrammar
    from llamacffi.llama.llama_state import LlamaState
    from llamacffi.llama.processors import (
        LogitsProcessorList,
        MinTokensLogitsProcessor,
        StoppingCriteria,
        StoppingCriteriaList,
    )
    from llamacffi.llama.tokenizers import BaseLlamaTokenizer, LlamaHFTokenizer, LlamaTokenizer

__all__ = [
    "AsyncLlama",
    "BaseLlamaCache",
    "BaseLlamaTokenizer",
    "Llama",
    "LlamaCache",
    "LlamaDiskCache",
    "LlamaDraftModel",
    "LlamaGrammar",
    "LlamaHFTokenizer",
    "LlamaPromptLookupDecoding",
    "LlamaRAMCache",
    "LlamaState",
    "LlamaTokenizer",
    "LogitsProcessorList",
    "MinTokensLogitsProcessor",
    "StoppingCriteria",
    "StoppingCriteriaList",
]

_PLACES = {
    "AsyncLlama": "async_llama",
    "BaseLlamaCache": "cache",
    "LlamaCache": "cache",
    "LlamaDiskCache": "cache",
    "LlamaRAMCache": "cache",
    "LlamaDraftModel": "draft",
    "LlamaPromptLookupDecoding": "draft",
    "LlamaGrammar": "llama_grammar",
    "LlamaState": "llama_state",
    "LogitsProcessorList": "processors",
    "MinTokensLogitsProcessor": "processors",
    "StoppingCriteria": "processors",
    "StoppingCriteriaList": "processors",
    "BaseLlamaTokenizer": "tokenizers",
    "LlamaHFTokenizer": "tokenizers",
    "LlamaTokenizer": "tokenizers",
}


def __getattr__(name: str) -> Any:
    """What a Llama can do without is imported when it is asked for; asyncio, above all, takes a while."""
    if name in _PLACES:
        return getattr(import_module(f"llamacffi.llama.{_PLACES[name]}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)

"""`Llama`: everything behind one object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi._lazy import on_first_use

if TYPE_CHECKING:
    from llamacffi.llama.async_llama import AsyncLlama
    from llamacffi.llama.cache import BaseLlamaCache, LlamaCache, LlamaDiskCache, LlamaRAMCache
    from llamacffi.llama.draft import LlamaDraftModel, LlamaPromptLookupDecoding
    from llamacffi.llama.formats.media_handlers import (
        Gemma4ChatHandler,
        Llama3VisionAlphaChatHandler,
        Llava15ChatHandler,
        Llava16ChatHandler,
        MiniCPMv26ChatHandler,
        MoondreamChatHandler,
        MTMDChatHandler,
        NanoLlavaChatHandler,
        ObsidianChatHandler,
        Qwen25VLChatHandler,
    )
    from llamacffi.llama.llama import Llama
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
    "Gemma4ChatHandler",
    "Llama",
    "Llama3VisionAlphaChatHandler",
    "LlamaCache",
    "LlamaDiskCache",
    "LlamaDraftModel",
    "LlamaGrammar",
    "LlamaHFTokenizer",
    "LlamaPromptLookupDecoding",
    "LlamaRAMCache",
    "LlamaState",
    "LlamaTokenizer",
    "Llava15ChatHandler",
    "Llava16ChatHandler",
    "LogitsProcessorList",
    "MTMDChatHandler",
    "MinTokensLogitsProcessor",
    "MiniCPMv26ChatHandler",
    "MoondreamChatHandler",
    "NanoLlavaChatHandler",
    "ObsidianChatHandler",
    "Qwen25VLChatHandler",
    "StoppingCriteria",
    "StoppingCriteriaList",
]

if not TYPE_CHECKING:  # a checker knows the names, and finds those that are not there
    __getattr__, __dir__ = on_first_use(
        __name__,
        {
            "async_llama": "AsyncLlama",
            "cache": "BaseLlamaCache LlamaCache LlamaDiskCache LlamaRAMCache",
            "draft": "LlamaDraftModel LlamaPromptLookupDecoding",
            "formats": "Gemma4ChatHandler Llama3VisionAlphaChatHandler Llava15ChatHandler Llava16ChatHandler "
            "MTMDChatHandler MiniCPMv26ChatHandler MoondreamChatHandler NanoLlavaChatHandler "
            "ObsidianChatHandler Qwen25VLChatHandler",
            "llama": "Llama",
            "llama_grammar": "LlamaGrammar",
            "llama_state": "LlamaState",
            "processors": "LogitsProcessorList MinTokensLogitsProcessor StoppingCriteria StoppingCriteriaList",
            "tokenizers": "BaseLlamaTokenizer LlamaHFTokenizer LlamaTokenizer",
        },
    )

"""Prompt caches."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.llama.cache import BaseLlamaCache as BaseLlamaCache
    from llamacffi.llama.cache import LlamaCache as LlamaCache
    from llamacffi.llama.cache import LlamaDiskCache as LlamaDiskCache
    from llamacffi.llama.cache import LlamaRAMCache as LlamaRAMCache

__getattr__, __dir__ = fill(__name__)

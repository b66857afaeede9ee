"""llamacffi under the name of llama_cpp."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import API_VERSION, fill

if TYPE_CHECKING:
    from llama_cpp import _internals as internals  # noqa: F401 - another name for it
    from llama_cpp import _logger as _logger
    from llama_cpp import llama as llama
    from llama_cpp import llama_cache as llama_cache
    from llama_cpp import llama_chat_format as llama_chat_format
    from llama_cpp import llama_cpp as llama_cpp
    from llama_cpp import llama_grammar as llama_grammar
    from llama_cpp import llama_speculative as llama_speculative
    from llama_cpp import llama_tokenizer as llama_tokenizer
    from llama_cpp import llama_types as llama_types
    from llama_cpp import mtmd_cpp as mtmd_cpp
    from llamacffi._native.ctypes_llama import *
    from llamacffi.integrations.llama_cpp.low_level import *
    from llamacffi.integrations.llama_cpp.types import *
    from llamacffi.llama.cache import BaseLlamaCache as BaseLlamaCache
    from llamacffi.llama.cache import LlamaCache as LlamaCache
    from llamacffi.llama.cache import LlamaDiskCache as LlamaDiskCache
    from llamacffi.llama.cache import LlamaRAMCache as LlamaRAMCache
    from llamacffi.llama.draft import LlamaDraftModel as LlamaDraftModel
    from llamacffi.llama.llama import Llama as Llama
    from llamacffi.llama.llama_grammar import LlamaGrammar as LlamaGrammar
    from llamacffi.llama.llama_state import LlamaState as LlamaState
    from llamacffi.llama.processors import LogitsProcessor as LogitsProcessor
    from llamacffi.llama.processors import LogitsProcessorList as LogitsProcessorList
    from llamacffi.llama.processors import MinTokensLogitsProcessor as MinTokensLogitsProcessor
    from llamacffi.llama.processors import StoppingCriteria as StoppingCriteria
    from llamacffi.llama.processors import StoppingCriteriaList as StoppingCriteriaList
    from llamacffi.llama.tokenizers import BaseLlamaTokenizer as BaseLlamaTokenizer
    from llamacffi.llama.tokenizers import LlamaTokenizer as LlamaTokenizer
    from llamacffi.llama.types import *

__version__ = API_VERSION
__getattr__, __dir__ = fill(__name__)

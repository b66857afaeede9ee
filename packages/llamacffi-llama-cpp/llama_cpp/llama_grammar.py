"""Grammars."""

from typing import TYPE_CHECKING

from llamacffi.integrations.llama_cpp import fill

if TYPE_CHECKING:
    from llamacffi.llama.llama_grammar import ARITHMETIC_GBNF as ARITHMETIC_GBNF
    from llamacffi.llama.llama_grammar import C_GBNF as C_GBNF
    from llamacffi.llama.llama_grammar import CHESS_GBNF as CHESS_GBNF
    from llamacffi.llama.llama_grammar import JAPANESE_GBNF as JAPANESE_GBNF
    from llamacffi.llama.llama_grammar import JSON_ARR_GBNF as JSON_ARR_GBNF
    from llamacffi.llama.llama_grammar import JSON_GBNF as JSON_GBNF
    from llamacffi.llama.llama_grammar import LIST_GBNF as LIST_GBNF
    from llamacffi.llama.llama_grammar import LLAMA_GRAMMAR_DEFAULT_ROOT as LLAMA_GRAMMAR_DEFAULT_ROOT
    from llamacffi.llama.llama_grammar import LlamaGrammar as LlamaGrammar
    from llamacffi.llama.llama_grammar import json_schema_to_gbnf as json_schema_to_gbnf

__getattr__, __dir__ = fill(__name__)

"""JSON Schema to GBNF, in llama.cpp's own words."""

from __future__ import annotations

from typing import Any

from llamacffi._native import ffi, lib
from llamacffi.errors import GrammarError

__all__ = ["schema_grammar"]


def schema_grammar(schema: str) -> str:
    """The GBNF that llama.cpp's converter writes for a schema, a text of JSON (json_schema_to_grammar).

    It ignores keywords that it does not know; `llamacffi.generation.constraints` checks a schema before it comes here.
    Raises GrammarError with the converter's reason when it refuses.
    """
    data = schema.encode()
    if b"\0" in data:
        message = "the schema has a NUL character in it"
        raise GrammarError(message)
    error = ffi.new("char[]", lib.LCFFI_SCHEMA_ERROR)
    grammar: Any = lib.lcffi_schema_grammar(data, error)
    if not grammar:
        reason = ffi.string(error).decode(errors="replace")
        message = f"llama.cpp refuses the schema: {reason}"
        raise GrammarError(message)
    text: str = ffi.string(grammar).decode(errors="replace")
    return text

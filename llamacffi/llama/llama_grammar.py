# ruff: noqa: ARG003, FBT001, FBT002 - the parameters are those that others know
"""Grammars as an object, and a few that are ready made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import text
from llamacffi.errors import GrammarError
from llamacffi.generation.constraints import GBNF, JSONSchema

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from llamacffi.generation.constraints import Constraint

__all__ = [
    "ARITHMETIC_GBNF",
    "CHESS_GBNF",
    "C_GBNF",
    "JAPANESE_GBNF",
    "JSON_ARR_GBNF",
    "JSON_GBNF",
    "LIST_GBNF",
    "LLAMA_GRAMMAR_DEFAULT_ROOT",
    "LlamaGrammar",
    "json_schema_to_gbnf",
]

LLAMA_GRAMMAR_DEFAULT_ROOT = "root"


class LlamaGrammar:
    """What an answer is held to: `LlamaGrammar.from_string(gbnf)`, or of a file, or of a JSON Schema.

    Made once, it serves any number of answers at a time. A grammar that is not one raises GrammarError, here or, where
    it takes a vocabulary to see it, before the answer begins; none is ever dropped or widened.
    """

    def __init__(self, *, _grammar: str, _constraint: Constraint | None = None) -> None:
        """The class methods are the way to it."""
        self._grammar = _grammar
        self._root = LLAMA_GRAMMAR_DEFAULT_ROOT
        self.constraint: Constraint = GBNF(_grammar, self._root) if _constraint is None else _constraint
        """What `SamplingParams(grammar=…)` takes."""

    @classmethod
    def from_string(cls, grammar: str, verbose: bool = True) -> LlamaGrammar:
        """A grammar in GBNF, which begins with the symbol `root`."""
        return cls(_grammar=text("the grammar", grammar, GrammarError))

    @classmethod
    def from_file(cls, file: str | os.PathLike[str], verbose: bool = True) -> LlamaGrammar:
        """A grammar from a file in UTF-8. Raises OSError, and GrammarError for a file that has none."""
        try:
            grammar = Path(file).read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            message = f"{str(file)!r} is no grammar: {error}"
            raise GrammarError(message) from None
        if not grammar.strip():
            message = f"{str(file)!r} is empty, but must have a grammar in GBNF"
            raise GrammarError(message)
        return cls.from_string(grammar, verbose=verbose)

    @classmethod
    def from_json_schema(cls, json_schema: str | Mapping[str, Any], verbose: bool = True) -> LlamaGrammar:
        """The JSON that is valid by a schema, given as text or as a dict.

        Raises GrammarError for a text that is not JSON, and for a schema that cannot be honoured to the letter.
        """
        schema = JSONSchema(_read(json_schema))
        return cls(_grammar=schema.gbnf, _constraint=schema)

    def __repr__(self) -> str:
        return f"LlamaGrammar({self.constraint!r:.100})"


def json_schema_to_gbnf(schema: str | Mapping[str, Any], prop_order: Sequence[str] | None = None) -> str:
    """The grammar of a schema, in GBNF; `prop_order` names the properties that come first, in that order.

    Raises GrammarError for a schema that a grammar of llama.cpp's cannot honour to the letter.
    """
    document = _read(schema)
    return JSONSchema(_ordered(document, tuple(prop_order)) if prop_order else document, engine="gbnf").gbnf


def _read(schema: object) -> Any:
    if isinstance(schema, Mapping):
        return schema
    try:
        return json.loads(text("the schema", schema, GrammarError))
    except ValueError as error:
        message = f"the schema is not JSON: {error}"
        raise GrammarError(message) from None


def _ordered(schema: Any, first: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_ordered(each, first) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    ordered = {key: _ordered(value, first) for key, value in schema.items()}
    properties = ordered.get("properties")
    if isinstance(properties, dict):
        names = [name for name in first if name in properties]
        ordered["properties"] = {name: properties[name] for name in [*names, *properties]}
    return ordered


_JSON_VALUES = r"""
value  ::= object | array | string | number | ("true" | "false" | "null") blank
object ::= "{" blank (member ("," blank member)*)? "}" blank
member ::= string ":" blank value
array  ::= "[" blank (value ("," blank value)*)? "]" blank
number ::= "-"? ("0" | [1-9] [0-9]{0,15}) ("." [0-9]{1,16})? ([eE] [-+]? [0-9]{1,3})? blank
blank  ::= | " " | "\n" [ \t]{0,20}
"""
_STRING = r"""
string ::= "\"" ([^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4}))* "\"" blank
"""

JSON_GBNF = "root ::= object" + _JSON_VALUES + _STRING
"""A JSON object."""

JSON_ARR_GBNF = r"""root ::= "[\n" blank (value (",\n" blank value)*)? "]" """ + _JSON_VALUES + _STRING
"""A JSON array, with each of its values on a line of its own."""

JAPANESE_GBNF = r"""
root ::= sign+ ([ \t\n] sign+)*
sign ::= [ぁ-ゟ] | [ァ-ヿ] | [、-〾] | [一-鿿]
"""
"""Text in kana, kanji and the punctuation that goes with them."""

LIST_GBNF = r"""
root ::= item+
item ::= "- " [^\r\n\x0b\x0c\x85\u2028\u2029]+ "\n"
"""
"""Lines that begin with a dash."""

ARITHMETIC_GBNF = r"""
root    ::= (sum "=" blank factor "\n")+
sum     ::= factor ([-+*/] blank factor)*
factor  ::= name | number | "(" blank sum ")" blank
name    ::= [a-z] [a-z0-9_]* blank
number  ::= [0-9]+ blank
blank   ::= " "?
"""
"""Equations, one a line."""

CHESS_GBNF = r"""
root    ::= "1. " ply " " ply "\n" (turn)+
turn    ::= [1-9] [0-9]? ". " ply " " ply "\n"
ply     ::= (piece | pawn | "O-O" "-O"?) [+#]?
piece   ::= [NBRQK] [a-h]? [1-8]? "x"? square
pawn    ::= ([a-h] "x")? square ("=" [NBRQ])?
square  ::= [a-h] [1-8]
"""
"""A game of chess in algebraic notation, a turn a line."""

C_GBNF = r"""
root      ::= function+
function  ::= type name "(" (type name (", " type name)*)? ") {\n" line* "}\n"
type      ::= ("int" | "float" | "char") " "
name      ::= [a-zA-Z_] [a-zA-Z0-9_]*
line      ::= "  " statement "\n"
statement ::= set ";" | call ";" | "return " sum ";" | block | "//" [^\n]*
block     ::= ("while (" test | "if (" test | "for (" set "; " test "; " set) ") {\n" line* "  }"
set       ::= type? name " = " sum
test      ::= sum compared sum
compared  ::= " " ("<" | "<=" | ">" | ">=" | "==" | "!=") " "
sum       ::= product (" " [-+] " " product)*
product   ::= factor (" " [*/] " " factor)*
factor    ::= "-"? (name | call | [0-9]+ | "(" sum ")")
call      ::= name "(" (sum (", " sum)*)? ")"
"""
"""Functions in a small part of C."""

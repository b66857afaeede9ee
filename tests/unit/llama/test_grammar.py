"""LlamaGrammar, and the grammars that come with it."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from llamacffi import GBNF, GrammarError, JSONSchema, SamplerChain, Sequence
from llamacffi.core.sampling import Greedy
from llamacffi.llama import llama_grammar
from llamacffi.llama.llama_grammar import LlamaGrammar, json_schema_to_gbnf

SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"enum": ["x", "y"]}},
    "required": ["a", "b"],
    "additionalProperties": False,
}


def accepts(grammar: str, uniform: Sequence, text: str) -> bool:
    """Whether a text belongs to a language, as the sampler sees it: every token, and then the end."""
    model = uniform.context.model
    tokens = model.vocab.tokenize(text, add_special=False)
    assert model.vocab.eos is not None
    with SamplerChain(LlamaGrammar.from_string(grammar).constraint.stage(model.vocab), Greedy()) as chain:
        try:
            for token in [*tokens, model.vocab.eos]:
                chain.accept(token)
        except GrammarError:
            return False
    return True


TEXTS: dict[str, tuple[list[str], list[str]]] = {
    "JSON_GBNF": (
        ['{"a": [1, -2.5e3, true, null], "b": {"c": "\\u00e9\\n"}}', "{}", '{"a":1}'],
        ["[]", '{"a": 01}', "{'a': 1}", '{"a": 1,}', "{"],
    ),
    "JSON_ARR_GBNF": (["[\n1,\n2]", '[\n{"a": []}]', "[\n]"], ["{}", "[1]", "[\n1,]"]),
    "LIST_GBNF": (["- one\n- two\n"], ["one\n", "- one", "-one\n"]),
    "ARITHMETIC_GBNF": (["x + 3*(y - 2) = z\n1=1\n"], ["x + = z\n", "x = \n", "x\n"]),
    "CHESS_GBNF": (["1. e4 e5\n2. Nf3 Nc6\n", "1. exd5 O-O-O\n2. a8=Q+ Rxa8#\n"], ["1. e9 e5\n2. a3 a4\n", "e4 e5"]),
    "JAPANESE_GBNF": (["これは、ラマです。"], ["llama", ""]),
    "C_GBNF": (
        ["int main() {\n  int x = 3 * (y + 1);\n  while (x < 5) {\n  x = f(x, 2);\n  }\n  return x;\n}\n"],
        ["int main() { }", "main() {\n}\n", "int main() {\n  x = ;\n}\n"],
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_grammars_that_come_with_it(uniform: Sequence, name: str) -> None:
    grammar = getattr(llama_grammar, name)
    inside, outside = TEXTS[name]
    assert [text for text in inside if not accepts(grammar, uniform, text)] == []
    assert [text for text in outside if accepts(grammar, uniform, text)] == []


def test_all_of_them_are_tested() -> None:
    assert {name for name in llama_grammar.__all__ if name.endswith("_GBNF")} == TEXTS.keys()


def test_from_a_text() -> None:
    grammar = LlamaGrammar.from_string('root ::= "a"', verbose=False)
    assert grammar.constraint == GBNF('root ::= "a"')
    assert pickle.loads(pickle.dumps(grammar)).constraint == grammar.constraint
    with pytest.raises(GrammarError, match="must be text"):
        LlamaGrammar.from_string("  ")
    with pytest.raises(TypeError, match="the grammar"):
        LlamaGrammar.from_string(5)  # type: ignore[arg-type]


def test_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.gbnf"
    path.write_text('root ::= "ä"', encoding="utf-8")
    assert (
        LlamaGrammar.from_file(path).constraint == LlamaGrammar.from_file(str(path)).constraint == GBNF('root ::= "ä"')
    )
    path.write_text("\n")
    with pytest.raises(GrammarError, match="is empty"):
        LlamaGrammar.from_file(path)
    path.write_bytes(b"root ::= \xff")
    with pytest.raises(GrammarError, match="is no grammar: .*invalid start byte"):
        LlamaGrammar.from_file(path)
    with pytest.raises(FileNotFoundError):
        LlamaGrammar.from_file(tmp_path / "none")


def test_from_a_schema(uniform: Sequence) -> None:
    for given in (json.dumps(SCHEMA), SCHEMA):
        grammar = LlamaGrammar.from_json_schema(given)
        assert grammar.constraint == JSONSchema(SCHEMA)
        assert accepts(grammar._grammar, uniform, '{"a": 5, "b": "x"}')
        assert not accepts(grammar._grammar, uniform, '{"a": 5, "b": "z"}')


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{", "the schema is not JSON"),
        ('{"type": "nothing"}', "nothing"),
        ('{"type": "string", "format": "no-such-format", "not": {"const": "a"}}', "not"),
        ('{"$ref": "#/none"}', "none"),
    ],
)
def test_a_schema_that_cannot_be_honoured_is_refused(schema: str, message: str) -> None:
    """The 8th fault of the original: it let any JSON pass instead."""
    with pytest.raises(GrammarError, match=message):
        json_schema_to_gbnf(schema)
    with pytest.raises(TypeError, match="the schema"):
        LlamaGrammar.from_json_schema(5)  # type: ignore[arg-type]


def test_the_order_of_properties(uniform: Sequence) -> None:
    by_a, by_b = json_schema_to_gbnf(json.dumps(SCHEMA)), json_schema_to_gbnf(SCHEMA, ["b", "c"])
    first_a, first_b = '{"a": 5, "b": "x"}', '{"b": "x", "a": 5}'
    assert [accepts(by_a, uniform, first_a), accepts(by_a, uniform, first_b)] == [True, False]
    assert [accepts(by_b, uniform, first_a), accepts(by_b, uniform, first_b)] == [False, True]

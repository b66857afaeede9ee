"""llguidance as the source of constraints, judged by the jsonschema package and Python's re."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest

from llamacffi import Dist, GrammarError, SamplerChain, SamplingParams, Sequence, generate
from llamacffi.generation.constraints import After, JSONSchema, Lark, Regex
from llamacffi.generation.constraints import constraint as constraints

pytest.importorskip("llguidance")

WILD: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "max_tokens": 600}


def said(sequence: Sequence, n: int = 8, **constraint: Any) -> list[str]:
    found = [generate(sequence, "hi", SamplingParams(seed=seed, **WILD, **constraint)) for seed in range(n)]
    texts = [each.text for each in found if each.finish_reason == "stop"]
    assert len(texts) >= n // 2
    return texts


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "number", "minimum": 0.25, "maximum": 3.5},
        {"type": "integer", "multipleOf": 7, "minimum": 0, "maximum": 500},
        {"type": "string", "pattern": "^[a-f]+$", "maxLength": 5},
        {"type": "object", "properties": {"p": {"type": "number", "minimum": 0, "maximum": 1}}, "required": ["p"]},
        {"type": "string", "format": "ipv4"},
    ],
)  # fmt: skip
def test_what_grammars_cannot_honour_llguidance_does(uniform: Sequence, schema: Any) -> None:
    with pytest.raises(GrammarError, match="cannot be honoured"):
        JSONSchema(schema, engine="gbnf")
    for text in said(uniform, schema=schema):
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(json.loads(text))


def test_a_schema_that_both_honour(uniform: Sequence) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "maxLength": 3}, "b": {"type": "array", "items": {"enum": [1, None]}}},
        "required": ["a", "b"],
        "additionalProperties": False,
    }  # fmt: skip
    for text in said(uniform, grammar=JSONSchema(schema, engine="llguidance")):
        jsonschema.validate(json.loads(text), schema)


def test_lark_and_the_regex_of_rust(uniform: Sequence) -> None:
    lark = Lark('start: greeting " " NAME "!"\ngreeting: "hello" | "bye"\nNAME: /[A-Z][a-z]{1,4}/')
    for text in said(uniform, grammar=lark):
        assert re.fullmatch(r"(hello|bye) [A-Z][a-z]{1,4}!", text)
        assert lark.parse(text) == text
    for text in said(uniform, grammar=Regex(r"(?i)[ab]{2,6}", engine="llguidance")):
        assert re.fullmatch("[abAB]{2,6}", text)


def test_it_is_asked_about_the_choice_first_and_clones_and_resets(uniform: Sequence) -> None:
    vocab = uniform.context.model.vocab
    uniform.feed([5])
    with SamplerChain(Regex("ab*", engine="llguidance").stage(vocab), Dist(1), vocab=vocab) as chain:
        assert vocab.piece(chain.sample(uniform.context)) in (b"a", b"ab")
        with chain.clone() as clone:
            chain.reset()
            assert vocab.piece(chain.sample(uniform.context))[:1] == b"a"
            token = clone.sample(uniform.context)
            assert vocab.is_eog(token) or set(vocab.piece(token)) == {ord("b")}
        chain.reset()
        with pytest.raises(GrammarError, match="does not allow|llguidance gave up"):
            chain.accept(vocab.tokenize("zz", add_special=False)[-1])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Lark("start: missing"), "llguidance refuses the Lark grammar"),
        (lambda: Regex("(a", engine="llguidance"), "llguidance refuses the pattern"),
        (
            lambda: JSONSchema({"not": {"type": "null"}}),
            "'not' at #/not cannot be honoured.*llguidance refuses the schema",
        ),
        (lambda: JSONSchema({"type": "array", "uniqueItems": True}), "uniqueItems.*llguidance refuses the schema"),
        (lambda: JSONSchema({"enum": list(range(20_000))}), "'enum' at #/enum.*at most 50000 bytes"),
        (lambda: JSONSchema({"type": "object", "dependentRequired": {"a": ["b"]}}), "llguidance refuses the schema"),
    ],
)
def test_what_neither_can_honour_is_refused(make: Any, message: str) -> None:
    with pytest.raises(GrammarError, match=f"(?s){message}"):
        make()


def test_without_it_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constraints, "has_llguidance", lambda: False)
    with pytest.raises(GrammarError, match=r"minimum.*pip install \"llamacffi\[structured\]\""):
        JSONSchema({"type": "number", "minimum": 0.5})
    monkeypatch.setattr("llamacffi.generation.constraints.structured.has_llguidance", lambda: False)
    with pytest.raises(GrammarError, match="needs llguidance"):
        Lark('start: "a"')


def test_free_text_first_is_for_grammars() -> None:
    with pytest.raises(TypeError, match="a grammar of llama.cpp's"):
        After("x", Regex("a", engine="llguidance"))

"""The schema of a reply is honoured to the letter or refused, by every template as without one."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from llamacffi import ChatTemplate, GrammarError, Greedy, SamplerChain, SamplingParams, Sequence, generate

USER = {"role": "user", "content": "hi"}
TEXT = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[a-c]{2,4}(-x)?$"},
        "born": {"type": "string", "format": "date"},
        "near": {"$ref": "#/$defs/place"},
        "age": {"type": "integer", "exclusiveMinimum": 3, "maximum": 12},
    },
    "required": ["name", "born", "near", "age"],
    "$defs": {"place": {"enum": ["here", 7, None]}},
}


@pytest.fixture
def template() -> ChatTemplate:
    return ChatTemplate(TEXT)


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"type": "integer", "multipleOf": 3}, "multipleOf"),
        ({"type": "object", "patternProperties": {"^a": {}}}, "patternProperties"),
        ({"type": "array", "uniqueItems": True}, "uniqueItems"),
        ({"not": {"type": "string"}}, "not"),
        ({"type": "object", "properties": {"a": {"type": "string", "pattern": "(?=x)y"}}}, "properties/a/pattern"),
    ],
)
def test_what_cannot_be_honoured_is_refused(template: ChatTemplate, schema: dict[str, Any], keyword: str) -> None:
    with pytest.raises(GrammarError, match=keyword):
        template.apply([USER], response_schema=schema)


def test_whatever_is_said_is_valid(template: ChatTemplate, uniform: Sequence) -> None:
    prompt = template.apply([USER], response_schema=SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker(["date"]))
    seen = set()
    for seed in range(40):
        options: dict[str, Any] = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0, "max_tokens": 1500}
        completion = generate(uniform, "x", SamplingParams(grammar=prompt, seed=seed, **options))
        assert completion.finish_reason == "stop"
        said = json.loads(prompt.parse(completion.text)["content"])
        validator.validate(said)
        seen.add(said["name"])
    assert len(seen) > 5


def test_what_is_not_valid_cannot_be_said(template: ChatTemplate, uniform: Sequence) -> None:
    vocab = uniform.context.model.vocab
    prompt = template.apply([USER], response_schema=SCHEMA)

    def fits(**changes: object) -> bool:
        text = json.dumps({"name": "ab", "born": "2024-01-31", "near": "here", "age": 4, **changes})
        chain = SamplerChain(prompt.stage(vocab), Greedy(), vocab=vocab)
        try:
            chain.accept(vocab.tokenize(text, add_special=False))
        except GrammarError:
            return False
        return True

    assert fits()
    assert fits(name="abc-x", near=7)
    for wrong in ({"name": "abd"}, {"born": "2024-02-30"}, {"near": "there"}, {"age": 3}, {"age": 13}):
        assert not fits(**wrong), wrong

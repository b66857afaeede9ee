"""The chat code with a model that really answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from llamacffi import ChatSession, ChatTemplate, Model, SamplingParams, Sequence

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def model(default_model: Path) -> Iterator[Model]:
    with Model(default_model) as model:
        yield model


def test_a_conversation(model: Model) -> None:
    with model.context(n_ctx=512) as context:
        session = ChatSession(Sequence(context), params=SamplingParams(temperature=0, max_tokens=32))
        assert "Tokyo" in session.send("What is the capital of Japan?").content
        reply = session.send("And of France?")
    assert "Paris" in reply.content
    assert reply.finish.usage.cached_tokens > 30


@pytest.mark.parametrize("tool_choice", ["required", "add"])
def test_a_call_that_is_required_is_made_and_fits_the_schema(tool_choice: str, model: Model) -> None:
    calls = []

    def add(a: int, b: int) -> int:
        """Add two whole numbers."""
        calls.append((a, b))
        return a + b

    with model.context(n_ctx=2048) as context:
        session = ChatSession(Sequence(context), params=SamplingParams(temperature=0, max_tokens=128), tools=[add])
        reply = session.send("What is 17 + 25?", tool_choice=tool_choice)
        assert reply.finish_reason == "tool_calls", reply.text
        (call,) = reply.tool_calls[:1]
        arguments = json.loads(call["function"]["arguments"])
        assert call["function"]["name"] == "add"
        assert {type(value) for value in arguments.values()} == {int}
        assert arguments.keys() == {"a", "b"}


def test_a_schema_for_the_reply(model: Model) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}}, "required": ["city"]}
    with model.context(n_ctx=512) as context:
        session = ChatSession(Sequence(context), params=SamplingParams(temperature=0, max_tokens=64))
        reply = session.send("What is the capital of Japan? In JSON.", response_schema=schema)
    assert isinstance(json.loads(reply.content)["city"], str)


def test_both_engines_on_its_template(model: Model) -> None:
    template = ChatTemplate.from_model(model)
    messages = [{"role": "user", "content": "Hi"}]
    assert template.apply(messages).text == template.render(messages)
    assert template.format.direct_apply({"messages": messages}) == template.render(messages)

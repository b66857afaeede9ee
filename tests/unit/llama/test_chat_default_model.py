"""Conversations with a model that really answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def llm(default_model: Path) -> Iterator[Llama]:
    with Llama(default_model, n_ctx=2048, n_threads=1, n_threads_batch=1, verbose=False) as llm:
        yield llm


def test_it_answers_and_streams_the_same(llm: Llama) -> None:
    messages: Any = [{"role": "user", "content": "What is the capital of Japan?"}]
    options: Any = {"temperature": 0, "max_tokens": 24}
    answer = llm.create_chat_completion(messages, **options)
    content = answer["choices"][0]["message"]["content"]
    assert content is not None
    assert "Tokyo" in content
    parts: Any = list(llm.create_chat_completion(messages, stream=True, **options))
    assert "".join(part["choices"][0]["delta"].get("content", "") for part in parts) == content
    messages += [{"role": "assistant", "content": content}, {"role": "user", "content": "And of France?"}]
    (choice,) = llm.create_chat_completion(messages, **options)["choices"]
    assert "Paris" in str(choice["message"]["content"])


@pytest.mark.parametrize("chat_format", ["chat_template.default", "chatml-function-calling"])
def test_a_call_that_must_be_made_fits_its_parameters(chat_format: str, llm: Llama) -> None:
    def weather(city: str, unit: str = "celsius") -> str:
        """Tell the weather in a city."""
        return f"{city} {unit}"

    llm.chat_format = chat_format
    answer: Any = llm.create_chat_completion(
        [{"role": "user", "content": "How is the weather in Paris?"}],
        tools=[weather],
        tool_choice="required",
        parallel_tool_calls=False,
        temperature=0,
        max_tokens=200,
    )
    (choice,) = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    (call,) = choice["message"]["tool_calls"]
    assert call["function"]["name"] == "weather"
    assert isinstance(json.loads(call["function"]["arguments"])["city"], str)
    llm.chat_format = "chat_template.default"


def test_a_schema_is_followed(llm: Llama) -> None:
    schema = {"type": "object", "properties": {"capital": {"type": "string", "maxLength": 20}}, "required": ["capital"]}
    form: Any = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    answer = llm.create_chat_completion(
        [{"role": "user", "content": "What is the capital of Japan?"}],
        response_format=form,
        temperature=0,
        max_tokens=60,
    )
    assert json.loads(str(answer["choices"][0]["message"]["content"])).keys() == {"capital"}

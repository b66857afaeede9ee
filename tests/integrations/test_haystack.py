"""llama-cpp-haystack's chat generator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integrations.wanted import MARKS, wanted

wanted("haystack_integrations.components.generators.llama_cpp", "llama-cpp-haystack")
pytestmark = MARKS

CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.fixture(scope="module")
def generator(model_path: str) -> Iterator[Any]:
    from haystack_integrations.components.generators.llama_cpp import LlamaCppChatGenerator

    made = LlamaCppChatGenerator(
        model=model_path,
        n_ctx=512,
        model_kwargs={"verbose": False, "n_threads": 1},
        generation_kwargs={"max_tokens": 32, "temperature": 0},
    )
    made.warm_up()
    yield made
    made.close()


def test_a_reply(generator: Any) -> None:
    from haystack.dataclasses import ChatMessage

    (reply,) = generator.run([ChatMessage.from_user("Say hello.")])["replies"]
    assert reply.text
    assert (
        reply.meta["usage"]["total_tokens"]
        == reply.meta["usage"]["prompt_tokens"] + reply.meta["usage"]["completion_tokens"]
    )
    assert reply.meta["finish_reason"] in ("stop", "length")


def test_a_stream_says_the_same(generator: Any) -> None:
    from haystack.dataclasses import ChatMessage

    messages = [ChatMessage.from_system("Be brief."), ChatMessage.from_user("Say hello.")]
    (whole,) = generator.run(messages)["replies"]
    parts: list[Any] = []
    (streamed,) = generator.run(messages, streaming_callback=parts.append)["replies"]
    assert streamed.text == whole.text == "".join(part.content for part in parts)
    assert len(parts) > 2


def test_a_schema(generator: Any) -> None:
    from haystack.dataclasses import ChatMessage

    held = {"response_format": {"type": "json_object", "schema": CITY}}
    (reply,) = generator.run([ChatMessage.from_user("Where is the Louvre? JSON.")], generation_kwargs=held)["replies"]
    assert set(json.loads(reply.text)) == {"city"}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_named_tool(generator: Any, *, streamed: bool) -> None:
    from haystack.dataclasses import ChatMessage
    from haystack.tools import Tool

    tool = Tool(name="weather", description="Tell the weather.", parameters=CITY, function=str)
    chosen = {"tool_choice": {"type": "function", "function": {"name": "weather"}}}
    callback = {"streaming_callback": (lambda part: None)} if streamed else {}
    asked = [ChatMessage.from_user("What is the weather in Paris?")]
    (reply,) = generator.run(asked, tools=[tool], generation_kwargs=chosen, **callback)["replies"]
    (call,) = reply.tool_calls
    assert call.tool_name == "weather"
    assert set(call.arguments) == {"city"}

"""Anthropic's messages as a chat template has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llamacffi import TemplateError
from llamacffi.server.messages.blocks import conversation
from llamacffi.server.messages.schema import MessagesRequest, choice_of, options_of, tools_of
from tests.server.protocols.said import WEATHER

pydantic = pytest.importorskip("pydantic")


def request(*messages: Any, **fields: Any) -> MessagesRequest:
    return MessagesRequest.model_validate({"messages": messages or [{"role": "user", "content": "Hi"}], **fields})


def blocks(*given: Any, role: str = "user") -> list[dict[str, Any]]:
    return conversation(request({"role": "user", "content": "Hi"}, {"role": role, "content": list(given)}))[0][1:]


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def test_system_texts_are_one_message() -> None:
    messages = [{"role": "system", "content": "a\nb"}, {"role": "user", "content": "Hi"}]
    assert conversation(request(system=[text("a"), text("b")])) == (messages, "")
    assert conversation(request(system="a\nb")) == (messages, "")


def test_a_stamp_in_the_system_prompt_is_the_same_for_all() -> None:
    def told(stamp: str) -> Any:
        header = f"x-anthropic-billing-header: cc_version=2.1; cch={stamp};You help."
        return conversation(request(system=header))[0][0]["content"]

    assert told("a5145") == told("00000") == "x-anthropic-billing-header: cc_version=2.1; cch=fffff;You help."
    assert conversation(request(system="cch=a5145;"))[0][0]["content"] == "cch=a5145;"


def test_results_come_before_what_is_said_with_them() -> None:
    result = {"type": "tool_result", "tool_use_id": "t1", "content": [text("rain")]}
    assert blocks(text("And now?"), result, {**result, "tool_use_id": "t2", "content": "sun", "is_error": True}) == [
        {"role": "tool", "tool_call_id": "t1", "content": "rain"},
        {"role": "tool", "tool_call_id": "t2", "content": "sun"},
        {"role": "user", "content": "And now?"},
    ]
    assert blocks({"type": "tool_result", "tool_use_id": "t1"}) == [
        {"role": "tool", "tool_call_id": "t1", "content": ""},
    ]


def test_calls_and_thoughts_are_the_assistants() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": ""}
    call = {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Zürich"}}
    (message,) = blocks(thought, {"type": "redacted_thinking", "data": "x"}, text("Well."), call, role="assistant")
    assert json.loads(message["tool_calls"][0]["function"].pop("arguments")) == {"city": "Zürich"}
    assert message == {
        "role": "assistant",
        "content": "Well.",
        "reasoning_content": "Hm.",
        "tool_calls": [{"id": "t1", "type": "function", "function": {"name": "weather"}}],
    }


def test_a_last_message_of_the_assistants_begins_the_answer() -> None:
    user, begun = {"role": "user", "content": "Hi"}, {"role": "assistant", "content": [text("We"), text("ll,")]}
    assert conversation(request(user, begun)) == ([user], "Well,")


def test_documents_and_images() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "AA=="}
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Long."}}
    found = {"type": "search_result", "title": "t", "source": "s", "content": [text("Found.")]}
    (message,) = blocks({"type": "image", "source": source}, document, found)
    assert message["content"] == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        text("Long."),
        text("Found."),
    ]


BAD: list[Any] = [
    {},
    {"type": 7},
    {"type": "text"},
    {"type": "text", "text": None},
    {"type": "image"},
    {"type": "image", "source": {"type": "file", "file_id": "f"}},
    {"type": "image", "source": {"type": "base64", "data": "AA=="}},
    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AA=="}},
    {"type": "document"},
    {"type": "search_result", "content": [7]},
    {"type": "thinking"},
    {"type": "tool_use", "id": "t", "name": "x"},
    {"type": "tool_use", "id": "t", "name": 7, "input": {}},
    {"type": "tool_use", "name": "x", "input": {}},
    {"type": "tool_result"},
    {"type": "tool_result", "tool_use_id": "t", "content": 7},
    {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "tool_use"}]},
    {"type": "server_tool_use", "id": "t", "name": "web_search", "input": {}},
]


@pytest.mark.parametrize("block", BAD, ids=str)
def test_what_is_no_block_is_refused(block: Any) -> None:
    with pytest.raises(TemplateError, match=r"messages\.1\.content\.0"):
        blocks(block)


def test_what_is_no_conversation_is_refused() -> None:
    with pytest.raises(TemplateError, match="nothing to answer"):
        conversation(request({"role": "assistant", "content": "Hi"}))
    with pytest.raises(TemplateError, match=r"messages\.0: the role is 'cat'"):
        conversation(request({"role": "cat", "content": "Hi"}))
    with pytest.raises(pydantic.ValidationError):
        MessagesRequest.model_validate({"messages": []})


def test_tools_and_choices() -> None:
    schema = WEATHER["parameters"]
    tool = {"name": "weather", "description": "Look out.", "input_schema": schema}
    assert tools_of(request(tools=[tool])) == [{"type": "function", "function": WEATHER}]
    with pytest.raises(TemplateError, match="tool 0 is"):
        tools_of(request(tools=[{"type": "bash_20250124", "name": "bash"}]))
    choices = {"auto": "auto", "any": "required", "none": "none"}
    assert {name: choice_of(request(tool_choice={"type": name})) for name in choices} == choices
    named = request(tool_choice={"type": "tool", "name": "weather", "disable_parallel_tool_use": True})
    assert choice_of(named) == {"type": "function", "function": {"name": "weather"}}
    assert options_of(named) == {"parallel_tool_calls": False}
    for choice in ({"type": "tool"}, {"type": "some"}):
        with pytest.raises(TemplateError, match="tool_choice is"):
            choice_of(request(tool_choice=choice))


def test_options_are_those_of_a_chat() -> None:
    form = {"type": "json_schema", "schema": {"type": "integer"}}
    asked = request(
        max_tokens=7,
        stop_sequences=["x", ""],
        thinking={"type": "enabled", "budget_tokens": 5},
        output_config={"effort": "low", "format": form},
    )
    assert options_of(asked) == {
        "enable_thinking": True,
        "reasoning_budget": 5,
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "integer"}}},
        "max_tokens": 7,
        "stop": ["x"],
    }
    assert options_of(request(thinking={"type": "disabled"})) == {"enable_thinking": False}
    for fields in ({"thinking": {"type": "maybe"}}, {"output_config": {"format": {"type": "text"}}}):
        with pytest.raises(TemplateError, match=r"thinking|output_config"):
            options_of(request(**fields))

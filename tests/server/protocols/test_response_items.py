"""What a response is asked with, as messages."""

from __future__ import annotations

from typing import Any

import pytest

from llamacffi import TemplateError
from llamacffi.server.responses.items import complete_items, messages_of
from llamacffi.server.responses.schema import ResponseRequest, chat_options_of, choice_of, tools_of
from tests.server.protocols.said import WEATHER

CALL = {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"}
RESULT = {"type": "function_call_output", "call_id": "c1", "output": "rain"}
THOUGHT = {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]}
SAID = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Well.", "annotations": []}],
}


def unknown(_name: str) -> None:
    return None


def messages(*items: Any, instructions: str | None = None) -> list[dict[str, Any]]:
    return messages_of(complete_items(list(items), unknown), instructions)


def call(**more: Any) -> dict[str, Any]:
    return {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}, **more}


def test_a_text_is_the_users() -> None:
    (item,) = complete_items("Hi", unknown)
    assert (item["type"], item["role"], item["status"]) == ("message", "user", "completed")
    assert item["content"] == [{"type": "input_text", "text": "Hi"}]
    assert item["id"].startswith("msg_")
    assert messages_of([item], "Be brief.") == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
    ]
    assert complete_items(None, unknown) == []


def test_what_the_assistant_does_in_a_row_is_one_message() -> None:
    assert messages({"role": "user", "content": "Hi"}, THOUGHT, SAID, CALL, RESULT, SAID) == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Well.", "reasoning_content": "Hm.", "tool_calls": [call()]},
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
        {"role": "assistant", "content": "Well."},
    ]
    assert messages(SAID, SAID, CALL, {**CALL, "call_id": "c2"}) == [
        {"role": "assistant", "content": "Well."},
        {"role": "assistant", "content": "Well.", "tool_calls": [call(), call(id="c2")]},
    ]
    assert messages(CALL, THOUGHT) == [
        {"role": "assistant", "content": None, "tool_calls": [call()]},
        {"role": "assistant", "content": None, "reasoning_content": "Hm."},
    ]


def test_system_messages_at_the_beginning_are_one() -> None:
    developer = {"role": "developer", "content": [{"type": "input_text", "text": "Rhyme."}]}
    assert messages(developer, {"role": "user", "content": "Hi"}, instructions="Be brief.") == [
        {"role": "system", "content": "Be brief.\n\nRhyme."},
        {"role": "user", "content": "Hi"},
    ]


def test_parts_are_those_of_a_chat() -> None:
    parts = [{"type": "input_text", "text": "a"}, {"type": "refusal", "refusal": "b"}]
    image = {"type": "input_image", "image_url": "data:image/png;base64,AA=="}
    assert messages({"role": "user", "content": parts}, {"role": "user", "content": [image]}) == [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]},
    ]
    assert messages({**RESULT, "output": [parts[0]]})[0]["content"] == "a"
    assert messages({"type": "reasoning", "summary": [], "encrypted_content": "x"}) == []


def test_a_reference_is_what_it_refers_to() -> None:
    known = {"id": "fc_1", **CALL}
    assert complete_items([{"type": "item_reference", "id": "fc_1"}], {"fc_1": known}.get) == [known]


BAD: list[Any] = [
    7,
    "text",
    [],
    {},
    {"type": None},
    {"type": "web_search_call", "id": "w"},
    {"type": "item_reference", "id": "fc_1"},
    {"type": "item_reference"},
    {"role": "cat", "content": "x"},
    {"role": None, "content": "x"},
    {"role": "user"},
    {"role": "user", "content": None},
    {"role": "user", "content": 7},
    {"role": "user", "content": ["x"]},
    {"role": "user", "content": [{}]},
    {"role": "user", "content": [{"type": "input_text"}]},
    {"role": "user", "content": [{"type": "input_text", "text": 7}]},
    {"role": "user", "content": [{"type": "input_image"}]},
    {"role": "user", "content": [{"type": "input_image", "image_url": {"url": 1}}]},
    {"role": "user", "content": [{"type": "input_file", "file_id": "x"}]},
    {**CALL, "arguments": {}},
    {**CALL, "name": None},
    {**CALL, "call_id": 1},
    {**RESULT, "output": None},
    {**RESULT, "output": [7]},
    {"type": "reasoning", "content": "x"},
    {"type": "reasoning", "summary": [7]},
]


@pytest.mark.parametrize("item", BAD, ids=str)
def test_what_is_no_item_is_refused(item: Any) -> None:
    with pytest.raises(TemplateError, match=r"item|part"):
        messages(item)


def request(**fields: Any) -> ResponseRequest:
    return ResponseRequest.model_validate({"input": "Hi", **fields})


def test_tools_are_functions_and_others_are_left_out() -> None:
    asked = request(tools=[{"type": "web_search"}, {"type": "function", "strict": None, **WEATHER}])
    assert tools_of(asked) == [{"type": "function", "function": WEATHER}]
    two = [{"type": "function", "name": name} for name in "ab"]
    allowed = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "b"}]}
    asked = request(tools=two, tool_choice=allowed)
    assert (tools_of(asked), choice_of(asked)) == ([{"type": "function", "function": {"name": "b"}}], "required")
    with pytest.raises(TemplateError, match="tool 0 has the name None"):
        tools_of(request(tools=[{"type": "function"}]))


def test_a_choice_names_a_function() -> None:
    assert choice_of(request(tool_choice="required")) == "required"
    named = {"type": "function", "name": "weather"}
    assert choice_of(request(tool_choice=named)) == {"type": "function", "function": {"name": "weather"}}
    for choice in ({"type": "web_search"}, {"type": "function"}, {}):
        with pytest.raises(TemplateError, match="tool_choice is"):
            choice_of(request(tool_choice=choice))


def test_options_are_those_of_a_chat() -> None:
    schema = {"type": "json_schema", "name": "x", "schema": {"type": "integer"}, "strict": True}
    asked = request(
        max_output_tokens=7,
        reasoning={"effort": "none"},
        parallel_tool_calls=False,
        text={"format": schema},
        top_logprobs=3,
    )
    assert chat_options_of(asked) == {
        "parallel_tool_calls": False,
        "reasoning_effort": "none",
        "enable_thinking": False,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "x", "schema": {"type": "integer"}, "strict": True},
        },
        "max_tokens": 7,
        "logprobs": True,
        "top_logprobs": 3,
    }
    assert chat_options_of(request(text={"format": {"type": "text"}})) == {}
    assert chat_options_of(request(text={"format": {"type": "json_object"}})) == {
        "response_format": {"type": "json_object"}
    }
    for form in ({"type": "json_schema"}, {"type": "xml"}, {"type": 7}):
        with pytest.raises(TemplateError, match="text.format has"):
            chat_options_of(request(text={"format": form}))

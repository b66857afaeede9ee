"""What Ollama's routes are asked with, in llama.cpp's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llamacffi import TemplateError
from llamacffi.server.ollama.conversation import conversation, question
from llamacffi.server.ollama.schema import ChatRequest, GenerateRequest, options_of, seconds_of


def chat(**fields: Any) -> ChatRequest:
    return ChatRequest.model_validate(fields)


def test_options_have_llama_cpps_names() -> None:
    given = {"num_predict": 7, "num_keep": 2, "mirostat": 2, "temperature": 0, "stop": "x", "num_ctx": 99, "seed": 3}
    asked = chat(options=given, format="json", think="low", logprobs=True, top_logprobs=2)
    assert options_of(asked) == {
        "max_tokens": 7,
        "n_keep": 2,
        "mirostat": 2,
        "temperature": 0,
        "stop": "x",
        "seed": 3,
        "response_format": {"type": "json_object"},
        "enable_thinking": True,
        "reasoning_effort": "low",
        "logprobs": True,
        "top_logprobs": 2,
    }
    assert options_of(chat()) == options_of(chat(format="")) == {}
    assert options_of(chat(think=False)) == {"enable_thinking": False}
    for unlimited in (-1, -2):
        assert options_of(chat(options={"num_predict": unlimited})) == {"max_tokens": -1}
    schema = {"type": "integer"}
    assert options_of(chat(format=schema)) == {
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}}
    }
    with pytest.raises(TemplateError, match="format is 'xml'"):
        options_of(chat(format="xml"))


@pytest.mark.parametrize(
    ("keep_alive", "seconds"),
    [(0, 0), (2.5, 2.5), (-1, -1), ("5m", 300), ("1h30m", 5400), ("-1m", -60), ("1.5s", 1.5), ("300ms", 0.3), ("7", 7)],
)
def test_a_duration_is_as_go_writes_it(keep_alive: Any, seconds: float) -> None:
    assert seconds_of(keep_alive) == pytest.approx(seconds)


@pytest.mark.parametrize("keep_alive", ["", "m", "5x", "5 m", "five", "1h30", "m5"])
def test_what_is_no_duration_is_refused(keep_alive: str) -> None:
    with pytest.raises(TemplateError, match="keep_alive is"):
        seconds_of(keep_alive)


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"function": {"name": name, "arguments": arguments}}


def test_results_find_their_calls() -> None:
    given: list[dict[str, Any]] = [
        {"role": "user", "content": "And?"},
        {
            "role": "assistant",
            "thinking": "Hm.",
            "tool_calls": [call("a", x=1), call("b"), {**call("a"), "id": "mine"}],
        },
        {"role": "tool", "content": "of b", "tool_name": "b"},
        {"role": "tool", "content": "of a", "tool_name": "a"},
        {"role": "tool", "content": "of the next"},
        {"role": "tool", "content": "of none", "tool_name": "c"},
    ]
    _, calls, *results = conversation(given)
    assert [one["id"] for one in calls["tool_calls"]] == ["call_1_0", "call_1_1", "mine"]
    assert json.loads(calls["tool_calls"][0]["function"]["arguments"]) == {"x": 1}
    assert (calls["content"], calls["reasoning_content"]) == ("", "Hm.")
    assert [one["tool_call_id"] for one in results] == ["call_1_1", "call_1_0", "mine", "call_5"]


def test_images_are_parts() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/*;base64,AA=="}}
    (message,) = conversation([{"role": "user", "content": "What?", "images": ["AA=="]}])
    assert message["content"] == [{"type": "text", "text": "What?"}, image]
    asked = GenerateRequest.model_validate({"prompt": "What?", "system": "Be brief.", "images": ["AA=="]})
    assert question(asked) == [{"role": "system", "content": "Be brief."}, message]


BAD: list[Any] = [
    {},
    {"role": "cat", "content": "x"},
    {"role": "user", "content": 7},
    {"role": "user", "content": ["x"]},
    {"role": "user", "content": "x", "images": "AA=="},
    {"role": "user", "content": "x", "images": [7]},
    {"role": "assistant", "tool_calls": {"function": {}}},
    {"role": "assistant", "tool_calls": [7]},
    {"role": "assistant", "tool_calls": [{"function": {"name": "x", "arguments": "{}"}}]},
]


@pytest.mark.parametrize("message", BAD, ids=str)
def test_what_is_no_message_is_refused(message: Any) -> None:
    with pytest.raises(TemplateError, match="message 0"):
        conversation([message])

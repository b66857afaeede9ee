"""Anthropic's package, as it is, against /v1/messages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.capabilities import needs
from tests.server.protocols.said import ARGUMENTS, TEXT, THOUGHT, WEATHER

pytestmark = needs("llama-common's chat code")
anthropic = pytest.importorskip("anthropic")

TOOL = {"name": "weather", "description": "Look out.", "input_schema": WEATHER["parameters"]}
USER = {"role": "user", "content": "And?"}


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Any]:
    with anthropic.Anthropic(base_url=address, api_key="none", max_retries=0) as client:
        yield client


def asked(**fields: Any) -> dict[str, Any]:
    return {"model": "thinker", "max_tokens": 500, "messages": [USER], "extra_body": {"temperature": 0}, **fields}


def body(**fields: Any) -> dict[str, Any]:
    """As it is sent: of what Anthropic's own models no longer take, some is no argument of the package any more."""
    return {"model": "thinker", "max_tokens": 4, "messages": [USER], "temperature": 0, **fields}


def test_a_message_has_thoughts_text_and_calls(client: Any) -> None:
    message = client.messages.create(**asked(tools=[TOOL], system=[{"type": "text", "text": "Be brief."}]))
    thought, text, call = message.content
    assert (thought.thinking, text.text, call.name, call.input) == (THOUGHT, TEXT, "weather", ARGUMENTS)
    assert (message.model, message.role, message.stop_reason) == ("thinker", "assistant", "tool_use")
    usage = message.usage
    n_prompt = client.messages.count_tokens(
        model="thinker", messages=[USER], tools=[TOOL], system="Be brief."
    ).input_tokens
    assert usage.input_tokens + usage.cache_read_input_tokens == n_prompt
    again = client.messages.create(**asked(tools=[TOOL], system="Be brief."))
    assert (again.usage.input_tokens, again.usage.cache_read_input_tokens) == (1, n_prompt - 1)


def test_the_helper_for_streams_follows(client: Any) -> None:
    with client.messages.stream(**asked(tools=[TOOL])) as stream:
        events = list(stream)
        final = stream.get_final_message()
    assert "".join(event.text for event in events if event.type == "text") == TEXT
    assert [event for event in events if event.type == "thinking"][-1].snapshot == THOUGHT
    assert [event for event in events if event.type == "input_json"][-1].snapshot == ARGUMENTS
    thought, text, call = final.content
    assert (thought.thinking, text.text, call.input, final.stop_reason) == (THOUGHT, TEXT, ARGUMENTS, "tool_use")
    n_prompt = client.messages.count_tokens(model="thinker", messages=[USER], tools=[TOOL]).input_tokens
    # What was cached is known at the end only.
    assert final.usage.input_tokens + final.usage.cache_read_input_tokens == n_prompt


def test_results_go_back(client: Any) -> None:
    first = client.messages.create(**asked(tools=[TOOL]))
    result = {"type": "tool_result", "tool_use_id": first.content[-1].id, "content": "rain"}
    messages = [USER, first.to_param(), {"role": "user", "content": [result, {"type": "text", "text": "And now?"}]}]
    second = client.messages.create(**asked(tools=[TOOL], messages=messages))
    assert second.content
    n_tokens = client.messages.count_tokens(model="thinker", messages=messages, tools=[TOOL]).input_tokens
    assert second.usage.input_tokens + second.usage.cache_read_input_tokens == n_tokens


def test_how_it_ended(client: Any) -> None:
    cut = client.messages.create(**asked(max_tokens=10))
    assert (cut.stop_reason, cut.usage.output_tokens) == ("max_tokens", 10)
    stopped = client.messages.create(**asked(stop_sequences=["see."]))
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "see.")
    with client.messages.stream(**asked(stop_sequences=["see."])) as stream:
        final = stream.get_final_message()
    assert (final.stop_reason, final.stop_sequence, final.content[-1].text) == ("stop_sequence", "see.", "Let me ")


BAD: list[dict[str, Any]] = [
    {"messages": None},
    {"messages": []},
    {"messages": [7]},
    {"messages": [{"role": "user"}]},
    {"messages": [{"role": "cat", "content": "x"}]},
    {"messages": [{"role": "user", "content": 7}]},
    {"messages": [{"role": "user", "content": [7]}]},
    {"messages": [{"role": "user", "content": [{"type": "video"}]}]},
    {"messages": [{"role": "assistant", "content": "x"}]},
    {"messages": [{"role": "user", "content": "x " * 5000}]},
    {
        "messages": [
            {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "http://127.0.0.1/x.png"}}]}
        ]
    },
    {"system": 7},
    {"system": [{"type": "image"}]},
    {"max_tokens": 0},
    {"max_tokens": "x"},
    {"temperature": "hot"},
    {"top_k": "x"},
    {"stop_sequences": "x"},
    {"stop_sequences": [7]},
    {"tools": 7},
    {"tools": [{"name": "x"}]},
    {"tools": [{"type": "bash_20250124", "name": "bash"}]},
    {"tools": [TOOL, TOOL]},
    {"tools": [{"name": "x", "input_schema": {"type": 7}}], "tool_choice": {"type": "any"}},
    {"tool_choice": {"type": "any"}},
    {"tool_choice": "auto"},
    {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}},
    {"thinking": {"type": "maybe"}},
    {"thinking": {"type": "enabled", "budget_tokens": "x"}},
    {"thinking": {"type": "enabled", "budget_tokens": -7}},
    {"output_config": {"format": {"type": "xml"}}},
]


@pytest.mark.parametrize("fields", BAD, ids=lambda fields: json.dumps(fields)[:60])
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_wrong_is_the_askers_fault(client: Any, fields: dict[str, Any], *, stream: bool) -> None:
    with pytest.raises(anthropic.BadRequestError) as error:
        client.post("/v1/messages", body={**body(stream=stream), **fields}, cast_to=object)
    told = error.value.body
    assert (told["type"], told["error"]["type"]) == ("error", "invalid_request_error")
    assert told["error"]["message"]


ODD = [
    {"tools": None, "system": None, "stop_sequences": None, "thinking": None, "tool_choice": None, "top_k": None},
    {"tools": [], "system": "", "stop_sequences": [], "metadata": {"user_id": "x"}, "service_tier": "auto"},
    {"tool_choice": {"type": "none"}, "context_management": {"edits": []}, "container": None},
    {"messages": [{"role": "user", "content": []}]},
    {"messages": [USER, {"role": "assistant", "content": "Let"}]},
    {"messages": [USER, USER]},
    {"thinking": {"type": "adaptive"}, "max_tokens": None},
]


@pytest.mark.parametrize("fields", ODD, ids=lambda fields: json.dumps(fields)[:60])
def test_what_is_odd_is_answered(client: Any, fields: dict[str, Any]) -> None:
    answer = client.post("/v1/messages?beta=true", body={**body(), **fields}, cast_to=object)
    assert answer["type"] == "message"

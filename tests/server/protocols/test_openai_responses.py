"""OpenAI's package, as it is, against /v1/responses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.capabilities import needs
from tests.server.protocols.said import ARGUMENTS, TEXT, THOUGHT, WEATHER

pytestmark = needs("llama-common's chat code")
openai = pytest.importorskip("openai")

TOOLS = [{"type": "function", "strict": True, **WEATHER}]


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[Any]:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def ask(client: Any, **fields: Any) -> Any:
    return client.responses.create(**{"model": "thinker", "input": "And?", "temperature": 0, **fields})


def test_an_answer_has_thoughts_text_and_calls(client: Any) -> None:
    response = ask(client, tools=TOOLS, instructions="Be brief.", metadata={"a": "b"}, user="me")
    thought, message, call = response.output
    assert (thought.content[0].text, message.content[0].text) == (THOUGHT, TEXT)
    assert (call.name, json.loads(call.arguments)) == ("weather", ARGUMENTS)
    assert response.output_text == TEXT
    told = response.model_dump()
    assert {name: told[name] for name in ("model", "status", "instructions", "metadata", "user", "temperature")} == {
        "model": "thinker",
        "status": "completed",
        "instructions": "Be brief.",
        "metadata": {"a": "b"},
        "user": "me",
        "temperature": 0,
    }
    assert response.tools[0].name == "weather"


def test_the_helper_for_streams_follows(client: Any) -> None:
    with client.responses.stream(model="thinker", input="And?", temperature=0, tools=TOOLS) as stream:
        events = list(stream)
        final = stream.get_final_response()
    texts = [event for event in events if event.type == "response.output_text.delta"]
    assert "".join(event.delta for event in texts) == texts[-1].snapshot == final.output_text == TEXT
    calls = [event for event in events if event.type == "response.function_call_arguments.delta"]
    assert json.loads(calls[-1].snapshot) == ARGUMENTS
    assert [event.sequence_number for event in events] == list(range(len(events)))
    raw = ask(client, stream=True)
    assert [event.type for event in raw][-1] == "response.completed"


def test_a_conversation_goes_on(client: Any) -> None:
    first = ask(client, tools=TOOLS)
    call = first.output[-1]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
    by_id = ask(client, input=[result], previous_response_id=first.id)
    # The same, with everything sent once more; the call as the reference that some clients send.
    said = [{"role": "user", "content": "And?"}, *[item.model_dump() for item in first.output[:-1]]]
    by_items = ask(client, input=[*said, {"type": "item_reference", "id": call.id}, result], store=False)
    counted = client.responses.input_tokens.count(model="thinker", input=[result], previous_response_id=first.id)
    n_tokens = by_id.usage.input_tokens
    assert n_tokens == by_items.usage.input_tokens == counted.input_tokens > first.usage.output_tokens
    assert by_id.previous_response_id == first.id
    streamed = ask(client, input="And?", previous_response_id=by_id.id, stream=True)
    last = next(event for event in streamed if event.type == "response.completed")
    assert last.response.usage.input_tokens > n_tokens


def test_what_was_stored_is_there_until_it_is_deleted(client: Any) -> None:
    first = ask(client)
    second = ask(client, input=[{"role": "user", "content": "Go on."}], previous_response_id=first.id)
    assert client.responses.retrieve(first.id).model_dump() == first.model_dump()
    items = client.responses.input_items.list(second.id, order="asc").data
    assert [item.type for item in items] == ["message", "reasoning", "message", "message"]
    assert [items[0].content[0].text, items[3].content[0].text] == ["And?", "Go on."]
    newest = client.responses.input_items.list(second.id).data
    assert [item.id for item in newest] == [item.id for item in reversed(items)]
    client.responses.delete(first.id)
    for gone in (client.responses.retrieve, client.responses.delete):
        with pytest.raises(openai.NotFoundError, match="no response"):
            gone(first.id)
    with pytest.raises(openai.BadRequestError) as error:
        ask(client, previous_response_id=first.id)
    assert error.value.code == "previous_response_not_found"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(ask(client, store=False).id)
    with pytest.raises(openai.BadRequestError, match="background"):
        client.responses.cancel(second.id)


def test_it_says_when_there_would_be_more(client: Any) -> None:
    cut = ask(client, max_output_tokens=9)
    assert (cut.status, cut.incomplete_details.reason, cut.usage.output_tokens) == (
        "incomplete",
        "max_output_tokens",
        9,
    )
    events = list(ask(client, max_output_tokens=9, stream=True))
    assert events[-1].type == "response.incomplete"


BAD: list[dict[str, Any]] = [
    {"input": None},
    {"input": []},
    {"input": 7},
    {"input": ["x"]},
    {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "x"}]}]},
    {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "http://127.0.0.1/x.png"}]}]},
    {"input": "x " * 5000},
    {"instructions": 7},
    {"temperature": "hot"},
    {"top_p": "x"},
    {"max_output_tokens": "many"},
    {"top_logprobs": 21},
    {"tools": 7},
    {"tools": [7]},
    {"tools": [{"type": "function"}]},
    {"tools": [{"type": "function", "name": "x", "parameters": 7}]},
    {"tools": TOOLS + TOOLS},
    {"tool_choice": "required"},
    {"tool_choice": {"type": "function", "name": "x"}},
    {"tools": TOOLS, "tool_choice": {"type": "function", "name": "x"}},
    {"tools": TOOLS, "tool_choice": 7},
    {"text": {"format": {"type": "xml"}}},
    {"text": {"format": {"type": "json_schema"}}},
    {"text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": 7}}}},
    {"text": 7},
    {"reasoning": "high"},
    {"previous_response_id": "resp_none"},
    {"background": True},
    {"conversation": "conv_1"},
    {"metadata": {"a": 7}},
    {"store": "perhaps"},
    {"seed": "x"},
    {"stop": 7},
    {"grammar": "root := x"},
    {"logit_bias": {"x y z": 1}},
    {"logit_bias": [7]},
    {"chat_template_kwargs": 7},
    {"chat_template_kwargs": {"messages": []}},
    {"reasoning_budget": "x"},
    {"truncation": "perhaps"},
]


@pytest.mark.parametrize("fields", BAD, ids=lambda fields: json.dumps(fields)[:60])
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_wrong_is_the_askers_fault(client: Any, fields: dict[str, Any], *, stream: bool) -> None:
    """Whatever is sent, what is said about it is OpenAI's error with the reason, never a 500."""
    with pytest.raises(openai.BadRequestError) as error:
        client.post(
            "/responses", body={"model": "thinker", "input": "And?", "stream": stream, **fields}, cast_to=object
        )
    assert error.value.body["message"]


ODD = [
    {"tools": None, "tool_choice": None, "text": None, "reasoning": None, "metadata": None, "store": None},
    {"tools": [], "include": [], "text": {}, "reasoning": {}, "instructions": ""},
    {"tools": [{"type": "web_search_preview"}], "truncation": "auto", "service_tier": "flex"},
    {"text": {"format": {"type": "text"}, "verbosity": "low"}, "prompt_cache_key": "x", "max_tool_calls": 3},
    {"logit_bias": {"5": -1, "6": False}, "n_probs": 3, "cache_prompt": True, "nonsense": {"a": [1]}},
    {"input": [{"role": "assistant", "content": "x"}]},
    {"instructions": "\ud800"},
    {"metadata": {"a": "\ud800"}},
    {"temperature": -1, "max_output_tokens": 4, "seed": -1},
    {"tools": [{"type": "function", "name": "x", "parameters": None, "more": 2**70}]},
]


@pytest.mark.parametrize("fields", ODD, ids=lambda fields: ascii(fields)[:60])
def test_what_is_odd_ends_in_no_500(address: str, fields: dict[str, Any]) -> None:
    httpx = pytest.importorskip("httpx")
    body = json.dumps({"input": "And?", "temperature": 0, "max_output_tokens": 4, **fields})
    answer = httpx.post(f"{address}/v1/responses", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200 or ("ud800" in body and answer.status_code == 400)

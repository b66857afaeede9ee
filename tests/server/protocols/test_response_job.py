"""The events of a response, judged by the types of OpenAI's package."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llamacffi import Llama
from llamacffi.llama.job import run, stream
from llamacffi.server.errors import ApiError
from llamacffi.server.responses.job import ResponseJob
from llamacffi.server.responses.schema import ResponseRequest, begun, chat_options_of, choice_of, tools_of
from llamacffi.server.turns import chat_turn
from tests.capabilities import needs
from tests.server.protocols.said import ARGUMENTS, TEXT, THOUGHT, WEATHER

pytestmark = needs("llama-common's chat code")
responses = pytest.importorskip("openai.types.responses")
pydantic = pytest.importorskip("pydantic")

TOOLS = [{"type": "function", **WEATHER}]
KINDS = [
    "created",
    "in_progress",
    "output_item.added",
    "content_part.added",
    "reasoning_text.delta",
    "reasoning_text.done",
    "content_part.done",
    "output_item.done",
    "output_item.added",
    "content_part.added",
    "output_text.delta",
    "output_text.done",
    "content_part.done",
    "output_item.done",
    "output_item.added",
    "function_call_arguments.delta",
    "function_call_arguments.done",
    "output_item.done",
    "completed",
]


def job_of(llm: Llama, *, streams: bool, done: Any = None, stop: str | None = None, **fields: Any) -> ResponseJob:
    asked = ResponseRequest.model_validate({"input": "And?", **fields})
    options = {"temperature": 0, "stop": stop, **chat_options_of(asked)}
    chat = chat_turn(
        llm,
        [{"role": "user", "content": "And?"}],
        options,
        tools=tools_of(asked),
        tool_choice=choice_of(asked),
        streams=streams,
    )
    tells = bool(options.get("logprobs"))
    return ResponseJob(chat, begun(asked, options, "tiny"), llm.vocab, tells=tells, done=done)


def events_of(llm: Llama, **fields: Any) -> list[Any]:
    """Each must be one that OpenAI's package knows, with all that it has there."""
    adapter = pydantic.TypeAdapter(responses.ResponseStreamEvent)
    return [adapter.validate_python(event) for event in stream(llm.engine, job_of(llm, streams=True, **fields))]


def test_events_come_in_order_and_are_numbered(thinker: Llama) -> None:
    events = events_of(thinker, tools=TOOLS)
    kinds = [event.type.removeprefix("response.") for event in events]
    once = [kind for i, kind in enumerate(kinds) if not (kind.endswith(".delta") and kinds[i - 1] == kind)]
    assert once == KINDS
    assert [event.sequence_number for event in events] == list(range(len(events)))
    indexes = [event.output_index for event in events if hasattr(event, "output_index")]
    assert indexes == sorted(indexes)
    assert set(indexes) == {0, 1, 2}
    ids = [event.item.id for event in events if event.type == "response.output_item.added"]
    assert [event.item_id for event in events if event.type.endswith(".done") and hasattr(event, "item_id")] == [
        ids[i] for i in (0, 0, 1, 1, 2)
    ]


def test_deltas_add_up_to_the_response(thinker: Llama) -> None:
    events = events_of(thinker, tools=TOOLS)
    n_prompt = len(job_of(thinker, streams=False, tools=TOOLS).requests[0].prompt)

    def joined(kind: str) -> str:
        return "".join(event.delta for event in events if event.type == f"response.{kind}.delta")

    assert (joined("reasoning_text"), joined("output_text")) == (THOUGHT, TEXT)
    assert json.loads(joined("function_call_arguments")) == ARGUMENTS
    last = events[-1].response
    thought, message, call = last.output
    assert thought.content[0].text == THOUGHT
    assert last.output_text == message.content[0].text == TEXT
    assert (call.name, json.loads(call.arguments), call.status) == ("weather", ARGUMENTS, "completed")
    assert call.call_id.startswith("call_")
    whole = responses.Response.model_validate(run(thinker.engine, job_of(thinker, streams=False, tools=TOOLS)))
    assert whole.output_text == TEXT
    assert [item.type for item in whole.output] == ["reasoning", "message", "function_call"]
    assert (whole.status, whole.incomplete_details, whole.error) == ("completed", None, None)
    assert whole.usage.input_tokens == last.usage.input_tokens == n_prompt
    n_thought = len(thinker.vocab.tokenize(THOUGHT, add_special=False))
    assert whole.usage.output_tokens_details.reasoning_tokens == n_thought
    assert whole.usage.total_tokens == whole.usage.input_tokens + whole.usage.output_tokens


def test_what_is_cut_off_is_incomplete(thinker: Llama) -> None:
    for streams in (False, True):
        job = job_of(thinker, streams=streams, max_output_tokens=9)
        events = list(stream(thinker.engine, job))
        whole = job.whole()
        assert events[-1]["type"] == "response.incomplete"
        assert events[-1]["response"] == whole
        assert whole["status"] == "incomplete"
        assert whole["incomplete_details"] == {"reason": "max_output_tokens"}
        assert whole["output"][-1]["status"] == "incomplete"
        assert whole["usage"]["output_tokens"] == 9
        assert whole["completed_at"] is None


def test_an_answer_without_text_has_an_empty_message(thinker: Llama) -> None:
    job = job_of(thinker, streams=False, stop="<think>")
    whole = responses.Response.model_validate(run(thinker.engine, job))
    assert [item.type for item in whole.output] == ["message"]
    assert whole.output_text == ""


def test_it_is_stored_before_its_end_is_told(thinker: Llama) -> None:
    stored: list[Any] = []
    for event in stream(thinker.engine, job_of(thinker, streams=True, done=stored.append)):
        assert bool(stored) == (event["type"] == "response.completed")
    assert stored == [event["response"]]


def test_log_probabilities_belong_to_the_text(thinker: Llama) -> None:
    events = events_of(thinker, include=["message.output_text.logprobs"], top_logprobs=2, reasoning={"effort": "none"})
    told = [one for event in events if event.type == "response.output_text.delta" for one in event.logprobs]
    assert told
    assert all(one.logprob == pytest.approx(0, abs=1e-3) and len(one.top_logprobs) == 2 for one in told)
    (message,) = [item for item in events[-1].response.output if item.type == "message"]
    assert [one.token for one in message.content[0].logprobs] == [one.token for one in told]
    assert not any(getattr(event, "logprobs", ()) for event in events_of(thinker))


def test_a_failure_is_told_with_what_there_was(thinker: Llama) -> None:
    job = job_of(thinker, streams=True)
    events = stream(thinker.engine, job)
    n_told = [event["type"] for _, event in zip(range(5), events, strict=False)]
    events.close()
    failed: Any = pydantic.TypeAdapter(responses.ResponseStreamEvent).validate_python(
        job.failed(ApiError(500, "the cat came in"))
    )
    assert (failed.type, failed.sequence_number) == ("response.failed", len(n_told))
    assert (failed.response.status, failed.response.error.message) == ("failed", "the cat came in")
    assert [item.type for item in failed.response.output] == ["reasoning"]

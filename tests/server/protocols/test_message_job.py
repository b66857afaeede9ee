"""The events of a message, judged by the types of Anthropic's package."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llamacffi import Llama, TemplateError
from llamacffi.llama.job import run, stream
from llamacffi.server.messages.job import MessageJob
from llamacffi.server.turns import chat_turn, n_prompt_tokens
from tests.capabilities import needs
from tests.server.protocols.said import ARGUMENTS, TEXT, THOUGHT, WEATHER

pytestmark = needs("llama-common's chat code")
types = pytest.importorskip("anthropic.types")
pydantic = pytest.importorskip("pydantic")

TOOLS = [{"type": "function", "function": WEATHER}]
USER = [{"role": "user", "content": "And?"}]


def job_of(llm: Llama, *, streams: bool, stop: list[str] | None = None, **options: Any) -> MessageJob:
    stops = stop or []
    chat = chat_turn(llm, USER, {"temperature": 0, "stop": stops, **options}, tools=TOOLS, streams=streams)
    return MessageJob(chat, model="tiny", stop_sequences=stops)


def test_events_come_in_order(thinker: Llama) -> None:
    adapter = pydantic.TypeAdapter(types.RawMessageStreamEvent)
    job = job_of(thinker, streams=True)
    events = [adapter.validate_python(event) for event in stream(thinker.engine, job)]
    first, *middle, delta, stop = events
    assert (first.type, delta.type, stop.type) == ("message_start", "message_delta", "message_stop")
    assert first.message.content == []
    assert first.message.usage.input_tokens == len(job.requests[0].prompt)
    told = [(event.type.removeprefix("content_block_"), event.index) for event in middle]
    once = [one for i, one in enumerate(told) if i == 0 or told[i - 1] != one]
    assert once == [(kind, i) for i in range(3) for kind in ("start", "delta", "stop")]
    assert [event.content_block.type for event in middle if event.type == "content_block_start"] == [
        "thinking",
        "text",
        "tool_use",
    ]

    def joined(kind: str, name: str) -> str:
        deltas = [event.delta for event in middle if event.type == "content_block_delta"]
        return "".join(getattr(one, name) for one in deltas if one.type == kind)

    assert joined("thinking_delta", "thinking") == THOUGHT
    assert joined("text_delta", "text") == TEXT
    assert json.loads(joined("input_json_delta", "partial_json")) == ARGUMENTS
    assert (delta.delta.stop_reason, delta.delta.stop_sequence) == ("tool_use", None)
    assert job.whole()["usage"] == {
        name: getattr(delta.usage, name)
        for name in ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    }


def test_the_whole_has_the_same_blocks(thinker: Llama) -> None:
    job = job_of(thinker, streams=False)
    whole = types.Message.model_validate(run(thinker.engine, job))
    thought, text, call = whole.content
    assert (thought.thinking, text.text, call.name, call.input) == (THOUGHT, TEXT, "weather", ARGUMENTS)
    assert call.id
    assert whole.stop_reason == "tool_use"
    # Asked once more, all but the last token of the prompt is remembered.
    again = types.Message.model_validate(run(thinker.engine, job_of(thinker, streams=False)))
    assert (again.usage.input_tokens, again.usage.cache_read_input_tokens) == (1, len(job.requests[0].prompt) - 1)


@pytest.mark.parametrize("streams", [False, True])
def test_how_it_ended(thinker: Llama, *, streams: bool) -> None:
    def ended(**options: Any) -> tuple[Any, Any]:
        whole = run(thinker.engine, job_of(thinker, streams=streams, **options))
        return whole["stop_reason"], whole["stop_sequence"]

    assert ended(max_tokens=10) == ("max_tokens", None)
    assert ended(stop=["see."]) == ("stop_sequence", "see.")
    # A stop sequence in the thoughts ends them too, as it does elsewhere.
    assert ended(stop=["cat", "ask."]) == ("stop_sequence", "ask.")


def test_a_call_that_was_cut_off_has_no_input(thinker: Llama) -> None:
    n_tokens = run(thinker.engine, job_of(thinker, streams=False))["usage"]["output_tokens"]
    whole = run(thinker.engine, job_of(thinker, streams=False, max_tokens=n_tokens - 8))
    assert whole["stop_reason"] == "max_tokens"
    assert whole["content"][-1]["type"] == "tool_use"
    assert whole["content"][-1]["input"] == {}


def test_an_answer_goes_on_from_what_was_said(thinker: Llama) -> None:
    begun = chat_turn(thinker, USER, {"temperature": 0}, prefill="Well, cat")
    plain = chat_turn(thinker, USER, {"temperature": 0, "enable_thinking": False})
    prompt: Any = begun.requests[0].prompt
    start: Any = plain.requests[0].prompt
    assert prompt[: len(start)] == start
    assert thinker.detokenize(prompt[len(start) :]) == b"Well, cat"
    assert n_prompt_tokens(thinker, USER, {}, prefill="Well, cat") == len(prompt)
    whole = run(thinker.engine, MessageJob(begun, model="tiny"))
    assert whole["usage"]["output_tokens"] > 20
    with pytest.raises(TemplateError, match="beginning of an answer"):
        chat_turn(thinker, USER, {"response_format": {"type": "json_object"}}, prefill="Let")
    with pytest.raises(TemplateError, match="beginning of an answer"):
        chat_turn(thinker, USER, {}, tools=TOOLS, tool_choice="required", prefill="Let")


def test_prompts_of_any_length_are_counted(thinker: Llama) -> None:
    n_ctx = thinker.n_ctx()
    long = [{"role": "user", "content": "cat " * n_ctx}]
    assert n_prompt_tokens(thinker, long, {}) > n_ctx
    assert n_prompt_tokens(thinker, USER, {}) < n_prompt_tokens(thinker, USER, {}, tools=TOOLS)
    assert n_prompt_tokens(thinker, USER, {}, tools=TOOLS) == len(job_of(thinker, streams=False).requests[0].prompt)


def test_thoughts_have_their_budget(thinker: Llama) -> None:
    params = job_of(thinker, streams=False, reasoning_budget=2).requests[0].params
    assert params.reasoning_budget is not None
    assert (params.reasoning_budget.budget, params.reasoning_budget.start) == (2, "<think>")

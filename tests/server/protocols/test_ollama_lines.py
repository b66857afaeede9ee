"""Lines of answers, judged by the types of Ollama's package."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest

from llamacffi import Llama
from llamacffi.llama.completion import completion_job
from llamacffi.llama.job import run, stream
from llamacffi.server.ollama.job import LineJob, Lines, RawJob
from llamacffi.server.turns import chat_turn
from tests.capabilities import needs
from tests.server.protocols.said import ARGUMENTS, TEXT, THOUGHT, WEATHER

pytestmark = needs("llama-common's chat code")
ollama = pytest.importorskip("ollama")

TOOLS = [{"type": "function", "function": WEATHER}]
USER = [{"role": "user", "content": "And?"}]


def job_of(llm: Llama, shape: Any = "chat", *, streams: bool, **options: Any) -> LineJob:
    chat = chat_turn(llm, USER, {"temperature": 0, **options}, tools=TOOLS, streams=streams)
    return LineJob(chat, Lines(shape, "tiny", perf_counter(), load=0.25))


def test_lines_add_up_to_the_whole(thinker: Llama) -> None:
    lines = [ollama.ChatResponse.model_validate(line) for line in stream(thinker.engine, job_of(thinker, streams=True))]
    whole = ollama.ChatResponse.model_validate(run(thinker.engine, job_of(thinker, streams=False)))
    assert "".join(line.message.content or "" for line in lines) == whole.message.content == TEXT
    assert "".join(line.message.thinking or "" for line in lines) == whole.message.thinking == THOUGHT
    calls = [call for line in lines for call in line.message.tool_calls or ()]
    for told in (calls, whole.message.tool_calls):
        assert [(call.function.name, call.function.arguments) for call in told] == [("weather", ARGUMENTS)]
    assert [line.done for line in lines] == [False] * (len(lines) - 1) + [True]
    assert all(line.done_reason is None and line.eval_count is None for line in lines[:-1])
    for last in (lines[-1], whole):
        assert (last.model, last.done_reason, last.load_duration) == ("tiny", "stop", 250_000_000)
        assert last.prompt_eval_count == len(job_of(thinker, streams=False).requests[0].prompt)
        assert last.eval_count == lines[-1].eval_count > 20
        assert last.total_duration >= last.prompt_eval_duration + last.eval_duration > 0


def test_what_is_cut_off_calls_nothing(thinker: Llama) -> None:
    n_tokens = run(thinker.engine, job_of(thinker, streams=False))["eval_count"]
    for streams in (False, True):
        whole = run(thinker.engine, job_of(thinker, streams=streams, max_tokens=n_tokens - 8))
        assert (whole["done_reason"], whole["eval_count"]) == ("length", n_tokens - 8)
        assert "tool_calls" not in whole["message"]


def test_a_generation_has_a_response_in_place_of_a_message(thinker: Llama) -> None:
    job = job_of(thinker, "generate", streams=True)
    lines = [ollama.GenerateResponse.model_validate(line) for line in stream(thinker.engine, job)]
    assert "".join(line.response for line in lines) == job.whole()["response"] == TEXT
    assert "".join(line.thinking or "" for line in lines) == THOUGHT
    assert "message" not in job.whole()
    loaded = ollama.GenerateResponse.model_validate(Lines("generate", "tiny", 0).loaded())
    assert (loaded.response, loaded.done, loaded.done_reason) == ("", True, "load")


def test_raw_text_goes_on(thinker: Llama) -> None:
    asked = completion_job(thinker, "x", {"logprobs": 1}, max_tokens=9, temperature=0)
    text = run(thinker.engine, asked)["choices"][0]["text"]
    job = RawJob(asked.requests, Lines("generate", "tiny", perf_counter()))
    lines = list(stream(thinker.engine, job))
    assert "".join(line["response"] for line in lines) == job.whole()["response"] == text
    assert (lines[-1]["done_reason"], lines[-1]["eval_count"]) == ("length", 9)
    told = [one for line in lines for one in line.get("logprobs", ())]
    assert told == job.whole()["logprobs"]
    assert len(told) == 9
    assert all(one["top_logprobs"][0]["token"] == one["token"] for one in told)
    ollama.GenerateResponse.model_validate(job.whole())


def test_log_probabilities_are_of_what_was_said(thinker: Llama) -> None:
    lines = list(stream(thinker.engine, job_of(thinker, streams=True, logprobs=True, top_logprobs=2)))
    whole = run(thinker.engine, job_of(thinker, streams=False, logprobs=True, top_logprobs=2))
    told = [one for line in lines for one in line.get("logprobs", ())]
    assert whole["logprobs"] == told
    assert len(told) == whole["eval_count"]

"""A job and who drives it: the order of what it is told, and what becomes of its requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from llamacffi import Chunk, Llama, LlamaError, Request, SamplingParams
from llamacffi.llama.job import Job, run, stream
from tests.unit.llama.quiet import n_cancelled


class Recorded(Job[list[str], str]):
    """Writes down what it is told; wants no more than `most` chunks of an answer."""

    def __init__(self, *requests: Request, most: int = 10**6) -> None:
        self.requests = requests
        self.most = most
        self.told: list[list[Chunk]] = [[] for _ in requests]

    def push(self, index: int, chunk: Chunk) -> Iterator[str]:
        self.told[index].append(chunk)
        yield f"{index}: {chunk.text}"

    def over(self, index: int) -> bool:
        return len(self.told[index]) >= self.most

    def close(self) -> Iterator[str]:
        assert all(told[-1].finish is not None for told in self.told)
        yield "end"

    def whole(self) -> list[str]:
        return ["".join(chunk.text for chunk in told) for told in self.told]


def request(*tokens: int, **options: Any) -> Request:
    return Request(prompt=tokens, params=SamplingParams(**{"temperature": 0, "ignore_eos": True, **options}))


@pytest.mark.parametrize("n", [1, 5])
def test_each_answer_comes_in_order_and_whole(tiny_llm: Llama, n: int) -> None:
    requests = [request(5 + i, 6, max_tokens=10 + i) for i in range(n)]
    alone = [tiny_llm.engine.submit(one).completion().text for one in requests]
    assert run(tiny_llm.engine, Recorded(*requests)) == alone
    parts = list(stream(tiny_llm.engine, Recorded(*requests)))
    assert parts[-1] == "end"
    for i in range(n):
        assert "".join(part[3:] for part in parts if part.startswith(f"{i}: ")) == alone[i]


@pytest.mark.parametrize("n", [1, 3])
def test_what_is_not_wanted_any_more_is_cancelled(tiny_llm: Llama, n: int) -> None:
    before = n_cancelled(tiny_llm)
    job = Recorded(*(request(5, max_tokens=10**6, overflow="shift") for _ in range(n)), most=3)
    run(tiny_llm.engine, job)
    assert {told[-1].finish_reason for told in job.told} == {"cancelled"}
    assert n_cancelled(tiny_llm) == before + n


def test_closing_the_stream_cancels_all(tiny_llm: Llama) -> None:
    before = n_cancelled(tiny_llm)
    parts = stream(tiny_llm.engine, Recorded(*(request(5, max_tokens=10**6, overflow="shift") for _ in range(3))))
    next(parts)
    parts.close()
    assert n_cancelled(tiny_llm) == before + 3


def test_an_error_of_one_is_that_of_the_job(tiny_llm: Llama) -> None:
    def broken(_tokens: Any, _logits: Any) -> None:
        message = "no logits today"
        raise KeyError(message)

    before = n_cancelled(tiny_llm)
    job = Recorded(request(5, max_tokens=10**6, overflow="shift"), request(6, logits_processor=broken))
    with pytest.raises(KeyError, match="no logits today"):
        run(tiny_llm.engine, job)
    assert n_cancelled(tiny_llm) == before + 1


def test_a_request_that_cannot_be_leaves_none_behind(tiny_llm: Llama) -> None:
    before = tiny_llm.engine.stats().n_finished
    with pytest.raises(ValueError, match="empty"):
        stream(tiny_llm.engine, Recorded(request(5), request()))
    run(tiny_llm.engine, Recorded(request(5, max_tokens=1)))
    assert tiny_llm.engine.stats().n_finished == before + 1


@pytest.mark.parametrize("n", [1, 2])
def test_a_callback_of_the_engine_cannot_wait_for_it(tiny_llm: Llama, n: int) -> None:
    def asks(_ids: Any, scores: Any) -> Any:
        tiny_llm([5], max_tokens=1, n=n)
        return scores

    with pytest.raises(LlamaError, match="wait in a thread"):
        tiny_llm([5], max_tokens=1, logits_processor=asks)


def test_a_call_that_is_interrupted_ends_its_requests(tiny_llm: Llama) -> None:
    before = n_cancelled(tiny_llm)

    class Interrupted(Recorded):
        def push(self, index: int, chunk: Chunk) -> Iterator[str]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tiny_llm.engine, Interrupted(request(5, max_tokens=10**6, overflow="shift")))
    assert n_cancelled(tiny_llm) == before + 1

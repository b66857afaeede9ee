"""What an engine tells of prompts is what is told of them alone, however they were cut into pieces."""

from __future__ import annotations

import itertools

import pytest

from llamacffi import Engine, SamplingParams
from llamacffi.engine import Request, Stream
from llamacffi.engine.scheduler import Limits
from llamacffi.engine.task import Task
from llamacffi.engine.worker import Worker
from llamacffi.generation import Completion
from tests.unit.engine.alone import EXACT, Alone

PATIENCE = 60.0
PROMPT = (1, *range(270, 370))


def check(alone: Alone, prompt: tuple[int, ...], params: SamplingParams, got: Completion) -> None:
    expected = alone.completion(prompt, params)
    alone.check(prompt, params, got)
    assert got.prompt_logprobs[0] is None
    assert len(got.prompt_logprobs) == len(prompt)
    for one, other in zip(got.prompt_logprobs[1:], expected.prompt_logprobs[1:], strict=True):
        assert one is not None
        assert other is not None
        assert (one.token, one.piece) == (other.token, other.piece)
        assert one.logprob == pytest.approx(other.logprob, abs=1e-4)
        assert [top.logprob for top in one.top] == pytest.approx([top.logprob for top in other.top], abs=1e-4)


def params_of(seed: int, **options: object) -> SamplingParams:
    defaults = {"seed": seed, "max_tokens": 5, "ignore_eos": True, "prompt_logprobs": 2}
    return SamplingParams(**{**defaults, **options})  # type: ignore[arg-type]


def test_as_alone_among_others(alone: Alone, engine: Engine) -> None:
    plain = [((5, 6, 7 + i), SamplingParams(seed=i, max_tokens=40, ignore_eos=True)) for i in range(2)]
    told = [
        (PROMPT, params_of(1)),
        (PROMPT[:3], params_of(2, prompt_logprobs=0, logprobs=3)),
        (PROMPT[:1], params_of(3)),
        (PROMPT, params_of(4, max_tokens=0)),
        (PROMPT[:60], params_of(5, max_tokens=1, token_healing=False)),
    ]
    streams = [engine.submit(*ask) for pair in itertools.zip_longest(plain, told) for ask in pair if ask is not None]
    asks = [ask for pair in itertools.zip_longest(plain, told) for ask in pair if ask is not None]
    for (prompt, params), stream in zip(asks, streams, strict=True):
        got = stream.completion(PATIENCE)
        if params.prompt_logprobs is None:
            alone.check(prompt, params, got)
            assert got.prompt_logprobs == ()
        else:
            check(alone, prompt, params, got)


def test_it_comes_before_the_first_token_and_no_cache_is_used(alone: Alone, engine: Engine) -> None:
    engine.generate([PROMPT], SamplingParams(max_tokens=1))
    with engine.submit(PROMPT, params_of(1)) as stream:
        first = stream.read(PATIENCE)
        assert first is not None
        assert len(first.prompt_logprobs) == len(PROMPT)
        assert stream.completion(PATIENCE).usage.cached_tokens == 0
    # What it decoded is there for others.
    assert engine.generate([PROMPT], SamplingParams(max_tokens=1))[0].usage.cached_tokens == len(PROMPT) - 1


def test_pieces_are_as_small_as_the_outputs_ask_for(alone: Alone) -> None:
    context = alone.model.context(n_ctx=256, n_seq_max=4, n_batch=64, kv_unified=True, n_outputs_max=7, **EXACT)
    worker = Worker(context, Limits(n_parallel=4, step_seconds=1.0, n_idle=0, host_bytes=0, ageing=10.0))
    streams: list[tuple[Task, Stream]] = []
    for n, params in enumerate([SamplingParams(seed=1, max_tokens=60, ignore_eos=True), params_of(2), params_of(3)]):
        task = Task(context, Request(prompt=PROMPT, params=params), n)
        streams.append((task, task.stream_to(worker.cancel)))
        worker.submit(task)
    most = 0
    while worker.scheduler.busy or worker._inbox:
        before = [task.n_past for task, _ in streams]
        assert worker._wait()
        worker._step()
        moved = [task.n_past - n for (task, _), n in zip(streams, before, strict=True)]
        most = max(most, moved[1] + moved[2])
        assert moved[1] + moved[2] <= 7
    assert most == 7
    check(alone, PROMPT, params_of(2), streams[1][1].completion(0))
    check(alone, PROMPT, params_of(3), streams[2][1].completion(0))
    context.close()


def test_one_that_has_to_make_room_goes_on(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=192, n_parallel=3, host_bytes=0, **EXACT) as engine:
        asks = [((i, *PROMPT[1:]), params_of(i, max_tokens=40)) for i in (5, 6, 7)]
        streams = [engine.submit(*ask) for ask in asks]
        for (prompt, params), stream in zip(asks, streams, strict=True):
            check(alone, prompt, params, stream.completion(PATIENCE))


def test_too_many_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="logprobs is 100000"):
        engine.submit(PROMPT, params_of(1, prompt_logprobs=100000))

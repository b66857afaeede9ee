"""Several answers to one request: each as alone with its seed, and the prompt computed once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from llamacffi import AsyncEngine, Engine, Request, SamplingParams
from tests.unit.engine.alone import EXACT, Alone

PATIENCE = 60.0
PROMPT = (1, *range(270, 310))
PARAMS = SamplingParams(seed=7, max_tokens=8, ignore_eos=True)


def test_each_has_its_seed_and_the_prompt_is_computed_once(alone: Alone, engine: Engine) -> None:
    streams = engine.submit_many(PROMPT, PARAMS, n=3)
    completions = [stream.completion(PATIENCE) for stream in streams]
    for i, completion in enumerate(completions):
        assert completion.seed == 7 + i
        alone.check(PROMPT, replace(PARAMS, seed=7 + i), completion)
    # Its last token is decoded for each: there are no logits in a cache.
    assert [completion.usage.cached_tokens for completion in completions] == [0, len(PROMPT) - 1, len(PROMPT) - 1]
    assert engine.stats().n_tokens == len(PROMPT) + 2 + 3 * 7
    assert len({completion.tokens for completion in completions}) == 3


def test_the_best_come_first(alone: Alone, engine: Engine) -> None:
    alone_ones = [alone.completion(PROMPT, replace(PARAMS, seed=7 + i, logprobs=0)) for i in range(5)]
    means = sorted((sum(told.logprob for told in one.logprobs) / 8 for one in alone_ones), reverse=True)
    got = engine.generate_many(PROMPT, PARAMS, n=2, best_of=5)
    assert [one.mean_logprob for one in got] == pytest.approx(means[:2], abs=1e-4)
    assert all(one.logprobs == () for one in got)
    told = engine.generate_many(Request(prompt=PROMPT, params=replace(PARAMS, logprobs=1)), n=1, best_of=5)
    assert told[0].tokens == got[0].tokens
    assert [len(each.top) for each in told[0].logprobs] == [1] * 8
    assert [one.mean_logprob for one in engine.generate_many(PROMPT, PARAMS, n=2)] == [None, None]


def test_what_is_told_of_the_prompt_is_told_once(alone: Alone, engine: Engine) -> None:
    expected = alone.completion(PROMPT, replace(PARAMS, prompt_logprobs=0)).prompt_logprobs
    got = engine.generate_many(PROMPT, replace(PARAMS, prompt_logprobs=0), n=3)
    tokens = [told and told.token for told in expected]
    assert [[told and told.token for told in one.prompt_logprobs] for one in got] == [tokens] * 3
    assert got[0].usage.cached_tokens == 0
    assert all(one.usage.cached_tokens > 0 for one in got[1:])


def test_more_than_run_at_a_time(alone: Alone, engine: Engine) -> None:
    got = engine.generate_many(PROMPT, PARAMS, n=11)
    for i, completion in enumerate(got):
        alone.check(PROMPT, replace(PARAMS, seed=7 + i), completion)


def test_numbers_that_make_no_sense(engine: Engine) -> None:
    with pytest.raises(ValueError, match="best_of is 1"):
        engine.generate_many(PROMPT, PARAMS, n=2, best_of=1)
    with pytest.raises(ValueError, match="n is 0|n must"):
        engine.submit_many(PROMPT, PARAMS, n=0)


def test_asyncio(alone: Alone) -> None:
    async def main() -> None:
        async with AsyncEngine(alone.model, n_ctx=256, n_parallel=4, **EXACT) as engine:
            first, *_ = got = await engine.generate_many(PROMPT, PARAMS, n=3, best_of=3)
            assert sorted(one.seed for one in got) == [7, 8, 9]
            assert first.mean_logprob == max(one.mean_logprob or 0 for one in got)

    asyncio.run(main())

"""Requests that may have a part of the context, and no more."""

from __future__ import annotations

import pytest

from llamacffi import ContextOverflow, Engine, SamplingParams
from tests.unit.engine.alone import EXACT, Alone

PATIENCE = 60.0
N_CTX, N_SLOT = 512, 100
PROMPT = (1, *range(270, 330))


def endless(**options: object) -> SamplingParams:
    return SamplingParams(**{"temperature": 0, "ignore_eos": True, **options})  # type: ignore[arg-type]


def test_an_answer_ends_with_its_part(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=N_CTX, n_ctx_slot=N_SLOT, n_parallel=4, **EXACT) as engine:
        whole = engine.generate([PROMPT] * 4, endless())
        # The last token is said, and has no place any more.
        assert [one.usage.total_tokens for one in whole] == [N_SLOT + 1] * 4
        assert [one.finish_reason for one in whole] == ["length"] * 4
        alone.check(PROMPT, endless(max_tokens=10), engine.submit(PROMPT, endless(max_tokens=10)).completion(PATIENCE))
        with pytest.raises(ContextOverflow, match=f"slots room for {N_SLOT}; make the engine with a larger n_ctx_slot"):
            engine.submit(range(N_SLOT + 1), endless())


def test_what_is_more_than_the_context_is_the_context(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=N_CTX, n_ctx_slot=2 * N_CTX, n_parallel=1, **EXACT) as engine:
        assert engine.generate([PROMPT], endless())[0].usage.total_tokens == N_CTX + 1
        with pytest.raises(ContextOverflow, match=f"context room for {N_CTX}; make the engine with a larger n_ctx,"):
            engine.submit([5] * (N_CTX + 1))


def test_it_may_shift_in_its_part(alone: Alone) -> None:
    params = endless(overflow="shift", max_tokens=3 * N_SLOT, n_keep=10)
    with Engine(alone.model, n_ctx=N_CTX, n_ctx_slot=N_SLOT, n_parallel=2, **EXACT) as engine:
        streams = [engine.submit(PROMPT, params) for _ in range(2)]
        said = [stream.completion(PATIENCE) for stream in streams]
        assert said[0].usage.completion_tokens == 3 * N_SLOT
        assert said[0].tokens == said[1].tokens
        assert engine.stats().cells_used <= 2 * N_SLOT
        with pytest.raises(ContextOverflow, match="n_keep keeps"):
            engine.submit(PROMPT[:1] + (5,) * 98, endless(overflow="shift", n_keep=-1))


@pytest.mark.parametrize("n", [0, -1, 1.5])
def test_what_cannot_be(alone: Alone, n: object) -> None:
    with pytest.raises(ValueError, match="n_ctx_slot is"):
        Engine(alone.model, n_ctx=N_CTX, n_ctx_slot=n)  # type: ignore[arg-type]


def test_how_far_a_request_is(alone: Alone) -> None:
    from llamacffi.engine import Request

    n_batch = 16
    with Engine(alone.model, n_ctx=N_CTX, n_parallel=1, n_seq_max=4, **{**EXACT, "n_batch": n_batch}) as engine:
        request = Request(prompt=PROMPT, params=endless(max_tokens=5), tells_progress=True)
        told = [chunk.running for chunk in engine.submit(request)]
        assert all(told)
        found = [one for one in told if one is not None]
        processed = [one.processed_tokens for one in found]
        assert processed == sorted(processed)
        assert processed[-1] == len(PROMPT)
        assert {one.usage.prompt_tokens for one in found} == {len(PROMPT)}
        assert found[-1].usage.completion_tokens == 5
        assert found[-1].timings.prompt > 0
        plain = engine.submit(Request(prompt=PROMPT, params=endless(max_tokens=5)))
        assert [chunk.running for chunk in plain] == [None] * len(plain._read)

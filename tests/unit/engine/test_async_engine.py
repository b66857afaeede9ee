"""The engine under asyncio."""

from __future__ import annotations

import asyncio

import pytest

from llamacffi import ClosedError, SamplingParams
from llamacffi.engine import AsyncEngine, Engine, Request
from tests.unit.engine.alone import EXACT, Alone


def test_many_at_once(alone: Alone) -> None:
    params = [SamplingParams(seed=i, max_tokens=10, ignore_eos=True) for i in range(20)]

    async def main() -> None:
        async with AsyncEngine(alone.model, n_ctx=256, n_parallel=4, **EXACT) as engine:
            completions = await asyncio.gather(*(engine.generate([5, 6, 7 + i], params[i]) for i in range(20)))
            for i, completion in enumerate(completions):
                alone.check((5, 6, 7 + i), params[i], completion)

    asyncio.run(main())


def test_chunks_are_the_completion(alone: Alone) -> None:
    params = SamplingParams(seed=3, max_tokens=40, ignore_eos=True)

    async def main() -> None:
        async with AsyncEngine(alone.model, n_ctx=256, **EXACT) as engine:
            stream = await engine.submit([5, 6, 7], params)
            chunks = [chunk async for chunk in stream]
        whole = alone.completion((5, 6, 7), params)
        assert "".join(chunk.text for chunk in chunks) == whole.text
        assert tuple(token for chunk in chunks for token in chunk.tokens) == whole.tokens
        assert chunks[-1].finish_reason == "length"
        assert (await stream.completion()).tokens == whole.tokens

    asyncio.run(main())


def test_a_cancelled_task_cancels_its_request(alone: Alone) -> None:
    async def main() -> None:
        async with AsyncEngine(alone.model, n_ctx=100_000, n_parallel=1, **EXACT) as engine:
            stream = await engine.submit([5], SamplingParams(max_tokens=90_000, ignore_eos=True))
            await anext(stream)
            long = asyncio.create_task(stream.completion())
            await asyncio.sleep(0)
            long.cancel()
            with pytest.raises(asyncio.CancelledError):
                await long
            # The only place is free again.
            completion = await asyncio.wait_for(engine.generate([6], SamplingParams(max_tokens=1)), 60)
            assert len(completion.tokens) <= 1
            assert engine.stats().n_cancelled == 1

    asyncio.run(main())


def test_errors_arrive(alone: Alone) -> None:
    def broken(_tokens: object, _logits: object) -> None:
        raise ZeroDivisionError

    async def main() -> None:
        engine = AsyncEngine(alone.model, n_ctx=256, **EXACT)
        with pytest.raises(ZeroDivisionError):
            await engine.generate([5], SamplingParams(logits_processor=broken))
        with pytest.raises(ValueError, match="the prompt is empty"):
            await engine.submit([])
        await engine.close()
        with pytest.raises(ClosedError):
            await engine.generate([5])

    asyncio.run(main())


def test_a_loop_that_was_closed_disturbs_nobody(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=100_000, n_parallel=2, **EXACT) as engine:
        wrapped = AsyncEngine(engine)
        long = Request(prompt=[5], params=SamplingParams(max_tokens=90_000, ignore_eos=True))

        async def leave() -> object:
            return await wrapped.submit(long)

        left = asyncio.run(leave())
        assert len(engine.submit([6], SamplingParams(max_tokens=5, ignore_eos=True)).completion().tokens) == 5
        assert len(asyncio.run(wrapped.generate([6], SamplingParams(max_tokens=5, ignore_eos=True))).tokens) == 5
        del left


def test_a_task_that_is_cancelled_at_any_point_leaves_nothing(alone: Alone) -> None:
    long = SamplingParams(max_tokens=90_000, ignore_eos=True)

    async def main() -> None:
        async with AsyncEngine(alone.model, n_ctx=100_000, n_parallel=2, **EXACT) as engine:
            for i in range(40):
                task = asyncio.create_task(engine.generate([5], long) if i % 2 else engine.submit([5], long))
                await asyncio.sleep(0 if i < 6 else i * 0.0002)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                del task
            for _ in range(6000):
                stats = engine.stats()
                if not stats.n_running + stats.n_waiting:
                    break
                await asyncio.sleep(0.01)
            assert stats.n_running + stats.n_waiting == 0

    asyncio.run(main())


def test_a_reader_hears_of_a_step_that_failed_or_was_given_up(alone: Alone) -> None:
    """Though no step comes after it."""

    async def main() -> None:
        async with AsyncEngine(alone.model, n_ctx=256, cb_eval=lambda _tensor, _ask: 1 // 0, **EXACT) as engine:
            with pytest.raises(ZeroDivisionError):
                await asyncio.wait_for(engine.generate([5]), 60)
        async with AsyncEngine(alone.model, n_ctx=100_000, **EXACT) as engine:
            stream = await engine.submit([5, 6, 7] * 30_000)
            reader = asyncio.create_task(stream.completion())
            await asyncio.sleep(0.05)
            stream.cancel()
            assert (await asyncio.wait_for(reader, 60)).finish_reason == "cancelled"

    asyncio.run(main())

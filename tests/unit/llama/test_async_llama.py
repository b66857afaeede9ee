"""The Llama under asyncio: the same answers, awaited."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import PoolingType

from llamacffi import AsyncLlama, ClosedError, Llama
from tests.conftest import SCRIPT
from tests.models import ScriptedModel, write_bert
from tests.unit.llama.exact import EXACT
from tests.unit.llama.quiet import n_cancelled


def asking(llm: Llama, ask: Callable[[AsyncLlama], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with AsyncLlama(llm) as awaited:
            return await asyncio.wait_for(ask(awaited), 60)

    return asyncio.run(main())


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(60_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    pytest.fail("it did not come to be")


def without_names(response: Any) -> Any:
    return {name: value for name, value in response.items() if name not in ("id", "created")}


@pytest.mark.parametrize("options", [{}, {"n": 3}, {"logprobs": 2}, {"n": 2, "best_of": 3}], ids=str)
def test_the_answer_is_the_same(tiny_llm: Llama, options: dict[str, Any]) -> None:
    asked: dict[str, Any] = {"max_tokens": 8, "seed": 3, **options}
    expected = tiny_llm(["the", "llama"], **asked)
    made = asking(tiny_llm, lambda llm: llm.create_completion(["the", "llama"], **asked))
    assert without_names(made) == without_names(expected)
    assert without_names(asking(tiny_llm, lambda llm: llm(["the", "llama"], **asked))) == without_names(expected)


@pytest.mark.parametrize("n", [1, 3])
def test_a_stream_is_iterated(tiny_llm: Llama, n: int) -> None:
    asked: dict[str, Any] = {"max_tokens": 20, "seed": 3, "n": n, "stream_options": {"include_usage": True}}

    async def ask(llm: AsyncLlama) -> list[Any]:
        return [part async for part in await llm.create_completion("the", stream=True, **asked)]

    parts = asking(tiny_llm, ask)
    expected = tiny_llm("the", **asked)
    for i in range(n):
        text = "".join(one["text"] for part in parts for one in part["choices"] if one["index"] == i)
        assert text == expected["choices"][i]["text"]
    assert parts[-1]["usage"] == expected["usage"]


def test_many_at_once(scripted_llm: Llama) -> None:
    async def ask(llm: AsyncLlama) -> list[Any]:
        return await asyncio.gather(*(llm("a", max_tokens=None, temperature=0) for _ in range(12)))

    assert {one["choices"][0]["text"] for one in asking(scripted_llm, ask)} == {SCRIPT}


@pytest.mark.parametrize("n", [1, 3])
def test_a_cancelled_task_cancels_its_requests(tiny_llm: Llama, n: int) -> None:
    before = n_cancelled(tiny_llm)

    async def ask(llm: AsyncLlama) -> None:
        task = asyncio.create_task(llm([5], max_tokens=None, ignore_eos=True, n=n, overflow="shift"))
        await until(lambda: tiny_llm.engine.stats().n_running == n)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: tiny_llm.engine.stats().n_cancelled == before + n)

    asking(tiny_llm, ask)


@pytest.mark.parametrize("n", [1, 2])
def test_a_stream_that_is_closed_cancels_its_requests(tiny_llm: Llama, n: int) -> None:
    before = n_cancelled(tiny_llm)

    async def ask(llm: AsyncLlama) -> None:
        stream: Any = await llm([5], max_tokens=None, ignore_eos=True, n=n, overflow="shift", stream=True)
        await anext(stream)
        await stream.aclose()
        await until(lambda: tiny_llm.engine.stats().n_cancelled == before + n)

    asking(tiny_llm, ask)


def test_errors_come_with_the_call(tiny_llm: Llama) -> None:
    async def ask(llm: AsyncLlama) -> None:
        with pytest.raises(TypeError, match="max_tokens"):
            await llm("the", max_token=1)  # type: ignore[call-overload]
        with pytest.raises(ValueError, match="empty"):
            await llm([], stream=True)

        def broken(_ids: Any, _scores: Any) -> Any:
            message = "no logits today"
            raise KeyError(message)

        for n in (1, 2):
            with pytest.raises(KeyError, match="no logits today"):
                await llm("the", logits_processor=broken, n=n)

    asking(tiny_llm, ask)


def test_vectors(tmp_path: Path) -> None:
    texts = ["the llama", "said"]
    with Llama(write_bert(tmp_path / "bert.gguf"), **EXACT) as llm:
        made = asking(llm, lambda each: each.embed(texts, normalize=True))
        np.testing.assert_allclose(made, llm.embed(texts, normalize=True), atol=1e-6)
        counted = asking(llm, lambda each: each.embed(texts, return_count=True))
        assert counted[1] == llm.embed(texts, return_count=True)[1]
        made, known = asking(llm, lambda each: each.create_embedding("the")), llm.create_embedding("the")
        vectors = [each["data"].pop()["embedding"] for each in (made, known)]
        np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-6)
        assert made == known


def test_vectors_of_tokens(tiny_llm: Llama) -> None:
    made = asking(tiny_llm, lambda llm: llm.embed("the llama"))
    np.testing.assert_allclose(made, tiny_llm.embed("the llama"), atol=1e-6)


def test_documents(tmp_path: Path) -> None:
    with Llama(write_bert(tmp_path / "rank.gguf", pooling=PoolingType.RANK), **EXACT) as llm:
        made = asking(llm, lambda each: each.rerank("llama", ["the", "llama"], top_n=1))
        expected = llm.rerank("llama", ["the", "llama"], top_n=1)
        assert made["results"][0]["index"] == expected["results"][0]["index"]
        assert made["usage"] == expected["usage"]


def test_scores(tiny_llm: Llama) -> None:
    assert asking(tiny_llm, lambda llm: llm.score("the llama")) == pytest.approx(tiny_llm.score("the llama"), abs=1e-4)
    made = asking(tiny_llm, lambda llm: llm.perplexity("the llama"))
    assert made == pytest.approx(tiny_llm.perplexity("the llama"), rel=1e-4)


def test_tokens(tiny_llm: Llama) -> None:
    tokens = asking(tiny_llm, lambda llm: llm.tokenize(b"the llama"))
    assert tokens == tiny_llm.tokenize(b"the llama")
    assert asking(tiny_llm, lambda llm: llm.detokenize(tokens)) == b"the llama"


def test_it_loads_and_closes_its_own(scripted: ScriptedModel) -> None:
    async def main() -> None:
        async with await AsyncLlama.load(scripted.path, n_ctx=256, **EXACT) as llm:
            assert (await llm("a", max_tokens=None, temperature=0))["choices"][0]["text"] == SCRIPT
            assert "AsyncLlama" in repr(llm)
        assert llm.closed
        with pytest.raises(ClosedError):
            await llm("a")

    asyncio.run(main())


def test_a_llama_of_somebody_else_stays_open(tiny_llm: Llama) -> None:
    asking(tiny_llm, lambda llm: llm.tokenize("a"))
    assert not tiny_llm.closed
    with pytest.raises(TypeError, match="n_ctx cannot be given"):
        AsyncLlama(tiny_llm, n_ctx=5)


def test_it_can_what_a_llama_can() -> None:
    calls = ("create_completion", "__call__", "create_chat_completion", "embed", "create_embedding", "rerank", "score")
    for name in calls:
        known, awaited = (inspect.signature(getattr(kind, name)).parameters for kind in (Llama, AsyncLlama))
        assert list(known) == list(awaited)

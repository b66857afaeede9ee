"""Embeddings and scores of an engine: what the model gives alone, whatever else the engine does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import PoolingType

from llamacffi import (
    AsyncEngine,
    ClosedError,
    ContextError,
    ContextOverflow,
    Engine,
    LlamaError,
    Model,
    Request,
    SamplingParams,
    classify,
    embed,
    rerank,
)
from llamacffi.engine.embedding import Embedder
from llamacffi.generation.embedding import embedding
from tests.models import write_bert, write_t5
from tests.models.vocab import CORPUS
from tests.threads import Threads
from tests.unit.engine.alone import EXACT, Alone

PATIENCE = 60.0
POOLED: dict[str, Any] = {"pooling_type": "mean"}


def texts_of(n: int, *, most: int = 20) -> list[str]:
    source = random.Random(n)
    return [" ".join(source.choices(CORPUS.split(), k=source.randint(1, most))) for _ in range(n)]


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Model(write_bert(tmp_path_factory.mktemp("bert") / "bert.gguf")) as model:
        yield model


@pytest.fixture(scope="module")
def alone_vectors(alone: Alone) -> Callable[[list[str]], Any]:
    context = alone.model.context(
        n_ctx=512, n_batch=512, n_ubatch=512, n_seq_max=1, embeddings=True, pooling_type="mean", **EXACT
    )
    return lambda texts: embed(context, texts)


@pytest.fixture
def engine(alone: Alone) -> Iterator[Engine]:
    with Engine(alone.model, n_ctx=512, n_parallel=4, embedding_options=POOLED, **EXACT) as engine:
        yield engine


def test_vectors_beside_answers(alone: Alone, engine: Engine, alone_vectors: Callable[[list[str]], Any]) -> None:
    texts = texts_of(100)
    asks = [((5, 6, 7 + i), SamplingParams(seed=i, max_tokens=60, ignore_eos=True)) for i in range(6)]
    streams = [engine.submit(*ask) for ask in asks]
    np.testing.assert_allclose(engine.embed(texts), alone_vectors(texts), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(engine.embed(texts[:3], dimensions=5), axis=1), [1, 1, 1], atol=1e-6)
    assert engine.embed([]).shape == (0, alone.model.n_embd_out)
    n_tokens = [len(alone.model.vocab.tokenize(text)) for text in texts]
    assert (engine.stats().embedded_texts, engine.stats().embedded_tokens) == (103, sum(n_tokens) + sum(n_tokens[:3]))
    for (prompt, params), stream in zip(asks, streams, strict=True):
        alone.check(prompt, params, stream.completion(PATIENCE))


def test_calls_of_many_threads_share_batches(engine: Engine, alone_vectors: Callable[[list[str]], Any]) -> None:
    calls = [texts_of(n) for n in range(1, 14)]
    expected = [alone_vectors(texts) for texts in calls]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(engine.embed, calls))
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def _embedder(model: Model, **options: Any) -> Embedder:
    return Embedder(model, {**POOLED, **EXACT, **options})


def test_a_piece_has_some_texts_of_each_call(alone: Alone) -> None:
    embedder = _embedder(alone.model, n_seq_max=8)
    large = embedder.take(embedding(alone.model, [[5] * 10] * 100))
    small = embedder.take(embedding(alone.model, [[5] * 10] * 2))
    embedder.step(None)
    assert embedder.n_texts == 8
    assert small.done()
    assert not large.done()
    embedder.close()


def test_a_piece_is_short_while_others_wait(alone: Alone) -> None:
    embedder = _embedder(alone.model)
    embedder.take(embedding(alone.model, [[5] * 10] * 10))
    embedder.step(0.05)  # 25 tokens by what it knows of the model, which is nothing
    assert embedder.n_tokens == 20
    for _ in range(3):
        embedder.step(0.0)
    assert embedder.n_texts == 5
    embedder.close()


def test_an_answer_goes_on_while_many_texts_are_embedded(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=512, n_parallel=2, step_seconds=0.0, embedding_options=POOLED, **EXACT) as engine:
        futures = engine.submit_pooling(embedding(alone.model, [[5] * 10] * 300))
        seen: list[int] = []
        criterion = lambda _progress: seen.append(engine._worker.embedder.n_texts)  # noqa: E731
        params = SamplingParams(max_tokens=20, ignore_eos=True, stopping_criteria=[criterion])
        assert engine.submit((5, 6), params).completion(PATIENCE).usage.completion_tokens == 20
        assert np.diff(seen).tolist() == [1] * 19  # a text after each step
        assert futures.result(PATIENCE).shape[0] == 300


def test_a_longer_text_gets_a_larger_context(alone: Alone, alone_vectors: Callable[[list[str]], Any]) -> None:
    context = alone.model.context(n_ctx=704, n_batch=704, n_ubatch=704, embeddings=True, pooling_type="mean", **EXACT)
    long = [[5 + i % 300 for i in range(700)], [5, 6], [7] * 600]
    options = {**POOLED, "n_ctx": 704}
    with Engine(alone.model, n_ctx=512, n_parallel=2, embedding_options=options, **EXACT) as engine:
        np.testing.assert_allclose(engine.embed(long), embed(context, long), atol=1e-5)
        with pytest.raises(ContextOverflow, match="text 1 has 705 tokens"):
            engine.embed([[5], [5] * 705])


def test_errors_are_those_of_their_call(alone: Alone, engine: Engine) -> None:
    with pytest.raises(TypeError, match="single text"):
        engine.embed("one")
    with pytest.raises(ContextError, match="no classification head"):
        engine.rerank("query", ["document"])
    with Engine(alone.model, n_ctx=256, n_parallel=2, **EXACT) as plain:
        with pytest.raises(ContextError, match="does not pool"):
            plain.embed(["one"])
        assert plain.submit("a", SamplingParams(max_tokens=3, ignore_eos=True)).completion(PATIENCE).tokens
    with pytest.raises(TypeError, match="pooling_type"):
        Engine(alone.model, embedding_options={"poling_type": "mean"})
    with pytest.raises(ValueError, match="kv_unified"):
        Engine(alone.model, embedding_options={"kv_unified": False})


def test_no_callback_waits_for_vectors(engine: Engine) -> None:
    def processor(_tokens: Any, _logits: Any) -> None:
        engine.embed(["one"])

    stream = engine.submit(Request(prompt="a", params=SamplingParams(logits_processor=processor)))
    with pytest.raises(LlamaError, match="callback"):
        stream.completion(PATIENCE)


def test_a_model_that_only_embeds(bert: Model) -> None:
    texts = texts_of(40)
    expected = embed(bert, texts)
    with Engine(bert, n_threads=1) as engine:
        assert not engine.generates
        np.testing.assert_allclose(engine.embed(texts), expected, atol=2e-2)  # flash attention: float16
        with pytest.raises(ContextError, match="does not generate text"):
            engine.submit("one")
        with pytest.raises(ContextError, match="does not generate text"):
            engine.generate(["one"])
        assert engine.stats().n_running == 0
        assert "0 running" in repr(engine)
    with pytest.raises(ClosedError):
        engine.embed(texts)


def test_an_encoder_decoder_model_embeds(tmp_path: Path) -> None:
    with Model(write_t5(tmp_path / "t5.gguf")) as model:
        options = {**EXACT, "pooling_type": "mean"}
        context = model.context(n_ctx=512, n_batch=512, n_ubatch=512, embeddings=True, **options)
        expected = embed(context, ["the sky is blue", "paris"])
        with Engine(model, n_ctx=512, n_parallel=2, embedding_options=POOLED, **EXACT) as engine:
            np.testing.assert_allclose(engine.embed(["the sky is blue", "paris"]), expected, atol=1e-4)
            with pytest.raises(ContextError, match="does not generate text"):
                engine.submit("one")


def test_scores(tmp_path: Path) -> None:
    labels = ("negative", "neutral", "positive")
    query, documents = "what is the capital of france", ["the capital of france is paris", "the sky is blue", "paris"]
    options: dict[str, Any] = {"flash_attn_type": "disabled", "n_threads": 1}
    path = write_bert(tmp_path / "rank.gguf", pooling=PoolingType.RANK)
    with Model(path) as model, Engine(model, **options) as engine:
        np.testing.assert_allclose(engine.rerank(query, documents), rerank(model, query, documents), atol=2e-2)
        with pytest.raises(ContextError, match="pooling_type='rank'"):
            engine.embed(documents)
        assert engine.rerank(query, []).shape == (0,)
    path = write_bert(tmp_path / "classes.gguf", pooling=PoolingType.RANK, labels=labels, dense=False)
    with Model(path) as model, Engine(model, **options) as engine:
        np.testing.assert_allclose(engine.classify(documents), classify(model, documents), atol=2e-2)


def test_closing_fails_what_is_not_done(alone: Alone) -> None:
    engine = Engine(alone.model, n_ctx=512, n_parallel=2, embedding_options=POOLED, **EXACT)
    futures = [engine.submit_pooling(embedding(alone.model, [[5] * 100] * 2000)) for _ in range(3)]
    engine.close()
    for future in futures:
        with pytest.raises(ClosedError):
            future.result(PATIENCE)


def test_asyncio(alone: Alone, alone_vectors: Callable[[list[str]], Any]) -> None:
    calls = [texts_of(n) for n in range(1, 12)]

    async def main() -> list[Any]:
        async with AsyncEngine(alone.model, n_ctx=512, n_parallel=2, embedding_options=POOLED, **EXACT) as engine:
            vectors = await asyncio.gather(*(engine.embed(texts) for texts in calls))
            large = asyncio.ensure_future(engine.embed([[5] * 100] * 5000))
            await asyncio.sleep(0.05)
            large.cancel()
            with pytest.raises(asyncio.CancelledError):
                await large
            vectors.append(await engine.embed(["one"]))  # and it has not to wait for the other 5000
            with pytest.raises(ContextError, match="head"):
                await engine.rerank("query", ["document"])
            return vectors

    got = asyncio.run(main())
    for one, texts in zip(got, [*calls, ["one"]], strict=True):
        np.testing.assert_allclose(one, alone_vectors(texts), atol=1e-5)


def test_a_cancelled_call_is_left(alone: Alone) -> None:
    embedder = _embedder(alone.model, n_seq_max=8)
    first = embedder.take(embedding(alone.model, [[5] * 10] * 100))
    second = embedder.take(embedding(alone.model, [[5] * 10] * 3))
    embedder.step(None)
    assert first.cancel()
    embedder.step(None)
    assert second.done()
    assert not embedder.busy
    with pytest.raises(CancelledError):
        first.result()
    embedder.close()


def test_no_thread_is_left(alone: Alone) -> None:
    threads = Threads()
    with Engine(alone.model, n_ctx=256, n_parallel=2, embedding_options=POOLED, **EXACT) as engine:
        engine.embed(["one"])
    assert not threads.left()

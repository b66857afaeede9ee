"""Vectors of texts: the reference's, whatever was computed together, in the order they were asked for."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from gguf import PoolingType

from llamacffi import Batch, Context, ContextError, ContextOverflow, Model, embed
from llamacffi.hub.paths import cache_dir
from tests.models import wpm_vocab, write_bert, write_mamba, write_t5
from tests.models.minilm import minilm
from tests.models.reference import (
    Matrix,
    Weights,
    bert_hidden,
    llama_logits,
    mamba_logits,
    read_weights,
    t5_encoded,
)
from tests.models.vocab import CORPUS

Vectors = npt.NDArray[np.floating[Any]]

EXACT: dict[str, Any] = {"n_threads": 1, "type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled"}
VOCAB = wpm_vocab()


def texts_of(n: int, *, most: int = 30) -> list[str]:
    """`n` texts of 1 to `most` words, in no order of length."""
    source = random.Random(n)
    return [" ".join(source.choices(CORPUS.split(), k=source.randint(1, most))) for _ in range(n)]


def normed(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    with Model(write_bert(tmp_path_factory.mktemp("bert") / "bert.gguf")) as model:
        yield model


@pytest.fixture(scope="module")
def weights(model: Model) -> Weights:
    return read_weights(model.path)


@pytest.fixture
def context(model: Model) -> Iterator[Context]:
    with model.context(n_batch=96, n_ubatch=96, n_seq_max=6, embeddings=True, **EXACT) as context:
        yield context


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The numbers of tokens and of sequences of each batch that is computed."""
    seen: list[tuple[int, int]] = []
    decode = Context.decode

    def counting(self: Context, batch: Batch) -> None:
        seen.append((batch.n_tokens, batch.max_seq_id + 1))
        decode(self, batch)

    monkeypatch.setattr(Context, "decode", counting)
    return seen


def means(weights: Weights, texts: list[str]) -> Matrix:
    return np.stack([bert_hidden(weights, VOCAB.encode(text)).mean(axis=0) for text in texts])


@pytest.mark.parametrize("n_seq_max", [1, 3, 32])
def test_mixed_lengths_come_back_in_order(model: Model, weights: Weights, n_seq_max: int) -> None:
    texts = texts_of(40)
    with model.context(n_batch=96, n_ubatch=96, n_seq_max=n_seq_max, embeddings=True, **EXACT) as context:
        rows = embed(context, texts)
    assert rows.dtype == np.float32
    assert rows.shape == (40, 64)
    assert rows.flags.c_contiguous
    np.testing.assert_allclose(rows, normed(means(weights, texts)), atol=1e-5)


def test_a_model_is_enough(model: Model, weights: Weights) -> None:
    texts = texts_of(7)
    np.testing.assert_allclose(
        embed(model, texts), normed(means(weights, texts)), atol=1e-3
    )  # flash attention: float16
    assert embed(model, texts[:1]).shape == (1, 64)
    assert embed(model, []).shape == (0, 64)


def test_normalization_and_dimensions(context: Context, weights: Weights) -> None:
    texts = texts_of(5)
    expected = means(weights, texts)
    np.testing.assert_allclose(embed(context, texts, normalize=None), expected, atol=1e-4)
    np.testing.assert_allclose(embed(context, texts, dimensions=16), normed(expected[:, :16]), atol=1e-5)
    short = embed(context, texts, normalize=None, dimensions=16)
    np.testing.assert_allclose(short, expected[:, :16], atol=1e-4)
    assert short.flags.c_contiguous


@pytest.mark.parametrize(("pooling", "row"), [("cls", 0), ("last", -1)])
def test_other_poolings(model: Model, weights: Weights, pooling: str, row: int) -> None:
    texts = texts_of(9)
    with model.context(n_seq_max=4, embeddings=True, pooling_type=pooling, **EXACT) as context:
        rows = embed(context, texts, normalize=None)
    expected = np.stack([bert_hidden(weights, VOCAB.encode(text))[row] for text in texts])
    np.testing.assert_allclose(rows, expected, atol=1e-4)


def test_batches_are_filled(context: Context, batches: list[tuple[int, int]]) -> None:
    embed(context, [[5] * 20] * 10)
    assert batches == [(80, 4), (80, 4), (40, 2)]  # of 96 tokens
    batches.clear()
    embed(context, [[5] * 3] * 10)
    assert batches == [(18, 6), (12, 4)]  # of 6 sequences
    batches.clear()
    embed(context, [[5] * n for n in (90, 2, 50, 4, 40)])
    assert batches == [(96, 4), (90, 1)]  # 2 + 4 + 40 + 50


def test_texts_bytes_and_tokens(context: Context) -> None:
    text = "the quick brown fox"
    rows = embed(context, [text, text.encode(), VOCAB.encode(text), np.array(VOCAB.encode(text), np.int64)])
    np.testing.assert_allclose(rows, rows[[0, 0, 0, 0]], atol=1e-6)


def test_what_looks_like_a_control_token_is_text(context: Context, weights: Weights) -> None:
    text = "the [SEP] fox"
    assert VOCAB.sep not in VOCAB.tokenize(text)
    np.testing.assert_allclose(embed(context, [text]), normed(means(weights, [text])), atol=1e-5)


@pytest.mark.parametrize("unified", [True, False])
@pytest.mark.parametrize("write", [None, write_mamba])
def test_decoders_pool_whole_sequences(
    tiny_llama: Path, tmp_path: Path, write: Callable[[Path], Path] | None, *, unified: bool
) -> None:
    path = tiny_llama if write is None else write(tmp_path / "mamba.gguf")
    reference = llama_logits if write is None else mamba_logits
    weights = read_weights(path)
    prompts = [[1, *range(270, 270 + n)] for n in (9, 2, 30, 9, 17, 2, 9)]
    with (
        Model(path) as model,
        model.context(
            n_ctx=1024, n_ubatch=96, n_seq_max=4, embeddings=True, pooling_type="mean", kv_unified=unified, **EXACT
        ) as context,
    ):
        for _ in range(2):  # what the first left in memory does not show in the second
            rows = embed(context, prompts, normalize=None)
            # The output matrix is linear: the mean's logits are the mean of the logits.
            expected = np.stack([reference(weights, prompt).mean(axis=0) for prompt in prompts])
            np.testing.assert_allclose(rows @ weights["output"].T, expected, atol=1e-4)
        assert context.memory.pos_max(0) == -1


def test_the_encoder_of_an_encoder_decoder(tmp_path: Path) -> None:
    path = write_t5(tmp_path / "t5.gguf")
    weights = read_weights(path)
    prompts = [[*range(10, 10 + n), 1] for n in (5, 40, 2)]
    with (
        Model(path) as model,
        model.context(
            n_ctx=256, n_ubatch=64, n_seq_max=4, kv_unified=True, embeddings=True, pooling_type="mean", **EXACT
        ) as context,
    ):
        rows = embed(context, prompts, normalize=None)
    np.testing.assert_allclose(rows, [t5_encoded(weights, prompt).mean(axis=0) for prompt in prompts], atol=1e-4)


def test_threads_that_share_a_context(context: Context, weights: Weights) -> None:
    halves = [texts_of(12), texts_of(13)]
    found: dict[int, Vectors] = {}

    def work(i: int) -> None:
        found[i] = embed(context, halves[i])

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, texts in enumerate(halves):
        np.testing.assert_allclose(found[i], normed(means(weights, texts)), atol=1e-5)


@pytest.mark.parametrize(
    ("n_batch", "n", "message"),
    [
        (96, 97, r"text 1 has 97 tokens, and n_batch is 96; shorten or split it, or make the context with a larger"),
        (512, 129, r"text 1 has 129 tokens, and the model's n_ctx_train is 128; shorten or split it$"),
    ],
)
def test_a_text_that_does_not_fit(
    model: Model, batches: list[tuple[int, int]], n_batch: int, n: int, message: str
) -> None:
    with model.context(n_batch=n_batch, n_ubatch=n_batch, n_seq_max=2, embeddings=True) as context:
        with pytest.raises(ContextOverflow, match=message):
            embed(context, [[5], [5] * n])
        assert batches == []
        embed(context, [[5] * (n - 1)])


def test_a_text_that_does_not_fit_the_model(model: Model) -> None:
    with pytest.raises(ContextOverflow, match="text 0 has 2002 tokens"):
        embed(model, ["the " * 2000])


@pytest.mark.parametrize(
    ("texts", "options", "kind", "message"),
    [
        ("a text", {}, TypeError, "texts is a single text; put it into a list"),
        (["a", []], {}, ValueError, "text 1 has no tokens"),
        ([[5, 100_000]], {}, ValueError, r"text 0 has token 100000; the vocabulary's ids go from 0 to \d+"),
        ([[-1]], {}, ValueError, "text 0 has token -1"),
        (["a"], {"normalize": "l1"}, ValueError, "normalize must be 'l2' or None, not 'l1'"),
        (["a"], {"dimensions": 0}, ValueError, "dimensions must be from 1 to the model's 64, not 0"),
        (["a"], {"dimensions": 65}, ValueError, "dimensions must be from 1 to the model's 64, not 65"),
    ],
)
def test_what_is_refused(
    context: Context, texts: Any, options: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        embed(context, texts, **options)


def test_contexts_that_do_not_embed(model: Model, tmp_path: Path) -> None:
    with model.context() as context, pytest.raises(ContextError, match="embeddings=True"):
        embed(context, ["a"])
    with (
        model.context(embeddings=True, pooling_type="none") as context,
        pytest.raises(ContextError, match="does not pool.*pooling_type=…\\) with 'mean' or 'cls' or 'last'"),
    ):
        embed(context, ["a"])
    with (
        Model(write_bert(tmp_path / "rank.gguf", pooling=PoolingType.RANK)) as rank,
        pytest.raises(ContextError, match="pooling_type='rank'; this needs 'mean'"),
    ):
        embed(rank, ["a"])


def test_a_zero_vector_stays_zero(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Context, "embeddings_seq", lambda self, seq_id: np.zeros(64, np.float32))
    assert not embed(model, ["a"]).any()


# A real model

SENTENCES = ["The weather is lovely today.", "It's so sunny outside!", "He drove to the stadium."]


@pytest.fixture(scope="module")
def real() -> Iterator[Model]:
    with Model(minilm(cache_dir() / "tests")) as model:
        yield model


@pytest.mark.model
@pytest.mark.network
def test_minilm_is_what_the_reference_computes(real: Model) -> None:
    weights = read_weights(real.path)
    texts = [*SENTENCES, "The quick brown fox jumps over the lazy dog. " * 8, "naïve café, 漢字 and 🦙"]
    rows = embed(real, texts)
    hidden = [bert_hidden(weights, real.vocab.tokenize(text), exact_gelu=True).mean(axis=0) for text in texts]
    cosines = (rows * normed(np.stack(hidden))).sum(axis=1)
    print("cosines with the forward pass in NumPy:", cosines)
    assert cosines.min() >= 0.9999


@pytest.mark.model
@pytest.mark.network
def test_minilm_is_what_its_authors_publish(real: Model) -> None:
    # bert-base-uncased's ids, and the similarities in the quickstart of https://sbert.net.
    assert real.vocab.tokenize("Hello, world!") == [101, 7592, 1010, 2088, 999, 102]
    rows = embed(real, SENTENCES)
    published = [[1.0, 0.6660, 0.1046], [0.6660, 1.0, 0.1411], [0.1046, 0.1411, 1.0]]
    np.testing.assert_allclose(rows @ rows.T, published, atol=5e-4)

"""Scores of a classification head: of a query with documents, and of texts for classes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import PoolingType

from llamacffi import ContextError, ContextOverflow, Model, classify, rerank
from llamacffi.generation import rerank_prompt
from tests.models import wpm_vocab, write_bert, write_t5
from tests.models.reference import bert_scores, read_weights

EXACT: dict[str, Any] = {"n_threads": 1, "flash_attn_type": "disabled"}
VOCAB = wpm_vocab()
QUERY = "what is the capital of france"
DOCUMENTS = ["the capital of france is paris", "the sky is blue", "paris", "count from one to ten " * 8]
LABELS = ("negative", "neutral", "positive")


@pytest.fixture(scope="module")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = tmp_path_factory.mktemp("rank") / "rank.gguf"
    with Model(write_bert(path, pooling=PoolingType.RANK)) as model:
        yield model


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = tmp_path_factory.mktemp("classifier") / "classifier.gguf"
    with Model(write_bert(path, pooling=PoolingType.RANK, labels=LABELS, dense=False)) as model:
        yield model


def test_documents_are_scored_with_the_query(ranker: Model) -> None:
    weights = read_weights(ranker.path)
    # What llama.cpp's server makes of a WordPiece vocabulary; Hugging Face would end in another [SEP].
    prompts = [[VOCAB.cls, *VOCAB.tokenize(QUERY), VOCAB.sep, *VOCAB.tokenize(document)] for document in DOCUMENTS]
    expected = [bert_scores(weights, prompt)[0] for prompt in prompts]
    assert [rerank_prompt(ranker, QUERY, document) for document in DOCUMENTS] == prompts
    with ranker.context(n_seq_max=3, n_batch=96, n_ubatch=96, embeddings=True, **EXACT) as context:
        scores = rerank(context, QUERY, DOCUMENTS)
    assert scores.dtype == np.float32
    assert scores.shape == (4,)
    np.testing.assert_allclose(scores, expected, atol=1e-4)
    assert np.ptp(expected) > 0.01
    np.testing.assert_allclose(rerank(ranker, QUERY, DOCUMENTS), expected, atol=1e-2)  # flash attention: float16
    assert rerank(ranker, QUERY, []).shape == (0,)


def test_a_model_brings_its_prompt(tmp_path: Path) -> None:
    path = write_bert(
        tmp_path / "rank.gguf", pooling=PoolingType.RANK, rerank_template="[CLS]{document}[SEP]{query}[MASK]"
    )
    with Model(path) as model:
        assert rerank_prompt(model, "the sky", "is blue") == [
            VOCAB.cls,
            *VOCAB.tokenize("is blue"),
            VOCAB.sep,
            *VOCAB.tokenize("the sky"),
            VOCAB.mask,
        ]
        # What a query says is not filled in once more.
        assert rerank_prompt(model, "{document}", "blue")[3:-1] == VOCAB.tokenize("{document}")


def test_the_vocabulary_says_which_special_tokens(tiny_llama: Path, tmp_path: Path) -> None:
    with Model(tiny_llama) as model:  # adds BOS only
        query, document = (model.vocab.tokenize(text, add_special=False) for text in ("a b", "c"))
        assert rerank_prompt(model, "a b", "c") == [1, *query, *document]
    with Model(write_t5(tmp_path / "t5.gguf")) as model:  # adds EOS only
        query, document = (model.vocab.tokenize(text, add_special=False) for text in ("a b", "c"))
        assert rerank_prompt(model, "a b", "c") == [*query, 1, *document, 1]


def test_control_tokens_in_a_query_stay_text(ranker: Model) -> None:
    tokens = rerank_prompt(ranker, "the [SEP]", "[CLS] fox")
    assert (tokens.count(VOCAB.sep), tokens.count(VOCAB.cls)) == (1, 1)


def test_classes(classifier: Model) -> None:
    weights = read_weights(classifier.path)
    assert classifier.labels == LABELS
    texts = [*DOCUMENTS, QUERY]
    with classifier.context(n_seq_max=2, n_batch=96, n_ubatch=96, embeddings=True, **EXACT) as context:
        scores = classify(context, texts)
        assert scores.shape == (5, 3)
        np.testing.assert_allclose(scores, [bert_scores(weights, VOCAB.encode(text)) for text in texts], atol=1e-4)
        pair = [*VOCAB.encode("the sky"), *VOCAB.tokenize("is blue"), VOCAB.sep]
        np.testing.assert_allclose(classify(context, [pair])[0], bert_scores(weights, pair), atol=1e-4)
    assert classify(classifier, []).shape == (0, 3)


def test_models_without_a_head(tmp_path: Path, ranker: Model) -> None:
    with (
        Model(write_bert(tmp_path / "bert.gguf")) as model,
        model.context(embeddings=True, pooling_type="rank") as context,
    ):
        for target in (model, context):
            with pytest.raises(ContextError, match="has no classification head"):
                rerank(target, QUERY, DOCUMENTS)
            with pytest.raises(ContextError, match="has no classification head"):
                classify(target, DOCUMENTS)
    with (
        ranker.context(embeddings=True, pooling_type="mean") as context,
        pytest.raises(ContextError, match="pooling_type='mean'; this needs 'rank'"),
    ):
        rerank(context, QUERY, DOCUMENTS)
    with ranker.context() as context, pytest.raises(ContextError, match="not made for embeddings"):
        classify(context, DOCUMENTS)


def test_what_is_refused(ranker: Model) -> None:
    with pytest.raises(TypeError, match="documents is a single text; put it into a list"):
        rerank(ranker, QUERY, "a document")
    with pytest.raises(TypeError, match="texts is a single text"):
        classify(ranker, "a text")
    with pytest.raises(ContextOverflow, match="text 1 has 2008 tokens, and the model's n_ctx_train is 128"):
        rerank(ranker, QUERY, ["paris", "the " * 2000])

"""Vectors and scores: those that the model gives alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import PoolingType

from llamacffi import ContextError, ContextOverflow, Llama, Model, embed, rerank
from tests.models import write_bert

# Flash attention rounds in another way than the arithmetic without it.
PLAIN: dict[str, Any] = {"n_threads": 1, "n_threads_batch": 1, "verbose": False}
TEXTS = ["the llama", "said nothing else", "the"]


@pytest.fixture(scope="module")
def bert_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bert(tmp_path_factory.mktemp("bert") / "bert.gguf")


@pytest.fixture(scope="module")
def bert(bert_path: Path) -> Iterator[Llama]:
    with Llama(bert_path, embedding=True, **PLAIN) as llm:
        yield llm


@pytest.fixture(scope="module")
def expected(bert_path: Path) -> Any:
    with Model(bert_path) as model:
        return embed(model, TEXTS, normalize=None)


def test_a_text_is_a_list_of_floats(bert: Llama, expected: Any) -> None:
    vector = bert.embed(TEXTS[0])
    assert isinstance(vector, list)
    assert type(vector[0]) is float
    assert len(vector) == bert.n_embd()
    np.testing.assert_allclose(vector, expected[0], atol=1e-5)


def test_several_texts_are_a_list_of_them(bert: Llama, expected: Any) -> None:
    vectors = bert.embed(TEXTS)
    assert isinstance(vectors, list)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    tokens = [bert.tokenize(text.encode()) for text in TEXTS]
    np.testing.assert_allclose(bert.embed(tokens), expected, atol=1e-5)
    np.testing.assert_allclose(bert.embed(tokens[1]), expected[1], atol=1e-5)
    assert bert.embed([]) == []


def test_lengths_of_one(bert: Llama, expected: Any) -> None:
    lengths = np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(bert.embed(TEXTS, normalize=True), expected / lengths, atol=1e-5)


def test_tokens_are_counted(bert: Llama) -> None:
    vectors, count = bert.embed(TEXTS, return_count=True)
    assert len(vectors) == 3
    assert count == sum(len(bert.tokenize(text.encode())) for text in TEXTS)


def test_the_response_has_the_shape_of_openai(bert: Llama, expected: Any) -> None:
    response = bert.create_embedding(TEXTS)
    assert response["object"] == "list"
    assert response["model"] == bert.model_path
    assert [one["index"] for one in response["data"]] == [0, 1, 2]
    assert {one["object"] for one in response["data"]} == {"embedding"}
    np.testing.assert_allclose([one["embedding"] for one in response["data"]], expected, atol=1e-5)
    n = sum(len(bert.tokenize(text.encode())) for text in TEXTS)
    assert response["usage"] == {"prompt_tokens": n, "total_tokens": n}
    assert bert.create_embedding("the", model="mine")["model"] == "mine"


def test_a_long_text_is_cut_off_or_refused(bert: Llama) -> None:
    text = "the llama " * 2000
    cut = bert.tokenize(text.encode())[: bert.model.n_ctx_train]
    np.testing.assert_allclose(bert.embed(text), bert.embed(cut), atol=1e-6)
    with pytest.raises(ContextOverflow, match="truncate=True"):
        bert.embed(text, truncate=False)


def test_without_pooling_each_token_has_a_vector(tiny_llm: Llama, tiny_llama: Path) -> None:
    assert tiny_llm.pooling_type() == 0
    rows = tiny_llm.embed("the llama")
    tokens = tiny_llm.tokenize(b"the llama")
    with Model(tiny_llama) as model:
        options: Any = {"type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled"}
        with model.context(n_ctx=64, embeddings=True, pooling_type="none", **options) as context:
            from llamacffi import Batch

            batch = Batch(64)
            batch.extend(tokens, 0, 0, output="all")
            context.decode(batch)
            known = context.embeddings(None)
    assert np.shape(rows) == (len(tokens), tiny_llm.n_embd())
    np.testing.assert_allclose(rows, known, atol=1e-4)
    lengths = np.linalg.norm(tiny_llm.embed("the llama", normalize=True), axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-6)
    two = tiny_llm.embed(["the", "the llama said"])
    assert [np.shape(each)[1] for each in two] == [tiny_llm.n_embd()] * 2


@pytest.mark.parametrize(("pooling", "number"), [("mean", 1), (1, 1), ("last", 3)])
def test_a_generating_model_may_pool(tiny_llama: Path, pooling: Any, number: int) -> None:
    with Llama(tiny_llama, n_ctx=256, pooling_type=pooling, embedding=True, **PLAIN) as llm:
        assert llm.pooling_type() == number
        vector = llm.embed("the llama")
        assert np.shape(vector) == (llm.n_embd(),)
        # It answers all the same, before and after.
        assert llm([5], max_tokens=2)["choices"]
        assert llm.embed("the llama") == vector
        with Llama(tiny_llama, n_ctx=256, **PLAIN) as tokens:
            rows = np.array(tokens.embed("the llama"))
        np.testing.assert_allclose(vector, rows.mean(axis=0) if number == 1 else rows[-1], atol=2e-2)


def test_a_model_that_embeds_has_no_answers(bert: Llama) -> None:
    with pytest.raises(ContextError, match="does not generate"):
        bert("the")


@pytest.mark.parametrize("texts", [5, None, [5.5], ["a", 5]])
def test_what_is_no_text_is_refused(bert: Llama, texts: Any) -> None:
    with pytest.raises(TypeError):
        bert.embed(texts)


def test_a_text_without_tokens_is_refused(tiny_llama: Path) -> None:
    with Llama(tiny_llama, n_ctx=256, **PLAIN) as llm, pytest.raises(ValueError, match="text 1 has no tokens"):
        llm.embed([[5], []])


def test_documents_by_how_well_they_answer(tmp_path: Path) -> None:
    path = write_bert(tmp_path / "rank.gguf", pooling=PoolingType.RANK)
    documents = ["the llama said", "nothing", "else the llama"]
    with Model(path) as model:
        scores = rerank(model, "llama", documents).tolist()
    with Llama(path, **PLAIN) as llm:
        response = llm.rerank("llama", documents, return_documents=True)
        order = sorted(range(3), key=lambda i: -scores[i])
        assert [one["index"] for one in response["results"]] == order
        assert [one["document"] for one in response["results"]] == [documents[i] for i in order]
        told = [one["relevance_score"] for one in response["results"]]
        assert told == pytest.approx([scores[i] for i in order], abs=1e-5)
        assert response["usage"]["total_tokens"] > 0
        assert len(llm.rerank("llama", documents, top_n=1)["results"]) == 1
        with pytest.raises(ValueError, match="top_n"):
            llm.rerank("llama", documents, top_n=0)


def test_a_model_that_is_not_made_for_it(bert: Llama) -> None:
    with pytest.raises(ContextError, match="classification head"):
        bert.rerank("llama", ["the llama"])

"""llama-server's embeddings and reranking, gaps that are filled, and /props."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import PoolingType

from llamacffi import embed, rerank
from llamacffi.generation.infill import infill_prompt
from tests.models import write_bert
from tests.server.openai.asked import Asked


@pytest.fixture(scope="module")
def ranker(serve: Callable[..., Asked], tmp_path_factory: pytest.TempPathFactory) -> Asked:
    path = tmp_path_factory.mktemp("ranker") / "ranker.gguf"
    return serve({"ranker": write_bert(path, pooling=PoolingType.RANK)})


NORMS = {
    -1: lambda row: row,
    0: lambda row: row / np.abs(row).max() * 32760,
    1: lambda row: row / np.abs(row).sum(),
    2: lambda row: row / np.sqrt((row**2).sum()),
    3: lambda row: row / np.cbrt((np.abs(row) ** 3).sum()),
}


@pytest.mark.parametrize("path", ["/embedding", "/embeddings"])
@pytest.mark.parametrize("norm", NORMS)
def test_vectors_by_norm(bert: Asked, path: str, norm: int) -> None:
    (told,) = bert.post(path, content="the cat", embd_normalize=norm).json()
    (raw,) = embed(bert.llm.model, ["the cat"], normalize=None).astype(np.float64)
    expected = NORMS[norm](raw)
    assert told["index"] == 0
    assert np.array(told["embedding"][0]) == pytest.approx(expected, rel=1e-2, abs=1e-3 * np.abs(expected).max())


def test_vectors_of_several(bert: Asked) -> None:
    told = bert.post("/embedding", input=["the cat", bert.llm.tokenize("the cat")]).json()
    assert [one["index"] for one in told] == [0, 1]
    assert np.array(told[0]["embedding"]) == pytest.approx(np.array(told[1]["embedding"]), abs=1e-5)
    assert np.linalg.norm(told[0]["embedding"][0]) == pytest.approx(1, abs=1e-6)


def test_a_vector_for_each_token(tiny: Asked) -> None:
    (told,) = tiny.post("/embedding", content="the cat").json()
    assert np.array(told["embedding"]) == pytest.approx(np.array(tiny.llm.embed("the cat")), abs=1e-5)


@pytest.mark.parametrize("path", ["/rerank", "/reranking", "/v1/rerank", "/v1/reranking"])
def test_documents_in_order(ranker: Asked, path: str) -> None:
    documents = ["the", "llama", "a dog"]
    expected = rerank(ranker.llm.model, "llama", documents)
    told = ranker.post(path, query="llama", documents=documents, top_n=2).json()
    assert [one["index"] for one in told["results"]] == np.argsort(-expected)[:2].tolist()
    scores = [one["relevance_score"] for one in told["results"]]
    assert scores == pytest.approx(np.sort(expected)[::-1][:2], abs=1e-3)
    assert (told["object"], told["usage"]["prompt_tokens"] > 6) == ("list", True)
    as_tei = ranker.post(path, query="llama", texts=documents, return_text=True).json()
    assert [one["text"] for one in as_tei] == [documents[i] for i in np.argsort(-expected)]
    assert as_tei[0]["score"] == pytest.approx(scores[0], abs=1e-6)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/rerank", {"query": "a"}, "documents"),
        ("/rerank", {"documents": ["a"]}, "query"),
        ("/rerank", {"query": "a", "documents": []}, "documents"),
        ("/rerank", {"query": "a", "documents": ["a"], "top_n": 0}, "top_n"),
        ("/embedding", {}, "content"),
        ("/embedding", {"content": []}, "content"),
        ("/embedding", {"content": {"a": 1}}, "content"),
        ("/infill", {"input_prefix": "a"}, "input_suffix"),
        ("/infill", {"input_prefix": "a", "input_suffix": "b", "input_extra": [{}]}, "input_extra"),
    ],
)
def test_what_cannot_be(ranker: Asked, path: str, body: dict[str, Any], field: str) -> None:
    answer = ranker.post(path, body)
    assert (answer.status_code, str(answer.json()["error"]["param"]).partition(".")[0]) == (400, field)


def test_models_that_are_not_made_for_it(tiny: Asked, bert: Asked) -> None:
    for asked in (tiny, bert):
        answer = asked.post("/rerank", query="a", documents=["a"])
        assert (answer.status_code, answer.json()["error"]["type"]) == (501, "not_supported_error")


def test_a_gap_is_filled(tiny: Asked) -> None:
    files = [{"filename": "a.py", "text": "the cats"}]
    body = {"input_prefix": "the ", "input_suffix": " dog", "input_extra": files, "prompt": "cat"}
    told = tiny.post("/infill", {**body, "n_predict": 4, "temperature": 0}).json()
    tokens = infill_prompt(
        tiny.llm.vocab, "the ", " dog", prompt="cat", extra=[("a.py", "the cats")], n_batch=512, n_ctx=512, max_tokens=4
    )
    by_tokens = tiny.post("/completion", prompt=tokens, n_predict=4, temperature=0).json()
    assert told["tokens_evaluated"] == len(tokens)
    assert told["content"] == by_tokens["content"]


def test_props(tiny: Asked, tiny_llama: Path) -> None:
    told = tiny.client.get("/props").json()
    assert (told["model_alias"], told["model_path"]) == ("tiny", str(tiny_llama))
    assert told["chat_template"] == tiny.llm.metadata["tokenizer.chat_template"]
    settings = told["default_generation_settings"]
    # llama-server's own defaults.
    expected = {"temperature": 0.8, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "repeat_penalty": 1.0, "n_predict": -1}
    assert {name: settings["params"][name] for name in expected} == expected
    assert settings["n_ctx"] == 512

"""Embeddings, judged by the types of OpenAI's package, and their numbers by the model's own."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from llamacffi import embed
from tests.server.openai.asked import Asked
from tests.server.openai.judged import judged

types = pytest.importorskip("openai.types")

PATH = "/v1/embeddings"


def vectors(asked: Asked, **fields: object) -> np.ndarray:
    answer = asked.post(PATH, **fields)
    assert answer.status_code == 200, answer.text
    return np.array([one["embedding"] for one in answer.json()["data"]])


@pytest.mark.parametrize("texts", ["the cat", ["the cat", "a dog"]])
def test_texts(bert: Asked, texts: str | list[str]) -> None:
    answer = bert.post(PATH, input=texts, model="text-embedding-3-small")
    said = judged(types.CreateEmbeddingResponse, answer.text)
    several = [texts] if isinstance(texts, str) else texts
    expected = embed(bert.llm.model, several)
    assert [one.index for one in said.data] == list(range(len(several)))
    # The other context computes with other types.
    assert np.array([one.embedding for one in said.data]) == pytest.approx(expected, abs=1e-3)
    assert np.linalg.norm(said.data[0].embedding) == pytest.approx(1, abs=1e-6)
    n_tokens = sum(len(bert.llm.tokenize(text)) for text in several)
    assert (said.usage.prompt_tokens, said.usage.total_tokens) == (n_tokens, n_tokens)


def test_tokens_and_a_mixture(bert: Asked) -> None:
    tokens = bert.llm.tokenize("the cat")
    by_text = vectors(bert, input="the cat")
    assert vectors(bert, input=tokens) == pytest.approx(by_text, abs=1e-5)
    assert vectors(bert, input=[tokens, tokens, "the cat"]) == pytest.approx(np.repeat(by_text, 3, 0), abs=1e-5)


def test_base64_is_float32_in_little_endian(bert: Asked) -> None:
    said = judged_text(bert, encoding_format="base64")
    numbers = np.frombuffer(base64.b64decode(said), "<f4")
    assert numbers == pytest.approx(vectors(bert, input="the cat")[0], abs=0)


def judged_text(asked: Asked, **fields: object) -> str:
    return str(asked.post(PATH, input="the cat", **fields).json()["data"][0]["embedding"])


def test_dimensions_are_the_first_ones_with_length_one(bert: Asked) -> None:
    whole = vectors(bert, input="the cat")[0]
    first = vectors(bert, input="the cat", dimensions=5)[0]
    assert first == pytest.approx(whole[:5] / np.linalg.norm(whole[:5]), abs=1e-6)


def test_a_model_that_generates_gives_the_last_tokens_vector(tiny: Asked) -> None:
    rows = np.array(tiny.llm.embed("the cat"))
    expected = rows[-1] / np.linalg.norm(rows[-1])
    assert vectors(tiny, input="the cat")[0] == pytest.approx(expected, abs=1e-5)


def test_what_is_too_long(bert: Asked) -> None:
    text = "the cat " * 600
    error = bert.post(PATH, input=text).json()["error"]
    assert (error["type"], error["param"]) == ("exceed_context_size_error", "input")
    assert error["n_prompt_tokens"] > error["n_ctx"] / 2
    assert vectors(bert, input=text, truncate=True).shape[0] == 1

"""How probable texts are: against a softmax of the matrix that the model is."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from llamacffi import ContextOverflow, Llama
from tests.models import BigramModel


def told(bigram: BigramModel, tokens: list[int], start: int = 1) -> list[float]:
    """The log-probability of each token from `start` on."""
    values = []
    for before, token in pairwise(tokens[start - 1 :]):
        row = bigram.logits[before].astype(np.float64)
        values.append(float(row[token] - row.max() - np.log(np.exp(row - row.max()).sum())))
    return values


def test_a_text_after_bos(bigram_llm: Llama, bigram: BigramModel) -> None:
    tokens = bigram_llm.tokenize(b"the llama said")
    assert bigram_llm.score("the llama said") == pytest.approx(sum(told(bigram, tokens)), abs=1e-3)


def test_a_text_after_a_prompt(bigram_llm: Llama, bigram: BigramModel) -> None:
    before, tokens = bigram_llm.tokenize(b"the llama"), bigram_llm.tokenize(b"the llama said")
    assert tokens[: len(before)] == before
    expected = sum(told(bigram, tokens, len(before)))
    assert bigram_llm.score(" said", prompt="the llama") == pytest.approx(expected, abs=1e-3)


def test_scores_add_up(tiny_llm: Llama) -> None:
    whole = tiny_llm.score("the llama said nothing")
    parts = tiny_llm.score("the llama") + tiny_llm.score(" said nothing", prompt="the llama")
    assert whole == pytest.approx(parts, abs=1e-3)


def test_perplexity(bigram_llm: Llama, bigram: BigramModel) -> None:
    values = told(bigram, bigram_llm.tokenize(b"the llama said nothing else"))
    expected = math.exp(-sum(values) / len(values))
    assert bigram_llm.perplexity("the llama said nothing else") == pytest.approx(expected, rel=1e-4)


def test_in_windows_the_second_half_is_counted(bigram_llm: Llama, bigram: BigramModel) -> None:
    text = "the llama said nothing else " * 60
    tokens, n = bigram_llm.tokenize(text.encode()), 32
    values = []
    for start in range(0, len(tokens) - n + 1, n):
        window = [bigram.vocab.bos, *tokens[start + 1 : start + n]]
        values += told(bigram, window, n // 2 + 1)
    assert len(values) == (len(tokens) // n) * (n - 1 - n // 2)
    expected = math.exp(-sum(values) / len(values))
    assert bigram_llm.perplexity(text, window=n) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda llm: llm.score(""), ValueError, "no tokens"),
        (lambda llm: llm.score("", prompt="the"), ValueError, "no tokens"),
        (lambda llm: llm.score(5), TypeError, "text is 5"),
        (lambda llm: llm.score("a", prompt=b"b"), TypeError, "prompt is b'b'"),
        (lambda llm: llm.score("the llama " * 2000), ContextOverflow, "room for 512"),
        (lambda llm: llm.perplexity("the llama " * 2000), ContextOverflow, "window"),
        (lambda llm: llm.perplexity(""), ValueError, "1 tokens"),
        (lambda llm: llm.perplexity("the", window=256), ValueError, "fewer than a window"),
        (lambda llm: llm.perplexity("the", window=1), ValueError, "window"),
        (lambda llm: llm.perplexity("the", window=1000), ValueError, "window"),
        (lambda llm: llm.perplexity(["the"]), TypeError, "text is"),
    ],
)
def test_what_cannot_be(bigram_llm: Llama, call: Any, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        call(bigram_llm)

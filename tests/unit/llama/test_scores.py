"""The logits that eval leaves, against the model computed in NumPy, and the array that is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import ContextError, Llama
from llamacffi.llama.draft import LlamaPromptLookupDecoding
from tests.models.reference import Matrix, llama_logits, log_softmax, read_weights
from tests.unit.llama.exact import EXACT

PROMPT = [1, *range(300, 340)]


@pytest.fixture(scope="module")
def expected(tiny_llama: Path) -> Matrix:
    return llama_logits(read_weights(tiny_llama), PROMPT)


@pytest.fixture(scope="module")
def of_all(tiny_llama: Path) -> Iterator[Llama]:
    with Llama(tiny_llama, n_ctx=256, n_batch=16, logits_all=True, **EXACT) as llm:
        llm.eval(PROMPT[:20])
        llm.eval(PROMPT[20:])
        yield llm


@pytest.fixture(scope="module")
def of_the_last(tiny_llama: Path) -> Iterator[Llama]:
    with Llama(tiny_llama, n_ctx=256, n_batch=16, **EXACT) as llm:
        llm.eval(PROMPT)
        yield llm


def close(left: Any, right: Any) -> None:
    left = np.asarray(left)
    assert left.shape == right.shape
    assert left.dtype == np.float32
    np.testing.assert_allclose(left, right, atol=5e-5)


def test_all_rows(of_all: Llama, expected: Matrix) -> None:
    n = len(PROMPT)
    scores = of_all.scores
    assert scores.shape == expected.shape
    assert (len(scores), scores.ndim, scores.size) == (n, 2, expected.size)
    close(scores, expected)
    close(scores[:n, :], expected)
    close(scores[: of_all.n_tokens], expected)
    close(of_all._scores[-1, :], expected[-1])
    close(scores[3], expected[3])
    close(scores[n - 1, :], expected[-1])
    close(scores[5:25:3, 7:9], expected[5:25:3, 7:9])
    close(scores[30:10:-2], expected[30:10:-2])
    close(scores[[0, -1, 7]], expected[[0, -1, 7]])
    close(scores[np.arange(n) > 30], expected[np.arange(n) > 30])
    close(scores[...], expected)
    close(scores.copy(), expected)
    close([*scores], expected)
    assert np.float32(scores[4, 9]) == pytest.approx(expected[4, 9], abs=5e-5)
    assert scores[5:5].shape == (0, expected.shape[1])


def test_numpy_takes_it_for_an_array(of_all: Llama, expected: Matrix) -> None:
    assert np.argmax(of_all.scores, axis=1).tolist() == expected.argmax(1).tolist()
    close(of_all.scores - of_all.scores[0], expected - expected[0])
    np.testing.assert_allclose(np.asarray(of_all.scores, np.float64), expected, atol=5e-5)
    np.testing.assert_allclose(of_all.logits_to_logprobs(of_all.scores), log_softmax(expected), atol=5e-5)


def test_eval_logits(of_all: Llama, of_the_last: Llama, expected: Matrix) -> None:
    assert of_all.eval_logits.maxlen == of_all.n_ctx()
    np.testing.assert_allclose(np.array(of_all.eval_logits), expected, atol=5e-5)
    assert of_the_last.eval_logits.maxlen == 1
    np.testing.assert_allclose(np.array(of_the_last.eval_logits), expected[-1:], atol=5e-5)


def test_eval_logits_after_a_state(tiny_llama: Path, expected: Matrix) -> None:
    with Llama(tiny_llama, n_ctx=256, n_batch=16, logits_all=True, **EXACT) as llm:
        assert list(llm.eval_logits) == []
        llm.eval(PROMPT[:30])
        llm.load_state(llm.save_state())
        llm.eval(PROMPT[30:])
        np.testing.assert_allclose(np.array(llm.eval_logits), expected[29:], atol=5e-5)
        close(llm.scores[29:], expected[29:])
        with pytest.raises(
            ContextError, match="tokens 0 to 40 are not there, those of tokens 29 to 40 are: a state has"
        ):
            llm.scores.copy()


def test_the_last_row_alone(of_the_last: Llama, expected: Matrix) -> None:
    n = len(PROMPT)
    scores = of_the_last.scores
    assert scores.shape == expected.shape
    close(scores[-1], expected[-1])
    close(scores[n - 1, :], expected[-1])
    close(scores[n - 1 :], expected[-1:])
    close(of_the_last._scores[-1, :], expected[-1])


@pytest.mark.parametrize("index", [0, -2, slice(None), slice(5), (slice(0, 41), 3), [0, 40]])
def test_a_row_that_is_not_there(of_the_last: Llama, index: Any) -> None:
    with pytest.raises(ContextError, match=r"logits .* are not there, only those of the last .* logits_all=True"):
        of_the_last.scores[index]


@pytest.mark.parametrize("index", [41, -42])
def test_a_token_that_is_not_there(of_all: Llama, index: int) -> None:
    with pytest.raises(IndexError, match=f"token {index} was not evaluated: there are 41"):
        of_all.scores[index]


def test_nothing_can_be_assigned(of_all: Llama) -> None:
    with pytest.raises(TypeError, match="item assignment"):
        of_all.scores[0] = 5  # type: ignore[index]


def test_rows_follow_what_is_taken_back(tiny_llama: Path, expected: Matrix) -> None:
    other = [*PROMPT[:10], 9, 8, 7]
    logits = llama_logits(read_weights(tiny_llama), other)
    with Llama(tiny_llama, n_ctx=256, n_batch=16, logits_all=True, **EXACT) as llm:
        llm.eval(PROMPT)
        llm.n_tokens = 10
        close(llm.scores, expected[:10])
        llm.eval(other[10:])
        close(llm.scores, logits)
        generator = llm.generate(PROMPT, temp=0)
        next(generator)
        close(llm.scores, expected)
        next(generator)
        assert llm.scores.shape[0] == len(PROMPT) + 1
        close(llm.scores[:-1], expected)


def test_a_draft_model_changes_nothing(tiny_llama: Path, expected: Matrix) -> None:
    """The 4th fault of the original: with a draft model, more tokens than n_batch could not be evaluated."""
    with Llama(tiny_llama, n_ctx=256, n_batch=16, draft_model=LlamaPromptLookupDecoding(), **EXACT) as llm:
        llm.eval(PROMPT)
        close(llm.scores[-1], expected[-1])
        assert next(llm.generate(PROMPT, temp=0)) == expected[-1].argmax()


def test_only_rows_of_what_was_evaluated_are_held(tiny_llama: Path) -> None:
    """The 5th fault of the original: an array of n_batch, or n_ctx, rows from the beginning."""
    for logits_all, most in ((False, 1), (True, 64)):
        with Llama(tiny_llama, n_ctx=512, n_batch=16, logits_all=logits_all, **EXACT) as llm:
            llm.eval([1])
            assert len(llm.scores[-1]) == llm.n_vocab()
            assert llm._live._kept.shape[0] <= most
            llm.eval(PROMPT[1:32])
            assert len(llm.scores[-1]) == llm.n_vocab()
            assert llm._live._kept.shape[0] <= most

"""Logits processors and stopping criteria in llama-cpp-python's convention, alone, in generate and in the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from llamacffi import Llama, SamplingParams
from llamacffi.llama.processors import (
    LogitsProcessor,
    LogitsProcessorList,
    MinTokensLogitsProcessor,
    StoppingCriteriaList,
    engine_functions,
)
from tests.models import BigramModel
from tests.unit.llama.exact import EXACT

Ids = npt.NDArray[np.intc]
Row = npt.NDArray[np.single]

PROMPT = [1, 300, 301]
GREEDY: dict[str, Any] = {"temperature": 0.0, "max_tokens": 6, "ignore_eos": True}


@pytest.fixture(scope="module")
def llm(bigram: BigramModel) -> Iterator[Llama]:
    with Llama(bigram.path, n_ctx=256, **EXACT) as llm:
        yield llm


def chain(bigram: BigramModel, first: int, n: int, *, forbidden: tuple[int, ...] = ()) -> list[int]:
    """The best tokens, each by the row of the one before it."""
    said = []
    for _ in range(n):
        row = bigram.logits[first].copy()
        row[list(forbidden)] = -np.inf
        said.append(first := int(row.argmax()))
    return said


def generated(llm: Llama, n: int, **options: Any) -> list[int]:
    llm.reset()
    return [token for token, _ in zip(llm.generate(PROMPT, temp=0, **options), range(n), strict=False)]


def answered(llm: Llama, logits_processor: Any = None, stopping_criteria: Any = None, **more: Any) -> list[int]:
    params = SamplingParams(**{**GREEDY, **more}, **engine_functions(logits_processor, stopping_criteria))
    return list(llm.engine.submit(PROMPT, params).completion(60).tokens)


def test_the_lists() -> None:
    seen: list[list[int]] = []

    def double(ids: Ids, scores: Row) -> Row:
        seen.append(ids.tolist())
        return scores * 2

    def add(_ids: Ids, scores: Row) -> Row:
        return scores + 1

    ids, scores = np.array([1, 2], np.intc), np.array([1, 3], np.single)
    assert LogitsProcessorList([double, add, double])(ids, scores).tolist() == [6, 14]
    assert seen == [[1, 2]] * 2
    assert LogitsProcessorList()(ids, scores) is scores
    assert not StoppingCriteriaList([])(ids, scores)
    assert StoppingCriteriaList([lambda *_: False, lambda i, _: len(i) == 2])(ids, scores)


def test_min_tokens() -> None:
    processor = MinTokensLogitsProcessor(2, 3)
    lengths = [5, 6, 7]
    eos = [processor(np.zeros(n, np.intc), np.zeros(4, np.single))[3] for n in lengths]
    assert eos == [-np.inf, -np.inf, 0]


@dataclass(frozen=True)
class Tensor:
    """What is on a device and takes part in a gradient."""

    rows: Any

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Any:
        return self.rows


def forbidding(token: int, how: str) -> LogitsProcessor:
    def processor(_ids: Ids, scores: Row) -> Any:
        if how == "in place":
            scores[token] = -np.inf
            return scores
        if how == "nothing returned":
            scores[token] = -np.inf
            return None
        new = scores.copy()
        new[token] = -np.inf
        return {"anew": new, "float64": new.astype(np.float64), "list": new.tolist(), "tensor": Tensor(new)}[how]

    return processor


HOWS = ["in place", "nothing returned", "anew", "float64", "list", "tensor"]


@pytest.mark.parametrize("how", HOWS)
def test_what_a_processor_returns(llm: Llama, bigram: BigramModel, how: str) -> None:
    best = chain(bigram, PROMPT[-1], 1)[0]
    processor = forbidding(best, how)
    expected = chain(bigram, PROMPT[-1], 6, forbidden=(best,))
    assert expected != chain(bigram, PROMPT[-1], 6)
    assert generated(llm, 6, logits_processor=LogitsProcessorList([processor])) == expected
    assert answered(llm, LogitsProcessorList([processor])) == expected
    assert answered(llm, [processor]) == answered(llm, processor) == expected


def test_a_torch_tensor(llm: Llama, bigram: BigramModel) -> None:
    torch = pytest.importorskip("torch")
    best = chain(bigram, PROMPT[-1], 1)[0]

    def processor(ids: Ids, scores: Row) -> Any:
        assert torch.from_numpy(ids).shape == (len(ids),)
        scores = torch.from_numpy(scores).clone().requires_grad_()
        return scores + torch.nn.functional.one_hot(torch.tensor(best), len(scores)) * -100

    assert answered(llm, processor) == chain(bigram, PROMPT[-1], 6, forbidden=(best,))


@pytest.mark.parametrize("way", ["generate", "engine"])
def test_what_they_are_shown(llm: Llama, bigram: BigramModel, way: str) -> None:
    said = chain(bigram, PROMPT[-1], 4)
    shown: list[tuple[list[int], Row]] = []

    def look(ids: Ids, scores: Row) -> Row:
        assert ids.dtype == np.intc
        assert scores.dtype == np.single
        assert scores.shape == bigram.logits[0].shape
        assert ids.flags.writeable
        shown.append((ids.tolist(), scores.copy()))
        return scores

    if way == "generate":
        generated(llm, 4, logits_processor=LogitsProcessorList([look]))
    else:
        answered(llm, look, max_tokens=4)
    for n, (ids, row) in enumerate(shown[:4]):
        assert ids == PROMPT + said[:n]
        np.testing.assert_allclose(row, bigram.logits[ids[-1]], atol=1e-2)  # the model's weights are float16


def test_both_at_once(llm: Llama, bigram: BigramModel) -> None:
    """The 2nd fault of the original: with a bias and a processor neither worked."""
    best, second = np.argsort(-bigram.logits[PROMPT[-1]])[:2].tolist()
    got = answered(llm, forbidding(best, "anew"), logit_bias={second: -np.inf})
    assert got == chain(bigram, PROMPT[-1], 6, forbidden=(best, second))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda _ids, scores: scores[:5], r"returned an array of the shape \(5,\), but must return the scores"),
        (lambda _ids, scores: scores[None], r"returned an array of the shape \(1, \d+\)"),
        (lambda _ids, scores: "no", "returned str, but must return the scores"),
    ],
)
def test_what_is_no_row_of_scores(llm: Llama, wrong: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        generated(llm, 1, logits_processor=[wrong])
    with pytest.raises(TypeError, match=message):
        answered(llm, [wrong])


def test_what_they_raise(llm: Llama) -> None:
    def broken(_ids: Ids, _scores: Row) -> Any:
        raise KeyError(5)

    calls: list[Callable[[], object]] = [
        lambda: generated(llm, 1, logits_processor=broken),
        lambda: generated(llm, 1, stopping_criteria=broken),
        lambda: answered(llm, broken),
        lambda: answered(llm, None, broken),
    ]
    for call in calls:
        with pytest.raises(KeyError):
            call()
    assert len(generated(llm, 2)) == 2
    with pytest.raises(TypeError, match="stopping_criteria has 5, but must be callable"):
        engine_functions(None, [5])


def test_stopping_criteria_in_generate(llm: Llama, bigram: BigramModel) -> None:
    """Asked before a token is yielded: of the tokens before it, and of the logits that it was chosen by."""
    said = chain(bigram, PROMPT[-1], 6)
    asked: list[int] = []

    def criterion(ids: Ids, logits: Row) -> bool:
        assert ids.tolist() == PROMPT + said[: len(ids) - len(PROMPT)]
        np.testing.assert_allclose(logits, bigram.logits[ids[-1]], atol=1e-2)
        asked.append(len(ids))
        return len(ids) >= len(PROMPT) + 4

    assert generated(llm, 6, stopping_criteria=StoppingCriteriaList([criterion])) == said[:4]
    assert asked == [3, 4, 5, 6, 7]


def test_stopping_criteria_in_the_engine(llm: Llama, bigram: BigramModel) -> None:
    """Asked after a token: of all tokens, and of the logits that the newest was chosen by, before any processor."""
    said = chain(bigram, PROMPT[-1], 6)

    def criterion(ids: Ids, logits: Row) -> bool:
        assert ids.tolist() == PROMPT + said[: len(ids) - len(PROMPT)]
        np.testing.assert_allclose(logits, bigram.logits[ids[-2]], atol=1e-2)
        return len(ids) >= len(PROMPT) + 4

    assert answered(llm, forbidding(5, "in place"), StoppingCriteriaList([criterion])) == said[:4]
    assert said[:4] == generated(llm, 6, stopping_criteria=lambda ids, _: len(ids) >= len(PROMPT) + 4)


def test_several_answers_at_once_each_see_their_own_logits(llm: Llama, bigram: BigramModel) -> None:
    n_asked = 0

    def criterion(ids: Ids, logits: Row) -> bool:
        nonlocal n_asked
        n_asked += 1
        np.testing.assert_allclose(logits, bigram.logits[ids[-2]], atol=1e-2)
        return False

    params = SamplingParams(
        temperature=3.0, max_tokens=10, ignore_eos=True, seed=1, **engine_functions(None, criterion)
    )
    streams = llm.engine.submit_many(PROMPT, params, n=4)
    answers = {stream.completion(60).tokens for stream in streams}
    assert len(answers) == 4
    assert n_asked == 40

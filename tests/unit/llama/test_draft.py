"""Draft models in llama-cpp-python's convention."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from llamacffi import Llama, PromptLookup, SamplingParams
from llamacffi.llama.draft import LlamaDraftModel, LlamaPromptLookupDecoding, predictor_of
from tests.models.reference import greedy, read_weights
from tests.unit.llama.exact import EXACT

Ids = npt.NDArray[np.intc]
PROMPT = [1, *range(300, 320), *range(300, 310)]
GREEDY = SamplingParams(temperature=0, max_tokens=24, ignore_eos=True)


def by_definition(ids: list[int], longest: int, n: int) -> list[int]:
    """The first earlier place of the longest row that the tokens end in, and what follows it."""
    for size in range(min(longest, len(ids) - 1), 0, -1):
        for start in range(len(ids) - size):
            if ids[start : start + size] == ids[-size:]:
                return ids[start + size : start + size + n]
    return []


@pytest.mark.parametrize("longest", [1, 2, 3, 5])
@pytest.mark.parametrize("n_kinds", [2, 5, 40])
def test_prompt_lookup(longest: int, n_kinds: int) -> None:
    random = np.random.RandomState(longest * 100 + n_kinds)
    draft = LlamaPromptLookupDecoding(max_ngram_size=longest, num_pred_tokens=4)
    n_found = 0
    for _ in range(100):
        ids = random.randint(0, n_kinds, random.randint(1, 40)).astype(np.intc)
        found = draft(ids)
        assert found.dtype == np.intc
        assert found.tolist() == by_definition(ids.tolist(), longest, 4)
        assert found.tolist() == LlamaPromptLookupDecoding.find_candidate_pred_tokens(ids, longest, 4).tolist()
        n_found += bool(len(found))
    assert n_found


class Oracle(LlamaDraftModel):
    """Knows what comes, but for each fourth token."""

    def __init__(self, text: list[int]) -> None:
        self.text = text
        self.n_calls = 0

    def __call__(self, input_ids: Ids, /, **kwargs: Any) -> Ids:
        self.n_calls += 1
        assert input_ids.dtype == np.intc
        assert input_ids.tolist() == self.text[: len(input_ids)]
        guess = np.array(self.text[len(input_ids) : len(input_ids) + 10], np.intc)
        guess[3::4] = 5
        return guess


@pytest.fixture(scope="module")
def text(tiny_llama: Path) -> list[int]:
    return PROMPT + greedy(read_weights(tiny_llama), PROMPT, 40)


@pytest.mark.parametrize("kind", ["oracle", "function", "lookup", "ours"])
def test_the_engine_says_the_same(tiny_llama: Path, text: list[int], kind: str) -> None:
    oracle = Oracle(text)
    drafts = {
        "oracle": oracle,
        "function": lambda ids: oracle(ids).tolist(),
        "lookup": LlamaPromptLookupDecoding(max_ngram_size=3, num_pred_tokens=4),
        "ours": PromptLookup(),
    }
    with Llama(tiny_llama, n_ctx=256, draft_model=drafts[kind], **EXACT) as llm:
        completion = llm.engine.submit(PROMPT, GREEDY).completion(60)
        assert list(completion.tokens) == text[len(PROMPT) : len(PROMPT) + 24]
        if kind in ("oracle", "function"):
            assert oracle.n_calls
            assert llm.engine.stats().n_accepted > 0
            # How many are asked for hangs on how long they take: it may be none of the wrong ones.
            assert llm.engine.stats().n_drafted >= llm.engine.stats().n_accepted


def test_lookup_guesses_no_more_than_it_was_told() -> None:
    factory = predictor_of(LlamaPromptLookupDecoding(max_ngram_size=2, num_pred_tokens=3))
    assert isinstance(factory, PromptLookup)
    assert (factory.n_max, factory.n_min) == (2, 1)
    predictor = factory.start(None)  # type: ignore[arg-type]  # it needs no context
    predictor.reset([1, 2, 3, 4, 5, 6, 1, 2])
    assert list(predictor.predict(10)) == [3, 4, 5]
    assert list(predictor.predict(2)) == [3, 4]


def test_many_tokens() -> None:
    shown: list[int] = []

    def last(ids: Ids) -> Ids:
        shown.append(int(ids.sum()))
        return ids[-1:]

    factory = predictor_of(last)
    assert factory is not None
    predictor = factory.start(None)  # type: ignore[arg-type]
    predictor.reset(list(range(1000)))
    predictor.push(list(range(1000, 5000)))
    assert list(predictor.predict(4)) == [4999]
    assert shown == [sum(range(5000))]


def test_what_is_none(tiny_llama: Path) -> None:
    assert predictor_of(None) is None
    with pytest.raises(TypeError, match="draft_model is 5, but must be a LlamaDraftModel"):
        predictor_of(5)
    with pytest.raises(TypeError, match="abstract"):
        LlamaDraftModel()  # type: ignore[abstract]


def test_what_it_raises_is_its_own_requests(tiny_llama: Path, text: list[int]) -> None:
    def broken(_ids: Ids) -> Ids:
        raise KeyError(5)

    with Llama(tiny_llama, n_ctx=256, draft_model=broken, **EXACT) as llm:
        with pytest.raises(KeyError):
            llm.engine.submit(PROMPT, GREEDY).completion(60)
        llm.eval(PROMPT)
        assert llm.sample(temp=0) == text[len(PROMPT)]

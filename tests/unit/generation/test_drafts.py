"""How long drafts are, what steps cost, and what is found in the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamacffi import PromptLookup, TokenPredictor
from llamacffi.generation.speculative.costs import RowCosts
from llamacffi.generation.speculative.drafter import lengths
from tests.unit.guessing import ENOUGH, Flat


def test_the_length_of_drafts() -> None:
    """The one that gives the most tokens a second, by trying all."""
    for p in (0.2, 0.5, 0.8, 0.95):
        for slope in (0.05, 0.2, 0.5, 0.9):
            rates = [sum(p**i for i in range(k + 1)) / (1 + slope * k) for k in range(13)]
            best = max(range(13), key=lambda k: rates[k])
            if rates[best] > 1.03 and p**best > 0.05:
                assert lengths([(p, 12, 0.0)], 1, Flat(slope)) == [best]
            elif rates[best] <= 1.03:
                assert lengths([(p, 12, 0.0)], 1, Flat(slope)) == [0]


def test_drafts_of_several_share_what_there_is() -> None:
    assert lengths([(0.9, 8, 0.0), (0.1, 8, 0.0), (0.9, 8, 0.0)], 3, Flat(0.0), most=6) == [3, 0, 3]
    assert lengths([(0.9, 8, 0.0), (0.0, 0, 0.0)], 2, Flat(0.0), most=2) == [2, 0]
    # A guess that costs as much as a step is no gain.
    assert lengths([(0.9, 8, ENOUGH)], 1, Flat(0.0)) == [0]


def test_costs_between_and_beyond_what_was_measured() -> None:
    costs = RowCosts()
    assert not costs.knows(1)
    costs.learn(1, 10.0)
    assert costs.seconds(1) == 10.0
    assert costs.seconds(3) == pytest.approx(12.0)  # worth a try
    costs.learn(5, 30.0)
    assert costs.seconds(3) == pytest.approx(20.0)
    assert costs.seconds(7) == pytest.approx(40.0)
    costs.learn(1, 20.0)
    assert costs.seconds(1) == pytest.approx(12.0)
    for _ in range(64):
        costs.learn(5, 30.0)
    assert costs.knows(5)
    assert not costs.knows(1)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    tokens=st.lists(st.integers(0, 3), max_size=60),
    cuts=st.lists(st.integers(1, 5)),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    n_max=st.integers(1, 9),
)
def test_prompt_lookup(tokens: list[int], cuts: list[int], sizes: tuple[int, int], n_max: int) -> None:
    """Against a search of the whole text."""
    predictor = PromptLookup(n_min=min(sizes), n_max=max(sizes)).start(None)  # type: ignore[arg-type]
    assert isinstance(predictor, TokenPredictor)
    predictor.reset([3, 3, 3])
    predictor.reset(tokens[:7])
    rest = tokens[7:]
    for cut in cuts:
        predictor.push(rest[:cut])
        rest = rest[cut:]
    predictor.push(rest)
    wanted: list[int] = []
    for size in range(max(sizes), min(sizes) - 1, -1):
        places = [i for i in range(size, len(tokens)) if size <= len(tokens) and tokens[i - size : i] == tokens[-size:]]
        if places:
            # What goes on behind the end goes on as the guess did.
            period = len(tokens) - places[-1]
            wanted = [tokens[places[-1] + i % period] for i in range(n_max)]
            break
    assert list(predictor.predict(n_max)) == wanted


def test_prompt_lookup_that_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="n_min is 5, but must not be above n_max, 4"):
        PromptLookup(n_min=5)
    with pytest.raises(ValueError, match="n_max is 0, but must be a whole number from 1 to 16"):
        PromptLookup(n_max=0)

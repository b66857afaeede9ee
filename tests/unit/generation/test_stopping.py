"""Stop strings: what is shown, what is held back, and where it ends."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacffi.generation import StopStrings

# Few letters, so that stop strings overlap themselves, each other and the text.
words = st.text(alphabet="ab", min_size=1, max_size=5)
texts = st.text(alphabet="abc", max_size=40)


def stopped(text: str, stops: list[str]) -> tuple[str, str | None]:
    """The definition, quadratic: the stop string that ends first and, of those, the longest."""
    for end in range(1, len(text) + 1):
        ending = [stop for stop in stops if text[:end].endswith(stop)]
        if ending:
            stop = max(ending, key=len)
            return text[: end - len(stop)], stop
    return text, None


def pushed(text: str, stops: list[str], cuts: list[int]) -> tuple[list[str], str | None]:
    """What comes out for each piece of `text`, then the rest."""
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    finder = StopStrings(stops)
    shown = []
    for start, end in itertools.pairwise(edges):
        sure, stop = finder.push(text[start:end])
        shown.append(sure)
        if stop is not None:
            return shown, stop
    return [*shown, finder.flush()], None


@given(texts, st.lists(words, min_size=1, max_size=4), st.lists(st.integers(0, 40)))
def test_any_cuts_give_what_the_definition_says(text: str, stops: list[str], cuts: list[int]) -> None:
    shown, stop = pushed(text, stops, cuts)
    assert ("".join(shown), stop) == stopped(text, stops)


@pytest.mark.parametrize(
    ("pieces", "stops", "shown"),
    [
        (["Hello", " wor", "ld"], ["STOP"], ["Hello", " wor", "ld"]),
        (["Hel", "lo S", "T", "OP"], ["STOP"], ["Hel", "lo ", "", ""]),
        (["ST", "ST", "OP"], ["STOP"], ["", "ST", ""]),
        (["a\n", "\nb"], ["\n\n"], ["a", ""]),
    ],
)
def test_only_what_may_begin_a_stop_string_is_held_back(pieces: list[str], stops: list[str], shown: list[str]) -> None:
    finder = StopStrings(stops)
    assert [finder.push(piece)[0] for piece in pieces] == shown


def test_what_was_held_back_comes_out_in_the_end() -> None:
    finder = StopStrings(["STOP"])
    assert finder.push("a STO") == ("a ", None)
    assert finder.flush() == "STO"
    assert finder.push("P") == ("P", None)


def test_a_long_stop_string_costs_no_more_than_its_length() -> None:
    # Rescanning the held text for each character would take ten thousand million steps here.
    finder = StopStrings(["a" * 100_000 + "b"])
    for _ in range(1_000):
        assert finder.push("a" * 90) == ("", None)
    shown, stop = finder.push("c")
    assert (len(shown), stop) == (90_001, None)

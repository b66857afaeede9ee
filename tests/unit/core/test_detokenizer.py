"""Bytes into text, whatever the cuts."""

from __future__ import annotations

import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llamacffi import Detokenizer


def pushed(data: bytes, cuts: list[int]) -> list[str]:
    """What each piece of `data` gives, then the rest."""
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    detokenizer = Detokenizer()
    pieces = [detokenizer.push(data[start:end]) for start, end in itertools.pairwise(edges)]
    return [*pieces, detokenizer.flush()]


@given(st.text(), st.lists(st.integers(0, 64)))
def test_the_pieces_join_to_the_text(text: str, cuts: list[int]) -> None:
    assert "".join(pushed(text.encode(), cuts)) == text


@given(st.binary(), st.lists(st.integers(0, 64)))
def test_any_bytes_give_what_python_decodes_them_to(data: bytes, cuts: list[int]) -> None:
    assert "".join(pushed(data, cuts)) == data.decode(errors="replace")


def test_a_character_comes_with_its_last_byte() -> None:
    detokenizer = Detokenizer()
    assert [detokenizer.push(bytes([byte])) for byte in "é🦙".encode()] == ["", "é", "", "", "", "🦙"]


def test_half_a_character_at_the_end_is_replaced() -> None:
    detokenizer = Detokenizer()
    assert detokenizer.push(b"a\xf0\x9f") == "a"
    assert detokenizer.flush() == "\ufffd"
    assert detokenizer.push(b"b") == "b"


@pytest.mark.parametrize("n_pushed", [1_000, 100_000])
def test_memory_does_not_grow_with_the_text(n_pushed: int) -> None:
    detokenizer = Detokenizer()
    tracemalloc.start()
    for _ in range(n_pushed):
        detokenizer.push(b"some text")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000

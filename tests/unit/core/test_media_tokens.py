"""Lists of tokens with media among them: compared, cut and put together like lists of text."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llamacffi.core.media_tokens import (
    MediaToken,
    Row,
    can_end_at,
    has_media,
    is_whole,
    known,
    n_positions,
    row_of,
    runs,
    tokens_of,
    whole_media,
)
from tests.capabilities import needs

pytestmark = needs("mtmd's parts")


@dataclass(frozen=True)
class Chunk:
    """What the numbers of a medium are made of."""

    key: str
    n_tokens: int
    n_pos: int

    @property
    def tokens(self) -> list[Any]:
        chunk: Any = self
        return list(tokens_of(chunk))


sizes = st.integers(1, 6)
media = st.builds(Chunk, st.sampled_from(["a", "b"]), sizes, sizes)
large = st.builds(Chunk, st.text(max_size=9), st.integers(1, 300), st.integers(0, 2**24 - 1))
texts = st.lists(st.integers(0, 3), max_size=4)
parts = st.lists(st.one_of(texts, media), max_size=6)


def whole(these: list[Any]) -> list[int]:
    return [token for part in these for token in (part.tokens if isinstance(part, Chunk) else part)]


def borders(these: list[Any]) -> list[int]:
    """Where the parts end, and between the tokens of a text."""
    lengths = [n for part in these for n in ([part.n_tokens] if isinstance(part, Chunk) else [1] * len(part))]
    return list(accumulate(lengths, initial=0))


@given(large)
def test_each_number_says_what_it_is(chunk: Chunk) -> None:
    tokens = chunk.tokens
    assert [row_of(token) for token in tokens] == [Row(i, chunk.n_tokens, chunk.n_pos) for i in range(chunk.n_tokens)]
    assert all(isinstance(token, MediaToken) and token < 0 for token in tokens)
    assert all(token.chunk is chunk for token in tokens)
    assert row_of(int(tokens[-1])) == row_of(tokens[-1])


@given(large, large)
def test_two_are_equal_where_their_embeddings_are(left: Chunk, right: Chunk) -> None:
    assert left.tokens == Chunk(left.key, left.n_tokens, left.n_pos).tokens
    shared = set(left.tokens) & set(right.tokens)
    assert bool(shared) == (left == right)
    assert len(set(left.tokens)) == left.n_tokens


@given(parts)
def test_what_is_kept_is_equal_and_light(these: list[Any]) -> None:
    tokens = whole(these)
    kept = known(tokens)
    assert kept == tokens
    assert kept is not tokens
    assert all(type(token) is int for token in kept)
    assert pickle.loads(pickle.dumps(tokens)) == copy.deepcopy(tokens) == tokens
    assert all(type(token) is int for token in pickle.loads(pickle.dumps(tokens)))
    assert has_media(tokens) == any(isinstance(part, Chunk) for part in these)
    assert has_media(tuple(tokens)) == has_media(tokens)


@given(parts)
def test_runs_are_the_texts_and_media(these: list[Any]) -> None:
    tokens = whole(these)
    expected: list[list[int]] = []
    for part in these:
        if not isinstance(part, Chunk) and expected and expected[-1][-1] >= 0:
            expected[-1] += part
        elif isinstance(part, Chunk) or part:
            expected.append(whole([part]))
    found = [list(run) for run in runs(tokens)]
    assert found == (expected if has_media(tokens) else [tokens])
    assert all(is_whole(run) for run in found if run)


@given(parts, parts, st.data())
def test_what_was_cut_and_put_together_is_not_taken_for_whole(left: list[Any], right: list[Any], data: Any) -> None:
    one, other = whole(left), whole(right)
    n = data.draw(st.integers(0, len(one)))
    start = data.draw(st.integers(0, len(other)))
    cut = one[:n] + other[start:]
    found = list(runs(cut))
    assert [token for run in found for token in run] == cut
    if not has_media(cut):
        return
    for run in found:
        if run[0] < 0:
            first = row_of(run[0])
            expected = [row_of(run[0])._replace(row=first.row + i) for i in range(len(run))]
            assert [row_of(token) for token in run] == expected
            assert is_whole(run) == (len(run) == first.n_tokens)
        else:
            assert min(run) >= 0
            assert is_whole(run)
    if n in borders(left) and start in borders(right):
        assert all(is_whole(run) for run in found)


@settings(max_examples=60)
@given(parts)
def test_of_a_medium_all_is_kept_or_nothing(these: list[Any]) -> None:
    tokens, ends = whole(these), borders(these)
    for n in range(len(tokens) + 1):
        expected = max(end for end in ends if end <= n)
        assert whole_media(tokens, n) == expected
        assert whole_media(tokens[:n], n) == expected
        assert whole_media(known(tokens), n) == expected


@given(parts, parts)
def test_positions_add_up(left: list[Any], right: list[Any]) -> None:
    one, other = whole(left), whole(right)
    expected = sum(part.n_pos if isinstance(part, Chunk) else len(part) for part in left)
    assert n_positions(one) == n_positions(known(one)) == expected
    assert n_positions(one + other, len(one)) == expected
    assert n_positions(one + other) == expected + n_positions(other)
    if not has_media(one):
        assert n_positions(one) == len(one)


@given(parts)
def test_the_largest_position_of_a_memory(these: list[Any]) -> None:
    tokens = whole(these)
    n = n_positions(tokens)
    assert can_end_at(tokens, n - 1)
    assert not can_end_at(tokens, n)
    # With M-RoPE the rows of the last picture are all at its beginning.
    filled = [part for part in these if part != []]
    ends_with_one = bool(filled) and isinstance(filled[-1], Chunk)
    least = n - filled[-1].n_pos if ends_with_one else n - 1
    assert can_end_at(tokens, least)
    assert not can_end_at(tokens, least - 1)
    for end in range(len(tokens)):
        if whole_media(tokens, end) != end:
            assert not any(can_end_at(tokens[:end], pos) for pos in range(-1, n + 1))

"""Pictures and sound among the tokens of a prompt: each of their embeddings is a number below 0.

What such a number says of itself lets lists of tokens be compared, cut and kept as lists of text are: two are equal
where the embeddings are, by a hash of what the medium holds; and each knows its row, how many rows its medium has, and
by how many positions text goes on after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llamacffi._native.digest import xxh3

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from typing_extensions import Self

    from llamacffi.core.projector import MediaChunk

__all__ = [
    "MediaToken",
    "Row",
    "can_end_at",
    "has_media",
    "is_medium",
    "is_whole",
    "known",
    "n_positions",
    "row_of",
    "runs",
    "tokens_of",
    "whole_media",
]

_BITS = 24  # of a number of rows
_MASK = (1 << _BITS) - 1


class Row(NamedTuple):
    """What the number of an embedding says."""

    row: int
    n_tokens: int
    """Rows of its medium."""
    n_pos: int
    """By how many positions the text goes on after the medium."""


class MediaToken(int):
    """The number of an embedding that is yet to be computed, with what it is computed of."""

    chunk: MediaChunk

    def __new__(cls, number: int, chunk: MediaChunk) -> Self:
        """A number of `tokens_of`."""
        token = super().__new__(cls, number)
        token.chunk = chunk
        return token

    def __reduce__(self) -> Any:
        return int, (int(self),)


def tokens_of(chunk: MediaChunk) -> tuple[MediaToken, ...]:
    """The numbers of a medium's embeddings."""
    medium = int.from_bytes(xxh3(chunk.key.encode()), "little")
    first = ((medium << _BITS | chunk.n_pos) << _BITS | chunk.n_tokens) << _BITS
    return tuple(MediaToken(-1 - (first | row), chunk) for row in range(chunk.n_tokens))


def row_of(token: int) -> Row:
    """What a number below 0 says."""
    packed = -1 - token
    return Row(packed & _MASK, packed >> _BITS & _MASK, packed >> 2 * _BITS & _MASK)


def is_medium(token: int) -> bool:
    """Whether a number is that of an embedding of a medium."""
    return token < 0 and row_of(token).row < row_of(token).n_tokens


def has_media(tokens: Sequence[int]) -> bool:
    """Whether there is a medium, or a part of one, among some tokens."""
    return len(tokens) > 0 and min(tokens) < 0


def known(tokens: Sequence[int]) -> list[int]:
    """The tokens without what their media are computed of, which may be large, to be kept for long."""
    return [int(token) for token in tokens] if has_media(tokens) else list(tokens)


def runs(tokens: Sequence[int]) -> Iterator[Sequence[int]]:
    """Yield the tokens cut where text becomes a medium, and a medium text or another one, or is not whole."""
    if not has_media(tokens):
        yield tokens
        return
    start = 0
    while start < len(tokens):
        stop = start + 1
        if tokens[start] < 0:
            row = row_of(tokens[start])
            end = min(len(tokens), start + row.n_tokens - row.row)
            while stop < end and tokens[stop] == tokens[start] - (stop - start):
                stop += 1
        else:
            while stop < len(tokens) and tokens[stop] >= 0:
                stop += 1
        yield tokens[start:stop]
        start = stop


def is_whole(run: Sequence[int]) -> bool:
    """Whether one of the `runs` is a text, or a medium with all of its rows."""
    if run[0] >= 0:
        return True
    row = row_of(run[0])
    return row.row == 0 and len(run) == row.n_tokens


def whole_media(tokens: Sequence[int], n: int) -> int:
    """The most of the first `n` tokens that end between two media or texts: of a medium all is kept or nothing."""
    if 0 < n < len(tokens) and tokens[n] < 0:
        return n - row_of(tokens[n]).row
    if 0 < n == len(tokens) and tokens[n - 1] < 0:
        row = row_of(tokens[n - 1])
        return n if row.row == row.n_tokens - 1 else n - row.row - 1
    return n


def n_positions(tokens: Sequence[int], n: int | None = None) -> int:
    """At which position text goes on after the first `n` of these tokens, or all, which end with no part of a medium.

    As many as there are tokens; with M-RoPE a picture takes fewer positions than it has embeddings.
    """
    first = tokens if n is None else tokens[:n]
    if not has_media(first):
        return len(first)
    return sum(row_of(run[0]).n_pos if run[0] < 0 else len(run) for run in runs(first))


def can_end_at(tokens: Sequence[int], pos_max: int) -> bool:
    """Whether a memory whose largest position is `pos_max` may hold these tokens and no others.

    With M-RoPE the embeddings of a picture are all where it begins, as far as the memory tells.
    """
    if not has_media(tokens):
        return pos_max == len(tokens) - 1
    *_, last = whole = list(runs(tokens))
    n = n_positions(tokens)
    least = n - 1 if last[0] >= 0 else n - row_of(last[0]).n_pos
    return least <= pos_max < n and all(is_whole(run) for run in whole)

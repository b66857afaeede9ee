"""Requests that go on when the context is full, as `generate` does with overflow="shift"."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from llamacffi.errors import ContextError
from llamacffi.generation.overflow import check_shift, discarded, n_kept

if TYPE_CHECKING:
    from llamacffi.core.context import Context

__all__ = ["Shifting", "check_shifts"]

_refusals: weakref.WeakKeyDictionary[Context, str | None] = weakref.WeakKeyDictionary()


def check_shifts(context: Context) -> None:
    """Raise ContextError where positions cannot be moved; asks a context once, which may be at work the next time."""
    if context not in _refusals:
        try:
            check_shift(context)
        except ContextError as error:
            _refusals[context] = str(error)
        else:
            _refusals[context] = None
    if (refusal := _refusals[context]) is not None:
        raise ContextError(refusal)


class Shifting:
    """What a request has said, and what comes after the tokens that its sequence has room for.

    What is in the cache after a shift was computed in sight of what is gone. So a request that has to make room, and
    whose state is not kept, begins with its first token again, and goes through the same shifts.
    """

    __slots__ = ("_n_ctx", "_n_keep", "later", "said", "shifted")

    def __init__(self, context: Context, prompt: list[int], n_keep: int, n_ctx: int) -> None:
        """Raises ContextOverflow where nothing would be left to forget, ContextError where nothing can be moved."""
        self._n_ctx = n_ctx
        self._n_keep = n_kept(context, prompt, n_keep, n_ctx)
        check_shifts(context)
        self.said = list(prompt)
        """The prompt, and all that was generated after it."""
        self.later: list[int] = []
        """For these there is room after the next shift."""
        self.shifted = False
        """Whether the cache holds what no prompt would be the same with."""

    def restart(self) -> list[int]:
        """Return the tokens to begin with anew."""
        self.later, self.shifted = self.said[self._n_ctx :], False
        return self.said[: self._n_ctx]

    def shift(self, tokens: list[int]) -> tuple[list[int], int, int]:
        """Return what is to be in the sequence instead of `tokens`, which leave out [start, stop); and these two."""
        start, stop = discarded(len(tokens), self._n_keep)
        tokens = tokens[:start] + tokens[stop:]
        room = self._n_ctx - len(tokens)
        tokens += self.later[:room]
        del self.later[:room]
        self.shifted = True
        return tokens, start, stop

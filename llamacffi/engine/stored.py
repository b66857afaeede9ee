"""Prefixes whose cells were needed for others, in host memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llamacffi.generation.prompt import n_common

if TYPE_CHECKING:
    from collections.abc import Hashable

    from llamacffi.core.state import State

__all__ = ["Stored", "StoredPrefixes"]

_WORTH_A_COPY = (
    8  # times what would have to be decoded again; a token is decoded in the time that some dozens are copied
)


@dataclass(frozen=True)
class Stored:
    """A stored sequence, and how many of its tokens are those that were looked for."""

    tokens: list[int]
    state: State
    n: int


class StoredPrefixes:
    """States of sequences with their tokens, the latest used last; the oldest go beyond `max_bytes`.

    What requests that had to make room left in host memory counts too, and goes before.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._states: OrderedDict[tuple[Hashable, tuple[int, ...]], State] = OrderedDict()
        self.n_bytes = 0
        self.n_reserved = 0
        """Bytes of the states of requests that wait."""

    def wants(self, n_own: int, n_tokens: int) -> bool:
        """Whether a sequence of `n_tokens` is worth storing of which `n_own` would be lost: a state holds them all."""
        return self._max_bytes > 0 and n_own * _WORTH_A_COPY >= n_tokens > 0

    def reserve(self, n_bytes: int) -> bool:
        """Make room for the state of a request; False when others' take too much of it."""
        if self.n_reserved + n_bytes > self._max_bytes:
            return False
        self.n_reserved += n_bytes
        self._trim()
        return True

    def free(self, n_bytes: int) -> None:
        """The request has its state no more."""
        self.n_reserved -= n_bytes

    def add(self, key: Hashable, tokens: list[int], state: State) -> None:
        """Store a sequence, unless it alone is too large."""
        self._remove((key, tuple(tokens)))
        if len(state) + self.n_reserved > self._max_bytes:
            return
        self._states[key, tuple(tokens)] = state
        self.n_bytes += len(state)
        self._trim()

    def find(self, key: Hashable, tokens: list[int]) -> Stored | None:
        """The sequence that begins most like `tokens`; None when there is none."""
        wanted = tuple(tokens)
        best, best_n = None, 0
        for found in self._states:
            if found[0] == key and (n := n_common(found[1], wanted)) > best_n:
                best, best_n = found, n
        if best is None:
            return None
        self._states.move_to_end(best)
        return Stored(list(best[1]), self._states[best], best_n)

    def clear(self) -> None:
        """Forget all."""
        self._states.clear()
        self.n_bytes = 0

    def _trim(self) -> None:
        while self._states and self.n_bytes + self.n_reserved > self._max_bytes:
            self._remove(next(iter(self._states)))

    def _remove(self, found: tuple[Hashable, tuple[int, ...]]) -> None:
        state = self._states.pop(found, None)
        if state is not None:
            self.n_bytes -= len(state)

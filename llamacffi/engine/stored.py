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


@dataclass(frozen=True)
class Stored:
    """A stored sequence, and how many of its tokens are those that were looked for."""

    tokens: list[int]
    state: State
    n: int


class StoredPrefixes:
    """States of sequences with their tokens, the latest used last; the oldest go beyond `max_bytes`."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._states: OrderedDict[tuple[Hashable, tuple[int, ...]], State] = OrderedDict()
        self.n_bytes = 0

    def wants(self, n_tokens: int) -> bool:
        """Whether a sequence is worth storing of which `n_tokens` would be lost."""
        return self._max_bytes > 0 and n_tokens > 0

    def add(self, key: Hashable, tokens: list[int], state: State) -> None:
        """Store a sequence, unless it alone is too large."""
        self._remove((key, tuple(tokens)))
        if len(state) > self._max_bytes:
            return
        self._states[key, tuple(tokens)] = state
        self.n_bytes += len(state)
        while self.n_bytes > self._max_bytes:
            self._remove(next(iter(self._states)))

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

    def _remove(self, found: tuple[Hashable, tuple[int, ...]]) -> None:
        state = self._states.pop(found, None)
        if state is not None:
            self.n_bytes -= len(state)

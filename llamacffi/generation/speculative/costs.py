"""What a step costs, by how many tokens it decodes."""

from __future__ import annotations

import weakref
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacffi.core.context import Context

__all__ = ["RowCosts"]

_FRESH = 64  # steps for which a measurement is believed: the cache fills, and other programs come and go
_RATE = 0.2
_SLOPE = 0.1  # of the cost of the step that is known, for each token more, until another one is: worth a try
_MOST = 2.0  # times the mean: a step that took longer was disturbed


class RowCosts:
    """Seconds for a step of n tokens, one after another in a few sequences: running means, measured while generating.

    Between two numbers that were measured lately the cost is interpolated, above the largest one extrapolated.
    """

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}
        self._when: dict[int, int] = {}
        self._known: list[int] = []
        self._n_steps = 0

    @classmethod
    def of(cls, context: Context) -> RowCosts:
        """Those of a context, which every generation in it goes on with."""
        costs = _costs.get(context)
        if costs is None:
            costs = _costs[context] = cls()
        return costs

    def learn(self, n: int, seconds: float) -> None:
        """Take in how long a step of `n` tokens took."""
        self._n_steps += 1
        mean = self._seconds.get(n)
        if mean is None:
            self._seconds[n] = seconds
        else:
            self._seconds[n] = mean + _RATE * (min(seconds, _MOST * mean) - mean)
        self._when[n] = self._n_steps
        if mean is None or self._n_steps % _FRESH == 0:
            self._known = sorted(n for n, when in self._when.items() if self._n_steps - when <= _FRESH)
            for stale in self._when.keys() - set(self._known):
                del self._when[stale], self._seconds[stale]

    def knows(self, n: int) -> bool:
        """Whether a step of `n` tokens was measured lately."""
        when = self._when.get(n)
        return when is not None and self._n_steps - when < _FRESH

    def seconds(self, n: int) -> float:
        """What a step of `n` tokens costs; at least one number of tokens must have been measured."""
        exact = self._seconds.get(n)
        if exact is not None:
            return exact
        known, seconds = self._known, self._seconds
        place = bisect_left(known, n)
        if place == 0:
            return seconds[known[0]]
        low = known[place - 1]
        if place < len(known):
            high = known[place]
            return seconds[low] + (n - low) * (seconds[high] - seconds[low]) / (high - low)
        first = known[0]
        slope = _SLOPE * seconds[first] if first == low else (seconds[low] - seconds[first]) / (low - first)
        return seconds[low] + (n - low) * max(0.0, slope)


_costs: weakref.WeakKeyDictionary[Context, RowCosts] = weakref.WeakKeyDictionary()

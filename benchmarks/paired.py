"""Two ways to do one thing, measured in turns, so that what disturbs the machine disturbs both."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

FEWEST = 7
WIDEST = 0.05
"""Of the middle half of the ratios, as a part of their median: above it nothing is proven by a median near the mark."""


@dataclass(frozen=True)
class Pairs:
    """The figures of two rivals, pair by pair, in one unit."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """For each pair, ours / theirs."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    @property
    def spread(self) -> float:
        """How far the quartiles of the ratios are apart, as a part of their median."""
        low, high = self._quartiles
        return (high - low) / statistics.median(self.ratios)

    @property
    def _quartiles(self) -> tuple[float, float]:
        ratios = self.ratios
        if len(ratios) < 2:
            return ratios[0], ratios[0]
        low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return low, high

    def report(self, name: str, rival: str, unit: str, *, at_least: float | None = None) -> bool:
        """Print the medians, the median of the paired ratios and their spread; False when it is under `at_least`.

        Where the ratios are too few or spread too far it says that this is inconclusive; then it is False as well, but
        for ratios whose lower quartile is above the mark.
        """
        ratios, median = sorted(self.ratios), statistics.median(self.ratios)
        doubts = [f"spread {100 * self.spread:.1f} %"] if self.spread > WIDEST else []
        doubts += [f"fewer than {FEWEST} pairs"] if len(ratios) < FEWEST else []
        good = at_least is None or (self._quartiles[0] if doubts else median) >= at_least
        verdict = "" if at_least is None else f"{'reaches' if median >= at_least else 'MISSES'} {at_least:g}"
        notes = [*filter(None, [verdict]), *([f"INCONCLUSIVE: {', '.join(doubts)}"] if doubts else [])]
        print(
            f"{name}: {statistics.median(self.ours):.4g} {unit}, {rival}: {statistics.median(self.theirs):.4g} {unit}; "
            f"ratio {median:.3f} [{ratios[0]:.3f} … {ratios[-1]:.3f}] over {len(ratios)} pairs"
            + (f"  ({'; '.join(notes)})" if notes else "")
        )
        return good


def interleave(ours: Callable[[], float], theirs: Callable[[], float], *, pairs: int) -> Pairs:
    """Measure both `pairs` times in the order A B B A. One unmeasured round before."""
    ours(), theirs()
    a, b = [], []
    for i in range(pairs):
        if i % 2:
            b.append(theirs())
            a.append(ours())
        else:
            a.append(ours())
            b.append(theirs())
    return Pairs(tuple(a), tuple(b))

"""Two ways to do one thing, measured in turns, so that what disturbs the machine disturbs both."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Pairs:
    """The figures of two rivals, pair by pair, in one unit."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """For each pair, ours / theirs."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    def report(self, name: str, rival: str, unit: str, *, at_least: float | None = None) -> bool:
        """Print the medians, the median of the paired ratios and their spread; False when it is under `at_least`."""
        ratios = sorted(self.ratios)
        median = statistics.median(ratios)
        good = at_least is None or median >= at_least
        verdict = "" if at_least is None else f"  ({'reaches' if good else 'MISSES'} {at_least:g})"
        print(
            f"{name}: {statistics.median(self.ours):.4g} {unit}, {rival}: {statistics.median(self.theirs):.4g} {unit}; "
            f"ratio {median:.3f} [{ratios[0]:.3f} … {ratios[-1]:.3f}] over {len(ratios)} pairs{verdict}"
        )
        return good


def interleave(ours: Callable[[], float], theirs: Callable[[], float], *, pairs: int) -> Pairs:
    """Measure both `pairs` times in alternation; who goes first alternates too. One unmeasured round before."""
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

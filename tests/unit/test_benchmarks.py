"""What the benchmarks make of their figures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

PAIRED = Path(__file__).parents[2] / "benchmarks" / "paired.py"


@pytest.fixture(scope="module")
def paired() -> Any:
    spec = importlib.util.spec_from_file_location("paired", PAIRED)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["paired"] = module  # its dataclass looks there
    spec.loader.exec_module(module)
    del sys.modules["paired"]
    return module


def test_rivals_take_turns_in_both_orders(paired: Any) -> None:
    order: list[str] = []

    def runs(name: str) -> Any:
        def run() -> int:
            order.append(name)
            return len(order)

        return run

    pairs = paired.interleave(runs("A"), runs("B"), pairs=4)
    assert "".join(order) == "AB" + "ABBAABBA"
    assert pairs.ours == (3, 6, 7, 10)
    assert pairs.theirs == (4, 5, 8, 9)


@pytest.mark.parametrize(
    ("ratios", "mark", "status", "texts"),
    [
        ([0.99, 1.0, 1.0, 1.0, 1.0, 1.0, 1.01], 0.95, 0, ["ratio 1.000", "reaches 0.95"]),
        ([0.94] * 7, 0.95, 1, ["MISSES 0.95"]),
        # Quartiles 0.905 and 1.05 around 1.0: the middle half spreads over 14.5 %.
        ([0.8, 0.9, 0.91, 1.0, 1.05, 1.05, 1.3], 0.95, 1, ["reaches 0.95", "INCONCLUSIVE: spread 14.5 %"]),
        ([0.8, 0.9, 0.91, 1.0, 1.05, 1.05, 1.3], 0.5, 0, ["reaches 0.5", "INCONCLUSIVE: spread 14.5 %"]),
        ([1.0] * 6, 0.95, 0, ["INCONCLUSIVE: fewer than 7 pairs"]),
        ([0.9], 0.95, 1, ["MISSES", "fewer than 7 pairs"]),
    ],
)
def test_a_wide_spread_is_inconclusive(
    paired: Any, capsys: pytest.CaptureFixture[str], ratios: list[float], mark: float, status: int, texts: list[str]
) -> None:
    pairs = paired.Pairs(tuple(ratios), (1.0,) * len(ratios))
    assert pairs.report("this", "that", "a second", at_least=mark) is (status == 0)
    printed = capsys.readouterr().out
    assert all(text in printed for text in texts)
    assert ("INCONCLUSIVE" in printed) == (len(ratios) < 7 or max(ratios) - min(ratios) > 0.1)

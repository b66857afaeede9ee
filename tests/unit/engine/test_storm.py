"""Whatever many callers do at once, every request ends as it should, and nothing is left of them."""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

import pytest

from llamacffi.engine import Engine
from tests.unit.engine.alone import EXACT, Alone
from tests.unit.engine.storm import Storm


def settle(engine: Engine) -> None:
    """Wait until nobody is answered any more, and what is over was tidied away."""
    scheduler = engine._worker.scheduler
    until = time.monotonic() + 60
    while (scheduler.busy or engine._worker._tasks) and time.monotonic() < until:
        time.sleep(0.002)


def check_nothing_left(engine: Engine) -> None:
    settle(engine)
    stats, worker = engine.stats(), engine._worker
    assert (stats.n_waiting, stats.n_running) == (0, 0)
    assert not worker._tasks
    assert not worker._inbox
    assert not worker._cancelled
    cells = worker.scheduler.cells
    assert stats.cells_used <= cells._n_idle
    assert stats.stored_bytes <= cells._stored._max_bytes
    assert cells._stored.n_reserved == 0
    # Each sequence is free or kept, and what is kept is all that the memory holds.
    assert sorted([*cells._free, *cells._idle]) == list(range(worker.context.n_seq_max))
    memory = worker.context.memory
    assert all(memory.pos_max(i) == -1 for i in cells._free)
    assert all(memory.pos_max(i) == cells._tree.length(i) - 1 for i in cells._idle)


def test_a_small_storm(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=256, n_parallel=6, host_bytes=500_000, **EXACT) as engine:
        ways = Storm(engine, alone, n=150, n_threads=16, seed=5).run()
        assert sum(ways.values()) == 150
        check_nothing_left(engine)
        assert engine.stats().n_failed == ways["processor"] + ways["criterion"] + ways["dead end"]


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks at its memory in /proc")
def test_two_thousand_requests_from_sixty_four_threads(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=512, n_parallel=16, host_bytes=2_000_000, **EXACT) as engine:
        for seed in (1, 2):  # the first of every kind: caches, stacks of threads
            Storm(engine, alone, n=500, n_threads=64, seed=seed).run()
        settle(engine)
        before = resident_bytes()
        ways = Storm(engine, alone, n=2000, n_threads=64, seed=3).run()
        assert sum(ways.values()) == 2000
        check_nothing_left(engine)
        assert resident_bytes() - before < 8 * 2**20

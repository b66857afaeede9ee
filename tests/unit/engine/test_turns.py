"""Engines of one process take turns at the device, step by step."""

from __future__ import annotations

import threading
import time
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Engine, Model, SamplingParams
from llamacffi.engine import EngineObserver, EngineStep
from llamacffi.engine.decoder import Decoder
from llamacffi.engine.gate import Gate
from tests.unit.engine.alone import EXACT

PATIENCE = 60.0


class Noting(EngineObserver):
    """Notes whose step it was."""

    def __init__(self, name: str, steps: list[str]) -> None:
        self._name, self._steps = name, steps

    def step(self, step: EngineStep) -> None:
        self._steps.append(self._name)


def test_none_waits_for_the_other_to_end(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = Decoder.decode

    def slow(self: Decoder, works: Any) -> Any:  # as of a model that is larger
        time.sleep(0.003)
        return decode(self, works)

    monkeypatch.setattr(Decoder, "decode", slow)
    steps: list[str] = []
    params = SamplingParams(temperature=0, ignore_eos=True, max_tokens=100)
    with Model(tiny_llama) as one, Model(tiny_llama) as other:
        engines = [
            Engine(model, n_ctx=512, n_parallel=2, observer=Noting(name, steps), **EXACT)
            for name, model in (("a", one), ("b", other))
        ]
        streams = [engine.submit([5, 6, 7], params) for engine in engines]
        alone = [stream.completion(PATIENCE).tokens for stream in streams]
        for engine in engines:
            engine.close()
    assert alone[0] == alone[1]
    both = steps[max(steps.index("a"), steps.index("b")) : min(_last(steps, "a"), _last(steps, "b"))]
    assert len(both) > 100
    assert 0.35 < both.count("a") / len(both) < 0.65
    longest = max(len(list(run)) for _, run in groupby(both))
    assert longest < 10  # a few, while the other hands over what it has


def _last(steps: list[str], name: str) -> int:
    return len(steps) - 1 - steps[::-1].index(name)


@pytest.mark.parametrize("n", [2, 5])
def test_a_gate_lets_in_who_came_first(n: int) -> None:
    gate, order = Gate(), list[int]()

    def enter(i: int) -> None:
        with gate:
            order.append(i)

    with gate:
        threads = []
        for i in range(n):
            threads.append(threading.Thread(target=enter, args=(i,)))
            threads[-1].start()
            until = time.monotonic() + PATIENCE
            while len(gate._waiting) <= i:
                assert time.monotonic() < until
                time.sleep(0.001)
        assert not order
    for thread in threads:
        thread.join(PATIENCE)
    assert order == list(range(n))
    with gate:  # and it is free again
        pass

"""Many requests at once of which some go wrong in every way that a request can."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from llamacffi import LlamaError, SamplingParams
from llamacffi.engine import Engine, Request
from tests.unit.engine.alone import Alone

PATIENCE = 300.0


class Broken(Exception):  # noqa: N818 - what a test raises
    """Raised by a request's own code."""


def raising_processor(tokens: np.ndarray, _logits: object) -> None:
    if len(tokens) % 2 == 0:
        raise Broken


def raising_criterion(progress: Any) -> bool:
    if len(progress.tokens) >= 2:
        raise Broken
    return False


def forbid(_tokens: object, logits: np.ndarray) -> None:
    logits[:] = -np.inf


PLAIN = SamplingParams(ignore_eos=True)
FAULTS: dict[str, tuple[SamplingParams, type[Exception]]] = {
    "processor": (replace(PLAIN, logits_processor=raising_processor, max_tokens=50), Broken),
    "criterion": (replace(PLAIN, stopping_criteria=raising_criterion, max_tokens=50), Broken),
    "dead end": (replace(PLAIN, logits_processor=forbid, grammar="root ::= [a-z]+", max_tokens=50), Exception),
}
WAYS = ("whole", "whole", "whole", "cancelled", "timeout", "dropped", "left", *FAULTS)


class Storm:
    """`n` requests from `n_threads` threads; `run` returns how many there were of each way."""

    def __init__(self, engine: Engine, alone: Alone, *, n: int, n_threads: int, seed: int) -> None:
        rng = random.Random(seed)
        shared = [rng.randrange(5, 400) for _ in range(50)]
        self._engine, self._alone = engine, alone
        self._lock = threading.Lock()
        self.ways: Counter[str] = Counter()
        self.wrong: list[tuple[str, BaseException]] = []
        self._whole: list[Any] = []
        kinds = [  # few enough for what they are answered alone to be known
            ((*shared[: rng.randrange(50)], rng.randrange(5, 400)), replace(PLAIN, seed=i, max_tokens=1 + i % 16))
            for i in range(40)
        ]
        self._todo = [(rng.choice(WAYS), *rng.choice(kinds), rng.random()) for _ in range(n)]
        self._threads = [threading.Thread(target=self._call, args=(i, n_threads)) for i in range(n_threads)]

    def run(self) -> Counter[str]:
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)
        assert not self.wrong, self.wrong[:3]
        for prompt, params, completion in self._whole:
            self._alone.check(prompt, params, completion)
        return self.ways

    def _call(self, first: int, step: int) -> None:
        for way, prompt, params, chance in self._todo[first::step]:
            try:
                completion = self._one(way, prompt, params, chance)
            except BaseException as error:  # noqa: BLE001 - told by `run`
                self.wrong.append((way, error))
                return
            with self._lock:
                self.ways[way] += 1
                if completion is not None:
                    self._whole.append((prompt, params, completion))

    def _one(self, way: str, prompt: tuple[int, ...], params: SamplingParams, chance: float) -> Any:
        engine = self._engine
        if way in FAULTS:
            faulty, error = FAULTS[way]
            try:
                engine.submit(prompt, faulty).completion(PATIENCE)
            except error as raised:
                assert isinstance(raised, (Broken, LlamaError, ValueError)), raised  # noqa: PT017 - of several kinds
                return None
            message = f"a request with a fault ({way}) was answered"
            raise AssertionError(message)
        if way == "timeout":
            long = replace(params, max_tokens=10_000)
            completion = engine.submit(Request(prompt=prompt, params=long, timeout=0.001 + chance / 50)).completion(
                PATIENCE
            )
            assert completion.finish_reason in ("time", "length"), completion.finish_reason
            return None
        stream = engine.submit(prompt, params)
        if way == "dropped":
            return None
        if way == "left":
            with stream:
                stream.read(PATIENCE)
            return None
        if way == "cancelled":
            time.sleep(chance / 100)
            stream.cancel()
        completion = stream.completion(PATIENCE)
        assert way == "cancelled" or completion.finish_reason == "length", completion.finish_reason
        return completion

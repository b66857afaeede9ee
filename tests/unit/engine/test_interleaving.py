"""Any interleaving of requests gives each the answer that it gets alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from llamacffi import ControlVector, SamplingParams
from llamacffi.engine import Request, Stream
from llamacffi.engine.scheduler import Limits
from llamacffi.engine.task import Task
from llamacffi.engine.worker import Worker
from tests.models import control_directions, write_cohere2, write_lfm2, write_llama, write_mamba
from tests.unit.engine.alone import EXACT, NO_CHANGES, Alone, Changes

N_CTX = 128
SHARED = tuple(range(5, 45))

Asked = tuple[Task, Stream, tuple[int, ...], SamplingParams, Changes]


class Interleaving(RuleBasedStateMachine):
    """The engine's own worker, stepped by the test instead of a thread, so that a failure can be repeated."""

    alone: Alone
    changes: tuple[Changes, ...]
    """What a request may change of the model."""
    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.context = self.alone.model.context(n_ctx=N_CTX, n_seq_max=6, kv_unified=True, **EXACT)
        self.worker: Worker | None = None
        self.n_asked = 0
        self.open: list[Asked] = []

    def _worker(self, host_bytes: int = 0) -> Worker:
        if self.worker is None:
            limits = Limits(n_parallel=4, step_seconds=0.0, n_idle=N_CTX // 4, host_bytes=host_bytes, ageing=10.0)
            self.worker = Worker(self.context, limits)
        return self.worker

    @rule(host_bytes=st.sampled_from([0, 200_000, 2**30]))
    def choose_host_memory(self, host_bytes: int) -> None:
        self._worker(host_bytes)

    @rule(
        target=asked,
        n_shared=st.integers(0, len(SHARED)),
        tail=st.lists(st.integers(50, 60), min_size=1, max_size=30),
        seed=st.integers(0, 3),
        max_tokens=st.sampled_from([0, 1, 2, 7, 40, 200]),
        priority=st.integers(0, 1),
        logprobs=st.sampled_from([None, 0, 3]),
        change=st.sampled_from([0, 0, 0, 1]),
        overflow=st.sampled_from(["stop", "stop", "shift"]),
        n_keep=st.sampled_from([0, 10, -1]),
    )
    def submit(
        self,
        n_shared: int,
        tail: list[int],
        seed: int,
        max_tokens: int,
        priority: int,
        logprobs: Any,
        change: int,
        overflow: Any,
        n_keep: int,
    ) -> Asked:
        prompt = (*SHARED[:n_shared], *tail)
        params = SamplingParams(seed=seed, max_tokens=max_tokens, ignore_eos=True, logprobs=logprobs)
        if overflow == "shift" and self.alone.shifts:
            params = replace(params, overflow="shift", n_keep=n_keep)
        changes = self.changes[change]
        request = Request(
            prompt=prompt, params=params, priority=priority, adapters=dict(changes[0]), control_vector=changes[1]
        )
        task = Task(self.context, request, self.n_asked)
        task.arrived = float(self.n_asked)  # by the clock, an example could not be repeated
        self.n_asked += 1
        stream = task.stream_to(self._worker().cancel)
        self._worker().submit(task)
        self.open.append((task, stream, prompt, params, changes))
        return self.open[-1]

    @rule(n=st.integers(1, 25))
    def step(self, n: int) -> None:
        worker = self._worker()
        for _ in range(n):
            if worker.scheduler.busy or worker._inbox or worker._cancelled:
                assert worker._wait()
                worker._step()

    @rule(one=asked)
    def cancel(self, one: Asked) -> None:
        one[1].cancel()

    @rule()
    def collect(self) -> None:
        for one in [one for one in self.open if one[1].status == "done"]:
            self.open.remove(one)
            self.alone.check(one[2], one[3], one[1].completion(timeout=0), one[4])

    @invariant()
    def cells_are_accounted_for(self) -> None:
        if self.worker is None:
            return
        scheduler = self.worker.scheduler
        memory, tree = self.context.memory, scheduler.cells._tree
        for seq_id in range(self.context.n_seq_max):
            assert memory.pos_max(seq_id) + 1 == tree.length(seq_id)
        assert scheduler.cells.n_used <= scheduler.cells.capacity
        assert {task.seq_id for task in scheduler.running} | set(scheduler.cells._idle) == set(tree._tails)

    def teardown(self) -> None:
        for _ in range(10_000):
            if not (self.worker and (self.worker.scheduler.busy or self.worker._inbox or self.worker._cancelled)):
                break
            self.step(1)
        self.collect()
        assert not self.open, "every request ends"
        self.context.close()


def _run(write: Callable[[Path], Path], folder: Path, n_examples: int, *, same_again: bool = False) -> None:
    alone = Alone(write(folder / "model.gguf"), N_CTX)
    vector = ControlVector(control_directions(alone.model.n_layer, alone.model.n_embd))
    changes = NO_CHANGES, ((), vector)
    machine = type("Machine", (Interleaving,), {"alone": alone, "changes": changes})
    some = settings(
        max_examples=n_examples,
        stateful_step_count=30,
        deadline=None,
        derandomize=same_again,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=some)


KINDS = pytest.mark.parametrize("write", [write_llama, write_cohere2, write_mamba, write_lfm2])


@KINDS
def test_interleaving(write: Callable[[Path], Path], tmp_path: Path) -> None:
    _run(write, tmp_path, 5, same_again=True)


@pytest.mark.slow
@KINDS
def test_many_interleavings(write: Callable[[Path], Path], tmp_path: Path) -> None:
    _run(write, tmp_path, 60)

"""Who decodes what: fair pieces, priorities that age, the host memory of those who had to make room."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llamacffi import Model, SamplingParams, Sequence
from llamacffi.engine import Request
from llamacffi.engine.scheduler import Limits, level
from llamacffi.engine.stream import Stream
from llamacffi.engine.task import Task
from llamacffi.engine.worker import Worker
from tests.unit.engine.alone import EXACT, Alone

N_CTX = 512


class Stepped:
    """An engine's worker that steps when it is told to, and whose requests arrive when the test says."""

    def __init__(self, model: Model, *, n_parallel: int = 8, host_bytes: int = 0, ageing: float = 10.0) -> None:
        context = model.context(
            n_ctx=N_CTX, n_seq_max=n_parallel, n_batch=256, n_ubatch=64, kv_unified=True, n_outputs_max=8, **EXACT
        )
        limits = Limits(n_parallel=n_parallel, step_seconds=0.0, n_idle=0, host_bytes=host_bytes, ageing=ageing)
        self.worker = Worker(context, limits)
        self.scheduler = self.worker.scheduler
        self.n = 0

    def submit(self, n_prompt: int, *, at: float = 0.0, priority: int = 0, max_tokens: int = 4) -> tuple[Task, Stream]:
        prompt = (5 + self.n, *(5 + (7 * self.n + i) % 300 for i in range(n_prompt - 1)))
        return self.ask(prompt, at=at, priority=priority, max_tokens=max_tokens)

    def ask(
        self, prompt: tuple[int, ...], *, at: float = 0.0, priority: int = 0, max_tokens: int = 4
    ) -> tuple[Task, Stream]:
        params = SamplingParams(seed=1, max_tokens=max_tokens, ignore_eos=True)
        self.n += 1
        task = Task(self.worker.context, Request(prompt=prompt, params=params, priority=priority), self.n)
        task.arrived = at
        stream = task.stream_to(self.worker.cancel)
        self.worker.submit(task)
        return task, stream

    def step(self) -> None:
        assert self.worker._wait()
        self.worker._step()


@pytest.fixture
def stepped(alone: Alone) -> Iterator[Stepped]:
    one = Stepped(alone.model)
    yield one
    one.worker.context.close()


def test_level() -> None:
    assert level([100, 10, 50], 60) == [25, 10, 25]
    assert level([100, 10, 50], 500) == [100, 10, 50]
    assert level([9, 9, 9], 4) == [2, 1, 1]
    assert level([9, 9], 0) == [0, 0]


@settings(max_examples=100, derandomize=True, database=None)
@given(st.lists(st.integers(1, 300), max_size=12), st.integers(0, 600))
def test_level_gives_nobody_more_while_another_has_less(wanted: list[int], room: int) -> None:
    sizes = level(wanted, room)
    assert sum(sizes) == min(room, sum(wanted))
    short = [size for size, n in zip(sizes, wanted, strict=True) if size < n]
    assert all(size <= n for size, n in zip(sizes, wanted, strict=True))
    assert not short or min(short) >= max(sizes) - 1


def test_prompts_of_one_priority_are_decoded_alike(stepped: Stepped) -> None:
    long, _one = stepped.submit(150)
    short, _two = stepped.submit(20)
    middle, _three = stepped.submit(40)
    stepped.step()
    # A physical batch of 64 while nobody generates: 20 for the short one, half of what is left for each of the others.
    assert [task.n_past for task in (long, short, middle)] == [22, 20, 22]


def test_a_higher_priority_is_served_first_and_the_rest_goes_on(stepped: Stepped) -> None:
    usual, _one = stepped.submit(100)
    urgent, _two = stepped.submit(50, priority=2)
    stepped.step()
    assert [task.n_past for task in (usual, urgent)] == [14, 50]


def test_prompts_that_arrived_together_begin_to_generate_together(stepped: Stepped) -> None:
    tasks = [stepped.submit(60) for _ in range(4)]
    for _ in range(4):
        assert not any(task.answer.n_tokens for task, _ in tasks)
        stepped.step()
    assert [task.answer.n_tokens for task, _ in tasks] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("ageing", "arrival", "first"),
    [(10.0, 9.0, "urgent"), (10.0, 11.0, "usual"), (math.inf, 1e6, "urgent"), (1e-3, 1.0, "usual")],
)
def test_who_waits_rises(alone: Alone, ageing: float, arrival: float, first: str) -> None:
    stepped = Stepped(alone.model, n_parallel=1, ageing=ageing)
    blocker, _stream = stepped.submit(5, max_tokens=3)
    stepped.step()
    usual, _one = stepped.submit(5, at=0.0)
    urgent, _two = stepped.submit(5, at=arrival, priority=1)
    while not blocker.answer.ended:
        stepped.step()
    stepped.step()
    assert (usual.answer.n_tokens, urgent.answer.n_tokens) == ((1, 0) if first == "usual" else (0, 1))
    stepped.worker.context.close()


def test_a_low_priority_does_not_starve(alone: Alone) -> None:
    """A new urgent request each second, each of which keeps the only sequence for a second."""
    served = {}
    for ageing in (5.0, math.inf):
        stepped = Stepped(alone.model, n_parallel=1, ageing=ageing)
        streams = [stepped.submit(3, at=0.0, priority=1, max_tokens=1)]
        low, _stream = stepped.submit(3, at=0.0, max_tokens=1)
        n = 0
        while not low.answer.ended and n < 20:
            n += 1
            streams.append(stepped.submit(3, at=float(n), priority=1, max_tokens=1))
            stepped.step()
        served[ageing] = n
        stepped.worker.context.close()
    # It is as urgent as those that come 5 seconds later, and was there before them.
    assert served == {5.0: 6, math.inf: 20}


def test_what_many_share_is_stored_once(alone: Alone) -> None:
    """A state holds all tokens of a sequence: it is not worth a copy when only a few of them are its own."""
    stepped = Stepped(alone.model, host_bytes=2**30)
    prefix = list(range(5, 105))
    asked = [stepped.ask((*prefix, 300 + i)) for i in range(4)]
    while not all(task.answer.ended for task, _ in asked):
        stepped.step()
    while stepped.scheduler.busy:
        stepped.step()
    assert len(stepped.scheduler.cells._stored._states) == 1
    assert stepped.scheduler.cells.n_used == 0
    later, _stream = stepped.ask((*prefix, 400))
    stepped.step()
    assert later.answer.n_cached == 100
    stepped.worker.context.close()


def test_no_memory_for_a_state_is_no_failure(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    stepped = Stepped(alone.model, host_bytes=2**30)

    def full(_seq_id: int) -> None:
        raise MemoryError

    monkeypatch.setattr(stepped.worker.context, "snapshot", full)
    asked = [stepped.submit(30, max_tokens=150) for _ in range(6)]
    while stepped.scheduler.busy or stepped.worker.n_arrived:
        stepped.step()
    assert stepped.scheduler.n_preempted
    for task, stream in asked:
        alone.check(tuple(task.answer.prompt_tokens), task.request.params, stream.completion(60))
    stepped.worker.context.close()


@pytest.mark.parametrize("room", [0, 1, 100])
def test_states_of_those_who_made_room_are_bounded(tiny_llama: Path, alone: Alone, room: int) -> None:
    """`room` for so many tokens of one sequence; each of the others is computed again."""
    with Model(tiny_llama) as model, model.context(n_ctx=N_CTX, kv_unified=True, n_seq_max=8, **EXACT) as context:
        Sequence(context).feed([5] * 100)
        host_bytes = len(context.snapshot(0)) * room // 100
    stepped = Stepped(alone.model, host_bytes=host_bytes)
    asked = [stepped.submit(30, max_tokens=150) for _ in range(6)]
    kept = []
    while not all(task.answer.ended for task, _ in asked):
        stepped.step()
        assert stepped.scheduler.cells.stored_bytes <= host_bytes
        kept.append(sum(task.state is not None for task in stepped.scheduler.waiting))
    assert stepped.scheduler.n_preempted
    assert max(kept) == (room > 1)
    for task, stream in asked:
        alone.check(tuple(task.answer.prompt_tokens), task.request.params, stream.completion(60))
    assert stepped.scheduler.cells._stored.n_reserved == 0
    stepped.worker.context.close()

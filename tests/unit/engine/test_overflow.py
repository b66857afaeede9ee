"""Requests that go on when the context is full say what they say alone, whoever shares their cells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from llamacffi import ContextError, ContextOverflow, Engine, Model, SamplingParams
from llamacffi.engine import Request, Stream
from llamacffi.engine.scheduler import Limits
from llamacffi.engine.task import Task
from llamacffi.engine.worker import Worker
from tests.models import write_cohere2, write_lfm2, write_mamba
from tests.unit.engine.alone import EXACT, Alone

PATIENCE = 60.0
N_CTX = 256
PROMPT = (1, *range(270, 330))


def shifting(seed: int, n: int = 500, **options: object) -> SamplingParams:
    defaults = {"seed": seed, "max_tokens": n, "ignore_eos": True, "overflow": "shift"}
    return SamplingParams(**{**defaults, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("n_keep", [0, 10, -1])
def test_as_alone(alone: Alone, engine: Engine, n_keep: int) -> None:
    params = shifting(1, n_keep=n_keep, logprobs=0)
    stream = engine.submit(PROMPT, params)
    alone.check(PROMPT, params, stream.completion(PATIENCE))
    assert sum("shifted" in event for event, _ in stream.trace) >= 3
    # Nobody finds what it left.
    assert engine.stats().n_kept == 0
    assert engine.generate([PROMPT], SamplingParams(max_tokens=1))[0].usage.cached_tokens == 0


@pytest.mark.parametrize("host_bytes", [0, 2**30])
def test_several_take_turns(alone: Alone, host_bytes: int) -> None:
    with Engine(alone.model, n_ctx=N_CTX, n_parallel=4, host_bytes=host_bytes, **EXACT) as engine:
        asks = [(PROMPT, shifting(i, 300)) for i in range(3)]
        asks += [((*PROMPT[:40], 7 + i), SamplingParams(seed=i, max_tokens=50, ignore_eos=True)) for i in range(4)]
        streams = [engine.submit(*ask) for ask in asks]
        for (prompt, params), stream in zip(asks, streams, strict=True):
            alone.check(prompt, params, stream.completion(PATIENCE))
        assert engine.stats().n_preempted > 0
        assert engine.stats().n_failed == 0


class Stepped:
    """A worker that steps when it is told to."""

    def __init__(self, model: Model, host_bytes: int) -> None:
        self.context = model.context(n_ctx=N_CTX, n_seq_max=4, kv_unified=True, **EXACT)
        limits = Limits(n_parallel=4, step_seconds=1000.0, n_idle=N_CTX, host_bytes=host_bytes, ageing=10.0)
        self.worker = Worker(self.context, limits)
        self.n = 0

    def submit(self, prompt: tuple[int, ...], params: SamplingParams) -> tuple[Task, Stream]:
        self.n += 1
        task = Task(self.context, Request(prompt=prompt, params=params), self.n)
        stream = task.stream_to(self.worker.cancel)
        self.worker.submit(task)
        return task, stream

    def step(self) -> None:
        assert self.worker._wait()
        self.worker._step()


@pytest.mark.parametrize("host_bytes", [0, 2**30])
def test_one_that_was_shifted_makes_room_and_comes_back(alone: Alone, host_bytes: int) -> None:
    stepped = Stepped(alone.model, host_bytes)
    scheduler = stepped.worker.scheduler
    params = shifting(3)
    task, stream = stepped.submit(PROMPT, params)
    while task.answer.n_tokens < 400:
        stepped.step()
    assert task.shifted
    scheduler._put_aside(task)
    assert (task.state is None) == (host_bytes == 0)
    assert task.shifted == (host_bytes != 0)
    while scheduler.busy:
        stepped.step()
    alone.check(PROMPT, params, stream.completion(0))
    stepped.context.close()


def test_nothing_is_put_aside_between_a_shift_and_its_decode(alone: Alone) -> None:
    stepped = Stepped(alone.model, 2**30)
    scheduler = stepped.worker.scheduler
    task, stream = stepped.submit(PROMPT, shifting(3, 300))
    while not task.later:
        stepped.step()
    scheduler._shift()
    assert stepped.context.ledger.pending == {"shift"}
    scheduler._put_aside(task)  # as when the memory had no slot for the step
    assert task.state is None
    while scheduler.busy:
        stepped.step()
    alone.check(PROMPT, shifting(3, 300), stream.completion(0))
    stepped.context.close()


@pytest.mark.parametrize("host_bytes", [0, 2**30])
def test_an_older_one_stays(alone: Alone, host_bytes: int) -> None:
    stepped = Stepped(alone.model, host_bytes)
    scheduler = stepped.worker.scheduler
    old = stepped.submit(PROMPT, SamplingParams(seed=5, max_tokens=100, ignore_eos=True))
    while old[0].answer.n_tokens < 5:
        stepped.step()
    params = shifting(6)
    young = stepped.submit((*PROMPT, 9), params)
    stepped.step()
    assert scheduler.cells.sharers(old[0].seq_id or 0) == {young[0].seq_id}
    seen = []
    while scheduler.busy:
        stepped.step()
        seen.append((old[0] in scheduler.running, young[0] in scheduler.running))
    alone.check(PROMPT, SamplingParams(seed=5, max_tokens=100, ignore_eos=True), old[1].completion(0))
    alone.check((*PROMPT, 9), params, young[1].completion(0))
    n_old = old[0].answer.n_tokens
    assert n_old == 100
    assert all(running for running, _ in seen[:90])  # the older one never makes room
    stepped.context.close()


@pytest.mark.parametrize("kept", [True, False])
def test_nobody_shares_what_is_moved(alone: Alone, *, kept: bool) -> None:
    stepped = Stepped(alone.model, 0)
    cells = stepped.worker.scheduler.cells
    task, stream = stepped.submit(PROMPT, shifting(3))
    other, end = stepped.submit((*PROMPT, 9), SamplingParams(seed=1, max_tokens=3, ignore_eos=True))
    while not task.later:
        stepped.step()
    # Cells are never so few that one comes in now: it is put there by hand.
    opened = cells.open(task.key, [*task.tokens[:50], 7])
    assert opened is not None
    seq_id, n = opened
    assert n == 50
    if kept:
        cells._idle[seq_id] = task.key
    else:
        running, _stream = stepped.submit((*PROMPT[:50], 7), SamplingParams(seed=1, max_tokens=3, ignore_eos=True))
        stepped.worker._inbox.clear()
        running.seq_id, running.n_past = seq_id, 50
        stepped.worker.scheduler.running.append(running)
    assert cells.sharers(task.seq_id or 0) == {seq_id}
    stepped.step()
    assert task.shifted
    assert cells.sharers(task.seq_id or 0) == set()
    while stepped.worker.scheduler.busy:
        stepped.step()
    alone.check(PROMPT, shifting(3), stream.completion(0))
    assert other.answer.n_tokens == len(end.completion(0).tokens) == 3
    if not kept:
        params = SamplingParams(seed=1, max_tokens=3, ignore_eos=True)
        alone.check((*PROMPT[:50], 7), params, _stream.completion(0))
    stepped.context.close()


def test_kept_prefixes_make_room_for_a_shift(alone: Alone, engine: Engine) -> None:
    engine.generate([(*PROMPT, 5)], SamplingParams(max_tokens=1))  # keeps what the next one begins with
    params = shifting(4)
    got = engine.generate([(*PROMPT, 6)], params)[0]
    assert got.usage.cached_tokens == len(PROMPT)
    alone.check((*PROMPT, 6), params, got)


@pytest.mark.parametrize("write", [write_cohere2, write_mamba, write_lfm2])
def test_models_that_cannot_are_refused(write: Callable[[Path], Path], tmp_path: Path) -> None:
    with Model(write(tmp_path / "model.gguf")) as model, Engine(model, n_ctx=128, n_parallel=2, **EXACT) as engine:
        with pytest.raises(ContextError, match="overflow='shift' is not possible here"):
            engine.submit("a", shifting(1))
        assert engine.submit("a", SamplingParams(max_tokens=2, ignore_eos=True)).completion(PATIENCE).tokens


def test_nothing_to_forget_is_refused(engine: Engine) -> None:
    with pytest.raises(ContextOverflow, match="n_keep keeps 255"):
        engine.submit([5] * 255, shifting(1, n_keep=-1))

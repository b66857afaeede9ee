"""Requests with adapters and control vectors: each is answered as when the context is all its own."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from llamacffi import Adapter, ClosedError, ControlVector, Engine, Model, Request, SamplingParams
from llamacffi.engine.scheduler import Limits
from llamacffi.engine.stream import Stream
from llamacffi.engine.task import Task
from llamacffi.engine.worker import Worker
from tests.models import LlamaShape, control_directions, lora_pairs, write_lora
from tests.models.llama import llama_tensors
from tests.unit.engine.alone import EXACT, NO_CHANGES, Alone, Changes

PATIENCE = 60.0
PROMPT = (1, *range(270, 300))


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("adapters")
    tensors = llama_tensors(LlamaShape(), 512, 0)
    return [
        write_lora(folder / f"{seed}.gguf", lora_pairs(tensors, seed=seed, rank=seed), alpha=8.0) for seed in (2, 3)
    ]


@pytest.fixture(scope="module")
def adapters(alone: Alone, paths: list[Path]) -> list[Adapter]:
    return [alone.model.adapter(path) for path in paths]


@pytest.fixture(scope="module")
def kinds(alone: Alone, adapters: list[Adapter]) -> list[Changes]:
    vector = ControlVector(control_directions(alone.model.n_layer, alone.model.n_embd))
    first, second = adapters
    return [
        NO_CHANGES,
        (((first, 1.0),), None),
        (((first, -0.5),), None),
        (((first, 0.4), (second, 0.6)), None),
        ((), vector),
        (((second, 1.0),), vector),
    ]


def asked(changes: Changes, params: SamplingParams, prompt: tuple[int, ...] = PROMPT) -> Request:
    return Request(prompt=prompt, params=params, adapters=dict(changes[0]), control_vector=changes[1])


def test_each_gets_what_its_own_model_says(alone: Alone, kinds: list[Changes], engine: Engine) -> None:
    asks = [
        (kind, SamplingParams(seed=seed, max_tokens=12, ignore_eos=True, logprobs=2))
        for seed in (1, 2)
        for kind in kinds
    ]
    got = engine.generate([asked(kind, params) for kind, params in asks])
    for (kind, params), completion in zip(asks, got, strict=True):
        alone.check(PROMPT, params, completion, kind)
    firsts = {alone.completion(PROMPT, asks[0][1], kind).logprobs[0].logprob for kind in kinds}
    assert len(firsts) == len(kinds)  # they do change something


def test_prefixes_are_shared_within_a_group_only(kinds: list[Changes], engine: Engine) -> None:
    params = SamplingParams(temperature=0, max_tokens=2, ignore_eos=True)
    cached = [engine.generate([asked(kind, params)])[0].usage.cached_tokens for kind in [*kinds[:2], *kinds[:2]]]
    assert cached == [0, 0, len(PROMPT) - 1, len(PROMPT) - 1]
    # An adapter at scale 0 and a vector of zeros change nothing.
    (adapter, _), vector = kinds[1][0][0], kinds[4][1]
    assert vector is not None
    nothing: Changes = (((adapter, 0.0),), 0.0 * vector)
    assert engine.generate([asked(nothing, params)])[0].usage.cached_tokens == len(PROMPT) - 1


class Stepped:
    """A worker that steps when it is told to."""

    def __init__(self, model: Model, *, step_seconds: float = 1000.0) -> None:
        context = model.context(n_ctx=512, n_seq_max=8, kv_unified=True, **EXACT)
        limits = Limits(n_parallel=8, step_seconds=step_seconds, n_idle=0, host_bytes=0, ageing=10.0)
        self.worker = Worker(context, limits)
        self.n = 0

    def submit(self, changes: Changes, prompt: tuple[int, ...], n: int) -> tuple[Task, Stream]:
        self.n += 1
        params = SamplingParams(temperature=0, max_tokens=n, ignore_eos=True)
        task = Task(self.worker.context, asked(changes, params, prompt), self.n)
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


def test_turns_are_bounded_and_go_round(stepped: Stepped, kinds: list[Changes]) -> None:
    pairs = [stepped.submit(kind, (5, 6 + i), 60) for i, kind in enumerate(kinds[:3])]
    tasks = [task for task, _ in pairs]
    who: list[int] = []
    for _ in range(120):
        before = [task.answer.n_tokens for task in tasks]
        stepped.step()
        moved = [i for i, task in enumerate(tasks) if task.answer.n_tokens != before[i]]
        assert len(moved) == 1
        who += moved
    assert who == [0] * 16 + [1] * 16 + [2] * 16 + [0] * 16 + [1] * 16 + [2] * 16 + [0] * 16 + [1] * 8
    assert [stream.status for _, stream in pairs] == ["running"] * 3


def test_a_turn_ends_when_its_time_is_over(alone: Alone, kinds: list[Changes]) -> None:
    stepped = Stepped(alone.model, step_seconds=0.0)
    tasks = [stepped.submit(kind, (5, 6 + i), 60) for i, kind in enumerate(kinds[:3])]
    for _ in range(30):
        stepped.step()
    assert [task.answer.n_tokens for task, _ in tasks] == [10, 10, 10]
    stepped.worker.context.close()


def test_a_group_that_comes_later_has_its_turn(stepped: Stepped, kinds: list[Changes]) -> None:
    first, _stream = stepped.submit(kinds[0], (5, 6), 400)
    for _ in range(50):
        stepped.step()
    assert first.answer.n_tokens == 50
    second, _other = stepped.submit(kinds[1], (5, 6), 400)
    for _ in range(17):
        stepped.step()
    assert second.answer.n_tokens >= 1
    n = first.answer.n_tokens
    for _ in range(32):
        stepped.step()
    assert first.answer.n_tokens >= n + 16


def test_a_closed_adapter_fails_its_requests_only(alone: Alone, paths: list[Path], stepped: Stepped) -> None:
    adapter = alone.model.adapter(paths[0])
    one: Changes = (((adapter, 1.0),), None)
    other: Changes = ((), ControlVector(control_directions(alone.model.n_layer, alone.model.n_embd)))
    ends = [stepped.submit(changes, (5, 6), 20)[1] for changes in (one, other, NO_CHANGES)]
    for _ in range(20):
        stepped.step()
    adapter.close()
    while stepped.worker.scheduler.busy:
        stepped.step()
    with pytest.raises(ClosedError, match="Adapter"):
        ends[0].completion(0)
    params = SamplingParams(temperature=0, max_tokens=20, ignore_eos=True)
    alone.check((5, 6), params, ends[1].completion(0), other)
    alone.check((5, 6), params, ends[2].completion(0))


def test_what_is_not_the_models_is_refused_at_submit(tiny_llama: Path, paths: list[Path], engine: Engine) -> None:
    with Model(tiny_llama) as model, pytest.raises(ValueError, match="another Model"):
        engine.submit(Request(prompt="a", adapters={model.adapter(paths[0]): 1.0}))
    adapter = engine.model.adapter(paths[0])
    with pytest.raises(TypeError, match="must be a number"):
        engine.submit(Request(prompt="a", adapters={adapter: "much"}))  # type: ignore[dict-item]
    adapter.close()
    with pytest.raises(ClosedError):
        engine.submit(Request(prompt="a", adapters={adapter: 1.0}))
    with pytest.raises(TypeError, match="mapping"):
        engine.submit(Request(prompt="a", adapters=[adapter]))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="n_embd"):
        engine.submit(Request(prompt="a", control_vector=np.zeros((2, 3), np.float32)))


def test_kept_prefixes_hold_no_adapter(alone: Alone, paths: list[Path], engine: Engine) -> None:
    adapter = alone.model.adapter(paths[0])
    gone = weakref.ref(adapter)
    params = SamplingParams(temperature=0, max_tokens=2)
    engine.generate([asked((((adapter, 1.0),), None), params)])
    engine.generate([asked(NO_CHANGES, params)])  # the context lets go of it
    assert engine.stats().n_kept == 2
    del adapter
    gc.collect()
    assert gone() is None


def test_adapters_come_and_go_while_others_are_at_work(alone: Alone, paths: list[Path], engine: Engine) -> None:
    params = SamplingParams(temperature=0, max_tokens=30, ignore_eos=True)
    over = threading.Event()
    wrong: list[BaseException] = []

    def load() -> None:
        try:
            while not over.is_set():
                with alone.model.adapter(paths[1]):
                    pass
        except BaseException as error:  # noqa: BLE001 - raised below
            wrong.append(error)

    thread = threading.Thread(target=load)
    thread.start()
    try:
        with alone.model.adapter(paths[0]) as adapter:
            one: Changes = (((adapter, 1.0),), None)
            got = engine.generate([asked(changes, params) for changes in [one, NO_CHANGES] * 4])
            for changes, completion in zip([one, NO_CHANGES] * 4, got, strict=True):
                alone.check(PROMPT, params, completion, changes)
    finally:
        over.set()
        thread.join(PATIENCE)
    assert not wrong

"""What goes wrong beside an engine, or is done to it, ends in an error where it belongs, and nobody waits for ever."""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import ClosedError, LlamaError, Model, SamplingParams
from llamacffi.core.sampling import Matching
from llamacffi.core.vocab import Vocab
from llamacffi.engine import Engine, Request, Stream
from llamacffi.engine.task import Task
from llamacffi.generation.constraints import Constraint
from tests.threads import Threads
from tests.unit.engine.alone import EXACT, Alone

LONG = SamplingParams(max_tokens=90_000, ignore_eos=True)
SHORT = SamplingParams(seed=1, max_tokens=5, ignore_eos=True)
PATIENCE = 60.0


@pytest.fixture
def bystander(engine: Engine, alone: Alone) -> Iterator[Stream]:
    """A request that is to notice nothing."""
    params = SamplingParams(seed=2, max_tokens=100, ignore_eos=True)
    stream = engine.submit([5, 6], params)
    stream.read(PATIENCE)
    yield stream
    alone.check((5, 6), params, stream.completion(PATIENCE))


def wait_until(what: Any) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until
        time.sleep(0.002)


def test_a_model_that_is_closed_ends_its_engine(tiny_llama: Path) -> None:
    model = Model(tiny_llama)
    engine = Engine(model, n_ctx=100_000, n_parallel=2, **EXACT)
    streams = [engine.submit([5], LONG) for _ in range(4)]
    streams[0].read(PATIENCE)
    model.close()
    for stream in streams:
        # Whichever of the model's children the engine's thread meets first.
        with pytest.raises(ClosedError, match="this (Context|SamplerChain) is closed"):
            stream.completion(PATIENCE)
    with pytest.raises(ClosedError):
        engine.submit([5])
    engine.close()
    assert engine.closed


def test_what_is_raised_in_a_decode_fails_its_step_only(alone: Alone) -> None:
    raising = True

    def watch(_tensor: object, _ask: object) -> bool:
        if raising:
            raise ZeroDivisionError
        return False

    with Engine(alone.model, n_ctx=256, cb_eval=watch, **EXACT) as engine:
        with pytest.raises(ZeroDivisionError):
            engine.submit([5], SHORT).completion(PATIENCE)
        raising = False
        alone.check((5,), SHORT, engine.submit([5], SHORT).completion(PATIENCE))


@pytest.mark.usefixtures("bystander")
@pytest.mark.parametrize("error", [SystemExit(3), ZeroDivisionError(), KeyboardInterrupt()])
def test_whatever_a_processor_raises(engine: Engine, error: BaseException) -> None:
    def broken(_tokens: object, _logits: object) -> None:
        raise error

    two = [engine.submit([7], SamplingParams(logits_processor=broken)) for _ in range(2)]
    for stream in two:
        with pytest.raises(type(error)):
            stream.completion(PATIENCE)
    with pytest.raises(type(error)):
        engine.submit([7], SamplingParams(stopping_criteria=lambda _: broken(0, 0))).completion(PATIENCE)


class Broken(Constraint):
    """A matcher of which one method raises."""

    def __init__(self, method: str) -> None:
        self.method = method

    def stage(self, vocab: Vocab) -> Matching:
        matcher = Follower(vocab.n_tokens, self.method)
        return Matching(lambda _: matcher)

    def parse(self, text: str) -> str:
        return text


class Follower:
    def __init__(self, n_vocab: int, method: str) -> None:
        self._n, self._method = n_vocab, method

    def _check(self, method: str) -> None:
        if method == self._method:
            raise ZeroDivisionError(method)

    def allows(self, _token: int) -> bool:
        self._check("allows")
        return self._method != "mask"

    def mask(self) -> np.ndarray:
        self._check("mask")
        return np.ones(self._n, bool)

    def accept(self, _token: int) -> None:
        self._check("accept")

    def reset(self) -> None: ...

    def clone(self) -> Follower:
        return self


@pytest.mark.usefixtures("bystander")
@pytest.mark.parametrize("method", ["allows", "mask", "accept"])
def test_a_constraint_in_python_that_raises(engine: Engine, method: str) -> None:
    with pytest.raises(ZeroDivisionError, match=method):
        engine.submit([7], SamplingParams(grammar=Broken(method), max_tokens=9)).completion(PATIENCE)


@pytest.mark.usefixtures("bystander")
def test_a_grammar_that_leads_nowhere_and_numbers_that_are_none(engine: Engine, alone: Alone) -> None:
    def forbid(_tokens: object, logits: np.ndarray) -> None:
        logits[:] = -np.inf

    def spoil(_tokens: object, logits: np.ndarray) -> None:
        logits[:] = np.nan

    for processor in (forbid, spoil):
        stream = engine.submit([7], SamplingParams(logits_processor=processor, grammar="root ::= [a-z]+"))
        with pytest.raises((LlamaError, ValueError)):
            stream.completion(PATIENCE)


@pytest.mark.usefixtures("bystander")
def test_more_logprobs_than_tokens_are_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="logprobs is 513"):
        engine.submit([7], SamplingParams(logprobs=513))
    told = engine.submit([7], SamplingParams(logprobs=512, max_tokens=1, ignore_eos=True)).completion(PATIENCE)
    assert len(told.logprobs[0].top) == 512


@pytest.mark.parametrize("wrong", [[-1], [512], [5, 10**9]])
def test_tokens_that_the_vocabulary_lacks_are_refused(engine: Engine, wrong: list[int]) -> None:
    with pytest.raises(ValueError, match="is not in the vocabulary"):
        engine.submit(wrong)


def test_no_tokens_at_all(engine: Engine) -> None:
    none = SamplingParams(max_tokens=0)
    completion = engine.submit([5, 6, 7], none).completion(PATIENCE)
    assert (completion.tokens, completion.finish_reason) == ((), "length")
    assert engine.submit([5, 6, 7, 8], none).completion(PATIENCE).usage.cached_tokens == 3


def test_a_prompt_as_long_as_the_context(engine: Engine, alone: Alone) -> None:
    prompt = tuple(5 + i % 300 for i in range(256))
    alone.check(prompt, SHORT, engine.submit(prompt, SHORT).completion(PATIENCE))


def test_a_single_sequence_is_given_on(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=256, n_parallel=1, n_seq_max=1, **EXACT) as engine:
        for prompt in ((5, 6, 7, 8), (5, 6, 9), (5, 6, 9, 9), (8,)):
            alone.check(prompt, SHORT, engine.submit(prompt, SHORT).completion(PATIENCE))


@pytest.mark.parametrize("callback", ["logits_processor", "stopping_criteria"])
def test_a_callback_that_waits_is_told_so(engine: Engine, alone: Alone, callback: str) -> None:
    other = Engine(alone.model, n_ctx=256, **EXACT)

    def wait(*_: object) -> None:
        for one in (engine, other):
            with pytest.raises(LlamaError, match="a callback of an engine waits"):
                one.submit([6], SHORT).completion(PATIENCE)
        other.close()

    params = SamplingParams(max_tokens=1, ignore_eos=True, **{callback: wait})  # type: ignore[arg-type]
    assert len(engine.submit([5], params).completion(PATIENCE).tokens) == 1
    assert other.closed
    other.close()


def test_an_iterator_that_raises_or_asks_itself(engine: Engine) -> None:
    def prompts() -> Iterator[list[int]]:
        yield [5]
        yield [len(engine.submit([6], SHORT).completion(PATIENCE).tokens)]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        engine.generate(prompts(), SHORT)
    wait_until(lambda: engine.stats().n_running + engine.stats().n_waiting == 0)


def test_several_threads_read_one_stream(engine: Engine, alone: Alone) -> None:
    params = SamplingParams(seed=4, max_tokens=100, ignore_eos=True)
    stream = engine.submit([5], params)
    got: list[int] = []
    threads = [
        threading.Thread(target=lambda: got.extend(t for chunk in stream for t in chunk.tokens)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    whole = stream.completion(PATIENCE)
    assert stream.status == "done"
    for thread in threads:
        thread.join()
    alone.check((5,), params, whole)
    assert len(got) <= len(whole.tokens)


def test_nothing_is_remembered_of_what_is_over(engine: Engine) -> None:
    streams = [engine.submit(Request(prompt=[5, i], params=SHORT, timeout=3601)) for i in range(20)]
    for stream in streams:
        stream.completion(PATIENCE)
    engine.generate([[9]], SHORT)
    worker = engine._worker
    wait_until(lambda: not worker._tasks)

    def left() -> int:  # of this test: no other has such a timeout
        return sum(isinstance(thing, Task) and thing.request.timeout == 3601 for thing in gc.get_objects())

    wait_until(lambda: not left())
    for stream in streams:
        stream.cancel()
    assert not worker._cancelled


def test_engines_that_are_dropped_leave_nothing(alone: Alone) -> None:
    threads = Threads()
    for i in range(20):
        engine = Engine(alone.model, n_ctx=256, **EXACT)
        stream = engine.submit([5 + i], LONG)
        if i % 2:
            cycle: list[object] = [engine]
            cycle.append(cycle)
            del cycle
        del engine
    gc.collect()
    assert stream.read(PATIENCE) is not None  # the last one has a reader
    stream.cancel()
    assert stream.completion(PATIENCE).finish_reason == "cancelled"
    threads.check_ended(PATIENCE)


def test_a_function_to_call_after_a_step_that_raises(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    engine.call_after_step(lambda: 1 // 0)  # type: ignore[arg-type]
    assert len(engine.submit([5], SHORT).completion(PATIENCE).tokens) == 5
    wait_until(lambda: "ZeroDivisionError" in caplog.text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kv_unified", False),
        ("embeddings", True),
        ("attention_type", "non-causal"),
        ("n_batch", 4),
        ("n_outputs_max", 4),
        ("step_seconds", -1),
        ("step_seconds", float("nan")),
        ("step_seconds", float("inf")),
        ("n_idle", -1),
        ("n_idle", "8"),
        ("host_bytes", -1),
        ("host_bytes", 1e9),
    ],
)
def test_options_that_an_engine_cannot_work_with(alone: Alone, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} is"):
        Engine(alone.model, n_ctx=256, n_parallel=4, **{name: value})  # type: ignore[arg-type]


def test_ctrl_c_ends_what_was_asked_and_nothing_else(tiny_llama: Path) -> None:
    code = f"""
    import signal, threading
    from llamacffi import Model, SamplingParams
    from llamacffi.engine import Engine
    engine = Engine(Model({str(tiny_llama)!r}), n_ctx=100_000, n_threads=1)
    for ask in (engine.generate, lambda prompts, params: engine.submit(prompts[0], params).completion()):
        threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
        try:
            ask([[5], [6]], SamplingParams(max_tokens=90_000, ignore_eos=True))
        except KeyboardInterrupt:
            print(len(engine.generate([[7]], SamplingParams(max_tokens=3, ignore_eos=True))[0].tokens))
    while engine.stats().n_running + engine.stats().n_waiting:
        pass
    """
    assert _run(code) == "3\n3\n"


def test_a_child_of_fork_waits_for_nothing(tiny_llama: Path) -> None:
    code = f"""
    import os
    from llamacffi import ClosedError, Model, SamplingParams
    from llamacffi.engine import Engine
    engine = Engine(Model({str(tiny_llama)!r}), n_ctx=100_000, n_threads=1)
    stream = engine.submit([5], SamplingParams(max_tokens=90_000, ignore_eos=True))
    stream.read()
    engine._worker._lock.acquire()  # as the engine's thread may at any time
    pid = os.fork()
    if pid == 0:
        try:
            stream.completion()
        except ClosedError:
            stream.cancel()
            engine.close()
            del stream, engine
            os._exit(7)
        os._exit(1)
    engine._worker._lock.release()
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """
    assert _run(code) == "7\n"


def _run(code: str) -> str:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout

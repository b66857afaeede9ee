"""What whoever runs an engine sees of it and sets: stats, observers, traces, bounds; errors of one's own."""

from __future__ import annotations

import gc
import io
import threading
import time
import traceback
from typing import Any

import pytest

from llamacffi import LlamaError, QueueFull, SamplingParams
from llamacffi.engine import Engine, EngineObserver, EngineStep, Request
from llamacffi.engine.progress import counted
from llamacffi.engine.stats import Recent
from llamacffi.generation import Finish
from tests.threads import Threads
from tests.unit.engine.alone import EXACT, Alone

PATIENCE = 60.0
LONG = SamplingParams(max_tokens=90_000, ignore_eos=True)
SHORT = SamplingParams(seed=1, max_tokens=5, ignore_eos=True)


class Notes(EngineObserver):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.lives: dict[int, list[str]] = {}
        self.steps: list[EngineStep] = []
        self.finishes: list[Finish | None] = []
        self.n_cached: list[int] = []

    def _note(self, request: Request, event: str) -> None:
        last = request.prompt[-1]
        assert isinstance(last, int)
        self.lives.setdefault(last, []).append(event)

    def submitted(self, request: Request) -> None:
        self._note(request, "submitted")

    def started(self, request: Request, *, waited: float, cached_tokens: int) -> None:
        assert waited >= 0
        self.n_cached.append(cached_tokens)
        self._note(request, "started")

    def first_token(self, request: Request, *, seconds: float) -> None:
        assert seconds > 0
        self._note(request, "first token")

    def finished(self, request: Request, finish: Finish | None, error: BaseException | None) -> None:
        self.finishes.append(finish)
        self._note(request, "finished" if error is None else type(error).__name__)

    def step(self, step: EngineStep) -> None:
        self.steps.append(step)


def test_an_observer_is_told_of_each_life(alone: Alone) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    notes = Notes()
    with Engine(alone.model, n_ctx=256, n_parallel=2, observer=notes, **EXACT) as engine:
        engine.generate([[5, 6, 7, i] for i in range(300, 306)], SHORT)
        with pytest.raises(ZeroDivisionError):
            engine.submit([400], SamplingParams(logits_processor=broken)).completion(PATIENCE)
        stats = engine.stats()
    assert notes.lives.pop(400)[1:] == ["started", "ZeroDivisionError"]
    assert len(notes.lives) == 6
    for life in notes.lives.values():
        assert sorted(life) == ["finished", "first token", "started", "submitted"]
        assert life.index("started") < life.index("first token") < life.index("finished")
    assert [None if one is None else one.usage.completion_tokens for one in notes.finishes] == [5] * 6 + [None]
    assert len(notes.steps) == stats.n_steps
    assert sum(step.n_tokens for step in notes.steps) == stats.n_tokens
    assert sum(step.seconds for step in notes.steps) == pytest.approx(stats.seconds)
    assert max(step.n_requests for step in notes.steps) == 2
    assert sum(notes.n_cached) == stats.cached_tokens


def test_what_an_observer_raises_is_logged(alone: Alone, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(EngineObserver):
        def step(self, step: EngineStep) -> None:
            raise SystemExit(step.n_tokens)

        def finished(self, *_: Any) -> None:
            raise KeyError

    with Engine(alone.model, n_ctx=256, observer=Broken(), **EXACT) as engine:
        assert len(engine.generate([[5]], SHORT)[0].tokens) == 5
    assert "SystemExit" in caplog.text
    assert "KeyError" in caplog.text


def test_stats_count(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=100_000, n_parallel=4, **EXACT) as engine:
        blocker = [engine.submit([5, i], LONG) for i in range(4)]
        for stream in blocker:
            stream.read(PATIENCE)
        waiting = [engine.submit([9, i], SHORT) for i in range(3)]
        stats = engine.stats()
        assert (stats.n_running, stats.n_waiting) == (4, 3)
        assert stats.cells_used > 0
        time.sleep(0.01)
        for stream in blocker:
            stream.cancel()
        for stream in waiting:
            stream.completion(PATIENCE)
        stats = engine.stats()
    assert stats.seconds_waited >= 3 * 0.01
    assert stats.cached_part == stats.cached_tokens / stats.prompt_tokens
    assert 0 < stats.recent_tokens_per_second <= stats.n_tokens / 9
    assert stats.n_cancelled == 4


def test_recent_numbers_are_those_of_the_last_seconds() -> None:
    recent = Recent(10)
    for second in range(100):
        recent.add(second, second + 0.5)
    assert recent.per_second(99.5) == pytest.approx(sum(range(90, 100)) / 9.5)
    assert recent.per_second(104.0) == pytest.approx(sum(range(95, 100)) / 9)
    assert recent.per_second(120.0) == 0
    assert Recent(3).per_second(0.5) == 0


def test_a_trace_is_readable(engine: Engine) -> None:
    stream = engine.submit(Request(prompt=[5, 6, 7], params=SHORT, priority=2))
    stream.completion(PATIENCE)
    assert [event for event, _ in stream.trace] == [
        "submitted: 3 tokens, priority 2",
        "running, 0 of 3 tokens cached",
        "first token",
        "done: length, 5 tokens",
    ]
    lines = str(stream.trace).splitlines()
    assert len(lines) == 4
    assert lines[3].split(maxsplit=3)[3] == "done: length, 5 tokens"
    assert float(lines[3].split()[0]) == pytest.approx(stream.trace[3][1], abs=0.001)


def test_no_more_wait_than_may(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=100_000, n_parallel=1, max_waiting=2, **EXACT) as engine:
        streams = [engine.submit([5], LONG) for _ in range(3)]
        with pytest.raises(QueueFull, match="holds 3 requests, and may hold 3"):
            engine.submit([5], SHORT)
        late: list[Any] = []
        thread = threading.Thread(target=lambda: late.append(engine.submit([5], SHORT, wait=True).completion(PATIENCE)))
        thread.start()
        time.sleep(0.05)
        assert not late
        for stream in streams:
            stream.cancel()
        thread.join(PATIENCE)
        assert len(late[0].tokens) == 5
        # As many as one likes may be mapped: they wait for room.
        assert [len(one.tokens) for one in engine.generate([[5]] * 20, SHORT)] == [5] * 20


def test_who_waits_for_room_is_told_of_the_end(alone: Alone) -> None:
    engine = Engine(alone.model, n_ctx=100_000, n_parallel=1, max_waiting=0, **EXACT)
    first = engine.submit([5], LONG)
    first.read(PATIENCE)
    errors: list[BaseException] = []

    def late() -> None:
        try:
            engine.submit([5], SHORT, wait=True)
        except LlamaError as error:
            errors.append(error)

    thread = threading.Thread(target=late)
    thread.start()
    time.sleep(0.02)
    engine.close()
    thread.join(PATIENCE)
    assert "closed" in str(errors[0])


def test_a_callback_does_not_wait_for_room(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=256, n_parallel=1, max_waiting=0, **EXACT) as engine:

        def ask(*_: object) -> None:
            with pytest.raises(LlamaError, match="waits for room"):
                engine.submit([6], SHORT, wait=True)

        params = SamplingParams(max_tokens=1, ignore_eos=True, logits_processor=ask)
        assert len(engine.submit([5], params).completion(PATIENCE).tokens) == 1


@pytest.mark.parametrize(("name", "value"), [("ageing", 0), ("ageing", "1"), ("max_waiting", -1), ("max_waiting", 1.5)])
def test_bad_options(alone: Alone, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{name} is"):
        Engine(alone.model, n_ctx=256, **{name: value})  # type: ignore[arg-type]


def test_a_priority_is_a_small_number() -> None:
    with pytest.raises(ValueError, match="priority is 2147483648"):
        Request(prompt=[1], priority=2**31)
    with pytest.raises(TypeError, match="priority is 1.5"):
        Request(prompt=[1], priority=1.5)  # type: ignore[arg-type]


def test_an_engine_without_a_name_answers(alone: Alone) -> None:
    threads = Threads()
    stream = Engine(alone.model, n_ctx=256, **EXACT).submit((5, 6), SHORT)
    gc.collect()
    alone.check((5, 6), SHORT, stream.completion(PATIENCE))
    threads.check_ended(PATIENCE)


def test_each_reader_has_an_error_of_its_own(engine: Engine) -> None:
    class Own(Exception):  # noqa: N818 - what a test raises
        def __init__(self, number: int, text: str) -> None:
            super().__init__(f"{number}: {text}")  # which cannot be copied

    for error in (KeyError("a"), Own(1, "b")):

        def broken(*_: object, error: Exception = error) -> None:
            raise error

        stream = engine.submit([5], SamplingParams(logits_processor=broken))
        raised = []
        for _ in range(3):
            with pytest.raises(type(error)) as caught:
                stream.read(PATIENCE)
            raised.append(caught.value)
            assert str(caught.value) == str(error)
            frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
            # Where it was raised, and once how it came here.
            assert (frames.count("broken"), frames.count("_taken")) == (1, 1)
        assert isinstance(error, Own) or len(set(map(id, raised))) == 3


def test_max_time_ends_what_waits_once_it_has_a_token(alone: Alone) -> None:
    """There is one token at least, as `generate` has it; only then is the time looked at between steps too."""
    with Engine(alone.model, n_ctx=256, n_parallel=1, **EXACT) as engine:
        completion = engine.submit([5], SamplingParams(max_time=0.0, ignore_eos=True)).completion(PATIENCE)
        assert (len(completion.tokens), completion.finish_reason) == (1, "time")


def test_progress(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[int, int | None]] = []
    engine.generate([[5], [6], [7]], SHORT, progress=lambda n, total: seen.append((n, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]
    seen.clear()
    engine.generate(iter([[5]]), SHORT, progress=lambda n, total: seen.append((n, total)))
    assert seen == [(1, None)]

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    assert list(counted("abcd", 4, progress=True)) == list("abcd")
    assert "] 4/4 " in terminal.getvalue().rsplit("\r", 1)[1]
    silent = io.StringIO()
    monkeypatch.setattr("sys.stderr", silent)
    assert len(engine.generate([[5], [6]], SHORT, progress=True)) == 2
    assert silent.getvalue() == ""

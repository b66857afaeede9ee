"""The thread that owns a context and answers the requests."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from llamacffi.engine.decoder import Decoder
from llamacffi.engine.drafting import Drafting
from llamacffi.engine.embedding import Embedder
from llamacffi.engine.errands import Errands
from llamacffi.engine.gate import EngineThread, in_engine_thread, turns
from llamacffi.engine.observer import Teller
from llamacffi.engine.scheduler import Scheduler
from llamacffi.engine.slots import Places
from llamacffi.engine.stats import Counters
from llamacffi.errors import ClosedError, DecodeAborted, LlamaError, NoMemorySlot, QueueFull
from llamacffi.generation import Chunk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    import numpy as np
    from numpy.typing import NDArray

    from llamacffi.core.context import Context
    from llamacffi.core.sampling import Rows
    from llamacffi.engine.observer import EngineObserver
    from llamacffi.engine.scheduler import Limits, Work
    from llamacffi.engine.task import Task
    from llamacffi.generation import FinishReason
    from llamacffi.generation.pooling import Pooling
    from llamacffi.generation.speculative.predictor import PredictorFactory

__all__ = ["Worker"]

T = TypeVar("T")

_LOOK = 0.02  # seconds between two looks at the requests, when all wait for a medium
_FULL = (
    "the engine holds {n} requests, and may hold {most} (n_parallel and max_waiting); "
    "ask again when some are answered, or submit with wait=True"
)


class Worker:
    """Steps as long as there is work: one batch, one native call, and what came of it to the readers.

    `submit`, `cancel`, `close` and `join` may be called from any thread; all else happens in its own, which runs `run`
    and closes the context.
    """

    def __init__(
        self,
        context: Context,
        limits: Limits,
        *,
        most: int | None = None,
        observer: EngineObserver | None = None,
        predictor: PredictorFactory | None = None,
        embedding_options: Mapping[str, Any] | None = None,
    ) -> None:
        """It takes `most` requests at a time; `predictor` is for those that bring none."""
        self.context = context
        self.embedder = Embedder(context.model, embedding_options or {})
        self._step_seconds = limits.step_seconds
        self.drafting = Drafting(context, predictor)
        self.scheduler = Scheduler(context, limits, self._notify)
        self.counters = Counters()
        self.places = Places(context, self.scheduler.cells, limits.n_parallel)
        self.errands = Errands()
        self._decoder = Decoder(context, self.drafting, self.scheduler.cells)
        self._stepping: list[Work] = []
        self._pid = os.getpid()
        lock = threading.RLock()
        self._lock = threading.Condition(lock)
        self._room = threading.Condition(lock)
        self._most = sys.maxsize if most is None else most
        self._teller = Teller(observer)
        self.scheduler.on_start = self._started
        self._tasks: set[Task] = set()  # that are not over
        self._inbox: list[Task] = []
        self._cancelled: list[Task] = []
        self._closing = False
        self.failure: BaseException | None = None
        """Why it answers no more."""
        self.thread = EngineThread(target=self.run, name="llamacffi-engine", daemon=True)

    def check_open(self) -> None:
        """Raise ClosedError when it answers no more, and in a child of fork."""
        if os.getpid() != self._pid:
            message = "the engine belongs to the process that made it; make one after the fork"
        elif self._closing:
            message = "the engine is closed"
        elif self.failure is not None:
            message = f"the engine has failed: {self.failure}"
        else:
            return
        raise ClosedError(message)

    def submit(self, *tasks: Task, wait: bool = False) -> None:
        """Take tasks in, which then begin together.

        Raises what `check_open` raises, and QueueFull, unless it is to `wait` for room; LlamaError for that in a
        callback that an engine calls.
        """
        left = list(tasks)
        for task in tasks:
            self.drafting.claim(task)
        with self._lock:
            while left:
                self.check_open()
                room = self._most - len(self._tasks)
                if room <= 0 or (room < len(left) and not wait):
                    if not wait:
                        raise QueueFull(_FULL.format(n=len(self._tasks), most=self._most))
                    if in_engine_thread():
                        message = "a callback of an engine waits for room in an engine; submit in another thread"
                        raise LlamaError(message)
                    self._room.wait()
                    continue
                taken, left = left[:room], left[room:]
                self._tasks.update(taken)
                self._inbox += taken
                self._lock.notify()
        self._teller.submitted(tasks)

    def pool(self, pooling: Pooling) -> Future[NDArray[np.float32]]:
        """Take in what is to be pooled. Raises what `check_open` raises, and ContextOverflow for a text too long."""
        self.embedder.check(pooling)
        with self._lock:
            self.check_open()
            future = self.embedder.take(pooling)
            self._lock.notify()
        return future

    def ask(self, function: Callable[[], T]) -> Future[T]:
        """Have a function called between two steps. Raises what `check_open` raises."""
        with self._lock:
            self.check_open()
            future = self.errands.ask(function)
            self._lock.notify()
        return future

    @property
    def n_arrived(self) -> int:
        """How many tasks the scheduler has not heard of yet."""
        return len(self._inbox)

    def cancel(self, task: Task) -> None:
        """End a task before its next token; the step that runs is given up when all of its tasks are cancelled."""
        if os.getpid() != self._pid:  # nor is there anybody in the child of fork who would open the lock
            return
        with self._lock:
            if task not in self._tasks:
                return
            task.cancelled = True
            self._cancelled.append(task)
            if self._stepping and all(work.task.cancelled for work in self._stepping):
                self.context.abort()
            self._lock.notify()

    def close(self) -> None:
        """Give up the step that runs, fail what is not answered yet, and let the thread end."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            self._closing = True
            self.context.abort()
            self.embedder.abort()
            self._lock.notify()

    def join(self) -> None:
        """Wait until the thread is over; not in a callback of an engine, for whose end it may have to wait."""
        if os.getpid() == self._pid and not in_engine_thread():
            self.thread.join()

    def run(self) -> None:
        """Answer requests until `close`."""
        try:
            while self._wait():
                self._step()
                if self.embedder.busy:
                    self.embedder.step(self._step_seconds if self.scheduler.busy else None)
                self.errands.run()
            error: BaseException = ClosedError("the engine was closed before the answer was whole")
        except BaseException as failure:  # noqa: BLE001 - its readers would wait for ever
            error = failure
        with self._lock:
            self.failure = error
            tasks, self._tasks = self._tasks, set()
            self._room.notify_all()
        self.scheduler.encoder.close()
        self.scheduler.running.clear()
        self.scheduler.waiting.clear()
        for task in tasks:  # what they hold goes with the context, which may be what failed
            self._end_with(task, error)
        self.embedder.end(error)
        with self._lock:  # who asks later finds it closed
            self.errands.end(error)
        self.errands.run()
        self.context.close()

    @property
    def _busy(self) -> bool:
        return self.scheduler.busy or self.embedder.busy or self.errands.asked

    def _notify(self) -> None:
        with self._lock:
            self._lock.notify()

    def _started(self, task: Task) -> None:
        self.places.take(task)
        self._teller.started(task)

    def _wait(self) -> bool:
        """Wait for work, take in what came, and drop what was cancelled; False when the engine is to close."""
        scheduler = self.scheduler
        with self._lock:
            while not (self._closing or self._inbox or self._cancelled or self._busy or scheduler.encoder.done):
                self._lock.wait(_LOOK if scheduler.stalled else None)
                if scheduler.stalled:  # there may be one whose time is over
                    break
            arrived, self._inbox = self._inbox, []
            cancelled, self._cancelled = self._cancelled, []
        if self._closing:
            return False
        for task, error in scheduler.encoder.collect():
            self._fail(task, error)
        for task in arrived:
            scheduler.add(task)
        for task in cancelled:
            self._finish(task, "cancelled")
        for task in scheduler.deadlines.overdue(perf_counter()):
            self._finish(task, "time")
        return True

    def _step(self) -> None:
        works = self.scheduler.plan()
        for task in self.scheduler.full:
            self._finish(task, "length")
        self.scheduler.full.clear()
        if not works:
            return
        with self._lock:
            self._stepping = works
        try:
            with turns, self.scheduler.groups.at_work(works):
                begin = perf_counter()
                errors = self._decoder.decode(works)
                seconds = perf_counter() - begin
        except DecodeAborted:
            # Of some only a part was decoded; all of them were cancelled, unless the engine is closing.
            for work in () if self._closing else works:
                self._finish(work.task, "cancelled", keep=False)
            return
        except NoMemorySlot as error:
            if not self.scheduler.squeeze():
                for work in works:
                    self._fail(work.task, error)
            return
        except Exception as error:
            for work in works:
                self._fail(work.task, error)
            if not self._usable():
                raise
            return
        finally:
            with self._lock:
                self._stepping = []
        self.scheduler.stepped(works, seconds)
        self.counters.stepped(works, seconds)
        self._hand_over(works, errors)
        self._teller.step(works, seconds, self.scheduler)

    def _hand_over(self, works: list[Work], errors: dict[int, BaseException]) -> None:
        """Give each task its token, and each reader its chunk."""
        rows = self._decoder.rows
        for work in works:
            if work.task.telling is not None:
                self._tell_prompt(work.task)
            if work.task.request.tells_progress and not work.task.answer.n_tokens:
                self._tell_progress(work.task)
            if not work.samples:
                if work.task.n_left == 0 and not work.task.later:  # it was to be decoded only
                    self._finish(work.task, "length")
                continue
            try:
                for row in work.rows[: 1 + work.n_accepted]:
                    _raise(errors.get(row))
                    if not self._advance(work.task, rows, row):
                        break
                else:
                    self.drafting.push(work)
            except BaseException as raised:  # noqa: BLE001 - of a stopping criterion, say: its own request's
                self._fail(work.task, raised)

    def _tell_prompt(self, task: Task) -> None:
        """Hand over what is told of a prompt, when it is whole."""
        if task.telling is not None and task.telling.over:
            stream = task.stream()
            if stream is not None:
                stream.put(task.telling.chunk())
            task.telling = None

    def _tell_progress(self, task: Task) -> None:
        """Hand over how much of a prompt is computed."""
        stream = task.stream()
        if stream is not None:
            stream.put(Chunk("", (), running=task.running()))

    def _advance(self, task: Task, rows: Rows, row: int) -> bool:
        """Take a token; False when it was the last."""
        stream = task.stream()
        if stream is None or task.cancelled:
            self._finish(task, "cancelled")
            return False
        token = rows.token(row)
        chunk = task.answer.push(token, rows, row)
        if chunk is not None:
            stream.put(replace(chunk, running=task.running()) if task.request.tells_progress else chunk)
        if task.answer.ended:
            self._finish(task, None)
            return False
        if not task.push(token):
            self._finish(task, "length")
            return False
        return True

    def _finish(self, task: Task, reason: FinishReason | None, *, keep: bool = True) -> None:
        """End a task: by itself when `reason` is None. Nothing happens when it was over already."""
        if not self.scheduler.remove(task, keep=keep):
            return
        self.places.leave(task, holds=keep)
        self._forget(task)
        task.chain.close()
        self.drafting.end(task)
        if reason is not None:
            task.answer.end(reason)
        self.counters.finished(task)
        running = task.running() if task.request.tells_progress else None
        chunk = task.answer.finish()
        chunk = chunk if running is None else replace(chunk, running=running)
        stream = task.stream()
        if stream is not None:
            stream.begin_with(chunk)
        self._teller.finished(task, chunk.finish, None)
        if stream is not None:
            stream.put(chunk)

    def _fail(self, task: Task, error: BaseException) -> None:
        self.scheduler.remove(task, keep=False)
        self.places.leave(task, holds=False)
        self._forget(task)
        self._end_with(task, error)

    def _end_with(self, task: Task, error: BaseException) -> None:
        task.chain.close()
        self.drafting.end(task)
        self.counters.failed += 1
        self._teller.finished(task, None, error)
        stream = task.stream()
        if stream is not None:
            stream.fail(error)

    def _forget(self, task: Task) -> None:
        with self._lock:
            self._tasks.discard(task)
            self._room.notify_all()

    def _usable(self) -> bool:
        """Whether the context lives on after an error."""
        try:
            self.context.memory.pos_max(0)
        except LlamaError:
            return False
        return True


def _raise(error: BaseException | None) -> None:
    if error is not None:
        raise error

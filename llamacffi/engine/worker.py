"""The thread that owns a context and answers the requests."""

from __future__ import annotations

import logging
import os
import threading
from time import perf_counter
from typing import TYPE_CHECKING

from llamacffi.core.batch import Batch
from llamacffi.core.sampling import Rows
from llamacffi.engine.gate import EngineThread, in_engine_thread, turns
from llamacffi.engine.scheduler import Scheduler
from llamacffi.engine.stats import Counters
from llamacffi.errors import ClosedError, DecodeAborted, LlamaError, NoMemorySlot

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacffi.core.context import Context
    from llamacffi.engine.scheduler import Limits, Work
    from llamacffi.engine.task import Task
    from llamacffi.generation import FinishReason

__all__ = ["Worker"]

_log = logging.getLogger("llamacffi")


class Worker:
    """Steps as long as there is work: one batch, one native call, and what came of it to the readers.

    `submit`, `cancel`, `close` and `join` may be called from any thread; all else happens in its own, which runs `run`
    and closes the context.
    """

    def __init__(self, context: Context, limits: Limits) -> None:
        self.context = context
        self.scheduler = Scheduler(context, limits)
        self.counters = Counters()
        self.after_step: list[Callable[[], None]] = []
        """Called once when a step's chunks were handed over, and forgotten."""
        self._batch = Batch(context.n_batch)
        self._rows: tuple[list[Task], Rows] = ([], Rows())
        self._stepping: list[Work] = []
        self._pid = os.getpid()
        self._lock = threading.Condition()
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

    def submit(self, task: Task) -> None:
        """Take a task in. Raises what `check_open` raises."""
        with self._lock:
            self.check_open()
            self._tasks.add(task)
            self._inbox.append(task)
            self._lock.notify()

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
                self._wake()
            error: BaseException = ClosedError("the engine was closed before the answer was whole")
        except BaseException as failure:  # noqa: BLE001 - its readers would wait for ever
            error = failure
        with self._lock:
            self.failure = error
            tasks, self._tasks = self._tasks, set()
        self.scheduler.running.clear()
        self.scheduler.waiting.clear()
        for task in tasks:  # what they hold goes with the context, which may be what failed
            self._end_with(task, error)
        self._wake()
        self.context.close()

    def _wait(self) -> bool:
        """Wait for work, take in what came, and drop what was cancelled; False when the engine is to close."""
        scheduler = self.scheduler
        with self._lock:
            while not (self._closing or self._inbox or self._cancelled or scheduler.busy):
                self._lock.wait()
            arrived, self._inbox = self._inbox, []
            cancelled, self._cancelled = self._cancelled, []
        if self._closing:
            return False
        for task in arrived:
            scheduler.add(task)
        for task in cancelled:
            self._finish(task, "cancelled")
        for task in scheduler.overdue(perf_counter()):
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
            with turns:
                begin = perf_counter()
                errors = self._decode(works)
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

    def _decode(self, works: list[Work]) -> dict[int, BaseException]:
        """Compute a step's tokens, and sample for those whose last one is among them; returns what failed, by row."""
        batch = self._batch
        batch.clear()
        outputs = []
        for work in works:
            task, n = work.task, work.n_tokens
            seq_id = task.seq_id
            assert seq_id is not None, "a task that runs has a sequence"
            if n == 1:
                place = batch.add(task.tokens[task.n_past], task.n_past, seq_id, output=work.samples)
            else:
                batch.extend(task.tokens[task.n_past : task.n_past + n], task.n_past, seq_id, output=work.samples)
                place = len(batch) - 1
            if work.samples:
                outputs.append((task, place))
        if not outputs:
            self.context.decode(batch)
            return {}
        rows = self._rows_of([task for task, _ in outputs])
        for row, (_, place) in enumerate(outputs):
            rows.choose(row, place)
        return rows.advance(self.context, batch)

    def _rows_of(self, tasks: list[Task]) -> Rows:
        if self._rows[0] != tasks:
            chains = [task.chain for task in tasks]
            self._rows = tasks, Rows(*chains, n_logprobs=[task.request.params.logprobs for task in tasks])
        return self._rows[1]

    def _hand_over(self, works: list[Work], errors: dict[int, BaseException]) -> None:
        """Give each task its token, and each reader its chunk."""
        rows, row = self._rows[1], 0
        for work in works:
            if not work.samples:
                if work.task.n_left == 0:  # it was to be decoded only
                    self._finish(work.task, "length")
                continue
            error = errors.get(row)
            if error is None:
                try:
                    self._advance(work.task, rows, row)
                except BaseException as raised:  # noqa: BLE001 - of a stopping criterion: its own request's
                    error = raised
            if error is not None:
                self._fail(work.task, error)
            row += 1

    def _advance(self, task: Task, rows: Rows, row: int) -> None:
        stream = task.stream()
        if stream is None or task.cancelled:
            self._finish(task, "cancelled")
            return
        token = rows.token(row)
        chunk = task.answer.push(token, rows, row)
        if chunk is not None:
            stream.put(chunk)
        if task.answer.ended:
            self._finish(task, None)
        elif len(task.tokens) >= self.context.n_ctx_seq:
            self._finish(task, "length")
        else:
            task.tokens.append(token)

    def _finish(self, task: Task, reason: FinishReason | None, *, keep: bool = True) -> None:
        """End a task: by itself when `reason` is None. Nothing happens when it was over already."""
        if not self.scheduler.remove(task, keep=keep):
            return
        self._tasks.discard(task)
        task.chain.close()
        if reason is not None:
            task.answer.end(reason)
        self.counters.finished(task)
        stream = task.stream()
        if stream is not None:
            stream.put(task.answer.finish())

    def _fail(self, task: Task, error: BaseException) -> None:
        self.scheduler.remove(task, keep=False)
        self._tasks.discard(task)
        self._end_with(task, error)

    def _end_with(self, task: Task, error: BaseException) -> None:
        task.chain.close()
        self.counters.failed += 1
        stream = task.stream()
        if stream is not None:
            stream.fail(error)

    def _usable(self) -> bool:
        """Whether the context lives on after an error."""
        try:
            self.context.memory.pos_max(0)
        except LlamaError:
            return False
        return True

    def _wake(self) -> None:
        while self.after_step:
            function = self.after_step.pop()
            try:
                function()
            except Exception:  # noqa: BLE001 - whoever left it is not there to hear of it
                _log.exception("%r was to be called after a step of the engine, and raised", function)

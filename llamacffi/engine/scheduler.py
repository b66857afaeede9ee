"""Who decodes what in the next step."""

from __future__ import annotations

import weakref
from bisect import insort
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from llamacffi.engine.cells import Cells
from llamacffi.generation.prompt import n_common

if TYPE_CHECKING:
    from llamacffi.core.context import Context
    from llamacffi.engine.task import Task

__all__ = ["Limits", "Scheduler", "Work"]

_WORTH_WAITING = 32  # tokens that another request is about to decode
_SLACK = 16  # cells for each running request, which are left for its next tokens when another one comes in
_FIRST_RATE = 500.0  # tokens a second, until a step has told


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What bounds an engine's steps and what it keeps."""

    n_parallel: int
    """How many requests are decoded together."""
    step_seconds: float
    """How long a step may take because of prompts, while others wait for their next token."""
    n_idle: int
    """Cells that may be kept for prompts to come, beside those of requests that run."""
    host_bytes: int
    """Host memory for prefixes and for requests that had to make room."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a task decodes in a step."""

    task: Task
    n_tokens: int
    samples: bool
    """Whether the last of its tokens is among them, so that the next is sampled."""


class Scheduler:
    """Requests that wait, and requests that run, each in a sequence of its own.

    A step has the next token of each that generates, and then pieces of prompts, those of higher priority and of
    longer standing first, as far as the time allows: a long prompt never stalls the others. When cells run out,
    what is kept for later goes, and then the newest request makes room and waits again; never the oldest.
    """

    def __init__(self, context: Context, limits: Limits) -> None:
        self.waiting: list[Task] = []
        self.running: list[Task] = []
        self.full: list[Task] = []
        """Tasks for whose next token there is no cell, though nobody else runs."""
        self.cells = Cells(context, n_idle=limits.n_idle, host_bytes=limits.host_bytes)
        self.n_preempted = 0
        self._limits = limits
        self.n_parallel = limits.n_parallel
        self._n_batch, self._n_ubatch = context.n_batch, context.n_ubatch
        self._n_outputs = min(context.n_outputs_max, context.n_batch)
        self._rate = _FIRST_RATE
        self._deadlines: list[tuple[float, tuple[int, int], weakref.ref[Task]]] = []

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return bool(self.waiting or self.running)

    def add(self, task: Task) -> None:
        """Let a task wait for its turn."""
        insort(self.waiting, task, key=_order)
        if task.deadline is not None:
            heappush(self._deadlines, (task.deadline, task.order, weakref.ref(task)))

    def overdue(self, now: float) -> list[Task]:
        """The tasks whose time is over."""
        overdue = []
        while self._deadlines and self._deadlines[0][0] <= now:
            task = heappop(self._deadlines)[2]()
            if task is not None:
                overdue.append(task)
        return overdue

    def remove(self, task: Task, *, keep: bool) -> bool:
        """Take out a task that is over, and `keep` what it has decoded; False when it is not here any more."""
        if task in self.running:
            self.running.remove(task)
        elif task in self.waiting:
            self.waiting.remove(task)
        else:
            return False
        task.state = None
        if task.seq_id is not None:
            if keep:
                self.cells.keep(task.key, task.seq_id)
            else:
                self.cells.release(task.seq_id)
            task.seq_id = None
        return True

    def plan(self) -> list[Work]:
        """Choose what the next step decodes, admit who is next, and see to it that there are cells for it."""
        self._admit()
        works = self._share_out()
        while works and not self.cells.make_room(sum(work.n_tokens for work in works)):
            if not self._preempt():
                works = self._squeezed(works)
                break
            works = self._share_out()
        return works

    def stepped(self, works: list[Work], seconds: float) -> None:
        """Note that a step was decoded."""
        n_tokens = 0
        for work in works:
            task, n = work.task, work.n_tokens
            assert task.seq_id is not None, "a task that runs has a sequence"
            self.cells.append(task.seq_id, task.tokens[task.n_past : task.n_past + n])
            task.n_past += n
            n_tokens += n
        if n_tokens >= _SLACK and seconds > 0 and n_tokens > 2 * len(works):
            self._rate += 0.3 * (n_tokens / seconds - self._rate)

    def squeeze(self) -> bool:
        """Make room after the memory found none for a step; False when there is nothing more to give up."""
        return self.cells.drop_kept() or self._preempt()

    def _admit(self) -> None:
        """Give sequences to those who wait, first come first served, as long as there is room."""
        for task in tuple(self.waiting):
            if len(self.running) >= min(self._limits.n_parallel, self._n_outputs):
                return
            if task.state is None and self._comes_soon(task):
                continue  # and who comes after it may have nothing to wait for
            if not self._open(task):
                return
            self.waiting.remove(task)
            insort(self.running, task, key=_order)
            stream = task.stream()
            if stream is not None:
                stream.status = "running"
                stream.note(f"running, {task.n_past} of {len(task.tokens)} tokens cached")

    def _comes_soon(self, task: Task) -> bool:
        """Whether another task is decoding more of this one's prompt than the cache holds now."""
        fresh = [other for other in self.running if other.n_left > 1 and other.key == task.key]
        if not fresh:
            return False
        ahead = max(n_common(other.tokens, task.tokens) for other in fresh)
        return ahead > self.cells.n_held(task.key, task.tokens) + _WORTH_WAITING

    def _open(self, task: Task) -> bool:
        cells = self.cells
        slack = _SLACK * len(self.running) + 1
        if task.state is not None:
            # Alone it needs no more than it had.
            if self.running and (
                cells.n_available < len(task.tokens) + slack or not cells.make_room(len(task.tokens) + slack)
            ):
                return False
            seq_id = cells.reopen(task.key, task.tokens[: task.n_past], task.state)
            if seq_id is None:
                if self.running:
                    return False
                task.state, task.n_past = None, 0  # it cannot be put back: decode it again
                return self._open(task)
            task.seq_id, task.state = seq_id, None
            return True
        if self.running and cells.n_available < len(task.tokens) - cells.n_held(task.key, task.tokens) + slack:
            return False
        opened = cells.open(task.key, task.tokens)
        if opened is None:
            return False
        task.seq_id, task.n_past = opened
        if self.running and not cells.make_room(task.n_left + slack):
            cells.keep(task.key, task.seq_id)
            task.seq_id, task.n_past = None, 0
            return False
        if task.answer.n_tokens == 0:
            task.answer.n_cached = task.n_past
        return True

    def _share_out(self) -> list[Work]:
        """A token for each that generates, then pieces of prompts within what is left of the step."""
        works = [_work(task, 1) for task in self.running if task.n_left == 1]
        room = self._n_batch - len(works)
        if works:
            room = min(room, max(_WORTH_WAITING, int(self._rate * self._limits.step_seconds)))
        else:
            room = min(room, max(self._n_ubatch, int(self._rate * self._limits.step_seconds)))
        for task in self.running:
            if task.n_left > 1 and room > 0:
                n = min(task.n_left, room)
                works.append(_work(task, n))
                room -= n
        return works

    def _preempt(self) -> bool:
        """Let the last of the running tasks wait again, but not the oldest; False when there is no other."""
        if len(self.running) < 2:
            return False
        oldest = min(self.running, key=lambda task: task.order[1])
        task = next(task for task in reversed(self.running) if task is not oldest)
        self.running.remove(task)
        assert task.seq_id is not None, "a task that runs has a sequence"
        if self._limits.host_bytes and task.n_past:
            task.state = self.cells.state(task.seq_id)
        else:
            self.cells.release(task.seq_id)
            task.n_past = 0
        task.seq_id = None
        self.n_preempted += 1
        insort(self.waiting, task, key=_order)
        stream = task.stream()
        if stream is not None:
            stream.status = "waiting"
            stream.note("made room for others")
        return True

    def _squeezed(self, works: list[Work]) -> list[Work]:
        """What is left of a step of one task when there are too few cells even for that."""
        (work,) = works
        n = min(work.n_tokens, self.cells.n_free)
        if n == 0:
            self.full.append(work.task)
            return []
        return [_work(work.task, n)]


def _work(task: Task, n: int) -> Work:
    return Work(task, n, samples=n == task.n_left and task.request.params.max_tokens != 0)


def _order(task: Task) -> tuple[int, int]:
    return task.order

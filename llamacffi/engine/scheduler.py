"""Who decodes what in the next step."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from llamacffi.engine.cells import Cells
from llamacffi.engine.deadlines import Deadlines
from llamacffi.engine.groups import Groups
from llamacffi.engine.media import Encoder
from llamacffi.generation.prompt import n_common

if TYPE_CHECKING:
    from collections.abc import Callable

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
    ageing: float
    """Seconds of waiting that count as much as a priority higher by one."""


@dataclass(slots=True)
class Work:
    """What a task decodes in a step, and what became of guesses that were decoded with it."""

    task: Task
    n_tokens: int
    samples: bool
    """Whether the last of its tokens is among them, so that the next is sampled."""
    draft: list[int] = field(default_factory=list)
    """Guesses at the tokens to come."""
    rows: list[int] = field(default_factory=list)
    """Where its tokens are sampled: after its last one, and after each of the draft."""
    place: int = 0
    """Of its first token in the batch."""
    n_accepted: int = 0
    """How many of the draft were right."""


class Scheduler:
    """Requests that wait, and requests that run, each in a sequence of its own.

    A step has the next token of each that generates, and then pieces of prompts, those of higher priority first,
    those of one in equal pieces, as far as the time allows: a long prompt never stalls the others. When cells run out,
    what is kept for later goes, and then the newest request makes room and waits again; never the oldest.
    """

    def __init__(self, context: Context, limits: Limits, notify: Callable[[], None]) -> None:
        """`notify` is called by another thread when there is something to do again."""
        self.encoder = Encoder(context, notify)
        self.stalled = False
        """Whether there is nothing to do before a medium is encoded."""
        self._after_medium = False
        self.waiting: list[Task] = []
        self.running: list[Task] = []
        self.full: list[Task] = []
        """Tasks for whose next token there is no cell, though nobody else runs."""
        self.groups = Groups(context, limits.step_seconds)
        self.cells = Cells(context, n_idle=limits.n_idle, host_bytes=limits.host_bytes)
        self.n_preempted = 0
        self._limits = limits
        self.n_parallel = limits.n_parallel
        self._n_batch = context.memory.n_at_once if context.has_memory else context.n_batch
        self._n_ubatch = context.n_ubatch
        self._n_outputs = min(context.n_outputs_max, context.n_batch)
        self._rate: float | None = None  # tokens a second, of prompts
        self.deadlines = Deadlines()
        self.on_start: Callable[[Task], None] | None = None
        """Told of each task once, when it has a sequence."""
        self.waited = 0.0
        """Seconds, of all that were admitted."""

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return self.cells.untidy or (bool(self.waiting or self.running) and not self.stalled)

    def add(self, task: Task) -> None:
        """Let a task wait for its turn."""
        insort(self.waiting, task, key=self._rank)
        self.deadlines.add(task)

    def _rank(self, task: Task) -> tuple[float, int]:
        """The smallest goes first. Who waits rises, all alike: so what they differ by stays as it is."""
        priority, n = task.order
        return priority + task.arrived / self._limits.ageing, n

    def remove(self, task: Task, *, keep: bool) -> bool:
        """Take out a task that is over, and `keep` what it has decoded; False when it is not here any more."""
        if task in self.running:
            self.running.remove(task)
        elif task in self.waiting:
            self.waiting.remove(task)
        else:
            return False
        self.deadlines.drop(task)
        self._forget_state(task)
        if task.seq_id is not None:
            if keep and not task.shifted:
                self.cells.keep(task.key, task.seq_id)
            else:
                self.cells.release(task.seq_id)
            task.seq_id = None
        return True

    def plan(self) -> list[Work]:
        """Choose what the next step decodes, admit who is next, and see to it that there are cells for it."""
        if self.cells.untidy:
            self.cells.tidy()
        self._admit()
        self._shift()
        works = self._share_out()
        while works and not self.cells.make_room(sum(work.n_tokens for work in works)):
            if not self._preempt():
                works = self._squeezed(works)
                break
            works = self._share_out()
        self.cells.count()
        self.stalled = not works and not self.full and self.encoder.busy
        return works

    def stepped(self, works: list[Work], seconds: float) -> None:
        """Note that a step was decoded."""
        self.groups.stepped(seconds)
        n_tokens = 0
        for work in works:
            task, n = work.task, work.n_tokens
            assert task.seq_id is not None, "a task that runs has a sequence"
            decoded = task.tokens[task.n_past : task.n_past + n] + work.draft[: work.n_accepted]
            self.cells.append(task.seq_id, decoded)
            chunk = task.next_chunk
            task.n_past += len(decoded)
            if chunk is not None and not task.within:
                task.encoded.pop(chunk.key, None)
            self._after_medium = chunk is not None
            n_tokens += n
        if n_tokens >= _SLACK and seconds > 0 and n_tokens > 2 * len(works):
            rate = n_tokens / seconds
            self._rate = rate if self._rate is None else self._rate + 0.3 * (rate - self._rate)

    def squeeze(self) -> bool:
        """Make room after the memory found none for a step; False when there is nothing more to give up."""
        return self.cells.drop_kept() or self._preempt()

    def _admit(self) -> None:
        """Give sequences to those who wait, first come first served, as long as there is room."""
        for task in tuple(self.waiting):
            if len(self.running) >= min(self._limits.n_parallel, self._n_outputs):
                return
            if task.state is None and task.telling is None and self._comes_soon(task):
                continue  # and who comes after it may have nothing to wait for
            if not self._open(task):
                return
            self.waiting.remove(task)
            if not task.started:
                task.started = True
                self.waited += perf_counter() - task.arrived
                if self.on_start is not None:
                    self.on_start(task)
            insort(self.running, task, key=self._rank)
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
                self._forget_state(task)  # it cannot be put back: decode it again
                task.restart()
                return self._open(task)
            self._forget_state(task)
            task.seq_id = seq_id
            return True
        if self.running and cells.n_available < len(task.tokens) - cells.n_held(task.key, task.wanted) + slack:
            return False
        opened = cells.open(task.key, task.wanted)
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

    def _forget_state(self, task: Task) -> None:
        if task.state is not None:
            self.cells.free_state(task.state)
            task.state = None

    def _share_out(self) -> list[Work]:
        """A token for each that generates, then pieces of prompts within what is left of the step."""
        able = [task for task in self.running if task.layout is None or self.encoder.ready(task)]
        running = self.groups.choose(able)
        works = [_work(task, 1) for task in running if task.n_left == 1]
        waited_for = bool(works) or len(running) < len(able)  # by someone, for a next token
        least = _WORTH_WAITING if waited_for else self._n_ubatch
        room = min(self._n_batch - len(works), max(least, int((self._rate or _FIRST_RATE) * self._limits.step_seconds)))
        seeing = [task for task in running if task.next_chunk is not None]
        prompts = [task for task in running if task.n_left > 1 and task.next_chunk is None]
        if seeing and not (self._after_medium and (works or prompts)):  # embeddings and tokens take turns
            return [_work(seeing[0], _piece(seeing[0], max(room, least), self._n_batch))]
        return self._bounded(works + [_work(task, n) for task, n in self._pieces(prompts, room)])

    def _bounded(self, works: list[Work]) -> list[Work]:
        """Cut what is told of prompts to the outputs that a step may have."""
        if all(work.task.telling is None for work in works):
            return works
        left, bounded = self._n_outputs - sum(work.samples and work.task.telling is None for work in works), []
        for work in works:
            n = work.n_tokens
            if work.task.telling is not None:
                n = min(n, left)
                left -= n
            if n:
                bounded.append(_work(work.task, n))
        return bounded

    def _shift(self) -> None:
        """Let those go on who have asked for a shift and hold all cells; the few who share them make room."""
        for task in [task for task in self.running if task.later and not task.n_left]:
            if task.seq_id is None:
                continue  # it has just made room
            sharers = self.cells.sharers(task.seq_id)
            for other in [other for other in self.running if other.seq_id in sharers]:
                sharers.discard(other.seq_id)
                self._put_aside(other)
            for seq_id in sharers:
                self.cells.release(seq_id)
            start, stop = task.shift()
            self.cells.shift(task.key, task.seq_id, start, stop)
            task.note(f"shifted: forgot the tokens from {start} to {stop}")

    def _pieces(self, prompts: list[Task], room: int) -> list[tuple[Task, int]]:
        """Share `room` tokens out: alike among those that are within one priority of the first, then to the others.

        Prompts that came together are then decoded together, and go on together.
        """
        pieces: list[tuple[Task, int]] = []
        while prompts and room > 0:
            last = self._rank(prompts[0])[0] + 1
            equals = [task for task in prompts if self._rank(task)[0] < last]
            sizes = level([task.n_run for task in equals], room)
            pieces += [(task, n) for task, n in zip(equals, sizes, strict=True) if n]
            room -= sum(sizes)
            prompts = prompts[len(equals) :]
        return pieces

    def _preempt(self) -> bool:
        """Let the last of the running tasks wait again, but not the oldest; False when there is no other."""
        if len(self.running) < 2:
            return False
        oldest = min(self.running, key=lambda task: task.order[1])
        task = next(task for task in reversed(self.running) if task is not oldest)
        self._put_aside(task)
        return True

    def _put_aside(self, task: Task) -> None:
        """Let a running task wait again."""
        self.running.remove(task)
        assert task.seq_id is not None, "a task that runs has a sequence"
        if task.within:  # of a medium all is put back or nothing
            self.cells.release(task.seq_id)
        else:
            task.state = self.cells.state(task.seq_id)
        if task.state is None:
            task.restart()
        task.seq_id = None
        self.n_preempted += 1
        insort(self.waiting, task, key=self._rank)
        stream = task.stream()
        if stream is not None:
            stream.status = "waiting"
            stream.note("made room for others")

    def _squeezed(self, works: list[Work]) -> list[Work]:
        """What is left of a step of one task when there are too few cells even for that."""
        (work,) = works
        n = min(work.n_tokens, self.cells.n_free)
        chunk = work.task.next_chunk
        if n == 0 or (chunk is not None and n < work.n_tokens):
            self.full.append(work.task)
            return []
        return [_work(work.task, n)]


def _piece(task: Task, room: int, n_batch: int) -> int:
    """How much of a medium is decoded in a step: all of it where its embeddings see each other."""
    chunk = task.next_chunk
    return task.n_run if chunk is not None and not chunk.is_causal else min(task.n_run, room, n_batch)


def level(wanted: list[int], room: int) -> list[int]:
    """Share `room` out: to each what it wants, up to one level for all; what is over goes to the first of them."""
    sizes = [0] * len(wanted)
    while room > 0:
        open_ = [i for i, n in enumerate(wanted) if sizes[i] < n]
        if not open_:
            break
        share = room // len(open_)
        if share == 0:
            for i in open_[:room]:
                sizes[i] += 1
            break
        for i in open_:
            n = min(share, wanted[i] - sizes[i])
            sizes[i] += n
            room -= n
    return sizes


def _work(task: Task, n: int) -> Work:
    return Work(task, n, samples=n == task.n_left and not task.later and task.request.params.max_tokens != 0)

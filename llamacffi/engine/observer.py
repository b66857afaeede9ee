"""What an engine tells whoever counts: the way to metrics that needs nothing of its inside."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llamacffi.engine.request import Request
    from llamacffi.engine.scheduler import Scheduler, Work
    from llamacffi.engine.task import Task
    from llamacffi.generation import Finish

__all__ = ["EngineObserver", "EngineStep", "Teller"]

_log = logging.getLogger("llamacffi")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStep:
    """One step of an engine."""

    n_requests: int
    """That had tokens in it."""
    n_tokens: int
    """Decoded, of prompts and answers."""
    seconds: float
    """Of the native call."""
    n_waiting: int
    """Requests that had no part in it."""
    cells_used: int


class EngineObserver:
    """Override what you want to know; all methods do nothing here.

    `submitted` is called in the thread that submits, all else in the engine's: be quick, and wait for nothing. What a
    method raises is logged, and that is all that comes of it. Times are in seconds.
    """

    def submitted(self, request: Request) -> None:
        """A request was taken in."""

    def started(self, request: Request, *, waited: float, cached_tokens: int) -> None:
        """It has a sequence, after it `waited`; of its prompt `cached_tokens` were in the cache. Told once for each."""

    def first_token(self, request: Request, *, seconds: float) -> None:
        """The first of its answer came, so long after it was submitted."""

    def finished(self, request: Request, finish: Finish | None, error: BaseException | None) -> None:
        """It is over: with how it ended, or with an error."""

    def step(self, step: EngineStep) -> None:
        """A step was done, and its tokens handed over."""


class Teller:
    """Tells an observer, if there is one, whatever becomes of it."""

    def __init__(self, observer: EngineObserver | None) -> None:
        self._observer = observer

    def submitted(self, tasks: Iterable[Task]) -> None:
        """Tasks were taken in."""
        if self._observer is not None:
            for task in tasks:
                _tell(self._observer.submitted, task.request)

    def started(self, task: Task) -> None:
        """One has a sequence for the first time."""
        observer, request = self._observer, task.request
        if observer is None:
            return
        _tell(observer.started, request, waited=perf_counter() - task.arrived, cached_tokens=task.n_past)
        stream = task.stream()
        if stream is not None:
            stream.on_first = lambda seconds: _tell(observer.first_token, request, seconds=seconds)

    def finished(self, task: Task, finish: Finish | None, error: BaseException | None) -> None:
        """One is over."""
        if self._observer is not None:
            _tell(self._observer.finished, task.request, finish, error)

    def step(self, works: list[Work], seconds: float, scheduler: Scheduler) -> None:
        """A step was done."""
        if self._observer is not None:
            step = EngineStep(
                n_requests=len(works),
                n_tokens=sum(work.n_tokens for work in works),
                seconds=seconds,
                n_waiting=len(scheduler.waiting),
                cells_used=scheduler.cells.n_used,
            )
            _tell(self._observer.step, step)


def _tell(method: Any, *arguments: Any, **named: Any) -> None:
    """Call a method of an observer, whatever becomes of it."""
    try:
        method(*arguments, **named)
    except BaseException:  # noqa: BLE001 - it is not the engine's
        _log.exception("%r of an engine's observer raised", method)

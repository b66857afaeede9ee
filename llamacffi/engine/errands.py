"""What an engine's thread does for others between two steps."""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Errands"]

T = TypeVar("T")

_log = logging.getLogger("llamacffi")


class Errands:
    """Functions that are called once, in the engine's thread, when a step's chunks were handed over."""

    def __init__(self) -> None:
        self.after: list[Callable[[], None]] = []
        """What is to be called after the step that runs; nobody asks what came of it."""
        self._asked: deque[tuple[Callable[[], Any], Future[Any]]] = deque()

    @property
    def asked(self) -> bool:
        """Whether somebody waits for what a function gives."""
        return bool(self._asked)

    def ask(self, function: Callable[[], T]) -> Future[T]:
        """Have a function called; the future has what it gives or raises."""
        future: Future[T] = Future()
        self._asked.append((function, future))
        return future

    def run(self) -> None:
        """Call them all."""
        while self.after:
            function = self.after.pop()
            try:
                function()
            except Exception:  # noqa: BLE001 - whoever left it is not there to hear of it
                _log.exception("%r was to be called after a step of the engine, and raised", function)
        while self._asked:
            wanted, future = self._asked.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(wanted())
            except Exception as error:  # noqa: BLE001 - whoever asked is told
                future.set_exception(error)

    def end(self, error: BaseException) -> None:
        """Tell those who still wait why they get nothing."""
        while self._asked:
            _, future = self._asked.popleft()
            if future.set_running_or_notify_cancel():
                future.set_exception(error)

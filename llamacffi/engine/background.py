"""Work that nobody waits for."""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Background"]

_log = logging.getLogger("llamacffi")


class Background:
    """Does one thing after the other, in a thread that lives as long as there is something to do.

    The process does not end before it is done. What a job raises is logged.
    """

    def __init__(self) -> None:
        self.begin()
        _all.add(self)

    def begin(self) -> None:
        """Begin with nothing to do: in a child of fork the thread is gone."""
        self.lock = threading.RLock()
        """For what the jobs share with others; a fork opens it."""
        self._jobs: deque[tuple[Callable[[], object], str]] = deque()
        self._thread: threading.Thread | None = None
        self._working = False

    @property
    def n_waiting(self) -> int:
        """How many jobs are not done."""
        return len(self._jobs) + self._working

    def do(self, job: Callable[[], object], failure: str) -> None:
        """Do a job soon; `failure` is what to say if it raises. When the process is about to end, it is not done."""
        with self.lock:
            self._jobs.append((job, failure))
            if self._thread is not None:
                return
            self._thread = threading.Thread(target=self._work, name="llamacffi-background", daemon=False)
            try:
                self._thread.start()
            except RuntimeError:
                self._jobs.clear()
                self._thread = None

    def wait(self) -> None:
        """Wait until everything is done."""
        while (thread := self._thread) is not None and thread is not threading.current_thread():
            thread.join()

    def _work(self) -> None:
        while True:
            with self.lock:
                self._working = bool(self._jobs)
                if not self._jobs:
                    self._thread = None
                    return
                job, failure = self._jobs.popleft()
            try:
                job()
            except Exception as error:  # noqa: BLE001 - a disk that is full, say
                _log.warning("%s: %s", failure, error)
            del job


_all: weakref.WeakSet[Background] = weakref.WeakSet()


def _after_fork() -> None:
    for one in _all:
        one.begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

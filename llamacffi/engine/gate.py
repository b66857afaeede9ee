"""Engines of one process take turns: two thread pools on the same cores ruin each other."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["EngineThread", "Gate", "in_engine_thread", "turns"]


class EngineThread(threading.Thread):
    """Steps an engine. It must wait for no answer: others may need its turn for theirs, or it would be its own."""


def in_engine_thread() -> bool:
    """Whether a callback asks that an engine calls, such as a logits processor."""
    return isinstance(threading.current_thread(), EngineThread)


class Gate:
    """A lock that is given in the order in which it was asked for, so that nobody passes twice before another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


turns = Gate()
"""One step of one engine at a time."""

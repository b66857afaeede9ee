"""Which threads run that did not before: of a test before may still be ending some."""

from __future__ import annotations

import threading
import time

__all__ = ["Threads"]


class Threads:
    """Those that were started after this was made."""

    def __init__(self) -> None:
        self._before = set(threading.enumerate())

    def left(self) -> list[threading.Thread]:
        """Those that run."""
        return [thread for thread in threading.enumerate() if thread not in self._before]

    def check_ended(self, patience: float) -> None:
        """Wait until all have ended; fail after `patience` seconds."""
        until = time.monotonic() + patience
        while self.left():
            assert time.monotonic() < until, self.left()
            time.sleep(0.001)

"""How far a download is: told to a function, or drawn in one line of a terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Progress", "telling"]

#: Called with the bytes that were received and the bytes to come in all.
Progress = Callable[[int, int], object]

_WIDTH = 30
_EVERY = 0.1  # seconds


@contextlib.contextmanager
def telling(progress: Progress | bool | None, name: str) -> Iterator[Progress | None]:  # noqa: FBT001 - as it is given
    """What a download is to call: the function that was given; for True one that draws a bar, on a terminal only."""
    if not isinstance(progress, bool):
        yield progress
        return
    if not (progress and sys.stderr.isatty()):
        yield None
        return
    bar = _Bar(name)
    try:
        yield bar
    finally:
        bar.end()


class _Bar:
    """Draws itself over again, ten times a second at most."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.begin = monotonic()
        self.drawn = -_EVERY
        self.line = ""

    def __call__(self, done: int, total: int) -> None:
        now = monotonic()
        if now - self.drawn < _EVERY and done < total:
            return
        self.drawn = now
        filled = _WIDTH * done // max(total, 1)
        rate = f"{done / (now - self.begin) / 1e6:.1f} MB/s" if now > self.begin else ""
        size = f"{done / 1e6:.0f}/{total / 1e6:.0f} MB"
        line = f"{self.name} [{'#' * filled}{'.' * (_WIDTH - filled)}] {size} {rate}"
        sys.stderr.write(f"\r{line.ljust(len(self.line))}")
        sys.stderr.flush()
        self.line = line

    def end(self) -> None:
        """What comes next begins a line of its own."""
        if self.line:
            sys.stderr.write("\n")
            sys.stderr.flush()

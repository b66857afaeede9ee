"""How far many requests are, in one line of a terminal."""

from __future__ import annotations

import sys
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    _T = TypeVar("_T")

__all__ = ["counted"]

_WIDTH = 30
_EVERY = 0.1  # seconds


def counted(
    things: Iterable[_T],
    total: int | None,
    progress: bool | Callable[[int, int | None], object],  # noqa: FBT001 - as it is given
) -> Iterator[_T]:
    """Hand things on, and tell `progress` after each how many there were; True draws a bar, on a terminal only."""
    if progress is True:
        yield from _drawn(things, total)
        return
    for n, thing in enumerate(things, 1):
        if progress:
            progress(n, total)
        yield thing


def _drawn(things: Iterable[_T], total: int | None) -> Iterator[_T]:
    if not sys.stderr.isatty():
        yield from things
        return
    begin = last = monotonic()
    n = 0
    try:
        for n, thing in enumerate(things, 1):
            if monotonic() - last >= _EVERY:
                last = monotonic()
                sys.stderr.write(f"\r{_line(n, total, last - begin)}")
                sys.stderr.flush()
            yield thing
    finally:
        sys.stderr.write(f"\r{_line(n, total, monotonic() - begin)}\n")
        sys.stderr.flush()


def _line(n: int, total: int | None, seconds: float) -> str:
    rate = f"{n / seconds:.1f}/s" if n and seconds > 0 else ""
    if not total:
        return f"{n} {rate}"
    filled = _WIDTH * n // total
    return f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {n}/{total} {rate}"

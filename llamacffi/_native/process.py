"""What a fork and the end of the process do to native objects."""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from typing import Any, Protocol

from llamacffi._native import callbacks

__all__ = ["Locked", "give_lock"]

_PATIENCE = 3.0  # seconds that the end of the process waits for calls of daemon threads, which are told to stop


class Locked(Protocol):
    """An object that one thread at a time works with."""

    _lock: Any  # a threading.RLock, which is no type before Python 3.13

    def in_use(self) -> bool:
        """Whether a native call is working with it."""


_locked: weakref.WeakSet[Locked] = weakref.WeakSet()


def give_lock(owner: Locked) -> None:
    """Set `owner._lock`, and in a forked child again: the thread that held it there does not exist."""
    owner._lock = threading.RLock()  # noqa: SLF001 - what the function is for
    _locked.add(owner)


def _new_locks() -> None:
    for owner in tuple(_locked):
        owner._lock = threading.RLock()  # noqa: SLF001 - as in give_lock


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_locks)


class _First:
    """Something to finalize: the first finalizer of all makes weakref register, with atexit, what runs them.

    `_finish_calls`, which registers after it, then runs before it: threads stop while their objects are still open.
    """


_first = _First()
weakref.finalize(_first, int)


@atexit.register
def _finish_calls() -> None:
    """Stop the native calls of daemon threads, and wait until they are over.

    Such a thread ends as soon as it wants to enter Python again. Inside a callback that unwinds the C++ below it, which
    aborts the process; and a call that goes on would find C++'s global objects destroyed.
    """
    callbacks.refuse()
    until = time.monotonic() + _PATIENCE
    while _any_in_use() and time.monotonic() < until:
        callbacks.stop_all()
        time.sleep(0.002)


def _any_in_use() -> bool:
    return callbacks.any_running() or any(owner.in_use() for owner in tuple(_locked))

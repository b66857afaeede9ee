"""Python inside a native call: Ctrl-C, progress, and the exceptions that must come out again."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from llamacffi._native.binding import ffi, lib

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["POLL_EVERY", "Interrupt", "any_running", "defer", "deferred", "raise_deferred", "refuse", "stop_all"]

POLL_EVERY = 20_000
"""Microseconds between two looks into Python during a native call: soon enough for Ctrl-C, too rare to cost speed."""

deferred: dict[int, BaseException] = {}
"""For each thread, what was raised in a callback and waits for the native call to return."""


def defer(_type: object, error: BaseException | None, _traceback: object) -> None:
    """Keep an exception that left a callback; the shape is that of cffi's `onerror`."""
    if error is not None:
        deferred.setdefault(threading.get_ident(), error)


def raise_deferred() -> None:
    """Raise what a callback on this thread raised, if anything."""
    error = deferred.pop(threading.get_ident(), None)
    if error is not None:
        raise error


_exiting = False
_interrupts: weakref.WeakSet[Interrupt] = weakref.WeakSet()


def refuse() -> None:
    """Refuse every Interrupt from now on, except on the main thread."""
    global _exiting  # noqa: PLW0603 - a process ends once
    _exiting = True


def _leave_exiting(thread: int) -> None:
    """End a daemon thread that is still at work while Python exits, without a word, as Python itself would.

    An error would be printed by that thread, which may meet the interpreter's own end at the lock of stderr.
    """
    if _exiting and thread != threading.main_thread().ident:
        message = "Python is exiting: only its main thread can still load or decode"
        raise SystemExit(message)


def stop_all() -> None:
    """Stop every native call that is running under an Interrupt."""
    for interrupt in tuple(_interrupts):
        interrupt.stop()


def any_running() -> bool:
    """Whether a native call is running under an Interrupt."""
    return any(interrupt.running for interrupt in tuple(_interrupts))


class _Slot:
    """What the poll needs, apart from the Interrupt itself: a handle to that would be a reference cycle."""

    __slots__ = ("c", "progress")

    def __init__(self, c: Any, progress: Callable[[float], object] | None) -> None:
        self.c = c
        self.progress = progress


@ffi.def_extern(name="cb_lcffi_poll_t", error=True, onerror=defer)
def _poll(user_data: Any) -> bool:
    # Python runs pending signal handlers as it enters this function; KeyboardInterrupt then leaves it like any error.
    slot = ffi.from_handle(user_data)
    if slot.progress is not None:
        slot.progress(slot.c.progress)
    return bool(deferred) and threading.get_ident() in deferred


def _check_callable(progress: object) -> None:
    if progress is not None and not callable(progress):
        message = f"progress must be a function that takes a number from 0 to 1, not {progress!r}"
        raise TypeError(message)


class Interrupt:
    """Makes a native call stoppable: `with interrupt:` around it, `interrupt.abort` or `.progress` given to it.

    On the main thread Python's signal handlers run every 20 ms during the call, so Ctrl-C stops it; `progress` is
    called as often on any thread. What either raises is raised again when the block ends. `stop()` works from every
    thread. Entering and leaving costs less than a microsecond.
    """

    def __init__(self, progress: Callable[[float], object] | None = None) -> None:
        _check_callable(progress)
        self.c: Any = ffi.new("struct lcffi_interrupt *")
        self._slot = _Slot(self.c, progress)
        self._handle = ffi.new_handle(self._slot)  # C holds this address for as long as it holds self.c
        self.c.user_data = self._handle
        self._running = False
        self._always = progress is not None
        self._thread = 0
        _interrupts.add(self)

    @property
    def abort(self) -> Any:
        """The C function to pass as an abort callback, with `c` as its data."""
        return ffi.addressof(lib, "lcffi_interrupt_abort")

    @property
    def load_progress(self) -> Any:
        """The C function to pass as a model load's progress callback, with `c` as its data."""
        return ffi.addressof(lib, "lcffi_interrupt_progress")

    @property
    def raised(self) -> bool:
        """Whether a callback raised on this thread: the block is about to end with that exception."""
        return threading.get_ident() in deferred

    @property
    def running(self) -> bool:
        """Whether its block was entered and not left yet."""
        return self._running

    def stop(self) -> None:
        """Stop the native call that is running; do nothing when none is."""
        if self._running:
            self.c.stop = 1

    def __enter__(self) -> Self:
        c = self.c
        thread = threading.get_ident()
        _leave_exiting(thread)
        if thread != self._thread:
            self._thread = thread
            # Python runs signal handlers on its main thread only: elsewhere a poll would find nothing.
            polls = self._always or thread == threading.main_thread().ident
            c.poll = lib.cb_lcffi_poll_t if polls else ffi.NULL
            c.poll_every = POLL_EVERY if polls else 0
        c.stop = 0
        self._running = True
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._running = False
        if _exiting:
            _leave_exiting(threading.get_ident())
        if deferred:
            raise_deferred()

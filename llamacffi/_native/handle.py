"""The lifetime of everything that owns a C pointer."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from llamacffi._native import callbacks, process
from llamacffi._native.binding import ffi
from llamacffi.errors import ClosedError, LlamaError, NativeError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from typing_extensions import Self

__all__ = ["Handle"]

_R = TypeVar("_R")

# How many forks lie between this process and the one that imported the module. Comparing it is several times cheaper
# than os.getpid() on every call.
_forks = 0


def _count_fork() -> None:
    global _forks  # noqa: PLW0603 - a process has one such number
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_count_fork)


def _destroy(free: Callable[[Any], object], forks: int, _owners: tuple[Any, ...], ptr: Any) -> None:
    """Free `ptr` while `_owners`, the pointers it depends on, are still alive.

    Not in a forked child: the threads that llama.cpp would join there do not exist.
    """
    if forks == _forks:
        free(ptr)


def _drop(cell: list[Any]) -> None:
    cell.clear()


class Handle:
    """Owner of one C pointer: closes its children first, once, and refuses to work afterwards.

    The pointer lives in a cell that `weakref.finalize` keeps outside every reference cycle, and its destructor holds
    the owners' pointers. So a child is freed before its parent whatever the garbage collector does first, and a call
    that is still running in another thread keeps alive what it uses.
    """

    _lock: Any

    def __init__(self, ptr: Any, free: Callable[[Any], object], *owners: Handle) -> None:
        try:
            pins = tuple(owner.ptr for owner in owners)
        except LlamaError:  # an owner was closed meanwhile
            free(ptr)
            raise
        self._forks = _forks
        self._refusal: LlamaError | None = None
        self._busy = False
        process.give_lock(self)
        self._readers: deque[int] = deque()
        self._children: weakref.WeakSet[Handle] = weakref.WeakSet()
        self._cell = [ffi.gc(ptr, partial(_destroy, free, _forks, pins))]
        self._finalizer = weakref.finalize(self, _drop, self._cell)
        for owner in owners:
            owner._adopt(self)  # noqa: SLF001 - the same class

    @property
    def ptr(self) -> Any:
        """The C pointer, for use with `lib`; keep the result in a variable for as long as C works on it.

        Raises ClosedError after `close()`, NativeError after llama.cpp failed inside a call on this object, and
        LlamaError in a forked child.
        """
        if self._refusal is None and self._forks == _forks:
            try:
                return self._cell[0]
            except IndexError:  # closed by another thread since the line above
                pass
        raise self._refuse()

    @property
    def _as_parameter_(self) -> int:
        """The C pointer's address: ctypes passes it where a function wants a pointer. Raises what `ptr` raises."""
        return int(ffi.cast("uintptr_t", self.ptr))

    @property
    def closed(self) -> bool:
        """Whether `close()` was called."""
        return isinstance(self._refusal, ClosedError)

    def close(self) -> None:
        """Free the C object, after those that depend on it; a second call does nothing.

        Waits until calls of other threads on this object have returned.
        """
        if self._forks != _forks:
            # The lock may be held by a thread that the child does not have.
            self._refusal = self._closed_error()
            self._finalizer()
            return
        with self._lock:
            self._refusal = self._closed_error()
            children = tuple(self._children)
        # Outside the lock: a child's own call may be waiting for it.
        for child in children:
            child.close()
        with self._lock:
            me = threading.get_ident()
            while any(reader != me for reader in tuple(self._readers)):
                time.sleep(0.001)
            self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __reduce_ex__(self, protocol: Any, /) -> NoReturn:
        name = type(self).__name__
        message = (
            f"a {name} owns memory of llama.cpp and cannot be pickled or copied; create another {name} there instead"
        )
        raise TypeError(message)

    def call(self, function: Callable[..., _R], *args: Any) -> _R:
        """Call `function(ptr, *args)` while no other thread calls on this object.

        A NativeError marks the object broken, because llama.cpp left its work half done.
        """
        with self._lock:
            self._check_idle()
            ptr = self.ptr
            self._busy = True
            try:
                return function(ptr, *args)
            except NativeError as error:
                if not error.marked:  # else another object failed, for which this one only was at hand
                    self._break(error)
                    error.marked = True
                raise
            finally:
                self._busy = False
                if callbacks.deferred:
                    callbacks.raise_deferred()

    def exclusive(self) -> AbstractContextManager[Any]:
        """`with handle.exclusive():` makes several calls on the object one: those of other threads wait."""
        lock: AbstractContextManager[Any] = self._lock
        return lock

    def share(self, function: Callable[..., _R], *args: Any) -> _R:
        """Call `function(*args)`, which only reads this object, beside such calls of other threads."""
        me = threading.get_ident()
        self._readers.append(me)
        try:
            pin = self.ptr  # noqa: F841 - holds the C object while the call runs
            return function(*args)
        finally:
            self._readers.remove(me)

    def in_use(self) -> bool:
        """Whether a call on this object is running, in any thread."""
        return self._busy or bool(self._readers)

    def _check_idle(self) -> None:
        """Refuse a callback that uses the object whose call it interrupts; llama.cpp is in the middle of it."""
        if self._busy:
            name = type(self).__name__
            message = f"a callback used the {name} that it was called from; only close() works there"
            raise LlamaError(message)

    def _adopt(self, child: Handle) -> None:
        with self._lock:
            if self._refusal is None:
                self._children.add(child)
                return
        child.close()
        raise self._refuse()

    def _break(self, error: NativeError) -> None:
        """Refuse everything but `close()` from now on."""
        if self._refusal is None:
            self._refusal = NativeError(
                f"this {type(self).__name__} is broken since llama.cpp failed in it: {error}; close it and make another"
            )

    def _closed_error(self) -> ClosedError:
        return ClosedError(f"this {type(self).__name__} is closed")

    def _refuse(self) -> LlamaError:
        name = type(self).__name__
        if self._forks != _forks:
            return LlamaError(
                f"this {name} was made before os.fork() and cannot be used in the child process; "
                f"make the {name} there, or start the process with the 'spawn' method"
            )
        refusal = self._refusal or self._closed_error()
        # A fresh object: one exception raised twice would carry the tracebacks of both.
        again = type(refusal)(*refusal.args)
        if isinstance(again, NativeError):
            again.marked = True
        return again

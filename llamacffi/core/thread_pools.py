"""The threads that compute a context's graphs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from llamacffi._native import check_ptr, ffi, lib
from llamacffi._native.convert import instance, integer, to_c_options
from llamacffi.errors import ContextError, NativeError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ThreadPoolParams", "ThreadPools"]

_R = TypeVar("_R")

_sched: Any = os  # its sched_ functions are Linux's


@dataclass(frozen=True, kw_only=True)
class ThreadPoolParams:
    """How the threads of a context run: `model.context(threadpool=ThreadPoolParams(poll=0))`.

    `prio` is low, normal, medium, high or realtime; above normal Linux asks for a privilege. `poll` is from 0 to 100:
    how long a thread looks for work before it sleeps. `cpumask` names the CPUs to run on, by default those of the
    process; with `strict_cpu` each thread keeps to one of them. The thread that decodes takes part and is
    moved to these CPUs meanwhile. What is not given is ggml's default (ggml_threadpool_params).

    Raises TypeError and ValueError for a value that makes no sense, or a CPU that the process may not use.
    """

    prio: int | str | None = None
    poll: int | None = None
    cpumask: tuple[int, ...] = ()
    strict_cpu: bool = False

    def __post_init__(self) -> None:
        cpumask = instance("cpumask", self.cpumask, Iterable, "the numbers of some CPUs")  # type: ignore[type-abstract]
        object.__setattr__(self, "cpumask", tuple(dict.fromkeys(cpumask)))
        usable = _sched.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
        for cpu in self.cpumask:
            integer("a CPU in cpumask", cpu, 0, lib.GGML_MAX_N_THREADS - 1)
            if usable is not None and cpu not in usable:
                message = f"cpumask has CPU {cpu}; this process may use {sorted(usable)}"
                raise ValueError(message)
        self.for_c(1)

    def for_c(self, n_threads: int) -> Any:
        """A `struct ggml_threadpool_params *` for a pool of `n_threads`. Raises ValueError for more than `cpumask` has.

        Threads that wait for each other on one CPU do so for the rest of its time slice, at every node of the graph.
        """
        if self.cpumask and n_threads > len(self.cpumask):
            message = (
                f"{n_threads} threads on the {len(self.cpumask)} CPUs of cpumask={self.cpumask} would wait for each "
                "other; make the context with fewer n_threads, or name more CPUs"
            )
            raise ValueError(message)
        params = ffi.new("struct ggml_threadpool_params *")
        lib.ggml_threadpool_params_init(params, n_threads)
        given = {"prio": self.prio, "strict_cpu": self.strict_cpu}
        to_c_options(
            params, {name: value for name, value in given.items() if value is not None}, given, "a thread pool"
        )
        if self.poll is not None:
            params.poll = integer("poll", self.poll, 0, 100)
        for cpu in self.cpumask:
            params.cpumask[cpu] = True
        return params


class ThreadPools:
    """The threads of a context: without pools ggml starts and ends threads for every graph.

    One pool for each number of threads that was asked for. None is freed before the context: ggml's CPU backend
    remembers the last one and puts it to sleep when it is given another.
    """

    def __init__(self, params: ThreadPoolParams | None = None) -> None:
        wanted = ThreadPoolParams() if params is None else params
        self._params = instance("threadpool", wanted, ThreadPoolParams, "a ThreadPoolParams")
        self._pools: dict[int, Any] = {}
        self.moves = bool(self._params.cpumask) or self._params.prio is not None
        """Whether ggml changes where, or how urgently, the thread that decodes runs: `place` then changes it back."""

    def attach(self, context: Any, n_threads: int, n_threads_batch: int) -> None:
        """Give the context its pools (llama_attach_threadpool). Raises ContextError when threads cannot be started."""
        lib.llama_attach_threadpool(context, self._pool(n_threads), self._pool(n_threads_batch))

    def free_after(self, context: Any) -> None:
        """Free the context, and only then the threads that it may still wait for."""
        lib.llama_free(context)
        while self._pools:
            lib.ggml_threadpool_free(self._pools.popitem()[1])

    def pause(self) -> None:
        """Put the threads to sleep until the next graph (ggml_threadpool_pause)."""
        for pool in self._pools.values():
            lib.ggml_threadpool_pause(pool)

    def place(self, function: Callable[..., _R], *args: Any) -> _R:
        """Call `function(*args)` on the pools' CPUs, and leave this thread as it was."""
        if not hasattr(os, "sched_getaffinity"):
            return function(*args)
        affinity = _sched.sched_getaffinity(0)
        policy, priority = _sched.sched_getscheduler(0), _sched.sched_getparam(0)
        try:
            if self._params.cpumask:
                _sched.sched_setaffinity(0, self._params.cpumask)
            return function(*args)
        finally:
            _sched.sched_setaffinity(0, affinity)
            if _sched.sched_getscheduler(0) != policy:
                _sched.sched_setscheduler(0, policy, priority)

    def _pool(self, n_threads: int) -> Any:
        if n_threads not in self._pools:
            # ggml moves the thread that makes a pool as well: one that ends at once.
            self._pools[n_threads] = _elsewhere(self._make, n_threads) if self.moves else self._make(n_threads)
        return self._pools[n_threads]

    def _make(self, n_threads: int) -> Any:
        params = self._params.for_c(n_threads)
        _check_privilege(params.prio)
        try:
            return check_ptr(lib.ggml_threadpool_new(params), f"no pool of {n_threads} threads", ContextError)
        except NativeError as error:
            message = f"{n_threads} threads could not be started: {error}; make the context with a smaller n_threads"
            raise ContextError(message) from error


def _check_privilege(prio: int) -> None:
    """Refuse a priority that the system refuses: ggml's threads would each write a line to stderr and go on."""
    if prio <= lib.GGML_SCHED_PRIO_NORMAL or not hasattr(os, "sched_setscheduler"):
        return
    try:
        _sched.sched_setscheduler(0, _sched.SCHED_FIFO, _sched.sched_param(90))
    except OSError as error:
        message = f"prio above normal is refused by the system ({error}); leave it out, or run with CAP_SYS_NICE"
        raise ContextError(message) from error


def _elsewhere(function: Callable[..., _R], *args: Any) -> _R:
    """Call `function(*args)` on a thread of its own."""
    results: list[_R] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function(*args))
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]

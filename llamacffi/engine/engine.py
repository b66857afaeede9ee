"""A service inside the process: many requests at once on one context."""

from __future__ import annotations

import atexit
import itertools
import math
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any

from llamacffi._native.options import CONTEXT_OPTIONS
from llamacffi.engine.request import Request
from llamacffi.engine.scheduler import Limits
from llamacffi.engine.stats import EngineStats
from llamacffi.engine.task import Task
from llamacffi.engine.worker import Worker
from llamacffi.errors import ContextError
from llamacffi.generation import SamplingParams

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Callable, Generator, Iterable
    from types import TracebackType

    from typing_extensions import Self

    from llamacffi.core.model import Model
    from llamacffi.engine.stream import Stream
    from llamacffi.generation import Completion

__all__ = ["Engine"]

_DEFAULTS = SamplingParams()
_MOST_SEQUENCES = 256  # llama.cpp's own limit
_AHEAD = 4  # times n_parallel: how many requests `map` hands in before it takes the first answer


class Engine:
    """Answers many requests at once: what they decode goes into common batches, what their prompts share is kept.

    `n_ctx` cells are shared by all, and one request may use them all; `n_parallel` requests run at a time, the others
    wait; `n_seq_max` sequences may be held, those included that are kept for prompts to come. With requests that wait
    for their next token, prompts are decoded in pieces of about `step_seconds`. Of the cells at most `n_idle` hold what
    nobody uses at the moment (a quarter, by default); what goes beyond is stored in up to `host_bytes` of host memory.
    Other options are the context's.

    Its own thread does the work and ends when the engine is closed or nobody holds it any more. Every method may be
    called from any thread. Raises what `Model.context` raises.
    """

    def __init__(
        self,
        model: Model,
        *,
        n_ctx: int = 8192,
        n_parallel: int = 16,
        n_seq_max: int | None = None,
        step_seconds: float = 0.25,
        n_idle: int | None = None,
        host_bytes: int = 2**30,
        **options: Any,
    ) -> None:
        self.model = model
        _check(1, n_ctx=n_ctx, n_parallel=n_parallel)
        n_seq_max = min(_MOST_SEQUENCES, 4 * n_parallel) if n_seq_max is None else n_seq_max
        n_idle = n_ctx // 4 if n_idle is None else n_idle
        _check(1, n_seq_max=n_seq_max)
        _check(0, n_idle=n_idle, host_bytes=host_bytes)
        _check_options(step_seconds, n_seq_max, options)
        options = {"kv_unified": True, "n_batch": max(n_seq_max, min(n_ctx, 2048)), **options}
        if "n_outputs_max" in CONTEXT_OPTIONS:  # an output for each token of a batch would take hundreds of megabytes
            options.setdefault("n_outputs_max", n_seq_max)
        context = model.context(n_ctx=n_ctx, n_seq_max=n_seq_max, **options)
        if not context.has_memory or context.model.has_encoder:
            context.close()
            message = f"{model.description} does not generate text one token after another; embed() and Sequence work"
            raise ContextError(message)
        limits = Limits(
            n_parallel=min(n_parallel, n_seq_max),
            step_seconds=step_seconds,
            n_idle=n_idle,
            host_bytes=host_bytes,
        )
        self._worker = Worker(context, limits)
        self._order = itertools.count()
        self._worker.thread.start()
        # It waits for nothing: whoever drops an engine may hold what the engine's thread waits for.
        self._end = weakref.finalize(self, self._worker.close)
        self._end.atexit = False  # _end_all does it, before the threads are stopped where they are
        _workers.add(self._worker)

    def submit(
        self, request: Request | str | collections.abc.Sequence[int], params: SamplingParams = _DEFAULTS
    ) -> Stream:
        """Hand in a request, or a prompt with `params`, and return its answer as it comes.

        Raises ContextOverflow for a prompt that can never fit, ValueError for an empty one or for options that need a
        sequence for themselves, GrammarError for a constraint that cannot be met, and ClosedError.
        """
        self._worker.check_open()
        if not isinstance(request, Request):
            request = Request(prompt=request, params=params)
        task = Task(self._worker.context, request, next(self._order))
        stream = task.stream_to(self._worker.cancel)
        self._worker.submit(task)
        return stream

    def generate(
        self,
        prompts: Iterable[Request | str | collections.abc.Sequence[int]],
        params: SamplingParams = _DEFAULTS,
    ) -> list[Completion]:
        """Answer all prompts, and return the completions in their order; raises the first error."""
        return list(self.map(prompts, params))

    def map(
        self,
        prompts: Iterable[Request | str | collections.abc.Sequence[int]],
        params: SamplingParams = _DEFAULTS,
    ) -> Generator[Completion, None, None]:
        """Yield the completions of prompts in their order; only a few more are taken than can run at a time.

        Raises the first error; what runs then is cancelled.
        """
        streams: deque[Stream] = deque()
        ahead = _AHEAD * self._worker.scheduler.n_parallel
        try:
            for prompt in prompts:
                streams.append(self.submit(prompt, params))
                while len(streams) >= ahead:
                    yield streams[0].completion()
                    streams.popleft()
            while streams:
                yield streams[0].completion()
                streams.popleft()
        finally:
            for stream in streams:
                stream.cancel()

    def stats(self) -> EngineStats:
        """What it holds now, and what it has done since it was made; a look that stops nothing."""
        worker = self._worker
        scheduler, counters = worker.scheduler, worker.counters
        cells = scheduler.cells
        return EngineStats(
            n_waiting=len(scheduler.waiting),
            n_running=len(scheduler.running),
            n_kept=cells.n_kept,
            cells_used=cells.n_used,
            cells_total=cells.capacity,
            stored_bytes=cells.stored_bytes,
            n_finished=counters.finished_requests,
            n_failed=counters.failed,
            n_cancelled=counters.cancelled,
            n_preempted=scheduler.n_preempted,
            prompt_tokens=counters.prompt_tokens,
            cached_tokens=counters.cached_tokens,
            completion_tokens=counters.completion_tokens,
            n_steps=counters.n_steps,
            n_tokens=counters.n_tokens,
            seconds=counters.seconds,
            steps_by_seconds=tuple(counters.steps_by_seconds),
        )

    def call_after_step(self, function: Callable[[], None]) -> None:
        """Call `function` once, in the engine's thread, when the chunks of the step were handed over."""
        self._worker.after_step.append(function)

    @property
    def closed(self) -> bool:
        """Whether it answers no more."""
        return not self._end.alive or self._worker.failure is not None

    def close(self) -> None:
        """Stop, and fail with ClosedError what is not answered yet; the model stays open."""
        self._end()
        self._worker.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self.closed:
            return "<Engine, closed>"
        scheduler = self._worker.scheduler
        return (
            f"<Engine on {self.model.description}: {len(scheduler.running)} running, {len(scheduler.waiting)} waiting>"
        )

    def __reduce__(self) -> Any:
        message = "an Engine cannot be pickled: it is a thread and native memory; make one in the other process"
        raise TypeError(message)


_workers: weakref.WeakSet[Worker] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    for worker in tuple(_workers):
        worker.close()
        worker.join()


_MOST = {"n_seq_max": _MOST_SEQUENCES, "host_bytes": 2**63 - 1}


def _check(least: int, **numbers: object) -> None:
    for name, number in numbers.items():
        most = _MOST.get(name, 2**31 - 1)
        if not isinstance(number, int) or not least <= number <= most:
            message = f"{name} is {number!r}, but must be a whole number from {least} to {most}"
            raise ValueError(message)


_ONLY: dict[str, tuple[object, str]] = {
    "kv_unified": (True, "the sequences share the cells of one cache"),
    "embeddings": (False, "sampling takes logits; embed() gives embeddings"),
    "samplers": ({}, "each request brings its own, in its SamplingParams"),
    "attention_type": ("causal", "only then an answer goes on token by token"),
}


def _check_options(step_seconds: object, n_seq_max: int, options: dict[str, Any]) -> None:
    if not isinstance(step_seconds, (int, float)) or not (math.isfinite(step_seconds) and step_seconds >= 0):
        message = f"step_seconds is {step_seconds!r}, but must be a number of seconds from 0"
        raise ValueError(message)
    for name, (value, reason) in _ONLY.items():
        if options.get(name, value) != value:
            message = f"{name} is {options[name]!r}, but must be {value!r} in an engine: {reason}"
            raise ValueError(message)
    for name in ("n_batch", "n_outputs_max"):
        number: object = options.get(name)
        if isinstance(number, int) and 0 < number < n_seq_max:
            message = f"{name} is {number}, but must be at least n_seq_max, {n_seq_max}: a token of each in one batch"
            raise ValueError(message)

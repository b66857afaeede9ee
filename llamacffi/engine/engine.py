"""A service inside the process: many requests at once on one context."""

from __future__ import annotations

import atexit
import itertools
import math
import weakref
from collections import deque
from collections.abc import Sized
from time import perf_counter
from typing import TYPE_CHECKING, Any

from llamacffi._native.options import CONTEXT_OPTIONS
from llamacffi.engine.embedding import EMBEDDING_DEFAULTS
from llamacffi.engine.many import Many
from llamacffi.engine.progress import counted
from llamacffi.engine.request import Request
from llamacffi.engine.scheduler import Limits
from llamacffi.engine.shared import Shared
from llamacffi.engine.slots import Slots
from llamacffi.engine.stats import EngineStats
from llamacffi.engine.stored import context_kin
from llamacffi.engine.task import Task
from llamacffi.engine.vectors import Vectors
from llamacffi.engine.worker import Worker
from llamacffi.errors import ContextError
from llamacffi.generation import SamplingParams
from llamacffi.generation.speculative.drafter import check_factory

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from llamacffi.core.model import Model
    from llamacffi.engine.observer import EngineObserver
    from llamacffi.engine.stored import PrefixStore
    from llamacffi.engine.stream import Stream
    from llamacffi.generation import Completion
    from llamacffi.generation.prompt import Prompt
    from llamacffi.generation.speculative.predictor import PredictorFactory

__all__ = ["Engine"]

_DEFAULTS = SamplingParams()
_MOST_SEQUENCES = 256  # llama.cpp's own limit
_AHEAD = 4  # times n_parallel: how many requests `map` hands in before it takes the first answer


class Engine(Vectors):
    """Answers many requests at once: what they decode goes into common batches, what their prompts share is kept.

    `n_ctx` cells are shared by all, and one request may use them all, or `n_ctx_slot` of them; `n_parallel` requests
    run at a time, the others wait; `n_seq_max` sequences may be held, those included that are kept for prompts to come.
    With requests that wait for their next token, prompts are decoded in pieces of about `step_seconds`. Of the cells at
    most `n_idle` hold what nobody uses at the moment (a quarter, by default); what goes beyond is stored in up to
    `host_bytes` of host memory.
    Of requests that wait the more urgent goes first, and `ageing` seconds of waiting count as a higher priority; no
    more than `max_waiting` may wait, if that is given. An `observer` is told what happens, for metrics.
    A `predictor`, such as `PromptLookup()`, guesses the next tokens of every request that brings none of its own: the
    answers are the same, and those that can be guessed come sooner. A `prefix_store`, such as `DiskPrefixes(folder)`,
    keeps what was computed beyond the engine's life. Other options are the context's; that for
    embeddings and scores is another one, with `embedding_options` such as pooling_type, and with the threads and types
    of the first unless these say otherwise. A model that only embeds, or has an encoder, gives embeddings and scores,
    and no answers.

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
        n_ctx_slot: int | None = None,
        step_seconds: float = 0.25,
        n_idle: int | None = None,
        host_bytes: int = 2**30,
        ageing: float = 10.0,
        max_waiting: int | None = None,
        observer: EngineObserver | None = None,
        predictor: PredictorFactory | None = None,
        embedding_options: Mapping[str, Any] | None = None,
        prefix_store: PrefixStore | None = None,
        **options: Any,
    ) -> None:
        self.model = model
        _check(1, n_ctx=n_ctx, n_parallel=n_parallel)
        n_seq_max = min(_MOST_SEQUENCES, 4 * n_parallel) if n_seq_max is None else n_seq_max
        n_idle = n_ctx // 4 if n_idle is None else n_idle
        _check(1, n_seq_max=n_seq_max, n_ctx_slot=1 if n_ctx_slot is None else n_ctx_slot)
        _check(0, n_idle=n_idle, host_bytes=host_bytes, max_waiting=max_waiting or 0)
        _check_options(step_seconds, ageing, n_seq_max, options)
        if predictor is not None:
            check_factory(predictor)
        options = {"kv_unified": True, "n_batch": max(n_seq_max, min(n_ctx, 2048)), **options}
        if "n_outputs_max" in CONTEXT_OPTIONS:  # an output for each token of a batch would take hundreds of megabytes
            options.setdefault("n_outputs_max", n_seq_max)
        context = model.context(n_ctx=n_ctx, n_seq_max=n_seq_max, **options)
        self._generates = context.has_memory and not context.model.has_encoder
        embedding_options = {
            **{name: options[name] for name in EMBEDDING_DEFAULTS if name in options},
            **(embedding_options or {}),
        }
        limits = Limits(
            n_parallel=min(n_parallel, n_seq_max),
            step_seconds=step_seconds,
            n_idle=n_idle,
            host_bytes=host_bytes,
            ageing=ageing,
        )
        most = None if max_waiting is None else limits.n_parallel + max_waiting
        self._worker = Worker(
            context, limits, most=most, observer=observer, predictor=predictor, embedding_options=embedding_options
        )
        self._kin = context_kin(context, options) if self._generates else ""
        self.prefix_store = prefix_store
        if not self._generates:
            context.close()  # it is the other one that works
        self._order = itertools.count()
        self._n_ctx_slot = n_ctx_slot
        self._worker.thread.start()
        # It waits for nothing: whoever drops an engine may hold what the engine's thread waits for.
        self._end = weakref.finalize(self, self._worker.close)
        self._end.atexit = False  # _end_all does it, before the threads are stopped where they are
        _workers.add(self._worker)

    @property
    def generates(self) -> bool:
        """Whether it answers requests; else it only embeds and scores."""
        return self._generates

    @property
    def slots(self) -> Slots:
        """The places of the requests that run: looked at, saved, restored, erased."""
        return Slots(self._worker)

    @property
    def prefix_store(self) -> PrefixStore | None:
        """Where sequences are left for other engines and processes, and found; it may be changed at any time."""
        shared = self._worker.scheduler.cells.shared
        return None if shared is None else shared.store

    @prefix_store.setter
    def prefix_store(self, store: PrefixStore | None) -> None:
        shared = None if store is None else Shared(store, self._worker.context, self._kin)
        self._worker.scheduler.cells.shared = shared if self._generates else None

    def submit(
        self,
        request: Request | Prompt,
        params: SamplingParams = _DEFAULTS,
        *,
        wait: bool = False,
    ) -> Stream:
        """Hand in a request, or a prompt with `params`, and return its answer as it comes.

        Raises ContextOverflow for a prompt that can never fit, ValueError for an empty one or for options that need a
        sequence for themselves, ContextError for a model that does not generate so, GrammarError for a constraint that
        cannot be met, and ClosedError; QueueFull when it holds n_parallel requests and `max_waiting` more, unless it is
        to `wait` for room.
        """
        return self._submit([request], params, wait=wait)[0]

    def submit_all(self, requests: Iterable[Request], *, wait: bool = False) -> list[Stream]:
        """Hand in several requests, which begin together; raises what `submit` raises, and then none is handed in."""
        return self._submit(requests, _DEFAULTS, wait=wait)

    def _submit(
        self,
        requests: Iterable[Request | Prompt],
        params: SamplingParams,
        *,
        wait: bool,
    ) -> list[Stream]:
        """Hand in several, which begin together."""
        self._worker.check_open()
        if not self._generates:
            message = (
                f"{self.model.description} does not generate text one token after another: the engine embeds and "
                "scores with it; a model with an encoder generates with a Sequence"
            )
            raise ContextError(message)
        tasks, streams = [], []
        for request in requests:
            tasks.append(Task(self._worker.context, _asked(request, params), next(self._order), self._n_ctx_slot))
            streams.append(tasks[-1].stream_to(self._worker.cancel))
            streams[-1].engine = self
        self._worker.submit(*tasks, wait=wait)
        return streams

    def generate(
        self,
        prompts: Iterable[Request | Prompt],
        params: SamplingParams = _DEFAULTS,
        *,
        progress: bool | Callable[[int, int | None], object] = False,
    ) -> list[Completion]:
        """Answer all prompts, and return the completions in their order; raises the first error.

        `progress` is called after each with how many there are and how many there will be, or None where the prompts
        do not say; True draws a bar on a terminal.
        """
        total = len(prompts) if isinstance(prompts, Sized) else None
        return list(counted(self.map(prompts, params), total, progress))

    def submit_many(
        self,
        request: Request | Prompt,
        params: SamplingParams = _DEFAULTS,
        *,
        n: int,
        wait: bool = False,
    ) -> list[Stream]:
        """Hand in a request for `n` answers: answer i has the seed `params.seed` + i.

        The prompt is computed by the first of them, of which the others take it over: see `usage.cached_tokens`. So
        `prompt_logprobs` are told by the first alone. Raises what `submit` raises.
        """
        return self._submit(Many.of(self.model.vocab, _asked(request, params), n).requests, params, wait=wait)

    def generate_many(
        self,
        request: Request | Prompt,
        params: SamplingParams = _DEFAULTS,
        *,
        n: int,
        best_of: int | None = None,
        schema: Any = None,
    ) -> tuple[Completion, ...]:
        """Answer one request `n` times, with `best_of` the best of so many, as `llamacffi.generate_many` does."""
        many = Many.of(self.model.vocab, _asked(request, params), n, best_of, schema)
        return many.completions(self.generate(many.requests))

    def map(
        self,
        prompts: Iterable[Request | Prompt],
        params: SamplingParams = _DEFAULTS,
    ) -> Generator[Completion, None, None]:
        """Yield the completions of prompts in their order; only a few more are taken than can run at a time.

        Raises the first error; what runs then is cancelled.
        """
        streams: deque[Stream] = deque()
        ahead = _AHEAD * self._worker.scheduler.n_parallel
        todo = iter(prompts)
        try:
            if isinstance(prompts, (list, tuple)):  # they are there: let them begin together
                streams += self._submit(itertools.islice(todo, ahead), params, wait=True)
            for prompt in todo:
                streams.append(self.submit(prompt, params, wait=True))
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
            n_waiting=len(scheduler.waiting) + worker.n_arrived,
            n_running=len(scheduler.running),
            n_kept=cells.n_kept,
            cells_kept=cells.n_kept_cells,
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
            embedded_texts=worker.embedder.n_texts,
            embedded_tokens=worker.embedder.n_tokens,
            n_drafted=worker.drafting.n_drafted,
            n_accepted=worker.drafting.n_accepted,
            n_steps=counters.n_steps,
            n_tokens=counters.n_tokens,
            seconds=counters.seconds,
            seconds_waited=scheduler.waited,
            recent_tokens_per_second=counters.recent.per_second(perf_counter()),
            steps_by_seconds=tuple(counters.steps_by_seconds),
        )

    def call_after_step(self, function: Callable[[], None]) -> None:
        """Call `function` once, in the engine's thread, when the chunks of the step were handed over."""
        self._worker.errands.after.append(function)

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


def _asked(request: Request | Prompt, params: SamplingParams) -> Request:
    return request if isinstance(request, Request) else Request(prompt=request, params=params)


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


def _check_options(step_seconds: object, ageing: object, n_seq_max: int, options: dict[str, Any]) -> None:
    if not isinstance(step_seconds, (int, float)) or not (math.isfinite(step_seconds) and step_seconds >= 0):
        message = f"step_seconds is {step_seconds!r}, but must be a number of seconds from 0"
        raise ValueError(message)
    if not isinstance(ageing, (int, float)) or not ageing > 0:
        message = f"ageing is {ageing!r}, but must be seconds above 0 that a request waits to rise by one priority"
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

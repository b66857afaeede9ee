"""Embeddings and scores beside answers: a second context of the model, for which the engine's thread finds time."""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import Future, InvalidStateError
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi.core.adapter import registry
from llamacffi.core.batch import Batch
from llamacffi.core.context_params import to_params
from llamacffi.core.media_tokens import has_media
from llamacffi.engine.gate import turns
from llamacffi.errors import ContextOverflow, DecodeAborted
from llamacffi.generation.pooling import N_BATCH, N_SEQ_MAX, check_pooling, compute

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from llamacffi.core.context import Context
    from llamacffi.core.model import Model
    from llamacffi.generation.pooling import Pooling

    Rows = npt.NDArray[np.float32]

__all__ = ["EMBEDDING_DEFAULTS", "Embedder"]

_log = logging.getLogger("llamacffi")

EMBEDDING_DEFAULTS = (
    "n_threads",
    "n_threads_batch",
    "threadpool",
    "flash_attn_type",
    "type_k",
    "type_v",
    "offload_kqv",
    "op_offload",
)
"""Options that the second context has of the first, unless it has its own."""

_SIZES = ("n_ctx", "n_batch", "n_ubatch")
_FIRST_RATE = 500.0  # tokens a second, until a piece has told


class _Job:
    """One call, and what there is of its result."""

    __slots__ = ("future", "pooling", "rows", "todo")

    def __init__(self, pooling: Pooling) -> None:
        prompts = pooling.prompts
        self.pooling = pooling
        self.future: Future[Rows] = Future()
        self.rows = np.empty((len(prompts), pooling.width), np.float32)
        self.todo = sorted(range(len(prompts)), key=lambda i: -len(prompts[i]))  # the shortest is the next


class Embedder:
    """Computes what calls ask for, a batch at a time: some texts of each, so that a large call delays no small one.

    `check` and `take` may be called from any thread, one at a time, all else from the engine's. The context is made
    for the first text, and again, with more room, for the first that is too long for it.
    """

    def __init__(self, model: Model, options: Mapping[str, Any]) -> None:
        self._model = model
        self._options = dict(options)
        for name in ("embeddings", "kv_unified", "samplers"):
            if name in options:
                message = f"{name} is {options[name]!r} in embedding_options; the engine sees to it, leave it out"
                raise ValueError(message)
        to_params(self._options)  # raises what is to be said of them before the first text comes
        self._n_seq_max: int = self._options.pop("n_seq_max", None) or N_SEQ_MAX
        sizes = [self._options.pop(name, None) for name in _SIZES]
        self._n_given = min((size for size in sizes if size), default=None)
        self.n_most = self._n_given or model.n_ctx_train
        """Tokens that a text may have."""
        if model.has_position_embeddings:
            self.n_most = min(self.n_most, model.n_ctx_train)
        self._context: Context | None = None
        self._batch = Batch(1)
        self._arrived: deque[_Job] = deque()
        self._jobs: deque[_Job] = deque()
        self._rate = _FIRST_RATE
        self.n_texts = 0
        self.n_tokens = 0

    @property
    def busy(self) -> bool:
        """Whether there is something to do."""
        return bool(self._jobs or self._arrived)

    def check(self, pooling: Pooling) -> None:
        """Raise ContextOverflow for a text that is too long."""
        for i, prompt in enumerate(pooling.prompts):
            if len(prompt) > self.n_most:
                message = (
                    f"text {i} has {len(prompt)} tokens, and the engine embeds up to {self.n_most} in one; "
                    "shorten or split it, or make the engine with a larger n_ctx in its embedding_options"
                )
                raise ContextOverflow(message)

    def take(self, pooling: Pooling) -> Future[Rows]:
        """Take a call in; to be cancelled as every future."""
        job = _Job(pooling)
        self._arrived.append(job)
        return job.future

    def step(self, seconds: float | None) -> None:
        """Compute some texts, in about `seconds` where somebody waits for something else, but one at least."""
        while self._arrived:
            self._jobs.append(self._arrived.popleft())
        jobs = [job for job in self._jobs if not job.future.done()]
        self._jobs = deque(job for job in jobs if job.todo)
        for job in jobs:
            if not job.todo:
                _end(job, None)
        if not self._jobs:
            return
        piece: list[tuple[_Job, int]] = []
        try:
            context = self._ready(len(self._jobs[0].pooling.prompts[self._jobs[0].todo[-1]]))
            piece = self._piece(None if seconds is None else int(self._rate * seconds))
            if not piece:
                return
            prompts = [job.pooling.prompts[i] for job, i in piece]
            with turns:
                begin = perf_counter()
                compute(context, self._batch, prompts, [job.rows[i] for job, i in piece])
                seconds = perf_counter() - begin
        except DecodeAborted:  # by `abort`
            for job, i in piece:
                job.todo.append(i)
            return
        except Exception as error:  # noqa: BLE001 - it is theirs who wait for it, and not the engine's
            for job in {id(job): job for job, _ in piece}.values() if piece else self._jobs:
                _end(job, error)
            self.close()
            return
        n_tokens = sum(map(len, prompts))
        self.n_texts += len(prompts)
        self.n_tokens += n_tokens
        self._rate += 0.3 * (n_tokens / max(seconds, 1e-6) - self._rate)
        for job, _ in piece:
            if not job.todo:
                _end(job, None)

    def abort(self) -> None:
        """Stop the batch that is being computed; from any thread."""
        context = self._context
        if context is not None:
            context.abort()

    def close(self) -> None:
        """Free the context; the next text gets another one."""
        context, self._context = self._context, None
        if context is not None:
            context.close()

    def end(self, error: BaseException) -> None:
        """Fail all that is not done, and close."""
        for job in (*self._jobs, *self._arrived):
            _end(job, error)
        self._jobs.clear()
        self._arrived.clear()
        self.close()

    def _ready(self, n_tokens: int) -> Context:
        """A context with room for a text of so many tokens."""
        context = self._context
        if context is not None and min(context.n_ubatch, context.n_batch) >= n_tokens:
            return context
        self.close()
        n = self._n_given or N_BATCH
        while n < n_tokens:
            n *= 2
        n = max(n_tokens, min(n, max(self.n_most, N_BATCH)))
        n = -(-n // self._n_seq_max) * self._n_seq_max  # llama.cpp's graph for the mean asserts on anything else
        options = {"n_ctx": n, "n_batch": n, "n_ubatch": n, "n_seq_max": self._n_seq_max, **self._options}
        with registry:
            context = self._context = self._model.context(kv_unified=True, embeddings=True, **options)
        self._batch = Batch(min(context.n_batch, context.n_ubatch))
        return context

    def _piece(self, most: int | None) -> list[tuple[_Job, int]]:
        """Texts for one batch: of each call one in turn, beginning with the call that has waited longest."""
        context = self._context
        assert context is not None, "it was made before"
        room = self._batch.capacity
        if context.has_memory:
            room = min(room, context.n_ctx)
        if most is not None:
            room = min(room, most)
        piece: list[tuple[_Job, int]] = []
        jobs = deque(self._jobs)
        while jobs and len(piece) < context.n_seq_max:
            job = jobs.popleft()
            prompt = job.pooling.prompts[job.todo[-1]]
            n = len(prompt)
            if n > (room if piece else self._batch.capacity) or (piece and has_media(prompt)):
                continue
            if not piece:  # this one alone, if it must be
                room = max(room, n)
            try:
                check_pooling(context, job.pooling.poolings)
            except Exception as error:  # noqa: BLE001 - see `step`
                _end(job, error)
                self._jobs.remove(job)
                continue
            piece.append((job, job.todo.pop()))
            room -= n
            if has_media(prompt):  # which is computed alone
                break
            if job.todo:
                jobs.append(job)
        self._jobs.rotate(-1)
        return piece


def _end(job: _Job, error: BaseException | None) -> None:
    """Hand over a result, or an error; nothing happens when nobody wants it any more."""
    try:
        if error is None:
            job.future.set_result(job.pooling.finish(job.rows))
        elif not job.future.done():
            job.future.set_exception(error)
    except InvalidStateError:
        _log.debug("embeddings were cancelled as they were done")

"""The answer to one request, as it comes."""

from __future__ import annotations

import os
import threading
from copy import copy
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Literal

from llamacffi.engine.gate import in_engine_thread
from llamacffi.engine.trace import Trace
from llamacffi.errors import ClosedError, LlamaError
from llamacffi.generation import Chunk, Completion

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from typing_extensions import Self

    from llamacffi.engine.request import Request

__all__ = ["Status", "Stream", "merged"]

_ATTENTIVE = 0.2
"""Seconds after which a thread that waits looks up: a Ctrl-C that another thread took in would wait with it."""

Status = Literal["waiting", "running", "done"]


class Stream:
    """Iterate over it for chunks, or ask for the whole `completion`; `cancel` ends it early.

    What a slow reader has not read yet comes as one chunk. An error of the request is raised to its reader; after
    `cancel` the last chunk has the finish reason `cancelled`. Every method may be called from any thread.
    """

    def __init__(self, request: Request, cancel: Callable[[], None]) -> None:
        self.request = request
        self.status: Status = "waiting"
        self.trace = Trace()
        """What happened to it, and when: seconds since it was submitted. `print` it."""
        self.engine: object = None
        """Who answers: an engine that nobody else holds lives until the answer is there, or nobody waits for it."""
        self.on_first: Callable[[float], None] | None = None
        """Called by the engine's thread with the first chunk, and the seconds it took; for observers."""
        self._begin = perf_counter()
        self._pid = os.getpid()
        self._cancel = cancel
        self._ready = threading.Condition()
        self._unread: list[Chunk] = []
        self._read: list[Chunk] = []
        self._error: BaseException | None = None
        self._traceback: TracebackType | None = None
        self._begun = False
        self._over = False  # nothing is to come any more
        self._ended = False  # and the reader knows
        self.notify: Callable[[], None] | None = None
        """Called by the engine's thread when there is something to read; for those who do not wait in a thread."""
        self.patient = False
        """Whether there is nothing to read before the end: who wants the whole is not woken for each token."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Chunk:
        chunk = self.read()
        if chunk is None:
            raise StopIteration
        return chunk

    def read(self, timeout: float | None = None) -> Chunk | None:
        """Wait for what comes next: all that is there, as one chunk; None after the last.

        Raises TimeoutError after `timeout` seconds, what went wrong with the request, LlamaError in a callback that an
        engine calls, and ClosedError in a child of fork.
        """
        if os.getpid() != self._pid:
            message = "the answer comes to the process that asked for it; ask after the fork"
            raise ClosedError(message)
        until = None if timeout is None else monotonic() + timeout
        with self._ready:
            while not self._readable:
                if in_engine_thread():
                    message = "a callback of an engine waits for an answer, and the engine for it; wait in a thread"
                    raise LlamaError(message)
                left = None if until is None else until - monotonic()
                if left is not None and left <= 0:
                    message = f"nothing came within {timeout} s; the request is {self.status}"
                    raise TimeoutError(message)
                self._ready.wait(_ATTENTIVE if left is None else min(left, _ATTENTIVE))
            return self._taken()

    def read_now(self) -> Chunk | None:
        """What is there, as one chunk; None when there is nothing, or nothing any more: see `ended`."""
        with self._ready:
            return self._taken() if self._readable else None

    @property
    def ended(self) -> bool:
        """Whether the last chunk was read."""
        return self._ended

    def completion(self, timeout: float | None = None) -> Completion:
        """Wait for the end and return the whole, what was read before included.

        Raises TimeoutError after `timeout` seconds, and what went wrong with the request.
        """
        until = None if timeout is None else monotonic() + timeout
        was_patient, self.patient = self.patient, True
        try:
            while self.read(None if until is None else max(0.0, until - monotonic())) is not None:
                pass
        finally:
            self.patient = was_patient
        return Completion.of(self._read, self.request.params.constraint)

    def cancel(self) -> None:
        """End it before its next token; nothing happens when it is over."""
        self._cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.cancel()

    def __repr__(self) -> str:
        return f"<Stream of a request that is {self.status}>"

    def note(self, event: str) -> None:
        """Add to the trace."""
        self.trace.append((event, perf_counter() - self._begin))

    def begin_with(self, chunk: Chunk) -> None:
        """Note that the first token is there, when it is in a chunk that is about to be handed over; for the engine."""
        if not self._begun and chunk.tokens:
            self._begun = True
            self.note("first token")
            if self.on_first is not None:
                self.on_first(self.trace[-1][1])

    def put(self, chunk: Chunk) -> None:
        """Hand over a chunk; for the engine."""
        self.begin_with(chunk)
        with self._ready:
            self._unread.append(chunk)
            if chunk.finish is not None:
                self._finished(f"{chunk.finish.reason}, {chunk.finish.usage.completion_tokens} tokens")
            elif self.patient:
                return
            self._ready.notify_all()
        if self.notify is not None:
            self.notify()

    def fail(self, error: BaseException) -> None:
        """Hand over an error, after which nothing comes; for the engine."""
        with self._ready:
            self._error, self._traceback = error, error.__traceback__
            self._finished(f"{type(error).__name__}: {error}")
            self._ready.notify_all()
        if self.notify is not None:
            self.notify()

    @property
    def _readable(self) -> bool:
        return self._over or (bool(self._unread) and not self.patient)

    def _finished(self, how: str) -> None:
        self._over = True
        self.status = "done"
        self.note(f"done: {how}")
        self.engine = None

    def _taken(self) -> Chunk | None:
        if self._unread:
            chunk = self._unread[0] if len(self._unread) == 1 else merged(self._unread)
            self._read.append(chunk)
            self._unread.clear()
            self._ended = chunk.finish is not None
            return chunk
        self._ended = True
        if self._error is not None:
            raise _own(self._error, self._traceback)
        return None


def _own(error: BaseException, traceback: TracebackType | None) -> BaseException:
    """A copy for one reader: several would add to one traceback. The error itself, if it cannot be copied."""
    try:
        own = copy(error)
    except Exception:  # noqa: BLE001 - whatever the class of a caller's error does when it is made again
        return error.with_traceback(traceback)
    if type(own) is not type(error) or own.args != error.args:
        return error.with_traceback(traceback)
    own.__cause__, own.__context__, own.__suppress_context__ = (
        error.__cause__,
        error.__context__,
        error.__suppress_context__,
    )
    return own.with_traceback(traceback)


def merged(chunks: list[Chunk]) -> Chunk:
    """Several chunks as one."""
    return Chunk(
        "".join(chunk.text for chunk in chunks),
        tuple(token for chunk in chunks for token in chunk.tokens),
        chunks[-1].finish,
        tuple(told for chunk in chunks for told in chunk.logprobs),
        next((chunk.prompt_logprobs for chunk in chunks if chunk.prompt_logprobs), ()),
        next((chunk.running for chunk in reversed(chunks) if chunk.running is not None), None),
    )

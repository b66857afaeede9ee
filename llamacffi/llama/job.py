"""One call on its way: which requests it makes of an engine, and what it makes of their answers.

A job waits for nothing and knows neither threads nor event loops. Who does drives it: `run` and `stream` here, and
their twins for asyncio.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from queue import SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

from llamacffi.engine.gate import in_engine_thread
from llamacffi.errors import LlamaError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from llamacffi.engine import Engine, Request, Stream
    from llamacffi.generation import Chunk

__all__ = ["Job", "run", "stream"]

Whole = TypeVar("Whole")
Part = TypeVar("Part")


class Job(ABC, Generic[Whole, Part]):
    """A call as data: `requests` that begin together, and what comes of their chunks.

    Whoever drives it calls `push` with each chunk, in the order of each answer, then `close` once all have ended, and
    `whole` after that. A job is used once, by one thread at a time.
    """

    requests: tuple[Request, ...]
    """Answer i is that to request i."""

    @abstractmethod
    def push(self, index: int, chunk: Chunk) -> Iterable[Part]:
        """Take new text of one answer, and give the parts of the stream that it makes."""

    @property
    def patient(self) -> bool:
        """Whether the chunks of an answer may come as one: nobody waits for parts, and `over` stays False."""
        return False

    def silent(self, index: int) -> Part | None:
        """A part of an answer's stream that says nothing, for whoever adds to it; None where there is none."""
        return None

    def over(self, index: int) -> bool:
        """Whether no more of an answer is wanted, although it goes on: it is then cancelled."""
        return False

    def close(self) -> Iterable[Part]:
        """Give the parts that come after all answers."""
        return ()

    @abstractmethod
    def whole(self) -> Whole:
        """The response, of all that was pushed."""


def run(engine: Engine, job: Job[Whole, Part]) -> Whole:
    """Do a job and return its response. Raises what `Engine.submit` raises, and the first error of an answer."""
    for _ in stream(engine, job):
        pass
    return job.whole()


def stream(engine: Engine, job: Job[Whole, Part]) -> Generator[Part, None, None]:
    """Do a job, and yield its parts as they come; closing the generator cancels what still runs.

    The requests are handed in at once, so that what is wrong with them is raised by this call, not with the first part.
    """
    return _parts(engine.submit_all(job.requests), job)


def _parts(streams: list[Stream], job: Job[Whole, Part]) -> Generator[Part, None, None]:
    cancelled = set()
    for each in streams:
        each.patient = job.patient
    try:
        for i, chunk in _chunks(streams):
            yield from job.push(i, chunk)
            if i not in cancelled and chunk.finish is None and job.over(i):
                cancelled.add(i)
                streams[i].cancel()
        yield from job.close()
    finally:
        for each in streams:
            each.cancel()


def _chunks(streams: list[Stream]) -> Iterator[tuple[int, Chunk]]:
    """The chunks of all, as they come."""
    if len(streams) == 1:
        yield from ((0, chunk) for chunk in streams[0])
        return
    if in_engine_thread():
        message = "a callback of an engine waits for an answer, and the engine for it; wait in a thread"
        raise LlamaError(message)
    ready: SimpleQueue[int] = SimpleQueue()
    for i, each in enumerate(streams):
        each.notify = _Notify(ready, i)
        ready.put(i)  # something may have come before
    n_left = len(streams)
    while n_left:
        i = ready.get()
        if streams[i].ended:
            continue
        chunk = streams[i].read_now()
        if chunk is not None:
            yield i, chunk
        n_left -= streams[i].ended


class _Notify:
    """Says which stream has something to read; called by the engine's thread."""

    def __init__(self, ready: SimpleQueue[int], index: int) -> None:
        self._ready, self._index = ready, index

    def __call__(self) -> None:
        self._ready.put(self._index)

"""Pictures and sound of requests: where they are in a prompt, and their encoding beside the engine's thread."""

from __future__ import annotations

import weakref
from bisect import bisect_right
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from llamacffi.core.media_tokens import has_media, row_of, runs
from llamacffi.core.threads import usable_cores
from llamacffi.generation.media_rows import check_media, chunk_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from llamacffi.core.context import Context
    from llamacffi.core.projector import MediaChunk
    from llamacffi.engine.task import Task

__all__ = ["Encoder", "Layout"]


class Layout:
    """Where the texts and media of a prompt are, and at which positions."""

    __slots__ = ("_chunks", "_positions", "_starts", "stop")

    def __init__(self, tokens: Sequence[int]) -> None:
        self._starts: list[int] = []
        self._chunks: list[MediaChunk | None] = []
        self._positions: list[int] = []
        n = pos = 0
        for run in runs(tokens):
            self._starts.append(n)
            self._positions.append(pos)
            self._chunks.append(chunk_of(run[0]) if run[0] < 0 else None)
            n += len(run)
            pos += row_of(run[0]).n_pos if run[0] < 0 else len(run)
        self.stop = n
        """Where the prompt ends; what comes after it is text."""

    @classmethod
    def of(cls, context: Context, tokens: Sequence[int]) -> Layout | None:
        """That of a prompt; None without media. Raises what `check_media` raises."""
        if not has_media(tokens):
            return None
        check_media(context, tokens)
        return cls(tokens)

    def chunk(self, n: int) -> MediaChunk | None:
        """The medium that token `n` is of."""
        return None if n >= self.stop else self._chunks[self._run(n)]

    def chunks(self, n: int) -> list[MediaChunk]:
        """The media from token `n` on."""
        return [chunk for chunk in self._chunks[self._run(n) :] if chunk is not None]

    def n_left(self, n: int) -> int | None:
        """How many tokens there are from `n` on to the end of a text or medium; None in the last text."""
        i = self._run(n) + 1
        return None if i >= len(self._starts) else self._starts[i] - n

    def position(self, n: int) -> int:
        """The position of token `n`, which begins a medium or is of a text."""
        i = self._run(n)
        return self._positions[i] + n - self._starts[i]

    def begin(self, n: int) -> int:
        """Where the medium or text begins that token `n` is of."""
        return self._starts[self._run(n)]

    def _run(self, n: int) -> int:
        return bisect_right(self._starts, n) - 1


class Encoder:
    """Encodes what requests are to decode, one medium after the other, in a thread of its own.

    A medium is encoded once for all who wait for it; what was encoded lately the projector keeps.
    """

    def __init__(self, context: Context, notify: Callable[[], None]) -> None:
        """`notify` is called in the other thread when there is something to `collect`."""
        self._notify = notify
        self._context = context
        self._n_threads = (context.n_threads, context.n_threads_batch)
        self._executor: ThreadPoolExecutor | None = None
        self._waiting: dict[str, list[weakref.ref[Task]]] = {}
        self._done: deque[tuple[str, NDArray[np.float32] | BaseException | None]] = deque()
        self._spares = False

    @property
    def busy(self) -> bool:
        """Whether somebody waits for a medium."""
        return bool(self._waiting)

    @property
    def done(self) -> bool:
        """Whether there is something to `collect`."""
        return bool(self._done)

    def ready(self, task: Task) -> bool:
        """Whether what a task decodes next is at hand; what is not, and what comes later, is encoded from now on."""
        chunk = task.next_chunk
        if chunk is None:
            return True
        rows = task.encoded.get(chunk.key)
        if rows is None and (rows := chunk.projector.cached(chunk)) is not None:
            task.encoded[chunk.key] = rows
        if rows is None:
            assert task.layout is not None, "it has a medium"
            for one in task.layout.chunks(task.n_past):
                self._ask(task, one)
        return rows is not None

    def collect(self) -> list[tuple[Task, BaseException]]:
        """Give tasks what was encoded; returns those that cannot have theirs, with the reason."""
        failed: list[tuple[Task, BaseException]] = []
        while self._done:
            key, found = self._done.popleft()
            for task in filter(None, (ref() for ref in self._waiting.pop(key, ()))):
                if found is None:  # it came when the medium had been given up, and asks again
                    continue
                if isinstance(found, BaseException):
                    failed.append((task, found))
                else:
                    task.encoded[key] = found
        self._spare()
        return failed

    def close(self) -> None:
        """Encode nothing more; what is in the works ends by itself."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _ask(self, task: Task, chunk: MediaChunk) -> None:
        if chunk.key in task.encoded:
            return
        waiting = self._waiting.get(chunk.key)
        if waiting is not None:
            if not any(ref() is task for ref in waiting):
                waiting.append(weakref.ref(task))
            return
        waiting = self._waiting[chunk.key] = [weakref.ref(task)]
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, "llamacffi-encoder")
        self._executor.submit(self._encode, chunk, waiting)
        self._spare(chunk.projector.n_threads)

    def _encode(self, chunk: MediaChunk, waiting: list[weakref.ref[Task]]) -> None:
        found: NDArray[np.float32] | BaseException | None = None
        try:
            if any((task := ref()) is not None and not task.cancelled for ref in tuple(waiting)):
                found = chunk.projector.encode(chunk)
        except BaseException as error:  # noqa: BLE001 - it is that of who waits
            found = error
        self._done.append((chunk.key, found))
        self._notify()

    def _spare(self, n: int = 0) -> None:
        """Leave `n` of the cores to the projector: more threads than cores, which wait for each other, take thrice."""
        if bool(n) == self._spares or (not n and self._waiting):
            return
        self._spares = bool(n)
        room = max(1, usable_cores() - n)
        wanted = [min(threads, room) for threads in self._n_threads] if n else self._n_threads
        if tuple(wanted) != (self._context.n_threads, self._context.n_threads_batch):
            self._context.set_threads(*wanted)

"""The engine for asyncio."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Literal

from llamacffi.engine.engine import Engine
from llamacffi.engine.many import Many
from llamacffi.engine.request import Request
from llamacffi.generation import Completion, SamplingParams
from llamacffi.generation.embedding import embedding
from llamacffi.generation.scoring import class_scores, rerank_scores

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Callable
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Self

    from llamacffi.core.model import Model
    from llamacffi.engine.stats import EngineStats
    from llamacffi.engine.stream import Stream
    from llamacffi.generation import Chunk
    from llamacffi.generation.pooling import Pooling, Text
    from llamacffi.generation.prompt import Prompt

__all__ = ["AsyncEngine", "AsyncStream"]

_DEFAULTS = SamplingParams()


class AsyncEngine:
    """An `Engine` whose answers are awaited; made from a model, or around an engine that threads use too.

    Options are the engine's. A task that is cancelled cancels its request. One wake-up a step serves all the streams of
    an event loop.
    """

    def __init__(self, model: Model | Engine, **options: Any) -> None:
        self.engine = model if isinstance(model, Engine) else Engine(model, **options)
        self._owned = not isinstance(model, Engine)
        self._wakers: dict[asyncio.AbstractEventLoop, _Waker] = {}

    async def submit(self, request: Request | Prompt, params: SamplingParams = _DEFAULTS) -> AsyncStream:
        """Hand in a request and return its answer as it comes; raises what `Engine.submit` raises.

        A long prompt is tokenized in another thread, and a grammar parsed there.
        """
        asked = request if isinstance(request, Request) else Request(prompt=request, params=params)
        return (await self.submit_all([asked]))[0]

    async def submit_all(self, requests: collections.abc.Sequence[Request]) -> list[AsyncStream]:
        """Hand in several requests, which begin together; raises what `submit` raises."""
        loop = asyncio.get_running_loop()
        for old in [one for one in self._wakers if one.is_closed()]:
            del self._wakers[old]
        waker = self._wakers.setdefault(loop, _Waker(loop, self.engine))
        streams = await asyncio.to_thread(self.engine.submit_all, requests)
        return [AsyncStream(stream, waker) for stream in streams]

    async def generate(self, request: Request | Prompt, params: SamplingParams = _DEFAULTS) -> Completion:
        """Answer one request; `asyncio.gather` several."""
        async with await self.submit(request, params) as stream:
            return await stream.completion()

    async def generate_many(
        self,
        request: Request | Prompt,
        params: SamplingParams = _DEFAULTS,
        *,
        n: int,
        best_of: int | None = None,
        schema: Any = None,
    ) -> tuple[Completion, ...]:
        """As `Engine.generate_many`."""
        asked = request if isinstance(request, Request) else Request(prompt=request, params=params)
        many = await asyncio.to_thread(Many.of, self.engine.model.vocab, asked, n, best_of, schema)
        return many.completions(await asyncio.gather(*(self.generate(one) for one in many.requests)))

    async def embed(
        self,
        texts: collections.abc.Sequence[Text],
        *,
        normalize: Literal["l2"] | None = "l2",
        dimensions: int | None = None,
    ) -> NDArray[np.float32]:
        """As `Engine.embed`; a task that is cancelled ends it."""
        return await self._pool(embedding, texts, normalize=normalize, dimensions=dimensions)

    async def rerank(self, query: str, documents: collections.abc.Sequence[str]) -> NDArray[np.float32]:
        """As `Engine.rerank`."""
        return await self._pool(rerank_scores, query, documents)

    async def classify(self, texts: collections.abc.Sequence[Text]) -> NDArray[np.float32]:
        """As `Engine.classify`."""
        return await self._pool(class_scores, texts)

    async def _pool(self, make: Callable[..., Pooling], *arguments: Any, **options: Any) -> NDArray[np.float32]:
        pooling = await asyncio.to_thread(make, self.engine.model, *arguments, **options)
        return await asyncio.wrap_future(self.engine.submit_pooling(pooling))

    def stats(self) -> EngineStats:
        """As `Engine.stats`."""
        return self.engine.stats()

    async def close(self) -> None:
        """Close the engine, unless it was handed in."""
        if self._owned:
            await asyncio.to_thread(self.engine.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self.close()


class AsyncStream:
    """The answer to one request: `async for` its chunks, or await the whole `completion`.

    What came since the last look comes as one chunk. Ending the loop early does not end the request: leave `async with`
    around it, or `cancel`.
    """

    def __init__(self, stream: Stream, waker: _Waker) -> None:
        self.stream = stream
        self._ready = asyncio.Event()
        self._ready.set()  # something may have come before this line
        ready = self._ready
        stream.notify = lambda: waker.add(ready)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Chunk:
        chunk = await self._read()
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def completion(self) -> Completion:
        """Wait for the end and return the whole, what was read before included; raises what went wrong."""
        was_patient, self.stream.patient = self.stream.patient, True
        try:
            while await self._read() is not None:
                pass
        finally:
            self.stream.patient = was_patient
        return self.stream.completion()

    def cancel(self) -> None:
        """End it before its next token."""
        self.stream.cancel()

    async def _read(self) -> Chunk | None:
        try:
            while not self.stream.ended:
                self._ready.clear()
                chunk = self.stream.read_now()
                if chunk is not None:
                    return chunk
                if not self.stream.ended:
                    await self._ready.wait()
        except asyncio.CancelledError:
            self.cancel()
            raise
        return None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.cancel()


class _Waker:
    """Sets the events of one loop, all that came up in a step in one call."""

    def __init__(self, loop: asyncio.AbstractEventLoop, engine: Engine) -> None:
        self._loop = loop
        self._engine = engine
        self._events: list[asyncio.Event] = []

    def add(self, event: asyncio.Event) -> None:
        """In the engine's thread: set an event when the step is over."""
        if not self._events:
            self._engine.call_after_step(self._wake)
        self._events.append(event)

    def _wake(self) -> None:
        events, self._events = self._events, []
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits there
            self._loop.call_soon_threadsafe(_set, events)


def _set(events: list[asyncio.Event]) -> None:
    for event in events:
        event.set()

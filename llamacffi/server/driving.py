"""Jobs driven for HTTP: whole answers and streams, ended when the client goes.

    async with asking(http, name) as use:
        job = await make(build, use.served)
        return await event_stream(http, use, job, encode)

A stream outlives the handler: it takes the model over from `use`, and lets go of it when its last byte was sent.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from llamacffi.llama.async_job import run_async, stream_async
from llamacffi.server.errors import ApiError, error_of
from llamacffi.server.events import data_event
from llamacffi.server.media_parts import sources_in
from llamacffi.server.models.child import Child
from llamacffi.server.models.elsewhere import Elsewhere
from llamacffi.server.state import state_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
    from types import TracebackType

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send
    from typing_extensions import ParamSpec, Self

    from llamacffi.llama.job import Job
    from llamacffi.server.models.served import Served

    P = ParamSpec("P")

__all__ = ["Streamed", "Use", "asking", "event_stream", "make", "salt_of", "unless_gone", "whole", "with_media"]

Whole = TypeVar("Whole")
Part = TypeVar("Part")
_log = logging.getLogger("llamacffi.server")
_INTERNAL = 500
_UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Use:
    """A model while a request needs it."""

    served: Served
    salt: str | None
    """Whose the request is: prefixes, and what is stored, are shared with nobody else."""

    def __init__(self, http: Request, name: str | None) -> None:
        self._http, self._name = http, name
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        models = state_of(self._http).models
        served = await self._stack.enter_async_context(models.use(self._name))
        if isinstance(served, Child):
            raise Elsewhere([served], self.handed_over())
        self.served = served
        self.salt = salt_of(self._http)
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def handed_over(self) -> AsyncExitStack:
        """What is to be closed in its place, by whoever goes on using the model."""
        return self._stack.pop_all()


def asking(http: Request, name: str | None) -> Use:
    """The model that a request names, loaded if need be: `async with` it. Raises Elsewhere for another process's."""
    return Use(http, name)


def salt_of(http: Request) -> str | None:
    """What tells the request's API key from others; None where there is one at most."""
    salt: str | None = getattr(http.state, "cache_salt", None)
    return salt


async def make(function: Callable[P, Whole], *args: P.args, **options: P.kwargs) -> Whole:
    """Call a function that takes a while, to tokenize say, in another thread."""
    return await asyncio.to_thread(function, *args, **options)


async def with_media(
    http: Request, use: Use, messages: Sequence[Mapping[str, Any]], param: str = "messages"
) -> list[dict[str, Any]]:
    """The messages with Media in place of their pictures and sound, read beside the event loop.

    `param` is the field that they are in. Raises ApiError, and ClientDisconnect when the client goes before.
    """
    new = [dict(message) for message in messages]
    found = [*sources_in(messages, param)]
    if found:
        reading = state_of(http).media.read([source for _, _, source in found], use.served, use.salt)
        media = await unless_gone(http, http.receive, reading)
        for i in {i for i, _, _ in found}:
            new[i]["content"] = list(new[i]["content"])
        for (i, j, _), medium in zip(found, media, strict=True):
            new[i]["content"][j] = medium
    return new


async def whole(http: Request, use: Use, job: Job[Whole, Any]) -> Whole:
    """Do a job and return its response; raises ClientDisconnect, and cancels it, when the client goes."""
    _bound(http, job)
    return await unless_gone(http, http.receive, run_async(use.served.engine, job))


async def event_stream(
    http: Request,
    use: Use,
    job: Job[Any, Part],
    encode: Callable[[Part], bytes],
    *,
    last: bytes = b"data: [DONE]\n\n",
    media_type: str = "text/event-stream",
    error: Callable[[ApiError], bytes] | None = None,
) -> Response:
    """Do a job and send its parts as they come.

    The first is waited for here, so that what goes wrong before it is an answer with its own status. What goes wrong
    later is told by `error`. A stream that is not of events has no pings.
    """
    _bound(http, job)
    parts = await stream_async(use.served.engine, job)
    try:
        first = await unless_gone(http, http.receive, _first(parts))
    except BaseException:
        await parts.aclose()
        raise
    stack = use.handed_over()
    stack.push_async_callback(parts.aclose)

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            if first is not None:
                yield encode(first)
            async for part in parts:
                yield encode(part)
            if last:
                yield last
        except Exception as raised:  # noqa: BLE001 - the status is sent: it is told in the stream
            found = error_of(raised)
            if found.status == _INTERNAL:
                _log.exception("%s failed", http.url.path)
            yield told(found)

    def told(found: ApiError) -> bytes:
        return data_event(found.body()) if error is None else error(found)

    ping = state_of(http).ping_seconds if media_type == "text/event-stream" else None
    return Streamed(http, body(), stack, media_type, ping, told)


class Streamed(StreamingResponse):
    """Bytes as they come; the stream ends when the client goes, and says that it is still there when it is silent."""

    def __init__(
        self,
        http: Request,
        body: AsyncGenerator[bytes, None],
        stack: AsyncExitStack,
        media_type: str,
        ping: float | None,
        told: Callable[[ApiError], bytes],
        *,
        status: int = 200,
        headers: Mapping[str, str] = _UNBUFFERED,
    ) -> None:
        super().__init__(body, status, media_type=media_type, headers=headers)
        self._body, self._stack, self._ping = body, stack, ping
        self._http, self._told = http, told
        self._n_sent = 0

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        async with self._stack:
            start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            await send(start)
            silence = None if self._ping is None else asyncio.ensure_future(self._break_silence(self._ping, send))
            try:
                with suppress(ClientDisconnect):
                    await unless_gone(self._http, receive, self._write(send))
            except ApiError as error:  # the server goes down
                await send({"type": "http.response.body", "body": self._told(error), "more_body": False})
            finally:
                if silence is not None:
                    silence.cancel()
                await self._body.aclose()

    async def _write(self, send: Send) -> None:
        async for piece in self._body:
            self._n_sent += 1
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _break_silence(self, seconds: float, send: Send) -> None:
        while True:
            n_before = self._n_sent
            await asyncio.sleep(seconds)
            if self._n_sent == n_before:
                await send({"type": "http.response.body", "body": b": ping\n\n", "more_body": True})


async def _first(parts: AsyncGenerator[Part, None]) -> Part | None:
    return await anext(parts, None)


def _bound(http: Request, job: Job[Any, Any]) -> None:
    """Let the requests of a job take no longer than the server allows."""
    most = state_of(http).settings.timeout
    job.requests = tuple(
        replace(one, timeout=most if one.timeout is None else min(most, one.timeout)) for one in job.requests
    )


async def unless_gone(http: Request, receive: Receive, awaited: Coroutine[Any, Any, Whole]) -> Whole:
    """What is awaited.

    Cancels it and raises ClientDisconnect when the client goes before, ApiError 503 when the server does.
    """
    coming, gone = asyncio.ensure_future(awaited), asyncio.ensure_future(_gone(receive))
    state = state_of(http)
    down = asyncio.get_running_loop().create_future()
    state.waiting.add(down)
    try:
        await asyncio.wait({coming, gone, down}, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            return coming.result()
        if down.done():
            raise ApiError(503, "the server is going down, and the answer was not whole in time; ask again")
        raise ClientDisconnect
    finally:
        state.waiting.discard(down)
        coming.cancel()
        gone.cancel()
        await asyncio.gather(coming, gone, return_exceptions=True)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass

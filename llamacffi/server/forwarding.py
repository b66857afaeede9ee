"""Requests for models that have a process of their own, handed on to it, and its answers back."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from llamacffi.server.driving import Streamed, salt_of, unless_gone
from llamacffi.server.errors import ApiError
from llamacffi.server.events import data_event, dumps, named_event
from llamacffi.server.models.elsewhere import Elsewhere
from llamacffi.server.refusing import body_for

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx
    from starlette.requests import Request
    from starlette.responses import Response

    from llamacffi.server.models.child import Child

__all__ = ["forwarded"]

_GIVEN = ("accept", "anthropic-beta", "anthropic-version", "content-type", "x-request-id")
_TAKEN = ("cache-control", "content-length", "content-type", "retry-after", "x-accel-buffering")
_NOT_FOUND = 404


async def forwarded(http: Request, error: Exception) -> Response:
    """The answer of the process that has the model, or the first that knows of what is asked."""
    assert isinstance(error, Elsewhere)
    async with error.stack:
        for child in error.children:
            async with AsyncExitStack() as stack:
                response = await _asked(http, child, stack)
                if response.status_code != _NOT_FOUND or child is error.children[-1]:
                    await stack.enter_async_context(error.stack.pop_all())
                    return _answer(http, child, response, stack.pop_all())
    raise error  # there are some


async def _asked(http: Request, child: Child, stack: AsyncExitStack) -> httpx.Response:
    """Ask; what is to be closed after the answer goes to `stack`."""
    import httpx

    scope = http.scope
    path = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
    headers = {name: http.headers[name] for name in _GIVEN if name in http.headers}
    body = await http.body()  # which was read before
    request = child.asked(http.method, path, headers=headers, salt=salt_of(http), body=body)
    try:
        return await unless_gone(http, http.receive, stack.enter_async_context(request))
    except httpx.HTTPError as error:
        raise _ended(child) from error


def _answer(http: Request, child: Child, response: httpx.Response, stack: AsyncExitStack) -> Response:
    import httpx

    kind = response.headers.get("content-type", "application/octet-stream")

    def told(error: ApiError) -> bytes:
        body = body_for(http.url.path)(error)
        if not kind.startswith("text/event-stream"):
            return dumps(body) + b"\n"
        return named_event("error", body) if http.url.path.startswith("/v1/messages") else data_event(body)

    async def pieces() -> AsyncGenerator[bytes, None]:
        try:
            async for piece in response.aiter_raw():
                yield piece
        except httpx.HTTPError:
            if "content-length" in response.headers:
                raise
            yield told(_ended(child))

    headers: Any = {name: response.headers[name] for name in _TAKEN if name in response.headers}
    return Streamed(http, pieces(), stack, kind, None, told, status=response.status_code, headers=headers)


def _ended(child: Child) -> ApiError:
    message = f"the process of the model {child.name} has ended, and is started again; ask again"
    return ApiError(503, message, headers={"Retry-After": "1"})

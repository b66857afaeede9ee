"""How much is taken on: the size of bodies, what waits, and nothing more when the server is going down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

from llamacffi.server.errors import ApiError
from llamacffi.server.refusing import refuse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from llamacffi.server.state import ServerState

__all__ = ["Admission", "BodyLimit"]

_BYTES_A_TOKEN = 4
_LOOKED_AT = frozenset({"/health", "/v1/health", "/livez", "/readyz", "/metrics"})


class BodyLimit:
    """Refuses bodies above a size, whatever they are said to be."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = next((value for key, value in scope["headers"] if key == b"content-length"), b"0")
        if told.isdigit() and int(told) > self._most:
            await refuse(self._error(), scope, receive, send)
            return
        n_read = 0

        async def counted() -> Message:
            nonlocal n_read
            message = await receive()
            n_read += len(message.get("body", b""))
            if n_read > self._most:
                raise HTTPException(413, self._error().message)  # the one that FastAPI lets pass while it reads
            return message

        await self._app(scope, counted, send)

    def _error(self) -> ApiError:
        return ApiError(413, f"the body is larger than {self._most} bytes, which is the most that is taken")


class Admission:
    """Counts the requests that are under way, takes in no more than may wait, and none when the server goes down."""

    def __init__(self, app: ASGIApp, state: ServerState) -> None:
        self._app, self._state = app, state
        self._n_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        state = self._state
        if scope["type"] != "http" or scope["method"] == "GET" or scope["path"] in _LOOKED_AT:
            await self._app(scope, receive, send)
            return
        if state.draining:
            headers = {"Retry-After": "5"}
            await refuse(ApiError(503, "the server is going down; ask again", headers=headers), scope, receive, send)
            return
        n_bytes = _length(scope)
        most = state.settings.max_queued_tokens * _BYTES_A_TOKEN
        if most and self._n_bytes and self._n_bytes + n_bytes > most:
            message = f"requests of about {self._n_bytes // _BYTES_A_TOKEN} tokens are not answered yet; ask again"
            error = ApiError(429, message, "server_overloaded", headers={"Retry-After": "1"})
            await refuse(error, scope, receive, send)
            return
        self._n_bytes += n_bytes
        state.n_running += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._n_bytes -= n_bytes
            state.n_running -= 1


def _length(scope: Any) -> int:
    told = next((value for key, value in scope["headers"] if key == b"content-length"), b"0")
    return int(told) if told.isdigit() else 0

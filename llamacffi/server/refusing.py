"""Answers that are errors before any route has seen the request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi.server.events import dumps

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from starlette.types import Receive, Scope, Send

    from llamacffi.server.errors import ApiError

__all__ = ["body_for", "refuse"]


async def refuse(error: ApiError, scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer with an error, in the words of the protocol that the path belongs to."""
    body = dumps(body_for(scope["path"])(error))
    headers = {"content-type": "application/json", "content-length": str(len(body)), **error.headers}
    listed = [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": listed})
    await send({"type": "http.response.body", "body": body})


def body_for(path: str) -> Callable[[ApiError], dict[str, Any]]:
    """How the protocol of a path words errors."""
    if path.startswith("/v1/messages"):
        from llamacffi.server.messages.errors import body as told
    elif path.startswith("/api/"):
        from llamacffi.server.ollama.errors import body as told
    else:
        return lambda error: error.body()
    return told

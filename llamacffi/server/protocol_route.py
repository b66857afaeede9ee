"""Routes of protocols that tell of errors in bodies of their own."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from fastapi import Response
from fastapi.routing import APIRoute

from llamacffi.server.errors import ApiError, error_of
from llamacffi.server.events import dumps
from llamacffi.server.models.elsewhere import Elsewhere
from llamacffi.server.schemas.errors import ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Request
    from pydantic import BaseModel

__all__ = ["answers", "error_response", "route_of"]

_log = logging.getLogger("llamacffi.server")
_INTERNAL = 500


def answers(description: str, errors: type[BaseModel], *, stream: str | None = None) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route whose errors have that body; `stream` is the media type of its parts."""
    answer: dict[str, Any] = {"description": description}
    if stream is not None:
        answer["content"] = {stream: {"schema": {"type": "string"}}}
    told = {status: {"model": errors, "description": one["description"]} for status, one in ERRORS.items()}
    return {200: answer, **told}


def route_of(body: Callable[[ApiError], dict[str, Any]]) -> type[APIRoute]:
    """The class of routes whose errors have that body: `APIRouter(route_class=route_of(body))`."""

    class ProtocolRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handled(request: Request) -> Response:
                try:
                    return await handle(request)
                except Elsewhere:
                    raise
                except Exception as error:  # noqa: BLE001 - whatever it is, the client is told in its own words
                    found = error_of(error)
                    if found.status == _INTERNAL:
                        _log.exception("%s failed", request.url.path)
                    return error_response(found, body)

            return handled

    return ProtocolRoute


def error_response(error: ApiError, body: Callable[[ApiError], dict[str, Any]]) -> Response:
    """The answer that tells of an error."""
    return Response(dumps(body(error)), error.status, dict(error.headers or {}), "application/json")

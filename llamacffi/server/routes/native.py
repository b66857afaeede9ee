"""llama-server's own completions."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from llamacffi.server.driving import asking, event_stream, make, whole
from llamacffi.server.events import data_event, dumps
from llamacffi.server.native.completion import native_of
from llamacffi.server.openai.naming import naming
from llamacffi.server.schemas.answers import of
from llamacffi.server.schemas.native import InfillRequest, NativeRequest
from llamacffi.server.state import state_of

__all__ = ["router"]

router = APIRouter(tags=["llama-server"])
_ANSWERS: Any = of(None, "The text, and how it came about; with `stream` in parts, as events.", stream=True)


@router.post("/completion", response_model=None, responses=_ANSWERS)
@router.post("/completions", response_model=None, include_in_schema=False)
async def completion(http: Request, asked: NativeRequest) -> Response:
    """Continue a text, or several, and tell all that llama-server tells."""
    return await _completed(http, asked)


@router.post("/infill", response_model=None, responses=_ANSWERS)
async def infill(http: Request, asked: InfillRequest) -> Response:
    """Fill the gap between two texts, with other files at hand; for models that have tokens for that."""
    return await _completed(http, asked)


async def _completed(http: Request, asked: NativeRequest) -> Response:
    async with asking(http, asked.model) as use, naming(asked, use):
        job = await make(native_of, asked, use.served, use.salt, state_of(http).media)
        if asked.stream:
            return await event_stream(http, use, job, data_event, last=b"")
        return Response(dumps(await whole(http, use, job)), media_type="application/json")

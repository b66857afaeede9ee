"""OpenAI's completions: text that continues prompts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from llamacffi.llama.types import CreateCompletionResponse
from llamacffi.server.driving import asking, event_stream, make, whole
from llamacffi.server.events import data_event, dumps
from llamacffi.server.openai.completion import completion_of
from llamacffi.server.openai.naming import naming
from llamacffi.server.schemas.answers import of
from llamacffi.server.schemas.completions import CompletionRequest
from llamacffi.server.state import state_of

__all__ = ["router"]

router = APIRouter(tags=["OpenAI"])
_ANSWERS: Any = of(CreateCompletionResponse, "The texts; with `stream` their parts, as events.", stream=True)


@router.post("/v1/completions", response_model=None, responses=_ANSWERS)
@router.post("/v1/engines/copilot-codex/completions", response_model=None, include_in_schema=False)
async def completions(http: Request, asked: CompletionRequest) -> Response:
    """Continue a text, or several, or fill the gap before a suffix."""
    async with asking(http, asked.model) as use, naming(asked, use):
        job = await make(completion_of, asked, use.served, use.salt, state_of(http).media)
        if asked.stream:
            return await event_stream(http, use, job, data_event)
        return Response(dumps(await whole(http, use, job)), media_type="application/json")

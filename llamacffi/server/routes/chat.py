"""OpenAI's chat completions."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from llamacffi.llama.types import CreateChatCompletionResponse
from llamacffi.server.driving import asking, event_stream, make, whole, with_media
from llamacffi.server.events import data_event, dumps
from llamacffi.server.openai.chat import chat_of
from llamacffi.server.openai.naming import naming
from llamacffi.server.schemas.answers import of
from llamacffi.server.schemas.chat import ChatRequest

__all__ = ["router"]

router = APIRouter(tags=["OpenAI"])
_ANSWERS: Any = of(CreateChatCompletionResponse, "The answer; with `stream` its parts, as events.", stream=True)


@router.post("/v1/chat/completions", response_model=None, responses=_ANSWERS)
@router.post("/chat/completions", response_model=None, include_in_schema=False)
async def chat_completions(http: Request, asked: ChatRequest) -> Response:
    """Answer a conversation, and call its tools."""
    async with asking(http, asked.model) as use, naming(asked, use):
        asked.messages = await with_media(http, use, asked.messages)
        job = await make(chat_of, asked, use.served, use.salt)
        if asked.stream:
            return await event_stream(http, use, job, data_event)
        return Response(dumps(await whole(http, use, job)), media_type="application/json")

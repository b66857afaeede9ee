"""Anthropic's Messages: /v1/messages and /v1/messages/count_tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from llamacffi.server.driving import asking, event_stream, make, whole, with_media
from llamacffi.server.events import dumps, named_event
from llamacffi.server.messages.blocks import conversation
from llamacffi.server.messages.errors import ErrorBody, body
from llamacffi.server.messages.job import MessageJob
from llamacffi.server.messages.schema import CountRequest, MessagesRequest, choice_of, options_of, tools_of
from llamacffi.server.protocol_route import answers, route_of
from llamacffi.server.turn_options import turn_options
from llamacffi.server.turns import chat_turn, n_prompt_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llamacffi.server.driving import Use

__all__ = ["router"]

router = APIRouter(tags=["Messages"], route_class=route_of(body))
_MESSAGE: Any = answers("The message; with `stream` its events.", ErrorBody, stream="text/event-stream")
_COUNT: Any = answers("The count, as `input_tokens`.", ErrorBody)


@router.post("/v1/messages", response_model=None, responses=_MESSAGE)
async def create(http: Request, asked: MessagesRequest) -> Response:
    """Answer a conversation: blocks of text, thoughts, and calls of tools."""
    async with asking(http, asked.model) as use:
        messages, prefill = await _conversation(http, use, asked)
        job = await make(_job, asked, use, messages, prefill)
        if not asked.stream:
            answer: dict[str, Any] = await whole(http, use, job)
            return Response(dumps(answer), media_type="application/json")
        return await event_stream(http, use, job, _encoded, last=b"", error=lambda error: _encoded(body(error)))


@router.post("/v1/messages/count_tokens", response_model=None, responses=_COUNT)
async def count(http: Request, asked: CountRequest) -> Response:
    """How many tokens the prompt of a message would have."""
    async with asking(http, asked.model) as use:
        messages, prefill = await _conversation(http, use, asked)
        n_tokens = await make(_count, asked, use, messages, prefill)
    return Response(dumps({"input_tokens": n_tokens}), media_type="application/json")


async def _conversation(http: Request, use: Use, asked: CountRequest) -> tuple[list[dict[str, Any]], str]:
    messages, prefill = await make(conversation, asked)
    return await with_media(http, use, messages), prefill


def _job(asked: MessagesRequest, use: Use, messages: Sequence[Mapping[str, Any]], prefill: str) -> MessageJob:
    chat = chat_turn(
        use.served.llama,
        messages,
        _options(asked, use),
        tools=tools_of(asked),
        tool_choice=choice_of(asked),
        prefill=prefill,
        streams=bool(asked.stream),
    )
    return MessageJob(chat, model=use.served.name, stop_sequences=asked.stop_sequences or ())


def _count(asked: CountRequest, use: Use, messages: Sequence[Mapping[str, Any]], prefill: str) -> int:
    return n_prompt_tokens(
        use.served.llama,
        messages,
        _options(asked, use),
        tools=tools_of(asked),
        tool_choice=choice_of(asked),
        prefill=prefill,
    )


def _options(asked: CountRequest, use: Use) -> dict[str, Any]:
    own = options_of(asked)
    if isinstance(asked, MessagesRequest):
        own |= {"temperature": asked.temperature, "top_p": asked.top_p, "top_k": asked.top_k}
    return turn_options(asked.model_extra or {}, own, use.served, use.salt)


def _encoded(event: dict[str, Any]) -> bytes:
    return named_event(event["type"], event)

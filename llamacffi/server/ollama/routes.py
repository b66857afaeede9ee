"""Ollama's answers: /api/chat, /api/generate, /api/embed, /api/embeddings."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from fastapi import APIRouter, Request, Response

from llamacffi.errors import TemplateError
from llamacffi.llama.completion import COMPLETION_DEFAULTS, completion_job
from llamacffi.llama.embeddings import to_embed
from llamacffi.server.driving import asking, event_stream, make, unless_gone, whole, with_media
from llamacffi.server.events import dumps
from llamacffi.server.ollama.conversation import conversation, question
from llamacffi.server.ollama.errors import ErrorBody, body
from llamacffi.server.ollama.job import LineJob, Lines, RawJob
from llamacffi.server.ollama.schema import (
    Answered,
    ChatRequest,
    EmbeddingsRequest,
    EmbedRequest,
    GenerateRequest,
    options_of,
    seconds_of,
)
from llamacffi.server.protocol_route import answers, route_of
from llamacffi.server.state import state_of
from llamacffi.server.turn_options import turn_options
from llamacffi.server.turns import chat_turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from llamacffi.llama.embeddings import ToEmbed
    from llamacffi.server.driving import Use
    from llamacffi.server.models.served import Served

__all__ = ["router"]

router = APIRouter(tags=["Ollama"], route_class=route_of(body))
_LINES = "application/x-ndjson"
_ANSWER: Any = answers("The answer, line by line unless `stream` is false.", ErrorBody, stream=_LINES)
_VECTORS: Any = answers("The vectors.", ErrorBody)


@router.post("/api/chat", response_model=None, responses=_ANSWER)
async def chat(http: Request, asked: ChatRequest) -> Response:
    """Answer a conversation, line by line unless `stream` is false."""
    start = perf_counter()
    async with asking(http, asked.model) as use:
        lines = Lines("chat", asked.model or use.served.name, start, load=perf_counter() - start)
        reason = _keep(http, use, asked)
        if not asked.messages:
            return _json(lines.loaded(reason))
        messages = await with_media(http, use, conversation(asked.messages))
        job = await make(_chat_job, asked, use, lines, messages)
        return await _answered(http, use, job, asked)


@router.post("/api/generate", response_model=None, responses=_ANSWER)
async def generate(http: Request, asked: GenerateRequest) -> Response:
    """Answer a prompt, or go on from it, line by line unless `stream` is false."""
    start = perf_counter()
    async with asking(http, asked.model) as use:
        lines = Lines("generate", asked.model or use.served.name, start, load=perf_counter() - start)
        reason = _keep(http, use, asked)
        if not (asked.prompt or asked.suffix):
            return _json(lines.loaded(reason))
        is_question = not (asked.raw or asked.suffix)
        messages = await with_media(http, use, question(asked), "images") if is_question else []
        job = await make(_generate_job, asked, use, lines, messages)
        return await _answered(http, use, job, asked)


@router.post("/api/embed", response_model=None, responses=_VECTORS)
async def embed(http: Request, asked: EmbedRequest) -> Response:
    """Vectors of texts, each of the length 1."""
    start = perf_counter()
    async with asking(http, asked.model) as use:
        loaded = perf_counter()
        given = [asked.input] if isinstance(asked.input, str) else asked.input
        texts, rows = await unless_gone(
            http, http.receive, _rows(use.served, given, truncate=asked.truncate is not False)
        )
        answer = {
            "model": asked.model or use.served.name,
            "embeddings": [_normalized(row[: asked.dimensions]).tolist() for row in rows],
            "total_duration": round((perf_counter() - start) * 1e9),
            "load_duration": round((loaded - start) * 1e9),
            "prompt_eval_count": texts.n_tokens if texts is not None else 0,
        }
    return _json(answer)


@router.post("/api/embeddings", response_model=None, responses=_VECTORS)
async def embeddings(http: Request, asked: EmbeddingsRequest) -> Response:
    """The vector of one text, as the model has it."""
    async with asking(http, asked.model) as use:
        _, rows = await unless_gone(
            http, http.receive, _rows(use.served, [asked.prompt] if asked.prompt else [], truncate=True)
        )
    return _json({"embedding": rows[0].tolist() if rows else []})


def _chat_job(asked: ChatRequest, use: Use, lines: Lines, messages: Sequence[Mapping[str, Any]]) -> LineJob:
    made = chat_turn(
        use.served.llama, messages, _options(asked, use), tools=asked.tools, streams=asked.stream is not False
    )
    return LineJob(made, lines)


def _generate_job(
    asked: GenerateRequest, use: Use, lines: Lines, messages: Sequence[Mapping[str, Any]]
) -> LineJob | RawJob:
    if asked.context or asked.template:
        name = "context" if asked.context else "template"
        message = f"{name} is not supported; /api/chat takes conversations, and raw a prompt that is written already"
        raise TemplateError(message)
    options = _options(asked, use)
    if messages:
        return LineJob(chat_turn(use.served.llama, messages, options, streams=asked.stream is not False), lines)
    if asked.images:
        message = "images are not supported with a raw prompt or a suffix; leave them out"
        raise TemplateError(message)
    known = {name: value for name, value in options.items() if name in COMPLETION_DEFAULTS}
    made = completion_job(
        use.served.llama,
        asked.prompt or "",
        {**known, "logprobs": asked.top_logprobs or 0 if asked.logprobs else None},
        suffix=asked.suffix,
        max_tokens=options["max_tokens"],
        temperature=options["temperature"],
    )
    return RawJob(made.requests, lines, streams=asked.stream is not False)


def _keep(http: Request, use: Use, asked: Answered) -> str:
    """Say how long the model is to be kept; and how a request without a prompt ends then."""
    if asked.keep_alive is None:
        return "load"
    seconds = seconds_of(asked.keep_alive)
    is_kept = state_of(http).models.keep(use.served.name, seconds)
    return "unload" if is_kept and not seconds else "load"


async def _answered(http: Request, use: Use, job: LineJob | RawJob, asked: Answered) -> Response:
    if asked.stream is False:
        answer: dict[str, Any] = await whole(http, use, job)
        return _json(answer)
    return await event_stream(
        http, use, job, _line, last=b"", media_type=_LINES, error=lambda error: _line(body(error))
    )


def _options(asked: Answered, use: Use) -> dict[str, Any]:
    fields = (asked.options.model_extra or {}) if asked.options is not None else {}
    return turn_options(fields, options_of(asked), use.served, use.salt)


async def _rows(
    served: Served, texts: Sequence[str], *, truncate: bool
) -> tuple[ToEmbed | None, list[NDArray[np.float32]]]:
    """A vector for each text; of a model that does not pool that of the last token."""
    if not texts:
        return None, []
    tokenized: ToEmbed = await make(to_embed, served.llama, list(texts), truncate=truncate)
    if tokenized.pooling is None:
        rows: list[NDArray[np.float32]] = await make(served.llama.rows_of, tokenized)
        return tokenized, [row[-1] for row in rows]
    vectors = await asyncio.wrap_future(served.engine.engine.submit_pooling(tokenized.pooling))
    return tokenized, list(vectors)


def _normalized(row: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(row.astype(np.float64)))
    return row / length if length else row


def _line(line: dict[str, Any]) -> bytes:
    return dumps(line) + b"\n"


def _json(value: object) -> Response:
    return Response(dumps(value), media_type="application/json")

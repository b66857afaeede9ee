"""OpenAI's embeddings: vectors of texts."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from llamacffi.server.driving import asking, unless_gone
from llamacffi.server.events import dumps
from llamacffi.server.openai.embedding import embedded
from llamacffi.server.openai.naming import naming
from llamacffi.server.schemas.answers import of
from llamacffi.server.schemas.embeddings import EmbeddingAnswer, EmbeddingRequest

__all__ = ["router"]

router = APIRouter(tags=["OpenAI"])
_ANSWERS: Any = of(EmbeddingAnswer, "A vector of length 1 for each text.")


@router.post("/v1/embeddings", response_model=None, responses=_ANSWERS)
async def embeddings(http: Request, asked: EmbeddingRequest) -> Response:
    """Turn texts into vectors."""
    async with asking(http, asked.model) as use, naming(asked, use):
        return Response(
            dumps(await unless_gone(http, http.receive, embedded(asked, use.served))), media_type="application/json"
        )

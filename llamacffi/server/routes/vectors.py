"""llama-server's own embeddings, and reranking."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from llamacffi.server.driving import asking, unless_gone
from llamacffi.server.events import dumps
from llamacffi.server.native.vectors import native_vectors, reranked
from llamacffi.server.openai.naming import naming
from llamacffi.server.schemas.answers import of
from llamacffi.server.schemas.native import NativeEmbedding, RerankRequest
from llamacffi.server.state import state_of

__all__ = ["router"]

router = APIRouter(tags=["llama-server"])
_VECTORS: Any = of(None, '[{"index": …, "embedding": [[…]]}], one vector a text, or one for each of its tokens.')
_SCORES: Any = of(None, '{"results": [{"index": …, "relevance_score": …}]}, the best first.')


@router.post("/embedding", response_model=None, responses=_VECTORS)
@router.post("/embeddings", response_model=None, include_in_schema=False)
async def embedding(http: Request, asked: NativeEmbedding) -> Response:
    """Turn texts into vectors, as llama-server gives them."""
    async with asking(http, asked.model) as use, naming(asked, use):
        return Response(
            dumps(
                await unless_gone(http, http.receive, native_vectors(asked, use.served, use.salt, state_of(http).media))
            ),
            media_type="application/json",
        )


@router.post("/v1/rerank", response_model=None, responses=_SCORES)
@router.post("/rerank", response_model=None, include_in_schema=False)
@router.post("/reranking", response_model=None, include_in_schema=False)
@router.post("/v1/reranking", response_model=None, include_in_schema=False)
async def rerank(http: Request, asked: RerankRequest) -> Response:
    """Order documents by how well they answer a query; for models that are made for it."""
    async with asking(http, asked.model) as use, naming(asked, use):
        return Response(
            dumps(await unless_gone(http, http.receive, reranked(asked, use.served))), media_type="application/json"
        )

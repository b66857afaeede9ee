"""llama-server's own embeddings, and reranking."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi.core.media_tokens import MediaToken, has_media
from llamacffi.generation.scoring import rerank_scores
from llamacffi.llama.embeddings import to_embed
from llamacffi.server.driving import make
from llamacffi.server.errors import ApiError
from llamacffi.server.native.prompts import See, native_prompts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from llamacffi.llama import Llama
    from llamacffi.server.media import MediaIntake
    from llamacffi.server.models.served import Served
    from llamacffi.server.schemas.native import NativeEmbedding, RerankRequest

__all__ = ["native_vectors", "normalized", "reranked"]

_LARGEST = 32760.0
"""What llama.cpp makes of the largest number, in the norm for int16."""


async def native_vectors(
    asked: NativeEmbedding, served: Served, salt: str | None, media: MediaIntake
) -> list[dict[str, Any]]:
    """The vectors of each text, of one that does not pool those of its tokens. Raises what `Llama.embed` raises.

    `media` reads pictures and sound.
    """
    content = asked.input if asked.content is None else asked.content
    if content is None:
        message = "content is missing: the text that is to be embedded"
        raise ApiError(400, message, param="content")
    see: See = lambda data: media.data(data, served, salt, "content")  # noqa: E731
    prompts = await make(_prompts, served.llama, content, see)
    texts = await make(to_embed, served.llama, prompts, truncate=False)
    rows: list[NDArray[np.float32]]
    if texts.pooling is None:
        rows = await make(served.llama.rows_of, texts)
    else:
        pooled = await asyncio.wrap_future(served.engine.engine.submit_pooling(texts.pooling))
        norm = 2 if asked.embd_normalize is None else asked.embd_normalize
        rows = [normalized(row, norm)[None] for row in np.asarray(pooled)]
    return [{"index": i, "embedding": row.tolist()} for i, row in enumerate(rows)]


def _prompts(llama: Llama, content: Any, see: See) -> list[list[int]]:
    """The tokens of each text; what is in pictures and sound is computed here, and not while others wait."""
    prompts, _ = native_prompts(llama, content, see, "content")
    tokens = [token for prompt in prompts if has_media(prompt) for token in prompt if isinstance(token, MediaToken)]
    for chunk in {id(token.chunk): token.chunk for token in tokens}.values():
        chunk.projector.encode(chunk)
    return prompts


def normalized(row: NDArray[np.float32], norm: int) -> NDArray[np.float32]:
    """By llama.cpp's numbers (common_embd_normalize): -1 is as it is, 0 by the largest, p by the p-norm."""
    if norm < 0:
        return row
    wide = np.abs(row.astype(np.float64))
    by = wide.max() / _LARGEST if norm == 0 else float((wide**norm).sum() ** (1 / norm))
    return (row / by if by > 0 else np.zeros_like(row)).astype(np.float32)


async def reranked(asked: RerankRequest, served: Served) -> Any:
    """The documents by their scores, the best first: as Jina's API has it, or as Text Embeddings Inference."""
    documents = asked.texts if asked.documents is None else asked.documents
    if documents is None:
        message = "documents is missing: the texts that are to be ordered"
        raise ApiError(400, message, param="documents")
    pooling = await make(rerank_scores, served.llama.model, asked.query, documents)
    told = await asyncio.wrap_future(served.engine.engine.submit_pooling(pooling))
    scores = [float(score) for score in np.asarray(told).reshape(-1)]
    order = sorted(range(len(scores)), key=lambda i: -scores[i])[: asked.top_n]
    if asked.documents is None:
        text = [{"text": documents[i]} if asked.return_text else {} for i in order]
        return [{"index": i, "score": scores[i], **more} for i, more in zip(order, text, strict=True)]
    n_tokens = sum(map(len, pooling.prompts))
    return {
        "model": served.name,
        "object": "list",
        "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
        "results": [{"index": i, "relevance_score": scores[i]} for i in order],
    }

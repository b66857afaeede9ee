"""From a request for embeddings to its answer."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi.llama.embeddings import to_embed
from llamacffi.server.driving import make
from llamacffi.server.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from llamacffi.server.models.served import Served
    from llamacffi.server.schemas.embeddings import EmbeddingRequest

__all__ = ["embedded"]


async def embedded(asked: EmbeddingRequest, served: Served) -> dict[str, Any]:
    """The response. Raises ApiError, and what `Llama.embed` raises of its arguments.

    Of a model that does not pool, as those that generate text, the vector is that of the last token.
    """
    llama = served.llama
    width = llama.model.n_embd_out
    if asked.dimensions is not None and asked.dimensions > width:
        message = f"dimensions is {asked.dimensions}, but the model's vectors have {width}"
        raise ApiError(400, message, param="dimensions")
    rows: list[NDArray[np.float32]]
    texts = await make(to_embed, llama, asked.input, truncate=bool(asked.truncate))
    if texts.pooling is None:
        rows = [row[-1] for row in await make(llama.rows_of, texts)]
    else:
        rows = [*(await asyncio.wrap_future(served.engine.engine.submit_pooling(texts.pooling)))]
    as_text = asked.encoding_format == "base64"
    return await make(_response, rows, texts.n_tokens, served.name, asked.dimensions, as_text=as_text)


def _response(
    rows: Sequence[NDArray[np.float32]], n_tokens: int, model: str, dimensions: int | None, *, as_text: bool
) -> dict[str, Any]:
    vectors = [_unit(row[:dimensions]) for row in rows]
    data = [
        {"object": "embedding", "index": i, "embedding": _base64(one) if as_text else one.tolist()}
        for i, one in enumerate(vectors)
    ]
    usage = {"prompt_tokens": n_tokens, "total_tokens": n_tokens}
    return {"object": "list", "data": data, "model": model, "usage": usage}


def _unit(row: NDArray[np.float32]) -> NDArray[np.float32]:
    """The vector with the length 1; one without a length stays."""
    length = float(np.linalg.norm(row.astype(np.float64)))
    return (row / length).astype(np.float32) if length else row


def _base64(row: NDArray[np.float32]) -> str:
    return base64.b64encode(row.astype("<f4").tobytes()).decode("ascii")

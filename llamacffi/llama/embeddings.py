"""Vectors of texts, and how well documents answer a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from llamacffi._native.convert import boolean, enum_names, enum_value, integer
from llamacffi.core.media_tokens import has_media
from llamacffi.errors import ContextOverflow, MediaError
from llamacffi.llama.base import LlamaBase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from llamacffi.core.context import Context
    from llamacffi.core.media import Media
    from llamacffi.generation.pooling import Pooling
    from llamacffi.llama.types import CreateEmbeddingResponse, CreateRerankResponse, EmbeddingUsage, RerankResult

    Tokens = Sequence[int | str | Media]
    Texts = str | bytes | Sequence[int | str | Media | Tokens]
    Vectors = list[float] | list[list[float]] | list[list[list[float]]]

__all__ = ["Embeddings", "Texts", "Vectors", "embedding_response", "ranked", "to_embed", "vectors_of"]

_POOLING = "enum llama_pooling_type"


class Embeddings(LlamaBase):
    """The calls that embed and rerank."""

    _token_context: Context | None = None

    def create_embedding(self, input: Texts, model: str | None = None) -> CreateEmbeddingResponse:  # noqa: A002 - the name that others call it by
        """The vector of a text, or of each of several, in the shape of OpenAI's API. Raises what `embed` raises."""
        texts = to_embed(self, input, truncate=True)
        return embedding_response(self, texts, self.rows_of(texts), model)

    @overload
    def embed(
        self,
        input: Texts,
        normalize: bool = False,  # noqa: FBT001, FBT002
        truncate: bool = True,  # noqa: FBT001, FBT002
        return_count: Literal[False] = False,  # noqa: FBT002
    ) -> Any: ...
    @overload
    def embed(
        self,
        input: Texts,
        normalize: bool = False,  # noqa: FBT001, FBT002
        truncate: bool = True,  # noqa: FBT001, FBT002
        *,
        return_count: Literal[True],
    ) -> tuple[Any, int]: ...
    def embed(
        self,
        input: Texts,  # noqa: A002
        normalize: bool = False,  # noqa: FBT001, FBT002 - as others call it
        truncate: bool = True,  # noqa: FBT001, FBT002
        return_count: bool = False,  # noqa: FBT001, FBT002
    ) -> Any:
        """The vector of a text, list[float] of n_embd numbers, or of each of a list of texts, in a list.

        A model that does not pool gives one for each token, list[list[float]], if no `pooling_type` was asked for.
        `normalize` gives each the length 1. A list of texts and `Media` is one text, of a model that pools the last. A
        text that is too long is cut off, or without `truncate` raises ContextOverflow. With `return_count` a tuple: the
        vectors, and how many tokens there were.

        Raises TypeError for what is no text, ValueError for one without tokens, ContextError for a model that embeds
        not.
        """
        texts = to_embed(self, input, truncate=boolean("truncate", truncate))
        vectors = vectors_of(texts, self.rows_of(texts), normalize=boolean("normalize", normalize))
        return (vectors, texts.n_tokens) if boolean("return_count", return_count) else vectors

    def rerank(
        self, query: str, documents: Sequence[str], *, top_n: int | None = None, return_documents: bool = False
    ) -> CreateRerankResponse:
        """Score documents by how well they answer a query, and return the `top_n` best, the best first.

        The scores have no scale of their own: the higher the better. Raises ContextError for a model that is not made
        for it, ContextOverflow for a query and a document that do not fit together.
        """
        from llamacffi.generation.scoring import rerank_scores

        pooling = rerank_scores(self.model, query, documents)
        scores, n_tokens = self.engine.pool(pooling).tolist(), sum(map(len, pooling.prompts))
        return ranked(self, documents, scores, n_tokens, top_n=top_n, return_documents=return_documents)

    def pooling_type(self) -> int:
        """How embeddings are pooled, as llama.cpp's number: 0 is not at all, 1 the mean, 2 CLS, 3 the last token."""
        return enum_names(_POOLING)[self.pooling]

    @property
    def pooling(self) -> str:
        """How embeddings are pooled: "none", "mean", "cls", "last" or "rank"."""
        from llamacffi._native.binding import ffi

        names = enum_names(_POOLING)
        asked = enum_value("pooling_type", self._context_options.get("pooling_type", -1), ffi.typeof(_POOLING))
        if asked < 0:
            architecture = self.metadata.get("general.architecture", "")
            asked = int(self.metadata.get(f"{architecture}.pooling_type", 0))
        return next((name for name, number in names.items() if number == asked), "none")

    def rows_of(self, texts: ToEmbed) -> list[NDArray[np.float32]]:
        """Of each text its vector, float32[n_embd_out], or those of its tokens."""
        return self._token_rows(texts.prompts) if texts.pooling is None else list(self.engine.pool(texts.pooling))

    def _token_rows(self, prompts: list[list[int]]) -> list[NDArray[np.float32]]:
        from llamacffi.core.batch import Batch

        with self._lock:
            self._check_open()
            longest = max(map(len, prompts), default=1)
            context = self._token_context
            if context is None or context.n_ubatch < longest:
                if context is not None:
                    context.close()
                options = {**self._context_options, "n_batch": longest, "n_ubatch": longest, "pooling_type": "none"}
                context = self._token_context = self.model.context(n_ctx=longest, embeddings=True, **options)
        rows = []
        batch = Batch(context.n_ubatch)
        for prompt in prompts:
            batch.clear()
            batch.extend(prompt, 0, 0, output="all")
            with context.exclusive():
                if context.has_memory:
                    context.memory.clear(data=False)
                (context.encode if self.model.has_encoder else context.decode)(batch)
                rows.append(context.embeddings(None))
        return rows

    def _close(self) -> None:
        with self._lock:
            context, self._token_context = self._token_context, None
        if context is not None:
            context.close()
        super()._close()


@dataclass(frozen=True, eq=False)
class ToEmbed:
    """Texts as tokens, and what an engine is to compute of them; nothing when each token has a vector."""

    prompts: list[list[int]]
    single: bool
    pooling: Pooling | None

    @property
    def n_tokens(self) -> int:
        """Of all texts."""
        return sum(map(len, self.prompts))


def to_embed(llama: Embeddings, texts: Any, *, truncate: bool) -> ToEmbed:
    """Tokenize what is to be embedded. Raises what `embed` raises of its arguments."""
    from llamacffi.generation.embedding import embedding
    from llamacffi.generation.prompt import has_media_parts

    single = isinstance(texts, (str, bytes, bytearray)) or (len(texts) > 0 and isinstance(texts[0], (int, np.integer)))
    single = single or has_media_parts(texts)
    prompts = [_tokens(llama, text) for text in ([texts] if single else texts)]
    most = min(llama.n_ctx(), llama.model.n_ctx_train)
    pooled = llama.pooling != "none"
    for i, prompt in enumerate(prompts):
        if not prompt:
            message = f"text {i} has no tokens, and so there is nothing to embed; leave it out"
            raise ValueError(message)
        sees = has_media(prompt)
        if sees and not pooled:
            message = f"text {i} has pictures or sound in it, and its tokens no vectors; pooling_type='last' gives one"
            raise MediaError(message)
        if len(prompt) > most and (sees or not truncate):
            remedy = "shorten it" if sees else "truncate=True cuts it off"
            message = f"text {i} has {len(prompt)} tokens, more than the {most} that fit; {remedy}"
            raise ContextOverflow(message)
    prompts = [prompt[:most] for prompt in prompts]
    return ToEmbed(prompts, single, embedding(llama.model, prompts, normalize=None) if pooled else None)


def vectors_of(texts: ToEmbed, rows: Sequence[NDArray[np.float32]], *, normalize: bool) -> Any:
    """The vectors as lists, for a single text without a list around it."""
    vectors = [(_normalized(row) if normalize else row).tolist() for row in rows]
    return vectors[0] if texts.single else vectors


def embedding_response(
    llama: LlamaBase, texts: ToEmbed, rows: Sequence[NDArray[np.float32]], model: str | None
) -> CreateEmbeddingResponse:
    """The vectors in the shape of OpenAI's API."""
    return {
        "object": "list",
        "data": [{"object": "embedding", "embedding": row.tolist(), "index": i} for i, row in enumerate(rows)],
        "model": llama.model_path if model is None else model,
        "usage": {"prompt_tokens": texts.n_tokens, "total_tokens": texts.n_tokens},
    }


def ranked(
    llama: LlamaBase,
    documents: Sequence[str],
    scores: Sequence[float],
    n_tokens: int,
    *,
    top_n: int | None,
    return_documents: bool,
) -> CreateRerankResponse:
    """Documents with their scores, the best first."""
    if top_n is not None:
        integer("top_n", top_n, 1)
    order = sorted(range(len(scores)), key=lambda i: -scores[i])[:top_n]
    results: list[RerankResult] = [{"index": i, "relevance_score": scores[i]} for i in order]
    if return_documents:
        for result in results:
            result["document"] = documents[result["index"]]
    usage: EmbeddingUsage = {"prompt_tokens": n_tokens, "total_tokens": n_tokens}
    return {"object": "list", "model": llama.model_path, "results": results, "usage": usage}


def _tokens(llama: LlamaBase, text: Any) -> list[int]:
    from llamacffi.generation.prompt import has_media_parts, token_ids
    from llamacffi.llama.prompts import mixed_ids

    if isinstance(text, (str, bytes, bytearray)):
        return llama.tokenize(text)
    return mixed_ids(llama, text) if has_media_parts(text) else token_ids(llama.vocab, text)


def _normalized(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.sqrt(np.square(rows, dtype=np.float64).sum(axis=-1, keepdims=True))
    return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)

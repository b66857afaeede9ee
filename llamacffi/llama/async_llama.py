"""A Llama for asyncio."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Literal, overload

from llamacffi._native.convert import boolean
from llamacffi.engine import AsyncEngine
from llamacffi.generation.scoring import rerank_scores
from llamacffi.llama.async_chat import AsyncChats
from llamacffi.llama.async_job import run_async, stream_async
from llamacffi.llama.completion import COMPLETION_DEFAULTS, CompletionOptions, completion_job
from llamacffi.llama.embeddings import embedding_response, ranked, to_embed, vectors_of
from llamacffi.llama.llama import Llama
from llamacffi.llama.options import DEFAULTS, LlamaOptions
from llamacffi.llama.pretrained import AsyncPretrained
from llamacffi.llama.scoring import log_probability, perplexity_job, perplexity_of, scoring_job
from llamacffi.llama.signature import spelt_out

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterator, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Self, Unpack

    from llamacffi.llama.completion import Prompts
    from llamacffi.llama.embeddings import Texts, ToEmbed
    from llamacffi.llama.types import (
        CreateCompletionResponse,
        CreateCompletionStreamResponse,
        CreateEmbeddingResponse,
        CreateRerankResponse,
    )

__all__ = ["AsyncLlama"]


class AsyncLlama(AsyncChats, AsyncPretrained):
    """A `Llama` whose calls are awaited, and whose streams are iterated with `async for`.

    Made with a Llama's arguments, or around a Llama that threads use too; `await AsyncLlama.load(…)` loads the model in
    another thread. A task that is cancelled cancels what it asked for, and so does closing a stream. What needs no
    computing is asked of the Llama inside, `llama`.
    """

    @spelt_out(LlamaOptions, DEFAULTS)
    def __init__(self, model_path: str | os.PathLike[str] | Llama, **options: Unpack[LlamaOptions]) -> None:
        if isinstance(model_path, Llama) and options:
            message = f"the Llama is made already; {', '.join(options)} cannot be given any more"
            raise TypeError(message)
        self.llama = model_path if isinstance(model_path, Llama) else Llama(model_path, **options)
        """The Llama that it stands on."""
        self._owned = not isinstance(model_path, Llama)
        self._lock = threading.Lock()
        self._engine: AsyncEngine | None = None

    @classmethod
    async def load(cls, model_path: str | os.PathLike[str], **options: Unpack[LlamaOptions]) -> Self:
        """Make one without keeping the event loop from other work while the model is loaded."""
        return await asyncio.to_thread(lambda: cls(model_path, **options))

    async def _asked(self) -> AsyncEngine:
        if self._engine is None or self.llama.closed:
            engine = await asyncio.to_thread(lambda: self.llama.engine)
            with self._lock:
                if self._engine is None:
                    self._engine = AsyncEngine(engine)
        return self._engine

    @overload
    async def create_completion(
        self,
        prompt: Prompts,
        suffix: str | None = None,
        max_tokens: int | None = 16,
        temperature: float = 0.8,
        *,
        stream: Literal[False] = False,
        **options: Unpack[CompletionOptions],
    ) -> CreateCompletionResponse: ...
    @overload
    async def create_completion(
        self,
        prompt: Prompts,
        suffix: str | None = None,
        max_tokens: int | None = 16,
        temperature: float = 0.8,
        *,
        stream: Literal[True],
        **options: Unpack[CompletionOptions],
    ) -> AsyncIterator[CreateCompletionStreamResponse]: ...
    @overload
    async def create_completion(
        self,
        prompt: Prompts,
        suffix: str | None = None,
        max_tokens: int | None = 16,
        temperature: float = 0.8,
        *,
        stream: bool,
        **options: Unpack[CompletionOptions],
    ) -> CreateCompletionResponse | AsyncIterator[CreateCompletionStreamResponse]: ...
    @spelt_out(CompletionOptions, COMPLETION_DEFAULTS)
    async def create_completion(
        self,
        prompt: Prompts,
        suffix: str | None = None,
        max_tokens: int | None = 16,
        temperature: float = 0.8,
        *,
        stream: bool = False,
        **options: Unpack[CompletionOptions],
    ) -> CreateCompletionResponse | AsyncIterator[CreateCompletionStreamResponse]:
        """As `Llama.create_completion`; a stream is `async for part in await llm.create_completion(…, stream=True)`."""
        job = await asyncio.to_thread(
            completion_job,
            self.llama,
            prompt,
            options,
            suffix=suffix,
            max_tokens=max_tokens,
            temperature=temperature,
            streams=boolean("stream", stream),
        )
        engine = await self._asked()
        if job.streams:
            return await stream_async(engine, job)
        return await run_async(engine, job)

    __call__ = create_completion

    async def create_embedding(self, input: Texts, model: str | None = None) -> CreateEmbeddingResponse:  # noqa: A002
        """As `Llama.create_embedding`."""
        texts = await asyncio.to_thread(to_embed, self.llama, input, truncate=True)
        return embedding_response(self.llama, texts, await self._rows(texts), model)

    async def embed(
        self,
        input: Texts,  # noqa: A002
        normalize: bool = False,  # noqa: FBT001, FBT002
        truncate: bool = True,  # noqa: FBT001, FBT002
        return_count: bool = False,  # noqa: FBT001, FBT002
    ) -> Any:
        """As `Llama.embed`."""
        texts = await asyncio.to_thread(to_embed, self.llama, input, truncate=truncate)
        vectors = vectors_of(texts, await self._rows(texts), normalize=normalize)
        return (vectors, texts.n_tokens) if return_count else vectors

    async def rerank(
        self, query: str, documents: Sequence[str], *, top_n: int | None = None, return_documents: bool = False
    ) -> CreateRerankResponse:
        """As `Llama.rerank`."""
        pooling = await asyncio.to_thread(rerank_scores, self.llama.model, query, documents)
        engine = await self._asked()
        scores = await asyncio.wrap_future(engine.engine.submit_pooling(pooling))
        n_tokens = sum(map(len, pooling.prompts))
        return ranked(self.llama, documents, scores.tolist(), n_tokens, top_n=top_n, return_documents=return_documents)

    async def score(self, text: str, *, prompt: str = "") -> float:
        """As `Llama.score`."""
        job = await asyncio.to_thread(scoring_job, self.llama, text, prompt)
        return log_probability(await run_async(await self._asked(), job))

    async def perplexity(self, text: str, *, window: int | None = None) -> float:
        """As `Llama.perplexity`."""
        job = await asyncio.to_thread(perplexity_job, self.llama, text, window)
        return perplexity_of(await run_async(await self._asked(), job))

    async def tokenize(self, text: bytes | str, add_bos: bool = True, special: bool = False) -> list[int]:  # noqa: FBT001, FBT002
        """As `Llama.tokenize`, in another thread."""
        return await asyncio.to_thread(self.llama.tokenize, text, add_bos, special)

    async def detokenize(
        self,
        tokens: Sequence[int],
        prev_tokens: Sequence[int] | None = None,
        special: bool = False,  # noqa: FBT001, FBT002
    ) -> bytes:
        """As `Llama.detokenize`, in another thread."""
        return await asyncio.to_thread(self.llama.detokenize, tokens, prev_tokens, special)

    async def _rows(self, texts: ToEmbed) -> list[NDArray[np.float32]]:
        if texts.pooling is None:
            return await asyncio.to_thread(self.llama.rows_of, texts)
        engine = await self._asked()
        rows = await asyncio.wrap_future(engine.engine.submit_pooling(texts.pooling))
        return list(rows)

    @property
    def closed(self) -> bool:
        """Whether the Llama inside is closed."""
        return self.llama.closed

    async def close(self) -> None:
        """Close the Llama, unless it was handed in."""
        if self._owned:
            await asyncio.to_thread(self.llama.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<AsyncLlama around {self.llama!r}>"

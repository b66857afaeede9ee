"""What calls that complete, embed and rerank give: dicts of the shapes that OpenAI's API has."""

from __future__ import annotations

import sys
from typing import Any, Literal

if sys.version_info >= (3, 12):
    from typing import NotRequired, TypedDict
else:  # pydantic takes no others there
    from typing_extensions import NotRequired, TypedDict

__all__ = [
    "CompletionChoice",
    "CompletionLogprobs",
    "CompletionUsage",
    "CreateCompletionResponse",
    "CreateCompletionStreamResponse",
    "CreateEmbeddingResponse",
    "CreateRerankResponse",
    "Embedding",
    "EmbeddingUsage",
    "JsonType",
    "RerankResult",
    "StreamOptions",
]

JsonType = int | str | bool | list[Any] | dict[str, Any] | None


class EmbeddingUsage(TypedDict):
    """Token counts of texts that were embedded."""

    prompt_tokens: int
    total_tokens: int


class Embedding(TypedDict):
    """The vector of one text, or with pooling "none" one for each of its tokens."""

    index: int
    object: str
    embedding: list[float] | list[list[float]]


class CreateEmbeddingResponse(TypedDict):
    """What `create_embedding` returns."""

    object: Literal["list"]
    model: str
    data: list[Embedding]
    usage: EmbeddingUsage


class RerankResult(TypedDict):
    """How well one document answers the query; `index` is its place among those given."""

    index: int
    relevance_score: float
    document: NotRequired[str]


class CreateRerankResponse(TypedDict):
    """What `create_rerank` returns: the best document first."""

    object: Literal["list"]
    model: str
    results: list[RerankResult]
    usage: EmbeddingUsage


class CompletionLogprobs(TypedDict):
    """How probable the tokens were: natural logarithms, by the model's logits before any sampling."""

    text_offset: list[int]
    """Where each token begins, in characters of the prompt and the text after it."""
    token_logprobs: list[float | None]
    tokens: list[str]
    top_logprobs: list[dict[str, float] | None]


class CompletionChoice(TypedDict):
    """One answer."""

    text: str
    index: int
    logprobs: CompletionLogprobs | None
    finish_reason: Literal["stop", "length"] | None


class CompletionUsage(TypedDict):
    """Token counts, of all choices together; a prompt counts once."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CreateCompletionResponse(TypedDict):
    """What `create_completion` returns, and each part of its stream."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: NotRequired[CompletionUsage]


CreateCompletionStreamResponse = CreateCompletionResponse


class StreamOptions(TypedDict, total=False):
    """What a stream tells besides its text."""

    include_usage: bool
    """A last part, with no choices, that has the usage."""

"""Texts that are to be embedded."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from llamacffi.server.schemas.base import Asked, Integer

__all__ = ["MOST_INPUTS", "EmbeddingAnswer", "EmbeddingRequest"]

MOST_INPUTS = 2048
_Tokens = Annotated[list[int], Field(min_length=1)]
_Several = Annotated[list[str | _Tokens], Field(min_length=1, max_length=MOST_INPUTS)]


class EmbeddingRequest(Asked):
    """One text or several, each a text or token ids."""

    input: str | _Tokens | _Several = Field(description="A text, token ids, or a list of such.")
    encoding_format: Literal["float", "base64"] | None = Field(
        default=None, description="base64 is that of the numbers as float32, little-endian."
    )
    dimensions: Annotated[Integer, Field(ge=1)] | None = Field(
        default=None, description="Keep that many of the numbers, and give them the length 1 again."
    )
    truncate: bool | None = Field(default=None, description="Cut off what is too long, which else is an error.")
    user: str | None = None


class EmbeddingUsage(BaseModel):
    """Tokens of all texts."""

    prompt_tokens: int
    total_tokens: int


class Embedding(BaseModel):
    """The vector of one text."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingAnswer(BaseModel):
    """A vector for each text, in their order."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage

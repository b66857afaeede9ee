"""Requests of llama-server's own routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from llamacffi.server.schemas.base import Asked, Integer
from llamacffi.server.schemas.sampling import MOST_ANSWERS, Generating

__all__ = ["DetokenizeTokens", "InfillRequest", "NativeEmbedding", "NativeRequest", "RerankRequest", "TokenizeContent"]

_Mixed = str | list[Any] | dict[str, Any]


class NativeRequest(Generating):
    """One prompt or several: a text, token ids, both mixed in a list, or a list of such."""

    prompt: _Mixed = Field(
        description='"text", [1, 2], [1, "text"], {"prompt_string": "text"}, or a list of such. With pictures: '
        '{"prompt_string": "What is <__media__>?", "multimodal_data": ["base64"]}, a marker for each.'
    )
    n_cmpl: Annotated[Integer, Field(ge=1, le=MOST_ANSWERS)] | None = Field(default=None, description="The same as n.")
    n_keep: Annotated[Integer, Field(ge=-1)] | None = None
    t_max_predict_ms: Integer | None = Field(
        default=None, description="Milliseconds after which the answer ends with its next line; 0 or less is no limit."
    )
    n_indent: Annotated[Integer, Field(le=2**31 - 1)] | None = Field(
        default=None, description="Spaces that each line after the first has to begin with; one that has fewer ends it."
    )
    post_sampling_probs: Literal[False] | None = Field(
        default=None, description="Only false: what is told are the model's own probabilities, before sampling."
    )
    return_tokens: bool | None = Field(default=None, description="Give the token ids beside the text.")
    response_fields: list[str] | None = Field(default=None, description="Give these alone; a/b is b of a.")


class TokenizeContent(Asked):
    """A text, as llama-server asks for its tokens (`content`), or as vLLM does (`prompt`)."""

    content: str | list[Any] | None = Field(default=None, description="A text, or texts and token ids mixed.")
    add_special: bool | None = Field(default=None, description="Add BOS, where the model wants it; false by default.")
    parse_special: bool | None = Field(
        default=None, description="Let what looks so be control tokens; true by default."
    )
    with_pieces: bool | None = Field(default=None, description="Tell what each token spells.")
    prompt: str | None = None
    add_special_tokens: bool | None = Field(default=None, description="vLLM's add_special, true by default.")


class DetokenizeTokens(Asked):
    """Token ids."""

    tokens: list[int]


class Extra(BaseModel):
    """Another file."""

    filename: str = "tmp"
    text: str


class InfillRequest(NativeRequest):
    """What is before a gap, and what after it."""

    prompt: str = Field(default="", description="The beginning of what is in the gap.")
    input_prefix: str
    input_suffix: str
    input_extra: list[Extra] | None = Field(default=None, description="Other files, the most important one last.")


class NativeEmbedding(Asked):
    """One text or several, each a text or token ids."""

    content: str | list[Any] | dict[str, Any] | None = Field(
        default=None, description="A text, token ids, a prompt_string with multimodal_data, or a list of such."
    )
    input: str | list[Any] | dict[str, Any] | None = Field(default=None, description="The same by OpenAI's name.")
    embd_normalize: Annotated[Integer, Field(ge=-1, le=64)] | None = Field(
        default=None, description="-1 for nothing, 0 by the largest, 1 by the sum, 2 (the default) by the length."
    )


class RerankRequest(Asked):
    """A query, and what is to be ordered by how well it answers that."""

    query: str
    documents: Annotated[list[str], Field(min_length=1, max_length=2048)] | None = None
    texts: Annotated[list[str], Field(min_length=1, max_length=2048)] | None = Field(
        default=None, description="The same by the name that Text Embeddings Inference has, whose answer it then is."
    )
    top_n: Annotated[Integer, Field(ge=1)] | None = None
    return_text: bool | None = None

"""A text that is to be continued."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from llamacffi.server.schemas.base import Integer
from llamacffi.server.schemas.sampling import MOST_ANSWERS, Generating

__all__ = ["MOST_PROMPTS", "CompletionRequest"]

MOST_PROMPTS = 2048
_Texts = Annotated[list[str], Field(min_length=1, max_length=MOST_PROMPTS)]
_Tokens = Annotated[list[int], Field(min_length=1)]
_Several = Annotated[list[str | _Tokens | dict[str, Any]], Field(min_length=1, max_length=MOST_PROMPTS)]


class CompletionRequest(Generating):
    """One prompt or several, each a text or token ids."""

    prompt: str | _Tokens | _Texts | _Several | dict[str, Any] = Field(
        description='A text, token ids, {"prompt_string": "<__media__>", "multimodal_data": ["base64"]}, or a list.'
    )
    suffix: str | None = Field(default=None, description="What comes after the gap that the answer fills.")
    echo: bool | None = Field(default=None, description="Begin the answer with the prompt.")
    best_of: Annotated[Integer, Field(ge=1, le=MOST_ANSWERS)] | None = Field(
        default=None, description="Make that many answers, and give the n most probable of them."
    )
    logprobs: Annotated[Integer, Field(ge=0, le=2**31 - 1)] | None = Field(
        default=None, description="How many of the most probable tokens to tell of at each place."
    )
    response_format: dict[str, Any] | None = None

"""Tokens of texts, and texts of tokens."""

from __future__ import annotations

from pydantic import Field

from llamacffi.server.schemas.base import Asked

__all__ = ["DetokenizeRequest", "TokenizeRequest"]


class TokenizeRequest(Asked):
    """A text; what looks like a control token is one."""

    input: str


class DetokenizeRequest(Asked):
    """Token ids."""

    tokens: list[int] = Field(description="Ids of the model's vocabulary.")

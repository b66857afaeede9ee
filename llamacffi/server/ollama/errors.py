"""Errors as Ollama's API tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

if TYPE_CHECKING:
    from llamacffi.server.errors import ApiError

__all__ = ["ErrorBody", "body"]


class ErrorBody(BaseModel):
    """The body of every answer that is an error."""

    error: str


def body(error: ApiError) -> dict[str, Any]:
    """An error is its message; it is also the last line of a stream that went wrong."""
    return {"error": error.message}

"""Errors as Anthropic's API tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

if TYPE_CHECKING:
    from llamacffi.server.errors import ApiError

__all__ = ["ErrorBody", "body"]

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
}
_INTERNAL = 500


class ErrorTold(BaseModel):
    """One error."""

    type: str
    message: str


class ErrorBody(BaseModel):
    """The body of every answer that is an error."""

    type: Literal["error"]
    error: ErrorTold


def body(error: ApiError) -> dict[str, Any]:
    """An error by its status; its data is also that of the event `error` of a stream."""
    kind = _TYPES.get(error.status, "invalid_request_error" if error.status < _INTERNAL else "api_error")
    return {"type": "error", "error": {"type": kind, "message": error.message}}

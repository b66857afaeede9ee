"""What is declared of errors, for the description of the routes."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["ERRORS", "ErrorBody"]


class ErrorTold(BaseModel):
    """One error."""

    model_config = ConfigDict(extra="allow")

    message: str
    type: str
    code: str | int | None = None
    param: str | None = None


class ErrorBody(BaseModel):
    """The body of every answer that is an error."""

    error: ErrorTold


_STATUSES = {
    400: "The request is not what it must be.",
    401: "The API key is missing, or nobody's.",
    403: "This is not allowed.",
    404: "There is no such model.",
    413: "The request is too large.",
    415: "The request is not JSON.",
    429: "Too many requests wait already.",
    500: "Something went wrong in the server.",
    501: "The model or the server cannot do this.",
    503: "The model is loading, or the server is going down.",
}
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": text} for status, text in _STATUSES.items()
}
"""`responses=ERRORS` of every route."""

"""What is declared of answers, for the description of the routes; nothing is checked by it when they are made."""

from __future__ import annotations

from typing import Any

from llamacffi.server.schemas.errors import ERRORS

__all__ = ["of"]


def of(model: Any, description: str, *, stream: bool = False) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: a type that pydantic describes, or None; events too, and the errors."""
    answer: dict[str, Any] = {"description": description}
    if model is not None:
        answer["model"] = model
    if stream:
        answer["content"] = {"text/event-stream": {"schema": {}}}
    return {200: answer, **ERRORS}

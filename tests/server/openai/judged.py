"""Answers as OpenAI's own types read them, strictly: nothing is converted, nothing unknown is let through."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

__all__ = ["events", "judged"]

_OURS = {"timings", "reasoning_content"}
"""What these answers say beyond OpenAI's, as llama-server's do."""


def judged(kind: Any, text: str | bytes) -> Any:
    """The answer as an object of one of OpenAI's types."""
    adapter = TypeAdapter(kind)
    try:
        read = adapter.validate_json(text, strict=True)
    except ValidationError as error:
        if not all(map(_is_openais_own, error.errors())):
            raise
        read = kind.construct(**json.loads(text))
    assert not set(_unknown(read)) - _OURS
    return read


def events(kind: Any, text: str) -> list[Any]:
    """The parts of a stream that ends as OpenAI's do."""
    assert text.endswith("\n\n")
    lines = text[:-2].split("\n\n")
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [judged(kind, line.removeprefix("data: ")) for line in lines[:-1]]


def dicts(text: str) -> list[dict[str, Any]]:
    """The same as they came."""
    return [json.loads(line.removeprefix("data: ")) for line in text.split("\n\n")[:-2]]


def _is_openais_own(error: Any) -> bool:
    """Whether it is a null which OpenAI's own completions have, and their type has not."""
    *_, where, name = error["loc"]
    return error["input"] is None and (
        name == "finish_reason" or (where in ("token_logprobs", "top_logprobs") and name == 0)
    )


def _unknown(read: Any) -> Iterator[str]:
    if isinstance(read, BaseModel):
        yield from read.model_extra or ()
        for name in type(read).model_fields:
            yield from _unknown(getattr(read, name))
    elif isinstance(read, list):
        for one in read:
            yield from _unknown(one)

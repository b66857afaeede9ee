"""Which field of a request an error is about."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from llamacffi.errors import ContextError, ContextOverflow
from llamacffi.server.errors import ApiError, error_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llamacffi.server.driving import Use
    from llamacffi.server.schemas.base import Asked

__all__ = ["naming"]

_COUNTED = re.compile(r"has (\d+) tokens")
_SUBJECT = re.compile(r"(?:the |each of )*(\w+)")
_ABOUT = (
    (re.compile("logit bias"), ("logit_bias",)),
    (re.compile("stop string"), ("stop",)),
    (re.compile(r"message|conversation|surrogate"), ("messages", "prompt", "input")),
    (re.compile(r"prompt|text \d|\btoken\b"), ("content", "prompt", "input", "tokens", "messages")),
    (re.compile("tool"), ("tools",)),
    (re.compile("schema"), ("response_format",)),
    (re.compile("grammar"), ("grammar",)),
)
"""What an error speaks of, and the fields that may be meant, the likelier first."""


@asynccontextmanager
async def naming(asked: Asked, use: Use) -> AsyncIterator[None]:
    """Make of what is wrong with a request's values an ApiError that names the field, and says what did not fit."""
    try:
        yield
    except ContextError as error:  # the model is not made for what is asked of it
        raise ApiError(501, str(error), param="model") from error
    except (ValueError, TypeError, NotImplementedError) as error:
        found = error_of(error)
        if found.param is None:
            found.param = _field(str(error), asked)
        if isinstance(error, ContextOverflow):
            counted = _COUNTED.search(str(error))
            found.more = {
                "n_prompt_tokens": int(counted[1]) if counted else None,
                "n_ctx": use.served.n_ctx,
                **found.more,
            }
        raise found from error


def _field(message: str, asked: Asked) -> str | None:
    fields = type(asked).model_fields
    subject = _SUBJECT.match(message)
    if subject is not None and subject[1] in fields:
        return subject[1]
    meant = [name for about, names in _ABOUT if about.search(message) for name in names if name in fields]
    return meant[0] if meant else None

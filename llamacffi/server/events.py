"""Events as bytes, as `text/event-stream` has them."""

from __future__ import annotations

import json
from typing import Any

try:
    import orjson
except ImportError:  # an extra of the extra: it is faster
    orjson = None  # type: ignore[assignment]

__all__ = ["data_event", "dumps", "named_event"]


def dumps(value: Any) -> bytes:
    """JSON, in UTF-8; what is no text in UTF-8 is escaped, what is no number is null."""
    if orjson is not None:
        try:
            return orjson.dumps(value)
        except TypeError:  # half a surrogate pair, an integer above 64 bits
            pass
    return json.dumps(value, separators=(",", ":")).encode()


def data_event(value: Any) -> bytes:
    """An event without a name."""
    return b"data: " + dumps(value) + b"\n\n"


def named_event(name: str, value: Any) -> bytes:
    """An event with its name."""
    return b"event: " + name.encode() + b"\ndata: " + dumps(value) + b"\n\n"

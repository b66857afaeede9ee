"""Questions with pictures and sound, and what was answered."""

from __future__ import annotations

from typing import Any

from llamacffi import Media
from tests.models.colors import plain

__all__ = ["BLUE", "RED", "SAYS", "asks", "content", "part", "text"]

RED, BLUE = plain("red"), plain("blue")
SAYS: Any = {"temperature": 0, "max_tokens": 6}
"""Options of a short answer that is always the same."""


def part(media: Media | str) -> dict[str, Any]:
    """A picture, or the URL of one, as OpenAI's API has it."""
    return {"type": "image_url", "image_url": {"url": media if isinstance(media, str) else media.data_uri}}


def asks(*parts: Any) -> list[dict[str, Any]]:
    """A message of the user's; texts become parts."""
    listed = [{"type": "text", "text": one} if isinstance(one, str) else one for one in parts]
    return [{"role": "user", "content": listed}]


def content(answer: Any) -> Any:
    """What a chat completion says."""
    return answer["choices"][0]["message"]["content"]


def text(answer: Any) -> Any:
    """What a completion says."""
    return answer["choices"][0]["text"]

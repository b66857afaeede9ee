"""Pictures and sound in messages: what a template sees of them, and where they are in what it writes."""

from __future__ import annotations

import re
import reprlib
import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llamacffi.core.media import Media
from llamacffi.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MARKED", "MARKER", "media_part", "portable", "shown", "split", "take_media"]

MARKER = "<__media__>"
"""What stands for a medium in a prompt that is shown."""

MARKED = re.compile(r"<__media_[0-9a-f]{16}_\d+__>")
"""What a marker looks like, for who lays messages out; what is one the media's own markers say."""


def take_media(messages: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], dict[str, Media]]:
    """The messages with a marker for each medium, and the media by their markers.

    A marker is drawn anew, so that no text can hold one. A message with media becomes one text, as llama.cpp's own
    server makes it: a line for each part, and a medium where it stands. Raises MediaError for a medium that cannot be
    read, TemplateError for a part that is none.
    """
    media: dict[str, Media] = {}
    nonce = secrets.token_hex(8)
    return [_marked(message, media, nonce) for message in messages], media


def media_part(part: Any) -> Media | None:
    """The medium that a part of a message is; None for a text and for what a template may know.

    `Media`, `{"type": "image", "image": …}` or "audio", of whatever `Media.of` takes, or OpenAI's `image_url` and
    `input_audio`, whose data are in the part. Raises MediaError.
    """
    if isinstance(part, Media):
        return part
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind == "image" and "image" in part:
        return Media.image(part["image"])
    if kind == "audio" and "audio" in part:
        return Media.audio(part["audio"])
    if kind == "image_url":
        given = part.get("image_url")
        url = given.get("url") if isinstance(given, Mapping) else given
        if isinstance(url, str) and url[:5].lower() != "data:":
            message = f"an image_url is {reprlib.repr(url)}, but must be a data URI here: fetch it, and give its bytes"
            raise TemplateError(message)
        return Media.image(url)
    if kind == "input_audio":
        given = part.get("input_audio")
        data = given.get("data") if isinstance(given, Mapping) else None
        if not isinstance(data, str):
            message = f'input_audio is {reprlib.repr(given)}, but must be {{"data": base64, "format": "wav"}}'
            raise TemplateError(message)
        return Media.audio(data if data[:5].lower() == "data:" else f"data:audio/wav;base64,{data}")
    return None


def portable(messages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The messages with their media as data URIs, which JSON can hold."""
    return [_portable(message) for message in messages]


def _portable(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    if not isinstance(content, Sequence) or isinstance(content, (str, bytes)):
        return dict(message)
    media = [(part, media_part(part)) for part in content]
    parts = [part if medium is None else {"type": medium.kind, medium.kind: medium.data_uri} for part, medium in media]
    return {**message, "content": parts}


def split(text: str, media: Mapping[str, Media]) -> Iterator[tuple[int, int, Media | None]]:
    """Yield where each text of a rendered prompt begins and ends, with the medium that follows; None after the last.

    Raises TemplateError when the template has left one out.
    """
    start, missing = 0, dict(media)
    for match in re.finditer("|".join(map(re.escape, media)), text) if media else ():
        yield start, match.start(), media[match[0]]
        start = match.end()
        missing.pop(match[0], None)
    if missing:
        message = f"the chat template leaves out {next(iter(missing.values()))!r}, which is in the messages"
        raise TemplateError(message)
    yield start, len(text), None


def shown(text: str, media: Mapping[str, Media]) -> str:
    """A rendered prompt as it is shown: with llama.cpp's marker for each medium."""
    for marker in media:
        text = text.replace(marker, MARKER)
    return text


def _marked(message: Mapping[str, Any], media: dict[str, Media], nonce: str) -> Mapping[str, Any]:
    content = message.get("content")
    if not isinstance(content, Sequence) or isinstance(content, (str, bytes)):
        return message
    found = [media_part(part) for part in content]
    if not any(found):
        texts = [{"type": "text", "text": part} if isinstance(part, str) else part for part in content]
        return {**message, "content": texts}
    text, after_text = "", False
    for part, medium in zip(content, found, strict=True):
        if medium is not None:
            marker = f"<__media_{nonce}_{len(media)}__>"
            media[marker] = medium
            text, after_text = text + marker, False
            continue
        written = part if isinstance(part, str) else part.get("text") if isinstance(part, Mapping) else None
        if not isinstance(written, str):
            message_ = f"a part beside a picture or sound is {reprlib.repr(part)}, but must be a text"
            raise TemplateError(message_)
        text, after_text = f"{text}\n{written}" if after_text else text + written, True
    return {**message, "content": text}

"""Which parts of messages are pictures and sound, in the words of all protocols."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from llamacffi.errors import MediaError
from llamacffi.server.errors import ApiError

__all__ = ["MediaSource", "bytes_of", "inline", "sources_in", "too_large"]

Kind = Literal["image", "audio"]
_NAMES: dict[str, tuple[Kind, tuple[str, ...]]] = {
    "image_url": ("image", ("image_url", "url")),
    "input_image": ("image", ("image_url", "url")),
    "image": ("image", ("image", "url")),
    "audio_url": ("audio", ("audio_url", "url")),
    "input_audio": ("audio", ("input_audio", "data", "url")),
    "audio": ("audio", ("audio", "url")),
}
"""What a part of each type is of, and under which names its URL or its data are, also one within the other."""
_UNREAD = frozenset({"file", "input_file", "input_video", "video", "video_url"})


@dataclass(frozen=True)
class MediaSource:
    """Where a picture or a sound is to be had."""

    kind: Kind | None
    """None where only the data say it."""
    given: str
    """A URL, or the data themselves in base64."""
    where: str
    """Which it is, for who is told that something is wrong with it: "image 1", of all in the request."""
    param: str
    """The field of the request that it is in."""


def sources_in(messages: Sequence[Mapping[str, Any]], param: str) -> Iterator[tuple[int, int, MediaSource]]:
    """Yield each picture and sound with its message and part; `param` is the field that they are in.

    Raises ApiError for a part that cannot be read.
    """
    n = 0
    for i, message in enumerate(messages):
        content = message.get("content")
        if not isinstance(content, list):
            continue
        for j, part in enumerate(content):
            found = _source(part, n + 1, param)
            if found is not None:
                n += 1
                yield i, j, found


def _source(part: object, n: int, param: str) -> MediaSource | None:
    """What a part of a message is of; None for a text. Raises ApiError."""
    kind = part.get("type") if isinstance(part, Mapping) else None
    if not isinstance(part, Mapping) or not isinstance(kind, str):
        return None
    if kind in _UNREAD:
        message = f"a part is of the type {kind!r}, which is not read here: give text, image_url or input_audio"
        raise ApiError(400, message, param=param)
    if kind not in _NAMES:
        return None
    of, names = _NAMES[kind]
    given: Any = part
    for _ in names:
        if not isinstance(given, Mapping):
            break
        given = next((given[name] for name in names if name in given), None)
    if not isinstance(given, str) or not given:
        message = f"{of} {n}, a part of the type {kind}, has {given!r:.100}, but must have a URL, or data in base64"
        raise ApiError(400, message, param=param)
    return MediaSource(of, given, f"{of} {n}", param)


def inline(given: str) -> bool:
    """Whether what is given is the data, and no URL."""
    return given[:5].lower() == "data:" or "://" not in given[:64]


def bytes_of(given: str, most: int) -> bytes:
    """The data of a data URI, or of base64 alone. Raises MediaError for what is none, or more than `most` bytes."""
    text = given
    if given[:5].lower() == "data:":
        head, comma, text = given.partition(",")
        if not comma or not head.lower().endswith(";base64"):
            message = f"it begins with {given[:60]!r}, but must be a data URI of base64: data:image/png;base64,…"
            raise MediaError(message)
    if len(text) * 3 // 4 > most + most // 8 + 2:  # there may be line ends
        raise too_large(most)
    try:
        data = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"it is {given[:60]!r}…, which is no URL, and no base64: {error}"
        raise MediaError(message) from None
    if len(data) > most:
        raise too_large(most)
    return data


def too_large(most: int) -> MediaError:
    """The error of what has more than `most` bytes."""
    return MediaError(f"it has more than {most} bytes, which is the most that is taken (media_bytes)")

"""Files of pictures: what is seen of them, and which way up.

A file may hold much else: comments, frames that follow, what cameras say. Some of it takes what decodes files minutes,
or memory without end, so that it is left out before.
"""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING, Any

from llamacffi.errors import MediaError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["orientation_of", "png_of", "seen", "upright"]

_MOST_PARTS = 2**19
"""Of a file: each costs time, also where it is skipped."""
_MOST_SEGMENTS = 2000
_MOST_SCANS = 100
"""Of a progressive JPEG file; a few are usual, and each costs as much as the whole picture."""
_MOST_RUNS = 2**22
"""Bytes of a BMP file with runs of pixels, which are decoded in Python."""
_MARKER = re.compile(rb"\xff([^\x00\xff])", re.DOTALL)
_NOT_IN_SCAN = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
_COLOR_SPACES = {(b"\xe0", b"JFIF\0"), (b"\xee", b"Adobe")}
_ORIENTATION = 0x0112


def seen(data: bytes) -> tuple[bytes, bytes | None]:
    """A file with what is seen alone, and its EXIF data where they were in what is left out."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _png(data)
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return _gif(data), None
    if data[:2] == b"BM" and data[14:15] >= b"\x28" and data[30:31] in (b"\1", b"\2") and len(data) > _MOST_RUNS:
        message = f"BMP files with runs of pixels of more than {_MOST_RUNS} bytes are not taken: make it a PNG file"
        raise MediaError(message)
    return data, None


def orientation_of(exif: bytes) -> int:
    """From 1 to 8, as EXIF counts."""
    exif = exif[6:] if exif[:6] == b"Exif\0\0" else exif
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        at = struct.unpack_from(order + "I", exif, 4)[0]
        for i in range(struct.unpack_from(order + "H", exif, at)[0]):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", exif, at + 2 + 12 * i)
            if tag == _ORIENTATION:
                return int(value) if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:  # it ends before
        pass
    return 1


def upright(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """The picture turned and mirrored as its orientation asks for."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    rows, columns = orientation in (3, 4, 7, 8), orientation in (2, 3, 6, 7)
    return pixels[:: -1 if rows else 1, :: -1 if columns else 1]


def _too_many(what: str) -> MediaError:
    return MediaError(f"the picture cannot be decoded: its file has too many {what}")


def _png(data: bytes) -> tuple[bytes, bytes | None]:
    kept, exif, at = [data[:8]], None, 8
    for _ in range(_MOST_PARTS):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        end = at + 12 + size
        if kind in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            kept.append(data[at:end])
        elif kind == b"eXIf":
            exif = data[at + 8 : end - 4]
        if kind == b"IEND" or end > len(data):
            return b"".join(kept), exif
        at = end
    raise _too_many("chunks")


def _jpeg(data: bytes) -> tuple[bytes, bytes | None]:
    kept, exif, at, n_scans = [b"\xff\xd8"], None, 2, 0
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(data, at)
        if found is None:
            return b"".join(kept), exif
        marker, at = found[1], found.end()
        if marker == b"\xd9":
            return b"".join([*kept, b"\xff\xd9"]), exif
        if b"\xd0" <= marker <= b"\xd7" or marker == b"\x01":  # alone, without a length
            continue
        end = at + max(int.from_bytes(data[at : at + 2], "big"), 2)
        if marker == b"\xe1" and exif is None and data[at + 2 : at + 8] == b"Exif\0\0":
            exif = data[at + 2 : end]
        if marker == b"\xda":
            n_scans += 1
            if n_scans > _MOST_SCANS:
                raise _too_many("scans")
            following = _NOT_IN_SCAN.search(data, end)
            end = following.start() if following else len(data)
        tells_nothing = b"\xe0" <= marker <= b"\xef" or marker == b"\xfe"
        if not tells_nothing or (marker, data[at + 2 : at + 7]) in _COLOR_SPACES:
            kept.append(b"\xff" + marker + data[at:end])
        at = end
    raise _too_many("segments")


def _gif(data: bytes) -> bytes:
    """Its first frame alone."""

    def colors(at: int) -> int:
        return 3 << (data[at] & 7) + 1 if len(data) > at and data[at] & 0x80 else 0

    n_parts = 0

    def counted(at: int) -> int:
        nonlocal n_parts
        n_parts += 1
        if n_parts > _MOST_PARTS:
            raise _too_many("blocks")
        return at

    def after(at: int) -> int:
        """Where blocks end that begin there."""
        while at < len(data) and data[at]:
            at = counted(at + data[at] + 1)
        return at + 1

    at = 13 + colors(10)
    head, control = data[:at], b""
    while data[at : at + 1] in (b"\x21", b"\0"):  # extensions, and what does not belong there
        end = after(at + 2) if data[at] else at + 1
        if data[at : at + 2] == b"\x21\xf9":
            control = data[at:end]
        at = counted(end)
    end = after(at + 11 + colors(at + 9)) if data[at : at + 1] == b"," else at
    return head + control + data[at:end] + b";"


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG file of uint8[height, width, 3]."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()

"""Files of pictures and sound, whole and as attackers make them."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import soundfile
from PIL import Image

__all__ = ["bmp_of_runs", "exif", "picture_file", "png", "png_chunk", "sound_file", "tone", "wav"]


def picture_file(pixels: Any, form: str, mode: str | None = None, **options: Any) -> bytes:
    """A file that Pillow writes, of an array or of Pillow's own image."""
    image = Image.fromarray(pixels) if isinstance(pixels, np.ndarray) else pixels
    file = io.BytesIO()
    (image.convert(mode) if mode else image).save(file, form, **options)
    return file.getvalue()


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, rows: bytes, *, bits: int = 8, color: int = 2, before: bytes = b"") -> bytes:
    """A PNG file of rows that each begin with their filter, of whatever it says; `before` them are other chunks."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + before + body


def bmp_of_runs(width: int, height: int, runs: bytes) -> bytes:
    """A BMP file of 256 greys, each row in runs: how many pixels, and of which grey."""
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 0, 0, 256, 0)
    palette = b"".join(bytes([grey] * 3 + [0]) for grey in range(256))
    start = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(runs), 0, 0, start) + head + palette + runs


def exif(orientation: int, *, order: str = ">", kind: int = 3, before: int = 0, size: int = 0) -> bytes:
    """EXIF data with an orientation, after `before` fields that each say to be `size` bytes from their beginning on."""
    fields = [struct.pack(order + "HHII", 1000 + i, 1, size, 0) for i in range(before)]
    value = struct.pack(order + ("HH" if kind == 3 else "I"), *((orientation, 0) if kind == 3 else (orientation,)))
    fields.append(struct.pack(order + "HHI", 0x0112, kind, 1) + value)
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(order + "IH", 8, len(fields))
    return head + b"".join(fields) + bytes(4)


def tone(hertz: float, seconds: float = 1.0, rate: int = 16000) -> Any:
    """A sine, float32[n]."""
    return np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate).astype(np.float32) / 2


def sound_file(samples: Any, rate: int = 16000, form: str = "WAV", subtype: str | None = None, **options: Any) -> bytes:
    """A file that libsndfile writes; of float32[n], or float32[n, channels]."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=form, subtype=subtype, **options)
    return file.getvalue()


def wav(sound: bytes, *, tag: int = 1, n_channels: int = 1, rate: int = 16000, bits: int = 16, **lies: int) -> bytes:
    """A WAV file that says what it is told to; of `lies`, `size` is of its sound, and `n_bytes` of a sample."""
    n_bytes = lies.get("n_bytes", n_channels * bits // 8)
    head = struct.pack("<HHIIHH", tag, n_channels, rate, rate * n_bytes % 2**32, n_bytes, bits)
    body = (
        b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", lies.get("size", len(sound))) + sound
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body

"""Pictures and sound out of whatever holds them."""

from __future__ import annotations

import base64
import io
import struct
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi.core.media import Media, MediaLimits
from llamacffi.errors import MediaError

Image = pytest.importorskip("PIL.Image")

SMALL = MediaLimits(n_bytes=50_000, pixels=10_000, seconds=2.0)


def picture(height: int = 6, width: int = 9, seed: int = 0) -> Any:
    return np.random.RandomState(seed).randint(0, 256, (height, width, 3)).astype(np.uint8)


def encoded(pixels: Any, form: str, mode: str = "RGB", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(file, form, **options)
    return file.getvalue()


def sound(seconds: float = 0.5, rate: int = 16000) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(np.zeros(int(seconds * rate), "<i2").tobytes())
    return file.getvalue()


@pytest.mark.parametrize(
    ("form", "options"), [("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True}), ("PNG", {"mode": "RGBA"})]
)
def test_formats_without_loss(form: str, options: dict[str, Any]) -> None:
    pixels = picture()
    media = Media.of(encoded(pixels, form, **options))
    assert media.kind == "image"
    assert np.array_equal(media.data, pixels)


@pytest.mark.parametrize(
    ("form", "options"), [("JPEG", {}), ("JPEG", {"progressive": True}), ("JPEG", {"mode": "CMYK"}), ("GIF", {})]
)
def test_formats_with_loss(form: str, options: dict[str, Any]) -> None:
    pixels = np.full((20, 30, 3), (200, 40, 90), np.uint8)
    media = Media.of(encoded(pixels, form, **{"quality": 95, **options}))
    assert media.data.shape == (20, 30, 3)  # type: ignore[union-attr]
    assert np.abs(np.asarray(media.data, int) - pixels).max() < 8


def test_the_first_frame_of_several() -> None:
    file = io.BytesIO()
    frames = [Image.fromarray(np.full((5, 5, 3), value, np.uint8)) for value in (255, 0)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert (np.asarray(Media.of(file.getvalue()).data) == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_they_say(orientation: int) -> None:
    pixels = picture(4, 6)
    exif = Image.Exif()
    exif[0x0112] = orientation
    turns = {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.transpose(1, 0, 2),
        6: np.rot90(pixels, -1),
        7: pixels.transpose(1, 0, 2)[::-1, ::-1],
        8: np.rot90(pixels, 1),
    }
    assert np.array_equal(Media.of(encoded(pixels, "PNG", exif=exif)).data, turns[orientation])


def test_every_way_to_give_one(tmp_path: Path) -> None:
    pixels = picture()
    data = encoded(pixels, "PNG")
    path = tmp_path / "a.png"
    path.write_bytes(data)
    uri = "data:image/png;base64," + base64.b64encode(data).decode()
    ways: list[Any] = [path, str(path), data, bytearray(data), memoryview(data), uri, pixels, Image.fromarray(pixels)]
    found = [Media.of(way) for way in ways]
    assert len(set(found)) == 1
    assert {one.id for one in found} == {found[0].id}
    assert Media.of(found[0]) is found[0] is Media.image(found[0])
    grey = Media.of(pixels[:, :, 0])
    assert np.array_equal(grey.data, np.repeat(pixels[:, :, :1], 3, 2))
    assert Media.image(np.dstack([pixels, pixels[:, :, :1]])) == found[0]
    assert Media.of(picture(seed=1)) != found[0]
    assert Media.image(pixels[::-1]) != found[0]
    assert "9 x 6" in repr(found[0])


def test_what_it_holds_is_its_own() -> None:
    pixels = picture()
    media = Media.image(pixels)
    pixels[:] = 0
    assert np.asarray(media.data).any()
    with pytest.raises(ValueError, match="read-only"):
        media.data[0] = 0  # type: ignore[index]


def test_sound() -> None:
    media = Media.of(sound())
    assert (media.kind, media.sample_rate) == ("audio", None)
    numbers = Media.of(np.zeros(100, np.float32))
    assert (numbers.kind, numbers.sample_rate) == ("audio", 16000)
    assert Media.audio(np.zeros(100), sample_rate=8000) != numbers
    assert Media.audio(np.zeros(100)) == numbers


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "is empty"),
        (b"GIF89a", "cannot be decoded|no picture that is known"),
        (b"%PDF-1.4 ...", "no picture that is known: PNG, JPEG, WEBP, GIF, BMP are"),
        (b"<svg/>", "no picture that is known"),
        ("nowhere.png", "cannot be read"),
        ("a\0b", "cannot be read"),
        ("https://example.org/a.png", "is an address; fetch it"),
        ("file:///etc/passwd", "is an address"),
        ("data:image/png,abc", "no data URI of base64"),
        ("data:image/png;base64,@@@", "no base64"),
        (np.zeros((4, 4, 3)), r"float64\[4, 4, 3\], but must be uint8"),
        (np.zeros((4, 4, 7), np.uint8), "must be uint8"),
        (np.zeros((0, 4, 3), np.uint8), "4 x 0 pixels"),
        (np.zeros((1, 300, 3), np.uint8), "more than 200 times"),
        (np.zeros((200, 200, 3), np.uint8), "10000 are the most"),
        (np.zeros(40_000, np.float32), "the sound is 2 s long|2 s is the most"),
        (np.array([np.nan], np.float32), "not finite"),
        (np.zeros(0, np.float32), "must be floats"),
        (np.zeros(4, np.int16), "must be floats"),
        (bytes(60_000), "more than 50000 bytes"),
        (3, "no picture and no sound"),
        (None, "no picture and no sound"),
    ],
)
def test_what_is_refused(source: Any, message: str) -> None:
    with pytest.raises(MediaError, match=message):
        Media.of(source, limits=SMALL)


def test_kinds_are_told_apart() -> None:
    with pytest.raises(MediaError, match="this is sound"):
        Media.image(sound())
    with pytest.raises(MediaError, match="no sound that is known: WAV, MP3 and FLAC are"):
        Media.audio(encoded(picture(), "PNG"))
    with pytest.raises(MediaError, match="not of the kind"):
        Media.audio(Media.image(picture()))


def test_large_headers_are_not_believed() -> None:
    """A few bytes that say 50000 x 50000."""
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    with pytest.raises(MediaError, match="2500000000 pixels"):
        Media.of(png)
    long = sound(3.0)
    with pytest.raises(MediaError, match="the sound is 3 s long"):
        Media.of(long, limits=MediaLimits(seconds=2))
    flac = b"fLaC" + bytes([0x80, 0, 0, 34]) + bytes(10) + ((16000 << 44) | (2**36 - 1)).to_bytes(8, "big") + bytes(16)
    with pytest.raises(MediaError, match="the most that is taken"):
        Media.of(flac)


def test_damage_is_an_error() -> None:
    chance = np.random.RandomState(1)
    n_refused = 0
    for form in ("PNG", "JPEG", "GIF", "BMP", "WEBP"):
        whole = bytearray(encoded(picture(40, 50), form))
        for _ in range(60):
            data = bytearray(whole)
            for at in chance.randint(0, len(data), 6):
                data[at] = chance.randint(0, 256)
            if chance.rand() < 0.3:
                data = data[: chance.randint(1, len(data))]
            try:
                media = Media.of(bytes(data))
            except MediaError:
                n_refused += 1
            else:
                assert media.data.ndim == 3  # type: ignore[union-attr]
    assert n_refused > 50


@pytest.mark.parametrize(
    ("kind", "data", "rate"),
    [
        ("image", picture()[:, :, :1], None),  # C would read three bytes a pixel
        ("image", picture()[:, :, 0], None),
        ("image", picture().astype(np.float64), None),
        ("image", picture()[:, ::2], None),
        ("image", encoded(picture(), "PNG"), None),
        ("image", None, None),
        ("audio", np.zeros(100, np.int8), 16000),  # and four a sample
        ("audio", np.zeros(100, np.float32), None),
        ("audio", np.zeros(100, np.float32), -1),
        ("audio", np.zeros(100, np.float32)[::2], 16000),
        ("audio", b"no sound, which another program would be asked for", None),
        ("video", picture(), None),
    ],
)
def test_what_c_would_misread(kind: Any, data: Any, rate: int | None) -> None:
    with pytest.raises(MediaError, match="as it must be"):
        Media(kind, data, rate)


def test_nobody_else_changes_it() -> None:
    for media in (Media.image(picture()), Media.audio(np.zeros(100, np.float32))):
        with pytest.raises(ValueError, match="read-only"):
            media.data[0] = 1  # type: ignore[index]


def test_what_pillow_does_not_convert() -> None:
    closed = Image.new("RGB", (4, 4))
    closed.close()
    for image in (closed, Image.new("La", (4, 4)), Image.Image):
        with pytest.raises(MediaError, match="cannot be decoded"):
            Media.of(image)

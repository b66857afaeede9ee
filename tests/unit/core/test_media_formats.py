"""Every format of pictures and sound, against what NumPy says of the same pixels and samples."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from llamacffi import Model
from llamacffi.core.media import Media, MediaLimits
from llamacffi.core.projector import MediaChunk, Projector
from llamacffi.errors import MediaError
from tests.capabilities import needs
from tests.media_files import bmp_of_runs, exif, picture_file, png, png_chunk, sound_file, tone, wav
from tests.models import write_audio_projector

WAYS = [(1, 8000), (2, 22050), (1, 44100), (2, 48000)]
"""Channels, and samples a second."""
INDEXES = np.random.RandomState(3).randint(0, 7, (6, 9)).astype(np.uint8)
PALETTE = np.random.RandomState(4).randint(0, 256, (7, 3)).astype(np.uint8)
PIXELS = np.random.RandomState(5).randint(0, 256, (6, 9, 3)).astype(np.uint8)
ALPHA = np.random.RandomState(6).randint(0, 256, (6, 9, 1)).astype(np.uint8)
GREY = np.repeat(PIXELS[:, :, :1], 3, 2)


def indexed() -> Any:
    image = Image.fromarray(INDEXES)
    image.putpalette(PALETTE.tobytes())
    return image


def sixteen_bits() -> bytes:
    """Red, green and blue of 16 bits each."""
    wide = np.dstack([PIXELS, 255 - PIXELS])[:, :, [0, 3, 1, 4, 2, 5]]
    return png(9, 6, b"".join(b"\0" + row.tobytes() for row in wide), bits=16)


def four_bits() -> bytes:
    """A grey of 4 bits a pixel; each row ends in half a byte."""
    rows = (INDEXES[:, 0::2] << 4) | np.pad(INDEXES[:, 1::2], ((0, 0), (0, 1)))
    return png(9, 6, b"".join(b"\0" + row.tobytes() for row in rows), bits=4, color=0)


def runs() -> bytes:
    """The greys from the last row to the first, each pixel a run, each row ended."""
    rows = (b"".join(bytes([1, grey]) for grey in row) + b"\0\0" for row in PIXELS[::-1, :, 0])
    return bmp_of_runs(9, 6, b"".join(rows) + b"\0\1")


WITHOUT_LOSS = {
    "png": (picture_file(PIXELS, "PNG"), PIXELS),
    "png, grey": (picture_file(PIXELS[:, :, 0], "PNG"), GREY),
    "png, grey of 4 bits": (four_bits(), np.repeat(INDEXES[:, :, None] * 17, 3, 2)),
    "png, grey of 16 bits": (picture_file(PIXELS[:, :, 0].astype(np.uint16) << 8 | 77, "PNG"), GREY),
    "png, grey and alpha": (picture_file(Image.fromarray(PIXELS[:, :, 0]), "PNG", "LA"), GREY),
    "png, black and white": (picture_file(PIXELS[:, :, 0] > 99, "PNG"), np.where(GREY > 99, 255, 0)),
    "png, colours of 16 bits": (sixteen_bits(), PIXELS),
    "png, alpha": (picture_file(np.dstack([PIXELS, ALPHA]), "PNG"), PIXELS),
    "png, palette": (picture_file(indexed(), "PNG"), PALETTE[INDEXES]),
    "png, palette with alpha": (picture_file(indexed(), "PNG", transparency=bytes([0, 90, 255])), PALETTE[INDEXES]),
    "png, a colour that is not seen": (picture_file(PIXELS, "PNG", transparency=tuple(PIXELS[0, 0].tolist())), PIXELS),
    "gif": (picture_file(indexed(), "GIF"), PALETTE[INDEXES]),
    "gif, a colour that is not seen": (picture_file(indexed(), "GIF", transparency=2), PALETTE[INDEXES]),
    "gif, in one pass": (picture_file(indexed(), "GIF", interlace=0), PALETTE[INDEXES]),
    "bmp": (picture_file(PIXELS, "BMP"), PIXELS),
    "bmp, grey": (picture_file(PIXELS[:, :, 0], "BMP"), GREY),
    "bmp, alpha": (picture_file(np.dstack([PIXELS, ALPHA]), "BMP"), PIXELS),
    "bmp, palette": (picture_file(indexed(), "BMP"), PALETTE[INDEXES]),
    "bmp, runs": (runs(), GREY),
    "webp": (picture_file(PIXELS, "WEBP", lossless=True), PIXELS),
    "webp, alpha": (picture_file(np.dstack([PIXELS, ALPHA]), "WEBP", lossless=True, exact=True), PIXELS),
}


@pytest.mark.parametrize("name", WITHOUT_LOSS)
def test_without_loss(name: str) -> None:
    data, expected = WITHOUT_LOSS[name]
    assert np.array_equal(Media.of(data).data, expected)


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"mode": "L"}),
        ("JPEG", {"mode": "CMYK"}),
        ("JPEG", {"subsampling": "4:2:0"}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"mode": "CMYK", "progressive": True}),
        ("JPEG", {"progressive": True, "exif": exif(1), "comment": b"by hand", "icc_profile": bytes(70_000)}),
        ("JPEG", {"restart_marker_rows": 1}),
        ("WEBP", {}),
        ("WEBP", {"mode": "RGBA"}),
    ],
    ids=str,
)
def test_with_loss(form: str, options: dict[str, Any]) -> None:
    """What changes slowly loses little."""
    down, right = np.mgrid[0:48, 0:64]
    pixels = np.stack([right * 3, down * 4, 250 - down - right], 2).astype(np.uint8)
    if options.get("mode") == "L":
        pixels = np.repeat(pixels[:, :, :1], 3, 2)
    found = np.asarray(Media.of(picture_file(pixels, form, **{"quality": 95, **options})).data, int)
    assert found.shape == pixels.shape
    assert np.abs(found - pixels).mean() < 3
    assert np.abs(found - pixels).max() < 25


def turned(pixels: Any, orientation: int) -> Any:
    """As EXIF tells: where the first row and the first column of what was taken are in what is shown."""
    return {
        1: pixels,
        2: np.fliplr(pixels),
        3: np.rot90(pixels, 2),
        4: np.flipud(pixels),
        5: np.rot90(np.fliplr(pixels), 1),
        6: np.rot90(pixels, -1),
        7: np.rot90(np.fliplr(pixels), -1),
        8: np.rot90(pixels, 1),
    }[orientation]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", "<>")
def test_pictures_are_turned_as_they_say(orientation: int, order: str) -> None:
    """JPEG, PNG and WebP, of blocks that outlast any compression."""
    blocks = np.random.RandomState(7).choice([0, 255], (2, 3, 3)).astype(np.uint8)
    pixels = np.repeat(np.repeat(blocks, 16, 0), 16, 1)
    expected = turned(blocks, orientation)
    for form, options in (("JPEG", {"quality": 95}), ("PNG", {}), ("WEBP", {"lossless": True})):
        data = picture_file(pixels, form, exif=b"Exif\0\0" + exif(orientation, order=order), **options)
        found = np.asarray(Media.of(data).data)
        assert found.shape == (expected.shape[0] * 16, expected.shape[1] * 16, 3)
        assert np.array_equal(np.where(found[8::16, 8::16] > 127, 255, 0), expected), form


@pytest.mark.parametrize(
    "data",
    [exif(0), exif(9), exif(6, kind=4), exif(6)[:9], exif(6)[:17], b"", b"MM", b"XX\0*" + exif(6)[4:], bytes(3000)],
    ids=range(9),
)
def test_orientations_that_are_none(data: bytes) -> None:
    assert np.array_equal(Media.of(picture_file(PIXELS, "PNG", exif=data)).data, PIXELS)
    found = Media.of(picture_file(np.full((8, 16, 3), 90, np.uint8), "JPEG", exif=b"Exif\0\0" + data))
    assert found.data.shape == (8, 16, 3)  # type: ignore[union-attr]


@pytest.mark.parametrize(("form", "options"), [("GIF", {}), ("WEBP", {"lossless": True}), ("PNG", {})])
def test_the_first_frame_of_several(form: str, options: dict[str, Any]) -> None:
    frames = [Image.fromarray(np.full((5, 8, 3), value, np.uint8)) for value in (255, 0, 90)]
    data = picture_file(frames[0], form, save_all=True, append_images=frames[1:], duration=100, loop=0, **options)
    assert (np.asarray(Media.of(data).data) == 255).all()


def test_what_is_not_seen_makes_no_difference() -> None:
    """Comments, cameras' words, colour profiles, and what follows: before, it took what decodes it long."""
    jpeg = picture_file(np.repeat(np.repeat(PIXELS, 8, 0), 8, 1), "JPEG")
    words = b"\xff\xe1" + struct.pack(">H", 60_002) + bytes(60_000)
    assert Media.of(jpeg[:2] + words * 20 + jpeg[2:] + bytes(1000)) == Media.of(jpeg)
    whole = picture_file(PIXELS, "PNG")
    told = png_chunk(b"tEXt", b"Comment\0" + b"a" * 3_000_000) + png_chunk(b"iCCP", b"x\0\0" + bytes(20))
    assert Media.of(whole[:33] + told + whole[33:] + bytes(1000)) == Media.of(whole)
    gif = picture_file(indexed(), "GIF")
    start = gif.index(b",", 13)
    assert Media.of(gif[:start] + b"\x21\xfe" + b"\x03aaa" * 9000 + b"\0" + gif[start:] + gif) == Media.of(gif)


HEAD = b"\0\0\0\x18ftyp%b\0\0\0\0mif1%b" + bytes(200)
Image.init()
REFUSED = {
    "tiff": picture_file(PIXELS, "TIFF"),
    "ico": picture_file(Image.fromarray(PIXELS).resize((16, 16)), "ICO"),
    "ppm": picture_file(PIXELS, "PPM"),
    "tga": picture_file(PIXELS, "TGA"),
    "pdf": picture_file(PIXELS, "PDF"),
    "svg": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    "heic": HEAD % (b"heic", b"heic"),
    "avif": picture_file(PIXELS, "AVIF") if "AVIF" in Image.SAVE else HEAD % (b"avif", b"avif"),
    "mp4": b"\0\0\0\x18ftypisom\0\0\2\0isomiso2" + bytes(200),
    "m4a": b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42" + bytes(200),
    "webm": b"\x1aE\xdf\xa3\x9fB\x86\x81\1B\xf7\x81\1" + bytes(200),
    "zip": b"PK\3\4\x14\0\0\0\0\0" + bytes(200),
    "text": b"A llama in the snow.\n",
    "html": b"<!doctype html><title>404</title><p>Not found</p>",
    "json": b'{"error": "not found"}',
    "zeros": bytes(5000),
    "one byte": b"\xff",
    "ogg": sound_file(tone(440, 0.1), form="OGG", subtype="VORBIS"),
    "opus": sound_file(tone(440, 0.1), form="OGG", subtype="OPUS"),
    "aiff": sound_file(tone(440, 0.1), form="AIFF"),
    "au": sound_file(tone(440, 0.1), form="AU"),
    "w64": sound_file(tone(440, 0.1), form="W64"),
    "rf64": sound_file(tone(440, 0.1), form="RF64"),
    "avi": b"RIFF" + bytes(4) + b"AVI LIST" + bytes(200),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_none_of_them(name: str) -> None:
    data = REFUSED[name]
    with pytest.raises(MediaError, match="PNG, JPEG, WEBP, GIF, BMP are, and of sound WAV, MP3 and FLAC"):
        Media.of(data)
    with pytest.raises(MediaError, match="no sound that is known: WAV, MP3 and FLAC are"):
        Media.audio(data)


@pytest.fixture(scope="module")
def ear(tiny_llama: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Projector]:
    with Model(tiny_llama) as model:
        path = write_audio_projector(tmp_path_factory.mktemp("ear") / "mmproj.gguf", model.n_embd)
        with Projector(model, path, n_threads=1) as projector:
            yield projector


def rows_of(ear: Projector, media: Media) -> Any:
    (chunk,) = ear.chunks([media], add_special=False)
    assert isinstance(chunk, MediaChunk)
    return ear.encode(chunk)


def noisy(hertz: float, rate: int = 16000) -> Any:
    """A tone over a little noise: in silence nothing hides what a compression adds."""
    return tone(hertz, rate=rate) + np.random.RandomState(8).randn(rate).astype(np.float32) / 50


@pytest.fixture(scope="module")
def octave(ear: Projector) -> float:
    """How far two tones are apart."""
    return float(np.abs(rows_of(ear, Media.audio(noisy(440))) - rows_of(ear, Media.audio(noisy(880)))).mean())


@needs("mtmd's parts")
@pytest.mark.parametrize(("n_channels", "rate"), WAYS)
@pytest.mark.parametrize(
    ("form", "subtype"),
    [("WAV", subtype) for subtype in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")]
    + [("WAVEX", "PCM_16"), ("WAVEX", "FLOAT"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24")],
)
def test_a_tone_in_a_file(ear: Projector, octave: float, form: str, subtype: str, n_channels: int, rate: int) -> None:
    """As the samples that libsndfile reads out of the same file; two channels are as their mean."""
    samples = noisy(440, rate)
    if n_channels == 2:
        samples = np.stack([samples, tone(660, rate=rate)], 1)
    data = sound_file(samples, rate, form, subtype)
    read, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    expected = Media.audio(read.mean(1), sample_rate=rate)
    apart = np.abs(rows_of(ear, Media.of(data)) - rows_of(ear, expected)).mean()
    # Of the numbers of 8 bits from 0 to 255, the middle is 127.5 to one and 128 to the other.
    assert apart < octave * (0.3 if subtype == "PCM_U8" else 1e-3)


@needs("mtmd's parts")
@pytest.mark.parametrize(("n_channels", "rate"), WAYS)
@pytest.mark.parametrize("compression", [0.0, 0.9])
def test_a_tone_in_an_mp3_file(ear: Projector, octave: float, compression: float, n_channels: int, rate: int) -> None:
    samples = np.stack([noisy(440, rate)] * n_channels, 1)
    data = sound_file(samples, rate, "MP3", compression_level=compression, bitrate_mode="VARIABLE")
    rows = rows_of(ear, Media.of(data))
    assert np.abs(rows - rows_of(ear, Media.audio(samples[:, 0], sample_rate=rate))).mean() < octave / 2
    assert np.abs(rows - rows_of(ear, Media.audio(noisy(660, rate), sample_rate=rate))).mean() > octave * 0.6
    # With what players add: a tag before, another one after, and junk between.
    tagged = b"ID3\4\0\0\0\0\2\0" + bytes(256) + data + b"TAG" + bytes(125)
    assert Media.of(tagged) == Media.of(data)
    broken = Media.of(data[: len(data) // 2] + b"\xff" * 5000 + data[len(data) // 2 :])
    assert np.abs(rows - rows_of(ear, broken)).mean() < octave / 2


def test_a_stream_that_did_not_know_its_length() -> None:
    sound = (tone(440, 0.1) * 32767).astype("<i2").tobytes()
    assert Media.of(wav(sound, size=0xFFFFFFFF)) == Media.of(wav(sound))
    assert Media.of(wav(sound + b"\1", size=len(sound) + 1)) == Media.of(wav(sound))
    listed = b"LIST" + struct.pack("<I", 5) + b"INFO\0\0"  # of an odd number of bytes, and one after
    assert Media.of(wav(sound).replace(b"WAVE", b"WAVE" + listed)) == Media.of(wav(sound))


def test_how_long_it_may_be() -> None:
    limits = MediaLimits(seconds=1.0)
    for form in ("WAV", "FLAC", "MP3"):
        assert Media.of(sound_file(tone(440, 0.9), form=form), limits=limits).kind == "audio"
        with pytest.raises(MediaError, match="s long, and 1 s is the most that is taken"):
            Media.of(sound_file(tone(440, 1.5), form=form), limits=limits)


@pytest.mark.parametrize(
    ("samples", "rate", "message"),
    [
        (tone(440), 0, "sample_rate is 0, but must be from 1000 to 384000"),
        (tone(440), 500_000, "sample_rate is 500000"),
        (tone(440) * 1e12, 16000, "beyond 1e.09: they are from -1 to 1"),
        (np.full(9, -np.inf), 16000, "not finite"),
    ],
)
def test_numbers_that_are_no_sound(samples: Any, rate: int, message: str) -> None:
    with pytest.raises(MediaError, match=message):
        Media.audio(samples, sample_rate=rate)

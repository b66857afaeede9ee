"""Pictures and sound for models that see and hear: decoded, bounded, and known by what they hold."""

from __future__ import annotations

import base64
import binascii
import io
import os
import re
import reprlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from llamacffi._native.digest import xxh3
from llamacffi.core.picture_files import orientation_of, png_of, seen, upright
from llamacffi.core.sound_files import RATES, check_numbers, check_seconds, checked_sound, kind_of_sound, wav_of
from llamacffi.errors import MediaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["DEFAULT_LIMITS", "Media", "MediaLimits"]

_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w-]+=[^;,]*)*(;base64)?,", re.ASCII)
_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_LONGEST_SIDES = 200
"""How many times longer one side of a picture may be than the other."""


@dataclass(frozen=True)
class MediaLimits:
    """What is taken of a file whose contents nobody knows."""

    n_bytes: int = 64 * 2**20
    """Of the file."""
    pixels: int = 2**25
    """Of a picture, by what its header says, before anything of it is decoded."""
    seconds: float = 1800.0
    """Of sound."""


DEFAULT_LIMITS = MediaLimits()


@dataclass(frozen=True, eq=False)
class Media:
    """A picture or a sound. Made by `image`, `audio`, or `of`, which finds out; two of the same contents are equal."""

    kind: Literal["image", "audio"]
    data: NDArray[np.uint8] | NDArray[np.float32] | bytes
    """Of a picture uint8[height, width, 3] in the order red, green, blue. Of sound float32[n], or the file's bytes: the
    projector decodes them, at its own rate."""
    sample_rate: int | None = None
    """Of sound as numbers."""
    id: str = field(init=False)
    """Of its contents: what is equal has the same."""

    def __post_init__(self) -> None:
        _check_raw(self.kind, self.data, self.sample_rate)
        shape = "x".join(map(str, self.data.shape)) if isinstance(self.data, np.ndarray) else ""
        data: Any = self.data
        object.__setattr__(self, "id", f"{self.kind}-{shape}-{self.sample_rate or ''}-{xxh3(data).hex()}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Media) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        if isinstance(self.data, bytes):
            return f"<Media: sound in {len(self.data)} bytes>"
        if self.kind == "audio":
            return f"<Media: sound, {len(self.data) / (self.sample_rate or 1):.1f} s>"
        height, width, _ = self.data.shape
        return f"<Media: a picture of {width} x {height}>"

    @cached_property
    def data_uri(self) -> str:
        """The medium as a text that `of` takes: a picture as PNG, sound as its file was, or as WAV."""
        data: Any = self.data
        if self.kind == "audio":
            kind, written = "audio/wav", data if self.sample_rate is None else wav_of(data, self.sample_rate)
        else:
            kind, written = "image/png", png_of(data)
        return f"data:{kind};base64,{base64.b64encode(written).decode()}"

    @classmethod
    def of(cls, source: Any, *, limits: MediaLimits = DEFAULT_LIMITS) -> Media:
        """A picture or a sound, of whatever `image` and `audio` take; an array of one dimension is sound."""
        if isinstance(source, Media):
            return source
        data = _bytes_of(source, limits)
        if data is not None:
            return cls.audio(data, limits=limits) if kind_of_sound(data) else cls.image(data, limits=limits)
        if isinstance(source, np.ndarray) and source.ndim == 1:
            return cls.audio(source, limits=limits)
        return cls.image(source, limits=limits)

    @classmethod
    def image(cls, source: Any, *, limits: MediaLimits = DEFAULT_LIMITS) -> Media:
        """A picture: a path, bytes, a data URI, Pillow's image, or uint8[height, width, 3] (or 4, or without).

        Turned as its EXIF data say. Raises MediaError for what is no picture, or beyond the limits.
        """
        if isinstance(source, Media):
            return _of_kind(source, "image")
        if isinstance(source, np.ndarray):
            return cls("image", _checked(_three_channels(source), limits))
        data = _bytes_of(source, limits)
        if data is not None:
            return cls("image", _decoded(data, limits))
        if hasattr(source, "convert") and hasattr(source, "size"):
            return cls("image", _pixels(source, limits))
        raise MediaError(_WHAT.format(source=source, kinds="a path, bytes, a data URI, an array or Pillow's image"))

    @classmethod
    def audio(cls, source: Any, *, sample_rate: int = 16000, limits: MediaLimits = DEFAULT_LIMITS) -> Media:
        """Sound: a path, bytes or a data URI of WAV, MP3 or FLAC, or float32[n] of one channel at `sample_rate`.

        Raises MediaError for what is none of these, or beyond the limits.
        """
        if isinstance(source, Media):
            return _of_kind(source, "audio")
        if isinstance(source, np.ndarray):
            if source.ndim != 1 or not len(source) or source.dtype.kind != "f":
                message = f"sound is {source.dtype}{list(source.shape)}, but must be floats from -1 to 1 of one channel"
                raise MediaError(message)
            if not RATES[0] <= sample_rate <= RATES[1]:
                message = f"sample_rate is {sample_rate}, but must be from {RATES[0]} to {RATES[1]}"
                raise MediaError(message)
            check_numbers(source)
            check_seconds(len(source), sample_rate, limits.seconds)
            samples = np.array(source, np.float32)
            samples.flags.writeable = False
            return cls("audio", samples, int(sample_rate))
        data = _bytes_of(source, limits)
        if data is None:
            raise MediaError(_WHAT.format(source=source, kinds="a path, bytes, a data URI or an array"))
        return cls("audio", checked_sound(data, limits.seconds))


_WHAT = "{source!r:.100} is no picture and no sound: give {kinds}"


def _check_raw(kind: str, data: Any, rate: int | None) -> None:
    """Refuse what C would read past its end, or decode as something else."""
    if kind == "image":
        fits = isinstance(data, np.ndarray) and (data.dtype, data.ndim, data.shape[2:]) == (np.uint8, 3, (3,))
    elif isinstance(data, np.ndarray):
        is_rate = isinstance(rate, int) and RATES[0] <= rate <= RATES[1]
        fits = kind == "audio" and is_rate and (data.dtype, data.ndim) == (np.float32, 1)
    else:
        fits = kind == "audio" and rate is None and isinstance(data, bytes) and kind_of_sound(data) is not None
    if not fits or (isinstance(data, np.ndarray) and not data.flags.c_contiguous):
        message = f"{reprlib.repr(data)} is no {kind!r} as it must be: make it by Media.image, Media.audio or Media.of"
        raise MediaError(message)


def _of_kind(media: Media, kind: str) -> Media:
    if media.kind != kind:
        message = f"{media!r} is not of the kind {kind}"
        raise MediaError(message)
    return media


def _bytes_of(source: Any, limits: MediaLimits) -> bytes | None:
    """The contents of a file, of a data URI, or bytes themselves; None of anything else."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, str) and source[:5].lower() == "data:":
        data = _of_uri(source, limits)
    elif isinstance(source, (str, os.PathLike)):
        if isinstance(source, str) and _URL.match(source):
            message = f"{source!r:.100} is an address; fetch it, and give its bytes"
            raise MediaError(message)
        data = _of_file(Path(source), limits)
    else:
        return None
    if not data:
        message = "the picture or sound is empty"
        raise MediaError(message)
    _check_size(len(data), limits)
    return data


def _of_uri(uri: str, limits: MediaLimits) -> bytes:
    found = _DATA_URI.match(uri)
    if found is None or found[2] is None:
        message = f"{uri[:60]!r} is no data URI of base64: data:image/png;base64,…"
        raise MediaError(message)
    text = uri[found.end() :]
    _check_size(len(text) * 3 // 4, limits)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        message = f"the data URI is no base64: {error}"
        raise MediaError(message) from None


def _of_file(path: Path, limits: MediaLimits) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(limits.n_bytes + 1)
    except (OSError, ValueError) as error:
        message = f"{str(path)!r:.200} cannot be read: {error}"
        raise MediaError(message) from error
    return data


def _check_size(n_bytes: int, limits: MediaLimits) -> None:
    if n_bytes > limits.n_bytes:
        message = f"the picture or sound has more than {limits.n_bytes} bytes, which is the most that is taken"
        raise MediaError(message)


def _decoded(data: bytes, limits: MediaLimits) -> NDArray[np.uint8]:
    """The pixels of a file."""
    if kind_of_sound(data):
        message = "this is sound; a picture is wanted"
        raise MediaError(message)
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        message = "pictures are read by Pillow, which is not installed: pip install 'llamacffi[media]'"
        raise MediaError(message) from None
    data, exif = seen(data)
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            _check_shape(image.size[1], image.size[0], limits)
            pixels = _colors(image)
            exif = exif or image.info.get("exif")
    except MediaError:
        raise
    except Image.DecompressionBombError as error:
        message = f"the picture is larger than {limits.pixels} pixels, which are the most that are taken: {error}"
        raise MediaError(message) from None
    except UnidentifiedImageError:
        message = f"this is no picture that is known: {', '.join(_FORMATS)} are, and of sound WAV, MP3 and FLAC"
        raise MediaError(message) from None
    except Exception as error:  # whatever a damaged file makes of Pillow
        message = f"the picture cannot be decoded: {type(error).__name__}: {error!s:.200}"
        raise MediaError(message) from error
    return _checked(upright(pixels, orientation_of(exif) if isinstance(exif, bytes) else 1), limits)


def _pixels(image: Any, limits: MediaLimits) -> NDArray[np.uint8]:
    """The pixels of Pillow's image, upright."""
    from PIL import ImageOps

    try:
        _check_shape(image.size[1], image.size[0], limits)
        pixels = _colors(ImageOps.exif_transpose(image))
    except MediaError:
        raise
    except Exception as error:  # of one that is closed, damaged, or of a mode that Pillow does not convert
        message = f"the picture cannot be decoded: {type(error).__name__}: {error!s:.200}"
        raise MediaError(message) from error
    return _checked(pixels, limits)


def _colors(image: Any) -> NDArray[np.uint8]:
    """The pixels of Pillow's image, its first frame."""
    if image.mode[:4] == "I;16" or (image.mode == "I" and image.format == "PNG"):  # grey, of 16 bits
        return _three_channels((np.asarray(image) >> 8).astype(np.uint8))
    image.load()
    image.info.pop("transparency", None)  # a colour is a colour, whether it is seen or not
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"), np.uint8)


def _three_channels(array: NDArray[Any]) -> NDArray[np.uint8]:
    is_picture = array.dtype == np.uint8 and (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4)))
    if not is_picture:
        message = f"the picture is {array.dtype}{list(array.shape)}, but must be uint8[height, width, 3]"
        raise MediaError(message)
    if array.ndim == 2:
        array = array[:, :, None]
    return np.ascontiguousarray(np.repeat(array, 3, 2) if array.shape[2] == 1 else array[:, :, :3])


def _checked(pixels: NDArray[np.uint8], limits: MediaLimits) -> NDArray[np.uint8]:
    _check_shape(pixels.shape[0], pixels.shape[1], limits)
    pixels = np.array(pixels, np.uint8, order="C")  # nobody else changes it
    pixels.flags.writeable = False
    return pixels


def _check_shape(height: int, width: int, limits: MediaLimits) -> None:
    if height < 1 or width < 1:
        message = f"the picture has {width} x {height} pixels"
    elif height * width > limits.pixels:
        message = f"the picture has {width} x {height} pixels, and {limits.pixels} are the most that are taken"
    elif max(height, width) > _LONGEST_SIDES * min(height, width):
        message = f"the picture has {width} x {height} pixels, one side more than {_LONGEST_SIDES} times the other"
    else:
        return
    raise MediaError(message)

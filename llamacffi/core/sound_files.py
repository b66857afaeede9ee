"""Files of sound: what they say of themselves is checked, and what is not heard is left out.

What decodes them believes their headers, and takes as much memory as these ask for.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from llamacffi.errors import MediaError

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

__all__ = ["RATES", "check_numbers", "check_seconds", "checked_sound", "kind_of_sound", "wav_of"]

RATES = (1000, 384_000)
"""Samples a second, the fewest and the most."""
_LOUDEST = 1e9
_MOST_CHANNELS = 32
_MOST_CHUNKS = 1024
"""Of a WAV or FLAC file, before its sound."""
_MOST_TAGS = 16
"""Before what is heard of an MP3 or FLAC file."""
_MOST_LOST = 10_000
"""Places of an MP3 file where a frame could begin, and none does."""
_WAV_FORMS = {(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64), (6, 8), (7, 8)}
"""Format and bits: of integers, floats, A-law and µ-law."""
_MP3_VERSIONS = {0xFA: 0, 0xF2: 1, 0xE2: 2}
_MP3_KBITS = (
    (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_MP3_RATES = (44100, 48000, 32000)
_MP3_TAG = re.compile(b"Xing|Info")


def kind_of_sound(data: bytes) -> Literal["WAV", "FLAC", "MP3"] | None:
    """What a file is that begins so; None of what is no sound."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "WAV"
    at = _after_tags(data)
    if data[at : at + 4] == b"fLaC":
        return "FLAC"
    return "MP3" if at or (data[:1] == b"\xff" and len(data) > 1 and data[1] & 0xFE in _MP3_VERSIONS) else None


def checked_sound(data: bytes, most_seconds: float) -> bytes:
    """The same sound in a file that says the truth and holds nothing else, of at most so many seconds.

    Raises MediaError for what is no WAV, FLAC or MP3, and for what is damaged where it says what it is.
    """
    kind = kind_of_sound(data)
    if kind is None:
        message = "this is no sound that is known: WAV, MP3 and FLAC are"
        raise MediaError(message)
    if kind == "WAV":
        return _wav(data, most_seconds)
    data = data[_after_tags(data) :]
    return _flac(data, most_seconds) if kind == "FLAC" else _mp3(data, most_seconds)


def check_numbers(samples: NDArray[np.floating[Any]]) -> None:
    """Raise MediaError where they are no sound."""
    if not np.isfinite(samples).all():
        message = "sound has numbers that are not finite"
        raise MediaError(message)
    if len(samples) and max(samples.max(), -samples.min()) > _LOUDEST:
        message = f"sound has numbers beyond {_LOUDEST:g}: they are from -1 to 1"
        raise MediaError(message)


def check_seconds(n_samples: int, rate: int, most_seconds: float) -> None:
    """Raise MediaError for what is too long."""
    if n_samples > most_seconds * rate:
        message = f"the sound is {n_samples / rate:.0f} s long, and {most_seconds:g} s is the most that is taken"
        raise MediaError(message)


def _damaged(why: str) -> MediaError:
    return MediaError(f"the sound cannot be decoded: {why}")


def _check_rate(rate: int) -> None:
    if not RATES[0] <= rate <= RATES[1]:
        message = f"the sound has {rate} samples a second, but must have from {RATES[0]} to {RATES[1]}"
        raise MediaError(message)


def _after_tags(data: bytes) -> int:
    """Where what is heard begins: after ID3's tags."""
    at = 0
    for _ in range(_MOST_TAGS):
        if data[at : at + 3] != b"ID3" or len(data) < at + 10:
            break
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | byte & 0x7F
        at += 10 + size + (10 if data[at + 5] & 0x10 else 0)
    return at


def _wav(data: bytes, most_seconds: float) -> bytes:
    at, form = 12, b""
    for _ in range(_MOST_CHUNKS):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name == b"fmt " and not form:
            form = data[at + 8 : at + 8 + min(size, 40)]
        elif name == b"data":
            break
        at += 8 + size + size % 2
    else:
        name = b""
    if name != b"data" or len(form) < 16:
        raise _damaged("the WAV file has no format in its header, or no sound after it")
    tag, n_channels, rate, _, n_bytes, bits = struct.unpack_from("<HHIIHH", form)
    if tag == 0xFFFE and len(form) >= 26:  # the format is in what follows
        tag = int.from_bytes(form[24:26], "little")
    if (tag, bits) not in _WAV_FORMS or not 1 <= n_channels <= _MOST_CHANNELS or n_bytes != n_channels * bits // 8:
        raise _damaged(
            f"the WAV file has {n_channels} channels of {bits} bits in the format {tag}, in {n_bytes} bytes: "
            "integers of 8, 16, 24 and 32 bits, floats, A-law and µ-law are known"
        )
    _check_rate(rate)
    n_samples = min(size, len(data) - at - 8) // n_bytes
    if n_samples < 1:
        raise _damaged("the WAV file has no sound")
    check_seconds(n_samples, rate, most_seconds)
    sound = data[at + 8 : at + 8 + n_samples * n_bytes]
    if tag == 3:
        check_numbers(np.frombuffer(sound, "<f4" if bits == 32 else "<f8"))
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, n_channels, rate, rate * n_bytes, n_bytes, bits)
    body = head + struct.pack("<4sI", b"data", len(sound)) + sound
    return struct.pack("<4sI4s", b"RIFF", 4 + len(body), b"WAVE") + body


def _flac(data: bytes, most_seconds: float) -> bytes:
    """Its first block, which says what it is, and its frames."""
    at, is_last = 4, False
    for _ in range(_MOST_CHUNKS):
        is_last, size = len(data) > at and bool(data[at] & 0x80), int.from_bytes(data[at + 1 : at + 4], "big")
        at += 4 + size
        if is_last:
            break
    if data[4:8] not in (b"\0\0\0\x22", b"\x80\0\0\x22") or not is_last or len(data) < at:
        raise _damaged("the FLAC file does not begin with what it says of itself, or ends there")
    most_a_frame, packed = int.from_bytes(data[10:12], "big"), int.from_bytes(data[18:26], "big")
    rate, n_samples = packed >> 44, packed & (2**36 - 1)
    _check_rate(rate)
    if not n_samples:
        raise _damaged("the FLAC file does not say how long it is")
    check_seconds(n_samples, rate, most_seconds)
    n_bytes = len(data) - at
    if n_samples > most_a_frame * (n_bytes // 10):  # the least that a frame is
        raise _damaged(f"the FLAC file says that {n_samples} samples are in its {n_bytes} bytes, which cannot be")
    return b"fLaC\x80\0\0\x22" + data[8:42] + data[at:]


class _Frame(NamedTuple):
    """Of an MP3 file."""

    form: tuple[int, int, bool]
    n_bytes: int
    n_samples: int
    rate: int


def _frame(data: bytes, at: int) -> _Frame | None:
    """The frame that begins there."""
    head = data[at : at + 4]
    version = _MP3_VERSIONS.get(head[1] & 0xFE) if len(head) == 4 and head[0] == 0xFF else None
    if version is None:
        return None
    bitrate, rate_index = head[2] >> 4, head[2] >> 2 & 3
    if bitrate in (0, 15) or rate_index == 3:
        return None
    rate, n_samples = _MP3_RATES[rate_index] >> version, 576 if version else 1152
    n_bytes = n_samples * _MP3_KBITS[version > 0][bitrate - 1] * 125 // rate + (head[2] >> 1 & 1)
    return _Frame((version, rate_index, head[3] >> 6 == 3), n_bytes, n_samples, rate)


def _mp3(data: bytes, most_seconds: float) -> bytes:
    """Its frames of one kind, without the one that says how many there are."""
    frames: list[bytes] = []
    form, at, n_lost, is_in_step = None, 0, 0, False
    while n_lost < _MOST_LOST and (at := data.find(b"\xff", at)) >= 0:
        frame = _frame(data, at)
        if frame and not is_in_step:  # what another one follows is no chance
            following = _frame(data, at + frame.n_bytes)
            frame = frame if following and following.form == frame.form else None
        is_in_step = frame is not None and form in (None, frame.form)
        if frame is None or not is_in_step:
            n_lost, at = n_lost + 1, at + 1
            continue
        form, end = frame.form, at + frame.n_bytes
        if end > len(data):
            break
        if not _MP3_TAG.search(data, at, min(at + 48, end)):
            frames.append(data[at:end])
            check_seconds(len(frames) * frame.n_samples, frame.rate, most_seconds)
        at = end
    if len(frames) < 2:
        raise _damaged("the MP3 file has no frames of sound")
    return b"".join(frames)


def wav_of(samples: NDArray[Any], rate: int) -> bytes:
    """A WAV file of floats: what reads it resamples it."""
    data = np.ascontiguousarray(samples, "<f4").tobytes()
    head = struct.pack("<IHHIIHH", 16, 3, 1, rate, 4 * rate, 4, 32)
    return (
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + head + b"data" + struct.pack("<I", len(data)) + data
    )

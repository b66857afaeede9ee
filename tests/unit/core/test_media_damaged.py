"""Damaged files, and files made to do damage: each is taken or is a MediaError, at little cost."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.capabilities import needs
from tests.media_files import bmp_of_runs, exif, picture_file, png, png_chunk, sound_file, tone, wav
from tests.models import write_audio_projector, write_random_projector
from tests.process import run_python

MOST_MEGABYTES = 700
"""Of the whole process, whatever the files say: a picture of as many pixels as are taken, decoded and prepared."""
MOST_SECONDS = 8.0
"""For one file; the slowest takes about one."""

# The last line that it prints is about the file that it died of.
CODE = """
import sys, time
from pathlib import Path
import numpy as np
from llamacffi import Model, MediaError
from llamacffi.core.media import Media
from llamacffi.core.projector import MediaChunk, Projector

model_path, eye_path, ear_path, folder = sys.argv[1:]
model = Model(model_path)
eye, ear = Projector(model, eye_path, n_threads=1), Projector(model, ear_path, n_threads=1)

def outcome(data):
    try:
        media = Media.of(data)
    except MediaError:
        return "refused"
    projector = eye if media.kind == "image" else ear
    try:
        chunks = projector.chunks([media], add_special=False)
        rows = [projector.encode(chunk) for chunk in chunks if isinstance(chunk, MediaChunk)]
    except MediaError:
        return "not prepared"
    return "taken" if all(np.isfinite(one).all() for one in rows) else "not finite"

for path in sorted(Path(folder).iterdir()):
    print(path.name, end=" ", flush=True)
    start = time.monotonic()
    found = outcome(path.read_bytes())
    print(round(time.monotonic() - start, 2), found, flush=True)
if sys.platform == "linux":
    status = dict(line.split(":", 1) for line in open("/proc/self/status", encoding="ascii"))
    print(int(status["VmHWM"].split()[0]) // 1024, "MB")
"""


def whole_files() -> dict[str, bytes]:
    random = np.random.RandomState(9)
    pixels = random.randint(0, 256, (40, 56, 3)).astype(np.uint8)
    smooth = Image.fromarray(pixels[:5, :7]).resize((56, 40))
    frames: dict[str, Any] = {"save_all": True, "append_images": [smooth.rotate(180)], "duration": 50}
    runs = b"".join(bytes([7, grey]) * 8 + b"\0\0" for grey in range(40))
    return {
        "png": picture_file(pixels, "PNG", exif=exif(6)),
        "png_palette": picture_file(smooth.quantize(200), "PNG", transparency=3),
        "png_16_bits": picture_file(pixels[:, :, 0].astype(np.uint16) * 200, "PNG"),
        "jpeg": picture_file(smooth, "JPEG", exif=exif(8)),
        "jpeg_progressive": picture_file(smooth, "JPEG", progressive=True),
        "jpeg_cmyk": picture_file(smooth, "JPEG", "CMYK"),
        "gif": picture_file(smooth, "GIF", **frames),
        "bmp": picture_file(smooth, "BMP"),
        "bmp_palette": picture_file(smooth.quantize(16), "BMP"),
        "bmp_runs": bmp_of_runs(56, 40, runs),
        "webp": picture_file(smooth, "WEBP", exif=exif(3)),
        "webp_lossless": picture_file(smooth, "WEBP", lossless=True),
        "webp_frames": picture_file(smooth, "WEBP", "RGBA", **frames),
        "wav": sound_file(tone(440, 0.3)),
        "wav_floats": sound_file(tone(440, 0.3), subtype="FLOAT"),
        "flac": sound_file(tone(440, 0.3), form="FLAC"),
        "mp3": sound_file(tone(440, 0.3), form="MP3"),
    }


def damaged(data: bytes, other: bytes, kind: int, random: np.random.RandomState) -> bytes:
    """What a disk, a network or a hand does to a file."""
    found = bytearray(data)
    at = int(random.randint(len(data)))
    if kind == 0:  # it ends before
        del found[max(at, 1) :]
    elif kind == 1:  # it ends just before
        del found[-int(random.randint(1, 30)) :]
    elif kind in (2, 3):  # bits, anywhere or in the header
        for place in random.randint(0, len(data) if kind == 2 else 80, 4):
            found[place] ^= 1 << random.randint(8)
    elif kind == 4:  # a number of the header
        place = int(random.randint(4, 80))
        value = (0, 1, 0xFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)[random.randint(8)]
        found[place : place + 4] = struct.pack("<>"[random.randint(2)] + "I", value)
    elif kind == 5:  # it goes on as another one
        found[at:] = other[int(random.randint(len(other))) :]
    elif kind == 6:  # bytes that are too many
        found[at:at] = random.randint(0, 256, random.randint(1, 50)).astype(np.uint8).tobytes()
    else:  # bytes that are missing
        del found[at : at + int(random.randint(1, 50))]
    return bytes(found)


def pictures_that_lie() -> dict[str, bytes]:
    whole = whole_files()
    huge = {
        "png": struct.pack(">II", 50_000, 50_000),
        "gif": struct.pack("<HH", 50_000, 50_000),
        "bmp": struct.pack("<II", 50_000, 50_000),
    }
    places = {"png": 16, "gif": 6, "bmp": 18}
    found = {f"huge_{kind}": whole[kind][:at] + huge[kind] + whole[kind][at + 8 :] for kind, at in places.items()}
    jpeg = whole["jpeg"]
    size = jpeg.index(b"\xff\xc0") + 5
    found["huge_jpeg"] = jpeg[:size] + struct.pack(">HH", 50_000, 50_000) + jpeg[size + 4 :]
    extended = struct.pack("<4sIIBBBHBH", b"VP8X", 10, 0, 0x4F, 0xC3, 0, 0xC34F, 0, 0)[:18]
    found["huge_webp"] = b"RIFF" + struct.pack("<I", len(whole["webp"])) + b"WEBP" + extended + whole["webp"][12:]
    frame = whole["gif"]
    place = frame.index(b",", 13 + 3 * 2 ** ((frame[10] & 7) + 1))
    found["huge_gif_frame"] = frame[: place + 5] + struct.pack("<HH", 60_000, 60_000) + frame[place + 9 :]
    # The most pixels that are taken, of few bytes.
    found["most_pixels"] = png(5792, 5792, bytes(5792 * 5793), color=0)
    found["most_pixels_jpeg"] = picture_file(Image.new("RGB", (5792, 5792), (9, 80, 200)), "JPEG", progressive=True)
    found["too_many_pixels"] = png(6000, 6000, bytes(6000 * 6001), color=0)
    return found


def pictures_that_swell() -> dict[str, bytes]:
    """A few bytes that are to become many, or to take long."""
    whole = whole_files()
    row = b"\0" * 25
    zeros = zlib.compress(bytes(2**28), 9)
    start, later = whole["png"][:33], whole["png"][33:]
    jpeg = whole["jpeg_progressive"]
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    plain = picture_file(Image.new("RGB", (2000, 2000)), "JPEG", progressive=True)
    plain_scan = plain[plain.rindex(b"\xff\xda") : -2]
    fields = exif(6, before=5000, size=60_000)
    segment = b"\xff\xe1" + struct.pack(">H", len(fields) + 8) + b"Exif\0\0" + fields
    gif = whole["gif"]
    at = gif.index(b"\x21", 13 + 3 * 2 ** ((gif[10] & 7) + 1))
    image = gif[gif.index(b",", at) : -1]
    return {
        "png_swells": png(8, 8, row * 8 + bytes(2**28)),
        "png_text": start + png_chunk(b"zTXt", b"a\0\0" + zeros) + later,
        "png_texts": start + png_chunk(b"iTXt", b"a\0\1\0\0\0" + zlib.compress(bytes(2**20))) * 200 + later,
        "png_profile": start + png_chunk(b"iCCP", b"a\0\0" + zeros) + later,
        "png_fields": start + png_chunk(b"eXIf", exif(6, before=60_000, size=700_000)) + later,
        "png_chunks": start + png_chunk(b"aaAa", b"") * 600_000 + later,
        "png_frames": start + png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)) + later,
        "jpeg_scans": jpeg[:-2] + scan * 5000 + jpeg[-2:],
        "jpeg_large_scans": plain[:-2] + plain_scan * 5000 + plain[-2:],
        "jpeg_segments": jpeg[:2] + b"\xff\xdd\0\4\0\0" * 500_000 + jpeg[2:],
        "jpeg_fill": jpeg[:2] + b"\xff" * 5_000_000 + jpeg[2:],
        "jpeg_fill_in_scan": jpeg[:-9] + b"\xff" * 5_000_000 + b"\0" + jpeg[-9:],
        "jpeg_fields": jpeg[:2] + segment * 100 + jpeg[2:],
        "gif_endless": gif[:at] + image * (5_000_000 // len(image)),
        "gif_comments": gif[:at] + b"\x21\xfe" + b"\1a" * 3_000_000 + b"\0" + gif[at:],
        "gif_extensions": gif[:at] + b"\x21\xf9\0" * 2_000_000 + gif[at:],
        "gif_nothing": gif[:at] + bytes(5_000_000),
        "bmp_runs_of_one": bmp_of_runs(4000, 4000, b"\1\5" * 4_000_000),
        "bmp_runs_some": bmp_of_runs(1400, 1400, (b"\1\5" * 1400 + b"\0\0") * 1400),
        "bmp_runs_up": bmp_of_runs(5000, 5000, b"\0\2\0\xff" * 500_000),
    }


def mp3_frame(first: bytes, body: bytes = b"") -> bytes:
    """A frame of 32 kbit/s and 8 kHz: 288 bytes."""
    return first + body + bytes(288 - len(first) - len(body))


def sounds_that_lie() -> dict[str, bytes]:
    sound = (tone(440, 0.2) * 32767).astype("<i2").tobytes()
    mp3, flac = whole_files()["mp3"], whole_files()["flac"]
    tag = mp3.index(b"Xing") if b"Xing" in mp3 else mp3.index(b"Info")
    counted = mp3[:tag] + struct.pack(">4sII", b"Xing", 1, 3_000_000) + mp3[tag + 12 :]
    told = struct.pack(">4sII", b"Xing", 1, 2**32 - 1)
    frames = mp3_frame(b"\xff\xe3\x48\xc0") * 3
    no_flac = b"fLaC\x80\0\0\x22" + bytes(34)

    def of_samples(n: int, rate: int = 16000) -> bytes:
        packed = int.from_bytes(flac[18:26], "big") & (2**44 - 2**36)
        return flac[:18] + (rate << 44 | packed | n).to_bytes(8, "big") + flac[26:]

    found = {
        "wav_4_gb": wav(sound, size=0xFFFFFFFF),
        "wav_4_gb_less": wav(sound, size=0xFFFFFFF0),
        "wav_bytes": wav(sound, n_bytes=1),
        "wav_many_bytes": wav(sound, n_bytes=60_000),
        "wav_no_bytes": wav(sound, n_bytes=0),
        "wav_channels": wav(sound, n_channels=65_535, n_bytes=2),
        "wav_many_channels": wav(sound, n_channels=200),
        "wav_adpcm": wav(sound, tag=2, bits=4, n_bytes=1),
        "wav_ima": wav(sound, tag=17, bits=4, n_bytes=1),
        "wav_mp3_inside": wav(mp3, tag=85),
        "wav_not_finite": wav(np.array([np.nan, np.inf, 1.0] * 999, "<f4").tobytes(), tag=3, bits=32),
        "wav_loud": wav(np.full(999, 3e38, "<f4").tobytes(), tag=3, bits=32),
        "wav_very_loud": wav(np.full(999, 1e300, "<f8").tobytes(), tag=3, bits=64),
        "wav_loud_yet_taken": wav(np.full(999, -1e9, "<f4").tobytes(), tag=3, bits=32),
        "wav_chunks": wav(sound)[:12] + b"aaaa\0\0\0\0" * 2_000_000 + wav(sound)[12:],
        "wav_no_format_then_mp3": b"RIFF\0\0\0\0WAVE" + counted,
        "flac_2_36": of_samples(2**36 - 1),
        "flac_2_24": of_samples(2**24),
        "flac_no_length": of_samples(0),
        "flac_then_mp3": no_flac + counted,
        "flac_blocks": b"fLaC" + b"\1\0\0\0" * 2_000_000 + flac[4:],
        "flac_block_of_16_mb": flac[:4] + b"\0" + flac[5:42] + b"\x03\xff\xff\xff" + flac[42:],
        "mp3_of_junk": b"\xff\xfb" + np.random.RandomState(11).randint(0, 256, 200_000).astype(np.uint8).tobytes(),
        "mp3_no_frames": b"\xff\xfb" * 3_000_000,
        "mp3_counted": counted,
        "mp3_counted_at_8_khz": mp3_frame(b"\xff\xe3\x48\xc0", bytes(9) + told) + frames,
        "mp3_counted_in_tag": b"ID3\4\0\0\0\0\0\0" + mp3_frame(b"\xff\xe3\x48\xc0", bytes(9) + told) + frames,
        "mp3_no_bitrate": b"\xff\xe3\x00\xc0" * 50_000,
        "mp3_then_no_bitrate": frames + b"\xff\xe3\x00\xc0" * 50_000,
        "mp3_layer_1": b"\xff\xff\x10\xc0" * 50_000,
        "mp3_tags": b"ID3\4\0\0\0\0\0\0" * 500_000,
        "mp3_tag_of_256_mb": b"ID3\4\0\0\x7f\x7f\x7f\x7f" + mp3,
        "mp3_one_frame": mp3_frame(b"\xff\xe3\x48\xc0"),
    }
    for rate in (0, 1, 20, 999, 384_001, 2**32 - 1):
        found[f"wav_of_{rate}"] = wav(bytes(400_000), bits=8, rate=rate)
        found[f"flac_of_{rate}"] = of_samples(3000, min(rate, 2**20 - 1))
    return found


def files() -> dict[str, bytes]:
    whole = whole_files()
    others = list(whole.values())
    found = {f"whole_{name}": data for name, data in whole.items()}
    for i, (name, data) in enumerate(whole.items()):
        random = np.random.RandomState(100 + i)
        for j in range(24):
            found[f"{name}_{j:02}"] = damaged(data, others[(i + j) % len(others)], j % 8, random)
    return {**found, **pictures_that_lie(), **pictures_that_swell(), **sounds_that_lie()}


REFUSED = {
    *(f"huge_{kind}" for kind in ("png", "gif", "bmp", "jpeg", "webp", "gif_frame")),
    *("too_many_pixels", "png_chunks", "jpeg_scans", "jpeg_large_scans", "jpeg_segments"),
    *("gif_comments", "gif_extensions", "gif_nothing", "bmp_runs_of_one"),
    *("wav_bytes", "wav_many_bytes", "wav_no_bytes", "wav_channels", "wav_many_channels", "wav_adpcm", "wav_ima"),
    *("wav_mp3_inside", "wav_not_finite", "wav_loud", "wav_very_loud", "wav_chunks", "wav_no_format_then_mp3"),
    *("flac_2_36", "flac_2_24", "flac_no_length", "flac_then_mp3", "flac_blocks", "flac_block_of_16_mb"),
    *("mp3_of_junk", "mp3_no_frames", "mp3_no_bitrate", "mp3_layer_1", "mp3_tags", "mp3_tag_of_256_mb"),
    *("mp3_one_frame", *(f"{kind}_of_{rate}" for kind in ("wav", "flac") for rate in (0, 1, 20, 999, 384_001))),
}
TAKEN = {
    *("most_pixels", "most_pixels_jpeg", "png_swells", "png_text", "png_texts", "png_profile", "png_fields"),
    *("png_frames", "jpeg_fill", "jpeg_fields", "gif_endless", "bmp_runs_some"),
    *("wav_4_gb", "wav_4_gb_less", "wav_loud_yet_taken", "mp3_counted", "mp3_counted_at_8_khz"),
    *("mp3_counted_in_tag", "mp3_then_no_bitrate"),
}


@needs("mtmd's parts")
def test_damaged_files(tiny_llama: Path, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    wanted: dict[str, Any] = files()
    for name, data in wanted.items():
        (folder / name).write_bytes(data)
    eye = write_random_projector(tmp_path / "eye.gguf", 64)
    ear = write_audio_projector(tmp_path / "ear.gguf", 64)
    run = run_python(CODE, str(tiny_llama), str(eye), str(ear), str(folder), timeout=240)
    assert run.returncode == 0, run.stdout[-300:] + run.stderr[-3000:]
    *lines, last = run.stdout.splitlines() if sys.platform == "linux" else [*run.stdout.splitlines(), "0 MB"]
    seconds, outcomes = dict[str, float](), dict[str, str]()
    for line in lines:
        name, took, outcome = line.split(maxsplit=2)
        seconds[name], outcomes[name] = float(took), outcome
    assert outcomes.keys() == wanted.keys()
    assert len(outcomes) > 450
    assert set(outcomes.values()) == {"taken", "refused", "not prepared"}
    assert {name for name in REFUSED if outcomes[name] != "refused"} == set()
    assert {name for name in TAKEN if outcomes[name] != "taken"} == set()
    assert {name for name in outcomes if name.startswith("whole_") and outcomes[name] != "taken"} == set()
    assert {name: took for name, took in seconds.items() if took > MOST_SECONDS} == {}
    assert int(last.split()[0]) < MOST_MEGABYTES, last
    print(len(outcomes), "files,", last, f"{sum(seconds.values()):.1f} s, at most {max(seconds.values())} s")

"""Pictures and sound in a long row: memory stays, and what is kept has a bound."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.capabilities import needs
from tests.models import write_audio_projector, write_random_projector
from tests.process import run_python

CACHE_BYTES = 100_000
CODE = """
import gc, sys
import numpy as np
from llamacffi import Model
from llamacffi.core.media import Media
from llamacffi.core.projector import Projector
from tests.media_files import picture_file, sound_file

model_path, eye_path, ear_path, most = sys.argv[1:]
model = Model(model_path)
eye, ear = (Projector(model, path, n_threads=1, cache_bytes=int(most)) for path in (eye_path, ear_path))
random = np.random.RandomState(12)

def once(i):
    if i % 20 == 19:
        data, projector = sound_file(random.randn(16000) / 20, form=("WAV", "FLAC", "MP3")[i % 3]), ear
    else:
        pixels = random.randint(0, 256, (300 + i, 400, 3)).astype(np.uint8)
        data, projector = picture_file(pixels, ("PNG", "JPEG", "WEBP", "GIF", "BMP")[i % 5]), eye
    (chunk,) = projector.chunks([Media.of(data)], add_special=False)
    projector.encode(chunk)
    return sum(rows.nbytes for rows in projector._cached.values())

def resident():
    gc.collect()
    status = dict(line.split(":", 1) for line in open("/proc/self/status", encoding="ascii"))
    return int(status["VmRSS"].split()[0])

kept, sizes = [], []
for i in range(200):
    kept.append(once(i))
    if i in (49, 199):
        sizes.append(resident())
print(eye.n_encoded, ear.n_encoded, max(kept), kept[-1], sizes[1] - sizes[0])
"""


@needs("mtmd's parts")
@pytest.mark.skipif(sys.platform != "linux", reason="looks at its memory in /proc")
def test_two_hundred_in_a_row(tiny_llama: Path, tmp_path: Path) -> None:
    eye = write_random_projector(tmp_path / "eye.gguf", 64)
    ear = write_audio_projector(tmp_path / "ear.gguf", 64)
    run = run_python(CODE, str(tiny_llama), str(eye), str(ear), str(CACHE_BYTES))
    assert (run.returncode, run.stderr) == (0, "")
    n_seen, n_heard, most, last, grown = map(int, run.stdout.split())
    assert (n_seen, n_heard) == (190, 10)
    assert CACHE_BYTES // 2 < last <= most <= CACHE_BYTES
    # A picture is half a MB: had each been kept, there would be 70 MB more.
    assert grown < 12 * 1024, f"grew by {grown} KiB"
    print(f"grew by {grown} KiB")

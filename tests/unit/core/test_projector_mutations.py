"""Damaged projectors: each loads or is a ModelLoadError, and none ends the process, whatever it then sees or hears."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.capabilities import needs
from tests.models import (
    write_audio_projector,
    write_gemma3_projector,
    write_llama,
    write_qwen2vl_projector,
    write_random_projector,
)
from tests.models.rewritten import rewritten, tensor_names
from tests.mutations import outcomes_of, survivors

pytestmark = needs("mtmd's parts")

# The last line that it prints is about the file that it died of.
CODE = """
import sys
from pathlib import Path
import numpy as np
from llamacffi import LlamaError, Media, Model, ModelLoadError
from llamacffi.core.projector import Projector
folder = Path(sys.argv[1])
model = Model(folder / "text.gguf", mmproj=False)
picture = Media.image(np.random.RandomState(0).randint(0, 256, (40, 56, 3), np.uint8))
sound = Media.audio(np.sin(np.arange(8000, dtype=np.float32) / 20))
for name in sys.argv[2:]:
    print(name, end=" ", flush=True)
    try:
        projector = Projector(model, folder / name, n_threads=2)
    except ModelLoadError:
        print("refused", flush=True)
        continue
    print("loaded", end=" ", flush=True)
    with projector:
        try:
            for media in [picture] * projector.sees + [sound] * projector.hears:
                for chunk in projector.chunks([media]):
                    if hasattr(chunk, "media"):
                        projector.encode(chunk)
        except LlamaError:
            print("failed", flush=True)
        else:
            print("encoded", flush=True)
"""

Writer = Callable[[Path, int], Path]
WRITERS: list[Writer] = [
    write_random_projector,
    write_qwen2vl_projector,
    write_gemma3_projector,
    write_audio_projector,
]
write = pytest.mark.parametrize("write", WRITERS, ids=["llava", "qwen2vl", "gemma3", "ultravox"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_llama(tmp_path / "text.gguf")
    return tmp_path


@write
def test_a_tensor_that_is_not_there(folder: Path, write: Writer) -> None:
    seed = write(folder / "seed.gguf", 64)
    names = tensor_names(seed)
    for i, name in enumerate(names):
        rewritten(seed, folder / f"{i}.gguf", without={name})
    outcomes = outcomes_of(CODE, folder, [f"{i}.gguf" for i in range(len(names))])
    assert outcomes["refused"] > 3
    assert outcomes.total() == len(names)


@write
def test_another_kind_of_projector(folder: Path, write: Writer) -> None:
    source = Path(__file__).parents[3] / "vendor/llama.cpp/tools/mtmd/clip-impl.h"
    if not source.exists():
        pytest.skip("llama.cpp's source, which has the names of the kinds, is not there")
    kinds = re.findall(r'\{\s*PROJECTOR_TYPE_\w+,\s*"(\w+)"', source.read_text())
    assert len(kinds) > 10
    seed = write(folder / "seed.gguf", 64)
    for i, kind in enumerate(kinds):
        rewritten(seed, folder / f"{i}.gguf", values={"clip.projector_type": kind})
    outcomes = outcomes_of(CODE, folder, [f"{i}.gguf" for i in range(len(kinds))])
    assert outcomes["refused"] > len(kinds) / 2


@write
def test_damaged_files(folder: Path, write: Writer) -> None:
    outcomes: Counter[str] = survivors(write(folder / "seed.gguf", 64), folder, range(150), CODE)
    assert outcomes["refused"] > 30
    assert outcomes["loaded encoded"] > 5

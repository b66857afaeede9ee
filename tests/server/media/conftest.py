"""Models that see or hear, and servers of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama
from llamacffi.core.projector import Projector
from tests.models import (
    LlamaShape,
    write_audio_projector,
    write_color_projector,
    write_llama,
    write_random_projector,
)
from tests.models.colors import rows_of
from tests.server.media.seer import Seer, seeing
from tests.unit.llama.exact import EXACT


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and three projectors of it: of colours, of what looks like noise, and of sound."""
    folder = tmp_path_factory.mktemp("seers")
    write_llama(folder / "model.gguf", shape=LlamaShape(n_ctx_train=2048))
    write_color_projector(folder / "color.gguf", rows_of(folder / "model.gguf"))
    write_random_projector(folder / "vit.gguf", 64)
    write_audio_projector(folder / "ear.gguf", 64)
    return folder


@contextmanager
def model_with(files: Path, projector: str | None, **options: Any) -> Iterator[Llama]:
    with Llama(files / "model.gguf", **{"n_ctx": 2048, "n_parallel": 4, **EXACT, **options}) as llm:
        if projector is not None:
            llm.model.set_projector(Projector(llm.model, files / f"{projector}.gguf", n_threads=1))
        yield llm


@pytest.fixture(scope="module")
def seer(files: Path) -> Iterator[Seer]:
    """It sees colours, each as the token of its word."""
    with model_with(files, "color") as llm, seeing(llm) as seer:
        yield seer


@pytest.fixture(scope="module")
def viewer(files: Path) -> Iterator[Seer]:
    """It sees 16 embeddings a picture."""
    with model_with(files, "vit") as llm, seeing(llm) as seer:
        yield seer


@pytest.fixture(scope="module")
def listener(files: Path) -> Iterator[Seer]:
    """It hears."""
    with model_with(files, "ear") as llm, seeing(llm) as seer:
        yield seer


@pytest.fixture(scope="module")
def reader(files: Path) -> Iterator[Seer]:
    """It does neither."""
    with model_with(files, None) as llm, seeing(llm) as seer:
        yield seer

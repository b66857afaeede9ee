"""Which projector belongs to a model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from llamacffi import Model
from llamacffi.core.projector_file import modalities
from llamacffi.errors import MediaError, ModelLoadError
from tests.capabilities import needs
from tests.models import write_audio_projector, write_random_projector

pytestmark = needs("mtmd's parts")


@pytest.fixture
def folder(tmp_path: Path, tiny_llama: Path) -> Path:
    shutil.copy(tiny_llama, tmp_path / "tiny-Q4_K_M.gguf")
    return tmp_path


def found(folder: Path) -> Path | None:
    with Model(folder / "tiny-Q4_K_M.gguf") as model:
        return model.mmproj


def width(folder: Path) -> int:
    with Model(folder / "tiny-Q4_K_M.gguf") as model:
        return model.n_embd


def test_there_is_none(folder: Path) -> None:
    assert found(folder) is None
    with Model(folder / "tiny-Q4_K_M.gguf") as model, pytest.raises(MediaError, match="mmproj="):
        _ = model.projector


def test_the_one_beside_the_model(folder: Path) -> None:
    path = write_random_projector(folder / "mmproj-F16.gguf", width(folder))
    assert found(folder) == path
    with Model(folder / "tiny-Q4_K_M.gguf", mmproj=False) as model:
        assert model.mmproj is None
    with Model(folder / "tiny-Q4_K_M.gguf") as model:
        assert model.projector is model.projector
        assert model.projector.path == path
        assert model.projector.is_of(model)


def test_not_one_of_another_width_nor_a_damaged_one(folder: Path) -> None:
    write_random_projector(folder / "mmproj-tiny.gguf", width(folder) * 2)
    (folder / "mmproj-broken.gguf").write_bytes(b"GGUF and nothing more")
    assert found(folder) is None
    path = write_random_projector(folder / "mmproj-other.gguf", width(folder))
    assert found(folder) == path


def test_the_one_whose_name_is_most_like_the_models(folder: Path) -> None:
    n = width(folder)
    write_random_projector(folder / "mmproj-large-F32.gguf", n)
    path = write_random_projector(folder / "tiny-mmproj-Q8_0.gguf", n)
    assert found(folder) == path


def test_the_one_that_is_given(folder: Path, tmp_path: Path) -> None:
    path = write_random_projector(tmp_path / "eyes.gguf", width(folder))
    with Model(folder / "tiny-Q4_K_M.gguf", mmproj=path) as model:
        assert model.mmproj == path
        assert model.projector.sees
    blind = Model(folder / "tiny-Q4_K_M.gguf", mmproj=tmp_path / "nowhere.gguf")
    with blind, pytest.raises(ModelLoadError, match="nowhere"):
        _ = blind.projector


def test_what_it_takes_is_in_its_file(folder: Path) -> None:
    n = width(folder)
    assert modalities(None) == frozenset()
    assert modalities(write_random_projector(folder / "a.gguf", n)) == {"image"}
    assert modalities(write_audio_projector(folder / "b.gguf", n)) == {"audio"}


def test_the_one_in_the_models_repository(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    (folder / "elsewhere").mkdir()
    path = write_random_projector(folder / "elsewhere" / "mmproj-F16.gguf", width(folder))

    def mmproj(name: str) -> Path:
        asked.append(name)
        return path

    monkeypatch.setattr("llamacffi.core.loading.located", lambda _name: folder / "tiny-Q4_K_M.gguf")
    monkeypatch.setattr("llamacffi.hub.mmproj", mmproj)
    with Model("hf:owner/tiny:Q4_K_M") as model:
        assert not asked  # before it is needed
        assert model.projector.path == path
        assert asked == ["hf:owner/tiny:Q4_K_M"]

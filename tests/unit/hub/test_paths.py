"""`llamacffi.hub.paths`: the platform's cache folder, or the one that LLAMACFFI_CACHE names."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from llamacffi import Model, hub
from llamacffi.errors import ModelLoadError
from llamacffi.hub.paths import models_dir
from tests.models import BigramModel


def test_variable_overrides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path / "c"))
    assert hub.cache_dir() == tmp_path / "c"
    assert models_dir() == tmp_path / "c" / "models"
    assert not hub.cache_dir().exists(), "asking for the folder must not make it"


def test_relative_variable_becomes_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LLAMACFFI_CACHE", "here")
    assert hub.cache_dir() == Path.cwd() / "here"


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG convention")
def test_platform_convention(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_CACHE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert hub.cache_dir() == tmp_path / "llamacffi"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert hub.cache_dir() == tmp_path / ".cache" / "llamacffi"


def test_files_are_looked_for_in_the_search_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/one.gguf", "b/one.gguf", "b/deep/two.gguf"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"GGUF")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("LLAMACFFI_MODELS", os.pathsep.join(map(str, (tmp_path / "a", tmp_path / "b"))))
    assert hub.resolve("one.gguf") == tmp_path / "a" / "one.gguf"
    assert hub.resolve("one") == tmp_path / "a" / "one.gguf"
    assert hub.resolve("deep/two") == tmp_path / "b" / "deep" / "two.gguf"
    Path("one.gguf").write_bytes(b"GGUF")
    assert hub.resolve("one.gguf") == Path("one.gguf")


def test_a_model_in_the_search_path(bigram: BigramModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_MODELS", str(bigram.path.parent))
    for name in (bigram.path.name, bigram.path.stem):
        with Model(name, n_gpu_layers=0) as model:
            assert model.path == bigram.path
    with pytest.raises(ModelLoadError, match="there is no such file"):
        Model(Path(bigram.path.name))

"""`llamacffi.hub.paths`: the platform's cache folder, or the one that LLAMACFFI_CACHE names."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from llamacffi import hub
from llamacffi.hub.paths import models_dir


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

"""What the build takes from a machine, as far as it can be told without that machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bindgen import toolchain


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder that is all of PATH and of `Program Files (x86)`."""
    for name in ("CC", "CXX", "CMAKE_GENERATOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path))
    return tmp_path


def put(folder: Path, name: str) -> None:
    path = folder / (f"{name}.exe" if os.name == "nt" else name)
    path.touch()
    path.chmod(0o755)


def test_visual_studio_is_found_by_its_own_generator(bare: Path) -> None:
    assert not toolchain.wants_ninja(windows=True)
    assert toolchain.wants_ninja(windows=False)


def test_ninja_where_the_compiler_is_on_path(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bare, "cl")  # a developer prompt
    assert toolchain.wants_ninja(windows=True)
    monkeypatch.setenv("CMAKE_GENERATOR", "NMake Makefiles")
    assert not toolchain.wants_ninja(windows=True)
    assert not toolchain.wants_ninja(windows=False)


def test_ninja_for_a_compiler_that_is_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "gcc")  # w64devkit
    assert toolchain.wants_ninja(windows=True)


def test_visual_studio_is_there_when_its_installer_is(bare: Path) -> None:
    assert not toolchain.has_visual_studio()
    folder = bare / "Microsoft Visual Studio" / "Installer"
    folder.mkdir(parents=True)
    (folder / "vswhere.exe").touch()
    assert toolchain.has_visual_studio()

"""Compiling one backend for an installed package: what it asks for, what it tells CMake. tests/backends compiles."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bindgen import cmake, plugin
from bindgen.compile import ROOT
from bindgen.source import Lock

LOCK = Lock.read(ROOT / "vendor" / "llama.lock.toml")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("LLAMACFFI_", "CMAKE_")):
            monkeypatch.delenv(name)


@pytest.fixture
def projects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """What CMake would be asked to do."""
    asked: list[dict[str, Any]] = []

    class Project:
        def __init__(
            self, source: Path, folder: Path, arguments: Sequence[str], *, settings: Mapping[str, Any], **rest: Any
        ) -> None:
            asked.append({"source": source, "folder": folder, "arguments": list(arguments), **rest})

        def install(self, destination: Path) -> None:
            asked[-1]["destination"] = destination

    monkeypatch.setattr(cmake, "Project", Project)
    monkeypatch.setattr("bindgen.compile.vendored", lambda: (tmp_path / "llama.cpp", LOCK))
    return asked


def test_what_the_machine_lacks_is_asked_of_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugin, "find_cmake", lambda: None)
    monkeypatch.setattr(plugin, "find_tool", lambda _name: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert plugin.requires("rpc") == ["cmake", "ninja", *(["tomli"] if sys.version_info < (3, 11) else [])]
    monkeypatch.setattr(plugin, "find_cmake", lambda: "/usr/bin/cmake")
    monkeypatch.setattr(plugin, "find_tool", lambda _name: "/usr/bin/ninja")
    assert "cmake" not in plugin.requires("rpc")


def test_one_plugin_is_configured(
    projects: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMAKE_ARGS", "-DA=1 '-DB=two words'")
    monkeypatch.setenv("LLAMACFFI_CPU", "all")
    monkeypatch.setenv("LLAMACFFI_JOBS", "3")
    base = tmp_path / "libggml-base-lcffi.so"
    plugin.build("rpc", base, LOCK.commit, tmp_path / "build", tmp_path / "out")
    (asked,) = projects
    assert asked["source"] == ROOT / "cmake" / "plugin"
    assert (asked["source"] / "CMakeLists.txt").is_file()
    assert (asked["folder"], asked["destination"], asked["jobs"]) == (tmp_path / "build", tmp_path / "out", 3)
    told = set(asked["arguments"])
    assert told >= {f"-DLLAMACFFI_GGML_BASE={base}", f"-DLLAMACFFI_LLAMA_COMMIT={LOCK.commit}"}
    assert told >= {"-DLLAMACFFI_BACKENDS=rpc", "-DLLAMACFFI_CPU=all", "-DA=1", "-DB=two words"}


def test_another_llama_cpp_than_the_packages_is_refused(projects: list[dict[str, Any]], tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=f"built from llama.cpp 0123, its lock names {LOCK.commit}"):
        plugin.build("rpc", tmp_path, "0123", tmp_path, tmp_path)
    assert projects == []


def test_a_wrong_kind_of_cpu(projects: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_CPU", "fast")
    with pytest.raises(SystemExit, match="LLAMACFFI_CPU is `fast`; it must be native, all or baseline"):
        plugin.build("cpu", tmp_path, LOCK.commit, tmp_path, tmp_path)
    assert projects == []


def test_settings_that_cannot_be_read(
    projects: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LLAMACFFI_JOBS", "many")
    with pytest.raises(SystemExit, match="LLAMACFFI_JOBS is `many`; it must be a number"):
        plugin.build("rpc", tmp_path, LOCK.commit, tmp_path, tmp_path)
    monkeypatch.setenv("CMAKE_ARGS", "-DA='x")
    with pytest.raises(SystemExit, match="CMAKE_ARGS is `-DA='x`, which cannot be read: No closing quotation"):
        plugin.requires("rpc")
    assert projects == []


def test_a_compiler_is_asked_for_before_anything_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(SystemExit, match="CC is `no-such-compiler`, which is not there"):
        plugin.requires("rpc")


def test_the_command_refuses_an_unknown_name_in_one_line() -> None:
    command = [sys.executable, "-m", "bindgen.plugin", "requires", "vulcan"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("llamacffi: error: there is no backend `vulcan`; did you mean `vulkan`?")
    assert result.stderr.count("\n") == 1

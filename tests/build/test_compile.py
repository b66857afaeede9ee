"""The settings of a build, and what it says when something is missing."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from bindgen import toolchain
from bindgen.compile import Settings

_ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("LLAMACFFI_", "CMAKE_")) or name in {"CC", "CXX"}:
            monkeypatch.delenv(name)


def test_defaults() -> None:
    settings = Settings.read({})
    assert (settings.backends, settings.cpu, settings.build_type) == ("cpu", "native", "Release")
    assert settings.jobs == os.cpu_count()
    assert settings.cmake_args == ()


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LLAMACFFI_BACKENDS", "cpu,rpc")
    monkeypatch.setenv("LLAMACFFI_CPU", "all")
    monkeypatch.setenv("LLAMACFFI_BUILD_TYPE", "Debug")
    monkeypatch.setenv("LLAMACFFI_BUILD_DIR", str(tmp_path))
    monkeypatch.setenv("LLAMACFFI_JOBS", "3")
    monkeypatch.setenv("CMAKE_ARGS", "-DGGML_LTO=ON '-DNAME=two words'")
    assert Settings.read({}) == Settings(
        backends="cpu,rpc",
        cpu="all",
        build_type="Debug",
        build_dir=str(tmp_path),
        jobs=3,
        cmake_args=("-DGGML_LTO=ON", "-DNAME=two words"),
    )


def test_config_settings_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_BACKENDS", "cpu,rpc")
    monkeypatch.setenv("CMAKE_ARGS", "-DA=1")
    settings = Settings.read({"backends": "cpu", "cmake.args": ["-DB=2 -DC=3", "-DD=4"]})
    assert settings.backends == "cpu"
    assert settings.cmake_args == ("-DA=1", "-DB=2", "-DC=3", "-DD=4")  # CMake takes the last of two that disagree
    assert Settings.read({"cmake.args": "-DB=2"}).cmake_args == ("-DA=1", "-DB=2")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"backend": "cpu"}, "unknown --config-settings key `backend`; there are backends, build-dir, build-type"),
        ({"jobs": "many"}, "LLAMACFFI_JOBS is `many`; it must be a number"),
        ({"cpu": "fast"}, "LLAMACFFI_CPU is `fast`; it must be native, all or baseline"),
        ({"backends": "rpc"}, "LLAMACFFI_BACKENDS is `rpc`; it must name cpu"),
        ({"shims": "some"}, "LLAMACFFI_SHIMS is `some`; it must be required or fitting"),
    ],
)
def test_a_wrong_setting_ends_the_build_with_one_line(config: dict[str, str], message: str) -> None:
    with pytest.raises(SystemExit, match="^llamacffi: error: ") as caught:
        Settings.read(config)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="Visual Studio is not on PATH")
def test_a_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"no C compiler found\. Debian and Ubuntu: apt-get install g\+\+"):
        toolchain.check_toolchain()
    (tmp_path / "cc").touch(mode=0o755)
    with pytest.raises(SystemExit, match=r"no C\+\+ compiler found\."):
        toolchain.check_toolchain()


def test_a_compiler_that_was_asked_for_and_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler -O2")
    with pytest.raises(SystemExit, match="CXX is `no-such-compiler -O2`, which is not there"):
        toolchain.check_toolchain()


def test_missing_python_headers_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    with pytest.raises(SystemExit, match=r"no Python\.h in .*python3-dev"):
        toolchain.check_toolchain()


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands in for cmake")
@pytest.mark.parametrize(("version", "taken"), [("3.20.6", False), ("3.21.0", True), ("4.2.1", True)])
def test_an_old_cmake_counts_as_none(
    version: str, *, taken: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "cmake"
    program.write_text(f"#!/bin/sh\necho cmake version {version}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + os.environ["PATH"])
    assert (toolchain.find_cmake() == str(program)) is taken


def test_the_command_line_needs_no_setuptools() -> None:
    program = "import sys; sys.modules['setuptools'] = None; import build_ffi; build_ffi.vendor(None)"
    result = subprocess.run([sys.executable, "-c", program], cwd=_ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "llama.cpp" in result.stderr

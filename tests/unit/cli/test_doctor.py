"""`llamacffi doctor`, on a sound installation and on broken ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import llamacffi
from llamacffi import _native
from llamacffi.cli.app import app
from llamacffi.cli.doctor import is_translated, missing_features
from tests.capabilities import needs

PACKAGE = Path(llamacffi.__file__).parent


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the package that lies in `folder`, away from any other."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    command = [sys.executable, "-m", "llamacffi", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_says_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # else a long path is folded
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path / "cache"))
    result = CliRunner().invoke(app, ["doctor"])
    info = _native.build_info()
    assert result.exit_code == 0, result.output
    for text in (info["llama_commit"], info["llama_version"], *info["backends"], str(tmp_path / "cache")):
        assert text in result.stdout
    # Of an RPC server that other tests knew, and which is gone, nothing is said.
    for device in llamacffi.devices():
        assert device.backend == "RPC" or f"device {device.name}" in result.stdout
    assert result.stdout.endswith("Nothing is wrong.\n")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path / "cache"))
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "LLAMACFFI_CACHE" in result.stdout


def test_without_the_compiled_module(tmp_path: Path) -> None:
    shutil.copytree(
        PACKAGE, tmp_path / "llamacffi", ignore=shutil.ignore_patterns("*.so", "*.pyd", "lib", "__pycache__")
    )
    result = run(tmp_path, "doctor")
    assert result.returncode == 1
    assert "WRONG: llamacffi's compiled module cannot be loaded" in result.stdout
    assert "Traceback" not in result.stderr
    other = run(tmp_path, "models")
    assert other.returncode == 1
    assert other.stderr.startswith("llamacffi: llamacffi's compiled module cannot be loaded")
    assert "Traceback" not in other.stderr


def test_with_a_broken_backend(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "llamacffi", ignore=shutil.ignore_patterns("__pycache__"))
    plugin = next((tmp_path / "llamacffi" / "_native" / "lib").glob("*ggml-cpu*"))
    broken = plugin.with_name(plugin.name.replace("cpu", "broken"))
    broken.write_bytes(b"this is no library")
    result = run(tmp_path, "doctor")
    assert result.returncode == 1
    assert f"WRONG: backend file {broken}" in result.stdout


def test_with_a_backend_of_another_llama_cpp(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "llamacffi", ignore=shutil.ignore_patterns("__pycache__"))
    plugin = next((tmp_path / "llamacffi" / "_native" / "lib").glob("*ggml-cpu*"))
    other = plugin.with_name(plugin.name.replace("cpu", "other"))
    commit = _native.build_info()["llama_commit"]
    other.write_bytes(plugin.read_bytes().replace(commit.encode(), b"1" * len(commit)))
    result = run(tmp_path, "doctor")
    assert result.returncode == 1
    assert (
        f"WRONG: backend file {other}: it was built from llama.cpp {'1' * len(commit)}, this package from {commit}"
        in (result.stdout)
    )
    assert "`llamacffi backend add other` builds it for this one" in result.stdout


def test_with_a_backend_that_was_added_for_another_llama_cpp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_DATA", str(tmp_path))
    old = tmp_path / "backends" / ("0" * 40) / "vulkan"
    old.mkdir(parents=True)
    code, output = examine(tmp_path, monkeypatch)
    assert code == 0
    note = f"NOTE: the backend vulkan in {old} is for another llama.cpp: `llamacffi backend add vulkan` builds it"
    assert note in output
    (tmp_path / "backends" / _native.build_info()["llama_commit"] / "vulkan").mkdir(parents=True)
    assert "NOTE: the backend vulkan" not in examine(tmp_path, monkeypatch)[1]


@pytest.mark.skipif(shutil.which("cc") is None or sys.platform != "linux", reason="needs a C compiler")
def test_with_a_backend_that_this_cpu_cannot_run(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "llamacffi", ignore=shutil.ignore_patterns("__pycache__"))
    plugin = next((tmp_path / "llamacffi" / "_native" / "lib").glob("*ggml-cpu*"))
    source = tmp_path / "illegal.c"
    # What a CPU does with an instruction that it does not know.
    source.write_text("#include <signal.h>\n__attribute__((constructor)) static void f(void) { raise(SIGILL); }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", plugin, source], check=True)
    result = run(tmp_path, "doctor")
    assert result.returncode == 1
    assert result.stdout.count("WRONG: ") == 1
    assert (
        "WRONG: loading the backends ends the process (SIGILL): most likely the CPU backend was compiled for another"
        in (result.stdout)
    )
    assert "threads" in result.stdout  # the rest is still examined


def examine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path / "cache"))
    result = CliRunner().invoke(app, ["doctor"])
    return result.exit_code, result.stdout


@needs("llama_version")
def test_with_a_library_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = _native.build_info()
    monkeypatch.setattr(_native, "build_info", lambda: {**info, "llama_version": "0.0.1"})
    code, output = examine(tmp_path, monkeypatch)
    assert code == 1
    assert f"WRONG: libllama is of llama.cpp {info['llama_version']}, this package was built for 0.0.1" in output
    assert "WRONG: libggml" not in output


def test_a_cpu_without_what_was_compiled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llamacffi.cli.doctor._cpu_flags", lambda: {"fpu", "fma"})
    monkeypatch.setattr("llamacffi.core.backend.features", lambda: {"CPU": {"AVX2": "1", "FMA": "1", "AVX": "0"}})
    code, output = examine(tmp_path, monkeypatch)
    assert code == 1
    assert "WRONG: the CPU backend was built for AVX2, which this machine's CPU does not have" in output


@pytest.mark.parametrize("quota", [0.5, None])
def test_a_quota_against_the_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: float | None) -> None:
    monkeypatch.setattr("llamacffi.core.threads.cgroup_quota", lambda: quota)
    monkeypatch.setattr("os.cpu_count", lambda: 64)
    code, output = examine(tmp_path, monkeypatch)
    assert code == 0
    note = "NOTE: the control group of this process may keep 0.5 of 64 cores busy: the default number of threads is 1;"
    assert (note in output) == (quota is not None)
    assert ("cgroup quota 0.5" in output) == (quota is not None)


def test_features_that_the_machine_lacks() -> None:
    built = {"AVX2": "1", "AVX512": "1", "FMA": "1", "LLAMAFILE": "1", "AMX_INT8": "0"}
    assert missing_features(built, {"avx2", "fma"}) == ["AVX512"]
    assert missing_features(built, {"avx2", "fma", "avx512f"}) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for sysctl is a shell script")
@pytest.mark.parametrize("machine", ["x86_64", "arm64"])
@pytest.mark.parametrize("answer", ["1", "0", ""])
def test_a_python_for_intel_on_an_apple_silicon_mac(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, machine: str, answer: str
) -> None:
    # What macOS has: an Intel Mac does not know the name, and says so on stderr.
    sysctl = tmp_path / "sysctl"
    sysctl.write_text(
        f"#!/bin/sh\ntest \"$*\" = '-n sysctl.proc_translated' || exit 2\n{f'echo {answer}' if answer else 'exit 1'}\n"
    )
    sysctl.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert is_translated() is ((machine, answer) == ("x86_64", "1"))


def test_without_the_extra() -> None:
    program = "import sys; sys.modules['typer'] = None; from llamacffi.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr == "llamacffi: the command line needs typer: pip install 'llamacffi[cli]'\n"

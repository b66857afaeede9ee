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
from llamacffi.cli.doctor import missing_features

PACKAGE = Path(llamacffi.__file__).parent


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the package that lies in `folder`, away from any other."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    command = [sys.executable, "-m", "llamacffi", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_says_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path / "cache"))
    result = CliRunner().invoke(app, ["doctor"])
    info = _native.build_info()
    assert result.exit_code == 0, result.output
    for text in (info["llama_commit"], info["llama_version"], *info["backends"], str(tmp_path / "cache")):
        assert text in result.stdout
    for device in llamacffi.devices():
        assert f"device {device.name}" in result.stdout
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
    (plugin,) = (tmp_path / "llamacffi" / "_native" / "lib").glob("*ggml-cpu*")
    broken = plugin.with_name(plugin.name.replace("cpu", "broken"))
    broken.write_bytes(b"this is no library")
    result = run(tmp_path, "doctor")
    assert result.returncode == 1
    assert f"WRONG: backend file {broken}" in result.stdout


def test_features_that_the_machine_lacks() -> None:
    built = {"AVX2": "1", "AVX512": "1", "FMA": "1", "LLAMAFILE": "1", "AMX_INT8": "0"}
    assert missing_features(built, {"avx2", "fma"}) == ["AVX512"]
    assert missing_features(built, {"avx2", "fma", "avx512f"}) == []


def test_without_the_extra() -> None:
    program = "import sys; sys.modules['typer'] = None; from llamacffi.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr == "llamacffi: the command line needs typer: pip install 'llamacffi[cli]'\n"

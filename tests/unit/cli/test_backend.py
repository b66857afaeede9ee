"""`llamacffi backend`, over a data folder of the test's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llamacffi._native import build_info, library
from llamacffi.cli import backend
from llamacffi.cli.app import app
from llamacffi.hub import backends


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLAMACFFI_DATA", str(tmp_path))
    return tmp_path / "backends"


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["backend", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("data")
def test_list_says_what_is_loaded() -> None:
    code, output, _ = invoke("list")
    assert code == 0
    header, *lines = [line.split() for line in output.splitlines()]
    assert header == ["backend", "llama.cpp", "score", "state", "file"]
    (cpu,) = [line for line in lines if line[0] == "cpu" and line[3] == "loaded"]
    assert cpu[1] == build_info()["llama_commit"][:9]
    assert cpu[4] in {str(path) for path in library.plugins()["cpu"]}


def test_list_says_what_is_for_another_llama_cpp(data: Path) -> None:
    folder = data / ("0" * 40) / "vulkan"
    folder.mkdir(parents=True)
    _, output, _ = invoke("list")
    (line,) = [line for line in output.splitlines() if line.startswith("vulkan")]
    assert line.split()[:4] == ["vulkan", "000000000", "-", "not"]
    assert line.endswith(f"{folder}: for another llama.cpp; `llamacffi backend add vulkan` builds it for this one")


def test_list_says_that_a_process_keeps_what_it_has(data: Path) -> None:
    folder = data / build_info()["llama_commit"] / "late"
    folder.mkdir(parents=True)
    plugin = shutil.copy(library.plugins()["cpu"][0], folder / "libggml-late.so")
    _, output, _ = invoke("list")
    assert f"{plugin}: the backends were started before it was added" in output


@pytest.mark.usefixtures("data")
def test_an_unknown_backend_is_one_line() -> None:
    code, output, errors = invoke("add", "vulcan")
    assert (code, output) == (1, "")
    assert errors.startswith("llamacffi: there is no backend `vulcan`; did you mean `vulkan`? There are cpu, ")
    assert errors.count("\n") == 1


@pytest.mark.parametrize("broken", [False, True])
def test_an_added_backend_that_is_not_loaded(data: Path, monkeypatch: pytest.MonkeyPatch, *, broken: bool) -> None:
    folder = data / build_info()["llama_commit"] / "cpu"
    folder.mkdir(parents=True)
    plugin = shutil.copy(library.plugins()["cpu"][0], folder)
    monkeypatch.setattr(backends, "add", lambda name, progress: folder)
    if broken:
        monkeypatch.setattr(backend, "problems", lambda: (library.Problem(Path(plugin), "libthing.so is missing"),))
    code, output, errors = invoke("add", "cpu")
    if broken:
        assert (code, output) == (1, "")
        assert errors == f"llamacffi: {folder} is built, and cannot be loaded: libthing.so is missing\n"
    else:
        assert (code, output) == (0, f"{folder}\n")
        assert errors.startswith("not loaded here, where another suits the CPU better: ")


def test_remove(data: Path) -> None:
    folder = data / build_info()["llama_commit"] / "vulkan"
    folder.mkdir(parents=True)
    assert invoke("remove", "vulkan") == (0, "removed vulkan\n", "")
    assert not folder.exists()
    assert invoke("remove", "vulkan") == (0, "the backend vulkan was not added\n", "")


@pytest.mark.usefixtures("data")
def test_wheel_of_nothing(tmp_path: Path) -> None:
    code, _, errors = invoke("wheel", "vulkan", "-o", str(tmp_path))
    assert code == 1
    assert "no plug-in of the backend vulkan is here; run `llamacffi backend add vulkan` first" in errors

"""`llamacffi models`, over a cache folder of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from llamacffi import hub
from llamacffi.cli.app import app

NAME = "smollm2-135m-instruct"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path))
    return tmp_path / "models"


@pytest.fixture
def pulled(cache: Path) -> Path:
    """A file that looks pulled: the cache is trusted by name and size."""
    ((entry, _),) = [(entry, path) for entry, path in hub.models() if entry.name == NAME]
    cache.mkdir()
    path = cache / entry.file
    with path.open("wb") as file:
        file.truncate(entry.size)
    return path


def invoke(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["models", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("cache")
def test_list_says_what_is_not_there() -> None:
    code, output, _ = invoke()
    assert code == 0
    (line,) = [line for line in output.splitlines() if line.startswith(NAME)]
    assert "98 MB" in line
    assert "Apache-2.0" in line
    assert "not pulled" in line


@pytest.mark.usefixtures("pulled")
def test_list_says_what_is_there() -> None:
    _, output, _ = invoke()
    (line,) = [line for line in output.splitlines() if line.startswith(NAME)]
    assert "in the cache" in line


def test_path_and_remove(pulled: Path) -> None:
    assert invoke("path", NAME) == (0, f"{pulled}\n", "")
    assert invoke("remove", NAME) == (0, f"removed {NAME}\n", "")
    assert not pulled.exists()
    assert invoke("remove", NAME) == (0, f"{NAME} is not in the cache\n", "")
    code, output, errors = invoke("path", NAME)
    assert (code, output) == (1, "")
    assert f"llamacffi models pull {NAME}" in errors


def test_pull_of_what_is_there_downloads_nothing(pulled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert invoke("pull", NAME) == (0, f"{pulled}\n", "")


def test_pull_without_an_index(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    code, output, errors = invoke("pull", NAME)
    assert (code, output) == (1, "")
    assert errors.startswith("llamacffi: ")
    assert "Traceback" not in errors
    assert not list(cache.rglob("*.gguf"))


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("command", ["pull", "path", "remove"])
def test_unknown_name(command: str) -> None:
    code, _, errors = invoke(command, "smollm2-135m-instrukt")
    assert code == 1
    assert NAME in errors


@pytest.mark.network
@pytest.mark.slow
def test_pull(cache: Path) -> None:
    code, output, _ = invoke("pull", NAME)
    assert code == 0
    path = Path(output.strip())
    assert path.parent == cache
    assert path.read_bytes()[:4] == b"GGUF"
    assert invoke("pull", NAME, "--verify") == (0, output, "")

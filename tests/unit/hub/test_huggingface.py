"""`hf:owner/repo:what`: which file that is, and its way into the cache, from a server that speaks as the Hub does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llamacffi import hub
from llamacffi.errors import ModelLoadError
from llamacffi.hub.repo_files import RepoName, choose, choose_mmproj
from tests.unit.hub.child import Child, started
from tests.unit.hub.hub_server import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.hub.hub_server import HubServer

SPLIT = [f"big/Big-Q8_0-{i:05}-of-00003.gguf" for i in (1, 2, 3)]
FILES = [
    "README.md",
    "Tiny-Q4_K_M.gguf",
    "Tiny-Q4_K_S.gguf",
    "Tiny.Q5_K_M.gguf",
    "Tiny-Q8_0.gguf",
    "mmproj-Tiny-F16.gguf",
    "mmproj-Tiny-Q8_0.gguf",
]
DATA = bytes(range(256)) * 2000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hf:owner/repo", RepoName("owner/repo")),
        ("hf:owner/repo:Q4_K_M", RepoName("owner/repo", "Q4_K_M")),
        ("hf:owner/My.Repo-GGUF@v1:sub/a b.gguf", RepoName("owner/My.Repo-GGUF", "sub/a b.gguf", "v1")),
        ("hf:owner/repo:*Q4*", RepoName("owner/repo", "*Q4*")),
    ],
)
def test_names_are_read_as_they_are_written(text: str, expected: RepoName) -> None:
    assert RepoName.parse(text) == expected
    assert str(expected) == text


@pytest.mark.parametrize("text", ["hf:", "hf:repo", "hf:a/b/c", "hf:/repo", "hf:owner/repo:", "hf:owner/../repo"])
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(ModelLoadError, match="a name of the Hub is hf:owner/repo"):
        RepoName.parse(text)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (None, ["Tiny-Q4_K_M.gguf"]),
        ("Q4_K_S", ["Tiny-Q4_K_S.gguf"]),
        ("q8_0", ["Tiny-Q8_0.gguf"]),
        ("Q5_K_M", ["Tiny.Q5_K_M.gguf"]),
        ("*Q5*", ["Tiny.Q5_K_M.gguf"]),
        ("mmproj-Tiny-Q8_0.gguf", ["mmproj-Tiny-Q8_0.gguf"]),
    ],
)
def test_the_file_that_is_meant(what: str | None, expected: list[str]) -> None:
    assert choose(FILES, what) == expected


@pytest.mark.parametrize("what", [None, "Q8_0", "big/*.gguf", "Big-*.gguf", SPLIT[0], SPLIT[2]])
def test_a_split_file_is_all_its_parts(what: str | None) -> None:
    assert choose([*reversed(SPLIT), "README.md"], what) == SPLIT


@pytest.mark.parametrize(
    ("files", "what", "reason"),
    [
        (FILES, "Q4_K", "no file is 'Q4_K'; it has Tiny-Q4_K_M.gguf, Tiny-Q4_K_S.gguf, Tiny-Q8_0.gguf"),
        (FILES, "*Q4*", "fits several: Tiny-Q4_K_M.gguf, Tiny-Q4_K_S.gguf"),
        (["README.md"], None, "it has no GGUF file"),
        (SPLIT[:2], "Q8_0", "it has 2 of the 3 parts of big/Big-Q8_0-00001-of-00003.gguf"),
    ],
)
def test_what_cannot_be_meant(files: list[str], what: str | None, reason: str) -> None:
    with pytest.raises(LookupError) as caught:
        choose(files, what)
    assert reason in str(caught.value)


def test_the_most_exact_projector_is_taken() -> None:
    assert choose_mmproj(FILES) == "mmproj-Tiny-F16.gguf"
    assert choose_mmproj(SPLIT) is None


@pytest.fixture(scope="module")
def hub_server() -> Iterator[HubServer]:
    pytest.importorskip("huggingface_hub")
    with served({}) as server:
        yield server


@pytest.fixture
def server(hub_server: HubServer) -> HubServer:
    tiny = {name: name.encode() + DATA for name in FILES}
    big = {name: name.encode() + DATA for name in SPLIT}
    hub_server.repos = {"owner/tiny": tiny, "owner/big": big}
    hub_server.requests.clear()
    hub_server.needs_token, hub_server.gated = None, False
    return hub_server


def settings(server: HubServer, home: Path) -> dict[str, str]:
    return {"HF_ENDPOINT": server.url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_TOKEN": ""}


@pytest.fixture(scope="module")
def child_and_home(hub_server: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Child, Path]]:
    home = tmp_path_factory.mktemp("hf")
    with started(**settings(hub_server, home)) as child:
        yield child, home


@pytest.fixture
def child(child_and_home: tuple[Child, Path]) -> Child:
    return child_and_home[0]


@pytest.fixture
def home(child_and_home: tuple[Child, Path]) -> Path:
    home = child_and_home[1]
    shutil.rmtree(home / "hub", ignore_errors=True)
    return home


PROGRAM = """
from llamacffi.errors import ModelLoadError
told = []
try:
    path = hub.resolve(name, progress=lambda done, total: told.append((done, total)))
    result = {"path": str(path), "told": told}
except ModelLoadError as error:
    result = {"error": str(error)}
"""


def resolve(child: Child, name: str) -> dict[str, Any]:
    result: dict[str, Any] = child.run(PROGRAM, name=name)
    return result


def resolve_with(server: HubServer, home: Path, name: str, **environment: str) -> dict[str, Any]:
    """The same in a process with other settings, which huggingface_hub reads when it is imported."""
    with started(**{**settings(server, home), **environment}) as other:
        return resolve(other, name)


def downloads(server: HubServer) -> list[str]:
    return [path.partition("/resolve/main/")[2] for method, path, _ in server.requests if method == "GET"]


def test_a_file_is_downloaded_once(server: HubServer, child: Child, home: Path) -> None:
    first = resolve(child, "hf:owner/tiny:Q8_0")
    assert Path(first["path"]).read_bytes() == b"Tiny-Q8_0.gguf" + DATA
    n = len(DATA) + len("Tiny-Q8_0.gguf")
    assert first["told"][-1] == [n, n]
    assert downloads(server).count("Tiny-Q8_0.gguf") == 1
    again = resolve(child, "hf:owner/tiny:Q8_0")
    assert again == {"path": first["path"], "told": []}
    assert downloads(server).count("Tiny-Q8_0.gguf") == 1


def test_all_parts_come_and_the_first_is_the_model(server: HubServer, child: Child, home: Path) -> None:
    result = resolve(child, "hf:owner/big@v1")
    assert sorted(path.name for path in Path(result["path"]).parent.iterdir()) == [
        name.removeprefix("big/") for name in SPLIT
    ]
    assert result["path"].endswith(SPLIT[0])
    total = sum(len(DATA) + len(name) for name in SPLIT)
    assert result["told"][-1] == [total, total]


def test_a_download_that_breaks_off_is_resumed(server: HubServer, child: Child, home: Path) -> None:
    large = DATA * 48  # what came is written in pieces of 10 MB
    server.repos["owner/tiny"]["Tiny-Q8_0.gguf"] = large
    server.breaks = 1
    result = resolve(child, "hf:owner/tiny:Q8_0")
    assert Path(result["path"]).read_bytes() == large
    assert result["told"][-1] == [len(large), len(large)]
    assert [asked for method, _, asked in server.requests if method == "GET" and asked] == ["bytes=10485760-"]


def test_what_is_in_the_cache_needs_no_network(server: HubServer, child: Child, home: Path) -> None:
    path = resolve(child, "hf:owner/tiny")["path"]
    assert resolve_with(server, home, "hf:owner/tiny", HF_HUB_OFFLINE="1")["path"] == path
    assert resolve_with(server, home, "hf:owner/tiny", HF_ENDPOINT="http://127.0.0.1:9")["path"] == path
    offline = resolve_with(server, home, "hf:owner/tiny:Q8_0", HF_HUB_OFFLINE="1")
    assert "no file is 'Q8_0'; it has Tiny-Q4_K_M.gguf" in offline["error"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("hf:owner/none", "there is no repository owner/none, or it is private and needs HF_TOKEN"),
        ("hf:owner/tiny@v9", "owner/tiny has no revision 'v9'"),
        ("hf:owner/tiny:Q2_K", "no file is 'Q2_K'; it has Tiny-Q4_K_M.gguf"),
    ],
)
def test_what_is_not_there_is_said(server: HubServer, child: Child, home: Path, name: str, reason: str) -> None:
    error = resolve(child, name)["error"]
    assert reason in error
    assert name in error


def test_a_hub_that_cannot_be_reached_is_said(server: HubServer, child: Child, home: Path) -> None:
    error = resolve_with(server, home, "hf:owner/tiny", HF_ENDPOINT="http://127.0.0.1:9")["error"]
    assert "the Hub could not be asked" in error
    assert "the cache does not have it" in error


def test_a_token_opens_what_is_closed(server: HubServer, child: Child, home: Path) -> None:
    server.needs_token, server.gated = "secret", True
    assert "accept its terms" in resolve_with(server, home, "hf:owner/tiny", HF_TOKEN="wrong")["error"]
    assert resolve_with(server, home, "hf:owner/tiny", HF_TOKEN="secret")["path"].endswith("Tiny-Q4_K_M.gguf")


def test_the_package_that_is_needed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ModelLoadError, match=r"pip install 'llamacffi\[hf\]'"):
        hub.resolve("hf:owner/tiny")


def test_what_is_there_is_known_by_the_command(server: HubServer, child: Child, home: Path) -> None:
    environment = {**os.environ, **settings(server, home)}
    command = [sys.executable, "-m", "llamacffi", "models", "pull", "hf:owner/tiny:Q8_0"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert Path(run.stdout.strip()).read_bytes() == b"Tiny-Q8_0.gguf" + DATA

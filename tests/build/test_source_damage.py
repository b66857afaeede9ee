"""`bindgen.source`: archives and trees that are not what the lock says."""

from __future__ import annotations

import hashlib
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bindgen import source
from bindgen.archive import FetchError, unpack
from bindgen.source import Lock, SourceError, digest, ensure, manifest
from tests.build.pinned import BUILD, FILES, TOP, Pin

if TYPE_CHECKING:
    pass


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

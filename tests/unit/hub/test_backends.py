"""Adding, listing and removing backends, without a compile: the recipe is one of the test's own."""

from __future__ import annotations

import shutil
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from llamacffi import BackendError
from llamacffi._native import build_info, library
from llamacffi.hub import backend_wheel, backends

# Stands for bindgen/plugin.py: puts a file where the plug-in belongs, or fails as the real one does.
RECIPE = """
import sys
from pathlib import Path

if sys.argv[1:3] == ["build", "offline"]:
    print("ERROR: no index")
    sys.exit("llamacffi: error: llama.cpp could not be fetched:\\n  git: no network\\nSet LLAMACFFI_LLAMA_CPP_DIR.")
if sys.argv[2] == "broken":
    sys.exit("llamacffi: error: the backend broken needs a hammer. Debian and Ubuntu: apt-get install hammer")
if sys.argv[1] == "requires":
    print("said on the way")
    print()
else:
    options = dict(zip(sys.argv[3::2], sys.argv[4::2]))
    print("compiling", sys.argv[2], options["--commit"], Path(options["--ggml-base"]).name)
    Path(options["--folder"]).mkdir(parents=True)
    output = Path(options["--output"])
    if sys.argv[2] == "crash":
        (output / "half").mkdir(parents=True)
        raise SystemExit(3)
    output.mkdir()
    (output / f"libggml-{sys.argv[2]}.so").write_text("version " + str(len(list(output.parent.parent.iterdir()))))
"""


@pytest.fixture
def commit() -> str:
    return str(build_info()["llama_commit"])


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workshop with a recipe that needs no compiler, and a data folder of the test's own."""
    folder = tmp_path / "shop"
    (folder / "bindgen").mkdir(parents=True)
    (folder / "bindgen" / "__init__.py").touch()
    (folder / "bindgen" / "plugin.py").write_text(RECIPE)
    monkeypatch.setenv("LLAMACFFI_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(backends, "workshop", lambda: folder)
    return folder


def test_add_puts_the_plugin_under_its_llama_cpp(shop: Path, tmp_path: Path, commit: str) -> None:
    lines: list[str] = []
    folder = backends.add("thing", progress=lines.append)
    assert folder == tmp_path / "data" / "backends" / commit / "thing"
    assert [path.name for path in folder.iterdir()] == ["libggml-thing.so"]
    assert folder in library.folders()
    assert [line.split()[:3] for line in lines] == [["compiling", "thing", commit]]
    assert "ggml-base-lcffi" in lines[0]
    # Neither the half-built nor the build folder stays.
    assert [path.name for path in folder.parent.iterdir()] == ["thing"]
    assert not (shop / "build" / "plugin-thing").exists()


@pytest.mark.usefixtures("shop")
def test_add_again_replaces(commit: str, tmp_path: Path) -> None:
    folder = backends.add("thing")
    (folder / "stale").touch()
    assert backends.add("thing") == folder
    assert [path.name for path in folder.iterdir()] == ["libggml-thing.so"]
    assert [path.name for path in folder.parent.iterdir()] == ["thing"]


@pytest.mark.usefixtures("shop")
def test_what_is_missing_is_the_errors_text(tmp_path: Path, commit: str) -> None:
    with pytest.raises(BackendError, match=r"^the backend broken needs a hammer\. Debian and Ubuntu: apt-get"):
        backends.add("broken")
    assert backends.added() == []


@pytest.mark.usefixtures("shop")
def test_a_reason_of_several_lines_is_whole() -> None:
    reason = "llama.cpp could not be fetched:\n  git: no network\nSet LLAMACFFI_LLAMA_CPP_DIR."
    lines: list[str] = []
    with pytest.raises(BackendError) as caught:
        backends.add("offline", progress=lines.append)
    assert str(caught.value) == reason
    with pytest.raises(BackendError) as caught:
        backends.add("offline")  # what was printed before was not seen
    assert str(caught.value) == f"{reason}\nERROR: no index"


@pytest.mark.usefixtures("shop")
def test_a_data_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LLAMACFFI_DATA", str(tmp_path / "file"))
    lines: list[str] = []
    with pytest.raises(BackendError, match="the data folder cannot be written to: .*; LLAMACFFI_DATA names another"):
        backends.add("thing", progress=lines.append)
    assert lines == []  # before anything is compiled


def test_a_cache_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    package = tmp_path / "llamacffi"
    (package / "_recipe").mkdir(parents=True)
    shutil.copytree(backends._PACKAGE / "_native" / "lib", package / "_native" / "lib")
    monkeypatch.setattr(backends, "_PACKAGE", package)
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path / "file"))
    with pytest.raises(BackendError, match="the cache folder cannot be written to: .*; LLAMACFFI_CACHE names another"):
        backends.add("rpc")


@pytest.mark.skipif(sys.platform == "win32", reason="no lock there")
def test_while_another_process_adds_one(shop: Path) -> None:
    lines: list[str] = []
    waiting = threading.Event()

    def say(line: str) -> None:
        lines.append(line)
        waiting.set()

    (shop / "build").mkdir()
    with backends._alone(shop, None):
        thread = threading.Thread(target=backends.add, args=("thing",), kwargs={"progress": say})
        thread.start()
        assert waiting.wait(10)
        thread.join(0.2)
        assert lines == [f"waiting for another process that compiles a backend in {shop}"]
    thread.join(10)
    assert not thread.is_alive()
    assert lines[1].startswith("compiling thing ")
    assert [one.backend for one in backends.added()] == ["thing"]


@pytest.mark.usefixtures("shop")
def test_a_build_that_fails_leaves_what_was_there(tmp_path: Path, commit: str) -> None:
    there = tmp_path / "data" / "backends" / commit / "crash"
    there.mkdir(parents=True)
    (there / "libggml-crash.so").write_text("of yesterday")
    with pytest.raises(BackendError, match=r"^the backend was not built: .*compiling crash"):
        backends.add("crash")
    assert (there / "libggml-crash.so").read_text() == "of yesterday"
    assert [path.name for path in there.parent.iterdir()] == ["crash"]


@pytest.mark.usefixtures("shop")
def test_remove_takes_those_of_every_llama_cpp(tmp_path: Path, commit: str) -> None:
    folder = backends.add("thing")
    other = tmp_path / "data" / "backends" / ("0" * 40) / "thing"
    shutil.copytree(folder, other)
    assert [(one.backend, one.commit, one.current) for one in backends.added()] == sorted(
        [("thing", commit, True), ("thing", "0" * 40, False)], key=lambda row: row[1]
    )
    assert backends.remove("thing")
    assert backends.added() == []
    assert not folder.exists()
    assert not other.parent.exists()
    assert not backends.remove("thing")


@pytest.mark.usefixtures("shop")
def test_what_was_installed_is_not_removed() -> None:
    with pytest.raises(BackendError, match="the backend cpu in .* was not added but installed"):
        backends.remove("cpu")


def test_the_recipe_is_copied_to_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commit: str) -> None:
    package = tmp_path / "site" / "llamacffi"
    (package / "_recipe" / "bindgen").mkdir(parents=True)
    (package / "_recipe" / "bindgen" / "plugin.py").write_text("new")
    monkeypatch.setattr(backends, "_PACKAGE", package)
    monkeypatch.setenv("LLAMACFFI_CACHE", str(tmp_path / "cache"))
    shop = tmp_path / "cache" / "build" / commit[:12]
    (shop / "bindgen").mkdir(parents=True)
    (shop / "bindgen" / "plugin.py").write_text("old")
    assert backends.workshop() == shop
    assert [path.name for path in (shop / "bindgen").iterdir()] == ["plugin.py"]
    assert (shop / "bindgen" / "plugin.py").read_text() == "new"
    # What another process may be reading is not written again.
    before = (shop / "bindgen" / "plugin.py").stat().st_ino
    backends.workshop()
    assert (shop / "bindgen" / "plugin.py").stat().st_ino == before
    shutil.rmtree(package / "_recipe")
    with pytest.raises(BackendError, match="has no _recipe to compile backends by"):
        backends.workshop()


def test_the_wheel_of_a_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = tmp_path / "libggml-thing.so"
    plugin.write_bytes(b"compiled")
    monkeypatch.setattr(backend_wheel, "plugins", lambda: {"thing": [plugin]})
    monkeypatch.setattr("importlib.metadata.version", lambda name: "1.2.3")
    path = backend_wheel.pack("thing", tmp_path / "dist")
    assert path.name.startswith("llamacffi_backend_thing-1.2.3-py3-none-")
    with zipfile.ZipFile(path) as archive:
        assert archive.read("llamacffi_backend_thing/lib/libggml-thing.so") == b"compiled"
        info = "llamacffi_backend_thing-1.2.3.dist-info"
        assert b"Requires-Dist: llamacffi==1.2.3\n" in archive.read(f"{info}/METADATA")
        points = archive.read(f"{info}/entry_points.txt").decode()
        assert points == "[llamacffi.backends]\nthing = llamacffi_backend_thing\n"
        record = archive.read(f"{info}/RECORD").decode().splitlines()
        # SHA-256 of "compiled", as base64 of `sha256sum`'s hexadecimal gives it.
        assert (
            "llamacffi_backend_thing/lib/libggml-thing.so,sha256=ZOvSZ3F4EPlSSljG13Fb2VArPJI1spGnEEOJs3Ku7Es,8"
            in record
        )
        assert sorted(line.split(",")[0] for line in record) == sorted(archive.namelist())


def test_no_plugin_no_wheel(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="run `llamacffi backend add nothing` first"):
        backend_wheel.pack("nothing", tmp_path)

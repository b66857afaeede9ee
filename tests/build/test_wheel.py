"""The wheel that is installed: one for every CPython from 3.10, whole, and with the licences of what it contains."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wheel() -> Distribution:
    try:
        found = distribution("llamacffi")
    except PackageNotFoundError:
        pytest.skip("llamacffi is used from its source tree here")
    # What a build leaves beside the sources looks like an installed package, too.
    if Path(str(found.locate_file(""))).resolve() == Path(__file__).parents[2]:
        pytest.skip("llamacffi is used from its source tree here")
    if json.loads(found.read_text("direct_url.json") or "{}").get("dir_info", {}).get("editable"):
        pytest.skip("llamacffi is an editable install here")
    return found


@pytest.fixture(scope="module")
def files(wheel: Distribution) -> set[str]:
    return {path.as_posix() for path in wheel.files or ()}


def test_one_wheel_serves_every_cpython(wheel: Distribution, files: set[str]) -> None:
    text = wheel.read_text("WHEEL") or ""
    tags = [line.removeprefix("Tag: ") for line in text.splitlines() if line.startswith("Tag: ")]
    assert tags
    abi = f"cp3{sys.version_info.minor}t" if sysconfig.get_config_var("Py_GIL_DISABLED") else "abi3"
    assert all(tag.split("-")[1] == abi for tag in tags), tags
    assert "Root-Is-Purelib: false" in text
    assert wheel.metadata["Requires-Python"] == ">=3.10"
    if abi == "abi3":
        assert all(tag.startswith("cp310-") for tag in tags), tags
        assert f"llamacffi/_native/_llama{'.pyd' if sys.platform == 'win32' else '.abi3.so'}" in files


def test_it_is_whole(files: set[str]) -> None:
    package = Path(__file__).parents[2] / "llamacffi"
    modules = {path.relative_to(package.parent).as_posix() for path in package.rglob("*.py")}
    assert modules - files == set()
    data = {f"llamacffi/{name}" for name in ("py.typed", "_native/_llama.pyi", "_native/api.json")}
    data |= {path.relative_to(package.parent).as_posix() for path in package.joinpath("server", "page").iterdir()}
    assert data - files == set()
    assert "llamacffi/_native/_build_info.json" in files
    # What `llamacffi backend add` compiles by, laid out as in the repository.
    recipe = ("bindgen/plugin.py", "bindgen/source.py", "cmake/plugin/CMakeLists.txt", "vendor/llama.lock.toml")
    assert {f"llamacffi/_recipe/{name}" for name in recipe} - files == set()


def test_it_holds_nothing_else(files: set[str]) -> None:
    folders = {path.split("/", 1)[0] for path in files if not path.startswith("..")}
    # A repaired wheel may carry a C++ runtime beside the package: on musl and on Windows.
    assert {name for name in folders if not name.endswith(".dist-info")} - {"llamacffi.libs"} == {"llamacffi"}
    assert not [path for path in files if "/csrc/" in path]


@pytest.mark.skipif(sys.platform != "linux", reason="names and readelf as Linux has them")
def test_the_libraries_have_names_of_our_own_and_find_each_other(wheel: Distribution) -> None:
    readelf = shutil.which("readelf")
    assert readelf, "readelf comes with the compiler: apt-get install binutils"
    native = Path(str(wheel.locate_file("llamacffi/_native")))
    libraries = {path.name for path in (native / "lib").iterdir()}
    ours = {f"lib{name}-lcffi.so" for name in ("ggml", "ggml-base", "llama", "llama-common", "mtmd")}
    assert ours | {"libggml-cpu.so"} <= libraries

    # Where auditwheel has bundled a C++ runtime, on musl, it has a hash in its name.
    system = ("libc.", "libm.so", "libstdc++", "libgcc_s", "ld-linux", "libdl.so", "libpthread.so")
    for path in (*native.glob("_llama.*.so"), *(native / "lib").iterdir()):
        assert not path.is_symlink()
        printed = subprocess.run([readelf, "-d", path], capture_output=True, text=True, check=True).stdout
        needed = [line.split("[")[1].rstrip("]") for line in printed.splitlines() if "(NEEDED)" in line]
        assert [name for name in needed if name not in ours and not name.startswith(system)] == [], path.name
        assert ("$ORIGIN/lib" if path.parent == native else "$ORIGIN") in printed, path.name


def test_licences_of_what_is_compiled_in(wheel: Distribution, files: set[str]) -> None:
    # llama.cpp itself, and the libraries in its vendor folder that ask for their text to be passed on.
    for name in ("llama.cpp", "cpp-httplib", "xxhash", "rotate-bits", "jsonhpp"):
        assert [path for path in files if "/licenses/" in path and name in path], name
    assert [path for path in files if path.endswith("/licenses/LICENSE")]
    assert wheel.metadata["License-Expression"] == "MIT"

"""From a clean checkout to an sdist, and from that alone to a wheel: `pytest --sdist`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest

from bindgen.source import Lock, build_files

_ROOT = Path(__file__).parents[2]
_BUILT = shutil.ignore_patterns("*.so", "__pycache__", "*.egg-info", "_build_info.json", ".?*_cache")


def _left_behind(folder: str, names: list[str]) -> set[str]:
    """What a fresh clone does not have."""
    by_folder = {".": {".git", ".tox", ".venv", "build", "dist"}, "vendor": {"llama.cpp"}, "llamacffi/_native": {"lib"}}
    here = Path(folder).relative_to(_ROOT).as_posix()
    return by_folder.get(here, set()) | _BUILT(folder, names)


@pytest.fixture(scope="module", autouse=True)
def _asked_for(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--sdist"):
        pytest.skip("compiles everything from the sdist, for minutes: pytest --sdist")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as a fresh clone has it: without llama.cpp, without anything built."""
    copy = tmp_path_factory.mktemp("checkout") / "llamacffi"
    shutil.copytree(_ROOT, copy, ignore=_left_behind)
    return copy


@pytest.fixture(scope="module")
def sdist(checkout: Path) -> Path:
    subprocess.run([sys.executable, "-m", "build", "--sdist", checkout], check=True)
    (archive,) = (checkout / "dist").glob("llamacffi-*.tar.gz")
    return archive


def test_the_sdist_has_what_the_build_reads_and_nothing_built(sdist: Path, checkout: Path) -> None:
    tree = checkout / "vendor" / "llama.cpp"
    lock = Lock.read(checkout / "vendor" / "llama.lock.toml")
    with tarfile.open(sdist) as archive:
        names = {member.name.split("/", 1)[1] for member in archive if member.isfile()}
    assert {f"vendor/llama.cpp/{path}" for path in build_files(lock, tree)} <= names
    assert {"build_ffi.py", "CMakeLists.txt", "pyproject.toml", "vendor/llama.lock.toml", "tests/conftest.py"} <= names
    assert [name for name in names if name.endswith((".so", ".o", ".gguf", "_build_info.json"))] == []


def test_a_wheel_comes_out_of_the_sdist_alone(sdist: Path, tmp_path: Path) -> None:
    # Fetching llama.cpp again would fail at once: only git may be asked, and git is sent to a folder that is not there.
    environment = os.environ | {
        "LLAMACFFI_LLAMA_CPP_SOURCE": "git",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "url.file:///nowhere/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://",
    }
    command: list[str | Path] = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", tmp_path, sdist]
    subprocess.run(command, env=environment, check=True)
    (wheel,) = tmp_path.glob("llamacffi-*.whl")
    assert "-cp310-abi3-" in wheel.name

    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
    program = "import llamacffi; print(*(device.type for device in llamacffi.devices()))"
    result = subprocess.run([python, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "cpu" in result.stdout.split()

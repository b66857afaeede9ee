"""llama-cpp-python in a virtual environment of its own, over llamacffi's libraries: what others are compared with.

python benchmarks/rival.py              # makes it, and prints what its Python is and what that needs in its environment

Its Python files come from the sdist on the package index; the llama.cpp in there is the pinned one, and so nothing is
compiled: it loads the libraries that llamacffi is linked with.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

import platformdirs

import llamacffi
from llamacffi._native.library import plugin_states

VERSION = "0.3.36"
"""The release whose sdist carries the llama.cpp of vendor/llama.lock.toml."""

LIBRARIES = Path(llamacffi.__file__).parent / "_native" / "lib"


@dataclass(frozen=True)
class Rival:
    """How to run it."""

    python: Path
    variables: dict[str, str]
    """Where it finds its libraries."""

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment with `variables`."""
        return _without_paths() | self.variables


def rival() -> Rival:
    """Find it in the user's cache, or make it there. Needs the package index and a C compiler (CMake looks for one)."""
    if sys.platform == "win32":
        raise RuntimeError("the rival borrows llamacffi's libraries through symbolic links: not on Windows")
    cache = Path(platformdirs.user_cache_dir("llamacffi", appauthor=False)) / "rival"
    home = cache / f"llama-cpp-python-{VERSION}-{sys.implementation.cache_tag}"
    if not (home / "bin" / "python").exists():
        cache.mkdir(parents=True, exist_ok=True)
        _install(home)
    (cpu,) = (str(state.path) for state in plugin_states() if state.backend == "cpu" and state.loaded)
    links = str(_links(cache))
    places = {"LLAMA_CPP_LIB_PATH": links, "MTMD_CPP_LIB": links, "GGML_BACKEND_PATH": cpu}
    return Rival(home / "bin" / "python", places)


def _install(home: Path) -> None:
    """Into a folder beside it first: another process sees all of it or nothing."""
    work = Path(tempfile.mkdtemp(dir=home.parent, prefix="making-"))
    try:
        venv.create(work, with_pip=True, symlinks=True)
        pip = [str(work / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        wanted = ["--no-binary", "llama-cpp-python", f"llama-cpp-python=={VERSION}"]
        flags = _without_paths() | {"CMAKE_ARGS": "-DLLAMA_BUILD=OFF -DLLAVA_BUILD=OFF"}
        subprocess.run([*pip, *wanted], check=True, env=flags)
        try:
            work.rename(home)
        except OSError:  # somebody else was sooner
            if not home.exists():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _without_paths() -> dict[str, str]:
    """This process's environment, with nothing that makes llamacffi importable there."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def _links(cache: Path) -> Path:
    """A folder where llamacffi's libraries have the names that ctypes code looks for, and their own beside them."""
    folder = cache / f"lib-{hashlib.sha256(os.fsencode(LIBRARIES)).hexdigest()[:12]}"
    folder.mkdir(exist_ok=True)
    for path in LIBRARIES.iterdir():
        if "-lcffi" in path.name:
            for name in (path.name, path.name.replace("-lcffi", "")):
                link = folder / name
                if not link.exists():
                    link.unlink(missing_ok=True)
                    link.symlink_to(path)
    return folder


if __name__ == "__main__":
    found = rival()
    print(*(f"{name}={value}" for name, value in found.variables.items()), found.python)

"""Backends that are added to an installed llamacffi: compiled into a plug-in file of the user's, listed, removed.

The package carries the recipe (bindgen/, cmake/ and the lock that pins llama.cpp) in `_recipe`; a checkout is its own
recipe. It runs in a process and a folder of its own, and what it compiles is put in its place by one rename.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from llamacffi._native.library import plugin_states, plugins
from llamacffi._native.plugin_files import added_folder, build_info
from llamacffi.errors import BackendError
from llamacffi.hub.paths import cache_dir

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Added", "add", "added", "remove", "workshop"]

_PACKAGE = Path(__file__).resolve().parents[1]
_ERROR = "llamacffi: error: "
_SHOWN = 15  # so many lines of a build that failed


@dataclass(frozen=True)
class Added:
    """A plug-in that the user added."""

    backend: str
    commit: str
    folder: Path

    @property
    def current(self) -> bool:
        """Whether it belongs to this package's llama.cpp; another one's stays for the package that it was made for."""
        return self.commit == build_info().get("llama_commit")


def added() -> list[Added]:
    """What was added, for whichever llama.cpp."""
    found = []
    for commit in _subfolders(added_folder().parent):
        found += [Added(folder.name, commit.name, folder) for folder in _subfolders(commit)]
    return found


def add(name: str, *, progress: Callable[[str], object] | None = None) -> Path:
    """Compile the backend of that name for this package, and return the folder of its plug-in.

    llama.cpp's source is fetched into the cache when it is not there. CMAKE_ARGS, LLAMACFFI_CPU, LLAMACFFI_JOBS and
    the compiler's variables hold as for the package's own build; `progress` is called with each line that it prints.
    BackendError when it cannot be built, with the reason. A process that has loaded the backends does not see it.
    """
    commit = build_info().get("llama_commit", "")
    target = added_folder() / name
    ggml_base = next((_PACKAGE / "_native" / "lib").glob("*ggml-base-lcffi.*"))
    with _writing("cache", "LLAMACFFI_CACHE"):
        shop = workshop()
        (shop / "build").mkdir(parents=True, exist_ok=True)
    with _alone(shop, progress):
        environment = _environment(name, shop)
        with _writing("data", "LLAMACFFI_DATA"):
            target.parent.mkdir(parents=True, exist_ok=True)
            staging = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
        folder = shop / "build" / f"plugin-{name}"
        try:
            _run(
                [
                    *("build", name, "--commit", commit, "--ggml-base", str(ggml_base)),
                    *("--folder", str(folder), "--output", str(staging / "new")),
                ],
                shop,
                environment,
                progress,
            )
            if target.exists():
                target.rename(staging / "old")
            (staging / "new").rename(target)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return target


def remove(name: str) -> bool:
    """Delete what `add` put there, for every llama.cpp; False when there is nothing."""
    found = [one for one in added() if one.backend == name]
    for one in found:
        shutil.rmtree(one.folder)
        with contextlib.suppress(OSError):  # others are still in it
            one.folder.parent.rmdir()
    if not found and name in plugins():
        where = next(state.path.parent for state in plugin_states() if state.backend == name)
        raise BackendError(f"the backend {name} in {where} was not added but installed; pip uninstalls it")
    return bool(found)


def workshop() -> Path:
    """The folder in which backends are compiled: a checkout, or a copy of the package's recipe in the cache."""
    recipe = _PACKAGE / "_recipe"
    if not recipe.is_dir():
        if (_PACKAGE.parent / "bindgen" / "plugin.py").is_file():
            return _PACKAGE.parent
        raise BackendError(f"{_PACKAGE} has no _recipe to compile backends by; install llamacffi from its own wheel")
    shop = cache_dir() / "build" / str(build_info().get("llama_commit", "unknown"))[:12]
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(recipe, shop, dirs_exist_ok=True, ignore=ignored, copy_function=_put)
    return shop


def _put(source: str, target: str) -> None:
    """Copy a file whole, and only when it differs: another process may be building by it."""
    with contextlib.suppress(OSError):
        if filecmp.cmp(source, target, shallow=False):
            return
    shutil.copy2(source, f"{target}.{os.getpid()}")
    Path(f"{target}.{os.getpid()}").replace(target)


def _environment(name: str, shop: Path) -> dict[str, str]:
    """This process's, with CMake and ninja from the package index when the machine has none."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}  # what it prints comes before what it fails of
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(shop), os.environ.get("PYTHONPATH"))))
    wanted = _run(["requires", name], shop, environment, None)[-1].split()
    if wanted:
        tools = shop / "build" / "tools"
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(tools), *wanted]
        if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode:
            raise BackendError(f"pip could not install {' and '.join(wanted)}; install what the build needs yourself")
        environment["PATH"] = os.pathsep.join((str(tools / "bin"), os.environ.get("PATH", os.defpath)))
        environment["PYTHONPATH"] = os.pathsep.join((environment["PYTHONPATH"], str(tools)))
    return environment


def _run(
    arguments: list[str], shop: Path, environment: dict[str, str], progress: Callable[[str], object] | None
) -> list[str]:
    """Run the recipe, and return the lines that it prints."""
    command = [sys.executable, "-m", "bindgen.plugin", *arguments]
    lines = [""]
    reason: list[str] = []  # the recipe's last words, of one line or several
    with subprocess.Popen(
        command, cwd=shop, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as process:  # fmt: skip
        for line in process.stdout or ():
            if reason or line.startswith(_ERROR):
                reason.append(line.rstrip().removeprefix(_ERROR))
                continue
            lines.append(line.rstrip())
            if progress:
                progress(lines[-1])
    if process.returncode:
        if not reason:
            raise BackendError(f"the backend was not built: {' '.join(lines[-3:]).strip()}")
        # Without `progress` nobody has seen what the compiler said.
        raise BackendError("\n".join([*reason, *([] if progress else lines[1:][-_SHOWN:])]))
    return lines


@contextlib.contextmanager
def _writing(what: str, variable: str) -> Iterator[None]:
    """Say how a folder that cannot be written to is exchanged."""
    try:
        yield
    except OSError as error:
        message = f"the {what} folder cannot be written to: {error}; {variable} names another"
        raise BackendError(message) from error


@contextlib.contextmanager
def _alone(shop: Path, progress: Callable[[str], object] | None) -> Iterator[None]:
    """Only one process builds in a folder at a time."""
    if sys.platform == "win32":
        yield
        return
    with (shop / "build" / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if progress:
                progress(f"waiting for another process that compiles a backend in {shop}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _subfolders(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return []

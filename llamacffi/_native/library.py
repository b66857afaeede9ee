"""Finding and loading the ggml backends: each is one plug-in file, checked before it is initialised."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi._native import log
from llamacffi._native.binding import ffi, lib
from llamacffi._native.check import native_errors
from llamacffi.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Problem", "build_info", "folders", "plugins", "problems", "start"]

_OUR_LIBRARIES = "-lcffi"  # ends the names of the libraries beside the plug-ins: libggml-base-lcffi.so and the like

_lock = threading.Lock()
_started = threading.Event()
_problems: list[Problem] = []


@dataclass(frozen=True)
class Problem:
    """A plug-in file that was not loaded, and why."""

    path: Path
    reason: str


@cache
def build_info() -> Mapping[str, Any]:
    """What the build wrote down: llama_commit, llama_version, backends, cmake_args, undefined and more."""
    import json

    file = Path(__file__).with_name("_build_info.json")
    try:
        info: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return info


def folders() -> tuple[Path, ...]:
    """Where plug-ins are looked for, in order; never the working directory, where ggml itself would look too."""
    return (Path(__file__).parent / "lib",)


def plugins(where: Sequence[Path] | None = None) -> dict[str, list[Path]]:
    """The plug-in files by backend: libggml-cpu.so, and libggml-cpu-haswell.so too, belong to "cpu"."""
    found: dict[str, list[Path]] = {}
    for folder in folders() if where is None else where:
        for pattern in ("libggml-*.so", "libggml-*.dylib", "ggml-*.dll"):
            for path in sorted(folder.glob(pattern)):
                if not path.stem.endswith(_OUR_LIBRARIES):
                    backend = path.stem.partition("ggml-")[2].partition("-")[0]
                    found.setdefault(backend, []).append(path)
    return found


def problems() -> tuple[Problem, ...]:
    """The plug-in files that `start()` found and could not load."""
    return tuple(_problems)


def start() -> None:
    """Load the backends, once; every call after the first returns at once.

    Raises BackendError with all reasons when there is no CPU backend, without which llama.cpp can do nothing.
    """
    if _started.is_set():
        return
    with _lock:
        if _started.is_set():
            return
        lib.lcffi_guard_install()
        log.install()
        _problems.clear()
        _load_all(plugins())
        # Only now: with nothing registered it would search the working directory for plug-ins.
        lib.llama_backend_init()
        _started.set()


def _load_all(found: Mapping[str, list[Path]]) -> None:
    # The CPU last, as ggml does itself: where several backends could run an operation, the first registered is asked.
    for backend in sorted(found, key=lambda name: (name == "cpu", name)):
        usable = [path for path in found[backend] if _belongs(path)]
        if usable:
            _load(backend, _choose(usable))
    if not _cpu_is_loaded():
        tried = "; ".join(f"{problem.path}: {problem.reason}" for problem in _problems)
        where = ", ".join(str(folder) for folder in folders())
        message = (
            f"no CPU backend could be loaded ({tried or f'no plug-in file in {where}'}); "
            "run `pip install --force-reinstall --no-deps llamacffi`"
        )
        raise BackendError(message)


def _cpu_is_loaded() -> bool:
    return bool(lib.ggml_backend_dev_by_type(lib.GGML_BACKEND_DEVICE_TYPE_CPU))


def _belongs(path: Path) -> bool:
    """Whether the plug-in was built from the same llama.cpp as the extension: another one's structures differ."""
    answer = lib.lcffi_plugin_commit(os.fsencode(path))
    commit = ffi.string(answer).decode("utf-8", "replace") if answer else ""
    if commit.startswith("!"):
        _problems.append(Problem(path, commit[1:]))
        return False
    expected = build_info().get("llama_commit", commit)
    if not commit:
        _problems.append(Problem(path, "it does not say which llama.cpp it was built from; build it with llamacffi"))
        return False
    if commit != expected:
        reason = f"it was built from llama.cpp {commit}, this package from {expected}; build it again"
        _problems.append(Problem(path, reason))
        return False
    return True


def _choose(paths: Sequence[Path]) -> Path:
    """The best of a backend's variants for this machine.

    There is one file for each backend so far; variants of the CPU backend are to be compared here by what their
    `ggml_backend_score` returns.
    """
    return paths[0]


def _load(backend: str, path: Path) -> None:
    name = os.fsencode(path)
    # Before ggml opens the file itself: how it is opened first decides to whose ggml it is bound.
    reason = lib.lcffi_plugin_open(backend.encode(), name)
    if reason:
        _problems.append(Problem(path, ffi.string(reason).decode("utf-8", "replace")))
        return
    lib.lcffi_log_clear()
    if not lib.ggml_backend_load(name):
        _problems.append(Problem(path, native_errors() or "ggml_backend_load refused it"))

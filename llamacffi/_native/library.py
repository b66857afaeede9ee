"""Loading the ggml backends: each is one plug-in file, checked before it is initialised."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi._native import log
from llamacffi._native.binding import ffi, lib
from llamacffi._native.check import native_errors
from llamacffi._native.plugin_files import build_info, folders, plugins
from llamacffi.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Plugin", "Problem", "build_info", "folders", "plugin_states", "plugins", "problems", "start"]

_lock = threading.Lock()
_started = threading.Event()
_problems: list[Problem] = []
_loaded: dict[str, Path] = {}


@dataclass(frozen=True)
class Problem:
    """A plug-in file that was not loaded, and why."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Plugin:
    """A plug-in file, and what became of it."""

    backend: str
    path: Path
    commit: str
    """The llama.cpp that it was built from; empty when it does not say."""
    score: int | None
    """How well it suits this machine's CPU; 0 when it cannot run here, None when it has no such demands."""
    loaded: bool
    reason: str
    """Why it was not loaded."""


def problems() -> tuple[Problem, ...]:
    """The plug-in files that `start()` found and could not load."""
    return tuple(_problems)


def plugin_states() -> tuple[Plugin, ...]:
    """Every plug-in file that there is, and whether `start()`, which is called first, loaded it."""
    start()
    reasons = {problem.path: problem.reason for problem in _problems}
    found = []
    for backend, paths in plugins().items():
        for path in paths:
            chosen = _loaded.get(backend)
            score = _score(path)
            reason = reasons.get(path, "")
            if path != chosen and not reason:
                better = f"{chosen} is loaded" if chosen else "the backends were started before it was added"
                reason = "this machine's CPU lacks what it was compiled for" if score == 0 else better
            commit = _text(lib.lcffi_plugin_commit(os.fsencode(path)))
            found.append(
                Plugin(
                    backend=backend,
                    path=path,
                    commit="" if commit.startswith("!") else commit,
                    score=score,
                    loaded=path == chosen,
                    reason=reason,
                )
            )
    return tuple(found)


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
        for path in _best_first([path for path in found[backend] if _belongs(backend, path)]):
            if _load(backend, path):
                _loaded[backend] = path
                break
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


def _belongs(backend: str, path: Path) -> bool:
    """Whether the plug-in was built from the same llama.cpp as the extension: another one's structures differ."""
    commit = _text(lib.lcffi_plugin_commit(os.fsencode(path)))
    if commit.startswith("!"):
        reason = commit[1:]
        if "symbol" in reason.lower():  # what ggml had in another version, and has no more
            reason += f"; was it built from another llama.cpp? `llamacffi backend add {backend}` builds it for this one"
        _problems.append(Problem(path, reason))
        return False
    expected = build_info().get("llama_commit", commit)
    if not commit:
        reason = (
            f"it does not say which llama.cpp it was built from; `llamacffi backend add {backend}` builds one that does"
        )
        _problems.append(Problem(path, reason))
        return False
    if commit != expected:
        reason = (
            f"it was built from llama.cpp {commit}, this package from {expected}; "
            f"`llamacffi backend add {backend}` builds it for this one"
        )
        _problems.append(Problem(path, reason))
        return False
    return True


def _best_first(paths: Sequence[Path]) -> list[Path]:
    """The variants of a backend that can run on this machine, those that use most of its CPU first.

    ggml_backend_score of each is asked; a file that has none runs everywhere.
    """
    scores = {path: _score(path) for path in paths}
    able = [path for path in paths if scores[path] != 0]
    if paths and not able:
        _problems.extend(Problem(path, "this machine's CPU lacks what it was compiled for") for path in paths)
    return sorted(able, key=lambda path: -(scores[path] or 0))


def _score(path: Path) -> int | None:
    score = lib.lcffi_plugin_score(os.fsencode(path))
    return None if score < 0 else int(score)


def _load(backend: str, path: Path) -> bool:
    name = os.fsencode(path)
    # Before ggml opens the file itself: how it is opened first decides to whose ggml it is bound.
    reason = lib.lcffi_plugin_open(backend.encode(), name)
    if reason:
        _problems.append(Problem(path, _text(reason)))
        return False
    lib.lcffi_log_clear()
    if not lib.ggml_backend_load(name):
        _problems.append(Problem(path, native_errors() or "ggml_backend_load refused it"))
        return False
    return True


def _text(chars: Any) -> str:
    return ffi.string(chars).decode("utf-8", "replace") if chars else ""

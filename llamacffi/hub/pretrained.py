"""From a repository of the Hugging Face Hub to a model file, as `from_pretrained` asks for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi.errors import ModelLoadError
from llamacffi.hub.huggingface import Access, fetch, fetch_mmproj
from llamacffi.hub.progress import telling
from llamacffi.hub.repo_files import RepoName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.hub.progress import Progress

__all__ = ["pretrained", "pretrained_mmproj"]


def pretrained(
    repo_id: str,
    filename: str | None = None,
    *,
    additional_files: Sequence[str] | None = None,
    local_dir: str | os.PathLike[str] | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    progress: Progress | bool | None = None,
) -> Path:
    """Download a model file of a repository when it is not there yet, and return its path.

    `filename` is a file, a pattern (`"*Q4_K_M.gguf"`, of files in whatever folder) or a quantisation (`"Q4_K_M"`); the
    usual one when None. All parts of a split model come; `additional_files` are files and patterns of others that are
    to come too. They lie in the Hub's cache (`cache_dir` is another one) or, with their folders, in `local_dir`. With
    `local_files_only` the Hub is not asked. `repo_id` may be a whole name, `hf:owner/repo@revision:what`. What
    `progress` raises ends the download and comes out here.

    Raises ModelLoadError with the reason, TypeError.
    """
    _check_types(repo_id=repo_id, filename=filename or "", revision=revision or "")
    if isinstance(additional_files, str):  # a text is a sequence of texts too
        message = f"additional_files must be a list of files and patterns, not {additional_files!r}"
        raise TypeError(message)
    named = RepoName.parse(repo_id)
    for what, given, other in (("file", filename, named.what), ("revision", revision, named.revision)):
        if given and other:
            raise ModelLoadError(repo_id, f"it names a {what}, and {given!r} is given beside it; give one of them")
    name = RepoName(named.repo, filename or named.what, revision or named.revision)
    access = Access(token=token, cache_dir=_path(cache_dir), local_dir=_path(local_dir), offline=local_files_only)
    with telling(progress, str(name)) as told:
        return fetch(name, access, additional=additional_files or (), progress=told)


def pretrained_mmproj(
    repo_id: str,
    filename: str | None = None,
    *,
    local_dir: str | os.PathLike[str] | None = None,
    cache_dir: str | os.PathLike[str] | None = None,
    revision: str | None = None,
    token: str | bool | None = None,
    local_files_only: bool = False,
    progress: Progress | bool | None = None,
) -> Path:
    """The same of a repository's projector of pictures and sound: the most exact one, or what `filename` fits.

    Raises ModelLoadError, also where there is none, TypeError.
    """
    if filename is not None:
        return pretrained(
            repo_id,
            filename,
            local_dir=local_dir,
            cache_dir=cache_dir,
            revision=revision,
            token=token,
            local_files_only=local_files_only,
            progress=progress,
        )
    _check_types(repo_id=repo_id, revision=revision or "")
    named = RepoName.parse(repo_id)
    name = RepoName(named.repo, named.what, revision or named.revision)
    access = Access(token=token, cache_dir=_path(cache_dir), local_dir=_path(local_dir), offline=local_files_only)
    with telling(progress, str(name)) as told:
        found = fetch_mmproj(name, access, progress=told)
    if found is None:
        raise ModelLoadError(str(name), "it has no mmproj file, and so no projector of pictures and sound")
    return found


def _check_types(**texts: Any) -> None:
    for name, value in texts.items():
        if not isinstance(value, str):
            message = f"{name} must be a text, not {value!r}"
            raise TypeError(message)


def _path(given: str | os.PathLike[str] | None) -> Path | None:
    return None if given is None else Path(given).expanduser()

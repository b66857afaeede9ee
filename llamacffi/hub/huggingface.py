"""Model files in repositories of the Hugging Face Hub, fetched by huggingface_hub.

They lie in the Hub's own cache, which other programs share, or in a folder of the user's. huggingface_hub goes on where
a connection broke off, checks sizes, and knows tokens and mirrors (`HF_TOKEN`, `HF_ENDPOINT`, `HF_HUB_OFFLINE`,
`HF_HOME`).
"""

from __future__ import annotations

import contextlib
import inspect
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from llamacffi.errors import ModelLoadError
from llamacffi.hub.repo_files import WILD, choose, choose_mmproj, choose_other, parts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llamacffi.hub.progress import Progress
    from llamacffi.hub.repo_files import RepoName

__all__ = ["Access", "Folder", "fetch", "fetch_mmproj", "library", "there"]


@dataclass(frozen=True, kw_only=True)
class Access:
    """How files of the Hub are come by."""

    token: str | bool | None = None
    """None for the one that the machine knows, False for none."""
    cache_dir: Path | None = None
    local_dir: Path | None = None
    """A folder that the files are put into, with the folders that they have in the repository; None for the cache."""
    offline: bool = False
    """Whether to take what is there without asking."""
    again: bool = False
    """Whether to download what is there."""


_USUAL = Access()


def fetch(
    name: RepoName,
    access: Access = _USUAL,
    *,
    additional: Sequence[str] = (),
    mmproj: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Download what is not there yet, and return the path of the file, of the first part when it is split.

    `additional` are files and patterns of files that are to come with it, `mmproj` asks for the projector instead.
    Without a network, and when `offline`, what is there is taken. Of a file that is named as it is in the repository,
    and that is there, the Hub is only asked whether it has changed. Raises ModelLoadError with the reason, also without
    huggingface_hub.
    """
    hub = library(str(name))
    try:
        wanted = _Wanted(name, tuple(additional), mmproj=mmproj)
        here = there(name, access)
        exact = wanted.exactly()
        all_here = bool(exact) and all(map(here.has, exact))
        if access.offline or hub.constants.HF_HUB_OFFLINE:
            return here.path(wanted.of(exact if all_here else here.files())[0])
        if all_here:
            sizes = dict.fromkeys(exact, 0)
        else:
            try:
                sizes = _remote(hub, name, access)
            except (OSError, hub.errors.HTTPError) as error:
                if not _is_away(hub, error):
                    raise
                with contextlib.suppress(LookupError):
                    return here.path(wanted.of(here.files())[0])  # better than nothing
                raise
        return _downloaded(hub, name, access, {file: sizes[file] for file in wanted.of(list(sizes))}, here, progress)
    except _StoppedError as stopped:
        raise stopped.reason from None
    except LookupError as error:
        raise ModelLoadError(str(name), str(error)) from None
    except (OSError, ValueError, hub.errors.HTTPError) as error:
        if isinstance(error, ModelLoadError):
            raise
        raise ModelLoadError(str(name), _reason(hub, name, error)) from error


def fetch_mmproj(name: RepoName, access: Access = _USUAL, *, progress: Progress | None = None) -> Path | None:
    """The same of the projector of images and audio in a repository; None when it has none."""
    try:
        return fetch(name, access, mmproj=True, progress=progress)
    except ModelLoadError as error:
        if isinstance(error.__context__, _NoProjector):
            return None
        raise


@dataclass(frozen=True)
class Folder:
    """The files of a repository that are here; a folder may have others too."""

    root: Path | None

    def path(self, file: str) -> Path:
        """Where a file is, or would be."""
        return Path() if self.root is None else self.root / file

    def has(self, file: str) -> bool:
        """Whether that one is here."""
        return self.root is not None and (self.root / file).is_file()

    def files(self) -> list[str]:
        """All of them, by their names in the repository."""
        if self.root is None:
            return []
        found = []
        for parent, folders, names in os.walk(self.root):
            folders[:] = [folder for folder in folders if not folder.startswith(".")]  # huggingface_hub's notes
            found += [Path(parent, name).relative_to(self.root).as_posix() for name in names]
        return sorted(filter(self.has, found))


def there(name: RepoName, access: Access = _USUAL) -> Folder:
    """What is here of a repository: in the cache what it has of the revision, else what is in the local folder."""
    if access.local_dir is not None:
        return Folder(access.local_dir)
    hub = library(str(name))
    where: dict[str, Any] = {"revision": name.revision, "cache_dir": access.cache_dir}
    try:
        return Folder(Path(hub.snapshot_download(name.repo, local_files_only=True, **where)))
    except (hub.errors.LocalEntryNotFoundError, ValueError):  # the latter for a name that cannot be one
        return Folder(None)


def library(name: str) -> Any:
    """huggingface_hub. Raises ModelLoadError, for that name, when it is not installed."""
    try:
        import huggingface_hub.constants
        import huggingface_hub.errors
    except ImportError:
        reason = "names of the Hub need the package huggingface_hub: pip install 'llamacffi[hf]'"
        raise ModelLoadError(name, reason) from None
    return huggingface_hub


class _StoppedError(BaseException):  # no Exception: huggingface_hub would take some for a fault of the network
    """What `progress` raised."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(reason)
        self.reason = reason


class _NoProjector(LookupError):  # noqa: N818 - a case, told apart from other lookups
    """A repository has no projector."""


@dataclass(frozen=True)
class _Wanted:
    """What is asked for of a repository."""

    name: RepoName
    additional: tuple[str, ...]
    mmproj: bool

    def of(self, files: Sequence[str]) -> list[str]:
        """Of these files those, first the model or its first part. Raises LookupError."""
        if self.mmproj:
            projector = choose_mmproj(files)
            if projector is None:
                message = "it has no mmproj file"
                raise _NoProjector(message)
            return [projector]
        if not files:
            message = "nothing of it is here, and the Hub was not to be asked"
            raise LookupError(message)
        found = choose(files, self.name.what)
        for pattern in self.additional:
            found += [file for file in choose_other(files, pattern) if file not in found]
        return found

    def exactly(self) -> list[str]:
        """The files, where a name is that of a file and not a pattern or a quantisation; else []."""
        named = [] if self.mmproj else parts_of(self.name.what)
        if not named or any(set(file) & WILD for file in self.additional):
            return []
        return list(dict.fromkeys([*named, *self.additional]))


def _remote(hub: Any, name: RepoName, access: Access) -> dict[str, int]:
    """The files of the repository with their sizes."""
    info = hub.HfApi(token=access.token).model_info(name.repo, revision=name.revision, files_metadata=True)
    return {file.rfilename: file.size or 0 for file in info.siblings or ()}


def _is_away(hub: Any, error: Any) -> bool:
    """Whether the Hub could not be reached or fails itself, and has not answered the question."""
    if not isinstance(error, hub.errors.HfHubHTTPError):
        return True
    return getattr(error.response, "status_code", 0) >= 500


def _downloaded(
    hub: Any, name: RepoName, access: Access, files: Mapping[str, int], here: Folder, progress: Progress | None
) -> Path:
    # By the branch, not by its commit: only so the cache notes what the branch is, for when there is no network.
    where: dict[str, Any] = {"revision": name.revision, "token": access.token, "force_download": access.again}
    where |= {"cache_dir": access.cache_dir, "local_dir": access.local_dir}
    missing = {file: n for file, n in files.items() if access.again or not here.has(file)}
    if "tqdm_class" in inspect.signature(hub.hf_hub_download).parameters:  # before 1.3 it shows a bar of its own
        where["tqdm_class"] = _bar(progress, sum((missing or files).values()))
    paths = [Path(hub.hf_hub_download(name.repo, file, **where)) for file in files]
    roots = {path.parents[len(PurePosixPath(file).parts) - 1] for path, file in zip(paths, files, strict=True)}
    if len(roots) > 1:
        raise ModelLoadError(str(name), "the repository was changed during the download; try again")
    return paths[0]


def _bar(progress: Progress | None, n_bytes: int) -> Any:
    """What huggingface_hub counts with, in place of a bar of its own: `progress` hears of every piece."""
    from tqdm import tqdm

    done = 0

    class Counter(tqdm):  # type: ignore[misc] # it publishes no types
        def __init__(self, *args: Any, **options: Any) -> None:
            nonlocal n_bytes
            n_bytes = max(n_bytes, int(options.get("total") or 0))
            super().__init__(*args, **options | {"disable": True})
            self.count(options.get("initial") or 0)  # what an earlier download has left

        def update(self, n: float | None = 1) -> None:
            self.count(int(n or 0))

        def count(self, n: int) -> None:
            nonlocal done
            done += n
            if progress is not None and n:
                try:
                    progress(done, max(done, n_bytes))
                except Exception as error:
                    raise _StoppedError(error) from error

    return Counter


def _reason(hub: Any, name: RepoName, error: Exception) -> str:
    errors = hub.errors
    if isinstance(error, errors.GatedRepoError):
        return "the repository asks you to accept its terms: do so on its page, and set HF_TOKEN"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"there is no repository {name.repo}, or it is private and needs HF_TOKEN"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"{name.repo} has no revision {name.revision!r}"
    text = str(error).strip() or type(error).__name__
    # Of its older versions, which use requests: an OSError, and no ConnectionError.
    by_requests = type(error).__module__.startswith("requests.")
    if by_requests or isinstance(error, (errors.HTTPError, ConnectionError, TimeoutError)):
        return f"the Hub could not be asked ({text}), and the cache does not have it"
    return text

"""Model files in repositories of the Hugging Face Hub: `hf:owner/repo:Q4_K_M`.

The files lie in the Hub's own cache, which other programs share, and huggingface_hub fetches them: it resumes what was
broken off, checks sizes, and knows tokens and mirrors (`HF_TOKEN`, `HF_ENDPOINT`, `HF_HUB_OFFLINE`, `HF_HOME`).
"""

from __future__ import annotations

import fnmatch
import inspect
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from llamacffi.errors import ModelLoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.hub.resolve import Progress

__all__ = ["PREFIX", "RepoName", "choose", "choose_mmproj", "fetch"]

PREFIX = "hf:"

_NAME = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?(?::(?P<what>.+))?")
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_USUAL = ("Q4_K_M", "Q8_0")  # what llama.cpp takes when it is not told
_MMPROJ = ("F16", "BF16", "Q8_0", "F32")


@dataclass(frozen=True)
class RepoName:
    """Which file of which repository: `hf:owner/repo`, `…@revision`, `…:Q4_K_M`, `…:folder/file.gguf`, `…:*Q4*`."""

    repo: str
    what: str | None = None
    """A quantisation, a file, or a pattern of files; None for the usual quantisation."""
    revision: str | None = None

    @classmethod
    def parse(cls, text: str) -> RepoName:
        """Raises ModelLoadError for what is no such name."""
        found = _NAME.fullmatch(text.removeprefix(PREFIX))
        if found is None:
            raise ModelLoadError(text, "a name of the Hub is hf:owner/repo, hf:owner/repo:Q4_K_M or hf:owner/repo:file")
        return cls(found["repo"], found["what"], found["revision"])

    def __str__(self) -> str:
        revision = f"@{self.revision}" if self.revision else ""
        return f"{PREFIX}{self.repo}{revision}{f':{self.what}' if self.what else ''}"


def choose(files: Sequence[str], what: str | None) -> list[str]:
    """Of the files of a repository, the one that `what` names, with the other parts when it is split.

    Raises LookupError, which says what there is instead.
    """
    models = [file for file in files if _is_gguf(file) and not _is_mmproj(file)]
    if what is None:
        usual = ([file for file in models if _has_tag(file, tag)] for tag in _USUAL)
        found = next(filter(None, usual), models)
    elif what in files:
        found = [what]
    elif _is_gguf(what) or set(what) & set("*?["):
        found = [file for file in files if _is_gguf(file) and _matches(file, what)]
    else:
        found = [file for file in models if _has_tag(file, what)]
    whole: dict[str, list[str]] = {}
    for file in sorted(found):
        whole.setdefault(_PART.sub("", file), []).append(file)
    if what is not None and what in files and _PART.search(what):  # one part stands for all
        first = _PART.sub("", what)
        whole = {first: sorted(file for file in files if _PART.sub("", file) == first)}
    if len(whole) != 1 and (what is not None or not whole):
        there = ", ".join(parts[0] for parts in whole.values()) or ", ".join(sorted(models)) or "no GGUF file"
        message = f"{what!r} fits several: {there}" if whole else f"no file is {what!r}; it has {there}"
        raise LookupError(message)
    parts = next(iter(whole.values()))
    _check_whole(parts)
    return parts


def choose_mmproj(files: Sequence[str]) -> str | None:
    """Of the files of a repository, the projector of images and audio; None when there is none."""
    found = sorted(file for file in files if _is_gguf(file) and _is_mmproj(file))
    return next((file for tag in _MMPROJ for file in found if _has_tag(file, tag)), found[0] if found else None)


def fetch(
    name: RepoName,
    *,
    token: str | bool | None = None,
    cache_dir: Path | None = None,
    offline: bool = False,
    mmproj: bool = False,
    progress: Progress | None = None,
) -> Path:
    """Download what is not in the Hub's cache, and return the path of the file, of the first part when it is split.

    `mmproj` asks for the projector instead. Without a network, and when `offline`, what is in the cache is taken.
    Raises ModelLoadError with the reason, also without huggingface_hub.
    """
    hub = _library(name)
    try:
        remote = None if offline or hub.constants.HF_HUB_OFFLINE else _remote(hub, name, token=token)
        if remote is None:
            cached = _cached(hub, name, cache_dir)
            return cached[_chosen(list(cached), name, mmproj=mmproj)[0]]
        parts = _chosen(list(remote), name, mmproj=mmproj)
        # By the branch, not by its commit: only so the cache notes what the branch is, for when there is no network.
        where: dict[str, Any] = {"revision": name.revision, "token": token, "cache_dir": cache_dir}
        if "tqdm_class" in inspect.signature(hub.hf_hub_download).parameters:  # before 1.3 it shows a bar of its own
            where["tqdm_class"] = _bar(progress, sum(remote[part] for part in parts))
        paths = [Path(hub.hf_hub_download(name.repo, part, **where)) for part in parts]
        if len({path.parent for path in paths}) > 1:
            raise ModelLoadError(str(name), "the repository was changed during the download; try again")
        return paths[0]
    except LookupError as error:
        raise ModelLoadError(str(name), str(error)) from None
    except (OSError, ValueError, hub.errors.HTTPError) as error:
        raise ModelLoadError(str(name), _reason(hub, name, error)) from error


def _chosen(files: Sequence[str], name: RepoName, *, mmproj: bool) -> list[str]:
    if not mmproj:
        return choose(files, name.what)
    projector = choose_mmproj(files)
    if projector is None:
        message = "it has no mmproj file"
        raise LookupError(message)
    return [projector]


def _library(name: RepoName) -> Any:
    try:
        import huggingface_hub.constants
        import huggingface_hub.errors
    except ImportError:
        reason = "names of the Hub need the package huggingface_hub: pip install 'llamacffi[hf]'"
        raise ModelLoadError(str(name), reason) from None
    return huggingface_hub


def _remote(hub: Any, name: RepoName, *, token: str | bool | None) -> dict[str, int] | None:
    """The files of the repository with their sizes; None when the Hub cannot be reached, but the cache has some."""
    try:
        info = hub.HfApi(token=token).model_info(name.repo, revision=name.revision, files_metadata=True)
    except hub.errors.HfHubHTTPError:
        raise
    except (OSError, hub.errors.HTTPError):
        if _cached(hub, name, None):
            return None  # better than nothing
        raise
    return {file.rfilename: file.size or 0 for file in info.siblings or ()}


def _cached(hub: Any, name: RepoName, cache_dir: Path | None) -> dict[str, Path]:
    """The files of the repository that the cache has of a revision."""
    try:
        repos = hub.scan_cache_dir(cache_dir).repos
    except hub.errors.CacheNotFound:
        repos = ()
    wanted = name.revision or "main"
    for repo in repos:
        for revision in repo.revisions if repo.repo_type == "model" and repo.repo_id == name.repo else ():
            if wanted in revision.refs or revision.commit_hash == wanted:
                root = revision.snapshot_path
                return {file.file_path.relative_to(root).as_posix(): file.file_path for file in revision.files}
    return {}


def _bar(progress: Progress | None, n_bytes: int) -> Any:
    """What huggingface_hub counts with, in place of a bar of its own: `progress` hears of every piece."""
    from tqdm import tqdm

    done = 0

    class Counter(tqdm):  # type: ignore[misc] # it publishes no types
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options | {"disable": True})
            self.count(options.get("initial") or 0)  # what an earlier download has left

        def update(self, n: float | None = 1) -> None:
            self.count(int(n or 0))

        def count(self, n: int) -> None:
            nonlocal done
            done += n
            if progress is not None and n:
                progress(min(done, n_bytes), n_bytes)

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
    if isinstance(error, (errors.HTTPError, ConnectionError, TimeoutError)):
        return f"the Hub could not be asked ({text}), and the cache does not have it"
    return text


def _is_gguf(file: str) -> bool:
    return file.lower().endswith(".gguf")


def _is_mmproj(file: str) -> bool:
    return "mmproj" in PurePosixPath(file).name.lower()


def _has_tag(file: str, tag: str) -> bool:
    """Whether a quantisation is named in a file's name, or in its folder's, as a word of its own."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(tag)}(?![A-Za-z0-9_])", file, re.IGNORECASE) is not None


def _matches(file: str, pattern: str) -> bool:
    """Whether a pattern is that of a file; without a folder, of one in any folder."""
    name = file if "/" in pattern else PurePosixPath(file).name
    return fnmatch.fnmatchcase(name, pattern)


def _check_whole(parts: Sequence[str]) -> None:
    found = _PART.search(parts[0])
    n = 1 if found is None else int(found[2])
    if len(parts) != n:
        message = f"it has {len(parts)} of the {n} parts of {parts[0]}"
        raise LookupError(message)

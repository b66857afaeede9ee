"""Writing what is generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["holds", "write_if_changed"]


def holds(path: Path, text: str) -> bool:
    """Whether the file is there with this content."""
    return path.exists() and path.read_text(encoding="utf-8") == text


def write_if_changed(path: Path, text: str) -> None:
    """Leave the file's time alone when its content stays: what depends on it is not built again."""
    if not holds(path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["replaced"]


@contextmanager
def replaced(path: str | os.PathLike[str]) -> Iterator[Path]:
    """The path of an empty file to write, which takes the place of `path` when the block ends without an exception.

    Raises OSError.
    """
    target = Path(path)
    # In the same folder: a file can be renamed over another only within a file system.
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}")
    temporary.open("xb").close()
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise

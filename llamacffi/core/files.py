"""Files by their paths or by the names of models, and files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["located", "replaced"]


def located(file: str | os.PathLike[str]) -> Path:
    """The path of a file; a text that is none names a model, which `hub.resolve` finds or downloads, with a bar.

    Raises ModelLoadError for a name that is unknown, or a download that fails.
    """
    # Path.exists raises for a name that is too long; a NUL is refused where the file is opened.
    if not isinstance(file, str) or "\0" in file or os.path.exists(file):  # noqa: PTH110
        return Path(file)
    from llamacffi.hub import resolve

    return resolve(file, progress=True)


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

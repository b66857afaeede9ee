"""Names that the user gives to models, in the file models.toml of the config folder."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from llamacffi.errors import ModelLoadError
from llamacffi.hub.paths import names_file

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["names", "stands_for"]


def names() -> Mapping[str, str]:
    """The user's own names, each with what it stands for: a path, a name of the Hub or of the catalogue.

    {} without a file. Raises ModelLoadError for a file that cannot be read, with the reason.
    """
    path = names_file()
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ModelLoadError(str(path), f"the names of models in it cannot be read: {error}") from error
    # Most have no such file.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ModelLoadError(str(path), f"the names of models in it cannot be read: {error}") from error
    for name, target in found.items():
        if not isinstance(target, str) or not target:
            reason = (
                f'{name} must stand for a path or a name, as in {name} = "hf:owner/repo:Q4_K_M", not for {target!r}'
            )
            raise ModelLoadError(str(path), f"{reason}; a name with a dot in it needs quotation marks")
    return found


def stands_for(name: str) -> str | None:
    """What one of the user's own names stands for, upper and lower case alike; a path is seen from models.toml."""
    own = {known.lower(): target for known, target in names().items()}
    target = own.get(name.lower())
    if target is None or ":" in target.partition("/")[0]:  # hf:, and drives of Windows
        return target
    beside = names_file().parent / target
    return str(beside) if beside.is_file() else target

"""How a setting is spelled on the command line, beside its own name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["Flag", "Settings", "flag_of", "own_fields"]


@dataclass(frozen=True)
class Flag:
    """The spellings of llama-server and llama-cpp-python for a setting: the first are its flags."""

    spellings: tuple[str, ...] = ()
    on: str | None = None
    """A flag without a value that sets it to True."""
    off: str | None = None
    """A flag without a value that sets it to False."""
    variables: tuple[str, ...] = ()
    """llama-server's variables, beside our own."""


class Settings(BaseModel):
    """Settings are checked, and one that nobody knows is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, protected_namespaces=())


def flag_of(field: Any) -> Flag:
    """What a field of Settings says of its flags."""
    return next((one for one in field.metadata if isinstance(one, Flag)), Flag())


def own_fields(kind: type[Settings]) -> dict[str, Any]:
    """The settings that a kind has beyond those of the kind that it extends; the list of models is none."""
    base: Any = kind.__base__
    inherited = getattr(base, "model_fields", {})
    return {name: field for name, field in kind.model_fields.items() if name not in inherited and name != "models"}

"""What is known of a model, loaded or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from llamacffi.server.models.served import Served
    from llamacffi.server.settings import ModelSettings

__all__ = ["ModelCard"]


@dataclass(frozen=True)
class ModelCard:
    """One of the models that are configured."""

    name: str
    aliases: tuple[str, ...]
    status: Literal["unloaded", "loading", "loaded", "failed", "sleeping"]
    settings: ModelSettings
    served: Served | None
    error: str | None = None
    n_bytes: int | None = None
    """Memory that it takes when it is loaded, where there is a budget."""

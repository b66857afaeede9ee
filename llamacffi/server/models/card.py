"""What is known of a model, loaded or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from llamacffi.core.projector_file import modalities
from llamacffi.errors import LlamaError

if TYPE_CHECKING:
    from llamacffi.server.models.child import Child
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
    """The model, loaded in this process."""
    error: str | None = None
    n_bytes: int | None = None
    """Memory that it takes when it is loaded, where there is a budget."""
    child: Child | None = None
    """The process that it is loaded in."""

    @property
    def loaded(self) -> Served | Child | None:
        """The model, wherever it is loaded."""
        return self.served or self.child

    @property
    def modalities(self) -> frozenset[str]:
        """What the model takes beside text; of one that is not loaded by the projector that its settings name."""
        if self.loaded is not None:
            return self.loaded.modalities
        settings = self.settings
        return _named_modalities(settings.mmproj) if settings.mmproj_auto and settings.mmproj else frozenset()


@lru_cache(maxsize=64)
def _named_modalities(path: Path) -> frozenset[str]:
    """What a projector takes; nothing of one that cannot be read."""
    try:
        return modalities(path)
    except (LlamaError, OSError):
        return frozenset()

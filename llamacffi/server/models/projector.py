"""The projector of a model that is served: with which it sees and hears."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from llamacffi.core.projector import Projector
from llamacffi.core.projector_file import projector_file
from llamacffi.core.threads import usable_cores
from llamacffi.errors import LlamaError
from llamacffi.hub import mmproj

if TYPE_CHECKING:
    from llamacffi.core.model import Model
    from llamacffi.server.settings import ModelSettings

__all__ = ["load_projector", "projector_size"]

_log = logging.getLogger("llamacffi.server")


def load_projector(settings: ModelSettings, model: Model) -> Projector | None:
    """The projector that the settings name, or the one that is found; None without one.

    Raises ModelLoadError for one that is named and cannot be loaded; one that was found is then left out.
    """
    if not settings.mmproj_auto:
        return None
    try:
        path = projector_file(model, settings.model) if settings.mmproj is None else settings.mmproj
        if path is None:
            return None
        half = max(1, usable_cores() // 2)
        return Projector(
            model,
            path,
            use_gpu=settings.mmproj_offload,
            n_threads=half if settings.n_threads is None else min(half, settings.n_threads),
            image_min_tokens=settings.image_min_tokens,
            image_max_tokens=settings.image_max_tokens,
        )
    except LlamaError as error:
        if settings.mmproj is not None:
            raise
        _log.warning("the model %s takes text alone: its projector cannot be loaded: %s", settings.name, error)
        return None


def projector_size(settings: ModelSettings) -> int:
    """Bytes of the projector's file, which is fetched if it is not there yet; 0 without one."""
    if not settings.mmproj_auto:
        return 0
    try:
        path = mmproj(settings.model) if settings.mmproj is None else Path(settings.mmproj)
        return 0 if path is None else path.stat().st_size
    except (LlamaError, OSError):  # which is told when it is loaded
        return 0

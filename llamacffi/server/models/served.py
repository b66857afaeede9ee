"""A model that is loaded, and answers."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacffi.engine import AsyncEngine
    from llamacffi.llama import Llama
    from llamacffi.server.settings import ModelSettings

__all__ = ["Served"]


@dataclass(eq=False)
class Served:
    """One model under its name."""

    name: str
    settings: ModelSettings
    llama: Llama
    engine: AsyncEngine
    aliases: tuple[str, ...] = ()
    created: int = field(default_factory=lambda: int(time.time()))
    lora_scales: list[float] = field(init=False)
    """How strongly each adapter of the settings works for requests that do not say."""

    def __post_init__(self) -> None:
        self.lora_scales = [one.scale for one in self.settings.lora]

    @property
    def n_ctx(self) -> int:
        """Tokens of context that one request may have."""
        return self.llama.n_ctx_slot

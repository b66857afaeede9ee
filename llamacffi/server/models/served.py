"""A model that is loaded, and answers."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import enum_names
from llamacffi.core.projector_file import modalities
from llamacffi.server.ollama.facts import facts_of

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
    def meta(self) -> dict[str, Any]:
        """What llama-server tells of a model beside its name."""
        model, facts = self.llama.model, facts_of(self.llama.model_path)
        return {
            "vocab_type": enum_names("enum llama_vocab_type")[self.llama.vocab.type],
            "n_vocab": self.llama.n_vocab(),
            "n_ctx": self.n_ctx,
            "n_ctx_train": model.n_ctx_train,
            "n_embd": model.n_embd,
            "n_params": model.n_params,
            "size": model.size,
            "ftype": facts.details["quantization_level"],
        }

    @cached_property
    def modalities(self) -> frozenset[str]:
        """What the model takes beside text: "image", "audio"."""
        return modalities(self.llama.model.mmproj)

    async def close(self) -> None:
        """Unload it."""
        await asyncio.to_thread(self.llama.close)

    @property
    def n_ctx(self) -> int:
        """Tokens of context that one request may have."""
        return self.llama.n_ctx_slot

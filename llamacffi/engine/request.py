"""What a caller asks of an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from llamacffi.generation import SamplingParams

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Request"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A prompt, how to go on from it, and how it stands to other requests."""

    prompt: str | Sequence[int]
    """A text, tokenized with its control tokens and the model's BOS, or token ids."""
    params: SamplingParams = field(default_factory=SamplingParams)
    priority: int = 0
    """The higher goes first; among equals who came first."""
    timeout: float | None = None
    """Seconds from `submit` on, the wait included, after which it ends with what there is (finish reason `time`)."""
    cache_salt: str | None = None
    """Only requests of one salt share prefixes; for callers who must not learn what others asked."""

    def __post_init__(self) -> None:
        if self.timeout is not None and not self.timeout > 0:
            message = f"timeout is {self.timeout!r}, but must be seconds above 0, or None"
            raise ValueError(message)
        priority: object = self.priority
        if not isinstance(priority, int):
            message = f"priority is {priority!r}, but must be an integer; the higher goes first"
            raise TypeError(message)

"""What a caller asks of an engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from llamacffi.generation import SamplingParams
from llamacffi.generation.speculative.drafter import check_predictor

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from llamacffi.core.adapter import Adapter, ControlVector
    from llamacffi.generation.prompt import Prompt
    from llamacffi.generation.speculative.predictor import PredictorFactory, TokenPredictor

__all__ = ["Request"]

_MOST_URGENT = 2**31


@dataclass(frozen=True, kw_only=True)
class Request:
    """A prompt, how to go on from it, and how it stands to other requests."""

    prompt: Prompt
    """A text, tokenized with its control tokens and the model's BOS; token ids; or texts and `Media` in their order."""
    params: SamplingParams = field(default_factory=SamplingParams)
    priority: int = 0
    """The higher goes first; among equals who came first. Who waits rises, by one in the engine's `ageing` seconds."""
    timeout: float | None = None
    """Seconds from `submit` on, the wait included, after which it ends with what there is (finish reason `time`)."""
    cache_salt: str | None = None
    """Only requests of one salt share prefixes; for callers who must not learn what others asked."""
    adapters: Mapping[Adapter, float] = field(default_factory=dict)
    """LoRA adapters of the engine's model with their scales. Requests with other ones are decoded in turns."""
    control_vector: ControlVector | NDArray[np.float32] | None = None
    """Added to what flows between the layers, float32[n_layer, n_embd]; in turns too."""
    predictor: PredictorFactory | TokenPredictor | Literal["engine"] | None = "engine"
    """What guesses the tokens to come, such as `PromptLookup()`: the answer is the same, and may come sooner. None for
    no guesses; by default the engine's."""

    tells_progress: bool = False
    """Tell how far it is with each chunk, and with each piece of the prompt that is computed."""

    def __post_init__(self) -> None:
        if self.timeout is not None and not self.timeout > 0:
            message = f"timeout is {self.timeout!r}, but must be seconds above 0, or None"
            raise ValueError(message)
        if self.predictor is not None and self.predictor != "engine":
            check_predictor(self.predictor)
        priority: object = self.priority
        if not isinstance(priority, int):
            message = f"priority is {priority!r}, but must be an integer; the higher goes first"
            raise TypeError(message)
        if abs(priority) >= _MOST_URGENT:
            message = f"priority is {priority}, but must be below {_MOST_URGENT} on either side of 0"
            raise ValueError(message)

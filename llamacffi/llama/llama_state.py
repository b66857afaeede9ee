"""What a Llama's stateful calls had evaluated, as an object that can be kept and pickled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llamacffi.llama.arrays import id_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from llamacffi.core.state import State

__all__ = ["LlamaState"]

_RANDOM_SEED = 0xFFFFFFFF


class LlamaState:
    """A state that `save_state` made and `load_state` takes.

    `llama_state` is a `State` of the sequence as bytes, checked when it is loaded; `scores` are the logits of its last
    token, float32[1, n_vocab], or of none, float32[0, n_vocab].
    """

    def __init__(
        self,
        input_ids: NDArray[np.intc],
        scores: NDArray[np.single],
        n_tokens: int,
        llama_state: bytes,
        llama_state_size: int,
        seed: int,
    ) -> None:
        self.input_ids = input_ids
        self.scores = scores
        self.n_tokens = n_tokens
        self.llama_state = llama_state
        self.llama_state_size = llama_state_size
        self.seed = seed

    @classmethod
    def of(cls, state: State, scores: NDArray[np.single] | None = None, seed: int = _RANDOM_SEED) -> LlamaState:
        """That of a sequence's state."""
        data = state.to_bytes()
        tokens = id_array(state.tokens)
        row = np.zeros((0, 0), np.single) if scores is None else scores
        return cls(tokens, row, len(tokens), data, len(data), seed)

    @property
    def n_bytes(self) -> int:
        """How much memory it takes."""
        return len(self.llama_state) + self.input_ids.nbytes + self.scores.nbytes

    def __repr__(self) -> str:
        return f"<LlamaState of {self.n_tokens} tokens, {self.n_bytes} bytes>"

"""How a generation goes on when the context is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi.errors import ContextError, ContextOverflow

if TYPE_CHECKING:
    import collections.abc

    from llamacffi.generation.sequence import Sequence

__all__ = ["ContextShift"]


class ContextShift:
    """Forgets the older half of what a sequence holds behind the prompt's first `n_keep` tokens, each time it is full.

    As llama.cpp's server does with its context shift: what is left moves down, and was computed in sight of what is
    gone. A BOS at the beginning is always kept. Raises ContextError where positions cannot be moved, and
    ContextOverflow where nothing would be left to forget.
    """

    def __init__(self, sequence: Sequence, prompt_tokens: collections.abc.Sequence[int], n_keep: int) -> None:
        n_prompt, n_ctx = len(prompt_tokens), sequence.context.n_ctx_seq
        bos = prompt_tokens[0] == sequence.context.model.vocab.bos
        self.n_keep = max(n_prompt if n_keep < 0 else min(n_keep, n_prompt), int(bos))
        self._sequence = sequence
        if n_ctx - self.n_keep < 2:
            message = (
                f"n_keep keeps {self.n_keep} of the {n_ctx} tokens that the context has room for, so nothing can be "
                "forgotten; keep fewer, or make the context with a larger n_ctx"
            )
            raise ContextOverflow(message)
        try:
            sequence.context.memory.check_discard(sequence.seq_id)
        except ContextError as error:
            message = f"overflow='shift' is not possible here: {error}"
            raise ContextError(message) from error

    def make_room(self) -> None:
        """Forget: there is room for at least one token then."""
        n_behind = len(self._sequence) - self.n_keep
        self._sequence.discard(self.n_keep, self.n_keep + (n_behind + 1) // 2)

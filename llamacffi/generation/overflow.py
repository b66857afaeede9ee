"""How a generation goes on when the context is full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi.errors import ContextError, ContextOverflow, NoMemorySlot

if TYPE_CHECKING:
    import collections.abc

    from llamacffi.core.context import Context
    from llamacffi.core.sampling import Rows
    from llamacffi.generation.sequence import Sequence

__all__ = ["ContextShift", "check_shift", "discarded", "n_kept", "step_in_cells"]


class ContextShift:
    """Forgets the older half of what a sequence holds behind the prompt's first `n_keep` tokens, each time it is full.

    As llama.cpp's server does with its context shift: what is left moves down, and was computed in sight of what is
    gone. A BOS at the beginning is always kept. Raises ContextError where positions cannot be moved, and
    ContextOverflow where nothing would be left to forget.
    """

    def __init__(self, sequence: Sequence, prompt_tokens: collections.abc.Sequence[int], n_keep: int) -> None:
        self.n_keep = n_kept(sequence.context, prompt_tokens, n_keep, sequence.context.n_ctx_seq)
        self._sequence = sequence
        check_shift(sequence.context, sequence.seq_id)

    def make_room(self) -> None:
        """Forget: there is room for at least one token then."""
        self._sequence.discard(*discarded(len(self._sequence), self.n_keep))


def n_kept(context: Context, prompt_tokens: collections.abc.Sequence[int], n_keep: int, n_ctx: int) -> int:
    """How many of `n_ctx` tokens are never forgotten, BOS among them. Raises ContextOverflow for too many."""
    n_prompt = len(prompt_tokens)
    bos = prompt_tokens[0] == context.model.vocab.bos
    n_keep = max(n_prompt if n_keep < 0 else min(n_keep, n_prompt), int(bos))
    if n_ctx - n_keep < 2:
        message = (
            f"n_keep keeps {n_keep} of the {n_ctx} tokens that the context has room for, so nothing can be "
            "forgotten; keep fewer, or make the context with a larger n_ctx"
        )
        raise ContextOverflow(message)
    return n_keep


def check_shift(context: Context, seq_id: int | None = None) -> None:
    """Raise ContextError where no part of a sequence, or of one that shares no cells, can be forgotten."""
    try:
        context.memory.check_discard(seq_id)
    except ContextError as error:
        message = f"overflow='shift' is not possible here: {error}"
        raise ContextError(message) from error


def discarded(n_tokens: int, n_keep: int) -> tuple[int, int]:
    """The range of a full sequence that is forgotten: the older half of what is behind the first `n_keep`."""
    return n_keep, n_keep + (n_tokens - n_keep + 1) // 2


def step_in_cells(
    sequence: Sequence, tokens: collections.abc.Sequence[int], rows: Rows, shift: ContextShift | None
) -> bool:
    """Go on with an answer as `Sequence.step` does; False where no cells are left, as other sequences hold them.

    With kv_unified=True that may be before the sequence itself is full. With a shift it forgets, as it then does.
    """
    try:
        sequence.step(tokens, rows)
    except NoMemorySlot:
        if shift is None or len(sequence) <= shift.n_keep:
            return False
        shift.make_room()
        return step_in_cells(sequence, tokens, rows, shift)  # a few times at most: each forgets the half
    return True

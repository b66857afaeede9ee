"""A batch in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["filled"]


def filled(tokens: Sequence[int], pos0: int = 0, seq_id: int = 0, *, output: Any = True) -> Batch:
    """A batch of these tokens of one sequence."""
    batch = Batch(max(1, len(tokens)))
    batch.extend(tokens, pos0, seq_id, output=output)
    return batch

"""Which sequence ids of a context are taken."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacffi.core.context import Context
    from llamacffi.generation.sequence import Sequence

__all__ = ["free_seq_ids", "give_back", "take"]

_live: weakref.WeakKeyDictionary[Context, weakref.WeakSet[Sequence]] = weakref.WeakKeyDictionary()
"""The sequences of each context that were not closed."""


def take(sequence: Sequence) -> None:
    """The id of `sequence` is in use from now on."""
    _live.setdefault(sequence.context, weakref.WeakSet()).add(sequence)


def give_back(sequence: Sequence) -> None:
    """It is not any more."""
    _live[sequence.context].discard(sequence)


def free_seq_ids(context: Context) -> list[int]:
    """The ids of a context that hold nothing and belong to no open Sequence."""
    # An id that holds nothing may yet be that of a Sequence which is empty.
    taken = {sequence.seq_id for sequence in _live.get(context, ())}
    return [i for i in range(context.n_seq_max) if i not in taken and context.memory.pos_max(i) < 0]

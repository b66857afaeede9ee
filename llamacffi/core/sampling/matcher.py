"""Constraints that are computed in Python, or by a library that Python calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from llamacffi._native import ffi
from llamacffi.core.sampling.candidates import CANDIDATE
from llamacffi.core.sampling.checks import needed_vocab
from llamacffi.core.sampling.custom import Slot, slot_sampler
from llamacffi.core.sampling.stages import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from llamacffi.core.vocab import Vocab

__all__ = ["Matcher", "Matching"]

_buffer: Any = ffi.buffer


class Matcher(Protocol):
    """Follows a text token by token and knows what may come next."""

    def allows(self, token: int) -> bool:
        """Whether the token may come next."""

    def mask(self) -> NDArray[np.bool_]:
        """For each token of the vocabulary whether it may come next."""

    def accept(self, token: int) -> None:
        """The token has come."""

    def reset(self) -> None:
        """Go back to the beginning."""

    def clone(self) -> Matcher:
        """A matcher that goes on from here by itself."""


@dataclass(frozen=True)
class Matching(Stage):
    """Forbid the tokens that a matcher does not allow; `make(vocab)` makes one for each chain.

    Put it first: as a grammar it is then asked about the chosen token, and for its mask only when that is refused.
    """

    make: Callable[[Vocab], Matcher]

    def __post_init__(self) -> None:
        make: object = self.make
        if not callable(make):
            message = f"make is {make!r}, but must be callable: make(vocab) -> Matcher"
            raise TypeError(message)

    def build(self, vocab: Vocab | None) -> Any:
        matcher = self.make(needed_vocab(vocab, self))
        if not (hasattr(matcher, "mask") and hasattr(matcher, "allows") and hasattr(matcher, "accept")):
            message = f"make returned {matcher!r}, which has not the methods of a Matcher"
            raise TypeError(message)
        return slot_sampler(_MatcherSlot(matcher))


class _MatcherSlot(Slot):
    name: Any = ffi.new("char[]", b"constraint")

    def apply(self, candidates: Any) -> None:
        if candidates.size == 1:
            if not self.fn.allows(candidates.data[0].id):
                candidates.data[0].logit = -np.inf
            return
        # A view of C's memory, which is gone when the call is over.
        rows = np.frombuffer(_buffer(candidates.data, candidates.size * CANDIDATE.itemsize), CANDIDATE)
        rows["logit"][~self.fn.mask()[rows["id"]]] = -np.inf

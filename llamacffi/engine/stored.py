"""Prefixes whose cells were needed for others, or that others are to find later: where they are stored."""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from llamacffi._native import build_info
from llamacffi._native.digest import xxh3
from llamacffi.engine.prefix_tree import PrefixTree

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping, Sequence

    from llamacffi.core.context import Context
    from llamacffi.core.state import State

__all__ = ["Kin", "PrefixIndex", "PrefixStore", "Stored", "StoredPrefixes", "context_kin"]

WORTH_A_COPY = 8
"""Times what would have to be decoded again; a token is decoded in the time that some dozens are copied."""


@dataclass(frozen=True)
class Stored:
    """A stored sequence, and how many of its tokens are those that were looked for."""

    tokens: list[int]
    state: State
    n: int


@dataclass(frozen=True)
class Kin:
    """What a state may be restored for."""

    name: str
    """A hash of the model, of how its context computes, and of the salt; the same in another process."""
    whole: bool
    """Whether it holds for exactly its tokens and cannot be cut (recurrent and hybrid models)."""
    plain: bool = True
    """Whether it was computed without adapters and control vector, and may be found without a salt."""


@runtime_checkable
class PrefixStore(Protocol):
    """Where an engine leaves sequences beside its own memory, and looks for those that others left there.

    Its methods are called by the engine's thread, which serves nobody meanwhile: what takes long belongs into another.
    What they raise is logged, and the engine goes on without.
    """

    @property
    def at_once(self) -> bool:
        """Whether it is given a sequence as soon as its request is over; else when its cells are needed for others."""

    def wants(self, kin: Kin, tokens: Sequence[int]) -> bool:
        """Whether a state of these tokens, which takes a while to copy, is to be added."""

    def add(self, kin: Kin, tokens: Sequence[int], state: State) -> None:
        """Store a sequence."""

    def find(self, kin: Kin, tokens: Sequence[int], *, beyond: int) -> Stored | None:
        """The sequence that begins most like `tokens`; None unless more than the first `beyond` of them are alike."""


_COMPUTED_BY = ("rope_", "yarn_", "attention_", "flash_", "swa_", "type_")  # how options begin that change a state


def context_kin(context: Context, options: Mapping[str, Any]) -> str:
    """A hash of what, beside adapters, decides what a context that was made with `options` computes of tokens."""
    model = context.model
    told = {name: str(value) for name, value in options.items() if name.startswith(_COMPUTED_BY)}
    ends = "rope.scaling.original_context_length"
    trained = [float(value) for key, value in model.metadata_text.items() if key.endswith(ends)]
    long = any(context.n_ctx_seq > length for length in trained)  # positions are then turned otherwise
    facts = [model.fingerprint, build_info().get("llama_commit", ""), context.type_k, context.type_v, told, long]
    return xxh3(json.dumps(facts, sort_keys=True).encode()).hex()


class PrefixIndex:
    """Which of some numbered sequences begins like given tokens, found in a time that only these decide."""

    def __init__(self) -> None:
        self._tree = PrefixTree()

    def add(self, number: int, key: Hashable, tokens: Sequence[int]) -> None:
        """Take in a sequence under a number that is new."""
        tokens = list(tokens)
        match = self._tree.match(key, tokens)
        if match.n:
            self._tree.hold(match, number)
        else:
            self._tree.open(key, number)
        self._tree.append(number, tokens[match.n :])

    def remove(self, number: int) -> None:
        """Forget a sequence."""
        self._tree.release(number)

    def tokens(self, number: int) -> list[int]:
        """The tokens of a sequence."""
        return self._tree.tokens(number)

    def find(self, key: Hashable, tokens: Sequence[int], *, whole: bool = False) -> tuple[int | None, int]:
        """The number of the shortest of those that begin most like `tokens`, and how many are alike.

        With `whole` only those count that are no longer than what is alike.
        """
        match = self._tree.match(key, tokens, whole=whole)
        if not match.n:
            return None, 0
        holders: Iterator[int] = iter(match.span.holders)
        return min(holders, key=self._tree.length), match.n

    def exact(self, key: Hashable, tokens: Sequence[int]) -> int | None:
        """The number of the sequence that is `tokens`."""
        number, n = self.find(key, tokens, whole=True)
        return number if n == len(tokens) else None


class StoredPrefixes:
    """States of sequences with their tokens, the latest used last; the oldest go beyond `max_bytes`.

    What requests that had to make room left in host memory counts too, and goes before.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._states: OrderedDict[int, State] = OrderedDict()
        self._index = PrefixIndex()
        self._n_added = 0
        self.n_bytes = 0
        self.n_reserved = 0
        """Bytes of the states of requests that wait."""

    def wants(self, n_own: int, n_tokens: int) -> bool:
        """Whether a sequence of `n_tokens` is worth storing of which `n_own` would be lost: a state holds them all."""
        return self._max_bytes > 0 and n_own * WORTH_A_COPY >= n_tokens > 0

    def reserve(self, n_bytes: int) -> bool:
        """Make room for the state of a request; False when others' take too much of it."""
        if self.n_reserved + n_bytes > self._max_bytes:
            return False
        self.n_reserved += n_bytes
        self._trim()
        return True

    def free(self, n_bytes: int) -> None:
        """The request has its state no more."""
        self.n_reserved -= n_bytes

    def add(self, key: Hashable, tokens: list[int], state: State) -> None:
        """Store a sequence, unless it alone is too large."""
        before = self._index.exact(key, tokens)
        if before is not None:
            self._remove(before)
        if len(state) + self.n_reserved > self._max_bytes:
            return
        self._n_added += 1
        self._index.add(self._n_added, key, tokens)
        self._states[self._n_added] = state
        self.n_bytes += len(state)
        self._trim()

    def find(self, key: Hashable, tokens: Sequence[int], *, whole: bool = False) -> Stored | None:
        """The sequence that begins most like `tokens`, or, if asked for a `whole` one, is their longest beginning."""
        number, n = self._index.find(key, tokens, whole=whole)
        if number is None:
            return None
        self._states.move_to_end(number)
        return Stored(self._index.tokens(number), self._states[number], n)

    def clear(self) -> None:
        """Forget all."""
        while self._states:
            self._remove(next(iter(self._states)))

    def _trim(self) -> None:
        while self._states and self.n_bytes + self.n_reserved > self._max_bytes:
            self._remove(next(iter(self._states)))

    def _remove(self, number: int) -> None:
        self._index.remove(number)
        self.n_bytes -= len(self._states.pop(number))

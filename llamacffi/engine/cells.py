"""The cells of a context's cache: who has which, what is kept for later, and what must go when they run out."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from llamacffi.engine.prefix_tree import PrefixTree
from llamacffi.engine.stored import StoredPrefixes
from llamacffi.errors import ContextError, StateError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from llamacffi.core.context import Context
    from llamacffi.core.state import State

__all__ = ["Cells"]

_WORTH_IT = 16  # tokens: a shorter prefix is decoded as quickly as it is found in host memory


class Cells:
    """Sequence ids and cells of a context, given to requests and taken back.

    A sequence that is done is kept, for prompts that begin as it does, until its cells or its id are needed: the one
    that was of use longest ago goes first. At most `n_idle` cells hold nothing but such sequences, because each slows
    every step a little; what goes beyond is stored in host memory, up to `host_bytes`.
    """

    def __init__(self, context: Context, *, n_idle: int, host_bytes: int) -> None:
        self._context = context
        self._memory = context.memory
        self._n_idle = n_idle
        self._tree = PrefixTree()
        self._free = list(range(context.n_seq_max - 1, -1, -1))
        self._idle: OrderedDict[int, Hashable] = OrderedDict()  # by last use, with their keys
        self._stored = StoredPrefixes(host_bytes)
        # A state cannot be cut, and belongs to a whole sequence; its cells are no matter.
        self._keeps_state = context.model.is_recurrent or context.model.is_hybrid
        self.capacity = context.n_ctx * (context.n_seq_max if context.model.is_recurrent else 1)
        """How many cells there are."""

    @property
    def n_free(self) -> int:
        """How many cells nobody holds."""
        return self.capacity - self._tree.n_cells

    @property
    def n_used(self) -> int:
        """How many cells some sequence holds, kept ones included."""
        return self._tree.n_cells

    @property
    def n_available(self) -> int:
        """How many cells would be free if nothing were kept for later."""
        return self.n_free + self._tree.n_only(self._idle.keys())

    @property
    def n_kept(self) -> int:
        """How many sequences are kept for later."""
        return len(self._idle)

    @property
    def stored_bytes(self) -> int:
        """How much host memory the stored prefixes take."""
        return self._stored.n_bytes

    def n_held(self, key: Hashable, tokens: Sequence[int]) -> int:
        """How many of the first of `tokens` are in some sequence's cells."""
        return self._tree.match(key, tokens).n

    def open(self, key: Hashable, tokens: Sequence[int]) -> tuple[int, int] | None:
        """Give out a sequence that holds as much of the beginning of `tokens` as there is, all but the last at most.

        Returns its id and how many tokens it holds; None when no id is free.
        """
        wanted = list(tokens[:-1])
        match = self._tree.match(key, wanted, whole=self._keeps_state)
        if match.n < len(wanted):
            stored = self._stored.find(key, wanted)
            if stored is not None and stored.n >= match.n + _WORTH_IT:
                opened = self._restore(key, stored.state, stored.tokens, stored.n)
                if opened is not None:
                    return opened
        holders = match.span.holders if match.n else ()
        whole = next((i for i in holders if i in self._idle and self._tree.length(i) == match.n), None)
        if whole is not None:  # nobody else goes on with it
            del self._idle[whole]
            return whole, match.n
        seq_id = self._take_id(sparing=match.seq_id)
        if seq_id is None:
            return None
        match = self._tree.match(key, wanted, whole=self._keeps_state)  # again: taking the id may have changed it
        if self._share(match.seq_id, seq_id, match.n):
            self._tree.hold(match, seq_id)
            for i in (i for i in match.span.holders if i in self._idle):
                self._idle.move_to_end(i)
            return seq_id, match.n
        self._tree.open(key, seq_id)
        return seq_id, 0

    def reopen(self, key: Hashable, tokens: Sequence[int], state: State) -> int | None:
        """Give out a sequence that holds what one held that had to make room; None when no id is free."""
        opened = self._restore(key, state, list(tokens), len(tokens))
        return None if opened is None else opened[0]

    def append(self, seq_id: int, tokens: Sequence[int]) -> None:
        """Note that a sequence has decoded some tokens."""
        self._tree.append(seq_id, tokens)

    def keep(self, key: Hashable, seq_id: int) -> None:
        """Take a sequence back whose request is done, and keep what it holds."""
        if self._tree.length(seq_id) == 0 or (self._tree.own(seq_id) == 0 and not self._keeps_state):
            self.release(seq_id)  # others hold all of it
            return
        self._idle[seq_id] = key
        while self._tree.n_only(self._idle.keys()) > self._n_idle:
            self._drop_oldest(store=True)

    def release(self, seq_id: int) -> None:
        """Take a sequence back and forget what it holds."""
        self._memory.remove(seq_id)
        self._tree.release(seq_id)
        self._idle.pop(seq_id, None)
        self._free.append(seq_id)

    def state(self, seq_id: int) -> State:
        """What a sequence holds, to be put back by `reopen`; it is released."""
        state = self._context.snapshot(seq_id)
        self.release(seq_id)
        return state

    def make_room(self, n: int) -> bool:
        """Drop what is kept until `n` cells are free; False when that is not enough."""
        while self.n_free < n and self._idle:
            self._drop_oldest(store=True)
        return self.n_free >= n

    def drop_kept(self) -> bool:
        """Drop one kept sequence, the oldest; False when there is none."""
        if not self._idle:
            return False
        self._drop_oldest(store=True)
        return True

    def forget(self) -> None:
        """Drop all that is kept, the stored prefixes too."""
        while self._idle:
            self._drop_oldest(store=False)
        self._stored.clear()

    def _drop_oldest(self, *, store: bool) -> None:
        seq_id, key = next(iter(self._idle.items()))
        if store and self._stored.wants(self._tree.own(seq_id)):
            self._stored.add(key, self._tree.tokens(seq_id), self._context.snapshot(seq_id))
        self.release(seq_id)

    def _take_id(self, *, sparing: int | None) -> int | None:
        """A free id; a kept sequence gives up its own when there is none, the one named last of all."""
        if not self._free:
            others = [i for i in self._idle if i != sparing] or list(self._idle)
            if not others:
                return None
            self._idle.move_to_end(others[0], last=False)
            self._drop_oldest(store=True)
        return self._free.pop()

    def _share(self, source: int | None, target: int, n: int) -> bool:
        """Let `target` hold the first `n` tokens of `source`; False where the memory cannot."""
        if source is None:
            return False
        whole = n == self._tree.length(source)
        try:
            if not self._memory.holds_window(source, n):
                return False
            self._memory.copy(source, target, 0, None if whole else n)
        except ContextError:
            return False
        return True

    def _restore(self, key: Hashable, state: State, tokens: list[int], n: int) -> tuple[int, int] | None:
        """Put a state back into a sequence of its own and cut it to its first `n` tokens."""
        if self._keeps_state and n != len(tokens):
            return None
        if not self.make_room(len(tokens)):
            return None
        seq_id = self._take_id(sparing=None)
        if seq_id is None:
            return None
        try:
            self._context.restore(state, seq_id)
            fits = self._memory.holds_window(seq_id, n) and self._memory.remove(seq_id, n)
        except (StateError, ContextError):
            fits = False
        if not fits:
            self._memory.remove(seq_id)
            self._free.append(seq_id)
            return None
        self._tree.open(key, seq_id)
        self._tree.append(seq_id, tokens[:n])
        return seq_id, n

"""The cells of a context's cache: who has which, what is kept for later, and what must go when they run out."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from llamacffi.core.media_tokens import can_end_at, known, n_positions, whole_media
from llamacffi.core.state import check_kin
from llamacffi.engine.prefix_tree import Match, PrefixTree
from llamacffi.engine.stored import Stored, StoredPrefixes
from llamacffi.errors import ContextError, StateError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from llamacffi.core.context import Context
    from llamacffi.core.memory import Memory
    from llamacffi.core.state import State
    from llamacffi.engine.shared import Shared

__all__ = ["Cells"]

_WORTH_IT = 16  # tokens: a shorter prefix is decoded as quickly as it is found in host memory


class Cells:
    """Sequence ids and cells of a context, given to requests and taken back.

    A sequence that is done is kept, for prompts that begin as it does, until its cells or its id are needed: the one
    that was of use longest ago goes first. At most `n_idle` cells hold nothing but such sequences, because each slows
    every step a little; what goes beyond is stored in host memory, up to `host_bytes`.
    """

    _memory: Memory

    def __init__(self, context: Context, *, n_idle: int, host_bytes: int) -> None:
        self._context = context
        if context.has_memory:  # else nobody opens a sequence
            self._memory = context.memory
        self._n_idle = n_idle
        self._tree = PrefixTree()
        self._free = list(range(context.n_seq_max - 1, -1, -1))
        self._idle: OrderedDict[int, Hashable] = OrderedDict()  # by last use, with their keys
        self._stored = StoredPrefixes(host_bytes)
        self.shared: Shared | None = None
        """Where else sequences are left and found; may be changed at any time."""
        self.untidy = False
        """Whether more may be kept than is to be; `tidy` sees to it."""
        self.n_kept_cells = 0
        """How many cells hold nothing but what is kept for later, when `count` was called."""
        self._changed = False
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
        """How much host memory stored prefixes take, and states of requests that had to make room."""
        return self._stored.n_bytes + self._stored.n_reserved

    def count(self) -> None:
        """Bring `n_kept_cells` up to date, when it may have changed."""
        if self._changed:
            self._changed = False
            self.n_kept_cells = self._tree.n_only(self._idle.keys())

    def n_held(self, key: Hashable, tokens: Sequence[int]) -> int:
        """How many of the first of `tokens` are in some sequence's cells."""
        return self._tree.match(key, tokens).n

    def open(self, key: Hashable, tokens: Sequence[int]) -> tuple[int, int] | None:
        """Give out a sequence that holds as much of the beginning of `tokens` as there is, all but the last at most.

        Returns its id and how many tokens it holds; None when no id is free.
        """
        self._changed = True
        wanted = list(tokens[:-1])
        match = self._match(key, wanted)
        if match.n < len(wanted):
            stored = self._find_stored(key, wanted, match.n)
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
        match = self._match(key, wanted)  # again: taking the id may have changed it
        if self._share(match.seq_id, seq_id, match.n, n_positions(wanted, match.n)):
            self._tree.hold(match, seq_id)
            for i in (i for i in match.span.holders if i in self._idle):
                self._idle.move_to_end(i)
            return seq_id, match.n
        self._tree.open(key, seq_id)
        return seq_id, 0

    def reopen(self, key: Hashable, tokens: Sequence[int], state: State) -> int | None:
        """Give out a sequence that holds what one held that had to make room; None when no id is free."""
        opened = self._restore(key, state, known(tokens), len(tokens))
        return None if opened is None else opened[0]

    def holder(self, key: Hashable, tokens: Sequence[int]) -> int | None:
        """A kept sequence that holds `tokens`, or the most of their beginning; None when none does."""
        match = self._tree.match(key, tokens)
        holders = [i for i in match.span.holders if i in self._idle] if match.n else []
        return min(holders, key=self._tree.length, default=None)

    def tokens(self, seq_id: int) -> list[int]:
        """What a sequence holds."""
        return self._tree.tokens(seq_id)

    def put(self, key: Hashable, state: State) -> None:
        """Keep what a state holds. Raises StateError where it does not fit."""
        tokens = list(state.tokens)
        if not tokens or len(tokens) > self.capacity:
            message = f"the state holds {len(tokens)} tokens, but must hold 1 to {self.capacity}"
            raise StateError(message)
        check_kin(self._context, state)
        seq_id = self.reopen(key, tokens, state)
        if seq_id is None:
            message = f"there is no room for {len(tokens)} tokens beside those of the requests that run"
            raise StateError(message)
        if not can_end_at(tokens, self._memory.pos_max(seq_id)):
            self.release(seq_id)
            message = f"the state is of other tokens than it says, which are {len(tokens)}"
            raise StateError(message)
        self.keep(key, seq_id)

    def append(self, seq_id: int, tokens: Sequence[int]) -> None:
        """Note that a sequence has decoded some tokens."""
        self._tree.append(seq_id, known(tokens))

    def keep(self, key: Hashable, seq_id: int) -> None:
        """Take a sequence back whose request is done, and keep what it holds."""
        tokens = self._tree.tokens(seq_id)
        if whole_media(tokens, len(tokens)) < len(tokens):  # of a medium all is kept or nothing
            self.release(seq_id)
            return
        shared = self.shared
        if shared is not None and shared.at_once and len(tokens) >= _WORTH_IT:
            shared.offer(key, seq_id, tokens)
        other = self._tree.match(key, tokens, whole=self._keeps_state, besides=seq_id)
        if other.n == len(tokens):  # nothing, or what others hold too
            if other.seq_id is not None and other.seq_id in self._idle:
                self._idle.move_to_end(other.seq_id)
            self.release(seq_id)
            return
        self._idle[seq_id] = key
        self.untidy = self._changed = True

    def tidy(self) -> None:
        """Drop one of the kept sequences if they hold too much: copying it into host memory takes a while."""
        if self._tree.n_only(self._idle.keys()) > self._n_idle:
            self._drop_oldest(store=True)
        else:
            self.untidy = False

    def release(self, seq_id: int) -> None:
        """Take a sequence back and forget what it holds."""
        self.untidy = self._changed = True  # what it shared with kept ones is held by these alone now
        self._memory.remove(seq_id)
        self._tree.release(seq_id)
        self._idle.pop(seq_id, None)
        self._free.append(seq_id)

    def state(self, seq_id: int) -> State | None:
        """What a sequence holds, to be put back by `reopen`; None when host memory has no room. It is released.

        `free_state` is to be told when it is needed no more.
        """
        n = self._tree.length(seq_id)
        state = self._snapshot(seq_id) if self._stored.wants(n, n) else None
        self.release(seq_id)
        return state if state is not None and self._stored.reserve(len(state)) else None

    def free_state(self, state: State) -> None:
        """Note that a state which `state` gave is gone."""
        self._stored.free(len(state))

    def sharers(self, seq_id: int) -> set[int]:
        """The other sequences that have cells in common with one."""
        return {i for i in self._context.ledger.sharers(seq_id) if self._tree.length(i)}

    def shift(self, key: Hashable, seq_id: int, start: int, stop: int) -> None:
        """Forget the tokens [start, stop) of a sequence without sharers, move the others down, and note it anew."""
        self._changed = True
        tokens = self._tree.tokens(seq_id)
        self._memory.remove(seq_id, start, stop)
        self._memory.shift(seq_id, start - stop, stop)
        self._tree.release(seq_id)
        self._tree.open(key, seq_id)
        self._tree.append(seq_id, tokens[:start] + tokens[stop:])

    def _snapshot(self, seq_id: int) -> State | None:
        """What a sequence holds; None before a decode that carries out a shift, and when there is no memory for it."""
        if self._context.ledger.pending:
            return None
        try:
            return self._context.snapshot(seq_id)
        except (StateError, MemoryError):
            return None

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
        n = self._tree.length(seq_id)
        n_own = n if self._keeps_state else self._tree.own(seq_id)
        if store and self.shared is not None and not self.shared.at_once:
            self.shared.offer(key, seq_id, self._tree.tokens(seq_id))
        elif store and self._stored.wants(n_own, n):
            state = self._snapshot(seq_id)
            if state is not None:
                self._stored.add(key, self._tree.tokens(seq_id), state)
        self.release(seq_id)

    def _find_stored(self, key: Hashable, wanted: list[int], n: int) -> Stored | None:
        """What is stored of the beginning of `wanted`, of which `n` tokens are held by a sequence."""
        stored, shared = self._stored.find(key, wanted, whole=self._keeps_state), self.shared
        if shared is None or not (self._free or self._idle):
            return stored
        beyond = max(n, 0 if stored is None else stored.n) + _WORTH_IT - 1
        return shared.find(key, wanted, beyond=beyond) or stored

    def _take_id(self, *, sparing: int | None) -> int | None:
        """A free id; a kept sequence gives up its own when there is none, the one named last of all."""
        if not self._free:
            others = [i for i in self._idle if i != sparing] or list(self._idle)
            if not others:
                return None
            self._idle.move_to_end(others[0], last=False)
            self._drop_oldest(store=True)
        return self._free.pop()

    def _match(self, key: Hashable, wanted: list[int]) -> Match:
        """What some sequence holds of the beginning of `wanted`; of a medium all or nothing."""
        match = self._tree.match(key, wanted, whole=self._keeps_state)
        n = whole_media(wanted, match.n)
        return match if n == match.n else self._tree.match(key, wanted[:n], whole=self._keeps_state)

    def _share(self, source: int | None, target: int, n: int, pos: int) -> bool:
        """Let `target` hold the first `n` tokens of `source`, up to `pos`; False where the memory cannot."""
        if source is None:
            return False
        whole = n == self._tree.length(source)
        try:
            if not self._memory.holds_window(source, pos):
                return False
            self._memory.copy(source, target, 0, None if whole else pos)
        except ContextError:
            return False
        return True

    def _restore(self, key: Hashable, state: State, tokens: list[int], n: int) -> tuple[int, int] | None:
        """Put a state back into a sequence of its own and cut it to its first `n` tokens."""
        n = whole_media(tokens, n)
        if self._keeps_state and n != len(tokens):
            return None
        pos = n_positions(tokens, n)
        if not self.make_room(len(tokens)):
            return None
        seq_id = self._take_id(sparing=None)
        if seq_id is None:
            return None
        try:
            self._context.restore(state, seq_id)
            fits = self._memory.holds_window(seq_id, pos) and self._memory.remove(seq_id, pos)
        except (StateError, ContextError):
            fits = False
        if not fits:
            self._memory.remove(seq_id)
            self._free.append(seq_id)
            return None
        self._tree.open(key, seq_id)
        self._tree.append(seq_id, tokens[:n])
        return seq_id, n

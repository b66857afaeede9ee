"""What a context remembers of its sequences: the KV cache, or the state of a recurrent model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from llamacffi._native import Handle, lib
from llamacffi._native.convert import boolean, integer
from llamacffi.errors import ContextError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacffi.core.context import Context

__all__ = ["Memory"]

_R = TypeVar("_R")

_INT_MAX = 2**31 - 1

# Some of their layers have no rotary positions, and llama.cpp would turn the keys of those too.
_UNTURNED_LAYERS = frozenset(
    {"afmoe", "cohere2", "cohere2moe", "exaone-moe", "exaone4", "llama4", "muse-glimmer", "smallthinker", "smollm3"}
)


class Memory:
    """The memory of a context: `context.memory`.

    Positions are half-open ranges [p0, p1); None is the open end. Every sequence id must be below the context's
    n_seq_max. Raises ValueError for an id or a position out of range.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ptr: Any = context.call(lib.llama_get_memory)
        if not self._ptr:
            message = f"{context.model.description} keeps no memory: it sees each batch whole (an encoder)"
            raise ContextError(message)
        self._ledger = context.ledger
        self._keeps_state: bool = context.model.is_recurrent or context.model.is_hybrid
        self._n_swa: int = context.model.n_swa

    def remove(self, seq_id: int | None = None, p0: int | None = None, p1: int | None = None) -> bool:
        """Forget the positions [p0, p1) of a sequence, or of every sequence when `seq_id` is None.

        Returns False, and forgets nothing, where the memory cannot do it: a recurrent or hybrid model has no state from
        before. Under a sliding window True does not mean that decoding can go on at `p0`: the window before it may be
        gone, see `holds_window` (llama_memory_seq_rm).
        """
        seq = -1 if seq_id is None else self._seq_id(seq_id)
        if self._empty(p0, p1):
            return True
        begin, end = _begin(p0), _end(p1)
        with self._context.exclusive():
            if not self._removable(seq, begin, end):
                return False
            # llama.cpp's recurrent memory does not take -1 for all.
            every = range(self._context.n_seq_max) if seq < 0 and self._keeps_state else [seq]
            removed = [self._call(lib.llama_memory_seq_rm, one, begin, end) for one in every]
            if all(removed):
                self._ledger.changed(seq_id, max(begin, 0))
                if begin <= 0 and (end < 0 or (seq >= 0 and self.pos_max(seq) < 0)):
                    self._ledger.unshare(seq_id)
            return all(removed)

    def copy(self, source: int, target: int, p0: int | None = None, p1: int | None = None) -> None:
        """Let sequence `target` hold at the positions [p0, p1) what `source` holds, and no more what it held there.

        With kv_unified they share the cells. Without it each sequence has a buffer of its own, which the next decode
        copies, and only as a whole; a recurrent or hybrid model has only a whole, too. Raises ContextError for a part
        there, and for a part whose sliding window is gone (llama_memory_seq_cp).
        """
        source, target = self._seq_id(source), self._seq_id(target)
        if source == target or self._empty(p0, p1):
            return
        begin, end = _begin(p0), _end(p1)
        unified = self._context.kv_unified or self._context.n_seq_max == 1
        with self._context.exclusive():
            first, last = self.pos_min(source), self.pos_max(source)
            # Under a sliding window the smallest position is that of the window, not of the sequence.
            part = begin > (0 if self._n_swa or self._keeps_state else max(first, 0)) or 0 <= end <= last
            if part:
                self._check_part(source, begin, end, "copied", unified=unified)
                self._call(lib.llama_memory_seq_rm, target, begin, end)
            else:
                begin = end = -1
                self._call(lib.llama_memory_seq_rm, target, -1, -1)
                self._ledger.unshare(target)
            self._ledger.changed(target, max(begin, 0))
            if unified or self._keeps_state:
                self._ledger.share((source, target))
            if not unified and not self._context.model.is_recurrent:
                self._ledger.pending.add("copy")
            self._call(lib.llama_memory_seq_cp, source, target, begin, end)

    def keep(self, seq_id: int) -> None:
        """Forget every sequence but this one (llama_memory_seq_keep)."""
        seq = self._seq_id(seq_id)
        with self._context.exclusive():
            # llama.cpp looks only at the buffer that holds this sequence; without kv_unified the others have their own.
            for other in range(self._context.n_seq_max):
                if other != seq:
                    self.remove(other)
            self._call(lib.llama_memory_seq_keep, seq)

    def shift(self, seq_id: int, delta: int, p0: int | None = None, p1: int | None = None) -> None:
        """Add `delta` to the positions [p0, p1) of a sequence; those that become negative are forgotten.

        The keys are turned to their new positions by the next decode. Raises ContextError where it could not be right:
        where `can_shift` is False, of cells that another sequence shares, of a part of a state (recurrent and hybrid
        models), and downwards in a hybrid model; ValueError where a position leaves its range (llama_memory_seq_add).
        """
        seq = self._seq_id(seq_id)
        delta = integer("delta", delta, -_INT_MAX, _INT_MAX)
        if self._empty(p0, p1) or delta == 0:
            return
        with self._context.exclusive():
            begin, end = self._check_shift(seq, p0, p1)
            last = self.pos_max(seq)
            if last + delta > _INT_MAX:
                message = f"delta {delta} moves position {last} past the largest one, {_INT_MAX}"
                raise ValueError(message)
            if self._keeps_state and 0 <= last < -delta:
                message = f"delta {delta} moves position {last} below 0, and a state cannot be forgotten in part"
                raise ValueError(message)
            if self._context.model.is_hybrid and delta < 0:
                message = f"{self._context.model.description} cannot forget a part, as a shift downwards may have to"
                raise ContextError(message)
            self._move(lib.llama_memory_seq_add, seq, begin, end, delta)

    def check_discard(self, seq_id: int | None) -> None:
        """Raise ContextError where a part of a sequence cannot be removed and the rest shifted down into its place.

        That is where `shift` raises it, and of a state, which cannot forget a part. None asks of a sequence that shares
        no cells with another.
        """
        seq = None if seq_id is None else self._seq_id(seq_id)
        with self._context.exclusive():
            if self._keeps_state:
                message = (
                    f"{self._context.model.description} keeps a state of the whole, and cannot forget a part of it"
                )
                raise ContextError(message)
            self._check_shift(seq, None, None)

    def divide(self, seq_id: int, divisor: int, p0: int | None = None, p1: int | None = None) -> None:
        """Divide the positions [p0, p1) of a sequence by `divisor`, as Self-Extend does; fractions are dropped.

        Raises ContextError where `shift` does. The work grows with the square of the number of positions
        (llama_memory_seq_add for each; llama_memory_seq_div, for states alone, turns keys the wrong way).
        """
        seq = self._seq_id(seq_id)
        divisor = integer("divisor", divisor, 1, _INT_MAX)
        if self._empty(p0, p1) or divisor == 1:
            return
        with self._context.exclusive():
            begin, end = self._check_shift(seq, p0, p1)
            if self._context.model.is_recurrent:
                self._move(lib.llama_memory_seq_div, seq, begin, end, divisor)
                return
            last = self.pos_max(seq)
            # In ascending order: what was moved is below what is still to be moved.
            for pos in range(max(begin, 1), last + 1 if end < 0 else min(end, last + 1)):
                self._move(lib.llama_memory_seq_add, seq, pos, pos + 1, pos // divisor - pos)

    def clear(self, *, data: bool = True) -> None:
        """Forget everything; with `data` the buffers are zeroed too (llama_memory_clear)."""
        data = boolean("data", data)
        with self._context.exclusive():
            if data:
                self._context.model.check_servers()
            self._call(lib.llama_memory_clear, data)
            self._ledger.pending.discard("shift")  # a copy of buffers is carried out all the same
            self._ledger.changed(None)
            self._ledger.unshare(None)

    def pos_min(self, seq_id: int) -> int:
        """The smallest position held of a sequence, -1 when it is empty; above 0 in a sliding window."""
        return self._call(lib.llama_memory_seq_pos_min, self._seq_id(seq_id))

    def pos_max(self, seq_id: int) -> int:
        """The largest position held of a sequence, -1 when it is empty."""
        return self._call(lib.llama_memory_seq_pos_max, self._seq_id(seq_id))

    @property
    def can_shift(self) -> bool:
        """Whether positions can be changed afterwards (llama_memory_can_shift).

        Not where several numbers make a position (M-RoPE), where each has an embedding of its own, where some layers
        have no rotary positions, in a window smaller than the rest, and for keys of some types.
        """
        model = self._context.model
        if not self._call(lib.llama_memory_can_shift) or not self._can_turn_keys():
            return False
        unturned = model.metadata.get("general.architecture") in _UNTURNED_LAYERS
        return not unturned and not model.has_position_embeddings

    @property
    def can_rewind(self) -> bool:
        """Whether decoding can go on from any position that is held, once what follows is removed.

        Not with a state (recurrent and hybrid models) or a sliding window without swa_full: these need a `Checkpoint`.
        After a state was restored, `holds_window` tells for each position.
        """
        return not self._keeps_state and (self._n_swa == 0 or self._context.swa_full)

    @property
    def n_at_once(self) -> int:
        """How many tokens are to be decoded together at most: n_batch, where sequences share no sliding window.

        Where they do, no more than n_ubatch. llama.cpp cuts a larger batch into parts, looks for the cells of all of
        them beforehand, and forgets for a later part what an earlier one still looks at (llama_kv_cache::prepare).
        """
        context = self._context
        shared = self._n_swa > 0 and context.kv_unified and context.n_seq_max > 1
        return min(context.n_batch, context.n_ubatch) if shared else context.n_batch

    def holds_window(self, seq_id: int, n: int) -> bool:
        """Whether sliding-window attention finds all that it looks at from position `n` of a sequence on.

        To be asked before what follows is removed: an empty window looks like no window.
        """
        seq_id = self._seq_id(seq_id)
        if integer("n", n) <= 0 or self._n_swa == 0:
            return True
        # With swa_full too: of a state that was restored there is no more than the window.
        first = self.pos_min(seq_id)
        return 0 <= first <= max(0, n - self._n_swa)

    def _call(self, function: Callable[..., _R], *args: int) -> _R:
        # Through the context, which owns the memory and must not be decoding meanwhile. As a Handle's: the cells are
        # kept on this machine, and can be forgotten when an RPC server is gone.
        result: _R = Handle.call(self._context, _on_memory, function, self._ptr, *args)
        return result

    def _seq_id(self, seq_id: int) -> int:
        return integer("seq_id", seq_id, 0, self._context.n_seq_max - 1)

    def _empty(self, p0: int | None, p1: int | None) -> bool:
        begin = 0 if p0 is None else integer("p0", p0, 0, _INT_MAX)
        end = _INT_MAX if p1 is None else integer("p1", p1, 0, _INT_MAX)
        return begin >= end

    def _can_turn_keys(self) -> bool:
        """Whether llama.cpp can turn keys of this type to other positions: where not, it asserts or crashes."""
        type_k = self._context.type_k
        if type_k == lib.GGML_TYPE_BF16:
            return False
        if not lib.ggml_is_quantized(type_k):
            return True
        # Quantized keys are stored rotated, and only then is there the matrix that turning them needs.
        return self._context.model.n_embd_head % 64 == 0 and "LLAMA_ATTN_ROT_DISABLE" not in os.environ

    def _removable(self, seq: int, begin: int, end: int) -> bool:
        """Whether llama.cpp does what it is asked: of a state it would leave out a part and say that it was removed."""
        if not self._keeps_state:
            return True
        if seq >= 0:
            last = self.pos_max(seq)
            return begin > last or end < 0 or end > last
        every = [self.pos_max(one) for one in range(self._context.n_seq_max)]
        return all(begin > last or (begin <= 0 and (end < 0 or end > last)) for last in every)

    def _check_part(self, seq: int, begin: int, end: int, what: str, *, unified: bool) -> None:
        wanted = f"[{max(begin, 0)}, {'…' if end < 0 else end})"
        part = f"a part of sequence {seq} ({wanted} of [0, {self.pos_max(seq) + 1}))"
        if self._keeps_state:
            message = f"{part} cannot be {what}: {self._context.model.description} keeps a state of the whole"
        elif not unified:
            message = (
                f"{part} can be {what} only in a context made with kv_unified=True; without it, copy the whole "
                "sequence and remove the rest"
            )
        elif end >= 0 and not self.holds_window(seq, end):
            message = (
                f"{part} cannot be {what}: of the sliding window the positions from {self.pos_min(seq)} on are left; "
                "decode the tokens anew, or make the context with swa_full=True"
            )
        else:
            return
        raise ContextError(message)

    def _check_shift(self, seq: int | None, p0: int | None, p1: int | None) -> tuple[int, int]:
        begin, end = _begin(p0), _end(p1)
        if not self.can_shift:
            message = "positions cannot be changed in this memory (see can_shift); type_k f32 and f16 go furthest"
            raise ContextError(message)
        if seq is None:
            return begin, end
        for other in self._ledger.sharers(seq):
            if self.pos_max(other) >= 0:
                message = (
                    f"sequence {seq} shares cells with sequence {other}, which would move too; remove one of them first"
                )
                raise ContextError(message)
        if self._keeps_state and (begin > 0 or 0 <= end <= self.pos_max(seq)):
            self._check_part(seq, begin, end, "moved", unified=True)
        return begin, end

    def _move(self, function: Callable[..., None], seq: int, begin: int, end: int, number: int) -> None:
        if not self._context.model.is_recurrent:
            self._ledger.pending.add("shift")
        self._ledger.changed(seq, max(begin, 0))
        self._call(function, seq, begin, end, number)


def _on_memory(_context: Any, function: Callable[..., _R], memory: Any, *args: int) -> _R:
    return function(memory, *args)


def _begin(p0: int | None) -> int:
    return -1 if p0 is None else p0


def _end(p1: int | None) -> int:
    return -1 if p1 is None else p1

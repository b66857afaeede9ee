"""What a context remembers of its sequences: the KV cache, or the state of a recurrent model."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from llamacffi._native import lib
from llamacffi._native.convert import integer
from llamacffi.errors import ContextError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacffi.core.context import Context

__all__ = ["Memory"]

_R = TypeVar("_R")

_INT_MAX = 2**31 - 1


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

    def remove(self, seq_id: int | None = None, p0: int | None = None, p1: int | None = None) -> bool:
        """Forget the positions [p0, p1) of a sequence, or of every sequence when `seq_id` is None.

        Returns False, and forgets nothing, where the memory cannot do it: a recurrent model has no state from before
        (llama_memory_seq_rm).
        """
        seq = -1 if seq_id is None else self._seq_id(seq_id)
        if self._empty(p0, p1):
            return True
        return self._call(lib.llama_memory_seq_rm, seq, _begin(p0), _end(p1))

    def copy(self, source: int, target: int, p0: int | None = None, p1: int | None = None) -> None:
        """Make the positions [p0, p1) of sequence `source` belong to `target` too (llama_memory_seq_cp).

        Without kv_unified each sequence has a buffer of its own, and only a whole one can be copied; it replaces
        what `target` held. Raises ContextError for a part there.
        """
        source, target = self._seq_id(source), self._seq_id(target)
        if source == target or self._empty(p0, p1):
            return
        begin, end = _begin(p0), _end(p1)
        if not self._context.kv_unified and self._context.n_seq_max > 1:
            first, last = self.pos_min(source), self.pos_max(source)
            if begin > max(first, 0) or 0 <= end <= last:
                message = (
                    f"a part of sequence {source} ([{p0}, {p1}) of [{first}, {last + 1})) can be copied only in a "
                    "context made with kv_unified=True; without it, copy the whole sequence and remove the rest"
                )
                raise ContextError(message)
            begin = end = -1
            self._context.pending = True
        self._call(lib.llama_memory_seq_cp, source, target, begin, end)

    def keep(self, seq_id: int) -> None:
        """Forget every sequence but this one (llama_memory_seq_keep)."""
        seq = self._seq_id(seq_id)
        # llama.cpp looks only at the buffer that holds this sequence; without kv_unified the others have their own.
        for other in range(self._context.n_seq_max):
            if other != seq:
                self._call(lib.llama_memory_seq_rm, other, -1, -1)
        self._call(lib.llama_memory_seq_keep, seq)

    def shift(self, seq_id: int, delta: int, p0: int | None = None, p1: int | None = None) -> None:
        """Add `delta` to the positions [p0, p1) of a sequence; those that become negative are forgotten.

        The keys are turned to their new positions by the next decode (llama_memory_seq_add). Raises ContextError
        where `can_shift` is False.
        """
        seq = self._seq_id(seq_id)
        delta = integer("delta", delta, -_INT_MAX, _INT_MAX)
        if self._empty(p0, p1) or delta == 0:
            return
        self._require_shift()
        last = self.pos_max(seq)
        if last + delta > _INT_MAX:
            message = f"delta {delta} moves position {last} past the largest one, {_INT_MAX}"
            raise ValueError(message)
        self._context.pending = True
        self._call(lib.llama_memory_seq_add, seq, _begin(p0), _end(p1), delta)

    def divide(self, seq_id: int, divisor: int, p0: int | None = None, p1: int | None = None) -> None:
        """Divide the positions [p0, p1) of a sequence by `divisor`, as Self-Extend does (llama_memory_seq_div)."""
        seq = self._seq_id(seq_id)
        divisor = integer("divisor", divisor, 1, _INT_MAX)
        if self._empty(p0, p1) or divisor == 1:
            return
        self._require_shift()
        self._context.pending = True
        self._call(lib.llama_memory_seq_div, seq, _begin(p0), _end(p1), divisor)

    def clear(self, *, data: bool = True) -> None:
        """Forget everything; with `data` the buffers are zeroed too (llama_memory_clear)."""
        self._context.pending = False
        self._call(lib.llama_memory_clear, data)

    def pos_min(self, seq_id: int) -> int:
        """The smallest position held of a sequence, -1 when it is empty; above 0 in a sliding window."""
        return self._call(lib.llama_memory_seq_pos_min, self._seq_id(seq_id))

    def pos_max(self, seq_id: int) -> int:
        """The largest position held of a sequence, -1 when it is empty."""
        return self._call(lib.llama_memory_seq_pos_max, self._seq_id(seq_id))

    @property
    def can_shift(self) -> bool:
        """Whether positions can be changed afterwards."""
        return self._call(lib.llama_memory_can_shift) and self._can_turn_keys()

    def _call(self, function: Callable[..., _R], *args: int) -> _R:
        # Through the context, which owns the memory and must not be decoding meanwhile.
        result: _R = self._context.call(_on_memory, function, self._ptr, *args)
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

    def _require_shift(self) -> None:
        if not self.can_shift:
            message = "positions cannot be changed in this memory (see can_shift); type_k f32 and f16 go furthest"
            raise ContextError(message)


def _on_memory(_context: Any, function: Callable[..., _R], memory: Any, *args: int) -> _R:
    return function(memory, *args)


def _begin(p0: int | None) -> int:
    return -1 if p0 is None else p0


def _end(p1: int | None) -> int:
    return -1 if p1 is None else p1

"""A place in a live sequence that can be gone back to, also where the memory forgets what it has passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from llamacffi._native import lib, native_errors
from llamacffi._native.arrays import lend
from llamacffi._native.convert import integer, integers
from llamacffi.core import compat
from llamacffi.errors import ContextError, StateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.context import Context

__all__ = ["Checkpoint"]

_PARTIAL: int = compat.STATE_SEQ_PARTIAL
_ON_DEVICE: int = compat.STATE_SEQ_ON_DEVICE


class Checkpoint:
    """Where a sequence was: `context.checkpoint(seq_id)`, or `sequence.checkpoint()`; `restore()` goes back there.

    It holds what going on would overwrite: the sliding window, the state of a recurrent or hybrid model; nothing where
    the memory forgets nothing. The rest stays where it is, so a checkpoint belongs to its sequence in its context, and
    is lost when the positions that it rests on change. It lives in memory only; what can be saved is a `State`.
    """

    def __init__(self, context: Context, seq_id: int, tokens: Sequence[int], n: int, *, flags: int) -> None:
        """`Context.checkpoint` is the way to it."""
        whole = not flags & _PARTIAL
        model = context.model
        self.context = context
        self.seq_id = seq_id
        self.tokens: tuple[int, ...] = tuple(integers("tokens", tokens))
        """What was decoded, as far as the checkpoint was told."""
        self.n = n
        """The position that comes next: one more than the last that was held."""
        self.rests_on = 0 if whole or model.is_recurrent else n
        """How many of the first positions must be in memory, as they were, when it is restored."""
        self.n_altered = context.ledger.n_altered
        self.lost: str | None = None
        """Why it cannot be restored any more; None as long as it can."""
        self._flags = flags
        self._data: Any = None

    @property
    def valid(self) -> bool:
        """Whether it can be restored."""
        return self.lost is None and not self.context.closed

    @property
    def whole(self) -> bool:
        """Whether it holds all of the sequence."""
        return not self._flags & _PARTIAL

    @property
    def on_device(self) -> bool:
        """Whether its tensors are kept beside the context's own, on their device; not where llama.cpp has no room."""
        return bool(self._flags & _ON_DEVICE)

    def restore(self) -> None:
        """Go back: the sequence holds what it held, and decoding goes on as it did then (llama_state_seq_set_data_ext).

        Logits are not part of it: decode a token before sampling. Raises StateError when it is lost, or when it does
        not fit any more, which leaves the sequence empty; ContextError between a shift or copy and the decode that
        carries it out; ClosedError after the context was closed.
        """
        context = self.context
        with context.exclusive():
            _check_nothing_pending(context, "restoring a checkpoint")
            if self.lost is not None:
                message = f"the checkpoint at position {self.n} is lost: {self.lost}"
                raise StateError(message)
            try:
                self._set()
                self._trim()
            except BaseException:
                # Half of it would be neither what was nor what is.
                if not context.closed:
                    context.memory.remove(self.seq_id)
                raise

    def __len__(self) -> int:
        """The bytes that it holds in the process's memory."""
        return 0 if self._data is None else len(self._data)

    def __bool__(self) -> bool:
        """True, whatever it holds."""
        return True

    def __repr__(self) -> str:
        lost = "" if self.lost is None else ", lost"
        return f"<Checkpoint of sequence {self.seq_id} at position {self.n}, {len(self)} bytes{lost}>"

    def __reduce_ex__(self, protocol: Any, /) -> NoReturn:
        message = "a Checkpoint belongs to its live context and cannot be pickled or copied; use context.snapshot()"
        raise TypeError(message)

    def check_home(self, context: Context, seq_id: int | None) -> None:
        """Raise StateError unless it is of this context and this sequence, None being any."""
        if self.context is not context:
            message = "the checkpoint is of another context; take snapshot(seq_id), a State, to move between contexts"
        elif seq_id not in {None, self.seq_id}:
            message = f"the checkpoint is of sequence {self.seq_id}, not {seq_id}; take snapshot(), or memory.copy()"
        else:
            return
        raise StateError(message)

    def get(self) -> None:
        """Copy the data out of the context; once, by `Context.checkpoint`."""
        self._data = self.context.call(self._get)

    def _get(self, context: Any) -> Any:
        size = lib.llama_state_seq_get_size_ext(context, self.seq_id, self._flags)
        if self.on_device:
            on_host = self._flags & ~_ON_DEVICE
            host_size = lib.llama_state_seq_get_size_ext(context, self.seq_id, on_host)
            if self._fits_device(host_size - size):
                # Before the call, which overwrites what the older one holds.
                self.context.ledger.taken_on_device(self, host_size - size)
            else:
                self._flags, size = on_host, host_size
        data = np.empty(size, np.uint8)
        written = lib.llama_state_seq_get_data_ext(context, lend("uint8_t[]", data), size, self.seq_id, self._flags)
        if written != size or size == 0:
            reason = native_errors() or f"llama.cpp wrote {written} of {size} bytes"
            message = f"the checkpoint could not be taken: {reason}"
            raise StateError(message)
        return data

    def _fits_device(self, n_bytes: int) -> bool:
        """Whether llama.cpp can put `n_bytes` of tensors where the last checkpoint of this sequence is.

        It takes the old room for as many bytes in other pieces, which need more of it, and ends the process when they
        do not fit. A state comes in one piece; cells in as many as there are gaps between them.
        """
        room = self.context.ledger.on_device(self.seq_id)
        model = self.context.model
        if not compat.reads_other_pieces() and not (model.is_recurrent or (model.is_hybrid and not self.whole)):
            return False
        if room is None or model.is_recurrent:
            return True
        if model.n_swa > 0:
            return False  # as many bytes every time, once the window is full
        return (model.is_hybrid and not self.whole) or n_bytes != room

    def _set(self) -> None:
        if self._data is None:
            return
        if self.whole:
            self.context.ledger.changed(self.seq_id)
            self.context.ledger.unshare(self.seq_id)
        data = lend("uint8_t[]", self._data)
        native_errors()  # what earlier calls left behind is not this one's reason
        read = self.context.call(lib.llama_state_seq_set_data_ext, data, len(self._data), self.seq_id, self._flags)
        if read == 0:
            reason = native_errors() or "llama.cpp did not read all of it"
            message = f"the checkpoint does not fit any more: {reason}; sequence {self.seq_id} is empty now"
            raise StateError(message)

    def _trim(self) -> None:
        """Forget what came later. After `_set`, for of a state of later nothing can be removed."""
        memory = self.context.memory
        if self.n == 0:
            memory.remove(self.seq_id)
        elif not self.whole and not memory.remove(self.seq_id, self.n):
            message = f"the memory could not go back to position {self.n}; sequence {self.seq_id} is empty now"
            raise StateError(message)


def checkpoint(context: Context, seq_id: int, tokens: Sequence[int], *, whole: bool, on_device: bool) -> Checkpoint:
    """Note where a sequence is; `Context.checkpoint` is the way to it."""
    memory, ledger = context.memory, context.ledger
    seq_id = integer("seq_id", seq_id, 0, context.n_seq_max - 1)
    flags = (0 if whole else _PARTIAL) | (_ON_DEVICE if on_device else 0)
    with context.exclusive():
        _check_nothing_pending(context, "taking a checkpoint")
        made = Checkpoint(context, seq_id, tokens, memory.pos_max(seq_id) + 1, flags=flags)
        if made.n and (whole or not memory.can_rewind):
            if on_device:
                _check_device(context)
            made.get()
        ledger.taken(made)
        return made


def _check_nothing_pending(context: Context, what: str) -> None:
    if context.ledger.pending:
        message = f"the memory has a {' and '.join(sorted(context.ledger.pending))} to carry out; decode before {what}"
        raise ContextError(message)


def _check_device(context: Context) -> None:
    # llama.cpp counts the elements of a copy in blocks, and ends the process in a destructor when they do not fit.
    if context.model.is_recurrent:
        return
    if lib.ggml_is_quantized(context.type_k) or lib.ggml_is_quantized(context.type_v):
        message = "llama.cpp cannot copy a quantized cache on its device; leave on_device out, or use type_k f16 or f32"
        raise ContextError(message)

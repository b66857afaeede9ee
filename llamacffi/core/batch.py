"""The tokens of one decode, of one sequence or of many."""

from __future__ import annotations

import reprlib
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

import numpy as np

from llamacffi._native import ffi, lib
from llamacffi._native.arrays import lend
from llamacffi._native.convert import boolean, integer, integers
from llamacffi._native.process import give_lock
from llamacffi.errors import ClosedError, InvalidBatch, LlamaError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["Batch"]

_R = TypeVar("_R")

_INT_MAX = 2**31 - 1
_MAX_TOKENS = 2**24  # a context for more in one batch would take hundreds of gigabytes
_N_AXES = 4
_OUTPUTS: dict[bool | str, int] = {False: 0, True: 1, "all": 2}


class Batch:
    """Room for `n_tokens` tokens, each in up to `n_seq_max` sequences; fill it, decode it, clear it, fill it again.

    With `n_embd` it holds embeddings of that width in place of tokens, for `extend_embeddings`. Usable from any thread:
    what would change it waits until a decode that reads it is over.
    Raises ValueError for a size that makes no sense and MemoryError for one that is too large.
    """

    _lock: Any

    def __init__(self, n_tokens: int, *, n_seq_max: int = 1, n_embd: int = 0) -> None:
        self.capacity = integer("n_tokens", n_tokens, 1, _MAX_TOKENS)
        self.n_seq_max = integer("n_seq_max", n_seq_max, 1, lib.llama_max_parallel_sequences())
        self.n_embd = integer("n_embd", n_embd, 0, _INT_MAX)
        """The width of the embeddings that it holds; 0 for tokens."""
        # llama_batch_init does not look at what malloc returned, and its arrays cannot be seen from NumPy.
        self._token: Any = np.zeros(0 if n_embd else self.capacity, np.int32)
        self._embd: Any = np.zeros((self.capacity, self.n_embd), np.float32)
        # With M-RoPE an embedding has four positions; llama.cpp reads all of the first kind, then of the second.
        self._pos: Any = np.zeros(self.capacity * (_N_AXES if n_embd else 1), np.int32)
        self._axes: Any = np.zeros((_N_AXES - 1, self.capacity if n_embd else 0), np.int32)
        self._n_seq_id: Any = np.zeros(self.capacity, np.int32)
        self._seq_id: Any = np.zeros((self.capacity, self.n_seq_max), np.int32)
        step = self._seq_id.strides[0]
        self._seq_id_rows: Any = self._seq_id.ctypes.data + np.arange(self.capacity, dtype=np.uintp) * step
        self._output: Any = np.zeros(self.capacity, np.int8)

        # The structure points into the arrays above, which live exactly as long as this object.
        self._c: Any = ffi.new("struct llama_batch *")
        if n_embd:
            self._c.embd = lend("float[]", self._embd)
        else:
            self._c.token = lend("llama_token[]", self._token)
        self._c.pos = lend("llama_pos[]", self._pos)
        self._c.n_seq_id = lend("int32_t[]", self._n_seq_id)
        self._c.seq_id = ffi.cast("llama_seq_id **", lend("uintptr_t[]", self._seq_id_rows))
        self._c.logits = lend("int8_t[]", self._output)
        self.struct: Any = self._c[0]
        """The llama_batch, for use with `lib`."""
        self._one_seq: Any = ffi.new("llama_seq_id[1]")
        self.closed = False
        give_lock(self)
        self._lent = False
        self._n_tokens = 0
        self._n_outputs = 0
        self.max_pos = -1
        """The largest position in it; -1 when it is empty."""
        self.max_seq_id = -1
        """The largest sequence id in it; -1 when it is empty."""

    def __len__(self) -> int:
        return self._n_tokens

    def __repr__(self) -> str:
        what = f"embeddings of width {self.n_embd}" if self.n_embd else "tokens"
        return f"<Batch of {self._n_tokens} {what}, room for {self.capacity}>"

    @property
    def n_tokens(self) -> int:
        """How many tokens it holds."""
        return self._n_tokens

    @property
    def n_outputs(self) -> int:
        """For how many of them logits or embeddings are wanted."""
        return self._n_outputs

    @property
    def tokens(self) -> NDArray[np.int32]:
        """The token ids, int32[n_tokens]; a view. Empty when it holds embeddings."""
        view: NDArray[np.int32] = self._token[: self._n_tokens]
        return view

    @property
    def embeddings(self) -> NDArray[np.float32]:
        """The embeddings, float32[n_tokens, n_embd]; a view. Of width 0 when it holds tokens."""
        view: NDArray[np.float32] = self._embd[: self._n_tokens]
        return view

    @property
    def positions(self) -> NDArray[np.int32]:
        """The tokens' positions in their sequences, int32[n_tokens]; a view."""
        view: NDArray[np.int32] = self._pos[: self._n_tokens]
        return view

    @property
    def outputs(self) -> NDArray[np.int8]:
        """Whether an output is wanted for each token, int8[n_tokens]; a copy."""
        outputs: NDArray[np.int8] = self._output[: self._n_tokens].copy()
        return outputs

    def output_places(self) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Which tokens ask for an output, and the (first) sequence of each."""
        places = np.flatnonzero(self._output[: self._n_tokens])
        return places, self._seq_id[places, 0]

    def shared_outputs(self) -> list[int]:
        """The tokens of several sequences that ask for an output."""
        n = self._n_tokens
        places: list[int] = np.flatnonzero((self._n_seq_id[:n] > 1) & (self._output[:n] != 0)).tolist()
        return places

    def shared(self) -> set[frozenset[int]]:
        """The sequences that have a token in common, for each such token."""
        rows = np.flatnonzero(self._n_seq_id[: self._n_tokens] > 1)
        return {frozenset(self._seq_id[row, : self._n_seq_id[row]].tolist()) for row in rows}

    def sequences(self) -> set[int]:
        """The sequences that its tokens belong to."""
        n = self._n_tokens
        used = np.arange(self.n_seq_max) < self._n_seq_id[:n, None]
        return set(self._seq_id[:n][used].tolist())

    def add(self, token: int, pos: int, seq_ids: int | Sequence[int] = 0, *, output: bool = False) -> int:
        """Append one token and return its index; `output` asks for its logits or embeddings.

        Raises InvalidBatch when the batch is full, ValueError for a number out of range.
        """
        with self._lock:
            index = self._n_tokens
            self._check_kind(embeddings=False)
            self._make_room(1)
            token = _in_range("token", token)
            pos = _in_range("pos", pos)
            output = boolean("output", output)
            if hasattr(seq_ids, "__index__"):
                seq_ids = self._seq_id_of(seq_ids)
                self._one_seq[0] = seq_ids
                ids, n, top = self._one_seq, 1, seq_ids
            else:
                ids, n, top = self._several(seq_ids)
            lib.lcffi_batch_add(self._c, token, pos, ids, n, output)
            self._n_tokens = index + 1
            self._n_outputs += output
            self.max_pos = max(self.max_pos, pos)
            self.max_seq_id = max(self.max_seq_id, top)
            return index

    def extend(
        self,
        tokens: Sequence[int] | NDArray[np.integer[Any]],
        pos0: int = 0,
        seq_id: int = 0,
        *,
        output: bool | Literal["all"] = True,
    ) -> int:
        """Append consecutive tokens of one sequence, at pos0, pos0 + 1, …; return the index of the first.

        One C call whatever their number; an int32 array is not copied on the way. `output` asks for the logits or
        embeddings of the last of them (True), of none (False) or of "all". Raises InvalidBatch when there is no room,
        ValueError for a number out of range.
        """
        _check_output(output)
        with self._lock:
            self._check_kind(embeddings=False)
            if hasattr(tokens, "__len__"):  # else it is refused below
                self._make_room(len(tokens))
            ids = _tokens(tokens)
            # What C will read: a list that another thread changes meanwhile may have said otherwise.
            index, n = self._n_tokens, len(ids)
            self._make_room(n)
            if n == 0:
                return index
            pos0, seq_id = self._place(pos0, n, seq_id)
            lib.lcffi_batch_extend(self._c, ids, n, pos0, seq_id, _OUTPUTS[output])
            return self._extended(n, pos0, seq_id, output)

    def extend_embeddings(
        self,
        rows: NDArray[np.floating[Any]],
        pos0: int = 0,
        seq_id: int = 0,
        *,
        output: bool | Literal["all"] = True,
        positions: NDArray[np.integer[Any]] | None = None,
    ) -> int:
        """Append consecutive embeddings of one sequence, float[n, n_embd], as `extend` does tokens.

        They take the place of the rows of the model's embedding matrix. One C call; a float32 array that is contiguous
        is not copied on the way. `positions`, int[n, 4], are those of a picture in a model with M-RoPE (time, row,
        column, one more), where `MediaChunk.positions` gives them; by default each is at one position in all of them.
        Raises TypeError and ValueError for another type or shape, and what `extend` raises.
        """
        _check_output(output)
        with self._lock:
            self._check_kind(embeddings=True)
            array = _embeddings(rows, self.n_embd)
            n = len(array)
            self._make_room(n)
            if n == 0:
                return self._n_tokens
            pos0, seq_id = self._place(pos0, n, seq_id)
            floats, index = lend("float[]", array), self._n_tokens
            axes = None if positions is None else _positions(positions, n)
            lib.lcffi_batch_extend_embeddings(self._c, floats, n, self.n_embd, pos0, seq_id, _OUTPUTS[output])
            self._axes[:, index : index + n] = self._pos[index : index + n] if axes is None else axes[1:]
            if axes is not None:
                self._pos[index : index + n] = axes[0]
                pos0 = int(axes[0].max()) - n + 1
            return self._extended(n, pos0, seq_id, output)

    def lay_out_positions(self) -> None:
        """Put the other positions of embeddings where llama.cpp looks for them, in a model with M-RoPE."""
        n = self._n_tokens
        self._pos[n : _N_AXES * n] = self._axes[:, :n].ravel()

    def _extended(self, n: int, pos0: int, seq_id: int, output: bool | str) -> int:  # noqa: FBT001 - as it was given
        index = self._n_tokens
        self._n_tokens = index + n
        self._n_outputs += (0, 1, n)[_OUTPUTS[output]]
        self.max_pos = max(self.max_pos, pos0 + n - 1)
        self.max_seq_id = max(self.max_seq_id, seq_id)
        return index

    def clear(self) -> None:
        """Forget the tokens and keep the room."""
        with self._lock:
            self._check_not_lent()
            self._c.n_tokens = 0
            self._n_tokens = self._n_outputs = 0
            self.max_pos = self.max_seq_id = -1

    def close(self) -> None:
        """Give the room back; a batch that nobody refers to any more does so by itself."""
        with self._lock:
            self.clear()
            self.closed = True
            # Empty arrays of their types, so that what C is given never points to memory that is gone.
            self._token = self._pos = self._n_seq_id = np.zeros(0, np.int32)
            self._seq_id, self._seq_id_rows, self._output = self._token, self._token, np.zeros(0, np.int8)
            self._embd = np.zeros((0, self.n_embd), np.float32)
            for field in ("token", "embd", "pos", "n_seq_id", "seq_id", "logits"):
                setattr(self._c, field, ffi.NULL)

    def lent(self, function: Callable[..., _R], *args: Any) -> _R:
        """Call `function(*args)`, which lends the tokens to C, and keep them as they are until it returns."""
        with self._lock:
            self._check_not_lent()
            self._lent = True
            try:
                return function(*args)
            finally:
                self._lent = False

    def in_use(self) -> bool:
        """Whether a decode is reading it."""
        return self._lent

    def __reduce_ex__(self, protocol: Any, /) -> NoReturn:
        # A copy would share the memory and count its tokens by itself.
        message = "a Batch owns memory that C fills and cannot be pickled or copied; make another and extend() it"
        raise TypeError(message)

    def _check_not_lent(self) -> None:
        """Refuse a callback that would change the batch under the decode that it interrupts."""
        if self._lent:
            message = "a callback used the Batch that is being decoded; use another one there"
            raise LlamaError(message)

    def _several(self, seq_ids: Sequence[int]) -> tuple[Any, int, int]:
        """The ids as C wants them, how many they are, and the largest."""
        wanted = integers("seq_ids", seq_ids)
        if not 1 <= len(wanted) <= self.n_seq_max:
            message = (
                f"a token belongs to 1 to {self.n_seq_max} sequences here, not to {len(wanted)}; see Batch(n_seq_max=…)"
            )
            raise ValueError(message)
        for seq_id in wanted:
            self._seq_id_of(seq_id)
        return ffi.new("llama_seq_id[]", wanted), len(wanted), max(wanted)

    def _check_kind(self, *, embeddings: bool) -> None:
        """Refuse tokens among embeddings: llama.cpp takes one kind in a batch."""
        if embeddings != bool(self.n_embd):
            holds, use = ("embeddings", "extend_embeddings()") if self.n_embd else ("tokens", "Batch(…, n_embd=…)")
            message = f"this Batch holds {holds}; use {use}"
            raise InvalidBatch(message)

    def _place(self, pos0: int, n: int, seq_id: int) -> tuple[int, int]:
        pos0 = _in_range("pos0", pos0)
        _in_range("the last position", pos0 + n - 1)
        return pos0, self._seq_id_of(seq_id)

    def _make_room(self, n: int) -> None:
        self._check_not_lent()
        if self.closed:
            message = "this Batch is closed"
            raise ClosedError(message)
        if self._n_tokens + n > self.capacity:
            message = (
                f"the batch has room for {self.capacity} tokens and holds {self._n_tokens}; {n} more do not fit: "
                "decode and clear it first, or make a larger one"
            )
            raise InvalidBatch(message)

    def _seq_id_of(self, seq_id: Any) -> int:
        number = integer("seq_id", seq_id)
        if not 0 <= number <= _INT_MAX:
            message = f"seq_id must be from 0 to the context's n_seq_max - 1, not {number}"
            raise ValueError(message)
        return number

    def has_output(self, i: int) -> bool:
        """Whether `i` names an output as llama_get_logits_ith takes it: a token's index, or -1 for the last output."""
        if integer("i", i) < 0:
            return -i <= self._n_outputs
        return i < self._n_tokens and bool(self._output[i])


def _check_output(output: object) -> None:
    if not isinstance(output, (bool, str)) or output not in _OUTPUTS:
        message = f"output must be True (the last token), False or 'all', not {output!r}"
        raise ValueError(message)


def _embeddings(rows: Any, n_embd: int) -> NDArray[np.float32]:
    array = np.asarray(rows)
    if array.dtype.kind != "f":
        message = f"embeddings must be floats, not {array.dtype}"
        raise TypeError(message)
    if array.ndim != 2 or array.shape[1] != n_embd:
        message = f"embeddings must have the shape (n, {n_embd}), not {array.shape}; see Batch(n_embd=…)"
        raise ValueError(message)
    return np.ascontiguousarray(array, np.float32)


def _positions(positions: Any, n: int) -> NDArray[np.int32]:
    """The positions by kind."""
    array = np.asarray(positions)
    if array.dtype.kind not in "iu" or array.shape != (n, _N_AXES):
        message = f"positions must be int[{n}, {_N_AXES}], one row for each embedding, not {array.dtype}{array.shape}"
        raise ValueError(message)
    if array.min() < 0 or array.max() > _INT_MAX:
        message = f"a position must be from 0 to {_INT_MAX}; these go from {array.min()} to {array.max()}"
        raise ValueError(message)
    return np.ascontiguousarray(array.T, np.int32)


def _in_range(name: str, value: int) -> int:
    return integer(name, value, 0, _INT_MAX)


def _tokens(tokens: Sequence[int] | NDArray[np.integer[Any]]) -> Any:
    """The tokens as C wants them; a list goes through cffi, which is quicker than NumPy with it."""
    if isinstance(tokens, np.ndarray):
        if tokens.ndim != 1 or tokens.dtype.kind not in "iu":
            message = f"tokens must be a one-dimensional array of ints, not {tokens.dtype} of shape {tokens.shape}"
            raise TypeError(message)
        if tokens.dtype != np.int32 and not (tokens.min() >= 0 and tokens.max() <= _INT_MAX):
            message = f"a token id must be from 0 to {_INT_MAX}; these go from {tokens.min()} to {tokens.max()}"
            raise ValueError(message)
        array = np.ascontiguousarray(tokens, np.int32)
        return lend("llama_token[]", array)
    try:
        ids = tokens if isinstance(tokens, (list, tuple)) else list(tokens)
        return ffi.new("llama_token[]", ids)
    except TypeError:
        message = f"tokens must be ints, not {reprlib.repr(tokens)}"
        raise TypeError(message) from None
    except OverflowError:
        message = f"a token id must be from 0 to {_INT_MAX}; these go from {min(tokens)} to {max(tokens)}"
        raise ValueError(message) from None

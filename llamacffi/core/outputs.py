"""What a context puts out: rows of logits and embeddings, copied or seen in place."""

from __future__ import annotations

import itertools
import math
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import Handle, ffi, lib
from llamacffi._native.arrays import copy_floats
from llamacffi._native.check import with_reason
from llamacffi._native.convert import integer
from llamacffi.core.backend_sampling import BackendSamplers, Sampled, read_sampled
from llamacffi.errors import ContextError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from llamacffi.core.model import Model

__all__ = ["Outputs"]

_buffer: Any = ffi.buffer
_INT32 = (-(2**31), 2**31 - 1)


class Outputs(Handle):
    """The outputs of the last batch, of a context."""

    model: Model
    pooling_type: int
    embeds: bool
    has_memory: bool
    n_seq_max: int
    _n_vocab: int
    _cross: bool
    _last_encoded: bool
    _n_outputs: int
    """Of the last batch, when it was computed."""
    _backend_samplers: BackendSamplers
    _views: Views

    def logits(self, i: int | None = -1) -> NDArray[np.float32]:
        """A copy of the logits at output `i` of the last batch, float32[n_vocab] (llama_get_logits_ith).

        `i` is the index of a token whose output was asked for, or negative from the last output; None is for all of
        them, float32[n_outputs, n_vocab], in the order of the batch. Raises ContextError when there are none, and for
        a sequence that is sampled inside the graph.
        """
        with self._lock:
            row, n = self._logits(i), self._n_vocab
            return copy_floats(row, n) if i is not None else copy_floats(row, self._n_outputs * n).reshape(-1, n)

    def logits_view(self, i: int | None = -1) -> NDArray[np.float32]:
        """What `logits` copies, in place: read only, and llama.cpp's own memory, which lives as long as the view does.

        The next decode writes its own outputs there: copy what is to last. It is refused (InvalidBatch) when it asks
        for more outputs than any before while views are alive, because llama.cpp would have to move the memory;
        `warm_up(n_outputs=…)` makes room beforehand. After `close()` the memory is given back with the last view.
        """
        with self._lock:
            return self._view(self._logits(i), i, self._n_vocab)

    def embeddings(self, i: int | None = -1) -> NDArray[np.float32]:
        """A copy of the embedding at output `i` of the last batch, float32[n_embd_out] (llama_get_embeddings_ith).

        For contexts made with embeddings=True and no pooling; `i` counts as for `logits`. Raises ContextError when
        there is none.
        """
        with self._lock:
            row, n = self._embeddings(i), self.model.n_embd_out
            return copy_floats(row, n) if i is not None else copy_floats(row, self._n_outputs * n).reshape(-1, n)

    def embeddings_view(self, i: int | None = -1) -> NDArray[np.float32]:
        """What `embeddings` copies, in place, as `logits_view` has it."""
        with self._lock:
            return self._view(self._embeddings(i), i, self.model.n_embd_out)

    def embeddings_seq(self, seq_id: int = 0) -> NDArray[np.float32]:
        """A copy of the pooled embedding of a sequence of the last batch (llama_get_embeddings_seq).

        float32[n_embd_out], or float32[n_cls_out] of scores with pooling_type="rank". Raises ContextError when there
        is none.
        """
        rank = self.pooling_type == lib.LLAMA_POOLING_TYPE_RANK
        n = lib.llama_model_n_cls_out(self.model.ptr) if rank else self.model.n_embd_out
        with self._lock:
            row = self._pointer(lib.llama_get_embeddings_seq, integer("seq_id", seq_id, *_INT32), "pooled embeddings")
            return copy_floats(row, n)

    def sampled(self, i: int = -1) -> Sampled:
        """What a chain that runs inside the graph made of output `i` of the last batch.

        Nothing is accepted: `SamplerChain.sample` does that. Raises ContextError when no chain is attached for the
        output's sequence (llama_get_sampled_token_ith).
        """
        with self._lock:
            sampled = None
            chain = self._backend_samplers.at(integer("i", i, *_INT32))
            if chain is not None:
                sampled = self.call(read_sampled, i, self._n_vocab, chain.stages[-1])
            if sampled is None:
                message = (
                    f"nothing was sampled inside the graph at {i}; make the context with samplers={{seq_id: chain}}"
                )
                raise ContextError(message)
            return sampled

    def check_fetched(self, places: Iterable[int]) -> None:
        """Raise ContextError unless the last batch's logits at these outputs can be read."""
        if not self._n_outputs:
            raise ContextError(_nothing("logits", ""))
        if self._backend_samplers.chains:
            for place in places:
                self._backend_samplers.check_raw(place)

    def _logits(self, i: int | None) -> Any:
        _check_place(i)
        if self._backend_samplers.chains:
            self._backend_samplers.check_raw(i)
        return self._raw_logits(i)

    def _raw_logits(self, i: int | None) -> Any:
        row = self._output(lib.llama_get_logits, lib.llama_get_logits_ith, i, "logits")
        # llama.cpp has room for logits in any case; an encoder writes none there.
        if self._last_encoded if self._cross else not (self.has_memory or copy_floats(row, self._n_vocab).any()):
            message = "an encoder has no logits, only embeddings; those of an encoder-decoder model come with decode()"
            raise ContextError(message)
        return row

    def _embeddings(self, i: int | None) -> Any:
        if self.pooling_type != lib.LLAMA_POOLING_TYPE_NONE:
            message = "this context pools the embeddings of a sequence; use embeddings_seq(), or pooling_type='none'"
            raise ContextError(message)
        _check_place(i)
        return self._output(lib.llama_get_embeddings, lib.llama_get_embeddings_ith, i, "embeddings")

    def _output(self, every: Callable[..., Any], one: Callable[..., Any], i: int | None, what: str) -> Any:
        self._check_idle()
        if i is not None and self._n_outputs and -i <= self._n_outputs:
            return self._pointer(one, i, what)
        row = self.call(every) if i is None and self._n_outputs else None
        if not row:
            _ = self.ptr  # a context that is closed says that instead
            where = "" if i is None else f" at {i}"
            raise ContextError(_nothing(what, where))
        return row

    def _pointer(self, function: Callable[[Any, int], Any], i: int, what: str) -> Any:
        row = self.call(function, i)
        if not row:
            raise ContextError(with_reason(_nothing(what, f" at {i}")))
        return row

    def _view(self, row: Any, i: int | None, n: int) -> NDArray[np.float32]:
        return self._views.make(self.ptr, row, (n,) if i is not None else (self._n_outputs, n))


def _check_place(i: int | None) -> None:
    if i is not None:
        integer("i, the place of an output,", i, *_INT32)


def _nothing(what: str, where: str) -> str:
    return f"there are no {what}{where}; ask for an output there and decode first"


class Views:
    """The views of a context's output buffer that are alive, and how large the buffer is known to be."""

    def __init__(self) -> None:
        self.alive: set[int] = set()
        self.n_bytes = 0
        self.n_hidden = 0
        """Floats of hidden states that it holds beside the outputs, for a draft that reads them."""
        self.n_outputs = -1
        """How many outputs are known to have room, with what else is put out now."""
        self._count = itertools.count()

    def grown(self, n_outputs: int, n_bytes: int) -> None:
        """So many outputs were put out, which take so many bytes."""
        self.n_outputs = n_outputs
        self.n_bytes = max(self.n_bytes, n_bytes)

    def make(self, pin: Any, pointer: Any, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """An array over C's memory, which holds `pin`, the C object whose memory it is, for as long as it lives."""
        number = next(self._count)
        self.alive.add(number)
        buffer = _buffer(pointer, 4 * math.prod(shape))
        # It holds the pin until no array is left over the buffer; at exit too, when arrays may still be read.
        weakref.finalize(buffer, _let_go, self.alive, number, pin).atexit = False
        view: NDArray[np.float32] = np.frombuffer(memoryview(buffer).toreadonly(), np.float32).reshape(shape)
        return view


def _let_go(alive: set[int], number: int, _pin: Any) -> None:
    alive.discard(number)

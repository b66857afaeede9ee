"""A model at work: what it has seen, and what it answers."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from llamacffi._native import Handle, Interrupt, check_ptr, check_status, ffi, lib, native_errors, to_c_options
from llamacffi._native.arrays import copy_floats
from llamacffi._native.callbacks import raise_deferred
from llamacffi._native.check import with_reason
from llamacffi._native.convert import enum_names
from llamacffi._native.options import CONTEXT_OPTIONS
from llamacffi.core import state as states
from llamacffi.core.adapter import NO_ADAPTERS, attach, steer
from llamacffi.core.memory import Memory
from llamacffi.core.threads import usable_cores
from llamacffi.errors import ContextError, InvalidBatch, NativeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from llamacffi._native.options import ContextOptions
    from llamacffi.core.adapter import Adapter, ControlVector
    from llamacffi.core.batch import Batch
    from llamacffi.core.model import Model
    from llamacffi.core.state import State

__all__ = ["Context"]

_R = TypeVar("_R")

_ENCODERS_OF_STATES = frozenset({"dflash", "eagle3"})  # llama_encode crashes on the tokens of a batch

_PIECES_FULL = -100  # lcffi_step: the tokens were sampled, their bytes did not fit


class Context(Handle):
    """Memory and working space for decoding with a model: `model.context(n_ctx=4096)`.

    The options are the fields of llama_context_params, by their names; `n_threads` is the number of cores that this
    process may use, when it is not given. One thread works with a context at a time, others wait; contexts of one
    model work side by side.

    Raises ContextError with llama.cpp's own reason, TypeError and ValueError for an option that it does not take.
    """

    def __init__(self, model: Model, **options: Unpack[ContextOptions]) -> None:
        if model.vocab_only or model.no_alloc:
            message = "the model was loaded without its weights (vocab_only or no_alloc); load it whole to compute"
            raise ContextError(message)
        self.model = model
        self._memory: weakref.ref[Memory] | None = None
        self._adapters = NO_ADAPTERS  # C borrows them until this object, or its next set_adapters, lets go
        params = ffi.new("struct llama_context_params *", lib.llama_context_default_params())
        params.n_threads = min(usable_cores(), lib.GGML_MAX_N_THREADS)
        to_c_options(params, options, CONTEXT_OPTIONS, "Context")
        if "n_threads_batch" not in options:
            params.n_threads_batch = params.n_threads
        _check_params(params)

        self._interrupt = Interrupt()
        params.abort_callback = self._interrupt.abort
        params.abort_callback_data = self._interrupt.c
        ptr = _create(model, params)
        try:
            pools = _ThreadPools(params.n_threads, params.n_threads_batch)
        except BaseException:
            lib.llama_free(ptr)
            raise
        super().__init__(ptr, pools.free_after, model)
        pools.attach(ptr)
        self._read_facts(params)
        raise_deferred()  # Ctrl-C, or a log handler's error, from the lines that were logged meanwhile

    def __repr__(self) -> str:
        return f"<Context of {self.model.description}, n_ctx={self.n_ctx}>"

    def decode(self, batch: Batch) -> None:
        """Compute a batch and remember it (llama_decode); an encoder without memory only computes it.

        Raises InvalidBatch, NoMemorySlot (nothing was decoded), DecodeAborted after `abort()`, or another DecodeError.
        Ctrl-C stops it within a step. After DecodeAborted and KeyboardInterrupt the part that was decoded stays in
        memory (`memory.pos_max`), and the context can go on.
        """
        check_status(self._run(lib.llama_decode, batch, batch.struct), "llama_decode")

    def encode(self, batch: Batch) -> None:
        """Run the encoder of an encoder-decoder model, or an encoder without memory, over a batch (llama_encode).

        The positions in the batch must go on from those that the decoder has in memory: clear it before a new text.
        Raises ContextError for a model that has no encoder, and what `decode` raises.
        """
        if self.has_memory and not self.model.has_encoder:
            message = f"{self.model.description} has no encoder; use decode()"
            raise ContextError(message)
        if self.model.metadata.get("general.architecture") in _ENCODERS_OF_STATES:
            message = f"the encoder of {self.model.description} reads another model's hidden states, not tokens"
            raise ContextError(message)
        check_status(self._run(lib.llama_encode, batch, batch.struct), "llama_encode")
        self._encoded = True

    def step(self, batch: Batch, rows: Any, pieces: Any, chains: Sequence[Handle]) -> bool:
        """Decode a batch and, in the same native call, sample, accept and spell one token for each row (lcffi_step).

        `rows` is a `struct lcffi_row[]`, `pieces` the `char[]` that the tokens' bytes go to. `chains` are the rows'
        samplers, each once: no other thread samples with them meanwhile. Returns False when the bytes did not fit: the
        tokens are in the rows nonetheless. Raises what `decode` raises, and InvalidBatch for a
        row whose output the batch does not ask for.
        """
        with self._lock:  # before the chains' locks, as in SamplerChain.sample
            status = _hold(chains, batch.lent, self._step, batch, rows, pieces)
        return status != _PIECES_FULL and check_status(status, "llama_decode") == 0

    def _step(self, batch: Batch, rows: Any, pieces: Any) -> int:
        for row in rows:
            if not batch.has_output(row.output):
                message = (
                    f"a row samples from output {row.output}, which the batch of {len(batch)} tokens does not have"
                )
                raise InvalidBatch(message)
        return self._compute(lib.lcffi_step, batch, batch.struct, rows, len(rows), pieces, len(pieces))

    def abort(self) -> None:
        """Stop the decode that is running in another thread, which then raises DecodeAborted; else do nothing."""
        self._interrupt.stop()

    def logits(self, i: int = -1) -> NDArray[np.float32]:
        """A copy of the logits at output `i` of the last batch, float32[n_vocab] (llama_get_logits_ith).

        `i` is the index of a token whose output was asked for, or negative from the last output. Raises ContextError
        when there are none.
        """
        row = self._row(lib.llama_get_logits_ith, i, self._n_vocab, "logits")
        # llama.cpp has room for logits in any case; an encoder writes none there.
        if self._last_encoded if self._cross else not (self.has_memory or row.any()):
            message = "an encoder has no logits, only embeddings; those of an encoder-decoder model come with decode()"
            raise ContextError(message)
        return row

    def embeddings(self, i: int = -1) -> NDArray[np.float32]:
        """A copy of the embedding at output `i` of the last batch, float32[n_embd_out] (llama_get_embeddings_ith).

        For contexts made with embeddings=True and no pooling; `i` counts as for `logits`. Raises ContextError when
        there is none.
        """
        if self.pooling_type != lib.LLAMA_POOLING_TYPE_NONE:
            message = "this context pools the embeddings of a sequence; use embeddings_seq(), or pooling_type='none'"
            raise ContextError(message)
        return self._row(lib.llama_get_embeddings_ith, i, self.model.n_embd_out, "embeddings")

    def embeddings_seq(self, seq_id: int = 0) -> NDArray[np.float32]:
        """A copy of the pooled embedding of a sequence of the last batch (llama_get_embeddings_seq).

        float32[n_embd_out], or float32[n_cls_out] of scores with pooling_type="rank". Raises ContextError when there
        is none.
        """
        rank = self.pooling_type == lib.LLAMA_POOLING_TYPE_RANK
        n = lib.llama_model_n_cls_out(self.model.ptr) if rank else self.model.n_embd_out
        return self._row(lib.llama_get_embeddings_seq, seq_id, n, "pooled embeddings")

    @property
    def memory(self) -> Memory:
        """What the context remembers. Raises ContextError for an encoder, which remembers nothing."""
        memory = None if self._memory is None else self._memory()
        if memory is None:
            memory = Memory(self)
            self._memory = weakref.ref(memory)  # not a cycle: see Model.vocab
        return memory

    def snapshot(self, seq_id: int | None = None, *, tokens: Sequence[int] = ()) -> State:
        """Copy the memory, of one sequence or of all; `tokens` are noted in the state (llama_state_get_data).

        Logits are not part of a state. Raises ContextError between a shift or copy and the decode that carries it out.
        """
        if self.pending:
            message = "the memory has a shift or copy that the next decode carries out; decode before a snapshot"
            raise ContextError(message)
        return states.snapshot(self, seq_id, tokens)

    def restore(self, state: State, seq_id: int | None = None) -> None:
        """Replace the memory with a state; one of a single sequence goes to `seq_id`, by default the one it came from.

        Raises StateError for a state of another model or another kind of context.
        """
        states.restore(self, state, seq_id)

    @property
    def adapters(self) -> Mapping[Adapter, float]:
        """The LoRA adapters at work, with their scales."""
        return self._adapters.scales

    def set_adapters(self, adapters: Mapping[Adapter, float]) -> None:
        """From the next decode on use these LoRA adapters and no others, each at its scale (llama_set_adapters_lora).

        What is in memory stays as it was computed. Raises ValueError for an adapter of another model.
        """
        with self._lock:
            self._adapters = attach(self, adapters)

    def set_control_vector(self, vector: ControlVector | NDArray[np.float32] | None) -> None:
        """From the next decode on add a control vector, float32[n_layer, n_embd], or none (llama_set_adapter_cvec).

        What is in memory stays as it was computed. Raises ValueError for a shape that is not the model's.
        """
        steer(self, vector)

    def close(self) -> None:
        """Free the C object; its adapters are let go of."""
        super().close()
        self._adapters = NO_ADAPTERS

    @property
    def n_threads(self) -> int:
        """Threads for decoding one token (llama_n_threads)."""
        return self.call(lib.llama_n_threads)

    @property
    def n_threads_batch(self) -> int:
        """Threads for decoding many tokens (llama_n_threads_batch)."""
        return self.call(lib.llama_n_threads_batch)

    def _run(self, function: Callable[..., int], batch: Batch, *args: Any) -> int:
        """Call a decoding function under the interrupt, once the batch is known to be one that it can take."""
        with self._lock:
            return batch.lent(self._compute, function, batch, *args)

    def _compute(self, function: Callable[..., int], batch: Batch, *args: Any) -> int:
        self._check_idle()
        self._check(batch, whole=function is lib.llama_encode or not self.has_memory)
        with self._interrupt:
            status = self.call(function, *args)
        self._last_encoded = function is lib.llama_encode
        if status == 0:
            self.pending = False
        return status

    def _check(self, batch: Batch, *, whole: bool) -> None:
        """Refuse what llama.cpp would assert on."""
        n = batch.n_tokens
        if n == 0:
            message = "the batch is empty; add tokens before decoding it"
        elif n > self.n_batch:
            message = f"the batch has {n} tokens, the context takes n_batch={self.n_batch} at once; decode it in parts"
        elif batch.max_seq_id >= self.n_seq_max:
            message = f"the batch has seq_id {batch.max_seq_id}, the context was made with n_seq_max={self.n_seq_max}"
        elif batch.max_pos >= self.model.n_ctx_train and self.model.has_position_embeddings:
            message = f"the batch has position {batch.max_pos}, the model has embeddings for {self.model.n_ctx_train}"
        elif n > self.n_ubatch and (whole or not self.call(lib.llama_get_causal_attn)):
            message = (
                f"the batch has {n} tokens; without causal attention they must fit in n_ubatch={self.n_ubatch}: "
                "make the context with a larger n_ubatch (and n_batch)"
            )
        elif max(n if whole or self.embeds else batch.n_outputs, self.n_seq_max) > self._n_outputs_max:
            message = f"the batch asks for {batch.n_outputs} outputs of {n} tokens, n_outputs_max={self._n_outputs_max}"
        elif self._cross and not whole and not self._encoded:
            message = "an encoder-decoder model needs encode() before decode()"
        elif self._cross and not whole and self.pooling != "none":
            message = (
                "the decoder looks at every token of the encoder, which this context pools "
                f"(pooling_type={self.pooling!r}); decode in one without"
            )
        else:
            return
        raise InvalidBatch(message)

    def _row(self, function: Callable[[Any, int], Any], i: int, n: int, what: str) -> NDArray[np.float32]:
        with self._lock:
            row = self.call(function, i)
            if not row:
                raise ContextError(with_reason(f"there are no {what} at {i}; ask for an output there and decode first"))
            return copy_floats(row, n)

    def _read_facts(self, params: Any) -> None:
        ptr = self.ptr
        # What llama.cpp made of the options, which may differ from what was asked for.
        self.n_ctx: int = lib.llama_n_ctx(ptr)
        """Tokens that the memory holds, of all sequences together."""
        self.n_ctx_seq: int = lib.llama_n_ctx_seq(ptr)
        """Tokens that the memory holds of one sequence."""
        self.n_batch: int = lib.llama_n_batch(ptr)
        """Tokens that a batch may have."""
        self.n_ubatch: int = lib.llama_n_ubatch(ptr)
        """Tokens that are computed at once; a larger batch is cut into parts of this size."""
        self.n_seq_max: int = lib.llama_n_seq_max(ptr)
        """Sequences; their ids are below this."""
        self.pooling_type: int = lib.llama_pooling_type(ptr)
        poolings = {value: name for name, value in enum_names("enum llama_pooling_type").items()}
        self.pooling: str = poolings[self.pooling_type]
        """How the tokens of a sequence become one embedding: none, mean, cls, last, or rank (a classifier's scores)."""
        self.kv_unified: bool = params.kv_unified
        self.type_k: int = params.type_k
        self.type_v: int = params.type_v
        self._n_vocab: int = self.model.vocab.n_tokens
        self._n_outputs_max: int = self.n_batch if self.model.has_encoder else params.n_outputs_max or self.n_batch
        self.embeds: bool = params.embeddings
        """Whether it puts out embeddings and not logits."""
        self.has_memory = bool(lib.llama_get_memory(ptr))
        """Whether it remembers what it decoded; an encoder does not."""
        self._cross = self.model.has_encoder and self.has_memory
        self._encoded = self._last_encoded = False
        self.pending = False
        """Whether Memory changed positions, and the next decode is to move the data."""


def _hold(handles: Sequence[Handle], function: Callable[..., _R], *args: Any) -> _R:
    """Call `function(*args)` while no other thread calls on the handles; a NativeError breaks them too."""
    if not handles:
        return function(*args)
    return handles[0].call(lambda _ptr: _hold(handles[1:], function, *args))


class _ThreadPools:
    """The threads of a context: without pools ggml starts and ends threads for every graph."""

    def __init__(self, n_threads: int, n_threads_batch: int) -> None:
        self._main = _pool(n_threads)
        self._batch = ffi.NULL if n_threads == n_threads_batch else _pool(n_threads_batch)

    def attach(self, context: Any) -> None:
        lib.llama_attach_threadpool(context, self._main, self._batch)

    def free_after(self, context: Any) -> None:
        """Free the context, and only then the threads that it may still wait for."""
        lib.llama_free(context)
        lib.ggml_threadpool_free(self._main)
        if self._batch:
            lib.ggml_threadpool_free(self._batch)


def _pool(n_threads: int) -> Any:
    params = ffi.new("struct ggml_threadpool_params *")
    lib.ggml_threadpool_params_init(params, n_threads)
    try:
        return check_ptr(lib.ggml_threadpool_new(params), f"no pool of {n_threads} threads", ContextError)
    except NativeError as error:
        message = f"{n_threads} threads could not be started: {error}; make the context with a smaller n_threads"
        raise ContextError(message) from error


def _create(model: Model, params: Any) -> Any:
    native_errors()  # what earlier calls left behind is not this one's reason
    try:
        context = model.share(lib.llama_init_from_model, model.ptr, params[0])
    except NativeError as error:
        message = f"the context could not be made: {error}"
        raise ContextError(message) from error
    message = "the context could not be made"
    n_tokens = min(params.n_ctx or model.n_ctx_train, params.n_ubatch)
    if params.embeddings and n_tokens % params.n_seq_max:
        message += f" (to pool by the mean, n_ubatch and n_ctx must be multiples of n_seq_max={params.n_seq_max})"
    elif model.has_encoder and params.n_seq_max > 1 and not params.kv_unified:
        message += " (an encoder-decoder model needs kv_unified=True for several sequences)"
    return check_ptr(context, message, ContextError)


def _check_params(params: Any) -> None:
    """Refuse what ggml would assert on, some of it on threads where nothing can be caught."""
    for name in ("n_threads", "n_threads_batch"):
        if not 1 <= getattr(params, name) <= lib.GGML_MAX_N_THREADS:
            message = f"{name} must be from 1 to {lib.GGML_MAX_N_THREADS}, not {getattr(params, name)}"
            raise ValueError(message)
    for name in ("n_batch", "n_seq_max"):
        if getattr(params, name) < 1:
            message = f"{name} must be at least 1"
            raise ValueError(message)
    types = {getattr(lib, f"GGML_TYPE_{name}"): name.lower() for name in _CACHE_TYPES}
    for name in ("type_k", "type_v"):
        if getattr(params, name) not in types:
            message = f"{name} must be a type that ggml can write row by row: {', '.join(types.values())}"
            raise ValueError(message)


_CACHE_TYPES = ("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "IQ4_NL", "Q5_0", "Q5_1")

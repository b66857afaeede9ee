"""A model at work: what it has seen, and what it answers."""

from __future__ import annotations

import weakref
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from llamacffi._native import Handle, Interrupt, check_status, lib
from llamacffi._native.callbacks import raise_deferred
from llamacffi._native.convert import enum_names, instance
from llamacffi.core import compat
from llamacffi.core import state as states
from llamacffi.core.adapter import NO_ADAPTERS
from llamacffi.core.backend_sampling import BackendSamplers
from llamacffi.core.batch import Batch
from llamacffi.core.batch_checks import check_batch, uses_mrope
from llamacffi.core.checkpoint import checkpoint
from llamacffi.core.context_params import create, to_params
from llamacffi.core.evaluation import watcher
from llamacffi.core.ledger import Ledger
from llamacffi.core.memory import Memory
from llamacffi.core.outputs import Views
from llamacffi.core.rpc_peer import free_with
from llamacffi.core.settings import Settings
from llamacffi.core.thread_pools import ThreadPools
from llamacffi.core.warm_up import warm_up
from llamacffi.errors import ContextError, InvalidBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Unpack

    from llamacffi.core.checkpoint import Checkpoint
    from llamacffi.core.context_params import ContextArguments
    from llamacffi.core.model import Model
    from llamacffi.core.rpc_peer import Peer
    from llamacffi.core.sampling.chain import SamplerChain
    from llamacffi.core.state import State

__all__ = ["Context"]

_R = TypeVar("_R")

_ENCODERS_OF_STATES = frozenset({"dflash", "eagle3"})  # llama_encode crashes on the tokens of a batch

_PIECES_FULL = -100  # lcffi_step: the tokens were sampled, their bytes did not fit
_DECODED = frozenset({0, _PIECES_FULL})
_REFUSED = -1  # llama_decode: nothing was touched, the outputs of the batch before are still there


class Context(Settings):
    """Memory and working space for decoding with a model: `model.context(n_ctx=4096)`.

    The options are the fields of llama_context_params, by their names; `n_threads` is the number of cores that this
    process may use, when it is not given. `samplers={seq_id: chain}` runs those chains inside the graph, `cb_eval`
    shows every tensor that is computed, `threadpool` says how the threads run, `other` is a context that this one
    drafts for and is closed before. One thread works with a context at a time, others wait; contexts of one model work
    side by side.

    Raises ContextError with llama.cpp's own reason, TypeError and ValueError for an option that it does not take.
    """

    def __init__(self, model: Model, **options: Unpack[ContextArguments]) -> None:
        if model.vocab_only or model.no_alloc:
            message = "the model was loaded without its weights (vocab_only or no_alloc); load it whole to compute"
            raise ContextError(message)
        self.model = model
        self._memory: weakref.ref[Memory] | None = None
        self._adapters = NO_ADAPTERS  # C borrows them until this object, or its next set_adapters, lets go
        params = to_params(options)
        self._interrupt = Interrupt()
        params.abort_callback = self._interrupt.abort
        params.abort_callback_data = self._interrupt.c
        if (fn := options.get("cb_eval")) is not None:
            self._watcher = watcher(fn, self._interrupt.c)  # C knows its address for as long as this object decodes
            params.cb_eval, params.cb_eval_user_data = lib.cb_lcffi_eval_t, self._watcher
        self._pools = ThreadPools(options.get("threadpool"))
        self._backend_samplers = BackendSamplers()
        configs = self._backend_samplers.configure(params, options.get("samplers") or {}, self)
        try:
            ptr = create(model, params)
        except BaseException:
            self._backend_samplers.give_up()
            raise
        del configs
        try:
            self._pools.attach(ptr, params.n_threads, params.n_threads_batch)
        except BaseException:
            self._pools.free_after(ptr)
            self._backend_samplers.give_up()
            raise
        others = [other for other in (options.get("other"),) if other is not None]
        super().__init__(ptr, partial(_free, model.peers, self._pools, self._backend_samplers.pins), model, *others)
        self._read_facts(params)
        if self._backend_samplers.chains and not self.has_memory:
            self.close()
            message = f"{model.description} is an encoder and has no logits to sample from; make it without samplers"
            raise ContextError(message)
        raise_deferred()  # Ctrl-C, or a log handler's error, from the lines that were logged meanwhile

    def __repr__(self) -> str:
        return f"<Context of {self.model.description}, n_ctx={self.n_ctx}>"

    def call(self, function: Callable[..., _R], *args: Any) -> _R:
        """As every Handle; BackendError when an RPC server that the model is on is gone."""
        self.model.check_servers()
        return super().call(function, *args)

    def decode(self, batch: Batch) -> None:
        """Compute a batch and remember it (llama_decode); an encoder without memory only computes it.

        Raises InvalidBatch, NoMemorySlot (nothing was decoded), DecodeAborted after `abort()`, or another DecodeError.
        Ctrl-C stops it within a step. After DecodeAborted and KeyboardInterrupt the part that was decoded stays in
        memory (`memory.pos_max`), and the context can go on. Give it no more than `memory.n_at_once` tokens: of more,
        llama.cpp can forget some that are looked at, where sequences share a sliding window.
        """
        instance("batch", batch, Batch, "a Batch")
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
        instance("batch", batch, Batch, "a Batch")
        check_status(self._run(lib.llama_encode, batch, batch.struct), "llama_encode")

    def step(self, batch: Batch, rows: Any, pieces: Any, chains: Sequence[SamplerChain]) -> bool:
        """Decode a batch and, in the same native call, sample, accept and spell one token for each row (lcffi_step).

        `rows` is a `struct lcffi_row[]`, `pieces` the `char[]` that the tokens' bytes go to. `chains` are the rows'
        samplers, each once: no other thread samples with them meanwhile. Returns False when the bytes did not fit: the
        tokens are in the rows nonetheless. Raises what `decode` raises, and InvalidBatch for a
        row whose output the batch does not ask for.
        """
        with self._lock:  # before the chains' locks, as in SamplerChain.sample
            samplers = self._backend_samplers
            held = samplers.held(chains) if samplers.chains else chains
            status = _hold(held, batch.lent, self._step, batch, rows, pieces, chains)
        return status != _PIECES_FULL and check_status(status, "llama_decode") == 0

    def _step(self, batch: Batch, rows: Any, pieces: Any, chains: Sequence[SamplerChain]) -> int:
        for row in rows:
            if not batch.has_output(row.output):
                message = (
                    f"a row samples from output {row.output}, which the batch of {len(batch)} tokens does not have"
                )
                raise InvalidBatch(message)
            if self._backend_samplers.chains:
                chain = next(chain for chain in chains if chain.ptr == row.sampler)
                places = batch.output_places()
                self._backend_samplers.check_row(chain, row.output, places)
                if row.logprobs and self._backend_samplers.at(row.output, places) is not None:
                    message = "there are no logits to take log-probabilities of; take the samplers off the context"
                    raise ContextError(message)
        return self._compute(lib.lcffi_step, batch, batch.struct, rows, len(rows), pieces, len(pieces))

    def sample_with(self, chain: SamplerChain, function: Callable[..., _R], i: int) -> _R:
        """Call `function(ptr, i)`, which samples output `i` with `chain`, once that is known to be possible."""
        with self._lock:
            if self._backend_samplers.chains:
                self._backend_samplers.check_row(chain, i)
                if self._backend_samplers.at(i) is not None and not self._last_encoded:
                    return self.call(function, i)
            self._raw_logits(i)
            return self.call(function, i)

    def abort(self) -> None:
        """Stop the decode that is running in another thread, which then raises DecodeAborted; else do nothing."""
        self._interrupt.stop()

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
        return states.snapshot(self, seq_id, tokens)

    def restore(self, state: State | Checkpoint, seq_id: int | None = None) -> None:
        """Replace the memory with a state; one of a single sequence goes to `seq_id`, by default the one it came from.

        Raises StateError for a state of another model or another kind of context, and for a checkpoint of another
        context or sequence; ContextError between a shift or copy and the decode that carries it out.
        """
        states.restore(self, state, seq_id)

    def checkpoint(
        self, seq_id: int = 0, *, tokens: Sequence[int] = (), whole: bool = False, on_device: bool = False
    ) -> Checkpoint:
        """Note where a sequence is, to go back to it; `tokens` are noted with it (llama_state_seq_get_data_ext).

        It holds what going on would overwrite, or the `whole` sequence. With `on_device` the tensors stay on their
        device, one checkpoint a sequence, where llama.cpp has room for it (`Checkpoint.on_device`); the room is given
        back with the context. Raises ContextError as `snapshot` does, and for a quantized cache on the device.
        """
        return checkpoint(self, seq_id, tokens, whole=whole, on_device=on_device)

    def close(self) -> None:
        """Free the C object; its adapters are let go of."""
        super().close()
        self._adapters = NO_ADAPTERS

    def warm_up(self, *, n_outputs: int = 0) -> None:
        """Decode a few tokens and forget them, so that the first real decode does not pay for what is made on demand.

        All experts of a mixture are touched. With `n_outputs` as many tokens each ask for an output: the output buffer
        is then as large as decodes with that many need. Performance counters start again. Raises ContextError when the
        memory holds tokens already, or with `n_outputs` and samplers inside the graph (llama_set_warmup).
        """
        with self._lock:
            warm_up(self, n_outputs)
            self._encoded.clear()
            self._last_encoded, self._n_outputs = False, 0
            self._backend_samplers.forget()

    def _run(self, function: Callable[..., int], batch: Batch, *args: Any) -> int:
        """Call a decoding function under the interrupt, once the batch is known to be one that it can take."""
        with self._lock:
            samplers = self._backend_samplers
            held = samplers.held() if samplers.chains else ()
            status: int = _hold(held, batch.lent, self._compute, function, batch, *args)
            return status

    def _compute(self, function: Callable[..., int], batch: Batch, *args: Any) -> int:
        self._check_idle()
        whole = function is lib.llama_encode or not self.has_memory
        check_batch(self, batch, whole=whole, n_outputs_max=self.n_outputs_max)
        if self._cross and not whole:
            self._check_decoder(batch)
        n_outputs = batch.n_tokens if whole or self.embeds else batch.n_outputs
        if n_outputs > self._views.n_outputs:
            self._check_room(n_outputs)
        if self._backend_samplers.chains:
            self._backend_samplers.check(batch)
        if batch.n_embd and self._uses_mrope:
            batch.lay_out_positions()
        with self._interrupt:
            if self._pools.moves:
                return int(self._pools.place(self.call, self._decode_now, function, batch, n_outputs, args))
            return self.call(self._decode_now, function, batch, n_outputs, args)

    def _decode_now(self, ptr: Any, function: Callable[..., int], batch: Batch, n_outputs: int, args: Any) -> int:
        """What runs inside `call`, which may raise afterwards: the exception of a callback undoes no decode."""
        kept, self._n_outputs = self._n_outputs, 0
        status: int = function(ptr, *args)
        self._last_encoded = function is lib.llama_encode
        if status in _DECODED:
            self._n_outputs = n_outputs
            if n_outputs > self._views.n_outputs:
                self._views.grown(n_outputs, self._output_bytes(n_outputs))
            if self._backend_samplers.chains:
                self._backend_samplers.note(batch)
            if self._last_encoded:
                self._encoded = batch.sequences()
                self.ledger.n_encoded += 1
            else:
                self.ledger.decoded(batch)
        elif status == _REFUSED:
            self._n_outputs = kept
        else:  # what was computed before it stopped stays in the memory, and the outputs are gone
            self._backend_samplers.forget()
            if batch.n_seq_max > 1:
                for seq_ids in batch.shared():
                    self.ledger.share(seq_ids)
        return status

    def _check_room(self, n_outputs: int) -> None:
        """Refuse a batch for whose outputs llama.cpp would have to move its buffer under views that are alive."""
        alive = len(self._views.alive)
        if alive and self._output_bytes(n_outputs) > self._views.n_bytes:
            message = (
                f"{n_outputs} outputs are more than any batch before had, and {alive} views of its outputs are alive: "
                f"drop them, ask for fewer, or warm_up(n_outputs={n_outputs}) before the first view"
            )
            raise InvalidBatch(message)

    def _check_decoder(self, batch: Batch) -> None:
        missing = sorted(batch.sequences() - self._encoded) if self._encoded else []
        if not self._encoded:
            message = "an encoder-decoder model needs encode() before decode()"
        elif missing:  # llama.cpp would compute logits from what it must not look at
            message = (
                f"sequence {missing[0]} was not in the last encode(), which counts alone: encode() all in one batch"
            )
        elif self.pooling != "none":
            message = (
                "the decoder looks at every token of the encoder, which this context pools "
                f"(pooling_type={self.pooling!r}); decode in one without"
            )
        else:
            return
        raise InvalidBatch(message)

    def _output_bytes(self, n_outputs: int) -> int:
        """How large llama.cpp's output buffer must be: it grows, and so moves, only when a batch needs more."""
        width = self._n_vocab
        if self.embeds or self._is_t5:
            width += self.model.n_embd_out
        if self._backend_samplers.chains:  # logits, probabilities and ids of what is left, and the token
            width += 3 * self._n_vocab + 1
        return 4 * (width * max(n_outputs, self.n_seq_max) + self._views.n_hidden)

    def _read_facts(self, params: Any) -> None:
        ptr = self.ptr
        # What llama.cpp made of the options, which may differ from what was asked for.
        self.n_ctx: int = lib.llama_n_ctx(ptr)
        """Tokens that the memory holds, of all sequences together."""
        self.n_ctx_seq: int = compat.n_ctx_seq(ptr, kv_unified=params.kv_unified)
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
        if params.attention_type != lib.LLAMA_ATTENTION_TYPE_UNSPECIFIED:
            self._causal_attn = params.attention_type == lib.LLAMA_ATTENTION_TYPE_CAUSAL
        self.type_k: int = params.type_k
        self.type_v: int = params.type_v
        self._n_vocab: int = self.model.vocab.n_tokens
        self.n_outputs_max: int = (
            self.n_batch if self.model.has_encoder else compat.option(params, "n_outputs_max") or self.n_batch
        )
        """How many outputs a batch may ask for."""
        self.embeds: bool = params.embeddings
        """Whether it puts out embeddings and not logits."""
        self.has_memory = bool(lib.llama_get_memory(ptr))
        """Whether it remembers what it decoded; an encoder does not."""
        self._cross = self.model.has_encoder and self.has_memory
        self._uses_mrope = uses_mrope(self.model)
        self._is_t5 = self.model.metadata_text.get("general.architecture") == "t5"  # always has room for embeddings
        self._encoded = set()  # the sequences of the last encode(), to which alone the decoder can look
        self._last_encoded = False
        self._timed: bool = not params.no_perf
        self._n_outputs = 0
        self._views = Views()
        self._views.grown(self.n_seq_max, self._output_bytes(0))
        self.ledger = Ledger()
        """What `Memory` did, as far as llama.cpp does not tell it."""
        self.swa_full: bool = params.swa_full


def _free(peers: Sequence[Peer], pools: ThreadPools, samplers: list[Any], context: Any) -> None:
    """Free the context, its threads, and then the chains that its graph knows."""
    free_with(peers, pools.free_after, context)
    samplers.clear()


def _hold(handles: Sequence[Handle], function: Callable[..., _R], *args: Any) -> _R:
    """Call `function(*args)` while no other thread calls on the handles; a NativeError breaks them too."""
    if not handles:
        return function(*args)
    return handles[0].call(lambda _ptr: _hold(handles[1:], function, *args))

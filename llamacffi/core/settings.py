"""What of a context can be changed between decodes, and what it counted."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from llamacffi._native import lib
from llamacffi._native.convert import boolean
from llamacffi.core import compat
from llamacffi.core.adapter import attach, steer
from llamacffi.core.context_params import check_threads
from llamacffi.core.fingerprint import altered_by, of_vector
from llamacffi.core.outputs import Outputs
from llamacffi.core.performance import Performance
from llamacffi.errors import ContextError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from llamacffi.core.adapter import Adapter, Attached, ControlVector
    from llamacffi.core.ledger import Ledger
    from llamacffi.core.sampling.chain import SamplerChain
    from llamacffi.core.thread_pools import ThreadPools

__all__ = ["Settings"]


class Settings(Outputs):
    """The settings of a context."""

    n_ctx: int
    n_ubatch: int
    pooling: str
    _pools: ThreadPools
    _timed: bool
    ledger: Ledger
    _adapters: Attached
    _causal_attn: bool | None = None  # what was set, for a llama.cpp that does not tell
    _vector = ""  # a hash of the control vector

    @property
    def n_threads(self) -> int:
        """Threads for decoding one token (llama_n_threads)."""
        return self.call(lib.llama_n_threads)

    @property
    def n_threads_batch(self) -> int:
        """Threads for decoding many tokens (llama_n_threads_batch)."""
        return self.call(lib.llama_n_threads_batch)

    def set_threads(self, n_threads: int, n_threads_batch: int | None = None) -> None:
        """Decode one token with `n_threads` threads from now on, and many with `n_threads_batch`, by default as many.

        llama_set_n_threads. Raises ValueError for a number that ggml does not take, ContextError when the system
        refuses threads.
        """
        n_threads_batch = n_threads if n_threads_batch is None else n_threads_batch
        check_threads("n_threads", n_threads)
        check_threads("n_threads_batch", n_threads_batch)
        with self._lock:
            self.call(self._pools.attach, n_threads, n_threads_batch)
            self.call(lib.llama_set_n_threads, n_threads, n_threads_batch)

    def pause_threads(self) -> None:
        """Put the threads to sleep until the next decode, at once and not when they have looked for work in vain."""
        self.call(lambda _ptr: self._pools.pause())

    @property
    def causal_attn(self) -> bool:
        """Whether a token sees only those before it (llama_get_causal_attn)."""
        return self.call(compat.causal_attn, self._causal_attn)

    def set_causal_attn(self, causal_attn: bool) -> None:  # noqa: FBT001 - as llama_set_causal_attn has it
        """From the next decode on let a token see those after it in its batch, or not (llama_set_causal_attn).

        Without, a batch must fit in n_ubatch. What is in memory stays as it was computed.
        """
        causal_attn = boolean("causal_attn", causal_attn)
        with self._lock:
            self.ledger.n_altered += self.causal_attn != causal_attn
            self.call(lib.llama_set_causal_attn, causal_attn)
            self._causal_attn = causal_attn

    @contextmanager
    def sight(self, *, causal: bool) -> Iterator[None]:
        """Decode with that attention inside the block: what belongs to a medium is no other reading of its tokens."""
        with self._lock:
            before = self.causal_attn
            if before == causal:
                yield
                return
            self.call(lib.llama_set_causal_attn, causal)
            self._causal_attn = causal
            try:
                yield
            finally:
                self.call(lib.llama_set_causal_attn, before)
                self._causal_attn = before

    @property
    def adapters(self) -> Mapping[Adapter, float]:
        """The LoRA adapters at work, with their scales."""
        return self._adapters.scales

    def set_adapters(self, adapters: Mapping[Adapter, float]) -> None:
        """From the next decode on use these LoRA adapters and no others, each at its scale (llama_set_adapters_lora).

        What is in memory stays as it was computed. Raises ValueError for an adapter of another model.
        """
        with self._lock:
            before, self._adapters = self._adapters, attach(self, adapters)
            self.ledger.n_altered += self._adapters.scales != before.scales

    def set_control_vector(self, vector: ControlVector | NDArray[np.float32] | None) -> None:
        """From the next decode on add a control vector, float32[n_layer, n_embd], or none (llama_set_adapter_cvec).

        What is in memory stays as it was computed. Raises ValueError for a shape that is not the model's.
        """
        with self._lock:
            steer(self, vector)
            self.ledger.n_altered += 1
            self._vector = of_vector(vector)

    @property
    def altered_by(self) -> str:
        """A hash of adapters, control vector and attention; what was computed under another is not the same."""
        return altered_by(self.adapters, self._vector, causal_attn=self.causal_attn)

    def set_embeddings(self, embeddings: bool) -> None:  # noqa: FBT001 - as llama_set_embeddings has it
        """From the next decode on put out embeddings as well, for every token, or not (llama_set_embeddings).

        The outputs of the last batch are let go of. Raises ContextError for a context that samples inside its graph,
        or one that pools and whose n_ubatch is no multiple of n_seq_max.
        """
        embeddings = boolean("embeddings", embeddings)
        with self._lock:
            if embeddings and self._backend_samplers.chains:
                message = "the context samples inside its graph, which has no place for embeddings; take samplers away"
                raise ContextError(message)
            if embeddings and self.pooling != "none" and min(self.n_ctx, self.n_ubatch) % self.n_seq_max:
                message = f"to pool, n_ubatch and n_ctx must be multiples of n_seq_max={self.n_seq_max}"
                raise ContextError(message)
            self.call(lib.llama_set_embeddings, embeddings)
            self.embeds = embeddings
            self._forget_outputs()

    @property
    def samplers(self) -> Mapping[int, SamplerChain]:
        """The chains that run inside the graph, by the sequence that they sample for."""
        return dict(self._backend_samplers.chains)

    def set_sampler(self, seq_id: int, chain: SamplerChain | None) -> None:
        """From the next decode on sample a sequence inside the graph with `chain`, or no longer (llama_set_sampler).

        The outputs of the last batch are let go of. Raises ContextError for a chain that was attached before.
        """
        with self._lock:
            self._backend_samplers.set(self, seq_id, chain)
            self._forget_outputs()

    def _forget_outputs(self) -> None:
        self._n_outputs = 0
        self._views.n_outputs = -1  # an output takes more room now, or less

    def synchronize(self) -> None:
        """Wait for what a GPU still computes; whatever reads outputs does so by itself (llama_synchronize)."""
        self.call(lib.llama_synchronize)

    @property
    def performance(self) -> Performance:
        """What was computed and, with no_perf=False, how long it took (llama_perf_context)."""
        return self.call(Performance.of, self._timed)

    def reset_performance(self) -> None:
        """Count from 0 again (llama_perf_context_reset)."""
        self.call(lib.llama_perf_context_reset)

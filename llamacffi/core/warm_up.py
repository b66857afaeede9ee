"""A first decode that nobody waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi._native import lib
from llamacffi._native.convert import integer
from llamacffi.core.batch import Batch
from llamacffi.errors import ContextError

if TYPE_CHECKING:
    from llamacffi.core.context import Context

__all__ = ["warm_up"]


def warm_up(context: Context, n_outputs: int) -> None:
    """Decode `n_outputs` tokens that each ask for an output, or two that ask for none, and forget them."""
    n_outputs = integer("n_outputs", n_outputs, 0, context.n_batch)
    if context.has_memory and any(context.memory.pos_max(s) >= 0 for s in range(context.n_seq_max)):
        message = "the context remembers tokens, which warming up would clear; do it first, or clear the memory"
        raise ContextError(message)
    if n_outputs and context.samplers:
        message = "outputs would draw from the random numbers of the samplers inside the graph; warm_up() asks for none"
        raise ContextError(message)
    vocab = context.model.vocab
    start = next((token for token in (vocab.bos, vocab.eos) if token is not None), 0)
    n_seqs = 1 if context.kv_unified or not context.has_memory else -(-n_outputs // context.n_ctx_seq) or 1
    n = min(n_outputs or 2, context.n_batch)
    per_seq = -(-n // n_seqs)
    batch = Batch(n)
    for seq_id in range(n_seqs):
        tokens = [start] * min(per_seq, n - len(batch))
        # An output would draw from the random numbers of a chain that runs inside the graph.
        batch.extend(tokens, 0, seq_id, output="all" if n_outputs else False)
    # Deprecated, but nothing else makes a mixture of experts compute with all of them.
    context.call(lib.llama_set_warmup, True)  # type: ignore[deprecated]
    try:
        if context.model.has_encoder:
            context.encode(batch)
        else:
            context.decode(batch)
        context.synchronize()
    finally:
        context.call(lib.llama_set_warmup, False)  # type: ignore[deprecated]
        if context.has_memory:
            context.memory.clear()
        context.reset_performance()

"""Which batches a context can take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi._native import lib
from llamacffi.core import compat
from llamacffi.errors import InvalidBatch

if TYPE_CHECKING:
    from llamacffi.core.batch import Batch
    from llamacffi.core.context import Context
    from llamacffi.core.model import Model

__all__ = ["check_batch", "uses_mrope"]


def check_batch(context: Context, batch: Batch, *, whole: bool, n_outputs_max: int) -> None:
    """Refuse what llama.cpp would assert on; `whole` is for an encoder, which computes a batch at once."""
    n = batch.n_tokens
    model = context.model
    if n == 0:
        message = "the batch is empty; add tokens before decoding it"
    elif n > context.n_batch:
        message = f"the batch has {n} tokens, the context takes n_batch={context.n_batch} at once; decode it in parts"
    elif batch.max_seq_id >= context.n_seq_max:
        message = f"the batch has seq_id {batch.max_seq_id}, the context was made with n_seq_max={context.n_seq_max}"
    elif batch.max_pos >= model.n_ctx_train and model.has_position_embeddings:
        message = f"the batch has position {batch.max_pos}, the model has embeddings for {model.n_ctx_train}"
    elif n > context.n_ubatch and (whole or not context.causal_attn):
        message = (
            f"the batch has {n} tokens; without causal attention they must fit in n_ubatch={context.n_ubatch}: "
            "make the context with a larger n_ubatch (and n_batch)"
        )
    elif max(n if whole or context.embeds else batch.n_outputs, context.n_seq_max) > n_outputs_max:
        message = f"the batch asks for {batch.n_outputs} outputs of {n} tokens, n_outputs_max={n_outputs_max}"
    elif batch.n_embd and (reason := _embeddings(context, batch.n_embd)):
        message = reason
    else:
        return
    raise InvalidBatch(message)


# Models that turn a position into several angles; llama.cpp reads that many positions for each embedding.
_M_ROPES = ("LLAMA_ROPE_TYPE_MROPE", "LLAMA_ROPE_TYPE_IMROPE", "LLAMA_ROPE_TYPE_VISION")


def _embeddings(context: Context, n_embd: int) -> str | None:
    """Why the context does not take embeddings of that width; llama.cpp reads them without a look at it."""
    model = context.model
    wanted = compat.n_embd_inp(model.ptr)
    if n_embd != wanted:
        return f"the batch has embeddings of width {n_embd}, the model takes {wanted}; make it with n_embd={wanted}"
    return None


def uses_mrope(model: Model) -> bool:
    """Whether the model turns a position into several angles, of which an embedding has one each."""
    return lib.llama_model_rope_type(model.ptr) in [getattr(lib, name, None) for name in _M_ROPES]

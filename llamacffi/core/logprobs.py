"""Log-probabilities of tokens, computed in C on the rows of logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import ffi, lib
from llamacffi._native.arrays import lend
from llamacffi._native.convert import integer
from llamacffi.errors import ContextError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from llamacffi.core.context import Context

__all__ = ["LOGPROB", "check_n_top", "output_logprobs"]

LOGPROB = np.dtype([("token", np.int32), ("logprob", np.float32)])
"""A `struct lcffi_logprob`."""


def output_logprobs(context: Context, tokens: Sequence[int], n_top: int = 0, *, output: int = 0) -> NDArray[np.void]:
    """What the last batch's outputs say of `tokens`: LOGPROB[len(tokens), 1 + n_top] (lcffi_logprobs_outputs).

    Row i is of the output of the batch's token `output` + i, or counted from the last for -1: first the log-probability
    of `tokens[i]`, then those of the `n_top` most probable tokens, the best first. They are the log-softmax of the
    model's logits, before any sampling stage. Raises ContextError when there are no logits, ValueError for tokens that
    the vocabulary does not have.
    """
    n_vocab = context.model.vocab.n_tokens
    check_n_top(n_top, n_vocab)
    output = integer("output", output, -(2**31), 2**31 - 1)
    wide = np.asarray(tokens)
    if wide.size and wide.dtype.kind not in "iu":
        message = f"the tokens must be a row of ints, not {wide.dtype} of shape {wide.shape}"
        raise TypeError(message)
    ids = np.ascontiguousarray(np.clip(wide, -1, n_vocab), np.int32)
    if ids.ndim != 1 or (len(ids) and not (ids.min() >= 0 and ids.max() < n_vocab)):
        message = f"the tokens must be a row of numbers from 0 to {n_vocab - 1}"
        raise ValueError(message)
    result = np.empty((len(ids), 1 + n_top), LOGPROB)
    rows: Any = lend("struct lcffi_logprob[]", result.reshape(-1)) if result.size else ffi.NULL
    with context.exclusive():
        if len(ids):
            context.check_fetched(range(output, output + len(ids)))
        found = context.call(lib.lcffi_logprobs_outputs, output, len(ids), lend("llama_token[]", ids), n_top, rows)
    if not found:
        message = f"there are no logits at the {len(ids)} outputs from {output} on; decode a batch that asks for them"
        raise ContextError(message)
    return result


def check_n_top(n_top: int, n_vocab: int) -> None:
    """Raise ValueError unless that many tokens can be told of."""
    if not 0 <= integer("logprobs", n_top) <= n_vocab:
        message = f"logprobs is {n_top}, but must be from 0 to the vocabulary's {n_vocab} tokens"
        raise ValueError(message)

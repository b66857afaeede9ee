"""A llama model that is a table: the logits after a token are a row of a matrix, whatever came before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from gguf import GGUFWriter

from tests.models.llama import LlamaShape, write_tensors
from tests.models.vocab import CHATML, SpmVocab

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BigramModel", "random_logits", "write_bigram"]


@dataclass(frozen=True)
class BigramModel:
    """A model file, and the logits [n_vocab, n_vocab] that it gives after each token."""

    path: Path
    logits: npt.NDArray[np.float32]
    vocab: SpmVocab


def random_logits(n_vocab: int, *, seed: int = 7, scale: float = 2.0) -> npt.NDArray[np.float32]:
    """A matrix [n_vocab, n_vocab] of normal logits."""
    random = np.random.RandomState(seed)
    return (random.randn(n_vocab, n_vocab) * scale).astype(np.float32)


def write_bigram(
    path: Path,
    logits: npt.NDArray[np.float32],
    vocab: SpmVocab,
    *,
    n_ctx_train: int = 512,
    chat_template: str | None = CHATML,
) -> Path:
    """Write a model whose logits after token t are `logits[t]`, up to float32 (5e-7 on unit logits).

    Token embeddings are sqrt(n) e_t, attention and feed-forward add nothing, and so the last norm hands
    sqrt(n) e_t to an output matrix that holds logits.T / sqrt(n).
    Raises ValueError unless `logits` is [n, n] with n = len(vocab).
    """
    n = len(vocab)
    if logits.shape != (n, n):
        message = f"logits are {logits.shape}, the vocabulary needs ({n}, {n})"
        raise ValueError(message)
    # Two layers, because a control vector acts from the second on.
    shape = LlamaShape(n_embd=n, n_layer=2, n_head=1, n_head_kv=1, n_embd_head=32, n_ff=32, n_ctx_train=n_ctx_train)
    # float16 halves the file; what the norm then makes of the rounded value is undone in output_norm.
    stored = float(np.float16(np.sqrt(n)))
    normed = stored / np.sqrt(stored * stored / n + shape.rms_eps)
    ones = np.ones(n, np.float32)
    head, ff = shape.n_embd_head, shape.n_ff
    tensors: dict[str, npt.NDArray[np.generic]] = {"token_embd.weight": (np.eye(n) * stored).astype(np.float16)}
    for layer in range(shape.n_layer):
        block = f"blk.{layer}."
        tensors[block + "attn_norm.weight"] = ones
        tensors[block + "ffn_norm.weight"] = ones
        for name, rows, columns in (
            ("attn_q", head, n),
            ("attn_k", head, n),
            ("attn_v", head, n),
            ("attn_output", n, head),
            ("ffn_gate", ff, n),
            ("ffn_up", ff, n),
            ("ffn_down", n, ff),
        ):
            tensors[block + name + ".weight"] = np.zeros((rows, columns), np.float32)
    tensors["output_norm.weight"] = (ones * (np.sqrt(n) / normed)).astype(np.float32)
    tensors["output.weight"] = (logits.T / np.sqrt(n)).astype(np.float32)
    writer = GGUFWriter(path, "llama")
    shape.write(writer, "tiny-bigram", n)
    vocab.write(writer, chat_template=chat_template)
    return write_tensors(writer, path, tensors)

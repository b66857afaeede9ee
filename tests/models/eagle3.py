"""EAGLE-3: a layer that reads a target's hidden states and the token that follows, and guesses the one after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from gguf import GGUFWriter

from tests.models.llama import Array, LlamaShape, write_tensors
from tests.models.vocab import SpmVocab, spm_vocab

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["Eagle3Shape", "write_eagle3", "write_eagle3_table"]


@dataclass(frozen=True)
class Eagle3Shape(LlamaShape):
    """The numbers of a draft; llama.cpp knows one layer alone, and three of the target's."""

    n_layer: int = 1
    n_embd_target: int = 64
    target_layers: tuple[int, int, int] = (1, 2, 3)

    def write(self, writer: GGUFWriter, name: str, n_vocab: int) -> None:
        super().write(writer, name, n_vocab)
        writer.add_array("eagle3.target_layers", list(self.target_layers))
        writer.add_uint32("eagle3.target_hidden_size", self.n_embd_target)


def write_eagle3(
    path: Path,
    *,
    shape: Eagle3Shape | None = None,
    vocab: SpmVocab | None = None,
    seed: int = 40,
    d2t: npt.NDArray[np.int64] | None = None,
    n_embeddings: int | None = None,
) -> Path:
    """Write a draft of random weights, whose guesses are as good as chance; it fits `write_llama`'s model.

    With `d2t` it guesses among those tokens alone. `n_embeddings` is for how many tokens it has embeddings, 0 for those
    of its target.
    """
    shape = Eagle3Shape() if shape is None else shape
    vocab = spm_vocab(512) if vocab is None else vocab
    random = np.random.RandomState(seed)

    def matrix(n_out: int, n_in: int, scale: float = 1.0) -> Array:
        return np.asarray(random.randn(n_out, n_in) * scale / np.sqrt(n_in), np.float32)

    n_query, n_kv = shape.n_head * shape.n_embd_head, shape.n_head_kv * shape.n_embd_head
    n_rows = len(vocab) if n_embeddings is None else n_embeddings
    embeddings = random.randn(n_rows, shape.n_embd).astype(np.float32)
    return _write(
        path,
        shape,
        vocab,
        {
            **({} if d2t is None else {"d2t": d2t}),
            **({"token_embd.weight": embeddings} if len(embeddings) else {}),
            "fc.weight": matrix(shape.n_embd, 3 * shape.n_embd_target),
            "blk.0.attn_q.weight": matrix(n_query, 2 * shape.n_embd, 2.0),
            "blk.0.attn_k.weight": matrix(n_kv, 2 * shape.n_embd, 2.0),
            "blk.0.attn_v.weight": matrix(n_kv, 2 * shape.n_embd),
            "blk.0.attn_output.weight": matrix(shape.n_embd, n_query),
            "blk.0.ffn_gate.weight": matrix(shape.n_ff, shape.n_embd),
            "blk.0.ffn_up.weight": matrix(shape.n_ff, shape.n_embd),
            "blk.0.ffn_down.weight": matrix(shape.n_embd, shape.n_ff),
            "output.weight": matrix(len(vocab) if d2t is None else len(d2t), shape.n_embd, 2.0),
        },
    )


def write_eagle3_table(
    path: Path,
    logits: npt.NDArray[np.float32],
    vocab: SpmVocab,
    *,
    reads: Literal["token", "state"],
    n_ctx_train: int = 512,
) -> Path:
    """Write a draft for a model of `write_bigram` whose guess has the logits of a row of a matrix.

    `reads="token"`: row t of `logits` for the token t that comes last, so that with the target's own matrix every
    guess of a greedy draft is right. `reads="state"`: row t for the token t whose hidden state comes last, which is the
    one before; all guesses of a draft are the same then. Raises ValueError for a vocabulary that is no multiple of 32.
    """
    n = len(vocab)
    if n % 32 or logits.shape != (n, n):
        message = f"logits are {logits.shape}, and {n} tokens must be a multiple of 32"
        raise ValueError(message)
    shape = Eagle3Shape(
        n_embd=n,
        n_head=n // 32,
        n_head_kv=n // 32,
        n_embd_head=32,
        n_ff=32,
        n_ctx_train=n_ctx_train,
        n_embd_target=n,
        target_layers=(0, 1, 1),
    )
    one, nothing = np.eye(n, dtype=np.float16), np.zeros((n, n), np.float16)
    tensors: dict[str, npt.NDArray[np.generic]] = {
        "token_embd.weight": (one * np.sqrt(n)).astype(np.float16),
        # What goes by the states is the first layer's input: sqrt(n) e_t.
        "fc.weight": np.concatenate([one if reads == "state" else nothing, nothing, nothing], axis=1),
        "blk.0.attn_output.weight": one,
        "blk.0.ffn_gate.weight": np.zeros((32, n), np.float32),
        "blk.0.ffn_up.weight": np.zeros((32, n), np.float32),
        "blk.0.ffn_down.weight": np.zeros((n, 32), np.float32),
        "output.weight": (logits.T / np.sqrt(n)).astype(np.float32),
    }
    if reads == "token":
        # Queries and keys are one constant, which the rotation lets match at its own position alone. The value puts the
        # token in the place of what the residual brings: the state that the draft handed to itself.
        same = np.full((n, n), 10 / np.sqrt(n), np.float16)
        tensors["blk.0.attn_q.weight"] = tensors["blk.0.attn_k.weight"] = np.concatenate([same, nothing], axis=1)
        tensors["blk.0.attn_v.weight"] = np.concatenate([one, -one], axis=1)
    else:
        for name in ("attn_q", "attn_k", "attn_v"):
            tensors[f"blk.0.{name}.weight"] = np.zeros((n, 2 * n), np.float16)
    return _write(path, shape, vocab, tensors)


def _write(path: Path, shape: Eagle3Shape, vocab: SpmVocab, tensors: dict[str, npt.NDArray[np.generic]]) -> Path:
    ones = np.ones(shape.n_embd, np.float32)
    norms = ("output_norm", "blk.0.attn_norm", "blk.0.attn_norm_2", "blk.0.ffn_norm")
    writer = GGUFWriter(path, "eagle3")
    shape.write(writer, "tiny-eagle3", len(vocab))
    vocab.write(writer, chat_template=None)
    return write_tensors(writer, path, {**tensors, **{f"{name}.weight": ones for name in norms}})

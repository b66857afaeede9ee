"""The LFM2 architecture with random weights: short convolutions, which keep a state, between layers of attention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter, LlamaFileType

from tests.models.llama import Array, write_tensors
from tests.models.vocab import CHATML, spm_vocab

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Lfm2Shape", "write_lfm2"]


@dataclass(frozen=True)
class Lfm2Shape:
    """The numbers of an LFM2 model; a layer without heads for keys is a convolution."""

    n_embd: int = 64
    n_head: int = 2
    n_head_kv: tuple[int, ...] = (0, 1, 0, 1)
    n_ff: int = 96
    n_conv: int = 3
    n_ctx_train: int = 512
    rms_eps: float = 1e-5
    rope_base: float = 10000.0

    @property
    def n_embd_head(self) -> int:
        """The width of a head."""
        return self.n_embd // self.n_head

    def write(self, writer: GGUFWriter, name: str, n_vocab: int) -> None:
        """Put the hyperparameters into a GGUF."""
        writer.add_name(name)
        writer.add_file_type(LlamaFileType.ALL_F32)
        writer.add_vocab_size(n_vocab)
        writer.add_context_length(self.n_ctx_train)
        writer.add_embedding_length(self.n_embd)
        writer.add_block_count(len(self.n_head_kv))
        writer.add_feed_forward_length(self.n_ff)
        writer.add_head_count(self.n_head)
        writer.add_head_count_kv(list(self.n_head_kv))
        writer.add_shortconv_l_cache(self.n_conv)
        writer.add_layer_norm_rms_eps(self.rms_eps)
        writer.add_rope_freq_base(self.rope_base)


def write_lfm2(path: Path, *, shape: Lfm2Shape | None = None, seed: int = 13) -> Path:
    """Write an LFM2 model of random float32 weights, with the vocabulary of `write_llama`."""
    shape = Lfm2Shape() if shape is None else shape
    vocab = spm_vocab(512)
    writer = GGUFWriter(path, "lfm2")
    shape.write(writer, "tiny-lfm2", len(vocab))
    vocab.write(writer, chat_template=CHATML)
    return write_tensors(writer, path, lfm2_tensors(shape, len(vocab), seed))


def lfm2_tensors(shape: Lfm2Shape, n_vocab: int, seed: int) -> dict[str, Array]:
    """The weights by their GGUF names; the last norm has that of the embeddings."""
    random = np.random.RandomState(seed)
    n_embd = shape.n_embd

    def matrix(n_out: int, n_in: int, scale: float = 1.0) -> Array:
        return np.asarray(random.randn(n_out, n_in) * scale / np.sqrt(n_in), np.float32)

    def norm(n: int) -> Array:
        return np.asarray(1 + 0.1 * random.randn(n), np.float32)

    tensors = {"token_embd.weight": np.asarray(random.randn(n_vocab, n_embd), np.float32)}
    for layer, n_head_kv in enumerate(shape.n_head_kv):
        block = f"blk.{layer}."
        tensors[block + "attn_norm.weight"] = norm(n_embd)
        if n_head_kv:
            n_kv = n_head_kv * shape.n_embd_head
            tensors[block + "attn_q_norm.weight"] = 2 * norm(shape.n_embd_head)
            tensors[block + "attn_k_norm.weight"] = norm(shape.n_embd_head)
            tensors[block + "attn_q.weight"] = matrix(n_embd, n_embd)
            tensors[block + "attn_k.weight"] = matrix(n_kv, n_embd)
            tensors[block + "attn_v.weight"] = matrix(n_kv, n_embd, 2.0)
            tensors[block + "attn_output.weight"] = matrix(n_embd, n_embd)
        else:
            tensors[block + "shortconv.conv.weight"] = matrix(n_embd, shape.n_conv, 2.0)
            tensors[block + "shortconv.in_proj.weight"] = matrix(3 * n_embd, n_embd)
            tensors[block + "shortconv.out_proj.weight"] = matrix(n_embd, n_embd, 2.0)
        tensors[block + "ffn_norm.weight"] = norm(n_embd)
        tensors[block + "ffn_gate.weight"] = matrix(shape.n_ff, n_embd)
        tensors[block + "ffn_up.weight"] = matrix(shape.n_ff, n_embd)
        tensors[block + "ffn_down.weight"] = matrix(n_embd, shape.n_ff)
    tensors["token_embd_norm.weight"] = norm(n_embd)
    tensors["output.weight"] = matrix(n_vocab, n_embd, 2.0)
    return tensors

"""The Cohere2 architecture with random weights: most of its layers look back over a sliding window only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter, LlamaFileType

from tests.models.llama import Array, write_tensors
from tests.models.vocab import CHATML, spm_vocab

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Cohere2Shape", "write_cohere2"]


@dataclass(frozen=True)
class Cohere2Shape:
    """The numbers of a Cohere2 model; of four layers the last sees everything, without rotary positions."""

    n_embd: int = 64
    n_layer: int = 4
    n_head: int = 2
    n_head_kv: int = 1
    n_ff: int = 96
    n_swa: int = 8
    n_ctx_train: int = 2048
    norm_eps: float = 1e-5
    rope_base: float = 10000.0
    logit_scale: float = 0.5

    @property
    def n_embd_head(self) -> int:
        """The width of a head."""
        return self.n_embd // self.n_head

    def write(self, writer: GGUFWriter, name: str) -> None:
        """Put the hyperparameters into a GGUF."""
        writer.add_name(name)
        writer.add_file_type(LlamaFileType.ALL_F32)
        writer.add_context_length(self.n_ctx_train)
        writer.add_embedding_length(self.n_embd)
        writer.add_block_count(self.n_layer)
        writer.add_feed_forward_length(self.n_ff)
        writer.add_head_count(self.n_head)
        writer.add_head_count_kv(self.n_head_kv)
        writer.add_sliding_window(self.n_swa)
        writer.add_layer_norm_eps(self.norm_eps)
        writer.add_rope_dimension_count(self.n_embd_head)
        writer.add_rope_freq_base(self.rope_base)
        writer.add_logit_scale(self.logit_scale)


def write_cohere2(path: Path, *, shape: Cohere2Shape | None = None, seed: int = 11) -> Path:
    """Write a Cohere2 model of random float32 weights, with the vocabulary of `write_llama`."""
    shape = Cohere2Shape() if shape is None else shape
    vocab = spm_vocab(512)
    writer = GGUFWriter(path, "cohere2")
    shape.write(writer, "tiny-cohere2")
    vocab.write(writer, chat_template=CHATML)
    return write_tensors(writer, path, cohere2_tensors(shape, len(vocab), seed))


def cohere2_tensors(shape: Cohere2Shape, n_vocab: int, seed: int) -> dict[str, Array]:
    """The weights by their GGUF names; the embeddings are the output matrix too."""
    random = np.random.RandomState(seed)
    n_embd, n_kv = shape.n_embd, shape.n_head_kv * shape.n_embd_head

    def matrix(n_out: int, n_in: int, scale: float = 1.0) -> Array:
        return np.asarray(random.randn(n_out, n_in) * scale / np.sqrt(n_in), np.float32)

    def norm() -> Array:
        return np.asarray(1 + 0.1 * random.randn(n_embd), np.float32)

    tensors = {"token_embd.weight": np.asarray(random.randn(n_vocab, n_embd), np.float32)}
    for layer in range(shape.n_layer):
        block = f"blk.{layer}."
        tensors[block + "attn_norm.weight"] = norm()
        tensors[block + "attn_q.weight"] = matrix(n_embd, n_embd, 2.0)
        tensors[block + "attn_k.weight"] = matrix(n_kv, n_embd, 2.0)
        tensors[block + "attn_v.weight"] = matrix(n_kv, n_embd, 2.0)
        tensors[block + "attn_output.weight"] = matrix(n_embd, n_embd, 2.0)
        tensors[block + "ffn_gate.weight"] = matrix(shape.n_ff, n_embd)
        tensors[block + "ffn_up.weight"] = matrix(shape.n_ff, n_embd)
        tensors[block + "ffn_down.weight"] = matrix(n_embd, shape.n_ff)
    tensors["output_norm.weight"] = norm()
    return tensors

"""The llama architecture with random weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from gguf import GGUFWriter, LlamaFileType

from tests.models.vocab import CHATML, SpmVocab, spm_vocab

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Array", "LlamaShape", "llama_tensors", "write_llama", "write_tensors"]

Array = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LlamaShape:
    """The numbers of a llama model; shapes below are NumPy's, [out, in]."""

    n_embd: int = 64
    n_layer: int = 4
    n_head: int = 2
    n_head_kv: int = 1
    # A multiple of 32, so that the KV cache can be quantised.
    n_embd_head: int = 32
    n_ff: int = 128
    n_ctx_train: int = 512
    rms_eps: float = 1e-5
    rope_base: float = 10000.0

    def write(self, writer: GGUFWriter, name: str, n_vocab: int) -> None:
        """Put the hyperparameters into a GGUF."""
        writer.add_name(name)
        writer.add_file_type(LlamaFileType.ALL_F32)
        writer.add_vocab_size(n_vocab)
        writer.add_context_length(self.n_ctx_train)
        writer.add_embedding_length(self.n_embd)
        writer.add_block_count(self.n_layer)
        writer.add_feed_forward_length(self.n_ff)
        writer.add_head_count(self.n_head)
        writer.add_head_count_kv(self.n_head_kv)
        writer.add_key_length(self.n_embd_head)
        writer.add_value_length(self.n_embd_head)
        writer.add_layer_norm_rms_eps(self.rms_eps)
        # llama.cpp refuses any other value for this architecture.
        writer.add_rope_dimension_count(self.n_embd_head)
        writer.add_rope_freq_base(self.rope_base)


def write_llama(
    path: Path,
    *,
    shape: LlamaShape | None = None,
    vocab: SpmVocab | None = None,
    chat_template: str | None = CHATML,
    seed: int = 0,
) -> Path:
    """Write a llama model of random float32 weights; its greedy text is gibberish, but always the same."""
    shape = LlamaShape() if shape is None else shape
    vocab = spm_vocab(512) if vocab is None else vocab
    writer = GGUFWriter(path, "llama")
    shape.write(writer, "tiny-llama", len(vocab))
    vocab.write(writer, chat_template=chat_template)
    return write_tensors(writer, path, llama_tensors(shape, len(vocab), seed))


def llama_tensors(shape: LlamaShape, n_vocab: int, seed: int) -> dict[str, Array]:
    """The weights by their GGUF names.

    The scales keep activations near 1 and attention away from uniform, so that an error in any part shows.
    """
    # RandomState, because its stream is frozen across NumPy versions; default_rng's is not.
    random = np.random.RandomState(seed)

    def matrix(n_out: int, n_in: int, scale: float = 1.0) -> Array:
        return np.asarray(random.randn(n_out, n_in) * scale / np.sqrt(n_in), np.float32)

    def norm() -> Array:
        return (1 + 0.1 * random.randn(shape.n_embd)).astype(np.float32)

    n_query, n_kv = shape.n_head * shape.n_embd_head, shape.n_head_kv * shape.n_embd_head
    tensors = {"token_embd.weight": random.randn(n_vocab, shape.n_embd).astype(np.float32)}
    for layer in range(shape.n_layer):
        block = f"blk.{layer}."
        tensors[block + "attn_norm.weight"] = norm()
        tensors[block + "attn_q.weight"] = matrix(n_query, shape.n_embd, 2.0)
        tensors[block + "attn_k.weight"] = matrix(n_kv, shape.n_embd, 2.0)
        tensors[block + "attn_v.weight"] = matrix(n_kv, shape.n_embd)
        tensors[block + "attn_output.weight"] = matrix(shape.n_embd, n_query)
        tensors[block + "ffn_norm.weight"] = norm()
        tensors[block + "ffn_gate.weight"] = matrix(shape.n_ff, shape.n_embd, 1.5)
        tensors[block + "ffn_up.weight"] = matrix(shape.n_ff, shape.n_embd, 1.5)
        tensors[block + "ffn_down.weight"] = matrix(shape.n_embd, shape.n_ff)
    tensors["output_norm.weight"] = norm()
    tensors["output.weight"] = matrix(n_vocab, shape.n_embd, 2.0)
    return tensors


def write_tensors(writer: GGUFWriter, path: Path, tensors: Mapping[str, npt.NDArray[np.generic]]) -> Path:
    """Add the tensors, write the file and close the writer."""
    for name, tensor in tensors.items():
        writer.add_tensor(name, np.ascontiguousarray(tensor))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path

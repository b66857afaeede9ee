"""The Mamba architecture with random weights: a state instead of a cache."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter, LlamaFileType

from tests.models.llama import Array, write_tensors
from tests.models.vocab import CHATML, spm_vocab

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MambaShape", "write_mamba"]


@dataclass(frozen=True)
class MambaShape:
    """The numbers of a Mamba model."""

    n_embd: int = 64
    n_layer: int = 2
    d_conv: int = 4
    d_state: int = 16
    dt_rank: int = 4
    n_ctx_train: int = 512
    rms_eps: float = 1e-5

    @property
    def d_inner(self) -> int:
        """Twice the embedding: llama.cpp takes no other expansion."""
        return 2 * self.n_embd

    def write(self, writer: GGUFWriter, name: str) -> None:
        """Put the hyperparameters into a GGUF."""
        writer.add_name(name)
        writer.add_file_type(LlamaFileType.ALL_F32)
        writer.add_context_length(self.n_ctx_train)
        writer.add_embedding_length(self.n_embd)
        writer.add_block_count(self.n_layer)
        writer.add_feed_forward_length(0)
        writer.add_head_count(0)
        writer.add_ssm_conv_kernel(self.d_conv)
        writer.add_ssm_inner_size(self.d_inner)
        writer.add_ssm_state_size(self.d_state)
        writer.add_ssm_time_step_rank(self.dt_rank)
        writer.add_layer_norm_rms_eps(self.rms_eps)


def write_mamba(path: Path, *, shape: MambaShape | None = None, seed: int = 3) -> Path:
    """Write a Mamba model of random float32 weights, with the vocabulary of `write_llama`."""
    shape = MambaShape() if shape is None else shape
    vocab = spm_vocab(512)
    writer = GGUFWriter(path, "mamba")
    shape.write(writer, "tiny-mamba")
    vocab.write(writer, chat_template=CHATML)
    return write_tensors(writer, path, mamba_tensors(shape, len(vocab), seed))


def mamba_tensors(shape: MambaShape, n_vocab: int, seed: int) -> dict[str, Array]:
    """The weights by their GGUF names; those of the state space have none of the usual suffix."""
    random = np.random.RandomState(seed)
    n_embd, d_inner = shape.n_embd, shape.d_inner

    def matrix(n_out: int, n_in: int, scale: float = 1.0) -> Array:
        return np.asarray(random.randn(n_out, n_in) * scale / np.sqrt(n_in), np.float32)

    def vector(n: int, mean: float) -> Array:
        return np.asarray(mean + 0.1 * random.randn(n), np.float32)

    tensors = {"token_embd.weight": np.asarray(random.randn(n_vocab, n_embd), np.float32)}
    for layer in range(shape.n_layer):
        block = f"blk.{layer}."
        tensors[block + "attn_norm.weight"] = vector(n_embd, 1.0)
        tensors[block + "ssm_in.weight"] = matrix(2 * d_inner, n_embd, 2.0)
        tensors[block + "ssm_conv1d.weight"] = matrix(d_inner, shape.d_conv)
        tensors[block + "ssm_conv1d.bias"] = vector(d_inner, 0.0)
        tensors[block + "ssm_x.weight"] = matrix(shape.dt_rank + 2 * shape.d_state, d_inner, 2.0)
        tensors[block + "ssm_dt.weight"] = matrix(d_inner, shape.dt_rank)
        # Softplus of this is the time step: small, so that the state remembers more than the last token.
        tensors[block + "ssm_dt.bias"] = vector(d_inner, -2.0)
        # S4D-real, the initialisation of the paper: negative, so that the state decays.
        tensors[block + "ssm_a"] = -np.tile(np.arange(1, shape.d_state + 1, dtype=np.float32), (d_inner, 1))
        tensors[block + "ssm_d"] = vector(d_inner, 1.0)
        tensors[block + "ssm_out.weight"] = matrix(n_embd, d_inner, 2.0)
    tensors["output_norm.weight"] = vector(n_embd, 1.0)
    tensors["output.weight"] = matrix(n_vocab, n_embd, 2.0)
    return tensors

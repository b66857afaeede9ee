"""What llama.cpp should compute, written down a second time in NumPy float64 from the papers and the GGUF itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from gguf import GGUFReader
from gguf.quants import dequantize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Weights", "greedy", "llama_logits", "log_softmax", "read_weights", "softmax"]

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Weights:
    """A GGUF's tensors in float64, [out, in], and its scalar hyperparameters without the architecture's prefix."""

    tensors: dict[str, Matrix]
    hyperparameters: dict[str, float]

    def __getitem__(self, name: str) -> Matrix:
        return self.tensors[name + ".weight"]

    def number(self, key: str) -> int:
        """An integer hyperparameter."""
        return int(self.hyperparameters[key])


def read_weights(path: Path) -> Weights:
    """Read and dequantise every tensor."""
    reader = GGUFReader(path)
    architecture = str(reader.fields["general.architecture"].contents())
    scalars = {}
    for key, field in reader.fields.items():
        if key.startswith(architecture + "."):
            value = field.contents()
            if isinstance(value, (int, float)):
                scalars[key.removeprefix(architecture + ".")] = float(value)
    tensors = {
        tensor.name: dequantize(tensor.data, tensor.tensor_type)
        .astype(np.float64)
        .reshape([int(n) for n in reversed(tensor.shape)])
        for tensor in reader.tensors
    }
    return Weights(tensors, scalars)


def llama_logits(weights: Weights, tokens: Sequence[int]) -> Matrix:
    """The logits [len(tokens), n_vocab] after each token, all in one pass with a causal mask."""
    n, n_head, n_head_kv = (
        len(tokens),
        weights.number("attention.head_count"),
        weights.number("attention.head_count_kv"),
    )
    n_embd_head = weights.number("attention.key_length")
    eps = weights.hyperparameters["attention.layer_norm_rms_epsilon"]
    angles = rope_angles(n, n_embd_head, weights.hyperparameters["rope.freq_base"])
    mask = np.triu(np.full((n, n), -np.inf), 1)

    def heads(x: Matrix, name: str, count: int) -> Matrix:
        return np.asarray(x @ weights[name].T).reshape(n, count, n_embd_head)

    x = weights["token_embd"][list(tokens)]
    for layer in range(weights.number("block_count")):
        block = f"blk.{layer}."
        normed = rms_norm(x, weights[block + "attn_norm"], eps)
        query = rotated(heads(normed, block + "attn_q", n_head), angles)
        key = rotated(heads(normed, block + "attn_k", n_head_kv), angles)
        value = heads(normed, block + "attn_v", n_head_kv)
        key, value = (np.repeat(each, n_head // n_head_kv, axis=1) for each in (key, value))
        scores = np.einsum("thd,shd->hts", query, key) / np.sqrt(n_embd_head)
        attended = np.einsum("hts,shd->thd", softmax(scores + mask), value)
        x = x + attended.reshape(n, -1) @ weights[block + "attn_output"].T
        normed = rms_norm(x, weights[block + "ffn_norm"], eps)
        gated = silu(normed @ weights[block + "ffn_gate"].T) * (normed @ weights[block + "ffn_up"].T)
        x = x + gated @ weights[block + "ffn_down"].T
    logits: Matrix = rms_norm(x, weights["output_norm"], eps) @ weights["output"].T
    return logits


def greedy(weights: Weights, tokens: Sequence[int], n: int) -> list[int]:
    """The `n` tokens of highest logit that follow `tokens`."""
    tokens = list(tokens)
    for _ in range(n):
        tokens.append(int(llama_logits(weights, tokens)[-1].argmax()))
    return tokens[-n:]


def rms_norm(x: Matrix, weight: Matrix, eps: float) -> Matrix:
    """Zhang and Sennrich 2019."""
    return np.asarray(x / np.sqrt((x * x).mean(axis=-1, keepdims=True) + eps) * weight)


def rope_angles(n: int, n_rot: int, base: float) -> Matrix:
    """The angle [n, n_rot / 2] by which pair i turns at each position (Su et al. 2021)."""
    return np.arange(n)[:, None] * base ** (-2.0 * np.arange(n_rot // 2) / n_rot)


def rotated(x: Matrix, angles: Matrix) -> Matrix:
    """`x` [n, head, n_rot] with the neighbours (0, 1), (2, 3), … turned, as GGUFs of llama models are laid out."""
    even, odd = x[..., 0::2], x[..., 1::2]
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    turned = np.empty_like(x)
    turned[..., 0::2], turned[..., 1::2] = even * cos - odd * sin, even * sin + odd * cos
    return turned


def softmax(x: Matrix) -> Matrix:
    """Along the last axis."""
    return np.asarray(np.exp(log_softmax(x)))


def log_softmax(x: Matrix) -> Matrix:
    """Along the last axis."""
    shifted = x - x.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def silu(x: Matrix) -> Matrix:
    """x times its logistic sigmoid."""
    return np.asarray(x / (1 + np.exp(-x)))

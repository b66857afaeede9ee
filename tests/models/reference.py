"""What llama.cpp should compute, written down a second time in NumPy float64 from the papers and the GGUF itself."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from gguf import GGUFReader
from gguf.quants import dequantize

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "Weights",
    "bert_hidden",
    "bert_scores",
    "cohere2_logits",
    "greedy",
    "lfm2_logits",
    "llama_logits",
    "log_softmax",
    "mamba_logits",
    "read_weights",
    "softmax",
    "t5_bucket",
    "t5_encoded",
    "t5_logits",
]

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


def llama_logits(
    weights: Weights, tokens: Sequence[int], *, directions: npt.NDArray[np.floating] | None = None
) -> Matrix:
    """The logits [len(tokens), n_vocab] after each token, all in one pass with a causal mask.

    Row l of `directions` [n_layer, n_embd] is added to what leaves layer l.
    """
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
        if directions is not None:
            x = x + directions[layer]
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


def rotated_halves(x: Matrix, angles: Matrix) -> Matrix:
    """`x` [n, head, n_rot] with entry i turned together with entry i + n_rot / 2."""
    first, second = np.split(x, 2, axis=-1)
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    return np.concatenate([first * cos - second * sin, first * sin + second * cos], axis=-1)


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


def bert_hidden(weights: Weights, tokens: Sequence[int], *, exact_gelu: bool = False) -> Matrix:
    """The last layer [len(tokens), n_embd] of an encoder (Devlin et al. 2018), every token seeing every other.

    `exact_gelu` takes the error function, with which such models are trained, instead of ggml's form with tanh.
    """
    n, n_head = len(tokens), weights.number("attention.head_count")
    eps = weights.hyperparameters["attention.layer_norm_epsilon"]
    activation = gelu_erf if exact_gelu else gelu
    x = weights["token_embd"][list(tokens)] + weights["token_types"][0] + weights["position_embd"][:n]
    x = layer_norm(x, weights, "token_embd_norm", eps)
    n_embd_head = x.shape[1] // n_head
    for layer in range(weights.number("block_count")):
        block = f"blk.{layer}."
        query, key, value = (
            affine(x, weights, block + name).reshape(n, n_head, n_embd_head) for name in ("attn_q", "attn_k", "attn_v")
        )
        attended = attention(query / np.sqrt(n_embd_head), key, value)
        x = layer_norm(x + affine(attended, weights, block + "attn_output"), weights, block + "attn_output_norm", eps)
        up = activation(affine(x, weights, block + "ffn_up"))
        x = layer_norm(x + affine(up, weights, block + "ffn_down"), weights, block + "layer_output_norm", eps)
    return x


def bert_scores(weights: Weights, tokens: Sequence[int]) -> Matrix:
    """What the classification head makes of the first token, [n_outputs]; the dense layer before it is optional."""
    x = bert_hidden(weights, tokens)[0]
    if "cls.weight" in weights.tensors:
        x = np.tanh(affine(x, weights, "cls"))
    return affine(x, weights, "cls.output")


def t5_encoded(weights: Weights, tokens: Sequence[int]) -> Matrix:
    """The encoder's last layer [len(tokens), n_embd] (Raffel et al. 2020)."""
    n = len(tokens)
    eps = weights.hyperparameters["attention.layer_norm_rms_epsilon"]
    bias = _t5_bias(weights, "enc", n, bidirectional=True)
    x = weights["token_embd"][list(tokens)]
    for layer in range(weights.number("block_count")):
        block = f"enc.blk.{layer}."
        normed = rms_norm(x, weights[block + "attn_norm"], eps)
        x = x + _t5_attention(weights, block + "attn", normed, normed, bias)
        x = x + _t5_feed_forward(weights, block, rms_norm(x, weights[block + "ffn_norm"], eps))
    return rms_norm(x, weights["enc.output_norm"], eps)


def t5_logits(weights: Weights, encoder_tokens: Sequence[int], tokens: Sequence[int]) -> Matrix:
    """The decoder's logits [len(tokens), n_vocab] after each token, having seen the encoder's."""
    n = len(tokens)
    eps = weights.hyperparameters["attention.layer_norm_rms_epsilon"]
    encoded = t5_encoded(weights, encoder_tokens)
    bias = _t5_bias(weights, "dec", n, bidirectional=False) + np.triu(np.full((n, n), -np.inf), 1)
    x = weights["token_embd"][list(tokens)]
    for layer in range(weights.number("decoder_block_count")):
        block = f"dec.blk.{layer}."
        normed = rms_norm(x, weights[block + "attn_norm"], eps)
        x = x + _t5_attention(weights, block + "attn", normed, normed, bias)
        normed = rms_norm(x, weights[block + "cross_attn_norm"], eps)
        x = x + _t5_attention(weights, block + "cross_attn", normed, encoded, np.zeros(1))
        x = x + _t5_feed_forward(weights, block, rms_norm(x, weights[block + "ffn_norm"], eps))
    logits: Matrix = rms_norm(x, weights["dec.output_norm"], eps) @ weights["output"].T
    return logits


def t5_bucket(distance: int, n_buckets: int, *, bidirectional: bool, max_distance: int = 128) -> int:
    """The bucket of a key `distance` tokens after its query, in whole numbers so that no boundary is rounded.

    Half of the buckets hold one distance each, the others grow by a constant factor up to `max_distance`.
    """
    first = 0
    if bidirectional:
        n_buckets //= 2
        first = n_buckets if distance > 0 else 0
        distance = abs(distance)
    else:
        distance = max(0, -distance)
    exact = n_buckets // 2
    if distance < exact:
        return first + distance
    steps = n_buckets - exact
    # The largest k with exact (max_distance / exact)^(k / steps) <= distance.
    grown = [k for k in range(steps) if distance**steps * exact**k >= exact**steps * max_distance**k]
    return first + exact + grown[-1]


def mamba_logits(weights: Weights, tokens: Sequence[int]) -> Matrix:
    """The logits [len(tokens), n_vocab] after each token, step by step (Gu and Dao 2023, algorithm 2)."""
    d_state, dt_rank = weights.number("ssm.state_size"), weights.number("ssm.time_step_rank")
    d_conv = weights.number("ssm.conv_kernel")
    eps = weights.hyperparameters["attention.layer_norm_rms_epsilon"]
    x = weights["token_embd"][list(tokens)]
    for layer in range(weights.number("block_count")):
        block = f"blk.{layer}."
        normed = rms_norm(x, weights[block + "attn_norm"], eps)
        u, z = np.split(normed @ weights[block + "ssm_in"].T, 2, axis=1)
        padded = np.vstack([np.zeros((d_conv - 1, u.shape[1])), u])
        windows = np.lib.stride_tricks.sliding_window_view(padded, d_conv, axis=0)
        u = silu(
            np.einsum("tdk,dk->td", windows, weights[block + "ssm_conv1d"]) + weights.tensors[block + "ssm_conv1d.bias"]
        )
        step, b, c = np.split(u @ weights[block + "ssm_x"].T, [dt_rank, dt_rank + d_state], axis=1)
        delta = np.logaddexp(0, affine(step, weights, block + "ssm_dt"))
        state = np.zeros((u.shape[1], d_state))
        y = weights.tensors[block + "ssm_d"] * u
        for t in range(len(tokens)):
            decay = np.exp(delta[t][:, None] * weights.tensors[block + "ssm_a"])
            state = state * decay + (delta[t] * u[t])[:, None] * b[t]
            y[t] += state @ c[t]
        x = x + (y * silu(z)) @ weights[block + "ssm_out"].T
    logits: Matrix = rms_norm(x, weights["output_norm"], eps) @ weights["output"].T
    return logits


def cohere2_logits(weights: Weights, tokens: Sequence[int]) -> Matrix:
    """The logits [len(tokens), n_vocab] after each token; three layers of four see the last `sliding_window` tokens.

    Those three have rotary positions, the fourth has none and sees everything (Cohere 2025, section 2.1).
    """
    n, n_head, n_head_kv, n_embd_head = (
        len(tokens),
        *(weights.number(key) for key in ("attention.head_count", "attention.head_count_kv", "rope.dimension_count")),
    )
    eps = weights.hyperparameters["attention.layer_norm_epsilon"]
    angles = rope_angles(n, n_embd_head, weights.hyperparameters["rope.freq_base"])
    distance = np.arange(n)[:, None] - np.arange(n)
    causal = np.where(distance < 0, -np.inf, 0.0)
    window = np.where(distance >= weights.number("attention.sliding_window"), -np.inf, causal)
    x = weights["token_embd"][list(tokens)]
    for layer in range(weights.number("block_count")):
        block = f"blk.{layer}."
        normed = layer_norm(x, weights, block + "attn_norm", eps)
        query, key, value = (
            (normed @ weights[block + name].T).reshape(n, count, n_embd_head)
            for name, count in (("attn_q", n_head), ("attn_k", n_head_kv), ("attn_v", n_head_kv))
        )
        full = layer % 4 == 3
        if not full:
            query, key = rotated(query, angles), rotated(key, angles)
        key, value = (np.repeat(each, n_head // n_head_kv, axis=1) for each in (key, value))
        attended = attention(query / np.sqrt(n_embd_head), key, value, causal if full else window)
        gated = silu(normed @ weights[block + "ffn_gate"].T) * (normed @ weights[block + "ffn_up"].T)
        x = x + attended @ weights[block + "attn_output"].T + gated @ weights[block + "ffn_down"].T
    logits: Matrix = layer_norm(x, weights, "output_norm", eps) @ weights["token_embd"].T
    return logits * weights.hyperparameters["logit_scale"]


def lfm2_logits(weights: Weights, tokens: Sequence[int]) -> Matrix:
    """The logits [len(tokens), n_vocab] after each token of gated short convolutions and attention (LFM2, 2025)."""
    n, n_head = len(tokens), weights.number("attention.head_count")
    eps = weights.hyperparameters["attention.layer_norm_rms_epsilon"]
    causal = np.triu(np.full((n, n), -np.inf), 1)
    x = weights["token_embd"][list(tokens)]
    n_embd_head = x.shape[1] // n_head
    angles = rope_angles(n, n_embd_head, weights.hyperparameters["rope.freq_base"])
    for layer in range(weights.number("block_count")):
        block = f"blk.{layer}."
        normed = rms_norm(x, weights[block + "attn_norm"], eps)
        if block + "attn_q.weight" in weights.tensors:
            query, key, value = (
                (normed @ weights[block + name].T).reshape(n, -1, n_embd_head)
                for name in ("attn_q", "attn_k", "attn_v")
            )
            query, key = (
                rotated_halves(rms_norm(each, weights[block + name], eps), angles)
                for each, name in ((query, "attn_q_norm"), (key, "attn_k_norm"))
            )
            key, value = (np.repeat(each, n_head // each.shape[1], axis=1) for each in (key, value))
            mixed = attention(query / np.sqrt(n_embd_head), key, value, causal) @ weights[block + "attn_output"].T
        else:
            b, c, u = np.split(normed @ weights[block + "shortconv.in_proj"].T, 3, axis=1)
            kernel = weights[block + "shortconv.conv"]
            padded = np.vstack([np.zeros((kernel.shape[1] - 1, u.shape[1])), b * u])
            windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[1], axis=0)
            mixed = (c * np.einsum("tdk,dk->td", windows, kernel)) @ weights[block + "shortconv.out_proj"].T
        x = x + mixed
        normed = rms_norm(x, weights[block + "ffn_norm"], eps)
        gated = silu(normed @ weights[block + "ffn_gate"].T) * (normed @ weights[block + "ffn_up"].T)
        x = x + gated @ weights[block + "ffn_down"].T
    logits: Matrix = rms_norm(x, weights["token_embd_norm"], eps) @ weights["output"].T
    return logits


def affine(x: Matrix, weights: Weights, name: str) -> Matrix:
    """A linear layer with its bias."""
    return np.asarray(x @ weights[name].T + weights.tensors[name + ".bias"])


def layer_norm(x: Matrix, weights: Weights, name: str, eps: float) -> Matrix:
    """Ba et al. 2016."""
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + eps)
    return np.asarray(scaled * weights[name] + weights.tensors.get(name + ".bias", np.float64(0)))


def attention(query: Matrix, key: Matrix, value: Matrix, bias: Matrix | float = 0.0) -> Matrix:
    """Every head's weighted mean of the values, [n, n_head * n_embd_head], of arrays [n, n_head, n_embd_head]."""
    scores = np.einsum("thd,shd->hts", query, key) + bias
    return np.asarray(np.einsum("hts,shd->thd", softmax(scores), value).reshape(len(query), -1))


def gelu(x: Matrix) -> Matrix:
    """Hendrycks and Gimpel 2016, the form with tanh."""
    return np.asarray(0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))))


def gelu_erf(x: Matrix) -> Matrix:
    """Hendrycks and Gimpel 2016, as it is defined: x times the normal distribution function."""
    return np.asarray(0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))))


def _t5_bias(weights: Weights, side: str, n: int, *, bidirectional: bool) -> Matrix:
    n_buckets = weights.number("attention.relative_buckets_count")
    buckets = [
        [t5_bucket(key - query, n_buckets, bidirectional=bidirectional) for key in range(n)] for query in range(n)
    ]
    return np.asarray(weights[f"{side}.blk.0.attn_rel_b"][buckets].transpose(2, 0, 1))


def _t5_attention(weights: Weights, name: str, x: Matrix, seen: Matrix, bias: Matrix) -> Matrix:
    n_head, n_embd_head = weights.number("attention.head_count"), weights.number("attention.key_length")
    query, key, value = (
        (source @ weights[name + suffix].T).reshape(-1, n_head, n_embd_head)
        for source, suffix in ((x, "_q"), (seen, "_k"), (seen, "_v"))
    )
    return np.asarray(attention(query, key, value, bias) @ weights[name + "_o"].T)


def _t5_feed_forward(weights: Weights, block: str, x: Matrix) -> Matrix:
    up = x @ weights[block + "ffn_up"].T
    if block + "ffn_gate.weight" in weights.tensors:
        inner = gelu(x @ weights[block + "ffn_gate"].T) * up
    else:
        inner = np.maximum(up, 0.0)
    return np.asarray(inner @ weights[block + "ffn_down"].T)

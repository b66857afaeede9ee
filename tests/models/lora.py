"""LoRA adapters for the fabricated llamas, and the weights that they amount to."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from gguf import GGUFType, GGUFValueType, GGUFWriter

from tests.models.llama import Array, write_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.models.reference import Weights

__all__ = ["Pairs", "bigram_pairs", "lora_pairs", "merged", "write_lora"]

Pairs = dict[str, tuple[Array, Array]]
"""By the name of the weight: A [rank, in] and B [out, rank]."""

TARGETS = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")


def lora_pairs(
    tensors: Mapping[str, npt.NDArray[np.generic]], *, rank: int = 4, seed: int = 10, scale: float = 0.5
) -> Pairs:
    """Random pairs for every matrix of the layers, large enough to change what the model says."""
    random = np.random.RandomState(seed)
    pairs = {}
    for name, tensor in tensors.items():
        match = re.fullmatch(r"blk\.\d+\.(\w+)\.weight", name)
        if match and match[1] in TARGETS:
            n_out, n_in = tensor.shape
            a = (random.randn(rank, n_in) / np.sqrt(n_in)).astype(np.float32)
            b = (random.randn(n_out, rank) * scale / np.sqrt(rank)).astype(np.float32)
            pairs[name] = (a, b)
    return pairs


def bigram_pairs(n_vocab: int, changes: Mapping[tuple[int, int], float]) -> Pairs:
    """A pair for a bigram model that adds changes[t, s] to the logit of s after t, with alpha equal to the rank."""
    rows = sorted({token for token, _following in changes})
    a, b = np.zeros((len(rows), n_vocab), np.float32), np.zeros((n_vocab, len(rows)), np.float32)
    for (token, following), change in changes.items():
        a[rows.index(token), token] = 1 / np.sqrt(n_vocab)  # the last norm hands on sqrt(n) e_t
        b[following, rows.index(token)] = change
    return {"output.weight": (a, b)}


def write_lora(
    path: Path,
    pairs: Pairs,
    *,
    alpha: float,
    architecture: str = "llama",
    invocation_tokens: Sequence[int] = (),
    task_name: str | None = None,
) -> Path:
    """Write an adapter."""
    writer = GGUFWriter(path, architecture)
    writer.add_type(GGUFType.ADAPTER)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", alpha)
    if task_name is not None:
        writer.add_string("adapter.lora.task_name", task_name)
    if invocation_tokens:
        key = "adapter.alora.invocation_tokens"
        writer.add_key_value(key, list(invocation_tokens), GGUFValueType.ARRAY, GGUFValueType.UINT32)
    tensors = {}
    for name, (a, b) in pairs.items():
        tensors[name + ".lora_a"], tensors[name + ".lora_b"] = a, b
    return write_tensors(writer, path, tensors)


def merged(weights: Weights, pairs: Pairs, *, alpha: float, scale: float) -> Weights:
    """The weights with the adapter in them: W + scale * alpha / rank * B A (Hu et al. 2021)."""
    changed = {
        name: weights.tensors[name] + scale * alpha / len(a) * b.astype(np.float64) @ a.astype(np.float64)
        for name, (a, b) in pairs.items()
    }
    return replace(weights, tensors={**weights.tensors, **changed})

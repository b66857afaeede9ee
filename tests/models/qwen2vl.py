"""Qwen2-VL's architecture with random weights: a position has several dimensions, which turn keys apart (M-RoPE)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter

from tests.models.llama import LlamaShape, llama_tensors, write_tensors
from tests.models.vocab import CHATML, spm_vocab

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_qwen2vl"]

_SECTIONS = [4, 6, 6, 0]
"""Pairs of a head's numbers that time, row and column turn, of 16."""


def write_qwen2vl(path: Path, *, seed: int = 80) -> Path:
    """Write a model of random float32 weights, with the vocabulary and the numbers of `write_llama`."""
    shape, vocab = LlamaShape(), spm_vocab(512)
    writer = GGUFWriter(path, "qwen2vl")
    shape.write(writer, "tiny-qwen2vl", len(vocab))
    writer.add_rope_dimension_sections(_SECTIONS)
    vocab.write(writer, chat_template=CHATML)
    tensors = llama_tensors(shape, len(vocab), seed)
    random = np.random.RandomState(seed + 1)
    for layer in range(shape.n_layer):
        for part, n_head in (("q", shape.n_head), ("k", shape.n_head_kv), ("v", shape.n_head_kv)):
            bias = random.randn(n_head * shape.n_embd_head) / 2
            tensors[f"blk.{layer}.attn_{part}.bias"] = bias.astype(np.float32)
    return write_tensors(writer, path, tensors)

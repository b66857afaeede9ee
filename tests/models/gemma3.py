"""Gemma 3's architecture with random weights: a sliding window in every other layer, and pictures seen at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter

from tests.models.llama import LlamaShape, llama_tensors, write_tensors
from tests.models.vocab import CHATML, spm_vocab

if TYPE_CHECKING:
    from pathlib import Path

    from tests.models.llama import Array

__all__ = ["write_gemma3"]


def write_gemma3(path: Path, *, n_swa: int = 0, seed: int = 90) -> Path:
    """Write a model of random float32 weights, with the vocabulary and the numbers of `write_llama`.

    With `n_swa` the first of two layers each looks back over a window of that many tokens.
    """
    shape, vocab = LlamaShape(), spm_vocab(512)
    writer = GGUFWriter(path, "gemma3")
    shape.write(writer, "tiny-gemma3", len(vocab))
    if n_swa:
        writer.add_sliding_window(n_swa)
        writer.add_sliding_window_pattern(2)
    vocab.write(writer, chat_template=CHATML)
    tensors = llama_tensors(shape, len(vocab), seed)
    tensors["token_embd.weight"] /= np.float32(np.sqrt(shape.n_embd))  # the graph multiplies it
    random = np.random.RandomState(seed + 1)

    def norm(n: int) -> Array:
        return (1 + 0.1 * random.randn(n)).astype(np.float32)

    for layer in range(shape.n_layer):
        block = f"blk.{layer}."
        tensors[block + "attn_q_norm.weight"] = norm(shape.n_embd_head)
        tensors[block + "attn_k_norm.weight"] = norm(shape.n_embd_head)
        tensors[block + "post_attention_norm.weight"] = norm(shape.n_embd)
        tensors[block + "post_ffw_norm.weight"] = norm(shape.n_embd)
    return write_tensors(writer, path, tensors)

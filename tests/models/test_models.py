"""The fabricated models against llama.cpp: what other tests take for granted."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from llamacffi import Batch, Model
from tests.models import BigramModel, LlamaShape, Script, spm_vocab, write_llama
from tests.models.reference import llama_logits, read_weights

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = [1, *range(260, 284)]


def logits_of(path: Path, tokens: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """llama.cpp's logits [n, n_vocab] after each token, with nothing rounded to float16."""
    batch = Batch(len(tokens))
    batch.extend(tokens, 0, 0, output="all")
    with (
        Model(path) as model,
        model.context(n_ctx=256, n_threads=1, type_k="f32", type_v="f32", flash_attn_type="disabled") as context,
    ):
        context.decode(batch)
        return np.stack([context.logits(i) for i in range(len(tokens))])


@pytest.mark.parametrize(
    "shape", [LlamaShape(), LlamaShape(n_embd=96, n_layer=1, n_head=6, n_head_kv=3, n_ff=64, rope_base=500.0)]
)
def test_llama_is_what_the_reference_computes(tmp_path: Path, shape: LlamaShape) -> None:
    path = write_llama(tmp_path / "llama.gguf", shape=shape, seed=5)
    expected = llama_logits(read_weights(path), TOKENS)
    np.testing.assert_allclose(logits_of(path, TOKENS), expected, atol=5e-5)


def test_bigram_is_its_matrix(bigram: BigramModel) -> None:
    np.testing.assert_allclose(logits_of(bigram.path, TOKENS), bigram.logits[TOKENS], atol=2e-6)


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    one, two = (write_llama(tmp_path / name, seed=1).read_bytes() for name in ("one.gguf", "two.gguf"))
    assert hashlib.sha256(one).digest() == hashlib.sha256(two).digest()


@pytest.mark.parametrize("text", ["a", "Hello, wörld! 🦙", "\n\tx {}", "<|im_end|>", "the quick brown fox"])
def test_text_survives_the_vocabulary(tiny_llama: Path, text: str) -> None:
    with Model(tiny_llama) as model:
        assert model.vocab.detokenize(model.vocab.tokenize(text, add_special=False)) == text


def test_a_vocabulary_needs_room() -> None:
    with pytest.raises(ValueError, match="n_vocab is 300, but 36"):
        spm_vocab(300)


def test_a_script_that_repeats_itself_at_the_end_cannot_be_cut() -> None:
    with pytest.raises(ValueError, match="the script ends in 'ab', which it has used before"):
        Script.of("abab", n_chars=2)

"""The T5 architecture with random weights: an encoder, and a decoder that looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter, LlamaFileType, TokenType

from tests.models.llama import Array, write_tensors
from tests.models.vocab import CORPUS, PRINTABLE, merge_pieces

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["T5Shape", "UgmVocab", "ugm_vocab", "write_t5"]


@dataclass(frozen=True)
class UgmVocab:
    """A SentencePiece unigram vocabulary: the text is cut so that the sum of its pieces' scores is highest."""

    tokens: tuple[str, ...]
    scores: tuple[float, ...]

    pad, eos, unk = range(3)

    def __len__(self) -> int:
        return len(self.tokens)

    def write(self, writer: GGUFWriter) -> None:
        """Put the vocabulary into a GGUF."""
        writer.add_tokenizer_model("t5")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(list(self.tokens))
        writer.add_token_scores(list(self.scores))
        types = [TokenType.CONTROL, TokenType.CONTROL, TokenType.UNKNOWN]
        writer.add_token_types(types + [TokenType.NORMAL] * (len(self) - len(types)))
        writer.add_add_space_prefix(True)
        writer.add_remove_extra_whitespaces(True)
        writer.add_pad_token_id(self.pad)
        writer.add_eos_token_id(self.eos)
        writer.add_unk_token_id(self.unk)
        writer.add_add_bos_token(False)
        writer.add_add_eos_token(True)


@dataclass(frozen=True)
class T5Shape:
    """The numbers of a T5 model; `gated` is version 1.1 (GELU times a gate), without it is 1.0 (ReLU)."""

    n_embd: int = 64
    n_layer: int = 3
    # Fewer than the encoder's; llama.cpp cannot load more.
    n_layer_decoder: int = 2
    n_head: int = 4
    # Not n_embd / n_head: T5 leaves that open, and only so does a mistake in it show.
    n_embd_head: int = 24
    n_ff: int = 128
    n_buckets: int = 32
    n_ctx_train: int = 256
    rms_eps: float = 1e-6
    gated: bool = True

    def write(self, writer: GGUFWriter, name: str, start: int) -> None:
        """Put the hyperparameters into a GGUF."""
        writer.add_name(name)
        writer.add_file_type(LlamaFileType.ALL_F32)
        writer.add_context_length(self.n_ctx_train)
        writer.add_embedding_length(self.n_embd)
        writer.add_feed_forward_length(self.n_ff)
        writer.add_block_count(self.n_layer)
        writer.add_decoder_block_count(self.n_layer_decoder)
        writer.add_head_count(self.n_head)
        writer.add_key_length(self.n_embd_head)
        writer.add_value_length(self.n_embd_head)
        writer.add_layer_norm_rms_eps(self.rms_eps)
        writer.add_relative_attn_buckets_count(self.n_buckets)
        writer.add_decoder_start_token_id(start)


def ugm_vocab() -> UgmVocab:
    """`<pad> </s> <unk>`, 120 merges of the corpus, which score better than the printable characters."""
    scores = {"<pad>": 0.0, "</s>": 0.0, "<unk>": 0.0}
    scores.update((piece, -2.0 - 0.01 * rank) for rank, piece in enumerate(merge_pieces(CORPUS, 120)))
    scores.update((character, -8.0) for character in PRINTABLE if character not in scores)
    return UgmVocab(tuple(scores), tuple(scores.values()))


def write_t5(path: Path, *, shape: T5Shape | None = None, seed: int = 2) -> Path:
    """Write an encoder-decoder model of random float32 weights; its decoder starts with `<pad>`."""
    shape = T5Shape() if shape is None else shape
    vocab = ugm_vocab()
    writer = GGUFWriter(path, "t5")
    shape.write(writer, "tiny-t5", vocab.pad)
    vocab.write(writer)
    return write_tensors(writer, path, t5_tensors(shape, len(vocab), seed))


def t5_tensors(shape: T5Shape, n_vocab: int, seed: int) -> dict[str, Array]:
    """The weights by their GGUF names; what leaves GELU counts little, as in `bert_tensors`."""
    random = np.random.RandomState(seed)
    tensors: dict[str, Array] = {}
    width = shape.n_head * shape.n_embd_head

    def matrix(name: str, n_out: int, n_in: int, scale: float = 1.0) -> None:
        tensors[name + ".weight"] = np.asarray(random.randn(n_out, n_in) * scale / np.sqrt(n_in), np.float32)

    def norm(name: str) -> None:
        tensors[name + ".weight"] = np.asarray(1 + 0.1 * random.randn(shape.n_embd), np.float32)

    tensors["token_embd.weight"] = np.asarray(random.randn(n_vocab, shape.n_embd), np.float32)
    for side, n_layer in (("enc", shape.n_layer), ("dec", shape.n_layer_decoder)):
        for layer in range(n_layer):
            block = f"{side}.blk.{layer}."
            for name in ("attn",) if side == "enc" else ("attn", "cross_attn"):
                norm(block + name + "_norm")
                # T5 does not divide by sqrt(n_embd_head).
                matrix(block + name + "_q", width, shape.n_embd, 0.4)
                matrix(block + name + "_k", width, shape.n_embd)
                matrix(block + name + "_v", width, shape.n_embd, 1.5)
                matrix(block + name + "_o", shape.n_embd, width, 1.5)
            norm(block + "ffn_norm")
            if shape.gated:
                matrix(block + "ffn_gate", shape.n_ff, shape.n_embd)
            matrix(block + "ffn_up", shape.n_ff, shape.n_embd)
            matrix(block + "ffn_down", shape.n_embd, shape.n_ff, 0.02 if shape.gated else 1.0)
        # One table a side, [n_buckets, n_head], which all its layers share.
        bias = np.asarray(random.randn(shape.n_buckets, shape.n_head), np.float32)
        tensors[f"{side}.blk.0.attn_rel_b.weight"] = bias
        norm(f"{side}.output_norm")
    matrix("output", n_vocab, shape.n_embd, 2.0)
    return tensors

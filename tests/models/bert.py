"""The BERT architecture with random weights: embeddings, a reranker, a classifier."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter, LlamaFileType, PoolingType, TokenType

from tests.models.llama import Array, write_tensors
from tests.models.vocab import CORPUS, SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["BertShape", "WpmVocab", "wpm_vocab", "write_bert"]

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
SUFFIXES = ("ing", "ed", "er", "ly", "es", "s")


@dataclass(frozen=True)
class WpmVocab:
    """A WordPiece vocabulary as llama.cpp stores it: what begins a word has a space before it."""

    tokens: tuple[str, ...]

    pad, unk, cls, sep, mask = range(5)

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Token text to id."""
        return {text: i for i, text in enumerate(self.tokens)}

    def tokenize(self, text: str) -> list[int]:
        """The ids without [CLS] and [SEP]: of each lower-case word the longest piece that fits, again and again.

        Devlin et al. 2018; ASCII only, which is what this vocabulary has.
        """
        return [piece for word in re.findall(r"[a-z0-9]+|[^a-z0-9\s]", text.lower()) for piece in self._pieces(word)]

    def encode(self, text: str) -> list[int]:
        """The ids with [CLS] before and [SEP] after them."""
        return [self.cls, *self.tokenize(text), self.sep]

    def write(self, writer: GGUFWriter) -> None:
        """Put the vocabulary into a GGUF."""
        writer.add_tokenizer_model("bert")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(list(self.tokens))
        n_words = len(self) - len(SPECIAL)
        writer.add_token_types([TokenType.CONTROL] * len(SPECIAL) + [TokenType.NORMAL] * n_words)
        writer.add_token_type_count(2)
        # llama.cpp's own defaults are the ids of bert-base, 100 to 103, and it has no key for [CLS] but that of BOS.
        writer.add_pad_token_id(self.pad)
        writer.add_unk_token_id(self.unk)
        writer.add_bos_token_id(self.cls)
        writer.add_sep_token_id(self.sep)
        writer.add_eos_token_id(self.sep)
        writer.add_mask_token_id(self.mask)

    def _pieces(self, word: str) -> list[int]:
        pieces = []
        rest = SPACE + word
        while rest:
            piece = next((rest[:n] for n in range(len(rest), 0, -1) if rest[:n] in self.ids), None)
            if piece is None:
                return [self.unk]
            pieces.append(self.ids[piece])
            rest = rest[len(piece) :]
        return pieces


@dataclass(frozen=True)
class BertShape:
    """The numbers of a BERT model."""

    n_embd: int = 64
    n_layer: int = 2
    n_head: int = 4
    n_ff: int = 128
    n_ctx_train: int = 128
    norm_eps: float = 1e-12

    def write(self, writer: GGUFWriter, name: str) -> None:
        """Put the hyperparameters into a GGUF."""
        writer.add_name(name)
        writer.add_file_type(LlamaFileType.ALL_F32)
        writer.add_context_length(self.n_ctx_train)
        writer.add_embedding_length(self.n_embd)
        writer.add_block_count(self.n_layer)
        writer.add_feed_forward_length(self.n_ff)
        writer.add_head_count(self.n_head)
        writer.add_layer_norm_eps(self.norm_eps)
        writer.add_causal_attention(False)


def wpm_vocab() -> WpmVocab:
    """The printable characters, the words of the corpus, some suffixes."""
    characters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    words = sorted(set(CORPUS.split()))
    starts = [SPACE + text for text in (*characters, *(word for word in words if len(word) > 1))]
    return WpmVocab(tuple(dict.fromkeys((*SPECIAL, *starts, *characters, *SUFFIXES))))


def write_bert(
    path: Path,
    *,
    pooling: PoolingType = PoolingType.MEAN,
    labels: Sequence[str] = (),
    dense: bool = True,
    rerank_template: str | None = None,
    shape: BertShape | None = None,
    seed: int = 1,
) -> Path:
    """Write an encoder; with rank pooling it gets a classification head of `labels`, or of one output without a name.

    `dense` puts RoBERTa's dense layer and tanh before that head.
    """
    shape = BertShape() if shape is None else shape
    vocab = wpm_vocab()
    writer = GGUFWriter(path, "bert")
    shape.write(writer, "tiny-bert")
    vocab.write(writer)
    writer.add_pooling_type(pooling)
    if labels:
        writer.add_classifier_output_labels(list(labels))
    if rerank_template is not None:
        writer.add_chat_template([{"name": "rerank", "template": rerank_template}])
    n_outputs = max(len(labels), 1) if pooling == PoolingType.RANK else 0
    return write_tensors(writer, path, bert_tensors(shape, len(vocab), n_outputs, seed, dense=dense))


def bert_tensors(shape: BertShape, n_vocab: int, n_outputs: int, seed: int, *, dense: bool) -> dict[str, Array]:
    """The weights by their GGUF names.

    ggml looks GELU up in a table of float16. What leaves it is scaled by 0.02, so that its rounding stays well below
    1e-4 in the end, while a wrong activation would still be off by 1e-3.
    """
    random = np.random.RandomState(seed)
    tensors: dict[str, Array] = {}

    def linear(name: str, n_out: int, n_in: int, scale: float = 1.0) -> None:
        tensors[name + ".weight"] = np.asarray(random.randn(n_out, n_in) * scale / np.sqrt(n_in), np.float32)
        tensors[name + ".bias"] = np.asarray(0.1 * scale * random.randn(n_out), np.float32)

    def norm(name: str) -> None:
        tensors[name + ".weight"] = np.asarray(1 + 0.1 * random.randn(shape.n_embd), np.float32)
        tensors[name + ".bias"] = np.asarray(0.1 * random.randn(shape.n_embd), np.float32)

    def table(name: str, n: int, scale: float) -> None:
        tensors[name + ".weight"] = np.asarray(scale * random.randn(n, shape.n_embd), np.float32)

    table("token_embd", n_vocab, 1.0)
    table("token_types", 2, 0.3)
    table("position_embd", shape.n_ctx_train, 0.3)
    norm("token_embd_norm")
    for layer in range(shape.n_layer):
        block = f"blk.{layer}."
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            linear(block + name, shape.n_embd, shape.n_embd, 1.5)
        norm(block + "attn_output_norm")
        linear(block + "ffn_up", shape.n_ff, shape.n_embd)
        linear(block + "ffn_down", shape.n_embd, shape.n_ff, 0.02)
        norm(block + "layer_output_norm")
    if n_outputs:
        if dense:
            linear("cls", shape.n_embd, shape.n_embd)
        linear("cls.output", n_outputs, shape.n_embd, 2.0)
    return tensors

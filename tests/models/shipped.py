"""The vocabularies that llama.cpp ships for its own tests: `models/ggml-vocab-*.gguf`, and what they should give."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from llamacffi import Model

if TYPE_CHECKING:
    from pathlib import Path

    from llamacffi import Vocab

__all__ = ["BYTE_LEVEL", "CLEANED", "SHIPPED", "SPM", "cases", "shipped_vocab"]

BYTE_LEVEL = (
    "aquila",
    "command-r",
    "deepseek-coder",
    "deepseek-llm",
    "falcon",
    "gpt-2",
    "gpt-neox",
    "llama-bpe",
    "mpt",
    "qwen2",
    "qwen35",
    "refact",
    "starcoder",
)
"""Byte-pair encoding over the bytes of UTF-8, after a split into words."""

SPM = ("baichuan", "llama-spm", "phi-3")
"""SentencePiece with byte fallback, and a space put before the text."""

SHIPPED = (*BYTE_LEVEL, *SPM, "bert-bge", "gemma-4", "nomic-bert-moe")

CLEANED = ("aquila", "falcon", "gemma-4", "gpt-2", "gpt-neox", "llama-bpe", "mpt", "refact", "starcoder", "bert-bge")
"""`detokenize` takes away spaces before punctuation and contractions."""


_BETWEEN = b"\n__ggml_vocab_test__\n"


def _path(tree: Path, name: str, suffix: str = "") -> Path:
    return tree / "models" / f"ggml-vocab-{name}.gguf{suffix}"


@cache
def shipped_vocab(tree: Path, name: str) -> Vocab:
    """Load the vocabulary called `name` from llama.cpp's source, once a process."""
    return Model(_path(tree, name), vocab_only=True).vocab


def cases(tree: Path, name: str) -> list[tuple[bytes, list[int]]]:
    """Texts and the tokens that their original tokenizers gave; none for a vocabulary that comes without."""
    if not _path(tree, name, ".inp").exists():
        return []
    texts = _path(tree, name, ".inp").read_bytes().split(_BETWEEN)
    lines = _path(tree, name, ".out").read_text(encoding="ascii").splitlines()
    # Most files end in a separator. The empty text behind it has no line, as it has no tokens.
    lines += [""] * (len(texts) - len(lines) if texts[-1] == b"" else 0)
    return [(text, [int(token) for token in line.split()]) for text, line in zip(texts, lines, strict=True)]

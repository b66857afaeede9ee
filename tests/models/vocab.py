"""A SentencePiece vocabulary with byte fallback, small enough for a model of a megabyte."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gguf import GGUFWriter, TokenType

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["CHATML", "SPACE", "SpmVocab", "spm_vocab"]

SPACE = "\u2581"
"""How SentencePiece spells a space inside a token."""

CHATML = (
    "{%- for message in messages -%}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\n' }}{%- endif -%}"
)

CONTROL = ("<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
USER_DEFINED = ("<think>", "</think>", "<tool_call>", "</tool_call>")
PRINTABLE = (SPACE, *map(chr, range(33, 127)))

CORPUS = """
the quick brown fox jumps over the lazy dog while the cat sleeps in the warm sun and the birds are singing in the
tall trees near the river where the children play with their small boats every morning what is the capital of france
the capital of france is paris what colour is the sky the sky is blue hello how are you today i am fine thank you
please tell me a story about a little robot who wanted to learn how to read and write and count from one to ten
user assistant system tool name value true false null type object string number array function call red green blue
"""


@dataclass(frozen=True)
class SpmVocab:
    """Token texts with their merge scores and types, as `tokenizer.ggml.*` stores them."""

    tokens: tuple[str, ...]
    scores: tuple[float, ...]
    types: tuple[TokenType, ...]

    unk = 0
    bos = 1
    eos = 2

    def __len__(self) -> int:
        return len(self.tokens)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Token text to id."""
        return {text: i for i, text in enumerate(self.tokens)}

    @property
    def eot(self) -> int:
        """`<|im_end|>`, which ends an answer."""
        return self.ids["<|im_end|>"]

    def byte(self, value: int) -> int:
        """The id of the byte token of `value`."""
        return self.ids[byte_text(value)]

    def write(self, writer: GGUFWriter, *, chat_template: str | None = CHATML, add_bos: bool = True) -> None:
        """Put the vocabulary into a GGUF."""
        writer.add_tokenizer_model("llama")
        writer.add_tokenizer_pre("default")
        writer.add_token_list(list(self.tokens))
        writer.add_token_scores(list(self.scores))
        writer.add_token_types(list(self.types))
        writer.add_unk_token_id(self.unk)
        writer.add_bos_token_id(self.bos)
        writer.add_eos_token_id(self.eos)
        writer.add_eot_token_id(self.eot)
        writer.add_add_bos_token(add_bos)
        # llama.cpp's default is true, and then detokenize(tokenize(text)) begins with a space that text has not.
        writer.add_add_space_prefix(False)
        if chat_template is not None:
            writer.add_chat_template(chat_template)


def byte_text(value: int) -> str:
    """How a byte token is spelt."""
    return f"<0x{value:02X}>"


def spm_vocab(n_vocab: int | None = None, *, extra: Sequence[str] = ()) -> SpmVocab:
    """Make a vocabulary of `n_vocab` tokens: `<unk> <s> </s>`, the bytes, specials, `extra`, merges and characters.

    `extra` become user-defined tokens, which are matched whole before any merging. None takes what is needed without
    merges, rounded up to a multiple of 32. Raises ValueError when `n_vocab` has no room for that.
    """
    entries: dict[str, tuple[float, TokenType]] = {
        "<unk>": (0.0, TokenType.UNKNOWN),
        "<s>": (0.0, TokenType.CONTROL),
        "</s>": (0.0, TokenType.CONTROL),
    }
    entries.update((byte_text(value), (0.0, TokenType.BYTE)) for value in range(256))
    entries.update((text, (0.0, TokenType.CONTROL)) for text in CONTROL)
    entries.update((text, (0.0, TokenType.USER_DEFINED)) for text in (*USER_DEFINED, *extra))
    # A single character may be in `extra` already; a duplicate token text would end the process in llama.cpp.
    characters = [text for text in PRINTABLE if text not in entries]
    n_needed = len(entries) + len(characters)
    if n_vocab is None:
        n_vocab = n_needed + -n_needed % 32
    if n_vocab < n_needed:
        message = f"n_vocab is {n_vocab}, but {n_needed} tokens are needed"
        raise ValueError(message)
    merges = [text for text in merge_pieces(CORPUS, n_vocab - n_needed) if text not in entries]
    for rank, text in enumerate((*merges, *characters), start=1):
        entries[text] = (float(-rank), TokenType.NORMAL)
    for i in range(len(entries), n_vocab):
        entries[f"<unused{i}>"] = (-1e4, TokenType.UNUSED)
    scores, types = zip(*entries.values(), strict=True)
    return SpmVocab(tuple(entries), scores, types)


def merge_pieces(text: str, n: int) -> list[str]:
    """At most `n` merges of byte-pair encoding over the words of `text`, the most frequent pair first.

    Every piece is the concatenation of two pieces before it, which SentencePiece merging needs in order to reach it.
    """
    words = Counter(SPACE + word for word in text.split())
    segments = {word: list(word) for word in words}
    pieces: list[str] = []
    while len(pieces) < n:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, count in words.items():
            for pair in zip(segments[word], segments[word][1:], strict=False):
                pairs[pair] += count
        if not pairs:
            break
        # Ties are broken by the text, so that the order does not hang on the hash seed.
        left, right = max(pairs, key=lambda pair: (pairs[pair], pair))
        if left + right not in pieces:
            pieces.append(left + right)
        segments = {word: _merged(segment, left, right) for word, segment in segments.items()}
    return pieces


def _merged(segment: Sequence[str], left: str, right: str) -> list[str]:
    merged: list[str] = []
    for piece in segment:
        if piece == right and merged and merged[-1] == left:
            merged[-1] = left + right
        else:
            merged.append(piece)
    return merged

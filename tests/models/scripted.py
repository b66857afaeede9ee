"""A model that says one text and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tests.models.bigram import random_logits, write_bigram
from tests.models.vocab import CHATML, CONTROL, USER_DEFINED, SpmVocab, byte_text, spm_vocab

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Script", "ScriptedModel", "write_scripted"]

# Next to logits of standard deviation 0.5 this leaves every other token a probability of 1e-12.
STRENGTH = 40.0


@dataclass(frozen=True)
class Script:
    """The text that a scripted model emits, and the tokens it emits it as."""

    text: str
    tokens: tuple[int, ...]
    vocab: SpmVocab

    @classmethod
    def of(cls, text: str, *, n_chars: int = 4) -> Script:
        """Cut `text` into unique pieces of `n_chars` characters or, where that repeats, more.

        Characters outside ASCII become byte tokens, one to four each, as long as their bytes are still free:
        a bigram can use a token only once. Raises ValueError for a text that cannot be cut so.
        """
        pieces = tuple(_pieces(text, n_chars))
        vocab = spm_vocab(extra=[piece for piece in pieces if isinstance(piece, str)])
        tokens = tuple(vocab.ids[piece] if isinstance(piece, str) else vocab.byte(piece) for piece in pieces)
        return cls(text, tokens, vocab)


@dataclass(frozen=True)
class ScriptedModel:
    """A model file, and what it says."""

    path: Path
    script: Script


def write_scripted(path: Path, script: Script, *, n_ctx_train: int = 512, chat_template: str | None = CHATML) -> Path:
    """Write a model that answers every prompt with the script's tokens, then with `<|im_end|>` for ever.

    Any token that is not in the script leads to its beginning, so that a prompt works as long as its last token (the
    newline after `assistant`, say) is not a piece of the script.
    """
    vocab = script.vocab
    logits = random_logits(len(vocab), seed=0, scale=0.5)
    logits[:, script.tokens[0]] += STRENGTH
    for token, following in zip(script.tokens, (*script.tokens[1:], vocab.eot), strict=True):
        logits[token, script.tokens[0]] -= STRENGTH
        logits[token, following] += STRENGTH
    logits[vocab.eot, script.tokens[0]] -= STRENGTH
    logits[vocab.eot, vocab.eot] += STRENGTH
    return write_bigram(path, logits.astype(np.float32), vocab, n_ctx_train=n_ctx_train, chat_template=chat_template)


def _pieces(text: str, n_chars: int) -> Iterator[str | int]:
    """Unique strings, and byte values, that make up `text`."""
    used = {"\n", *CONTROL, *USER_DEFINED, *map(byte_text, range(256))}
    used_bytes: set[int] = set()
    start = 0
    while start < len(text):
        encoded = text[start].encode()
        if len(encoded) > 1 and used_bytes.isdisjoint(encoded) and len(set(encoded)) == len(encoded):
            used_bytes.update(encoded)
            yield from encoded
            start += 1
            continue
        end = start + 1
        while end < len(text) and (text[start:end] in used or (end - start < n_chars and text[end].isascii())):
            end += 1
        piece = text[start:end]
        if piece in used:
            message = f"the script ends in {piece!r}, which it has used before; end it differently"
            raise ValueError(message)
        used.add(piece)
        yield piece
        start = end

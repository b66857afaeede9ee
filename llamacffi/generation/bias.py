"""Which tokens a bias is about."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from llamacffi.core.vocab import Vocab

    # Of int | str; a dict of ints alone would not be a Mapping of that.
    Biases: TypeAlias = Mapping[Any, float]

__all__ = ["token_biases", "tokens_of_text"]

_known: weakref.WeakKeyDictionary[Vocab, dict[str, tuple[int, ...]]] = weakref.WeakKeyDictionary()


def token_biases(vocab: Vocab, biases: Biases) -> dict[int, float]:
    """The biases by token id; a text stands for every token that spells it, and what names a token itself goes first.

    Raises ValueError for a text that no token spells.
    """
    ids = {token: bias for token, bias in biases.items() if isinstance(token, int)}
    if len(ids) == len(biases):
        return ids
    texts = {text: bias for text, bias in biases.items() if isinstance(text, str)}
    spelt = {token: bias for text, bias in texts.items() for token in tokens_of_text(vocab, text)}
    return {**spelt, **ids}


def tokens_of_text(vocab: Vocab, text: str) -> tuple[int, ...]:
    """The tokens that spell exactly `text`, a space at its beginning included: "Paris" and " Paris" are two.

    Control tokens go by their names. Raises ValueError when there is none.
    """
    known = _known.setdefault(vocab, {})
    if text not in known:
        wanted = text.encode()
        pieces = vocab.pieces(range(vocab.n_tokens), special=True)
        known[text] = tuple(token for token, piece in enumerate(pieces) if piece == wanted)
    if not known[text]:
        tokens = vocab.tokenize(text, add_special=False, parse_special=True)
        cut = ", ".join(f"{token} ({vocab.piece(token, special=True).decode(errors='replace')!r})" for token in tokens)
        message = (
            f"no token spells {text!r}, which the model reads as {cut}; a bias is about single tokens: name those, "
            "mind a space at the beginning"
        )
        raise ValueError(message)
    return known[text]

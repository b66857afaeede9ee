"""A prompt that ends in the middle of what the model would write as one token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi.core.sampling import Healing
from llamacffi.core.sampling.token_tree import token_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.vocab import Vocab

__all__ = ["heal"]


def heal(vocab: Vocab, prompt_tokens: Sequence[int]) -> tuple[list[int], Healing | None]:
    """Take the tokens off a prompt's end that another token would have spelt together with what follows.

    After "http:" a model that writes "://" as one token is surprised by the ":", and goes on as if no "//" belonged
    there. Returns the tokens to begin with and the stage for the front of the chain that makes the answer begin with
    the text taken off; None when there is nothing to heal. As much is taken off as some longer token begins with, but
    no token that spells nothing (a control token) and never the first.
    """
    tokens = list(prompt_tokens)
    tree = token_tree(vocab)
    text, n_kept, healed = b"", len(tokens), b""
    for i in range(len(tokens) - 1, 0, -1):
        if tokens[i] < 0:  # a picture's
            break
        piece = b"" if vocab.is_eog(tokens[i]) else vocab.piece(tokens[i])
        text = piece + text
        if not piece or len(text) >= tree.longest:
            break
        _, _, n_longer = tree.count(vocab, text)
        if n_longer:
            n_kept, healed = i, text
    return tokens[:n_kept], Healing(healed) if healed else None

"""Tokens that begin with what the prompt ended in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import lib
from llamacffi._native.arrays import lend
from llamacffi.core.sampling.checks import needed_vocab
from llamacffi.core.sampling.stages import Stage
from llamacffi.core.sampling.token_tree import token_tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from llamacffi.core.vocab import Vocab

__all__ = ["Healing"]

_Ways = tuple["NDArray[np.int32]", "NDArray[np.int32]"]
"""Tokens in rising order, and how many bytes of the text are spelt after each."""


@dataclass(frozen=True)
class Healing(Stage):
    """Allow only tokens that spell `text` one after the other, the last of which may say more; then anything.

    For the text of tokens that were taken off a prompt's end, which the answer so begins with. Put it first: it drops
    the others. Needs the vocabulary. Raises ValueError when the chain is made and no tokens spell the text.
    """

    text: bytes

    def __post_init__(self) -> None:
        if not self.text:
            message = "the text to heal is empty; leave the stage out"
            raise ValueError(message)

    def build(self, vocab: Vocab | None) -> Any:
        ways = self._ways(needed_vocab(vocab, self))
        begins = np.cumsum([0, *(len(tokens) for tokens, _ in ways)], dtype=np.int32)
        tokens, following = (np.concatenate(arrays) for arrays in zip(*ways, strict=True))
        return lib.lcffi_sampler_healing(
            len(ways), lend("int32_t[]", begins), lend("llama_token[]", tokens), lend("int32_t[]", following)
        )

    def _ways(self, vocab: Vocab) -> list[_Ways]:
        """For each place in the text the tokens that may come there; none that would lead to a place without any."""
        n, tree = len(self.text), token_tree(vocab)
        partly: dict[int, list[tuple[int, int]]] = {}
        wholly: dict[int, NDArray[np.int32]] = {}
        waiting = {0}
        while waiting:
            place = waiting.pop()
            shorter, wholly[place] = tree.match(vocab, self.text[place:])
            lengths = map(len, vocab.pieces(shorter))
            partly[place] = [(token, place + n_bytes) for token, n_bytes in zip(shorter.tolist(), lengths, strict=True)]
            waiting.update(after for _, after in partly[place] if after not in partly)
        ways: list[_Ways] = [(np.zeros(0, np.int32), np.zeros(0, np.int32))] * n
        for place in sorted(partly, reverse=True):  # from the end, as what follows decides
            steps = [(token, after) for token, after in partly[place] if len(ways[after][0])]
            tokens = np.concatenate([np.array([token for token, _ in steps], np.int32), wholly[place]])
            following = np.full(len(tokens), n, np.int32)
            following[: len(steps)] = [after for _, after in steps]
            order = np.argsort(tokens)
            ways[place] = tokens[order], following[order]
        if not len(ways[0][0]):
            message = f"no tokens of the vocabulary spell {self.text!r}, so it cannot be healed"
            raise ValueError(message)
        return ways

"""A vocabulary's tokens by what they begin with, made once for a model."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import Handle, check_ptr, ffi, lib
from llamacffi._native.arrays import lend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from llamacffi.core.model import Model
    from llamacffi.core.vocab import Vocab

__all__ = ["TokenTree", "token_tree"]


class TokenTree(Handle):
    """A `struct lcffi_token_tree *`: with it a grammar is asked about few tokens instead of all.

    It borrows nothing of the model, whose tokens it knows.
    """

    def __init__(self, vocab: Vocab) -> None:
        made: Any = vocab.model.share(lib.lcffi_token_tree_init, vocab.ptr)
        super().__init__(check_ptr(made, "no tree of the tokens"), lib.lcffi_token_tree_free)

    @property
    def longest(self) -> int:
        """How many bytes the longest token spells."""
        n: int = lib.lcffi_token_tree_longest(self.ptr)
        return n

    def count(self, vocab: Vocab, text: bytes) -> tuple[int, int, int]:
        """How many tokens `text` begins with, how many spell it, and how many are longer and begin with it.

        Tokens that spell nothing and those that end a generation are none of them. `vocab` is the one it was made of.
        """
        shorter, equal, longer = self._match(vocab, text, np.empty(0, np.int32))
        return shorter, equal, longer

    def match(self, vocab: Vocab, text: bytes) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The tokens that `text` begins with, and those that spell it or begin with it, each in rising order."""
        tokens = np.empty(vocab.n_tokens, np.int32)
        n_shorter, *others = self._match(vocab, text, tokens)
        return tokens[:n_shorter].copy(), tokens[n_shorter : n_shorter + sum(others)].copy()

    def _match(self, vocab: Vocab, text: bytes, tokens: NDArray[np.int32]) -> list[int]:
        counts: Any = ffi.new("int32_t[3]")
        room = lend("llama_token[]", tokens)
        vocab.model.share(lib.lcffi_token_tree_match, self.ptr, vocab.ptr, text, len(text), room, len(tokens), counts)
        return list(counts)


_trees: weakref.WeakKeyDictionary[Model, TokenTree] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def token_tree(vocab: Vocab) -> TokenTree:
    """The tree of a vocabulary, made once for a model."""
    with _lock:
        tree = _trees.get(vocab.model)
        if tree is None:
            tree = _trees[vocab.model] = TokenTree(vocab)
    return tree

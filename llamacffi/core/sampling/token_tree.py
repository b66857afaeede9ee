"""A vocabulary's tokens by what they begin with, made once for a model."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from llamacffi._native import Handle, check_ptr, lib

if TYPE_CHECKING:
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


_trees: weakref.WeakKeyDictionary[Model, TokenTree] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def token_tree(vocab: Vocab) -> TokenTree:
    """The tree of a vocabulary, made once for a model."""
    with _lock:
        tree = _trees.get(vocab.model)
        if tree is None:
            tree = _trees[vocab.model] = TokenTree(vocab)
    return tree

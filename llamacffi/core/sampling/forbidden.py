"""Tokens that a chain may have to forbid."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi, lib
from llamacffi.core import compat

if TYPE_CHECKING:
    from llamacffi.core.vocab import Vocab

__all__ = ["eog_tokens", "suppress_tokens"]

_eog_tokens: weakref.WeakKeyDictionary[Vocab, tuple[int, ...]] = weakref.WeakKeyDictionary()


def eog_tokens(vocab: Vocab) -> tuple[int, ...]:
    """The tokens that end a generation (llama_vocab_is_eog)."""
    if vocab not in _eog_tokens:
        _eog_tokens[vocab] = vocab.model.share(_eog_tokens_of, vocab.ptr)
    return _eog_tokens[vocab]


def suppress_tokens(vocab: Vocab) -> tuple[int, ...]:
    """The tokens that the model asks never to be sampled (`tokenizer.ggml.suppress_tokens`)."""
    return vocab.model.share(compat.suppressed_tokens, vocab.ptr)


def _eog_tokens_of(vocab: Any) -> tuple[int, ...]:
    n_tokens = lib.lcffi_vocab_eog(vocab, ffi.NULL, 0)
    tokens = ffi.new("llama_token[]", n_tokens)
    lib.lcffi_vocab_eog(vocab, tokens, n_tokens)
    return tuple(tokens)

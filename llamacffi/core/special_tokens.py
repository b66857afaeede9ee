"""The tokens of a vocabulary that mean something to the model rather than spell something."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi, lib
from llamacffi.core import compat

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacffi.core.model import Model

__all__ = ["SpecialTokens"]

_SPECIAL = ("bos", "eos", "eot", "sep", "nl", "pad", "mask")
_FIM = ("fim_pre", "fim_suf", "fim_mid", "fim_pad", "fim_rep", "fim_sep")


class SpecialTokens:
    """What a Vocab knows of its special tokens; None stands for one that it has not."""

    model: Model
    ptr: Any
    type: str

    @property
    def bos(self) -> int | None:
        """Begin of sequence."""
        return self._special(lib.llama_vocab_bos)

    @property
    def eos(self) -> int | None:
        """End of sequence."""
        return self._special(lib.llama_vocab_eos)

    @property
    def eot(self) -> int | None:
        """End of turn."""
        return self._special(lib.llama_vocab_eot)

    @property
    def sep(self) -> int | None:
        """Separator of sentences."""
        return self._special(lib.llama_vocab_sep)

    @property
    def nl(self) -> int | None:
        """Next line."""
        return self._special(lib.llama_vocab_nl)

    @property
    def pad(self) -> int | None:
        """Padding."""
        return self._special(lib.llama_vocab_pad)

    @property
    def mask(self) -> int | None:
        """What a masked language model fills in."""
        return self._special(lib.llama_vocab_mask)

    @property
    def fim_pre(self) -> int | None:
        """Fill in the middle: what comes before the gap follows."""
        return self._special(lib.llama_vocab_fim_pre)

    @property
    def fim_suf(self) -> int | None:
        """Fill in the middle: what comes after the gap follows."""
        return self._special(lib.llama_vocab_fim_suf)

    @property
    def fim_mid(self) -> int | None:
        """Fill in the middle: the gap follows."""
        return self._special(lib.llama_vocab_fim_mid)

    @property
    def fim_pad(self) -> int | None:
        """Fill in the middle: padding."""
        return self._special(lib.llama_vocab_fim_pad)

    @property
    def fim_rep(self) -> int | None:
        """Fill in the middle: the repository's name follows."""
        return self._special(lib.llama_vocab_fim_rep)

    @property
    def fim_sep(self) -> int | None:
        """Fill in the middle: the next file follows."""
        return self._special(lib.llama_vocab_fim_sep)

    @property
    def add_bos(self) -> bool:
        """Whether `tokenize` begins with BOS."""
        return self.model.share(lib.llama_vocab_get_add_bos, self.ptr)

    @property
    def add_eos(self) -> bool:
        """Whether `tokenize` ends with EOS."""
        return self.model.share(lib.llama_vocab_get_add_eos, self.ptr)

    @property
    def add_sep(self) -> bool:
        """Whether `tokenize` adds a separator."""
        return self.model.share(lib.llama_vocab_get_add_sep, self.ptr)

    @property
    def special_tokens(self) -> dict[str, int | None]:
        """Every special token by the name of its property here; None for one that the vocabulary has not."""
        return {name: getattr(self, name) for name in (*_SPECIAL, *_FIM)}

    @cached_property
    def eog_tokens(self) -> tuple[int, ...]:
        """Every token that ends the generation."""
        if self.type == "none":
            return ()
        n = self.model.share(lib.lcffi_vocab_eog, self.ptr, ffi.NULL, 0)
        tokens: Any = ffi.new("llama_token[]", n)
        self.model.share(lib.lcffi_vocab_eog, self.ptr, tokens, n)
        return tuple(tokens)

    @property
    def suppressed_tokens(self) -> tuple[int, ...]:
        """Tokens that the model file asks never to generate (llama_vocab_get_suppress_tokens)."""
        return self.model.share(compat.suppressed_tokens, self.ptr)

    def _special(self, function: Callable[[Any], int]) -> int | None:
        token = self.model.share(function, self.ptr)
        return token if token >= 0 else None

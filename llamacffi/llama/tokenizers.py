"""Tokenizers as objects: the model's own, and those of Hugging Face in its place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from llamacffi.llama.base import LlamaBase

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from typing_extensions import Self

__all__ = ["BaseLlamaTokenizer", "LlamaHFTokenizer", "LlamaTokenizer", "Tokenizers", "auto_tokenizer"]


class BaseLlamaTokenizer(ABC):
    """What `Llama(tokenizer=…)` takes."""

    @abstractmethod
    def tokenize(self, text: bytes, add_bos: bool = True, special: bool = True) -> list[int]:  # noqa: FBT001, FBT002 - as others call it
        """The tokens of a text in UTF-8; `special` lets what spells a control token be that token."""

    @abstractmethod
    def detokenize(
        self,
        tokens: Sequence[int],
        prev_tokens: Sequence[int] | None = None,
        special: bool = False,  # noqa: FBT001, FBT002 - as others call it
    ) -> bytes:
        """The bytes that tokens spell, after `prev_tokens` if they are given; `special` writes control tokens out."""


class LlamaTokenizer(BaseLlamaTokenizer):
    """The tokenizer of a Llama: `llm.tokenizer()`."""

    def __init__(self, llama: LlamaBase) -> None:
        self._llama = llama

    def tokenize(self, text: bytes, add_bos: bool = True, special: bool = True) -> list[int]:  # noqa: FBT001, FBT002
        """The tokens of a text; see `Llama.tokenize`."""
        return self._llama.tokenize(text, add_bos=add_bos, special=special)

    def detokenize(
        self,
        tokens: Sequence[int],
        prev_tokens: Sequence[int] | None = None,
        special: bool = False,  # noqa: FBT001, FBT002
    ) -> bytes:
        """The bytes that tokens spell; see `Llama.detokenize`."""
        return self._llama.detokenize(tokens, prev_tokens=prev_tokens, special=special)

    def encode(self, text: str, add_bos: bool = True, special: bool = True) -> list[int]:  # noqa: FBT001, FBT002
        """The tokens of a text; what UTF-8 cannot write is left out."""
        return self.tokenize(text.encode("utf-8", "ignore"), add_bos=add_bos, special=special)

    def decode(self, tokens: Sequence[int]) -> str:
        """The text that tokens spell, without parts of characters."""
        return self.detokenize(tokens).decode("utf-8", "ignore")

    @classmethod
    def from_ggml_file(cls, path: str | os.PathLike[str]) -> Self:
        """The tokenizer in a model file, whose weights are not loaded."""
        from llamacffi.llama.llama import Llama

        return cls(Llama(path, vocab_only=True, verbose=False))


class Tokenizers(LlamaBase):
    """The tokenizer of a Llama as an object."""

    def tokenizer(self) -> LlamaTokenizer:
        """An object that tokenizes as this Llama does."""
        return LlamaTokenizer(self)

    @property
    def tokenizer_(self) -> BaseLlamaTokenizer:
        """What it was made with, or else its own."""
        own: BaseLlamaTokenizer | None = self._tokenizer
        return LlamaTokenizer(self) if own is None else own


class LlamaHFTokenizer(BaseLlamaTokenizer):
    """A tokenizer of transformers', for models whose files have one that differs: `Llama(…, tokenizer=this)`."""

    def __init__(self, hf_tokenizer: Any) -> None:
        self.hf_tokenizer = hf_tokenizer

    def tokenize(self, text: bytes, add_bos: bool = True, special: bool = True) -> list[int]:  # noqa: FBT001, FBT002
        """The tokens of a text; `add_bos` adds what the tokenizer puts around one, and BOS never twice.

        Without `special` a text that spells a control token stays text, where the tokenizer knows
        `split_special_tokens`.
        """
        decoded = bytes(text).decode("utf-8", "ignore")
        split = {} if special else {"split_special_tokens": True}
        tokens = [*map(int, self.hf_tokenizer.encode(decoded, add_special_tokens=add_bos, **split))]
        bos = getattr(self.hf_tokenizer, "bos_token_id", None)
        return tokens[1:] if bos is not None and tokens[:2] == [bos, bos] else tokens

    def detokenize(
        self,
        tokens: Sequence[int],
        prev_tokens: Sequence[int] | None = None,
        special: bool = False,  # noqa: FBT001, FBT002
    ) -> bytes:
        """The bytes that tokens spell, after `prev_tokens` if they are given."""
        before = [] if prev_tokens is None else [*prev_tokens]
        text = self._decoded([*before, *tokens], special=special)
        if not before:
            return text
        known = self._decoded(before, special=special)
        # What ended in part of a character is spelt anew, with the character whole.
        common = next((i for i, (a, b) in enumerate(zip(known, text, strict=False)) if a != b), len(known))
        return text[common:]

    def _decoded(self, tokens: list[int], *, special: bool) -> bytes:
        text: str = self.hf_tokenizer.decode(tokens, skip_special_tokens=not special)
        return text.encode("utf-8", "ignore")

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: str | os.PathLike[str]) -> Self:
        """The tokenizer of a model on the Hub, or in a folder. Raises ImportError when transformers is missing."""
        return cls(auto_tokenizer(pretrained_model_name_or_path))

    def __repr__(self) -> str:
        return f"LlamaHFTokenizer({getattr(self.hf_tokenizer, 'name_or_path', self.hf_tokenizer)!r})"


def auto_tokenizer(name: str | os.PathLike[str]) -> Any:
    """A tokenizer of transformers'. Raises ImportError when the package is missing."""
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        message = (
            f"the tokenizer {str(name)!r} is read by transformers, which is not installed: pip install transformers"
        )
        raise ImportError(message) from error
    return AutoTokenizer.from_pretrained(name)

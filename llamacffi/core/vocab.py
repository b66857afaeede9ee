"""The tokens of a model, and the way from text to tokens and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import ffi, lib
from llamacffi._native.arrays import lend
from llamacffi._native.convert import enum_names
from llamacffi.errors import NativeError, TokenizeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from llamacffi.core.model import Model

__all__ = ["Vocab"]

_MAX_TEXT = 2**31 - 1


class Vocab:
    """The vocabulary of a model: `model.vocab`. Usable from any thread, several at once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.ptr: Any = model.share(lib.llama_model_get_vocab, model.ptr)
        self.n_tokens: int = model.share(lib.llama_vocab_n_tokens, self.ptr)
        types = {value: name for name, value in enum_names("enum llama_vocab_type").items()}
        self.type: str = types[model.share(lib.llama_vocab_type, self.ptr)]

    def __len__(self) -> int:
        return self.n_tokens

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.n_tokens))

    def __contains__(self, token: object) -> bool:
        return isinstance(token, int) and 0 <= token < self.n_tokens

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocab) and other.model is self.model

    def __hash__(self) -> int:
        return hash(self.model)

    def __repr__(self) -> str:
        return f"<Vocab {self.type}, {self.n_tokens} tokens>"

    def tokenize(self, text: str | bytes, *, add_special: bool = True, parse_special: bool = False) -> list[int]:
        """Turn `text` into token ids (llama_tokenize).

        `add_special` adds BOS, EOS and the like where the model asks for them; `parse_special` lets "<|im_end|>" in
        the text become that control token instead of the characters it is written with. Raises TokenizeError.
        """
        data = _encode(text) if isinstance(text, str) else bytes(text)
        self._require("tokenize text")
        if len(data) > _MAX_TEXT:
            message = f"the text has {len(data)} bytes; llama.cpp takes at most {_MAX_TEXT}: split it"
            raise TokenizeError(message)
        room = len(data) + 16  # rarely is a token less than a byte; the special ones come on top
        while True:
            tokens = np.empty(room, np.int32)
            buffer = lend("llama_token[]", tokens)
            n: int = self._convert(
                lib.llama_tokenize, self.ptr, data, len(data), buffer, room, add_special, parse_special
            )
            if n >= 0:
                ids: list[int] = tokens[:n].tolist()
                return ids
            if n == -(2**31):
                message = f"the text's {len(data)} bytes give more tokens than llama.cpp can count: split it"
                raise TokenizeError(message)
            room = -n

    def detokenize(
        self,
        tokens: Sequence[int] | NDArray[np.integer[Any]],
        *,
        remove_special: bool = False,
        unparse_special: bool = False,
    ) -> str:
        """Turn token ids into text (llama_detokenize); bytes that are not UTF-8 come out as U+FFFD.

        `remove_special` drops the BOS and EOS that `tokenize` may have added, `unparse_special` writes control tokens
        out. Raises ValueError for an id that the vocabulary does not have.
        """
        ids = self._ids(tokens)
        self._require("spell tokens")
        if len(ids) == 0:
            return ""
        source = lend("llama_token[]", ids)
        room = 8 * len(ids) + 16
        while True:
            text = np.empty(room, np.uint8)
            buffer = lend("char[]", text)
            n: int = self._convert(
                lib.llama_detokenize, self.ptr, source, len(ids), buffer, room, remove_special, unparse_special
            )
            if n >= 0:
                return bytes(text[:n]).decode("utf-8", "replace")
            room = -n

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes that a token spells, perhaps part of a character (llama_token_to_piece).

        Control tokens spell nothing unless `special`. Raises ValueError for an id that the vocabulary does not have.
        """
        token = self._id(token)
        room = 64
        while True:
            buffer: Any = ffi.new("char[]", room)
            n: int = self._convert(lib.llama_token_to_piece, self.ptr, token, buffer, room, 0, special)
            if n >= 0:
                return bytes(ffi.unpack(buffer, n))
            room = -n

    def text(self, token: int) -> str:
        """A token as the model file spells it (llama_vocab_get_text)."""
        chars = self._ask(lib.llama_vocab_get_text, token)
        spelling: bytes = ffi.string(chars)
        return spelling.decode("utf-8", "replace")

    def score(self, token: int) -> float:
        """A token's score in the model file, for vocabularies that have one (llama_vocab_get_score)."""
        score: float = self._ask(lib.llama_vocab_get_score, token)
        return score

    def attributes(self, token: int) -> frozenset[str]:
        """What kind of token it is, such as {"normal"} or {"control"} (llama_vocab_get_attr)."""
        bits = self._ask(lib.llama_vocab_get_attr, token)
        return frozenset(name for name, bit in enum_names("enum llama_token_attr").items() if bit & bits)

    def is_eog(self, token: int) -> bool:
        """Whether a token ends the generation: EOS, EOT and their like (llama_vocab_is_eog)."""
        return bool(self._ask(lib.llama_vocab_is_eog, token))

    def is_control(self, token: int) -> bool:
        """Whether a token is for control and not for display (llama_vocab_is_control)."""
        return bool(self._ask(lib.llama_vocab_is_control, token))

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

    def _special(self, function: Callable[[Any], int]) -> int | None:
        token = self.model.share(function, self.ptr)
        return token if token >= 0 else None

    def _ask(self, function: Callable[[Any, int], Any], token: int) -> Any:
        return self._convert(function, self.ptr, self._id(token))

    def _convert(self, function: Callable[..., Any], *args: Any) -> Any:
        try:
            return self.model.share(function, *args)
        except NativeError as error:
            # The vocabulary is read-only: it is as good as before.
            raise TokenizeError(str(error)) from error

    def _require(self, what: str) -> None:
        if self.type == "none":
            message = f"the model has no vocabulary, so it cannot {what}"
            raise TokenizeError(message)

    def _id(self, token: int) -> int:
        if not 0 <= token < self.n_tokens:
            message = f"token {token} is not in the vocabulary; its ids go from 0 to {self.n_tokens - 1}"
            raise ValueError(message)
        self._require("describe tokens")
        return int(token)

    def _ids(self, tokens: Sequence[int] | NDArray[np.integer[Any]]) -> NDArray[np.int32]:
        ids = np.asarray(tokens)
        if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iu"):
            message = f"tokens must be a one-dimensional sequence of ints, not {ids.dtype} of shape {ids.shape}"
            raise TypeError(message)
        if ids.size and not (ids.min() >= 0 and ids.max() < self.n_tokens):
            wrong = int(ids[(ids < 0) | (ids >= self.n_tokens)][0])
            self._id(wrong)
        return np.ascontiguousarray(ids, np.int32)


def _encode(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        message = (
            f"the text has a lone surrogate, {text[error.start]!r} at {error.start}, which UTF-8 cannot write; "
            "replace it, or pass bytes"
        )
        raise TokenizeError(message) from None

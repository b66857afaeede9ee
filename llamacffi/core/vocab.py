"""The tokens of a model, and the way from text to tokens and back."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import ffi, lib
from llamacffi._native.arrays import lend
from llamacffi._native.convert import boolean, enum_names, integer
from llamacffi.core.detokenizer import Detokenizer
from llamacffi.core.special_tokens import SpecialTokens
from llamacffi.core.threads import usable_cores
from llamacffi.errors import NativeError, TokenizeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from llamacffi.core import offsets
    from llamacffi.core.model import Model

__all__ = ["Vocab"]

_MAX_TEXT = 2**31 - 1
_MANY = 4096  # tokens from which on a table of ready ints pays
_MAX_THREADS = 512
_FEW = 16  # tokens whose spelling is remembered: a call takes longer than looking it up
_BLOCK = 256  # so many, with the same beginning, at a time
_EXTRA = 16  # tokens beside the text's own; lcffi_tokenize_batch counts on it


class Vocab(SpecialTokens):
    """The vocabulary of a model: `model.vocab`. Usable from any thread, several at once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.ptr: Any = model.share(lib.llama_model_get_vocab, model.ptr)
        self.n_tokens: int = model.share(lib.llama_vocab_n_tokens, self.ptr)
        types = {value: name for name, value in enum_names("enum llama_vocab_type").items()}
        self.type: str = types[model.share(lib.llama_vocab_type, self.ptr)]
        self._spelt: tuple[dict[int, bytes], dict[int, bytes]] = {}, {}  # without control tokens, and with

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
        add_special, parse_special = boolean("add_special", add_special), boolean("parse_special", parse_special)
        return self._tokenize(self._data(text), add_special, parse_special)

    def tokenize_batch(
        self,
        texts: Iterable[str | bytes],
        *,
        add_special: bool = True,
        parse_special: bool = False,
        n_threads: int | None = None,
    ) -> list[list[int]]:
        """Turn each of `texts` into token ids, as `tokenize` does, in one call on `n_threads` threads.

        None uses the cores that this process may use. Raises TokenizeError.
        """
        if isinstance(texts, (str, bytes, Mapping)) or not isinstance(texts, Iterable):
            message = f"tokenize_batch wants several texts, not {reprlib.repr(texts)}; for one there is tokenize"
            raise TypeError(message)
        add_special, parse_special = boolean("add_special", add_special), boolean("parse_special", parse_special)
        data = []
        for i, text in enumerate(texts):
            with _numbered(i):
                data.append(self._data(text))
        n_threads = usable_cores() if n_threads is None else integer("n_threads", n_threads, 1, _MAX_THREADS)
        ends = np.cumsum([len(text) for text in data], dtype=np.int64)
        counts = np.empty(len(data), np.int32)
        tokens = np.empty(sum(map(len, data)) + _EXTRA * len(data), np.int32)
        buffers = lend("int64_t[]", ends), len(data), lend("llama_token[]", tokens), lend("int32_t[]", counts)
        try:
            self._convert(
                lib.lcffi_tokenize_batch, self.ptr, b"".join(data), *buffers, add_special, parse_special, n_threads
            )
        except TokenizeError:
            counts.fill(-1)  # one of them failed; which, and why, comes out below
        ids = self._to_list(tokens[: counts[counts > 0].sum(dtype=np.int64)])
        results = []
        end = 0
        for i, count in enumerate(counts.tolist()):
            if count < 0:  # it did not fit, or cannot be done
                with _numbered(i):
                    results.append(self._tokenize(data[i], add_special, parse_special))
            else:
                results.append(ids[end : end + count])
                end += count
        return results

    def tokenize_with_offsets(
        self, text: str | bytes, *, add_special: bool = True, parse_special: bool = False
    ) -> tuple[list[int], list[tuple[int, int]]]:
        """Turn `text` into token ids, as `tokenize` does, and say from where to where in it each one stands.

        The places are half-open, in characters of a str and in bytes of bytes. A token that spells part of a character
        has the place of the whole; one that was added has an empty place. Exact where the vocabulary spells the text
        as it is; where it changes the text first ("wpm", "ugm") the place is that of what the token came from.
        Raises TokenizeError.
        """
        from llamacffi.core import offsets  # its tables take a while, and few programs ask

        data = self._data(text)
        tokens = self._tokenize(data, add_special, parse_special)
        n_front, n_back = self._added if add_special else (0, 0)
        inner = tokens[n_front : len(tokens) - n_back]
        known = {token: self._piece_for_offsets(token, parse_special) for token in set(inner)}
        spans = offsets.locate(data, [known[token] for token in inner], self._normalizer)
        places = [(0, 0)] * n_front + spans + [(len(data), len(data))] * n_back
        return tokens, offsets.characters(data, places) if isinstance(text, str) else places

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
        room: int = self._convert(lib.lcffi_pieces, self.ptr, source, len(ids), unparse_special, ffi.NULL, 0, ffi.NULL)
        if room > _MAX_TEXT:
            message = f"the tokens spell {room} bytes; llama.cpp writes at most {_MAX_TEXT}: split them"
            raise TokenizeError(message)
        text = np.empty(room, np.uint8)
        buffer = lend("char[]", text)
        n: int = self._convert(
            lib.llama_detokenize, self.ptr, source, len(ids), buffer, room, remove_special, unparse_special
        )
        return text[:n].tobytes().decode("utf-8", "replace")

    def pieces(self, tokens: Sequence[int] | NDArray[np.integer[Any]], *, special: bool = False) -> list[bytes]:
        """The bytes that each of `tokens` spells, as `piece` gives them, in one call."""
        if type(tokens) is list and len(tokens) <= _FEW:
            known = self._spelt[boolean("special", special)]
            spelt = [known.get(token) if type(token) is int else None for token in tokens]
            if None not in spelt:
                _ = self.model.ptr  # raises, if there is no model any more
                return spelt  # type: ignore[return-value]  # there is no None in it
        ids = self._ids(tokens)
        self._require("spell tokens")
        if len(ids) > _FEW:
            return self._spell(ids, special)
        known, few = self._spelt[bool(special)], ids.tolist()
        for start in {token - token % _BLOCK for token in few}:
            if start not in known:  # who asks for one token often asks for its neighbours
                block = np.arange(start, min(start + _BLOCK, self.n_tokens), dtype=np.int32)
                known.update(zip(block.tolist(), self._spell(block, special), strict=True))
        return [known[token] for token in few]

    def _spell(self, ids: NDArray[np.int32], special: bool) -> list[bytes]:  # noqa: FBT001 - as in C
        source = lend("llama_token[]", ids)
        ends = np.empty(len(ids), np.int64)
        arguments = self.ptr, source, len(ids), special
        room: int = self._convert(lib.lcffi_pieces, *arguments, ffi.NULL, 0, lend("int64_t[]", ends))
        text = np.empty(room, np.uint8)
        self._convert(lib.lcffi_pieces, *arguments, lend("char[]", text), room, ffi.NULL)
        data = text.tobytes()
        edges = [0, *ends.tolist()]
        return [data[start:end] for start, end in pairwise(edges)]

    def stream(self, tokens: Iterable[int], *, special: bool = False) -> Iterator[str]:
        """The text that each token completes, as the tokens come; a last one when half a character is left over.

        Never half a character, and as quick for the last token as for the first. Together it is what the pieces spell:
        unlike `detokenize` it keeps the space that some vocabularies put before a text.
        """
        detokenizer = Detokenizer()
        for token in tokens:
            yield detokenizer.push(self.piece(token, special=special))
        rest = detokenizer.flush()
        if rest:
            yield rest

    def piece(self, token: int, *, special: bool = False) -> bytes:
        """The bytes that a token spells, perhaps part of a character (llama_token_to_piece).

        Control tokens spell nothing unless `special`. Raises ValueError for an id that the vocabulary does not have.
        """
        token, special = self._id(token), boolean("special", special)
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

    def _ask(self, function: Callable[[Any, int], Any], token: int) -> Any:
        return self._convert(function, self.ptr, self._id(token))

    def _convert(self, function: Callable[..., Any], *args: Any) -> Any:
        try:
            return self.model.share(function, *args)
        except NativeError as error:
            # The vocabulary is read-only: it is as good as before.
            raise TokenizeError(str(error)) from error

    def _data(self, text: str | bytes) -> bytes:
        data = _encode(text)
        self._require("tokenize text")
        if len(data) > _MAX_TEXT:
            message = f"the text has {len(data)} bytes; llama.cpp takes at most {_MAX_TEXT}: split it"
            raise TokenizeError(message)
        return data

    def _tokenize(self, data: bytes, add_special: bool, parse_special: bool) -> list[int]:  # noqa: FBT001 - as in C
        room = min(len(data) + _EXTRA, _MAX_TEXT)  # rarely is a token less than a byte
        while True:
            tokens = np.empty(room, np.int32)
            buffer = lend("llama_token[]", tokens)
            n: int = self._convert(
                lib.lcffi_tokenize, self.ptr, data, len(data), buffer, room, add_special, parse_special
            )
            if n >= 0:
                return self._to_list(tokens[:n])
            if n == lib.LCFFI_TOO_DEEP:
                message = (
                    f"the text has {len(data)} bytes without a line's end where one is needed: llama.cpp may recurse "
                    "for each of them, and this machine has no memory for so deep a stack; split it"
                )
                raise TokenizeError(message)
            if n == -(2**31):
                message = f"the text's {len(data)} bytes give more tokens than llama.cpp can count: split it"
                raise TokenizeError(message)
            room = -n

    def _to_list(self, tokens: NDArray[np.int32]) -> list[int]:
        """The tokens as Python's ints: of many, those that are ready, which takes half as long as to make new ones."""
        if len(tokens) < _MANY or tokens.min() < 0:
            ids: list[int] = tokens.tolist()
        else:
            ids = self._ints.take(tokens).tolist()
        return ids

    @cached_property
    def _ints(self) -> NDArray[np.object_]:
        """Every token as an int of Python's."""
        return np.arange(self.n_tokens).astype(object)

    @cached_property
    def _added(self) -> tuple[int, int]:
        """How many tokens `add_special` puts before a text, and how many after it."""
        added = self._tokenize(b"", True, False)
        n_front = int(bool(added) and added[0] == self.bos and (self.add_bos or self.type == "wpm"))
        return n_front, len(added) - n_front

    @cached_property
    def _normalizer(self) -> offsets.Normalizer:
        """What the tokenizer does to a text first, found out by trying."""
        from llamacffi.core import offsets

        def spelt(text: str) -> bytes:
            try:
                return b"".join(self.pieces(self._tokenize(text.encode(), False, False)))
            except TokenizeError:  # a vocabulary without that character
                return b""

        return offsets.Normalizer(
            kind=self.type,
            prefix=spelt("a").startswith(b" "),
            escape=b" " in spelt("a\u2581"),
            lowercase=spelt("A").endswith(b"a"),
            strip_accents=spelt("\u00e9").endswith(b"e"),
        )

    def _piece_for_offsets(self, token: int, parse_special: bool) -> offsets.Piece:  # noqa: FBT001 - as in C
        from llamacffi.core import offsets

        attributes = self.attributes(token)
        whole = "user_defined" in attributes or (parse_special and bool(attributes & {"control", "unknown"}))
        return offsets.Piece(self.piece(token, special=True), whole, "unknown" in attributes)

    def _require(self, what: str) -> None:
        if self.type == "none":
            message = f"the model has no vocabulary, so it cannot {what}"
            raise TokenizeError(message)

    def _id(self, token: int) -> int:
        token = integer("a token", token)
        if not 0 <= token < self.n_tokens:
            message = f"token {token} is not in the vocabulary; its ids go from 0 to {self.n_tokens - 1}"
            raise ValueError(message)
        self._require("describe tokens")
        return token

    def _ids(self, tokens: Sequence[int] | NDArray[np.integer[Any]]) -> NDArray[np.int32]:
        ids = np.asarray(tokens)
        if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iu"):
            message = f"tokens must be a one-dimensional sequence of ints, not {ids.dtype} of shape {ids.shape}"
            raise TypeError(message)
        if ids.size and not (ids.min() >= 0 and ids.max() < self.n_tokens):
            wrong = int(ids[(ids < 0) | (ids >= self.n_tokens)][0])
            self._id(wrong)
        return np.ascontiguousarray(ids, np.int32)


@contextmanager
def _numbered(index: int) -> Iterator[None]:
    """Say in a TokenizeError which text of a batch it is about."""
    try:
        yield
    except TokenizeError as error:
        message = f"text {index}: {error}"
        raise TokenizeError(message) from error


def _encode(text: object) -> bytes:
    if isinstance(text, (bytes, bytearray, memoryview)):
        return bytes(text)
    if not isinstance(text, str):
        message = f"a text must be str or bytes, not {text!r} ({type(text).__name__})"
        raise TypeError(message)
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        message = (
            f"the text has a lone surrogate, {text[error.start]!r} at {error.start}, which UTF-8 cannot write; "
            "replace it, or pass bytes"
        )
        raise TokenizeError(message) from None

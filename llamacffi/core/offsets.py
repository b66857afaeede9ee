"""Where each token stands in the text it was made from.

llama.cpp does not tell, so the tokens' bytes are laid along the text. Most vocabularies spell it exactly; for the
others the text is changed first as the tokenizer changes it, each character remembering where it came from.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Normalizer", "Piece", "characters", "locate"]

_ESCAPED_SPACE = "\u2581"
# One character as llama.cpp decodes it (unicode_cpt_from_utf8), or one byte that is none.
_CHARACTER = re.compile(
    rb"[\x00-\x7f]|[\xc0-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf7][\x80-\xbf]{3}|.", re.DOTALL
)
_CHINESE = re.compile(
    "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df\U0002a700-\U0002b81f\U0002b920-\U0002ceaf"
    "\U0002f800-\U0002fa1f]"
)


@dataclass(frozen=True)
class Piece:
    """A token, as far as it matters here."""

    spelling: bytes
    whole: bool = False
    """It may have been cut out of the text as it stands there, before anything else: a special token."""
    unknown: bool = False


@dataclass(frozen=True)
class Normalizer:
    """How a tokenizer changes a text before it looks for tokens."""

    kind: str
    """The vocabulary's type: "bpe", "spm", "wpm", "ugm", …"""
    prefix: bool = False
    """A space is put before the text, and after each special token."""
    escape: bool = False
    """Spaces are written U+2581 inside tokens, so that U+2581 in the text turns into a space."""
    lowercase: bool = False
    strip_accents: bool = False

    def units(self, data: bytes) -> Iterator[tuple[str | bytes, int, int]]:
        """The changed text, bit by bit: what, and from where to where in `data` it was."""
        found = ((match.group(), match.start(), match.end()) for match in _CHARACTER.finditer(data))
        if self.kind == "wpm":
            return self._words(found)
        if self.kind == "ugm":
            return self._merged(found)
        return self._plain(found)

    def _plain(self, found: Iterator[tuple[bytes, int, int]]) -> Iterator[tuple[str | bytes, int, int]]:
        # SentencePiece has tokens for bytes; byte-pair encoding reads the text as characters first.
        lenient = self.kind == "bpe"
        for char, start, end in found:
            if self.escape and char == _ESCAPED_SPACE.encode():
                yield b" ", start, end
            else:
                yield "\ufffd" if lenient and len(char) == 1 and char[0] >= 0x80 else char, start, end

    def _words(self, found: Iterator[tuple[bytes, int, int]]) -> Iterator[tuple[str | bytes, int, int]]:
        """As llm_tokenizer_wpm_session::preprocess does it: each word begins with a space that is not in the text."""
        inside = False
        for data, start, end in found:
            char = data.decode("utf-8", "replace")
            if char.isspace() and not "\x1c" <= char <= "\x1f":
                inside = False
                continue
            if self.strip_accents:
                char = unicodedata.normalize("NFD", char)[0]
            kind = unicodedata.category(char)
            if char in "\x00\ufffd" or kind in {"Cc", "Cf", "Co", "Cs"} or (self.strip_accents and kind[0] == "M"):
                continue
            alone = kind[0] == "P" or (kind[0] == "S" and char < "\x7f") or _CHINESE.match(char) is not None
            if alone or not inside:
                yield b" ", start, start
            yield char.lower() if self.lowercase else char, start, end
            inside = not alone

    def _merged(self, found: Iterator[tuple[bytes, int, int]]) -> Iterator[tuple[str | bytes, int, int]]:
        """NFKC, which is what the usual tables in the files come to, and one space for each stretch of white space."""
        group: list[tuple[str, int, int]] = []
        for data, start, end in found:
            char = data.decode("utf-8", "replace")
            if group and not unicodedata.combining(char):
                yield from _composed(group)
                group.clear()
            group.append((char, start, end))
        if group:
            yield from _composed(group)


def _composed(group: list[tuple[str, int, int]]) -> Iterator[tuple[str | bytes, int, int]]:
    text = unicodedata.normalize("NFKC", "".join(char for char, _, _ in group))
    text = " " if text.isspace() or text in {"\u200b", _ESCAPED_SPACE} else text
    yield text, group[0][1], group[-1][2]


class _Changed:
    """A text after `Normalizer`, byte by byte, with the place in the original of each."""

    def __init__(self, data: bytes, normalizer: Normalizer) -> None:
        text = bytearray(b" " if normalizer.prefix and normalizer.kind != "wpm" else b"")
        self.starts: list[int] = [0] * len(text)
        self.ends: list[int] = [0] * len(text)
        for unit, start, end in normalizer.units(data):
            new = unit.encode() if isinstance(unit, str) else unit
            if new == b" " == text[-1:] and normalizer.kind == "ugm":
                self.ends[-1] = end
                continue
            text += new
            self.starts += [start] * len(new)
            self.ends += [end] * len(new)
        self.text = bytes(text)
        self.size = len(data)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of the bytes from `start` to `end`."""
        if start >= len(self.text):
            return self.size, self.size
        return self.starts[start], self.ends[max(start, end - 1)]


def locate(data: bytes, pieces: Sequence[Piece], normalizer: Normalizer) -> list[tuple[int, int]]:
    """For each piece, in order, from where to where in `data` it stands; bytes, half-open.

    What a token spells beside the text (a space put before it) takes no place. When what a token stands for cannot be
    told apart from its neighbours, as for several unknown ones, each gets the place of them all.
    """
    spans: list[tuple[int, int]] = []
    waiting: list[Piece] = []
    begin = 0
    for piece in pieces:
        at = data.find(piece.spelling, begin) if piece.whole and piece.spelling else -1
        if at < 0:
            waiting.append(piece)
            continue
        end = at + len(piece.spelling)
        spans += _lay(data[begin:at], begin, waiting, normalizer)
        spans.append((at, end))
        waiting.clear()
        begin = end
    spans += _lay(data[begin:], begin, waiting, normalizer)
    return spans


def _lay(data: bytes, base: int, pieces: list[Piece], normalizer: Normalizer) -> list[tuple[int, int]]:
    words = normalizer.kind == "wpm"
    spans = None if words else _exactly(data, pieces, normalizer)
    if spans is None:
        spans = _changed(_Changed(data, normalizer), pieces, words=words)
    return [(base + start, base + end) for start, end in spans] if base else spans


def _exactly(data: bytes, pieces: list[Piece], normalizer: Normalizer) -> list[tuple[int, int]] | None:
    """The places, when the pieces spell `data`; None when they do not."""
    spans: list[tuple[int, int]] = []
    at = 0
    for piece in pieces:
        spelling = piece.spelling
        if normalizer.prefix and not spans:
            spelling = spelling.removeprefix(b" ")
        if piece.unknown or not data.startswith(spelling, at):
            return None
        spans.append((at, at + len(spelling)))
        at += len(spelling)
    return spans if at == len(data) else None


def _changed(changed: _Changed, pieces: list[Piece], *, words: bool) -> list[tuple[int, int]]:
    text = changed.text
    spans: list[tuple[int, int]] = []
    at = 0
    waiting = 0  # pieces that were not found, and stand before the next that is
    for piece in pieces:
        if words and piece.unknown:  # one word, whatever is in it
            end = text.find(b" ", at + 1)
            end = len(text) if end < 0 else end
            spans.append(changed.span(at, end))
            at = end
            continue
        found = -1 if piece.unknown or not piece.spelling else text.find(piece.spelling, at + bool(waiting))
        if found < 0:
            waiting += 1
            continue
        spans += [changed.span(at, found)] * waiting
        waiting = 0
        at = found + len(piece.spelling)
        spans.append(changed.span(found, at))
    return spans + [changed.span(at, len(text))] * waiting


def characters(data: bytes, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Places in bytes of a UTF-8 text as places in characters; a token of half a character gets the whole one."""
    if data.isascii():
        return spans
    leads = (np.frombuffer(data, np.uint8) & 0xC0) != 0x80
    before = np.concatenate(([0], np.cumsum(leads)))  # characters that begin before each byte
    places = np.array(spans, np.int64).reshape(-1, 2)
    inside = np.append(~leads, False)[places[:, 0]]
    starts, ends = before[places[:, 0]] - inside, before[places[:, 1]]
    return list(zip(starts.tolist(), ends.tolist(), strict=True))

"""JSON that is still being written."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

__all__ = ["PartialJSON"]

_CLOSING = {"{": "}", "[": "]"}
# A value that is cut off in the middle: a number may go on, a word is not whole.
_UNFINISHED = re.compile(r"(?:(?<![\w.+-])[-0-9][-+.eE0-9]*|\b(?!(?:true|false|null)$)[a-z]+)$")
# An escape that is not whole, and the first half of a pair of surrogates, which is no character.
_HALF = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?:[dD][89abAB][0-9a-fA-F]{2}(?:\\u[0-9a-fA-F]{0,3})?|[0-9a-fA-F]{0,3})$")
_STRUCTURE = re.compile(r'["{}\[\],:]|\\.?|[^"{}\[\],:\\]+', re.DOTALL)


class PartialJSON:
    """What a text of JSON stands for so far, as it comes piece by piece.

    Each character is looked at once as it comes. `value` closes what is open: a string ends where the text does, a
    name without its value and a number or word that may go on are left out.
    """

    def __init__(self) -> None:
        self._text: list[str] = []
        self._open: list[str] = []
        self._in_string = False
        self._escape = ""

    def push(self, text: str) -> None:
        """Add the next piece."""
        text = self._escape + text
        self._escape = ""
        for match in _STRUCTURE.finditer(text):
            part = match[0]
            if self._in_string:
                if part == "\\":  # the rest of the escape comes with the next piece
                    self._escape = part
                    text = text[:-1]
                elif part == '"':
                    self._in_string = False
            elif part == '"':
                self._in_string = True
            elif part in _CLOSING:
                self._open.append(_CLOSING[part])
            elif part in ("}", "]") and self._open:
                self._open.pop()
        self._text.append(text)

    @property
    def text(self) -> str:
        """All of the text that came."""
        return "".join(self._text) + self._escape

    def value(self, default: Any = None) -> Any:
        """The value so far, or `default` while there is none."""
        text = "".join(self._text)
        self._text = [text]
        for candidate in self._closed(text):
            with contextlib.suppress(ValueError):
                return json.loads(candidate)
        return default

    def _closed(self, text: str) -> list[str]:
        """Ways to end the text, the one that keeps most first."""
        closing = "".join(reversed(self._open))
        if not closing:
            return [text + '"'] if self._in_string else [text]
        if self._in_string:
            whole = _HALF.sub(r"\1", text)
            value = whole + '"'
            begin = text.rindex('"', 0, len(text)) if text.endswith('"') else _string_start(text)
            return [value + closing, _without_name(text[:begin]) + closing]
        text = _UNFINISHED.sub("", text.rstrip())
        return [text + closing, _without_name(text) + closing]


def _string_start(text: str) -> int:
    """Where the string begins that the text ends in."""
    position = len(text)
    while True:
        position = text.rindex('"', 0, position)
        before = text[:position]
        if (len(before) - len(before.rstrip("\\"))) % 2 == 0:
            return position


def _without_name(text: str) -> str:
    """The text without a comma, or a name and colon, that nothing follows yet."""
    text = text.rstrip()
    if text.endswith(":"):
        text = text[:-1].rstrip()
    if text.endswith('"'):
        text = text[: _string_start(text[:-1])].rstrip()
    return text.removesuffix(",")

"""Bytes of tokens into text, as they come."""

from __future__ import annotations

import codecs

__all__ = ["Detokenizer"]

_UTF8 = codecs.getincrementaldecoder("utf-8")


class Detokenizer:
    """Joins the bytes that tokens spell into text, never half a character, at a cost that does not grow.

    A token may spell part of a UTF-8 character; its bytes wait for the rest. Bytes that cannot be UTF-8 become U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = _UTF8(errors="replace")

    def push(self, piece: bytes) -> str:
        """The characters that `piece` completes."""
        return self._decoder.decode(piece)

    def flush(self) -> str:
        """What waits when no more comes: U+FFFD for half a character, else nothing. Then begin anew."""
        rest = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return rest

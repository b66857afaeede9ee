"""Ends of an answer that llama-server knows beside max_tokens: of its time, and of its lines' indentation."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacffi.generation.criteria import Progress

__all__ = ["IndentLimit", "TimeLimit"]


class TimeLimit:
    """After so many milliseconds from its first token on the answer ends with its next line, never in its first."""

    def __init__(self, milliseconds: int) -> None:
        self._seconds = milliseconds / 1000
        self._begin: float | None = None

    def __call__(self, progress: Progress) -> bool:
        """Whether it ends with this token."""
        now = perf_counter()
        self._begin = now if self._begin is None else self._begin
        return "\n" in progress.new_text and now - self._begin > self._seconds


class IndentLimit:
    """Of the second line on, each is to begin with `n` spaces or tabs; the first that does not ends the answer."""

    def __init__(self, n: int) -> None:
        self._n = n
        self._line = ""
        self._n_before = 0  # characters before the line
        self._looks = self._is_new = False
        self._length: int | None = None

    def __call__(self, progress: Progress) -> bool:
        """Whether it ends with this token."""
        self._line += progress.new_text
        if self._looks:  # a token later than the first line end, as llama-server does it
            n = len(self._line) - len(self._line.lstrip(" \t"))
            if self._is_new and n < min(self._n, len(self._line)):
                self._length = self._n_before + n
                return True
            before, found, after = self._line.partition("\n")
            if found:
                self._n_before += len(before) + 1
                self._line, self._is_new = after, True
        self._looks = self._looks or "\n" in progress.new_text
        return False

    def cut(self, text: str) -> str:
        """The answer without what the line that ended it says."""
        return text if self._length is None else text[: self._length]

"""When to stop, said in Python."""

from __future__ import annotations

import collections.abc
from typing import TYPE_CHECKING, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

__all__ = ["Progress", "ReadOnly", "StoppingCriterion"]

_T = TypeVar("_T")


class ReadOnly(collections.abc.Sequence[_T]):
    """A list that somebody else makes longer, to be looked at."""

    def __init__(self, items: collections.abc.Sequence[_T]) -> None:
        self._items = items

    @overload
    def __getitem__(self, index: int) -> _T: ...
    @overload
    def __getitem__(self, index: slice) -> collections.abc.Sequence[_T]: ...
    def __getitem__(self, index: int | slice) -> _T | collections.abc.Sequence[_T]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"ReadOnly({self._items!r})"


class Progress:
    """How far a generation is: what a stopping criterion is called with, the same object each time.

    Looking at tokens and at the text's end costs the same however much was said.
    """

    def __init__(self, prompt_tokens: collections.abc.Sequence[int]) -> None:
        self.prompt_tokens = ReadOnly(prompt_tokens)
        self._tokens: list[int] = []
        self.tokens = ReadOnly(self._tokens)
        """The tokens of the answer, the newest last; it grows."""
        self.new_text = ""
        """What the newest token added to the text; nothing while it is part of a character."""
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        """The answer's text so far, with what may yet become a stop string; it takes time to put together."""
        self._parts[:] = ["".join(self._parts)]
        return self._parts[0]

    def tail(self, n: int) -> str:
        """The last `n` characters of the text, or fewer."""
        found = []
        for part in reversed(self._parts):
            if n <= 0:
                break
            found.append(part[-n:])
            n -= len(part)
        return "".join(reversed(found))

    def push(self, token: int, text: str) -> None:
        """One token more."""
        self._tokens.append(token)
        self.new_text = text
        if text:
            self._parts.append(text)

    def __repr__(self) -> str:
        return f"<Progress: {len(self.tokens)} tokens, …{self.tail(20)!r}>"


StoppingCriterion: TypeAlias = "Callable[[Progress], object]"
"""Called after each token that is part of the answer; what it returns ends the answer when it is true."""

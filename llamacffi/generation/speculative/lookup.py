"""Guesses from the text itself: what came after these tokens before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.context import Context

__all__ = ["PromptLookup"]


@dataclass(frozen=True, kw_only=True)
class PromptLookup:
    """Guess that the last tokens go on as they went on where they last were, in the prompt or the answer.

    Looks for the last `n_max` tokens, then for fewer, down to `n_min`. It costs a few microseconds a token and no
    model, and pays where the answer repeats: code, summaries, extracts, corrections. (Prompt lookup decoding, Saxena
    2023.)
    """

    n_max: int = 4
    n_min: int = 2

    def __post_init__(self) -> None:
        for name, number in (("n_min", self.n_min), ("n_max", self.n_max)):
            whole: object = number
            if not isinstance(whole, int) or not 1 <= whole <= 16:
                message = f"{name} is {number!r}, but must be a whole number from 1 to 16"
                raise ValueError(message)
        if self.n_min > self.n_max:
            message = f"n_min is {self.n_min}, but must not be above n_max, {self.n_max}"
            raise ValueError(message)

    def start(self, context: Context) -> LookupPredictor:
        """A predictor for one generation."""
        return LookupPredictor(self.n_max, self.n_min)


class LookupPredictor:
    """The tokens of one generation, and where each of the short rows in them was last."""

    def __init__(self, n_max: int, n_min: int) -> None:
        self._sizes = tuple(range(n_max, n_min - 1, -1))
        self.reset(())

    def reset(self, tokens: Sequence[int]) -> None:
        """Begin anew with `tokens`."""
        self._tokens: list[int] = []
        # By its last tokens, where a row goes on. The row that the text ends in is not there before the next token.
        self._places: dict[tuple[int, ...], int] = {}
        self.push(tokens)

    def push(self, tokens: Sequence[int]) -> None:
        """Take in more tokens, each at the same cost."""
        known, places, sizes = self._tokens, self._places, self._sizes
        longest = sizes[0]
        for token in tokens:
            end = len(known)
            if end >= longest:
                last = tuple(known[end - longest :])
                for size in sizes:
                    places[last[longest - size :]] = end
            else:
                for size in sizes:
                    if size <= end:
                        places[tuple(known[end - size :])] = end
            known.append(token)

    def predict(self, n_max: int) -> Sequence[int]:
        """How the longest row at the end that came before went on there; for ever so, when that reaches the end."""
        known = self._tokens
        end = len(known)
        last = tuple(known[-self._sizes[0] :])
        for size in self._sizes:
            if size > len(last):
                continue
            place = self._places.get(last[len(last) - size :])
            if place is not None:
                guess = known[place : place + n_max]
                period = end - place
                while len(guess) < n_max:
                    guess += guess[len(guess) - period :][: n_max - len(guess)]
                return guess
        return ()

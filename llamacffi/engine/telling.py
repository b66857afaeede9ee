"""How probable the tokens of a request's prompt were, told piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi.core.logprobs import check_n_top, output_logprobs
from llamacffi.generation import Chunk, TokenLogprob
from llamacffi.generation.logprobs import Pieces

if TYPE_CHECKING:
    from llamacffi.core.context import Context
    from llamacffi.core.vocab import Vocab

__all__ = ["Telling"]


class Telling:
    """Collects them, as `prompt_logprobs` does: None for the first token, then one for each.

    While it is not `over`, every token that is decoded of the prompt is to have an output.
    """

    __slots__ = ("_n_top", "_pieces", "_prompt", "_told")

    def __init__(self, vocab: Vocab, prompt: list[int], n_top: int) -> None:
        check_n_top(n_top, vocab.n_tokens)
        self._prompt, self._n_top = prompt, n_top
        self._pieces = Pieces(vocab)
        self._told: list[TokenLogprob | None] = [None]

    @property
    def over(self) -> bool:
        """Whether all is told."""
        return len(self._told) == len(self._prompt)

    def take(self, context: Context, n_past: int, n: int, place: int) -> None:
        """Take what the last batch's outputs from `place` on say: of the tokens [n_past, n_past + n)."""
        start = max(n_past, len(self._told) - 1)  # the others were told of before
        following = self._prompt[start + 1 : n_past + n + 1]
        if following:
            told = output_logprobs(context, following, self._n_top, output=place + start - n_past)
            self._told += [TokenLogprob.told(row, self._pieces) for row in told.tolist()]

    def chunk(self) -> Chunk:
        """All of it."""
        return Chunk("", (), prompt_logprobs=tuple(self._told))

"""How probable the tokens were: those that were chosen, and those that might have been."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from llamacffi.core.logprobs import check_n_top, output_logprobs
from llamacffi.core.media_tokens import has_media
from llamacffi.errors import ContextOverflow
from llamacffi.generation.prompt import token_ids

if TYPE_CHECKING:
    import collections.abc

    from llamacffi.core.vocab import Vocab
    from llamacffi.generation.sequence import Sequence

__all__ = ["Pieces", "TokenLogprob", "TopLogprob", "prompt_logprobs"]


@dataclass(frozen=True, slots=True)
class TopLogprob:
    """A token that might have been chosen: its id, the bytes it spells, the natural logarithm of its probability."""

    token: int
    piece: bytes
    logprob: float


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token with the natural logarithm of its probability, by the model's logits before any sampling stage.

    `piece` is what it spells, perhaps a part of a character, and the control tokens' names. `top` are the most probable
    tokens of that place, the best first.
    """

    token: int
    piece: bytes
    logprob: float
    top: tuple[TopLogprob, ...] = ()

    @classmethod
    def told(cls, told: collections.abc.Sequence[tuple[int, float]], pieces: Pieces) -> TokenLogprob:
        """Of what C tells of one place: the token first, then the most probable."""
        (token, logprob), *best = told
        return cls(token, pieces[token], logprob, tuple(TopLogprob(each, pieces[each], value) for each, value in best))


class Pieces(dict[int, bytes]):
    """What tokens spell, asked once each: the probable ones come again and again."""

    def __init__(self, vocab: Vocab) -> None:
        super().__init__()
        self._vocab = vocab

    def __missing__(self, token: int) -> bytes:
        piece = self[token] = self._vocab.piece(token, special=True)
        return piece


def prompt_logprobs(
    sequence: Sequence, prompt_tokens: collections.abc.Sequence[int], n_top: int = 0
) -> tuple[TokenLogprob | None, ...]:
    """How probable each token of a prompt was after those before it; None for the first, which nothing precedes.

    Decodes the whole prompt, whatever the sequence held of it, and leaves it there without its last token. Raises
    ContextOverflow when it does not fit, ValueError when it is empty or `n_top` too large.
    """
    vocab = sequence.context.model.vocab
    tokens = token_ids(vocab, prompt_tokens)
    check_n_top(n_top, vocab.n_tokens)
    if not tokens:
        message = "the prompt is empty: there is nothing to tell of it"
        raise ValueError(message)
    if has_media(tokens):
        message = "prompt_logprobs are of a prompt of text; this one has pictures or sound in it"
        raise ValueError(message)
    if len(tokens) > sequence.context.n_ctx_seq:
        message = f"the prompt has {len(tokens)} tokens, the context room for {sequence.context.n_ctx_seq}"
        raise ContextOverflow(message)
    pieces = Pieces(vocab)
    result: list[TokenLogprob | None] = [None]
    with sequence.context.exclusive():
        sequence.rewind(0)
        # As many outputs as C has room for at a time.
        n = min(sequence.context.memory.n_at_once, sequence.context.n_outputs_max)
        for start in range(0, len(tokens) - 1, n):
            piece = tokens[start : min(start + n, len(tokens) - 1)]
            following = tokens[start + 1 : start + 1 + len(piece)]
            sequence.feed(piece, output="all")
            told = output_logprobs(sequence.context, following, n_top)
            result += [TokenLogprob.told(row, pieces) for row in told.tolist()]
    return tuple(result)

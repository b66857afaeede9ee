"""What guesses the tokens to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.batch import Batch
    from llamacffi.core.context import Context

__all__ = ["PredictorFactory", "TokenPredictor", "WatchingPredictor"]


@runtime_checkable
class TokenPredictor(Protocol):
    """Guesses how one sequence of tokens goes on; what it guesses changes the speed of a generation, never its output.

    Of a guess what comes before the first token that cannot be is used: one that is not in the vocabulary, that ends
    the generation, or that is too many. An exception fails the generation, and no other. One that has a `close` is
    closed when the generation is over.
    """

    def reset(self, tokens: Sequence[int]) -> None:
        """Begin anew with `tokens`: the prompt, and the first token generated after it."""

    def push(self, tokens: Sequence[int]) -> None:
        """Take in what was generated since: one token or more, whatever was predicted."""

    def predict(self, n_max: int) -> Sequence[int]:
        """Guess up to `n_max` tokens after those taken in; fewer, or none, where it has no good guess."""


@runtime_checkable
class WatchingPredictor(TokenPredictor, Protocol):
    """One that reads what the target's context has computed, as EAGLE and MTP heads do.

    Its generation shares no cached prefix: every token of its prompt is decoded before its eyes, in order. A factory of
    such predictors says so: `watches = True`.
    """

    def decoded(self, context: Context, batch: Batch, seq_id: int) -> None:
        """Look at the outputs of `context`, which has just decoded `batch`; those of `seq_id` are of this generation.

        It is called before `reset` for the prompt's batches, and later before each `push`; a batch may hold tokens of
        other sequences too, and ends with guesses of its own that were refused: `push` tells which were not. What was
        refused is not removed from the context's memory yet.
        """


@runtime_checkable
class PredictorFactory(Protocol):
    """Makes a predictor for each generation, so that several may run at once."""

    def start(self, context: Context) -> TokenPredictor:
        """Return a predictor for a generation in `context`, in the thread that decodes."""

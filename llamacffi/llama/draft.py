"""Draft models in llama-cpp-python's convention, and the predictors that an engine makes of them."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from llamacffi.core.model import Model
from llamacffi.generation.speculative import DraftModel, PredictorFactory, PromptLookup, TokenPredictor
from llamacffi.hub import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from llamacffi.core.context import Context

__all__ = ["LlamaDraftModel", "LlamaPromptLookupDecoding", "predictor_of"]

_LONGEST = 16  # tokens that PromptLookup looks for at most
_FIRST_ROOM = 1024  # tokens; doubled when it is full


class LlamaDraftModel(ABC):
    """Guesses how tokens go on; what it guesses changes the speed of a generation, never its output."""

    @abstractmethod
    def __call__(self, input_ids: NDArray[np.intc], /, **kwargs: Any) -> NDArray[np.intc]:
        """The tokens that may come after `input_ids`, int32[n], or none."""
        raise NotImplementedError


class LlamaPromptLookupDecoding(LlamaDraftModel):
    """Guess that the last tokens go on as they did where they first were: up to `max_ngram_size` of them, or fewer."""

    def __init__(self, max_ngram_size: int = 2, num_pred_tokens: int = 10) -> None:
        self.max_ngram_size = max_ngram_size
        self.num_pred_tokens = num_pred_tokens

    @staticmethod
    def find_candidate_pred_tokens(
        input_ids: NDArray[np.intc], max_ngram_size: int, num_pred_tokens: int
    ) -> NDArray[np.intc]:
        """What follows the first earlier place of the longest such row, up to `num_pred_tokens` tokens."""
        n = len(input_ids)
        for size in range(min(max_ngram_size, n - 1), 0, -1):
            places = np.flatnonzero(input_ids[: n - size] == input_ids[n - size])
            for offset in range(1, size):  # of those whose first token is right, the few that go on as it does
                places = places[input_ids[places + offset] == input_ids[n - size + offset]]
            if len(places):
                begin = places[0] + size
                return input_ids[begin : begin + num_pred_tokens]
        return np.zeros(0, np.intc)

    def __call__(self, input_ids: NDArray[np.intc], /, **kwargs: Any) -> NDArray[np.intc]:
        """The guess of `find_candidate_pred_tokens`."""
        return self.find_candidate_pred_tokens(input_ids, self.max_ngram_size, self.num_pred_tokens)


def predictor_of(draft_model: object) -> PredictorFactory | None:
    """What an engine is given for a draft model: a LlamaDraftModel, a function, `PromptLookup()`, or a model's name.

    Prompt lookup becomes `PromptLookup`, which finds its place in a table instead of looking through all tokens; it
    continues where the row was last, not first. Raises TypeError for anything else.
    """
    if draft_model is None or isinstance(draft_model, PredictorFactory):
        return draft_model
    if isinstance(draft_model, TokenPredictor):  # of one call; an engine says what it wants instead
        return cast("PredictorFactory", draft_model)
    if type(draft_model) is LlamaPromptLookupDecoding:
        size = min(draft_model.max_ngram_size, _LONGEST)
        if size >= 1:
            return _Lookup(n_max=size, n_min=1, n_guessed=draft_model.num_pred_tokens)
    if isinstance(draft_model, (str, os.PathLike)):
        return NamedDraft(draft_model)
    if not callable(draft_model):
        message = (
            f"draft_model is {draft_model!r}, but must be a LlamaDraftModel, fn(input_ids) -> tokens, a predictor "
            "such as PromptLookup(), or the path or name of a smaller model"
        )
        raise TypeError(message)
    return Drafting(draft_model)


@dataclass(frozen=True, kw_only=True)
class _Lookup(PromptLookup):
    n_guessed: int = 10

    def start(self, context: Context) -> Any:
        return _AtMost(super().start(context), self.n_guessed)


class _AtMost:
    """A predictor that guesses no more than so many tokens."""

    def __init__(self, predictor: TokenPredictor, n: int) -> None:
        self._predictor, self._n = predictor, n
        self.reset, self.push = predictor.reset, predictor.push

    def predict(self, n_max: int) -> Sequence[int]:
        return self._predictor.predict(min(n_max, self._n))


class NamedDraft:
    """A smaller model that drafts, by its path or its name; found at once, loaded by the first generation."""

    def __init__(self, name: str | os.PathLike[str]) -> None:
        self.path = resolve(name, progress=True)
        self._lock = threading.Lock()
        self._draft: DraftModel | None = None

    def start(self, context: Context) -> TokenPredictor:
        """A predictor for one generation. Raises ValueError for another vocabulary than the context's."""
        with self._lock:
            if self._draft is None:
                self._draft = DraftModel(Model(self.path))
            return self._draft.start(context)


class Drafting:
    """Makes a predictor of a draft model for each generation; the model itself serves them all."""

    def __init__(self, draft_model: Callable[..., Any]) -> None:
        self._draft_model = draft_model

    def start(self, context: Context) -> TokenPredictor:
        """A predictor for one generation."""
        return _Drafted(self._draft_model)

    def __repr__(self) -> str:
        return f"Drafting({self._draft_model!r})"


class _Drafted:
    """The tokens of one generation, in an array that a draft model is shown."""

    def __init__(self, draft_model: Callable[..., Any]) -> None:
        self._draft_model = draft_model
        self.reset(())

    def reset(self, tokens: Sequence[int]) -> None:
        self._tokens, self._n = np.zeros(_FIRST_ROOM, np.intc), 0
        self.push(tokens)

    def push(self, tokens: Sequence[int]) -> None:
        end = self._n + len(tokens)
        if end > len(self._tokens):
            grown = np.zeros(2 * end, np.intc)
            grown[: self._n] = self._tokens[: self._n]
            self._tokens = grown
        self._tokens[self._n : end] = tokens
        self._n = end

    def predict(self, n_max: int) -> Sequence[int]:
        guess: list[int] = np.asarray(self._draft_model(self._tokens[: self._n])).astype(int).ravel()[:n_max].tolist()
        return guess

"""Functions that change logits or end an answer, in llama-cpp-python's convention, and what an engine makes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, List, TypedDict  # noqa: UP035 - the classes' base, as others know it

import numpy as np
import numpy.typing as npt

from llamacffi.generation.checks import functions
from llamacffi.llama.arrays import text_array

if TYPE_CHECKING:
    from llamacffi.generation import Progress

__all__ = [
    "LogitsProcessor",
    "LogitsProcessorList",
    "MinTokensLogitsProcessor",
    "StoppingCriteria",
    "StoppingCriteriaList",
    "chosen_functions",
    "engine_functions",
]

LogitsProcessor = Callable[[npt.NDArray[np.intc], npt.NDArray[np.single]], npt.NDArray[np.single]]
"""`fn(input_ids, scores) -> scores`: the tokens so far, int32[n], and the logits, float32[n_vocab], which it returns
changed in place or as a new array; -inf forbids a token."""

StoppingCriteria = Callable[[npt.NDArray[np.intc], npt.NDArray[np.single]], bool]
"""`fn(input_ids, logits) -> bool`: the tokens so far, and the logits of the newest; something true ends the answer."""


class LogitsProcessorList(List[LogitsProcessor]):  # noqa: UP006
    """Logits processors in a row, each given what the one before it returned."""

    def __call__(self, input_ids: npt.NDArray[np.intc], scores: npt.NDArray[np.single]) -> npt.NDArray[np.single]:
        """The scores as the last of them left them."""
        for processor in self:
            scores = processor(input_ids, scores)
        return scores


class StoppingCriteriaList(List[StoppingCriteria]):  # noqa: UP006
    """Stopping criteria, each of which is asked; one is enough."""

    def __call__(self, input_ids: npt.NDArray[np.intc], logits: npt.NDArray[np.single]) -> bool:
        """Whether one of them ends the answer."""
        return any([criterion(input_ids, logits) for criterion in self])  # noqa: C419 - they may count their calls


class MinTokensLogitsProcessor:
    """Forbid the token that ends an answer in its first `min_tokens` tokens; use one for each answer."""

    def __init__(self, min_tokens: int, token_eos: int) -> None:
        self.min_tokens = min_tokens
        self.token_eos = token_eos
        self.prompt_tokens: int | None = None
        """How many tokens there were at the first call; None before it."""

    def __call__(self, input_ids: npt.NDArray[np.intc], scores: npt.NDArray[np.single]) -> npt.NDArray[np.single]:
        """The scores, changed in place."""
        if self.prompt_tokens is None:
            self.prompt_tokens = len(input_ids)
        if len(input_ids) - self.prompt_tokens < self.min_tokens:
            scores[self.token_eos] = -np.inf
        return scores


class EngineFunctions(TypedDict):
    """Options of SamplingParams."""

    logits_processor: tuple[Callable[..., object], ...]
    stopping_criteria: tuple[Callable[[Progress], object], ...]


def engine_functions(logits_processor: object, stopping_criteria: object) -> EngineFunctions:
    """Turn functions of this convention, one or several of each or None, into options: `SamplingParams(**…)`.

    They are shown the tokens of texts, without the embeddings of pictures and sound. A processor may also return
    nothing, when it changed the scores in place. A criterion is asked after each token, of all tokens, that one
    included, and of the logits, as the model gave them, that it was chosen by.
    Raises TypeError for what cannot be called.
    """
    processors = chosen_functions(logits_processor)
    criteria = chosen_functions(stopping_criteria, "stopping_criteria", "fn(input_ids, logits) -> bool")
    changing: tuple[Callable[..., object], ...] = tuple(map(InPlace, processors))
    if not criteria:
        return {"logits_processor": changing, "stopping_criteria": ()}
    seen = _Seen()
    return {
        "logits_processor": (seen, *changing),
        "stopping_criteria": tuple(_Criterion(criterion, seen) for criterion in criteria),
    }


def chosen_functions(
    given: object, name: str = "logits_processor", signature: str = "fn(input_ids, scores) -> scores"
) -> tuple[Callable[..., Any], ...]:
    """One function, several, or none as a tuple. Raises TypeError for what cannot be called."""
    return () if given is None else functions(name, given, signature)


class InPlace:
    """A logits processor that changes the logits where they are, made of one that may return them anew."""

    def __init__(self, processor: Callable[..., object]) -> None:
        self._processor = processor

    def __call__(self, tokens: npt.NDArray[np.int32], logits: npt.NDArray[np.float32]) -> None:
        # A copy, because some turn it into a tensor, which wants memory that can be written to.
        scores = self._processor(tokens.copy(), logits)
        if scores is None or scores is logits:
            return
        row = _row(scores)
        if row is None or row.shape != logits.shape:
            shape = type(scores).__name__ if row is None else f"an array of the shape {row.shape}"
            message = (
                f"the logits processor {self._processor!r} returned {shape}, but must return the scores, "
                f"float32[{len(logits)}]"
            )
            raise TypeError(message)
        logits[:] = row

    def __repr__(self) -> str:
        return repr(self._processor)


def _row(scores: Any) -> npt.NDArray[np.float32] | None:
    """The scores as an array, also those of a tensor that is on a device or takes part in a gradient."""
    for method in ("detach", "cpu"):
        scores = getattr(scores, method, lambda scores=scores: scores)()
    try:
        return np.asarray(scores, np.float32)
    except (TypeError, ValueError):
        return None


_MOST_ROWS = 64  # that were seen and not asked for: of answers that were cancelled


class _Seen:
    """The logits that the newest tokens of some answers were chosen by, found again by the tokens before them.

    Answers that said the same so far have the same logits.
    """

    def __init__(self) -> None:
        self._rows: dict[bytes, npt.NDArray[np.float32]] = {}

    def __call__(self, tokens: npt.NDArray[np.int32], logits: npt.NDArray[np.float32]) -> None:
        key = tokens.tobytes()
        self._rows.pop(key, None)
        if len(self._rows) >= _MOST_ROWS:
            del self._rows[next(iter(self._rows))]
        self._rows[key] = logits.copy()

    def row(self, tokens: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
        row: npt.NDArray[np.float32] = self._rows[tokens.tobytes()].copy()
        return row


class _Criterion:
    """A stopping criterion of an engine's, made of one in this convention."""

    def __init__(self, criterion: Callable[..., object], seen: _Seen) -> None:
        self._criterion, self._seen = criterion, seen

    def __call__(self, progress: Progress) -> object:
        # As the stages know the prompt: what a picture was is no token.
        tokens = text_array([*progress.prompt_tokens, *progress.tokens])
        return self._criterion(tokens, self._seen.row(tokens[:-1]))

    def __repr__(self) -> str:
        return repr(self._criterion)

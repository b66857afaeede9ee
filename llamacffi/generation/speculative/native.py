"""Guesses from the hidden states of the model itself: MTP layers and EAGLE-3."""

from __future__ import annotations

import logging
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from llamacffi._native.convert import instance
from llamacffi.core.model import Model
from llamacffi.core.speculative import DraftStart, NativeDraft
from llamacffi.errors import BackendError, ClosedError, ContextError, LlamaError, NativeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.batch import Batch
    from llamacffi.core.context import Context

__all__ = ["MTP", "Eagle3", "HiddenStatePredictor"]

_EAGLE3 = "eagle3"  # general.architecture
_FAILED = (BackendError, ClosedError, NativeError)  # the draft, or its context: no fault of the generation
_logger = logging.getLogger("llamacffi")


@dataclass(frozen=True)
class _Native:
    """What drafts, and how long; see `NativeDraft`, of which there is one for a context."""

    draft: Model | None = None
    n_max: int | None = None
    n_min: int | None = None
    p_min: float | None = None

    watches: ClassVar[bool] = True

    def start(self, context: Context) -> HiddenStatePredictor:
        """A predictor for one generation.

        Raises ContextError for what does not fit the context's model, or while another draft is at work there.
        """
        with context.exclusive():
            shared = _shared.get(context)
            if shared is not None and not shared.draft.closed:
                if shared.made_by == self and shared.works:
                    return HiddenStatePredictor(shared)
                if any(not predictor.closed for predictor in shared.predictors):
                    message = f"{shared.made_by!r} is at work in the context; {self!r} must wait until it is done"
                    raise ContextError(message)
                shared.draft.close()
            draft = NativeDraft(context, self.draft, n_max=self.n_max, n_min=self.n_min, p_min=self.p_min)
            shared = _shared[context] = _Shared(self, draft)
            return HiddenStatePredictor(shared)


@dataclass(frozen=True)
class MTP(_Native):
    """Guess with the layers of a model that predict further tokens: its own, loaded with load_mtp=True, or a `draft`'s.

    Up to `n_max` tokens, fewer before one that is less probable than `p_min`, none if fewer than `n_min`; what is not
    given is llama.cpp's default. (Multi-token prediction, DeepSeek-V3 2024; common_speculative of llama.cpp.)
    Raises ValueError for an EAGLE-3 draft.
    """

    def __post_init__(self) -> None:
        if self.draft is not None and _architecture(self.draft) == _EAGLE3:
            message = f"{self.draft!r} is an EAGLE-3 model; pass it to Eagle3"
            raise ValueError(message)


@dataclass(frozen=True)
class Eagle3(_Native):
    """Guess with an EAGLE-3 `draft`, a small model that was trained for the one that answers.

    The numbers are those of `MTP`. (EAGLE-3, Li et al. 2025; common_speculative of llama.cpp.) Raises ValueError for a
    model of another architecture.
    """

    def __post_init__(self) -> None:
        if self.draft is None or _architecture(self.draft) != _EAGLE3:
            message = f"Eagle3 needs a draft of the architecture {_EAGLE3!r}, not {self.draft!r}"
            raise ValueError(message)


def _architecture(model: Model) -> str | None:
    return instance("draft", model, Model, "a Model").metadata_text.get("general.architecture")


class _Shared:
    """The draft of a context, and the predictors that share it."""

    def __init__(self, made_by: _Native, draft: NativeDraft) -> None:
        self.made_by = made_by
        self.draft = draft
        self.predictors: weakref.WeakSet[HiddenStatePredictor] = weakref.WeakSet()
        self.works = True

    def decoded(self, batch: Batch) -> None:
        """Show the draft a batch, for the first of the predictors that saw it."""
        if self.works:
            try:
                self.draft.process(batch)
            except _FAILED as error:
                self._give_up(error)

    def predict_together(self, wanted: Sequence[tuple[HiddenStatePredictor, int]]) -> list[list[int]]:
        """Guess for several generations in one step of the draft."""
        guesses: list[list[int]] = [[] for _ in wanted]
        starts = {
            i: DraftStart(predictor.seq_id, predictor.pos, predictor.last, n_max)
            for i, (predictor, n_max) in enumerate(wanted)
            if predictor.seq_id is not None and predictor.pos >= 0 and n_max > 0
        }
        if starts and self.works:
            try:
                for i, guess in zip(starts, self.draft.draft([*starts.values()]), strict=True):
                    guesses[i] = guess
            except _FAILED as error:
                self._give_up(error)
        return guesses

    def _give_up(self, error: LlamaError) -> None:
        """The text does not hang on it: go on without."""
        self.works = False
        _logger.warning("%r drafts no longer: %s", self.made_by, error)


class HiddenStatePredictor:
    """The guesses for one generation, of a draft that those of the same context share."""

    def __init__(self, shared: _Shared) -> None:
        self.together = shared
        """Predictors with the same one guess at once."""
        self.seq_id: int | None = None
        self.pos = -1
        """The position of the last token."""
        self.last = -1
        self.closed = False
        shared.predictors.add(self)

    def decoded(self, context: Context, batch: Batch, seq_id: int) -> None:
        """Take up the hidden states of a batch."""
        self.seq_id = seq_id
        self.together.decoded(batch)

    def reset(self, tokens: Sequence[int]) -> None:
        """Begin anew."""
        self.pos, self.last = len(tokens) - 1, tokens[-1]

    def push(self, tokens: Sequence[int]) -> None:
        """Take in what was generated."""
        self.pos, self.last = self.pos + len(tokens), tokens[-1]

    def predict(self, n_max: int) -> list[int]:
        """Guess up to `n_max` tokens."""
        return self.together.predict_together([(self, n_max)])[0]

    def close(self) -> None:
        """The generation is over."""
        self.closed = True


_shared: weakref.WeakKeyDictionary[Context, _Shared] = weakref.WeakKeyDictionary()

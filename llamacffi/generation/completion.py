"""What a generation gives: chunks while it goes on, a completion at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llamacffi.generation.constraints import Constraint
    from llamacffi.generation.criteria import StoppingCriterion
    from llamacffi.generation.logprobs import TokenLogprob

__all__ = ["Chunk", "Completion", "Finish", "FinishReason", "Running", "Speculation", "Timings", "Usage"]

FinishReason = Literal["stop", "length", "time", "cancelled"]
"""`stop`: the model ended, a stop string or stop token came, or a stopping criterion said so. `length`: max_tokens, or
no room left in the context. `time`: max_time has passed. `cancelled`: who asked for it
wants no more."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts; `cached_tokens` of the prompt's were in the context already."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int

    @property
    def total_tokens(self) -> int:
        """Prompt and completion."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds: until the first token was there, and from there to the end."""

    prompt: float
    generation: float


@dataclass(frozen=True, slots=True)
class Speculation:
    """How many tokens that a predictor guessed were decoded, and how many of these the model chose too."""

    n_drafted: int
    n_accepted: int

    @property
    def acceptance(self) -> float:
        """The part that was right, from 0 to 1; 0 when nothing was worth a try."""
        return self.n_accepted / self.n_drafted if self.n_drafted else 0.0


@dataclass(frozen=True, slots=True)
class Finish:
    """Why and how a generation ended."""

    reason: FinishReason
    stop: str | None
    """The stop string that was met; it is not part of the text."""
    usage: Usage
    timings: Timings
    seed: int
    """The seed really used."""
    stop_token: int | None = None
    """The token that ended it, the model's own or one of `stop_tokens`; it is not among the tokens."""
    criterion: StoppingCriterion | None = None
    """The stopping criterion that ended it."""
    speculation: Speculation | None = None
    """How good the guesses were, of a generation that had a predictor."""


@dataclass(frozen=True, slots=True)
class Running:
    """How far a request is that is not over."""

    processed_tokens: int
    """Of the prompt's tokens those that are in the context, those included that were there before."""
    usage: Usage
    """So far."""
    timings: Timings
    """So far."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """New text, and the tokens sampled for it; the last one has `finish`, and perhaps no text."""

    text: str
    tokens: tuple[int, ...]
    finish: Finish | None = None
    logprobs: tuple[TokenLogprob, ...] = ()
    """One for each of `tokens`, when the options ask for them."""
    prompt_logprobs: tuple[TokenLogprob | None, ...] = ()
    """One for each token of the prompt, None for the first; in the first chunk only, which then has no text."""
    running: Running | None = None
    """How far it is, where the request asks to be told: also in chunks without text, while the prompt is computed."""

    @property
    def finish_reason(self) -> FinishReason | None:
        """None while more comes."""
        return None if self.finish is None else self.finish.reason

    @property
    def usage(self) -> Usage | None:
        """None while more comes."""
        return None if self.finish is None else self.finish.usage

    @property
    def timings(self) -> Timings | None:
        """None while more comes."""
        return None if self.finish is None else self.finish.timings


@dataclass(frozen=True, slots=True)
class Completion:
    """A finished generation. The token that ended it is not among `tokens`, those of a stop string are."""

    text: str
    tokens: tuple[int, ...]
    finish: Finish
    logprobs: tuple[TokenLogprob, ...] = ()
    """One for each of `tokens`, when the options ask for them."""
    prompt_logprobs: tuple[TokenLogprob | None, ...] = ()
    """One for each token of the prompt, None for the first."""
    constraint: Constraint | None = field(default=None, repr=False, compare=False)
    """What the text was held to."""
    mean_logprob: float | None = None
    """Of its tokens, where `best_of` ranked by it."""

    @classmethod
    def of(cls, chunks: Iterable[Chunk], constraint: Constraint | None = None) -> Completion:
        """Put the chunks of a whole generation together."""
        text: list[str] = []
        tokens: list[int] = []
        logprobs: list[TokenLogprob] = []
        of_prompt: tuple[TokenLogprob | None, ...] = ()
        finish = None
        for chunk in chunks:
            text.append(chunk.text)
            tokens += chunk.tokens
            logprobs += chunk.logprobs
            of_prompt = of_prompt or chunk.prompt_logprobs
            finish = chunk.finish
        assert finish is not None, "the chunks of a generation end with one that says how it ended"
        return cls("".join(text), tuple(tokens), finish, tuple(logprobs), of_prompt, constraint)

    @property
    def parsed(self) -> Any:
        """What the text stands for, by its constraint: an object of the schema's model or type, or a JSON value.

        The text itself without a schema. Raises GrammarError when the text ended before it was whole, and what a
        model's own validators raise.
        """
        return self.text if self.constraint is None else self.constraint.parse(self.text)

    @property
    def finish_reason(self) -> FinishReason:
        """Why it ended."""
        return self.finish.reason

    @property
    def usage(self) -> Usage:
        """Token counts."""
        return self.finish.usage

    @property
    def timings(self) -> Timings:
        """Seconds."""
        return self.finish.timings

    @property
    def speculation(self) -> Speculation | None:
        """How good the guesses were; None without a predictor."""
        return self.finish.speculation

    @property
    def seed(self) -> int:
        """The seed really used."""
        return self.finish.seed

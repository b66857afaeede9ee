"""How probable texts are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import integer
from llamacffi.errors import ContextOverflow
from llamacffi.llama.base import LlamaBase
from llamacffi.llama.job import Job, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llamacffi.generation import Chunk

__all__ = ["Scoring", "ScoringJob", "log_probability", "perplexity_job", "perplexity_of", "scoring_job"]


class Scoring(LlamaBase):
    """The calls that tell how probable a text is."""

    def score(self, text: str, *, prompt: str = "") -> float:
        """The logarithm of the probability that the model says `text` after `prompt`: the sum over its tokens.

        Natural logarithms, by the model's own logits. Without a prompt it is after BOS; where the model has none, the
        first token is not counted. To compare texts of different lengths, divide by the number of tokens.
        Raises ValueError for a text without tokens, ContextOverflow for one that does not fit.
        """
        return log_probability(run(self.engine, scoring_job(self, text, prompt)))

    def perplexity(self, text: str, *, window: int | None = None) -> float:
        """How surprised the model is by a text, on average of its tokens: exp(-mean of their log-probabilities).

        A text that is longer than the context is cut into windows of `window` tokens, each of which begins anew; of
        each the second half is counted, as llama.cpp's program `perplexity` does, whose figure this is.
        Raises ValueError for a text of fewer than two tokens, or than a window, ContextOverflow for one that does not
        fit, without a window.
        """
        return perplexity_of(run(self.engine, perplexity_job(self, text, window)))


def log_probability(told: list[float]) -> float:
    """Of all tokens together."""
    return math.fsum(told)


def perplexity_of(told: list[float]) -> float:
    """Of the log-probabilities of tokens."""
    return math.exp(-math.fsum(told) / len(told))


class ScoringJob(Job[list[float], None]):
    """Prompts, and from which token on each is told of."""

    def __init__(self, prompts: Sequence[tuple[list[int], int]]) -> None:
        from llamacffi.engine import Request
        from llamacffi.generation import SamplingParams

        params = SamplingParams(max_tokens=0, prompt_logprobs=0)
        self._starts = [start for _, start in prompts]
        self._told: list[list[float]] = [[] for _ in prompts]
        self.requests = tuple(Request(prompt=tokens, params=params, predictor=None) for tokens, _ in prompts)

    def push(self, index: int, chunk: Chunk) -> Iterable[None]:
        """Take what is told of the prompt."""
        if chunk.prompt_logprobs:
            told = chunk.prompt_logprobs[self._starts[index] :]
            self._told[index] = [one.logprob for one in told if one is not None]
        return ()

    def whole(self) -> list[float]:
        """The log-probability of each token that is counted."""
        return [one for told in self._told for one in told]


def scoring_job(llama: LlamaBase, text: Any, prompt: Any = "") -> ScoringJob:
    """The job of `score`."""
    from llamacffi.llama.prompts import text_ids

    before = text_ids(llama, _text("prompt", prompt))
    tokens = text_ids(llama, prompt + _text("text", text))
    # Where the prompt's last token became another one with what follows, that one belongs to the text.
    start = next((i for i, pair in enumerate(zip(before, tokens, strict=False)) if pair[0] != pair[1]), len(before))
    if len(tokens) <= max(start, 1):
        message = f"the text {text!r} has no tokens that could be told of; a first token needs a BOS or a prompt before"
        raise ValueError(message)
    _check(llama, tokens, "shorten it")
    return ScoringJob([(tokens, start)])


def perplexity_job(llama: LlamaBase, text: Any, window: int | None = None) -> ScoringJob:
    """The job of `perplexity`."""
    from llamacffi.llama.prompts import text_ids

    tokens = text_ids(llama, _text("text", text))
    if window is None:
        if len(tokens) < 2:
            message = f"the text {text!r} has {len(tokens)} tokens; perplexity is that of a token after others"
            raise ValueError(message)
        _check(llama, tokens, "give a window: perplexity(text, window=512)")
        return ScoringJob([(tokens, 1)])
    integer("window", window, 2, llama.n_ctx())
    if len(tokens) < window:
        message = f"the text has {len(tokens)} tokens, fewer than a window of {window}; make the window smaller"
        raise ValueError(message)
    vocab = llama.vocab
    pieces = [tokens[start : start + window] for start in range(0, len(tokens) - window + 1, window)]
    if vocab.add_bos and vocab.bos is not None:
        pieces = [[vocab.bos, *piece[1:]] for piece in pieces]
    return ScoringJob([(piece, window // 2 + 1) for piece in pieces])


def _text(name: str, text: object) -> str:
    if not isinstance(text, str):
        message = f"{name} is {text!r} ({type(text).__name__}), but must be a text"
        raise TypeError(message)
    return text


def _check(llama: LlamaBase, tokens: Sequence[int], remedy: str) -> None:
    if len(tokens) > llama.n_ctx():
        message = f"the text has {len(tokens)} tokens, the context room for {llama.n_ctx()}; {remedy}"
        raise ContextOverflow(message)

"""Predictors of which it is known how good they are, and steps that cost what a test says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from llamacffi import Completion, Context, SamplingParams, generate
from llamacffi import Sequence as TokenSequence
from llamacffi.generation.speculative import costs, drafter
from llamacffi.generation.speculative.costs import RowCosts

PROMPT = [1, *range(260, 300)]
ENOUGH = 1000.0  # seconds: what a step costs where nothing that a test does can take as long


class Knowing:
    """Guesses a known answer, token i of it wrong by `errors[i]`, and then `more` tokens that are too many."""

    def __init__(
        self, answer: Sequence[int], errors: Sequence[int] = (0,), *, n: int = 6, more: int = 0, strict: bool = True
    ) -> None:
        self.answer, self.errors, self.n, self.more = tuple(answer), tuple(errors), n, more
        self.strict = strict  # else rounding may decide between two tokens, and it has nothing more to say
        self.prompt: list[int] = []
        self.tokens: list[int] = []
        self.n_asked = 0
        self.closed = False

    def reset(self, tokens: Sequence[int]) -> None:
        self.prompt, self.tokens = list(tokens[:-1]), [tokens[-1]]

    def push(self, tokens: Sequence[int]) -> None:
        assert len(tokens) > 0
        self.tokens += tokens

    def predict(self, n_max: int) -> Sequence[int]:
        self.n_asked += 1
        known = self.tokens == list(self.answer[: len(self.tokens)])
        assert known or not self.strict, "what is pushed is what the answer is without guesses"
        if not known:
            return ()
        start = len(self.tokens)
        places = range(start, min(start + min(n_max, self.n) + self.more, len(self.answer)))
        return [abs(self.answer[i] + self.errors[i % len(self.errors)]) for i in places]

    def close(self) -> None:
        self.closed = True


class Flat(RowCosts):
    """Steps that cost the same, whatever they decode, or so much more for each token."""

    def __init__(self, slope: float = 0.0, base: float = ENOUGH) -> None:
        super().__init__()
        self.slope, self.base = slope, base

    def knows(self, n: int) -> bool:
        return True

    def seconds(self, n: int) -> float:
        return self.base * (1 + self.slope * (n - 1))


def cost(monkeypatch: pytest.MonkeyPatch, fixed: RowCosts) -> None:
    """Let every step cost what `fixed` says."""

    def of(_context: Context) -> RowCosts:
        return fixed

    monkeypatch.setattr(costs.RowCosts, "of", of)


def decode_every_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decode guesses however bad they are."""
    cost(monkeypatch, Flat())

    def all_of_it(
        guesses: Sequence[tuple[float, int, float]], n_base: int, costs: RowCosts, most: int = 32
    ) -> list[int]:
        chosen, left = [], most
        for _, n, _ in guesses:
            chosen.append(min(n, left))
            left -= chosen[-1]
        return chosen

    monkeypatch.setattr(drafter, "lengths", all_of_it)


def plain(sequence: TokenSequence, params: SamplingParams, prompt: Any = PROMPT) -> tuple[Completion, list[int]]:
    sequence.rewind(0)
    return generate(sequence, prompt, params), sequence.tokens


def said(completion: Completion) -> Any:
    finish = completion.finish
    return completion.text, completion.tokens, finish.reason, finish.stop, finish.stop_token, finish.usage


def check(sequence: TokenSequence, params: SamplingParams, predictor: Any, prompt: Any = PROMPT) -> Completion:
    """The answer with a predictor, which is the one without."""
    wanted, tokens = plain(sequence, params, prompt)
    sequence.rewind(0)
    got = generate(sequence, prompt, params, predictor=predictor)
    assert said(got) == said(wanted)
    assert sequence.tokens == tokens
    assert sequence.context.memory.pos_max(sequence.seq_id) + 1 == len(tokens)
    assert [told.token for told in got.logprobs] == [told.token for told in wanted.logprobs]
    for ours, theirs in zip(got.logprobs, wanted.logprobs, strict=True):
        assert ours.logprob == pytest.approx(theirs.logprob, abs=1e-5)
        assert [top.token for top in ours.top] == [top.token for top in theirs.top]
    return got

"""What one generation's predictor guesses, how often it is right, and how much of it is worth decoding."""

from __future__ import annotations

import operator
import reprlib
from time import perf_counter
from typing import TYPE_CHECKING

from llamacffi.core.sampling import eog_tokens
from llamacffi.generation.speculative.predictor import PredictorFactory, TokenPredictor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from llamacffi.core.context import Context
    from llamacffi.core.vocab import Vocab
    from llamacffi.generation.speculative.costs import RowCosts

__all__ = ["Drafter", "can_speculate", "check_factory", "check_predictor", "propose", "started", "watches"]

N_MOST = 32
"""The longest draft."""
_HOPE = 0.3  # how likely a guess is right, before any was seen: little, because looking costs nothing
_HOPE_OF_DEAR = 0.7  # what takes its time to guess is made to be right
_RATE = 0.15
_CHEAP = 0.03  # of a step's time: guesses that take less are made whether they are decoded or not
_MARGIN = 1.03  # by how much a draft must be the faster
_WORTH_A_LOOK = 0.05  # a token less likely than that is not considered
_FIRST_PROBE, _LAST_PROBE = 16, 256  # tokens, before a predictor that costs time is asked again whether it got better
_PROBED = 4


class Drafter:
    """A predictor, and what is known of it.

    Guesses that are not decoded are compared with what comes all the same: so it is known when they would have been
    right again.
    """

    def __init__(self, predictor: TokenPredictor, vocab: Vocab) -> None:
        self.predictor = predictor
        self.watches = watches(predictor)
        """Whether it is to be shown what the context computes."""
        self.begun = False
        """Whether the predictor knows the prompt."""
        self.n_drafted = 0
        self.n_accepted = 0
        self._n_vocab, self._ends = vocab.n_tokens, frozenset(eog_tokens(vocab))
        self._p: float | None = None
        self._n_seen = 0
        self._open: list[int] = []  # a guess that was not decoded, as far as it was right yet
        self._drafts = False
        self._asked = self._dear = False
        self._seconds = 0.0  # for a guess
        self._each = 0.0  # for each of its tokens
        self._length = 0.0  # of a guess
        self._wait = 0
        self._pause = _FIRST_PROBE

    @property
    def p(self) -> float:
        """How likely the next token of a guess is right."""
        if self._p is None:
            return _HOPE_OF_DEAR if self._dear else _HOPE
        return self._p

    def reset(self, tokens: list[int]) -> None:
        """Begin with the prompt and the first token."""
        self.begun, self._open = True, []
        self.predictor.reset(tokens)

    def decoded(self, n_drafted: int, n_accepted: int) -> None:
        """Note how many guesses were decoded, and how many of them were right."""
        self.n_drafted += n_drafted
        self.n_accepted += n_accepted
        for _ in range(n_accepted):
            self._note(1.0)
        if n_accepted < n_drafted:
            self._note(0.0)

    def push(self, tokens: list[int]) -> None:
        """Take in what was generated."""
        for token in tokens:
            if self._open:
                right = self._open.pop(0) == token
                self._note(1.0 if right else 0.0)
                if not right:
                    self._open = []
        self._wait -= len(tokens)
        self.predictor.push(tokens)

    def _note(self, right: float) -> None:
        self._n_seen += 1
        self._p = self.p + max(_RATE, 1 / (self._n_seen + 2)) * (right - self.p)

    def wanted(self, room: int, n_base: int, costs: RowCosts) -> int:
        """How many tokens to ask the predictor for; 0 when there is a guess already, or none is wanted now."""
        if room <= 0:
            return 0
        if not self._asked:
            return min(room, _PROBED)
        self._dear = self._seconds > _CHEAP * costs.seconds(n_base)
        if not self._dear:
            return 0 if self._open and not self._drafts else min(room, N_MOST)
        best = lengths([(self.p, min(room, N_MOST), self._each)], n_base, costs)[0]
        if best and self._pays(n_base, costs):
            self._pause = _FIRST_PROBE
            return best
        if self._open or self._wait > 0:
            return 0
        self._wait, self._pause = self._pause, min(2 * self._pause, _LAST_PROBE)
        return min(room, _PROBED)

    def _pays(self, n_base: int, costs: RowCosts) -> bool:
        """Whether guesses as long as they lately were, at what they cost, make the steps the faster."""
        n = round(self._length)
        gained = sum(self.p**i for i in range(1, n + 1))
        base = costs.seconds(n_base)
        return (n_base + gained) * base > _MARGIN * n_base * (costs.seconds(n_base + n) + self._seconds)

    def guessed(self, guess: object, n_max: int, seconds: float) -> None:
        """Take in what the predictor returned. Raises TypeError for what are no tokens."""
        self._open = self._checked(guess, n_max)
        rate = _RATE if self._asked else 1.0
        self._asked = True
        self._seconds += rate * (seconds - self._seconds)
        self._length += rate * (len(self._open) - self._length)
        self._each += rate * (seconds / max(1, len(self._open)) - self._each)

    def guess(self, room: int) -> list[int]:
        """What may be decoded, as long as there is room for it."""
        return self._open[: max(0, room)]

    def decoding(self, n: int) -> list[int]:
        """Take the first `n` tokens of the guess, to decode them."""
        self._drafts = n > 0
        if not n:
            return []
        draft, self._open = self._open[:n], []
        return draft

    def counts(self) -> tuple[int, int]:
        """How many guesses were decoded, and how many of them were right."""
        return self.n_drafted, self.n_accepted

    def close(self) -> None:
        """Close the predictor if it can be closed."""
        close = getattr(self.predictor, "close", None)
        if close is not None:
            close()

    def _checked(self, guess: object, n_max: int) -> list[int]:
        """What comes before the first token that cannot be."""
        tokens: list[int] = []
        try:
            for token in guess:  # type: ignore[attr-defined]  # that it cannot be iterated over is what comes out
                number = operator.index(token)
                if len(tokens) == n_max or not 0 <= number < self._n_vocab or number in self._ends:
                    break
                tokens.append(number)
        except TypeError:
            name = type(self.predictor).__name__
            message = f"{name}.predict() returned {reprlib.repr(guess)}, but must return token ids"
            raise TypeError(message) from None
        return tokens


def propose(
    drafters: Sequence[Drafter | None], rooms: Sequence[int], n_base: int, costs: RowCosts, most: int
) -> tuple[list[list[int]], dict[int, Exception]]:
    """Drafts for a step of `n_base` tokens, one of each of as many generations or more; and what failed, by place.

    `rooms` says how many tokens more each has room for, `most` how many all together. Nothing is drafted before it is
    known what the step costs without.
    """
    nothing: list[list[int]] = [[] for _ in drafters]
    errors: dict[int, Exception] = {}
    if most <= 0 or not costs.knows(n_base):
        return nothing, errors
    asked: dict[object, list[tuple[int, int]]] = {}
    for i, (drafter, room) in enumerate(zip(drafters, rooms, strict=True)):
        n = 0 if drafter is None else drafter.wanted(min(room, most), n_base, costs)
        if n:
            assert drafter is not None, "none wants nothing"
            asked.setdefault(getattr(drafter.predictor, "together", i), []).append((i, n))
    for group, members in asked.items():
        _ask(drafters, group, members, errors)
    guesses = [[] if drafter is None else drafter.guess(room) for drafter, room in zip(drafters, rooms, strict=True)]
    if not any(guesses):
        for drafter in drafters:
            if drafter is not None:
                drafter.decoding(0)
        return nothing, errors
    known = [
        (0.0 if drafter is None else drafter.p, len(guess), 0.0)
        for drafter, guess in zip(drafters, guesses, strict=True)
    ]
    chosen = lengths(known, n_base, costs, most)
    pairs = zip(drafters, chosen, strict=True)
    return [[] if drafter is None else drafter.decoding(n) for drafter, n in pairs], errors


def _ask(
    drafters: Sequence[Drafter | None], group: object, members: list[tuple[int, int]], errors: dict[int, Exception]
) -> None:
    """Let the predictors of a group guess, at once where they can."""
    these = [(i, n, drafter) for i, n in members if (drafter := drafters[i]) is not None]
    together = getattr(group, "predict_together", None)
    begin = perf_counter()
    if together is not None and len(these) > 1:
        try:
            guesses = list(together([(drafter.predictor, n) for _, n, drafter in these]))
        except Exception as error:  # noqa: BLE001 - a predictor's own, and so that of its generations
            errors.update((i, error) for i, _, _ in these)
            return
        seconds = (perf_counter() - begin) / len(these)
        for (i, n, drafter), guess in zip(these, guesses, strict=True):
            _take(i, drafter, guess, n, seconds, errors)
        return
    for i, n, drafter in these:
        begin = perf_counter()
        try:
            guess = drafter.predictor.predict(n)
        except Exception as error:  # noqa: BLE001 - as above
            errors[i] = error
            continue
        _take(i, drafter, guess, n, perf_counter() - begin, errors)


def _take(i: int, drafter: Drafter, guess: object, n: int, seconds: float, errors: dict[int, Exception]) -> None:
    try:
        drafter.guessed(guess, n, seconds)
    except Exception as error:  # noqa: BLE001 - what it returned may be lazy, and raise anything
        errors[i] = error


def lengths(guesses: Iterable[tuple[float, int, float]], n_base: int, costs: RowCosts, most: int = N_MOST) -> list[int]:
    """How much of each guess to decode, so that the step gives the most tokens a second.

    A guess is how likely each of its tokens is right when those before it are, its length, and the seconds that each of
    its tokens costs. Tokens are taken in the order of how likely they are used.
    """
    guesses = list(guesses)
    chosen = [0] * len(guesses)
    likely: list[tuple[float, int, float]] = []
    for i, (p, n, each) in enumerate(guesses):
        used = 1.0
        for _ in range(n):
            used *= p
            if used < _WORTH_A_LOOK:
                break
            likely.append((used, i, each))
    likely.sort(key=lambda token: -token[0])
    base = costs.seconds(n_base)
    expected, extra = float(n_base), 0.0
    best, n_best = _MARGIN * expected / base, 0
    for n, (used, _, each) in enumerate(likely[:most], start=1):
        expected += used
        extra += each
        rate = expected / (costs.seconds(n_base + n) + extra)
        if rate > best:
            best, n_best = rate, n
    for _, i, _ in likely[:n_best]:
        chosen[i] += 1
    return chosen


def can_speculate(context: Context) -> bool:
    """Whether a context can forget the end of a sequence again: not what keeps a state, or a window of the past."""
    return context.has_memory and context.memory.can_rewind and not context.samplers


def check_predictor(predictor: object) -> None:
    """Raise TypeError for what neither predicts nor makes what does."""
    if not isinstance(predictor, (PredictorFactory, TokenPredictor)):
        message = (
            f"predictor is {reprlib.repr(predictor)}, but must have reset, push and predict, or a start that returns "
            "what has; PromptLookup() is one"
        )
        raise TypeError(message)


def check_factory(predictor: object) -> None:
    """Raise TypeError for what makes no predictors: one alone cannot serve several generations at once."""
    if not isinstance(predictor, PredictorFactory):
        message = f"predictor is {reprlib.repr(predictor)}, but must have a start that makes one for each request"
        raise TypeError(message)


def watches(predictor: object) -> bool:
    """Whether it reads what the context computes."""
    return bool(getattr(predictor, "watches", False)) or hasattr(predictor, "decoded")


def started(predictor: PredictorFactory | TokenPredictor, context: Context) -> Drafter:
    """A drafter for one generation."""
    one = predictor.start(context) if isinstance(predictor, PredictorFactory) else predictor
    return Drafter(one, context.model.vocab)

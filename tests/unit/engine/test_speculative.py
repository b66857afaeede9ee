"""Guesses in an engine: requests that have them, and requests that run beside, get the answers that they get alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from llamacffi import Engine, Model, SamplingParams
from llamacffi.engine import Request
from llamacffi.engine.task import Task
from llamacffi.generation.speculative import DraftModel, PromptLookup
from tests.models import write_llama, write_mamba
from tests.unit.engine.alone import EXACT, NO_CHANGES, Alone
from tests.unit.engine.test_interleaving import N_CTX, SHARED, Asked, Interleaving
from tests.unit.guessing import Flat, Knowing, cost, decode_every_guess

PROMPTS = [(1, *range(260, 300)), (1, *range(260, 290), 7), (1, 300, 301), (1, 42)]
PARAMS = [
    SamplingParams(temperature=0, max_tokens=40, ignore_eos=True),
    SamplingParams(temperature=1.2, seed=3, max_tokens=33, ignore_eos=True, logprobs=2),
    SamplingParams(temperature=0.8, seed=5, max_tokens=30, repeat_penalty=1.3, stop="e", ignore_eos=True),
    SamplingParams(temperature=1.0, seed=1, max_tokens=30, regex="[a-f ]{9,20}"),
]


@pytest.fixture
def engine(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine that decodes every guess."""
    decode_every_guess(monkeypatch)
    with Engine(alone.model, n_ctx=256, n_parallel=4, **EXACT) as engine:
        yield engine


class Guessing(Interleaving):
    """Each request has a predictor that is right now and then."""

    @rule(
        target=Interleaving.asked,
        n_shared=st.integers(0, len(SHARED)),
        tail=st.lists(st.integers(50, 60), min_size=1, max_size=30),
        seed=st.integers(0, 3),
        max_tokens=st.sampled_from([0, 1, 2, 7, 40, 200]),
        logprobs=st.sampled_from([None, 0, 3]),
        errors=st.lists(st.sampled_from([0, 0, 0, 1]), min_size=1, max_size=5),
        n=st.integers(0, 9),
    )
    def submit(
        self, n_shared: int, tail: list[int], seed: int, max_tokens: int, logprobs: Any, errors: list[int], n: int
    ) -> Asked:
        prompt = (*SHARED[:n_shared], *tail)
        params = SamplingParams(seed=seed, max_tokens=max_tokens, ignore_eos=True, logprobs=logprobs)
        predictor = Knowing(self.alone.completion(prompt, params).tokens, errors, n=n, strict=False)
        request = Request(prompt=prompt, params=params, predictor=predictor)
        task = Task(self.context, request, self.n_asked)
        task.arrived = float(self.n_asked)
        self.n_asked += 1
        stream = task.stream_to(self._worker().cancel)
        self._worker().submit(task)
        self.open.append((task, stream, prompt, params, self.changes[0]))
        return self.open[-1]


def _run(folder: Path, n_examples: int) -> None:
    machine = type(
        "Machine", (Guessing,), {"alone": Alone(write_llama(folder / "model.gguf"), N_CTX), "changes": (NO_CHANGES,)}
    )
    some = settings(
        max_examples=n_examples,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=some)


def test_interleaving_with_guesses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)
    _run(tmp_path, 8)


@pytest.mark.slow
def test_many_interleavings_with_guesses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)
    _run(tmp_path, 100)


@pytest.mark.parametrize("errors", [[0], [0, 0, 1], [1]])
def test_requests_with_guesses_beside_those_without(alone: Alone, engine: Engine, errors: list[int]) -> None:
    asked = [(prompt, params) for prompt in PROMPTS for params in PARAMS]
    requests = []
    for i, (prompt, params) in enumerate(asked):
        answer = alone.completion(prompt, params)
        predictor = Knowing(answer.tokens, errors, strict=False) if i % 3 else None
        requests.append(Request(prompt=prompt, params=params, predictor=predictor))
    completions = engine.generate(requests)
    for i, ((prompt, params), completion) in enumerate(zip(asked, completions, strict=True)):
        alone.check(prompt, params, completion)
        assert (completion.speculation is not None) == bool(i % 3)
    stats = engine.stats()
    told = [completion.speculation for completion in completions if completion.speculation is not None]
    assert stats.n_drafted == sum(one.n_drafted for one in told) > 50
    assert stats.n_accepted == sum(one.n_accepted for one in told)
    if errors == [0]:
        assert stats.n_accepted == stats.n_drafted
    assert stats.n_failed == 0


def test_right_guesses_save_steps(alone: Alone, engine: Engine) -> None:
    answer = alone.completion(PROMPTS[0], PARAMS[0])
    engine.submit(Request(prompt=PROMPTS[0], params=PARAMS[0], predictor=Knowing(answer.tokens, n=4))).completion()
    # One token with the prompt, and then fives: 39 more tokens are 8 steps.
    assert engine.stats().n_steps == 1 + 8


class Raising(Knowing):
    """Fails in one of its methods."""

    def __init__(self, where: str) -> None:
        super().__init__(())
        self.where = where

    def reset(self, tokens: Any) -> None:
        self._fail("reset")

    def push(self, tokens: Any) -> None:
        self._fail("push")

    def predict(self, n_max: int) -> Any:
        self._fail("predict")
        return None if self.where == "type" else []

    def _fail(self, where: str) -> None:
        if self.where == where:
            raise ArithmeticError(where)


class Broken:
    """A factory that makes nothing."""

    def start(self, context: Any) -> Any:
        raise ArithmeticError("start")


@pytest.mark.parametrize("where", ["reset", "push", "predict", "type", "start"])
def test_a_predictor_that_raises_fails_its_own_request(alone: Alone, engine: Engine, where: str) -> None:
    predictor: Any = Broken() if where == "start" else Raising(where)
    beside = [engine.submit(prompt, PARAMS[0]) for prompt in PROMPTS]
    failing = engine.submit(Request(prompt=PROMPTS[1], params=PARAMS[0], predictor=predictor))
    with pytest.raises((TypeError, ArithmeticError), match="must return token ids" if where == "type" else where):
        failing.completion()
    for prompt, stream in zip(PROMPTS, beside, strict=True):
        alone.check(prompt, PARAMS[0], stream.completion())
    assert engine.stats().n_failed == 1
    assert where == "start" or predictor.closed


@pytest.mark.parametrize(("slope", "pays"), [(0.1, True), (1.0, False)])
def test_no_guesses_when_they_do_not_pay(
    alone: Alone, monkeypatch: pytest.MonkeyPatch, slope: float, *, pays: bool
) -> None:
    cost(monkeypatch, Flat(slope=slope))
    answer = alone.completion(PROMPTS[0], PARAMS[0])
    with Engine(alone.model, n_ctx=256, n_parallel=4, **EXACT) as engine:
        got = engine.submit(Request(prompt=PROMPTS[0], params=PARAMS[0], predictor=Knowing(answer.tokens))).completion()
        assert got.tokens == answer.tokens
        assert (engine.stats().n_drafted > 10) == pays


def test_the_engines_own_predictor(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)
    with Engine(alone.model, n_ctx=256, n_parallel=4, predictor=PromptLookup(n_min=1), **EXACT) as engine:
        first, second = engine.generate(
            [
                Request(prompt=PROMPTS[0] * 2, params=PARAMS[0]),
                Request(prompt=PROMPTS[0] * 2, params=PARAMS[0], predictor=None),
            ]
        )
        assert first.speculation is not None
        assert second.speculation is None
        assert first.tokens == second.tokens
    with pytest.raises(TypeError, match="must have a start"):
        Engine(alone.model, n_ctx=256, predictor=Knowing(()))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="must have reset, push and predict"):
        Request(prompt="a", predictor=3)  # type: ignore[arg-type]


def test_a_draft_model_guesses_for_several_together(alone: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)
    with (
        DraftModel(alone.model, n_ctx=1024, n_seq_max=3, p_min=0.0, **EXACT) as draft,
        Engine(alone.model, n_ctx=512, n_parallel=4, predictor=draft, **EXACT) as engine,
    ):
        completions = engine.generate([Request(prompt=prompt, params=PARAMS[0]) for prompt in PROMPTS])
        for prompt, completion in zip(PROMPTS, completions, strict=True):
            alone.check(prompt, PARAMS[0], completion)
        stats = engine.stats()
        assert stats.n_accepted == stats.n_drafted > 50  # it is the model itself
        # The draft's sequences were given back: three more find room.
        engine.generate([Request(prompt=prompt, params=PARAMS[0]) for prompt in PROMPTS[:3]])
        assert engine.stats().n_drafted > stats.n_drafted + 50


class Watching(Knowing):
    """Writes down what was decoded."""

    watches = True

    def __init__(self, answer: Any, **options: Any) -> None:
        super().__init__(answer, **options)
        self.seen: dict[int, int] = {}

    def decoded(self, context: Any, batch: Any, seq_id: int) -> None:
        n = len(batch)
        for token, pos, own in zip(batch.tokens, batch.positions, batch._seq_id[:n, 0], strict=True):
            if own == seq_id:
                self.seen[int(pos)] = int(token)


def test_a_predictor_that_watches_sees_every_token(alone: Alone, engine: Engine) -> None:
    answer = alone.completion(PROMPTS[0], PARAMS[0])
    engine.generate([PROMPTS[0]], PARAMS[0])  # leaves a prefix, which must not be used
    predictors = [Watching(answer.tokens, errors=[0, 0, 1]) for _ in range(3)]
    requests = [Request(prompt=PROMPTS[0], params=PARAMS[0], predictor=predictor) for predictor in predictors]
    for completion, predictor in zip(engine.generate(requests), predictors, strict=True):
        assert completion.tokens == answer.tokens
        assert completion.usage.cached_tokens == 0
        tokens = [predictor.seen[pos] for pos in range(len(predictor.seen))]
        assert tokens[: len(PROMPTS[0]) + 39] == [*PROMPTS[0], *answer.tokens[:-1]]


def test_a_model_that_cannot_step_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decode_every_guess(monkeypatch)
    with (
        Model(write_mamba(tmp_path / "mamba.gguf")) as model,
        Engine(model, n_ctx=256, n_parallel=2, predictor=PromptLookup()) as engine,
    ):
        (completion,) = engine.generate([PROMPTS[2]], PARAMS[0])
        assert len(completion.tokens) == 40
        assert completion.speculation is None

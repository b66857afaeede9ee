"""What an engine holds, by place: looked at, saved, put back, erased."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from llamacffi import ClosedError, Engine, LlamaError, Request, SamplingParams, StateError
from llamacffi.core.state import State
from tests.unit.engine.alone import EXACT, Alone

LONG = SamplingParams(max_tokens=90_000, ignore_eos=True)
SHORT = SamplingParams(seed=1, max_tokens=5, ignore_eos=True)
PROMPT = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]
PATIENCE = 60.0


def test_what_is_held(engine: Engine) -> None:
    assert [slot.id for slot in engine.slots.look()] == [0, 1, 2, 3]
    assert not any(slot.tokens or slot.request for slot in engine.slots.look())
    completion = engine.submit(PROMPT, SHORT).completion(PATIENCE)
    first = engine.slots.look()[0]
    assert first.request is None
    assert list(first.tokens) == [*PROMPT, *completion.tokens[:4]]  # the last was never decoded


def test_what_runs(alone: Alone) -> None:
    with Engine(alone.model, n_ctx=100_000, n_parallel=2, **EXACT) as engine:
        request = Request(prompt=PROMPT, params=LONG)
        stream = engine.submit(request)
        stream.read(PATIENCE)
        slot = engine.slots.look()[0]
        assert slot.request is request
        assert slot.n_generated > 0
        assert list(slot.tokens[: len(PROMPT)]) == PROMPT
        for function in (engine.slots.save, engine.slots.erase):
            with pytest.raises(StateError, match="slot 0 is busy"):
                function(0)
        stream.cancel()


def test_saved_and_put_back(engine: Engine, alone: Alone, tmp_path: Path) -> None:
    engine.submit(PROMPT, SHORT).completion(PATIENCE)
    state = engine.slots.save(0)
    assert list(state.tokens[: len(PROMPT)]) == PROMPT
    state.save(tmp_path / "slot.state")
    with Engine(alone.model, n_ctx=256, n_parallel=2, **EXACT) as other:
        assert other.slots.load(1, State.load(tmp_path / "slot.state")) == len(state.tokens)
        assert other.slots.look()[1].tokens == state.tokens
        completion = other.submit(PROMPT, SHORT).completion(PATIENCE)
        assert completion.usage.cached_tokens == len(PROMPT) - 1
        alone.check(tuple(PROMPT), SHORT, completion)


def test_a_state_is_of_its_salt(engine: Engine) -> None:
    engine.submit(PROMPT, SHORT).completion(PATIENCE)
    state = engine.slots.save(0)
    engine.slots.erase(0)
    engine.slots.load(0, state, cache_salt="mine")
    assert engine.submit(PROMPT, SHORT).completion(PATIENCE).usage.cached_tokens == 0
    mine = Request(prompt=PROMPT, params=SHORT, cache_salt="mine")
    assert engine.submit(mine).completion(PATIENCE).usage.cached_tokens == len(PROMPT) - 1


def test_erased(engine: Engine) -> None:
    engine.submit(PROMPT, SHORT).completion(PATIENCE)
    assert engine.slots.erase(0) == len(PROMPT) + 4
    assert engine.slots.erase(0) == 0
    with pytest.raises(StateError, match="holds nothing that could be saved"):
        engine.slots.save(0)
    assert engine.submit(PROMPT, SHORT).completion(PATIENCE).usage.cached_tokens == 0


@pytest.mark.parametrize("number", [-1, 4, True, "0", None])
def test_there_is_no_such_slot(engine: Engine, number: int) -> None:
    for function in (engine.slots.save, engine.slots.erase):
        with pytest.raises(IndexError, match="there are slots 0 to 3"):
            function(number)


def test_what_does_not_fit(engine: Engine) -> None:
    engine.submit(PROMPT, SHORT).completion(PATIENCE)
    state = engine.slots.save(0)
    for other, message in (
        (dataclasses.replace(state, fingerprint="0"), "another model"),
        (dataclasses.replace(state, tokens=()), "holds 0 tokens"),
        (dataclasses.replace(state, tokens=(5,) * 300), "must hold 1 to 256"),
        (dataclasses.replace(state, tokens=(*state.tokens, 5)), "other tokens than it says"),
        (dataclasses.replace(state, altered_by="0"), "LoRA"),
    ):
        with pytest.raises(StateError, match=message):
            engine.slots.load(1, other)


def test_closed_and_from_within(alone: Alone) -> None:
    engine = Engine(alone.model, n_ctx=256, n_parallel=1, **EXACT)
    stops = SamplingParams(max_tokens=5, stopping_criteria=lambda _: bool(engine.slots.look()))
    with pytest.raises(LlamaError, match="ask in another thread"):
        engine.submit([5], stops).completion(PATIENCE)
    engine.close()
    with pytest.raises(ClosedError):
        engine.slots.look()

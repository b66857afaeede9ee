"""save_state and load_state."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from llamacffi import Llama, StateError
from llamacffi.llama.llama_state import LlamaState
from tests.models import write_cohere2, write_lfm2, write_llama, write_mamba
from tests.models.reference import (
    Matrix,
    Weights,
    cohere2_logits,
    greedy,
    lfm2_logits,
    llama_logits,
    mamba_logits,
    read_weights,
)
from tests.unit.llama.exact import EXACT

PROMPT = [1, *range(300, 340)]


def test_another_one_goes_on(tiny_llama: Path) -> None:
    weights = read_weights(tiny_llama)
    with Llama(tiny_llama, n_ctx=256, seed=7, **EXACT) as llm:
        llm.eval(PROMPT)
        state = pickle.loads(pickle.dumps(llm.save_state()))
    assert isinstance(state, LlamaState)
    assert (state.n_tokens, state.seed) == (len(PROMPT), 7)
    assert state.input_ids.tolist() == PROMPT
    assert state.llama_state_size == len(state.llama_state)
    with Llama(tiny_llama, n_ctx=512, **EXACT) as llm:  # of another size
        llm.load_state(state)
        assert (llm.n_tokens, llm.input_ids.tolist(), llm._seed) == (len(PROMPT), PROMPT, 7)
        np.testing.assert_allclose(llm.scores[-1], llama_logits(weights, PROMPT)[-1], atol=5e-5)
        assert llm.sample(temp=0) == greedy(weights, PROMPT, 1)[0]
        generator = llm.generate(PROMPT, temp=0)
        assert [next(generator) for _ in range(4)] == greedy(weights, PROMPT, 4)
        assert llm.ctx.performance.n_p_eval + llm.ctx.performance.n_eval <= 4  # the prompt was not evaluated again


@pytest.mark.parametrize("logits_all", [False, True])
def test_its_size_is_that_of_its_tokens(tiny_llama: Path, logits_all: bool) -> None:  # noqa: FBT001
    """The 10th fault of the original: a state had the logits of all tokens and the whole context."""
    with Llama(tiny_llama, n_ctx=512, logits_all=logits_all, **EXACT) as llm:
        n_vocab = llm.n_vocab()
        llm.eval(PROMPT)
        state = llm.save_state()
        assert state.scores.shape == (1, n_vocab)
        # Four layers of 32 keys and 32 values for each token, and what llama.cpp and we say of them.
        least = len(PROMPT) * 4 * 64 * 4
        assert least <= state.llama_state_size < least + 4000
        assert state.n_bytes == state.llama_state_size + 4 * len(PROMPT) + 4 * n_vocab


def test_what_was_taken_back_is_no_part_of_it(tiny_llama: Path) -> None:
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        llm.eval(PROMPT)
        llm.n_tokens = 12
        state = llm.save_state()
        assert state.input_ids.tolist() == PROMPT[:12]
        assert state.scores.shape == (0, llm.n_vocab())
        llm.eval([5])
        llm.load_state(state)
        assert next(llm.generate(PROMPT[:12], temp=0)) == greedy(read_weights(tiny_llama), PROMPT[:12], 1)[0]


def test_nothing(tiny_llama: Path) -> None:
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        state = llm.save_state()
        assert (state.n_tokens, state.input_ids.tolist()) == (0, [])
        llm.eval(PROMPT)
        llm.load_state(state)
        assert llm.n_tokens == 0


@pytest.mark.parametrize(
    ("write", "logits"),
    [(write_mamba, mamba_logits), (write_lfm2, lfm2_logits), (write_cohere2, cohere2_logits)],
    ids=["recurrent", "hybrid", "sliding window"],
)
def test_a_memory_that_cannot_go_back(
    tmp_path: Path, write: Callable[[Path], Path], logits: Callable[[Weights, list[int]], Matrix]
) -> None:
    path = write(tmp_path / "model.gguf")
    weights = read_weights(path)
    prompt = [1, *range(300, 380)]
    with Llama(path, n_ctx=256, n_batch=16, **EXACT) as llm:
        llm.eval(prompt)
        state = llm.save_state()
        for n in (60, 20, 79):
            llm.load_state(state)
            llm.n_tokens = n
            llm.eval([5, 6])
            assert llm.sample(temp=0) == logits(weights, [*prompt[:n], 5, 6])[-1].argmax()
        llm.load_state(state)
        assert llm.sample(temp=0) == logits(weights, prompt)[-1].argmax()
        other = [*prompt[:50], 9]
        assert next(llm.generate(other, temp=0)) == logits(weights, other)[-1].argmax()


Damage = Callable[[LlamaState], object]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda state: setattr(state, "llama_state", state.llama_state[:-1]), "damaged"),
        (lambda state: setattr(state, "llama_state", b"\0" * 100), "not a saved state"),
        (lambda state: setattr(state, "n_tokens", 3), "is of 41 tokens, and not of the 3 in its input_ids"),
        (lambda state: state.input_ids.__setitem__(5, 7), "is of 41 tokens, and not of the 41 in its input_ids"),
    ],
)
def test_one_that_is_damaged(tiny_llama: Path, damage: Damage, message: str) -> None:
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        llm.eval(PROMPT)
        state = llm.save_state()
        damage(state)
        llm.eval([5])
        with pytest.raises(StateError, match=message):
            llm.load_state(state)
        assert llm.n_tokens == len(PROMPT) + 1  # it is as it was


def test_one_of_another_model(tiny_llama: Path, tmp_path: Path) -> None:
    with Llama(write_llama(tmp_path / "other.gguf", seed=1), n_ctx=256, **EXACT) as llm:
        llm.eval(PROMPT)
        state = llm.save_state()
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        with pytest.raises(StateError, match="belongs to another model"):
            llm.load_state(state)
        with pytest.raises(TypeError, match="must be a LlamaState"):
            llm.load_state(state.llama_state)  # type: ignore[arg-type]


def test_logits_to_logprobs() -> None:
    """Against the definition, in double precision."""
    logits = np.array([[1.0, 2.0, -np.inf, 700.0], [0.0, 0.0, 0.0, 0.0]])
    for axis in (-1, 0):
        shifted = logits - logits.max(axis, keepdims=True)
        with np.errstate(divide="ignore"):
            expected = shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))
        got = Llama.logits_to_logprobs(logits, axis=axis)
        np.testing.assert_allclose(got, expected, rtol=1e-6)
        assert got.dtype == np.float32
    assert Llama.logits_to_logprobs([0.0, 0.0]).tolist() == pytest.approx([-np.log(2)] * 2)
    assert np.isnan(Llama.logits_to_logprobs([-np.inf, -np.inf])).all()


@pytest.mark.parametrize(
    ("left", "right", "n"),
    [
        ([], [], 0),
        ([1], [], 0),
        ([1, 2, 3], [1, 2, 4], 2),
        ([1, 2], [1, 2, 3], 2),
        ((5,), np.array([5]), 1),
        ([4], [5], 0),
    ],
)
def test_longest_token_prefix(left: list[int], right: list[int], n: int) -> None:
    assert Llama.longest_token_prefix(left, right) == n

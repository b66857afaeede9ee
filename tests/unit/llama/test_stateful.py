"""eval, sample and generate, against the model computed in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import (
    ClosedError,
    Context,
    ContextError,
    ContextOverflow,
    Llama,
    SamplerChain,
    Sequence,
    generate_tokens,
)
from llamacffi.core.sampling import Dist, MinP, Temperature, TopK, TopP
from tests.models import BigramModel, write_bert
from tests.models.reference import Weights, greedy, llama_logits, read_weights
from tests.models.samplers import uniforms
from tests.unit.llama.exact import EXACT

PROMPT = [1, *range(300, 340)]  # of several batches


@pytest.fixture(scope="module")
def weights(tiny_llama: Path) -> Weights:
    return read_weights(tiny_llama)


@pytest.fixture(scope="module")
def shared(tiny_llama: Path) -> Iterator[Llama]:
    with Llama(tiny_llama, n_ctx=256, n_batch=16, **EXACT) as llm:
        yield llm


@pytest.fixture
def llm(shared: Llama) -> Llama:
    shared.reset()
    shared.set_seed(-1)
    return shared


def test_a_loop_of_ones_own(llm: Llama, weights: Weights) -> None:
    llm.eval(PROMPT)
    said = []
    for _ in range(5):
        said.append(llm.sample(temp=0.0))
        llm.eval(said[-1:])
    assert said == greedy(weights, PROMPT, 5)
    assert llm.n_tokens == len(PROMPT) + 5
    assert list(llm.eval_tokens) == llm.input_ids.tolist() == llm._input_ids.tolist() == PROMPT + said
    assert llm.input_ids.dtype == np.intc


def test_generate(llm: Llama, weights: Weights) -> None:
    generator = llm.generate(PROMPT, temp=0)
    said = [next(generator) for _ in range(6)]
    assert said == greedy(weights, PROMPT, 6)
    assert llm.n_tokens == len(PROMPT) + 5  # the last is evaluated when the next is asked for


def test_send(llm: Llama, weights: Weights) -> None:
    generator = llm.generate(PROMPT, temp=0)
    first = next(generator)
    assert generator.send([7, 8, 9]) == greedy(weights, [*PROMPT, first, 7, 8, 9], 1)[0]
    assert llm.input_ids.tolist() == [*PROMPT, first, 7, 8, 9]


def test_what_was_evaluated_is_kept(llm: Llama, weights: Weights) -> None:
    llm.eval(PROMPT)
    counts = llm.ctx.performance
    other = [*PROMPT[:30], 9, 9]
    assert next(llm.generate(other, temp=0)) == greedy(weights, other, 1)[0]
    assert llm.input_ids.tolist() == other
    after = llm.ctx.performance
    assert after.n_p_eval + after.n_eval - counts.n_p_eval - counts.n_eval == 2


def test_a_prompt_that_is_evaluated_is_sampled_at_once(llm: Llama, weights: Weights) -> None:
    llm.eval(PROMPT)
    n_decoded = llm.ctx.ledger.n_decoded
    assert next(llm.generate(PROMPT, temp=0)) == greedy(weights, PROMPT, 1)[0]
    assert llm.ctx.ledger.n_decoded == n_decoded
    assert next(llm.generate(PROMPT[:-3], temp=0)) == greedy(weights, PROMPT[:-3], 1)[0]  # whose logits are gone


def test_without_reset_it_goes_on(llm: Llama, weights: Weights) -> None:
    llm.eval(PROMPT)
    assert next(llm.generate([5, 6], temp=0, reset=False)) == greedy(weights, [*PROMPT, 5, 6], 1)[0]
    assert next(llm.generate([], temp=0, reset=False)) == greedy(weights, [*PROMPT, 5, 6], 1)[0]


def test_tokens_can_be_taken_back(llm: Llama, weights: Weights) -> None:
    llm.eval(PROMPT)
    llm.n_tokens -= 10
    assert llm.input_ids.tolist() == PROMPT[:-10]
    with pytest.raises(ContextError, match="logits of tokens 30 to 30 are not there"):
        llm.sample()
    llm.eval([7])
    assert llm.sample(temp=0) == greedy(weights, [*PROMPT[:-10], 7], 1)[0]
    with pytest.raises(ValueError, match="n_tokens can be set to 0 to 32, which were evaluated, not to 33"):
        llm.n_tokens = 33


def test_the_context_is_filled(llm: Llama, weights: Weights) -> None:
    said = list(llm.generate(PROMPT, temp=0))
    assert len(PROMPT) + len(said) == llm.n_ctx() + 1  # the last one needs no room
    assert llm.n_tokens == llm.n_ctx()
    with pytest.raises(ContextOverflow, match="1 tokens do not fit: 256 of the 256 places are taken"):
        llm.eval([5])
    with pytest.raises(ContextOverflow, match="257 tokens do not fit"):
        next(llm.generate([5] * 257))
    assert llm.input_ids.tolist() == []  # it had taken back what began otherwise


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seed_gives_the_text_of_the_native_stages(llm: Llama, seed: int) -> None:
    """The order of the stages is that of llama.cpp's own defaults; without options none but these change anything."""
    llm.set_seed(seed)
    generator = llm.generate(PROMPT, temp=1.2, top_k=20, top_p=0.9, min_p=0.02)
    said = [next(generator) for _ in range(20)]
    stages = TopK(20), TopP(0.9), MinP(0.02), Temperature(1.2), Dist(seed)
    with llm.model.context(n_ctx=256, n_batch=16, type_k="f32", type_v="f32", flash_attn_type="disabled") as context:
        expected = generate_tokens(Sequence(context), PROMPT, SamplerChain(*stages))
        assert said == [next(expected) for _ in range(20)]


def test_the_default_seed_draws_one(llm: Llama) -> None:
    """The 12th fault of the original: its "random" default always gave the same chain."""

    def said() -> tuple[int, ...]:
        generator = llm.generate(PROMPT, temp=2.0, top_k=0, top_p=1.0, min_p=0.0)
        return tuple(next(generator) for _ in range(8))

    assert len({said() for _ in range(4)}) > 1
    llm.set_seed(0)
    assert len({said() for _ in range(4)}) == 1


def test_negative_temperature_draws_from_all(bigram: BigramModel) -> None:
    with Llama(bigram.path, n_ctx=64, seed=5, **EXACT) as llm:
        llm.eval([1])
        said = []
        for _ in range(10):
            said.append(llm.sample(temp=-1.0, top_k=1))
            llm.n_tokens = 0
            llm.eval([1])
        p = np.exp(bigram.logits[1] - np.logaddexp.reduce(bigram.logits[1].astype(np.float64)))
        drawn = [int(np.searchsorted(np.cumsum(p), u)) for u in uniforms(5, 10)]
        assert said == drawn
        assert len(set(said)) > 1


def test_penalties_and_random_numbers_go_on_from_call_to_call(bigram: BigramModel) -> None:
    with Llama(bigram.path, n_ctx=64, seed=5, **EXACT) as llm:
        order = np.argsort(-bigram.logits[1])
        llm.eval([1])
        row = llm.scores[-1]
        said = [llm.sample(temp=0, frequency_penalty=1000.0) for _ in range(4)]
        assert said == order[:4].tolist()  # each is forbidden once it was chosen
        assert llm.sample(temp=0) == order[0]  # of another text
        assert np.array_equal(llm.scores[-1], row)
        assert llm.sample(temp=0, frequency_penalty=1000.0) == order[0]
        llm.reset()
        llm.eval([1])
        assert llm.sample(temp=0, frequency_penalty=1000.0) == order[0]


def test_sampling_at_a_place(tiny_llama: Path, weights: Weights) -> None:
    with Llama(tiny_llama, n_ctx=256, n_batch=16, logits_all=True, **EXACT) as llm:
        llm.eval(PROMPT)
        best = llama_logits(weights, PROMPT).argmax(1).tolist()
        assert [llm.sample(temp=0, idx=i) for i in range(len(PROMPT))] == best
        with pytest.raises(ValueError, match="idx is 41, but must be that of a token that was evaluated, 0 to 40"):
            llm.sample(idx=41)


def test_generate_is_one_native_call_a_token(llm: Llama, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = llm.generate(PROMPT, temp=0)
    next(generator)
    calls = 0
    call = type(llm.ctx).call

    def counting(context: Context, function: Any, *args: Any) -> Any:
        nonlocal calls
        calls += 1
        return call(context, function, *args)

    monkeypatch.setattr(type(llm.ctx), "call", counting)
    for _ in range(5):
        next(generator)
    assert calls == 5


def test_what_is_wrong(llm: Llama) -> None:
    with pytest.raises(ContextError, match=r"nothing was evaluated yet; call eval\(tokens\) first"):
        llm.sample()
    with pytest.raises(ValueError, match="the prompt is empty"):
        llm.generate([])
    with pytest.raises(ValueError, match="token 512 is not in the vocabulary"):
        llm.eval([1, 512])
    for text in ("text", b"text"):
        with pytest.raises(TypeError, match=r"but must be token ids; tokenize\(text\) gives them"):
            llm.eval(text)  # type: ignore[arg-type]
    for wrong in (None, 5, ["a"]):
        with pytest.raises(TypeError, match=r"the prompt"):
            llm.generate(wrong)  # type: ignore[arg-type]
    llm.eval([1])
    with pytest.raises(TypeError, match="idx"):
        llm.sample(idx="first")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="n_tokens"):
        llm.n_tokens = 0.5  # type: ignore[assignment]
    generator = llm.generate([1], temp=0)
    next(generator)
    with pytest.raises(TypeError, match="must be token ids"):
        generator.send("text")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="logits_processor"):
        llm.generate([1], logits_processor=5)  # type: ignore[arg-type]
    with pytest.warns(UserWarning, match="tfs_z does nothing"):
        llm.generate([1], tfs_z=0.5)
    with pytest.raises(TypeError, match="top_q"):
        llm.sample(top_q=5)  # type: ignore[call-arg]


def test_nothing_is_made_before_it_is_needed(tiny_llama: Path) -> None:
    llm = Llama(tiny_llama, n_ctx=256, **EXACT)
    llm.reset()
    assert llm.n_tokens == 0
    assert llm._live_made is None
    llm.eval([1, 2])
    generator = llm.generate([1, 2], temp=0)
    llm.close()
    for call in (
        lambda: llm.eval([1]),
        llm.sample,
        llm.reset,
        llm.save_state,
        lambda: llm.ctx,
        lambda: next(generator),
    ):
        with pytest.raises(ClosedError):
            call()


def test_the_other_calls_do_not_change_it(llm: Llama, weights: Weights) -> None:
    llm.eval(PROMPT)
    llm([5, 6, 7], max_tokens=3)
    assert llm.input_ids.tolist() == PROMPT
    assert llm.sample(temp=0) == greedy(weights, PROMPT, 1)[0]


def test_several_threads_take_turns(llm: Llama, weights: Weights) -> None:
    """Each call is whole: what was evaluated is what one thread after the other gave."""
    pieces = [[first] * 7 for first in range(300, 308)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(llm.eval, pieces))
    tokens = llm.input_ids.tolist()
    assert sorted(tokens[i : i + 7] for i in range(0, len(tokens), 7)) == pieces
    assert llm.sample(temp=0) == greedy(weights, tokens, 1)[0]


def test_an_interrupted_eval(llm: Llama, weights: Weights) -> None:
    """What was computed stays, and no logits are taken for those of a token that has none."""
    llm.eval(PROMPT[:10])
    n_decoded = 0

    def abort(context: Context, *args: Any) -> Any:
        nonlocal n_decoded
        n_decoded += 1
        if n_decoded == 2:
            raise KeyboardInterrupt
        return decode(context, *args)

    decode = Context.decode
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Context, "decode", abort)
        with pytest.raises(KeyboardInterrupt):
            llm.eval(PROMPT[10:])
    assert llm.input_ids.tolist() == PROMPT[:26]
    with pytest.raises(ContextError, match="logits of tokens 25 to 25 are not there"):
        llm.sample()
    llm.eval(PROMPT[26:])
    assert llm.sample(temp=0) == greedy(weights, PROMPT, 1)[0]


def test_an_encoder(tmp_path: Path) -> None:
    with Llama(write_bert(tmp_path / "bert.gguf"), n_ctx=64, **EXACT) as llm:
        with pytest.raises(ContextError, match="keeps no memory"):
            llm.eval([1])
        assert llm.n_tokens == 0

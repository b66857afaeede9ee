"""What can be changed between decodes, and what is counted."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, ContextError, Dist, Greedy, InvalidBatch, Model, Performance, PythonSampler, SamplerChain
from tests.batches import filled
from tests.capabilities import has
from tests.models import write_bert, write_t5
from tests.models.exact import EXACT, TOKENS
from tests.models.reference import llama_logits, read_weights, t5_logits

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def expected(tiny_llama: Path) -> np.ndarray[Any, Any]:
    return llama_logits(read_weights(tiny_llama), TOKENS)


def test_performance(model: Model) -> None:
    begin = time.perf_counter()
    with model.context(n_ctx=256, no_perf=False, n_threads=1) as context:
        fresh = context.performance
        assert (fresh.n_p_eval, fresh.n_eval, fresh.t_p_eval_ms, fresh.t_eval_ms) == (0, 0, 0, 0)
        context.decode(filled(TOKENS))
        context.synchronize()
        for pos in range(5):
            context.decode(filled([5], len(TOKENS) + pos))
            context.synchronize()
        seen = context.performance
        elapsed = 1000 * (time.perf_counter() - begin)
        assert (seen.n_p_eval, seen.n_eval) == (len(TOKENS), 5)
        assert 0 < seen.t_p_eval_ms < elapsed
        assert 0 < seen.t_eval_ms < elapsed
        assert seen.n_reused == 4  # of five graphs of one token the first was built
        context.reset_performance()
        assert context.performance == dataclasses.replace(fresh, t_load_ms=seen.t_load_ms)
        with pytest.raises(dataclasses.FrozenInstanceError):
            seen.n_eval = 1  # type: ignore[misc]
    with model.context(n_ctx=256) as context:  # as llama.cpp has it: nothing is timed
        context.decode(filled(TOKENS))
        assert (context.performance.t_p_eval_ms, context.performance.n_p_eval) == (0, len(TOKENS))
        assert isinstance(context.performance, Performance)


def test_performance_of_a_chain(model: Model) -> None:
    slow = PythonSampler(lambda _ids, _logits: time.sleep(0.001))
    with model.context(n_ctx=256) as context, SamplerChain(slow, Dist(3), no_perf=False) as chain:
        context.decode(filled(TOKENS))
        for _ in range(7):
            chain.sample(context)
        chain.accept([5, 6])
        assert chain.performance.n_sample == 9
        assert 7 <= chain.performance.t_sample_ms < 1000
        chain.reset_performance()
        assert (chain.performance.n_sample, chain.performance.t_sample_ms) == (0, 0)
        untimed = SamplerChain(Greedy())
        untimed.sample(context)
        assert (untimed.performance.n_sample, untimed.performance.t_sample_ms) == (1, 0)


def test_causal_attention(model: Model, expected: np.ndarray[Any, Any]) -> None:
    with model.context(n_ctx=256, n_ubatch=8, n_batch=16, **EXACT) as context:
        assert [context.causal_attn] == [True]
        context.set_causal_attn(False)
        assert [context.causal_attn] == [False]
        context.decode(filled(TOKENS, output="all"))
        # The first token saw the others, the last one saw all in any case, but what the others made of themselves.
        assert np.abs(context.logits(0) - expected[0]).max() > 1e-2
        with pytest.raises(InvalidBatch, match="without causal attention they must fit in n_ubatch=8"):
            context.decode(filled([5] * 9, len(TOKENS)))
        context.memory.clear()
        context.set_causal_attn(True)
        context.decode(filled(TOKENS, output="all"))
        np.testing.assert_allclose(context.logits(None), expected, atol=1e-4)
        context.decode(filled([5] * 9, len(TOKENS)))
        with pytest.raises(TypeError, match="causal_attn must be True or False"):
            context.set_causal_attn(1)  # type: ignore[arg-type]


def test_embeddings_on_and_off(model: Model, expected: np.ndarray[Any, Any]) -> None:
    with model.context(n_ctx=256, embeddings=True, **EXACT) as made_so:
        made_so.decode(filled(TOKENS, output="all"))
        rows = made_so.embeddings(None)
    with model.context(n_ctx=256, n_outputs_max=8, **EXACT) as context:
        context.decode(filled(TOKENS[:4]))
        context.set_embeddings(True)
        with pytest.raises(ContextError, match="there are no logits at -1"):
            context.logits()
        context.decode(filled(TOKENS[4:], 4, output="all"))
        np.testing.assert_allclose(context.embeddings(None), rows[4:], atol=1e-5)
        np.testing.assert_allclose(context.logits(None), expected[4:], atol=1e-4)
        with pytest.raises(InvalidBatch, match="outputs of 9 tokens, n_outputs_max=8"):
            context.decode(filled([5] * 9, 8, output=True))
        context.set_embeddings(False)
        context.decode(filled([5] * 9, 8, output=True))
        with pytest.raises(ContextError, match="there are no embeddings"):
            context.embeddings()


def test_embeddings_of_a_context_that_would_pool(model: Model) -> None:
    with model.context(n_ctx=768, n_ubatch=256, n_seq_max=3, pooling_type="mean", **EXACT) as context:
        context.decode(filled(TOKENS))
        with pytest.raises(ContextError, match="must be multiples of n_seq_max=3"):
            context.set_embeddings(True)
    for pooling in ("mean", "last", "cls", "rank"):
        with model.context(n_ctx=256, pooling_type=pooling, **EXACT) as context:
            context.set_embeddings(True)
            context.decode(filled(TOKENS, output="all"))


def test_warming_up_leaves_nothing(model: Model, expected: np.ndarray[Any, Any]) -> None:
    with model.context(n_ctx=512, n_seq_max=2, no_perf=False, **EXACT) as context:
        for n_outputs in (0, 1, 300):
            context.warm_up(n_outputs=n_outputs)
            assert [context.memory.pos_max(seq_id) for seq_id in range(2)] == [-1, -1]
            assert (context.performance.n_p_eval, context.performance.n_eval) == (0, 0)
            with pytest.raises(ContextError, match="there are no logits at -1"):
                context.logits()
        context.decode(filled(TOKENS))
        np.testing.assert_allclose(context.logits(), expected[-1], atol=1e-4)
        with pytest.raises(ContextError, match="the context remembers tokens, which warming up would clear"):
            context.warm_up()
        np.testing.assert_allclose(context.logits(), expected[-1], atol=1e-4)
        for wrong, kind in ((-1, ValueError), (513, ValueError), ("8", TypeError)):
            with pytest.raises(kind, match="n_outputs"):
                context.warm_up(n_outputs=wrong)  # type: ignore[arg-type]


def test_warming_up_draws_no_random_numbers(model: Model) -> None:
    drawn = []
    options: dict[str, Any] = {"n_outputs_max_per_seq": 1} if has("n_outputs_max_per_seq") else {}
    for warm in (False, True):
        chain = SamplerChain(Dist(11))
        with model.context(n_ctx=256, samplers={0: chain}, **options, **EXACT) as context:
            if warm:
                context.warm_up()
            tokens = []
            for pos in range(10):
                context.decode(filled([40], pos))
                tokens.append(chain.sample(context))
        drawn.append(tokens)
    assert drawn[0] == drawn[1]


def test_warming_up_other_models(tmp_path: Path) -> None:
    bert = write_bert(tmp_path / "bert.gguf")
    with Model(bert) as model, model.context(embeddings=True) as context:
        context.warm_up()
        context.warm_up(n_outputs=4)
    path = write_t5(tmp_path / "t5.gguf")
    with Model(path) as model, model.context(**EXACT) as context:
        context.warm_up()
        with pytest.raises(InvalidBatch, match=r"needs encode\(\) before decode"):
            context.decode(filled([0]))
        context.encode(filled([5, 9, 1]))
        batch = Batch(1)
        batch.add(0, 0, output=True)
        context.decode(batch)
        np.testing.assert_allclose(context.logits(), t5_logits(read_weights(path), [5, 9, 1], [0])[-1], atol=1e-4)

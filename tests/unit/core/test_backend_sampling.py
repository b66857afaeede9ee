"""Chains inside the graph, held against the logits that the bigram model is known to give."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import (
    Batch,
    ContextError,
    Dist,
    Greedy,
    InvalidBatch,
    LlamaError,
    LogitBias,
    Model,
    Penalties,
    PythonSampler,
    SamplerChain,
    Sequence,
    Temperature,
    TopK,
    TopNSigma,
    TopP,
    generate_tokens,
)
from llamacffi.core.logprobs import output_logprobs
from llamacffi.core.sampling import Rows
from tests.batches import filled
from tests.capabilities import needs
from tests.models.exact import EXACT
from tests.models.reference import softmax
from tests.models.samplers import uniforms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llamacffi import Context
    from tests.models import BigramModel

OPTIONS: dict[str, Any] = {"n_ctx": 256, "n_threads": 1, **EXACT}


@pytest.fixture(scope="module")
def model(bigram: BigramModel) -> Iterator[Model]:
    with Model(bigram.path) as model:
        yield model


def walk(context: Context, chain: SamplerChain, first: int, n: int) -> list[int]:
    """The `n` tokens that follow `first`, one decode each."""
    tokens = [first]
    for pos in range(n):
        context.decode(filled(tokens[-1:], pos))
        tokens.append(chain.sample(context))
    return tokens[1:]


def test_greedy(model: Model, bigram: BigramModel) -> None:
    expected = [40]
    for _ in range(20):
        expected.append(int(bigram.logits[expected[-1]].argmax()))
    chain = SamplerChain(Greedy())
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        assert chain.offloaded == chain.stages
        assert walk(context, chain, 40, 20) == expected[1:]


def test_dist_draws_from_the_known_probabilities(model: Model, bigram: BigramModel) -> None:
    n, temperature, k = 40, 0.8, 50
    chain = SamplerChain(TopK(k), Temperature(temperature), Dist(123))
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        assert chain.offloaded == chain.stages
        tokens = [7, *walk(context, chain, 7, n)]
        sampled = context.sampled()
    # What the last step drew from: the k best of a known row.
    row = bigram.logits[tokens[-2]].astype(np.float64)
    best = np.argsort(-row)[:k]
    assert set(sampled.ids.tolist()) == set(best.tolist())
    assert sampled.p is not None
    p = softmax(row[sampled.ids] / temperature)
    np.testing.assert_allclose(sampled.p, p, atol=1e-5)
    assert sampled.token == tokens[-1]
    # The order of the candidates is the graph's own, and the number drawn is the chain's n-th.
    drawn = uniforms(123, n)[-1]
    assert sampled.token == int(sampled.ids[np.searchsorted(np.cumsum(p), drawn)])


def test_dist_over_the_whole_vocabulary_follows_the_random_numbers(model: Model, bigram: BigramModel) -> None:
    n = 60
    chain = SamplerChain(Dist(99))
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        tokens = [7, *walk(context, chain, 7, n)]
    expected = [
        int(np.searchsorted(np.cumsum(softmax(bigram.logits[token].astype(np.float64))), drawn))
        for token, drawn in zip(tokens, uniforms(99, n), strict=False)
    ]
    assert tokens[1:] == expected


def test_the_rest_of_a_chain_runs_outside(model: Model, bigram: BigramModel) -> None:
    seen: list[dict[int, float]] = []

    def forbid_the_best(ids: np.ndarray[Any, Any], logits: np.ndarray[Any, Any]) -> None:
        seen.append(dict(zip(ids.tolist(), logits.tolist(), strict=True)))
        logits[logits.argmax()] = -np.inf

    chain = SamplerChain(TopK(5), Temperature(2.0), PythonSampler(forbid_the_best), Greedy())
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        assert chain.offloaded == (TopK(5), Temperature(2.0))
        token = walk(context, chain, 40, 1)
        assert context.sampled().token is None
    best = np.argsort(-bigram.logits[40])[:5]
    # Once inside, and not outside as well.
    assert seen[0] == pytest.approx({int(i): bigram.logits[40][i] / 2 for i in best}, abs=1e-5)
    assert token == [best[1]]


def test_a_chain_that_cannot_run_inside_samples_all_the_same(model: Model, bigram: BigramModel) -> None:
    chain = SamplerChain(TopNSigma(50), Greedy())
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        assert chain.offloaded == ()
        assert walk(context, chain, 40, 1) == [bigram.logits[40].argmax()]
        np.testing.assert_allclose(context.sampled().logits, bigram.logits[40], atol=1e-5)


@needs("n_outputs_max_per_seq")
def test_penalties_inside_the_graph(model: Model, bigram: BigramModel) -> None:
    chain = SamplerChain(Penalties(last_n=8, present=100.0), Greedy(), vocab=model.vocab)
    with model.context(samplers={0: chain}, n_outputs_max_per_seq=1, **OPTIONS) as context:
        best = np.argsort(-bigram.logits[40])
        for pos in range(3):  # each token that was accepted is out
            context.decode(filled([40], pos))
            assert chain.sample(context) == best[pos]


def test_raw_logits_are_not_there_and_say_so(model: Model, bigram: BigramModel) -> None:
    chain = SamplerChain(Greedy())
    with model.context(n_seq_max=2, kv_unified=True, samplers={1: chain}, **OPTIONS) as context:
        batch = Batch(8)
        batch.extend([40], 0, 0)
        batch.extend([7], 0, 1)
        context.decode(batch)
        np.testing.assert_allclose(context.logits(0), bigram.logits[40], atol=1e-5)
        np.testing.assert_allclose(context.logits(-2), bigram.logits[40], atol=1e-5)
        for i in (1, -1):
            with pytest.raises(ContextError, match=rf"no logits at {i}: SamplerChain.* sampled there inside the graph"):
                context.logits(i)
            with pytest.raises(ContextError, match="inside the graph"):
                context.logits_view(i)
            assert context.sampled(i).token == bigram.logits[7].argmax()
        with pytest.raises(ContextError, match="inside the graph"):
            context.logits(None)
        with pytest.raises(ContextError, match="nothing was sampled inside the graph at 0"):
            context.sampled(0)
        # Each output belongs to who samples it.
        outside = SamplerChain(Greedy())
        assert outside.sample(context, 0) == bigram.logits[40].argmax()
        with pytest.raises(ContextError, match="cannot sample output 1: SamplerChain.* samples it inside the graph"):
            outside.sample(context, 1)
        with pytest.raises(ContextError, match="cannot sample output 0: .* is attached to another sequence"):
            chain.sample(context, 0)
        assert chain.sample(context, 1) == bigram.logits[7].argmax()


def test_generation_takes_such_a_context(model: Model, bigram: BigramModel) -> None:
    chain = SamplerChain(Greedy())
    expected = [40]
    for _ in range(12):
        expected.append(int(bigram.logits[expected[-1]].argmax()))
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        tokens = generate_tokens(Sequence(context), [9, 40], chain)
        assert [token for token, _ in zip(tokens, range(12), strict=False)] == expected[1:]


def test_a_chain_attaches_once(model: Model) -> None:
    chain = SamplerChain(Greedy())
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        for attach in (lambda: model.context(samplers={0: chain}, **OPTIONS), lambda: context.set_sampler(0, chain)):
            with pytest.raises(ContextError, match=r"was attached to a context.*use chain.clone\(\)"):
                attach()
        with pytest.raises(ContextError, match=r"its stages run inside the graph.*use chain.clone\(\)"):
            chain.apply([1.0, 2.0])
        copy = chain.clone()
        assert not copy.attached
        assert copy.apply([1.0, 2.0]).token == 1
        with model.context(samplers={0: copy}, **OPTIONS) as another:
            with pytest.raises(ContextError, match="it samples there only"):
                chain.sample(another)
            another.decode(filled([40]))
            assert copy.sample(another) == another.sampled().token
    with pytest.raises(ContextError, match="was attached"):
        model.context(samplers={0: chain}, **OPTIONS)


def test_what_is_refused_attaches_nothing(model: Model) -> None:
    chain = SamplerChain(Greedy())
    refused: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"samplers": {1: chain}}, ValueError, "seq_id of a sampler must be from 0 to 0, not 1"),
        ({"samplers": {-1: chain}}, ValueError, "seq_id of a sampler"),
        ({"samplers": {0: chain, 1: chain}, "n_seq_max": 2}, ContextError, "is given for two sequences"),
        ({"samplers": {0: chain}, "embeddings": True}, ContextError, "embeddings=True has no logits to sample"),
    ]
    for options, kind, message in refused:
        with pytest.raises(kind, match=message):
            model.context(**{**OPTIONS, **options})
        assert not chain.attached


def test_set_sampler(model: Model, bigram: BigramModel) -> None:
    with model.context(**OPTIONS) as context:
        context.decode(filled([40]))
        chain = SamplerChain(Greedy())
        context.set_sampler(0, chain)
        assert context.samplers == {0: chain}
        with pytest.raises(ContextError, match="there are no logits at -1"):  # those of the batch before
            context.logits()
        context.decode(filled([7], 1))
        assert chain.sample(context) == bigram.logits[7].argmax()
        context.set_sampler(0, None)
        context.decode(filled([9], 2))
        np.testing.assert_allclose(context.logits(), bigram.logits[9], atol=1e-5)
        context.set_sampler(0, chain.clone())
        with pytest.raises(ContextError, match="has no place for embeddings"):
            context.set_embeddings(True)


def test_closing_a_chain_detaches_it(model: Model, bigram: BigramModel) -> None:
    chain = SamplerChain(TopK(3), Dist(5))
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        context.decode(filled([40]))
        chain.close()
        assert context.samplers == {}
        for pos in range(1, 4):
            context.decode(filled([7], pos))
            np.testing.assert_allclose(context.logits(), bigram.logits[7], atol=1e-5)


def test_an_output_of_several_sequences(model: Model) -> None:
    chain = SamplerChain(Greedy())
    with model.context(n_seq_max=2, kv_unified=True, samplers={0: chain}, **OPTIONS) as context:
        batch = Batch(2, n_seq_max=2)
        batch.add(40, 0, [0, 1])
        context.decode(batch)
        batch.clear()
        batch.add(40, 1, [0, 1], output=True)
        with pytest.raises(InvalidBatch, match="token 0 of the batch belongs to several sequences"):
            context.decode(batch)


@needs("n_outputs_max_per_seq")
def test_too_many_outputs_of_a_sequence(model: Model) -> None:
    chain = SamplerChain(Greedy())
    with model.context(samplers={0: chain}, n_outputs_max=4, n_outputs_max_per_seq=2, **OPTIONS) as context:
        with pytest.raises(InvalidBatch, match="at most 2 outputs per sequence"):
            context.decode(filled([5, 6, 7], output="all"))
        context.decode(filled([5, 6], output="all"))
        assert [context.sampled(i).token for i in (0, 1)] == [context.sampled(i).token for i in (-2, -1)]


def test_the_chain_outlives_the_context(model: Model) -> None:
    context = model.context(samplers={0: SamplerChain(TopK(3), Dist(5))}, **OPTIONS)
    gc.collect()
    context.decode(filled([40]))
    assert context.sampled().token is not None
    context.close()


@pytest.mark.parametrize("stage", [TopK(5), TopP(0.9)])
def test_greedy_among_what_another_stage_left(model: Model, bigram: BigramModel, stage: TopK | TopP) -> None:
    expected = [40]
    for _ in range(8):
        expected.append(int(bigram.logits[expected[-1]].argmax()))
    chain = SamplerChain(stage, Greedy())
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        assert chain.offloaded == chain.stages
        assert walk(context, chain, 40, 8) == expected[1:]
        assert context.sampled().token == expected[-1]


def test_all_tokens_forbidden_inside_the_graph(model: Model) -> None:
    forbidden = LogitBias(dict.fromkeys(range(model.vocab.n_tokens), -np.inf))
    chain = SamplerChain(forbidden, Greedy(), vocab=model.vocab)
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        context.decode(filled([40]))
        with pytest.raises(LlamaError, match="no token is left"):
            chain.sample(context)


def test_logprobs_of_what_stayed_in_the_graph(model: Model) -> None:
    chain = SamplerChain(Greedy())
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        with pytest.raises(ContextError, match="no logits to take log-probabilities of"):
            Rows(chain, n_logprobs=1).step(context, filled([40]))
        context.decode(filled([40]))
        with pytest.raises(ContextError, match="inside the graph"):
            output_logprobs(context, [7], 1)


def test_outputs_let_go_of_are_gone(model: Model) -> None:
    with model.context(**OPTIONS) as context:
        ways: list[Callable[[], None]] = [
            lambda: context.set_sampler(0, None),
            lambda: context.warm_up(n_outputs=2),
            lambda: context.set_embeddings(True),
        ]
        for let_go in ways:
            context.decode(filled([40]))
            context.memory.clear()
            let_go()
            for i in (0, -1):
                with pytest.raises(ContextError, match=f"there are no logits at {i}"):
                    context.logits(i)
            with pytest.raises(ContextError, match="there are no logits"):
                output_logprobs(context, [7])


def test_a_context_that_cannot_be_made_lets_go_of_its_chain(model: Model, bigram: BigramModel) -> None:
    chain = SamplerChain(TopK(3), Greedy())
    rows = Rows(chain)  # has C's pointer of before
    wrong: dict[str, Any] = {**OPTIONS, "flash_attn_type": "disabled", "type_v": "q4_0"}
    for _ in range(2):
        with pytest.raises(ContextError):
            model.context(samplers={0: chain}, **wrong)
        assert not chain.attached
    with model.context(**OPTIONS) as context:
        rows.step(context, filled([40]))
        assert rows.token() == chain.sample(context) == bigram.logits[40].argmax()
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        assert chain.offloaded == chain.stages
        assert walk(context, chain, 40, 1) == [bigram.logits[40].argmax()]


def test_nothing_is_sampled_when_all_is_forbidden(model: Model) -> None:
    everything = LogitBias(dict.fromkeys(range(model.vocab.n_tokens), -np.inf))
    for last in (Greedy(), Dist(1)):
        chain = SamplerChain(everything, last, vocab=model.vocab)
        with model.context(samplers={0: chain}, **OPTIONS) as context:
            context.decode(filled([40]))
            with pytest.raises(LlamaError, match="all are forbidden"):
                context.sampled()


def test_what_goes_on_outside_draws_as_if_all_were_outside(model: Model) -> None:
    """The graph's TopK leaves its candidates in no order; a random number falls on another one in another order."""
    drawn = []
    for inside in (True, False):
        chain = SamplerChain(TopK(20), PythonSampler(lambda _ids, _logits: None), Dist(9))
        with model.context(samplers={0: chain} if inside else {}, **OPTIONS) as context:
            drawn.append(walk(context, chain, 40, 40))
            assert chain.offloaded == ((TopK(20),) if inside else ())
    assert drawn[0] == drawn[1]


def test_a_bias_after_a_choice_is_refused(model: Model, bigram: BigramModel) -> None:
    chain = SamplerChain(TopK(5), LogitBias({4: -np.inf}), Dist(1), vocab=model.vocab)
    with model.context(**OPTIONS) as context:
        with pytest.raises(ContextError, match="inside the graph; put it first"):
            context.set_sampler(0, chain)
        assert not chain.attached
        context.decode(filled([40]))
        assert chain.clone().sample(context) in np.argsort(-bigram.logits[40])[:5]


def test_warming_up_draws_from_no_chain(model: Model) -> None:
    with (
        model.context(samplers={0: SamplerChain(Dist(5))}, **OPTIONS) as context,
        pytest.raises(ContextError, match="draw from the random numbers"),
    ):
        context.warm_up(n_outputs=1)

"""What a chain is made of, its state and its life."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llamacffi import Context, Model
from llamacffi.core.batch import Batch
from llamacffi.core.sampling import AdaptiveP, Dist, Greedy, Penalties, SamplerChain, Stage, Temperature, TopK
from llamacffi.errors import ClosedError, ContextError
from tests.capabilities import needs
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.models import BigramModel


@pytest.fixture
def context(bigram: BigramModel) -> Iterator[Context]:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        batch = Batch(2)
        batch.extend([300, 301], 0, 0, output="all")
        context.decode(batch)
        yield context


def draws(chain: SamplerChain, context: Context, n: int = 12) -> list[int]:
    return [chain.sample(context) for _ in range(n)]


def test_any_output_can_be_sampled(context: Context, bigram: BigramModel) -> None:
    with SamplerChain(Greedy()) as chain:
        best = bigram.logits[[300, 301]].argmax(axis=1).tolist()
        assert [chain.sample(context, 0), chain.sample(context, 1), chain.sample(context)] == [*best, best[1]]


@pytest.mark.parametrize("i", [2, -3, 100])
def test_sampling_where_there_are_no_logits_is_an_error(context: Context, i: int) -> None:
    with SamplerChain(Greedy()) as chain, pytest.raises(ContextError, match=f"no logits at {i};"):
        chain.sample(context, i)


def test_sampling_before_any_decode_is_an_error(bigram: BigramModel) -> None:
    with (
        Model(bigram.path) as model,
        model.context(n_threads=1, n_ctx=256) as context,
        SamplerChain(Greedy()) as chain,
        pytest.raises(ContextError, match="no logits"),
    ):
        chain.sample(context)


@pytest.mark.parametrize("stages", [(), (TopK(40), Temperature(0.8))])
def test_a_chain_that_selects_nothing_is_refused(stages: tuple[Stage, ...]) -> None:
    with pytest.raises(ValueError, match=r"no stage selects a token; end the chain with Dist\(\)"):
        SamplerChain(*stages)


def test_a_stage_after_the_one_that_selects_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Greedy\(\) selects the token and so must come last, but TopK\(k=40\)"):
        SamplerChain(Greedy(), TopK(40))


def test_the_same_seed_draws_the_same(context: Context) -> None:
    with SamplerChain(Dist(5)) as first, SamplerChain(Dist(5)) as second, SamplerChain(Dist(6)) as other:
        same = draws(first, context)
        assert draws(second, context) == same
        assert draws(other, context) != same


def test_reset_starts_the_seed_again(context: Context) -> None:
    with SamplerChain(Dist(5)) as chain:
        first = draws(chain, context)
        assert draws(chain, context) != first
        chain.reset()
        assert draws(chain, context) == first


@needs("a clone of the penalties with their counts")
def test_a_clone_goes_on_from_the_same_state(context: Context) -> None:
    vocab = context.model.vocab
    with SamplerChain(Penalties(repeat=1.5), Dist(5), vocab=vocab) as chain:
        draws(chain, context)
        with chain.clone() as clone:
            assert clone.stages == chain.stages
            assert draws(clone, context) == draws(chain, context)


def test_a_clone_outlives_its_original(context: Context) -> None:
    chain = SamplerChain(Dist(5))
    clone = chain.clone()
    chain.close()
    assert len(draws(clone, context)) == 12
    clone.close()


def test_sample_accepts_the_token(context: Context, bigram: BigramModel) -> None:
    best = int(bigram.logits[301].argmax())
    with SamplerChain(Penalties(last_n=1, present=100.0), Greedy(), vocab=context.model.vocab) as chain:
        first, second, third = draws(chain, context, 3)
    # The best token is penalised only after it was chosen, and free again when another one was.
    assert (first, third) == (best, best)
    assert second != best


def test_the_seed_is_reported_also_when_it_was_drawn() -> None:
    with SamplerChain(Dist(5)) as given, SamplerChain(Dist()) as drawn, SamplerChain(Greedy()) as none:
        assert given.seed == 5
        assert none.seed is None
        seed = drawn.seed
        assert seed is not None
    with SamplerChain(AdaptiveP(0.2, seed=7)) as adaptive:
        assert adaptive.seed == 7


def test_a_seed_that_was_drawn_repeats_the_draws(context: Context) -> None:
    with SamplerChain(Dist()) as drawn, SamplerChain(Dist(drawn.seed)) as again:
        assert draws(drawn, context) == draws(again, context)


def test_repr_says_what_it_does() -> None:
    with SamplerChain(TopK(40), Temperature(0.5), Dist(1)) as chain:
        assert repr(chain) == "SamplerChain(TopK(k=40), Temperature(t=0.5), Dist(seed=1))"
        assert len(chain) == 3


def test_a_closed_chain_refuses(context: Context) -> None:
    chain = SamplerChain(Greedy())
    chain.close()
    with pytest.raises(ClosedError):
        chain.sample(context)
    with pytest.raises(ClosedError):
        chain.accept(1)


def test_a_chain_with_a_vocabulary_closes_with_its_model(bigram: BigramModel) -> None:
    model = Model(bigram.path)
    chain = SamplerChain(Penalties(repeat=1.1), Greedy(), vocab=model.vocab)
    model.close()
    assert chain.closed


def test_threads_can_share_a_chain(bigram: BigramModel) -> None:
    code = f"""
import sys, threading
from llamacffi import Dist, Model, Penalties, SamplerChain, Sequence, TopK, generate_tokens
sys.setswitchinterval(1e-6)
model = Model({str(bigram.path)!r})
chain = SamplerChain(Penalties(64, 1.1), TopK(40), Dist(1), vocab=model.vocab)

def work():
    context = model.context(n_ctx=256, n_threads=1)
    for _ in range(20):
        for token, _ in zip(generate_tokens(Sequence(context), [5], chain), range(100)):
            assert token in model.vocab

threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    run = run_python(code)
    assert (run.returncode, run.stderr) == (0, "")

"""What stages are made with, and how they work in a chain; their distributions are in test_distributions.py."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from llamacffi import Context, Model
from llamacffi.core.batch import Batch
from llamacffi.core.sampling import (
    DRY,
    AdaptiveP,
    Dist,
    Greedy,
    Infill,
    LogitBias,
    MinP,
    Mirostat,
    Penalties,
    SamplerChain,
    Stage,
    Temperature,
    TemperatureExt,
    TopK,
    TopP,
)
from llamacffi.errors import ClosedError
from tests.models.reference import softmax
from tests.models.samplers import chi_squared_p

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.models import BigramModel

Row = npt.NDArray[np.float64]

TOKEN = 300
"""The token after which the tests sample; its logits are row 300 of the matrix."""
N_SAMPLES = 4000


@pytest.fixture(scope="module")
def context(bigram: BigramModel) -> Iterator[Context]:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        batch = Batch(1)
        batch.add(TOKEN, 0, output=True)
        context.decode(batch)
        yield context


@pytest.fixture
def logits(bigram: BigramModel) -> Row:
    return np.asarray(bigram.logits[TOKEN], np.float64)


def sampled(
    context: Context, *stages: Stage, n: int = N_SAMPLES, accepted: Sequence[int] = ()
) -> npt.NDArray[np.int64]:
    """How often each token was chosen in `n` draws, the chain having accepted the same tokens before."""
    counts = np.zeros(context.model.vocab.n_tokens, np.int64)
    with SamplerChain(*stages, vocab=context.model.vocab) as chain:
        chain.accept(accepted)
        for _ in range(n):
            counts[chain.sample(context)] += 1
    return counts


def test_greedy_takes_the_best(context: Context, logits: Row) -> None:
    assert sampled(context, Greedy(), n=3)[logits.argmax()] == 3


def test_dist_draws_by_softmax(context: Context, logits: Row) -> None:
    assert chi_squared_p(sampled(context, Dist(1)), softmax(logits)) > 1e-4


def test_stages_work_in_their_order(context: Context, logits: Row) -> None:
    # The five best first, then a temperature: the other way round the same; but not so with the nucleus.
    hot = softmax(np.where(logits >= np.sort(logits)[-5], logits / 2, -np.inf))
    assert chi_squared_p(sampled(context, TopK(5), Temperature(2.0), Dist(1)), hot) > 1e-4
    assert chi_squared_p(sampled(context, Temperature(2.0), Dist(1)), hot) == 0


def test_temperature_zero_leaves_the_best(context: Context, logits: Row) -> None:
    assert sampled(context, Temperature(0.0), Dist(1), n=5)[logits.argmax()] == 5


def test_dry_stops_at_a_sequence_breaker(context: Context, logits: Row) -> None:
    vocab = context.model.vocab
    (breaker,) = vocab.tokenize("*", add_special=False)
    best = int(logits.argmax())
    accepted = [10, breaker, 12, best, 20, 10, breaker, 12]
    assert sampled(context, DRY(50.0, 2.0, 2, 64, ()), Greedy(), n=1, accepted=accepted)[best] == 0
    assert sampled(context, DRY(50.0, 2.0, 2, 64, ("*",)), Greedy(), n=1, accepted=accepted)[best] == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: TopK(-1),
        lambda: TopP(1.1),
        lambda: TopP(math.nan),
        lambda: MinP(-0.1),
        lambda: MinP(0.1, min_keep=-1),
        lambda: Temperature(math.inf),
        lambda: TemperatureExt(1.0, -0.1),
        lambda: Penalties(repeat=0.0),
        lambda: Penalties(last_n=-1),
        lambda: Penalties(last_n=2**31 - 1),
        lambda: DRY(last_n=2**31 - 1),
        lambda: Penalties(freq=math.nan),
        lambda: Mirostat(m=1),
        lambda: Dist(-1),
        lambda: Dist(2**32 - 1),
        lambda: AdaptiveP(1.5),
        lambda: DRY(sequence_breakers=("",)),
        lambda: DRY(sequence_breakers=("a\0b",)),
        lambda: LogitBias({1: math.inf}),
        lambda: LogitBias({1: math.nan}),
    ],
)
def test_numbers_out_of_range_are_refused_where_they_are_given(make: type[Stage]) -> None:
    with pytest.raises(ValueError, match=r"must|between|NUL"):
        make()


@pytest.mark.parametrize("stage", [LogitBias({1: 1.0}), Penalties(repeat=1.1), DRY(1.0)])
def test_stages_that_need_the_vocabulary_say_so(stage: Stage) -> None:
    with pytest.raises(ValueError, match=r"pass it as SamplerChain\(…, vocab=model.vocab\)"):
        SamplerChain(stage, Greedy())


def test_a_bias_of_a_token_that_does_not_exist_is_refused(context: Context) -> None:
    with pytest.raises(ValueError, match="token 100000"):
        SamplerChain(LogitBias({100_000: 1.0}), Greedy(), vocab=context.model.vocab)


def test_a_stage_cannot_be_built_on_a_closed_model(bigram: BigramModel) -> None:
    with Model(bigram.path) as model:
        vocab = model.vocab
    with pytest.raises(ClosedError, match="this Model is closed"):
        DRY(multiplier=1.0).build(vocab)


def test_stages_that_borrow_the_vocabulary_know_when_it_is_closed(bigram: BigramModel) -> None:
    model = Model(bigram.path)
    vocab = model.vocab
    model.close()
    for stage in (Infill(), DRY(multiplier=1.0)):
        with pytest.raises(ClosedError, match="this Model is closed"):
            stage.build(vocab)

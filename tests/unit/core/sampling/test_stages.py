"""Each stage against its formula in NumPy, on a model whose logits are known."""

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
    XTC,
    AdaptiveP,
    Dist,
    Greedy,
    LogitBias,
    MinP,
    Mirostat,
    MirostatV2,
    Penalties,
    SamplerChain,
    Stage,
    Temperature,
    TemperatureExt,
    TopK,
    TopNSigma,
    TopP,
    Typical,
)
from tests.models.reference import softmax

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
    """How often each token was chosen in `n` draws, the chain having accepted the same tokens before each."""
    counts = np.zeros(context.model.vocab.n_tokens, np.int64)
    with SamplerChain(*stages, vocab=context.model.vocab) as chain:
        for token in accepted:
            chain.accept(token)
        for _ in range(n):
            counts[chain.sample(context)] += 1
    return counts


def assert_drawn_from(counts: npt.NDArray[np.int64], p: Row) -> None:
    """Pearson's chi-squared over the tokens that are likely, and none that must not come; seeds make it repeatable."""
    assert set(np.flatnonzero(counts)) <= set(np.flatnonzero(p))
    n = counts.sum()
    likely = n * p >= 5
    expected = np.append(n * p[likely], n * p[~likely].sum())
    observed = np.append(counts[likely], counts[~likely].sum())
    used = expected > 0
    chi2 = float(((observed - expected)[used] ** 2 / expected[used]).sum())
    # Five standard deviations above the mean of the distribution.
    degrees = int(used.sum()) - 1
    assert chi2 < degrees + 5 * math.sqrt(2 * degrees) + 1, (chi2, degrees)


def kept(logits: Row, keep: npt.NDArray[np.bool_]) -> Row:
    return softmax(np.where(keep, logits, -np.inf))


def nucleus(p: Row, mass: float) -> npt.NDArray[np.bool_]:
    """The most probable tokens that together reach `mass`."""
    order = np.argsort(-p)
    n = int(np.searchsorted(np.cumsum(p[order]), mass)) + 1
    keep = np.zeros(len(p), bool)
    keep[order[:n]] = True
    return keep


def test_greedy_takes_the_best(context: Context, logits: Row) -> None:
    assert sampled(context, Greedy(), n=3)[logits.argmax()] == 3


def test_dist_draws_by_softmax(context: Context, logits: Row) -> None:
    assert_drawn_from(sampled(context, Dist(1)), softmax(logits))


@pytest.mark.parametrize("k", [1, 3, 40])
def test_top_k(context: Context, logits: Row, k: int) -> None:
    assert_drawn_from(sampled(context, TopK(k), Dist(1)), kept(logits, logits >= np.sort(logits)[-k]))


@pytest.mark.parametrize("p", [0.2, 0.5, 0.9])
def test_top_p(context: Context, logits: Row, p: float) -> None:
    assert_drawn_from(sampled(context, TopP(p), Dist(1)), kept(logits, nucleus(softmax(logits), p)))


@pytest.mark.parametrize("p", [0.1, 0.6])
def test_min_p(context: Context, logits: Row, p: float) -> None:
    probabilities = softmax(logits)
    assert_drawn_from(sampled(context, MinP(p), Dist(1)), kept(logits, probabilities >= p * probabilities.max()))


def test_min_keep_outweighs_min_p(context: Context, logits: Row) -> None:
    expected = kept(logits, logits >= np.sort(logits)[-5])
    assert_drawn_from(sampled(context, MinP(1.0, min_keep=5), Dist(1)), expected)


def test_typical(context: Context, logits: Row) -> None:
    p = softmax(logits)
    surprise = -np.log(p)
    order = np.argsort(np.abs(surprise - (p * surprise).sum()))
    n = int(np.searchsorted(np.cumsum(p[order]), 0.3)) + 1
    keep = np.isin(np.arange(len(p)), order[:n])
    assert_drawn_from(sampled(context, Typical(0.3), Dist(1)), kept(logits, keep))


@pytest.mark.parametrize("t", [0.5, 2.0])
def test_temperature(context: Context, logits: Row, t: float) -> None:
    assert_drawn_from(sampled(context, Temperature(t), Dist(1)), softmax(logits / t))


def test_temperature_zero_leaves_the_best(context: Context, logits: Row) -> None:
    assert sampled(context, Temperature(0.0), Dist(1), n=5)[logits.argmax()] == 5


def test_temperature_ext_follows_the_entropy(context: Context, logits: Row) -> None:
    p = softmax(logits)
    entropy = -(p * np.log(p)).sum() / np.log(len(p))
    t = 0.5 + (1.5 - 0.5) * entropy**0.7
    assert_drawn_from(sampled(context, TemperatureExt(1.0, 0.5, 0.7), Dist(1)), softmax(logits / t))


def test_xtc_drops_all_likely_tokens_but_the_last(context: Context, logits: Row) -> None:
    probabilities = softmax(logits)
    threshold = np.sort(probabilities)[-4] * 0.999
    expected = kept(logits, probabilities <= np.sort(probabilities)[-4])
    assert_drawn_from(sampled(context, XTC(1.0, threshold, 1, 1), Dist(1)), expected)


def test_top_n_sigma(context: Context, logits: Row) -> None:
    keep = logits >= logits.max() - 1.5 * logits.std()
    assert_drawn_from(sampled(context, TopNSigma(1.5), Dist(1)), kept(logits, keep))


def test_logit_bias(context: Context, logits: Row) -> None:
    best = int(logits.argmax())
    expected = logits.copy()
    expected[best], expected[7] = -np.inf, expected[7] + 9
    assert_drawn_from(sampled(context, LogitBias({best: -math.inf, 7: 9.0}), Dist(1)), softmax(expected))


def test_penalties_lower_what_was_accepted(context: Context, logits: Row) -> None:
    best, second = (int(token) for token in np.argsort(-logits)[:2])
    # Each draw is accepted too, and so only the first of a chain is drawn from the formula.
    penalties = Penalties(last_n=4, repeat=2.0, freq=0.5, present=0.25)
    accepted = [second, best, best]
    expected = logits.copy()
    for token, count in ((best, 2), (second, 1)):
        expected[token] = expected[token] / 2 if expected[token] > 0 else expected[token] * 2
        expected[token] -= 0.5 * count + 0.25
    counts = sum(sampled(context, penalties, Dist(seed), n=1, accepted=accepted) for seed in range(N_SAMPLES))
    assert_drawn_from(np.asarray(counts), softmax(expected))


def test_dry_lowers_what_would_continue_a_repetition(context: Context, logits: Row) -> None:
    best = int(logits.argmax())
    accepted = [10, 11, 12, best, 20, 10, 11, 12]
    second = int(np.argsort(-logits)[1])
    # The repetition is 3 long, 1 more than allowed: the penalty is 8 * 2 ** 1.
    assert logits[best] - 16 < logits[second]
    dry = DRY(8.0, 2.0, 2, 64, ())
    assert sampled(context, dry, Greedy(), n=1, accepted=accepted)[second] == 1
    assert sampled(context, DRY(8.0, 2.0, 4, 64, ()), Greedy(), n=1, accepted=accepted)[best] == 1


def test_dry_stops_at_a_sequence_breaker(context: Context, logits: Row) -> None:
    vocab = context.model.vocab
    (breaker,) = vocab.tokenize("*", add_special=False)
    best = int(logits.argmax())
    accepted = [10, breaker, 12, best, 20, 10, breaker, 12]
    assert sampled(context, DRY(50.0, 2.0, 2, 64, ()), Greedy(), n=1, accepted=accepted)[best] == 0
    assert sampled(context, DRY(50.0, 2.0, 2, 64, ("*",)), Greedy(), n=1, accepted=accepted)[best] == 1


@pytest.mark.parametrize("stage", [Mirostat(1, tau=2.0), MirostatV2(1, tau=2.0)])
def test_mirostat_holds_the_surprise(context: Context, logits: Row, stage: Stage) -> None:
    counts = sampled(context, stage)
    # Drawn from the whole distribution, the mean surprise is its entropy, far above the target.
    p = softmax(logits)
    entropy = -(p * np.log2(p)).sum()
    surprise = -(counts / counts.sum() * np.log2(p)).sum()
    assert surprise < entropy - 1


@pytest.mark.parametrize("rank", [0, 6])
def test_adaptive_p_picks_tokens_near_its_target(context: Context, logits: Row, rank: int) -> None:
    p = kept(logits, logits >= np.sort(logits)[-10])
    target = float(np.sort(p)[-1 - rank])
    counts = sampled(context, TopK(10), AdaptiveP(target, 0.9, 1))
    # Drawn by probability alone, the mean probability of what is picked would be the sum of the squares.
    assert abs(counts @ p / counts.sum() - target) < 0.5 * abs(p @ p - target)


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
    with pytest.raises(ValueError, match=r"must|between"):
        make()


@pytest.mark.parametrize("stage", [LogitBias({1: 1.0}), Penalties(repeat=1.1), DRY(1.0)])
def test_stages_that_need_the_vocabulary_say_so(stage: Stage) -> None:
    with pytest.raises(ValueError, match=r"pass it as SamplerChain\(…, vocab=model.vocab\)"):
        SamplerChain(stage, Greedy())


def test_a_bias_of_a_token_that_does_not_exist_is_refused(context: Context) -> None:
    with pytest.raises(ValueError, match="token 100000"):
        SamplerChain(LogitBias({100_000: 1.0}), Greedy(), vocab=context.model.vocab)

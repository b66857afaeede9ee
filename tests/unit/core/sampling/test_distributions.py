"""The probabilities of every stage against its definition in NumPy, and draws against the probabilities."""

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
    Infill,
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
    eog_tokens,
)
from tests.models import samplers as reference
from tests.models.reference import softmax
from tests.models.samplers import chi_squared_p

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.models import BigramModel

Row = npt.NDArray[np.float64]

TOKENS = (300, 17, 45, 128)
"""The tokens after which the tests sample."""
N_DRAWS = 4000


@pytest.fixture(scope="module")
def context(bigram: BigramModel) -> Iterator[Context]:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        batch = Batch(len(TOKENS))
        batch.extend(TOKENS, 0, 0, output="all")
        context.decode(batch)
        yield context


def probabilities(chain: SamplerChain, logits: npt.ArrayLike, n_vocab: int) -> Row:
    """What the last stage drew from, by token."""
    candidates = chain.apply(logits)
    p = np.zeros(n_vocab)
    p[candidates.ids] = candidates.p
    return p


def assert_equals(context: Context, bigram: BigramModel, stage: Stage, expected: Callable[[Row], Row]) -> None:
    """The stage, and then Dist, give the softmax of `expected(logits)` after each of TOKENS, to 1e-5."""
    vocab = context.model.vocab
    for i, token in enumerate(TOKENS):
        with SamplerChain(stage, Dist(1), vocab=vocab) as chain:
            p = probabilities(chain, context.logits(i), vocab.n_tokens)
        np.testing.assert_allclose(p, softmax(expected(np.float64(bigram.logits[token]))), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Temperature(0.5), lambda row: row / 0.5),
        (Temperature(2.0), lambda row: row / 2.0),
        (TemperatureExt(1.0, 0.5, 0.7), lambda row: reference.temperature_ext(row, 1.0, 0.5, 0.7)),
        (TemperatureExt(0.6, 0.0), lambda row: row / 0.6),
        (TopK(1), lambda row: reference.top_k(row, 1)),
        (TopK(40), lambda row: reference.top_k(row, 40)),
        (TopK(300), lambda row: reference.top_k(row, 300)),
        (TopK(0), lambda row: row),
        (TopP(0.3), lambda row: reference.top_p(row, 0.3)),
        (TopP(0.95), lambda row: reference.top_p(row, 0.95)),
        (TopP(0.1, min_keep=7), lambda row: reference.top_p(row, 0.1, 7)),
        (MinP(0.05), lambda row: reference.min_p(row, 0.05)),
        (MinP(1.0, min_keep=5), lambda row: reference.min_p(row, 1.0, 5)),
        (Typical(0.3), lambda row: reference.typical(row, 0.3)),
        (Typical(0.9), lambda row: reference.typical(row, 0.9)),
        (Typical(0.01, min_keep=4), lambda row: reference.typical(row, 0.01, 4)),
        (TopNSigma(1.5), lambda row: reference.top_n_sigma(row, 1.5)),
        (TopNSigma(0.5), lambda row: reference.top_n_sigma(row, 0.5)),
        (XTC(1.0, 0.02, 0, 1), lambda row: reference.xtc(row, 0.02)),
        (XTC(1.0, 0.02, 512, 1), lambda row: reference.xtc(row, 0.02, 512)),
        (XTC(0.0, 0.02, 0, 1), lambda row: row),
        (LogitBias({7: 9.0, 300: -math.inf}), lambda row: biased(row, {7: 9.0, 300: -math.inf})),
    ],
)
def test_probabilities(context: Context, bigram: BigramModel, stage: Stage, expected: Callable[[Row], Row]) -> None:
    assert_equals(context, bigram, stage, expected)


def biased(row: Row, biases: dict[int, float]) -> Row:
    row = row.copy()
    for token, bias in biases.items():
        row[token] += bias
    return row


@pytest.mark.parametrize(("p", "n_vocab"), [(0.1, 5000), (0.9, 5000), (0.999, 3000)])
def test_top_p_of_a_large_vocabulary(p: float, n_vocab: int) -> None:
    # llama.cpp sorts only as many as it thinks it needs when there are more than 1024.
    logits = np.random.RandomState(3).randn(n_vocab) * 3
    with SamplerChain(TopP(p), Dist(1)) as chain:
        got = probabilities(chain, logits, n_vocab)
    np.testing.assert_allclose(got, softmax(reference.top_p(logits, p)), rtol=0, atol=1e-5)


def test_greedy_takes_the_best_and_says_all_probabilities(context: Context, bigram: BigramModel) -> None:
    for i, token in enumerate(TOKENS):
        with SamplerChain(Greedy()) as chain:
            candidates = chain.apply(context.logits(i))
        assert candidates.token == bigram.logits[token].argmax()
        np.testing.assert_allclose(candidates.p, softmax(np.float64(bigram.logits[token])), rtol=0, atol=1e-5)


@pytest.mark.parametrize("last_n", [4, 64])
def test_penalties(context: Context, bigram: BigramModel, last_n: int) -> None:
    accepted = np.random.RandomState(5).randint(0, 30, 50).tolist()
    stage = Penalties(last_n, 1.3, 0.4, 0.25)
    for i, token in enumerate(TOKENS):
        with SamplerChain(stage, Dist(1), vocab=context.model.vocab) as chain:
            chain.accept(accepted)
            p = probabilities(chain, context.logits(i), context.model.vocab.n_tokens)
        expected = reference.penalties(np.float64(bigram.logits[token]), accepted[-last_n:], 1.3, 0.4, 0.25)
        np.testing.assert_allclose(p, softmax(expected), rtol=0, atol=1e-5)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("breakers", [(), ("*", "+")])
def test_dry(context: Context, bigram: BigramModel, seed: int, breakers: Sequence[str]) -> None:
    vocab = context.model.vocab
    stars = {token for token in vocab for text in breakers if text in vocab.piece(token).decode(errors="replace")}
    # Four tokens make many repetitions; a breaker now and then ends them.
    alphabet = [10, 11, 12, *vocab.tokenize("*", add_special=False)]
    accepted = np.random.RandomState(seed).choice(alphabet, 40, p=[0.35, 0.3, 0.3, 0.05]).tolist()
    with SamplerChain(DRY(0.8, 1.75, 2, 30, breakers), Dist(1), vocab=vocab) as chain:
        chain.accept(accepted)
        p = probabilities(chain, context.logits(0), vocab.n_tokens)
    expected = reference.dry(np.float64(bigram.logits[TOKENS[0]]), accepted[-30:], 0.8, 1.75, 2, stars)
    np.testing.assert_allclose(p, softmax(expected), rtol=0, atol=1e-5)


def test_mirostat_v1_step_by_step(context: Context, bigram: BigramModel) -> None:
    n_vocab, mu = context.model.vocab.n_tokens, 2 * 4.0
    with SamplerChain(Mirostat(1, tau=4.0, eta=0.3, m=60), vocab=context.model.vocab) as chain:
        for step in range(60):
            row = np.float64(bigram.logits[TOKENS[step % 4]])
            candidates = chain.apply(context.logits(step % 4))
            p = softmax(reference.mirostat_v1(row, mu, 60, n_vocab))
            np.testing.assert_allclose(candidates.p, p[candidates.ids], rtol=0, atol=1e-5)
            assert np.count_nonzero(p) == len(candidates)
            mu -= 0.3 * (-math.log2(p[candidates.token]) - 4.0)


def test_mirostat_v2_step_by_step(context: Context, bigram: BigramModel) -> None:
    mu = 2 * 4.0
    with SamplerChain(MirostatV2(1, tau=4.0, eta=0.3)) as chain:
        for step in range(60):
            row = np.float64(bigram.logits[TOKENS[step % 4]])
            candidates = chain.apply(context.logits(step % 4))
            p = softmax(reference.mirostat_v2(row, mu))
            np.testing.assert_allclose(candidates.p, p[candidates.ids], rtol=0, atol=1e-5)
            assert np.count_nonzero(p) == len(candidates)
            mu -= 0.3 * (-math.log2(p[candidates.token]) - 4.0)


def test_adaptive_p_step_by_step(context: Context, bigram: BigramModel) -> None:
    target, decay = 0.05, 0.8
    weighted, total = target / (1 - decay), 1 / (1 - decay)
    with SamplerChain(AdaptiveP(target, decay, 1)) as chain:
        for step in range(60):
            row = np.float64(bigram.logits[TOKENS[step % 4]])
            candidates = chain.apply(context.logits(step % 4))
            p = softmax(reference.adaptive_p(row, min(max(2 * target - weighted / total, 0.0), 1.0)))
            np.testing.assert_allclose(candidates.p, p[candidates.ids], rtol=0, atol=1e-5)
            chain.accept(candidates.token)
            weighted = softmax(row)[candidates.token] + decay * weighted
            total = 1 + decay * total


def infilled(context: Context, logits: dict[int, float]) -> dict[int, float]:
    """Token to probability, after Infill of the given candidates."""
    stages = (TopK(len(logits)), Infill(), Dist(1))
    with SamplerChain(*stages, vocab=context.model.vocab) as chain:
        left = chain.apply(list(logits.values()), list(logits))
    return {int(token): float(p) for token, p in zip(left.ids, left.p, strict=True)}


def test_infill_by_hand(context: Context, bigram: BigramModel) -> None:
    t, the, to, seven, eight = (bigram.vocab.ids[text] for text in ("▁t", "▁the", "▁to", "7", "8"))
    p = {seven: 0.35, eight: 0.3, the: 0.16, t: 0.15, to: 0.04}
    logits = {token: math.log(share) for token, share in p.items()}
    # "t" begins "the": they count as one of 0.31, which is kept, at 0.2 and then at a quarter of what is left. "to" is
    # not. What is drawn from are the logits, where "the" has 0.16 still.
    assert infilled(context, logits) == pytest.approx(
        {seven: 0.35 / 0.81, eight: 0.3 / 0.81, the: 0.16 / 0.81}, abs=1e-5
    )
    # The end at 10 % of 6 candidates is likely enough.
    eos = bigram.vocab.eos
    assert infilled(context, {**logits, eos: math.log(0.1)}) == pytest.approx({eos: 1.0})


@pytest.mark.parametrize("k", [3, 8, 20])
def test_infill_by_its_definition(context: Context, bigram: BigramModel, k: int) -> None:
    vocab = context.model.vocab
    pieces, eog = [vocab.piece(token) for token in vocab], set(eog_tokens(vocab))
    for token in TOKENS:
        row = reference.top_k(np.float64(bigram.logits[token]) * 3, k)
        expected = softmax(reference.infill(row, pieces, eog))
        with SamplerChain(TopK(k), Infill(), Dist(1), vocab=vocab) as chain:
            p = probabilities(chain, bigram.logits[token] * 3, vocab.n_tokens)
        if not np.isnan(expected).any():
            np.testing.assert_allclose(p, expected, rtol=0, atol=1e-5)
        else:  # nothing is likely enough: the token that ends a turn
            assert p[vocab.eot or 0] == 1


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Dist(11), softmax),
        (XTC(0.4, 0.02, 0, 12), lambda row: 0.4 * softmax(reference.xtc(row, 0.02)) + 0.6 * softmax(row)),
        (Mirostat(13, tau=2.5, eta=0.0), lambda row: softmax(reference.mirostat_v1(row, 5.0, 100, len(row)))),
        (MirostatV2(14, tau=3.0, eta=0.0), lambda row: softmax(reference.mirostat_v2(row, 6.0))),
        (AdaptiveP(0.03, 0.9, 15), lambda row: softmax(reference.adaptive_p(row, 0.03))),
    ],
)
def test_draws(context: Context, bigram: BigramModel, stage: Stage, expected: Callable[[Row], Row]) -> None:
    stages = (stage,) if stage.selects else (stage, Dist(16))
    counts = np.zeros(context.model.vocab.n_tokens, np.int64)
    logits = context.logits(1)
    with SamplerChain(*stages, vocab=context.model.vocab) as chain:
        for _ in range(N_DRAWS):
            counts[chain.apply(logits).token] += 1
    assert chi_squared_p(counts, expected(np.float64(bigram.logits[TOKENS[1]]))) > 1e-4


def test_chi_squared_knows_a_die_from_a_loaded_one() -> None:
    # 5 degrees of freedom: the tables have 11.070 at 5 % and 20.515 at 0.1 %.
    fair = np.full(6, 1 / 6)
    assert chi_squared_p(np.full(6, 100), fair) == 1.0
    for statistic, p in ((11.070, 0.05), (20.515, 0.001)):
        n = 10**8
        off = round(math.sqrt(statistic / 2 * n))
        assert chi_squared_p(np.array([n + off, n - off, n, n, n, n]), fair) == pytest.approx(p, rel=1e-3)
    assert chi_squared_p(np.array([1, 0]), np.array([0.0, 1.0])) == 0.0

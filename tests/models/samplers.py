"""Every sampler of llama.h by its definition, in float64: what it leaves of a row of logits, -inf for what it drops.

Written from the papers, and from llama.h where there is none; the probabilities are the softmax of what is left.
`chi_squared_p` says how likely draws are under such probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.models.reference import softmax

Row = npt.NDArray[np.float64]

__all__ = [
    "adaptive_p",
    "chi_squared_p",
    "dry",
    "infill",
    "min_p",
    "mirostat_v1",
    "mirostat_v2",
    "penalties",
    "temperature_ext",
    "top_k",
    "top_n_sigma",
    "top_p",
    "typical",
    "uniforms",
    "xtc",
]


def top_k(logits: Row, k: int) -> Row:
    """arXiv:1805.04833: the `k` best."""
    return _keep(logits, np.argsort(-logits, kind="stable")[:k]) if k > 0 else logits


def top_p(logits: Row, p: float, min_keep: int = 0) -> Row:
    """arXiv:1904.09751: the smallest set of best tokens that reaches `p`."""
    return _mass(logits, np.argsort(-logits, kind="stable"), p, min_keep)


def typical(logits: Row, p: float, min_keep: int = 0) -> Row:
    """arXiv:2202.00666: the smallest set that reaches `p`, of tokens whose surprise is nearest the entropy."""
    surprise = -np.log(softmax(logits))
    entropy = (np.exp(-surprise) * surprise).sum()
    return _mass(logits, np.argsort(np.abs(surprise - entropy), kind="stable"), p, min_keep)


def min_p(logits: Row, p: float, min_keep: int = 0) -> Row:
    """arXiv:2407.01082: those at least `p` times as likely as the best."""
    order = np.argsort(-logits, kind="stable")
    likely = softmax(logits)
    n = int((likely >= p * likely.max()).sum())
    return _keep(logits, order[: max(n, min_keep)])


def top_n_sigma(logits: Row, n: float) -> Row:
    """arXiv:2411.07641: those within `n` standard deviations of the best logit."""
    return _keep(logits, np.flatnonzero(logits >= logits.max() - n * logits.std()))


def temperature_ext(logits: Row, t: float, delta: float, exponent: float) -> Row:
    """arXiv:2309.02772: a temperature between `t` ± `delta` that follows the entropy, as a share of the greatest."""
    p = softmax(logits)
    share = -(p * np.log(p)).sum() / math.log(len(p))
    low, high = max(0.0, t - delta), t + delta
    row: Row = logits / (low + (high - low) * share**exponent)
    return row


def xtc(logits: Row, threshold: float, min_keep: int = 0) -> Row:
    """text-generation-webui#6335, where it strikes: drop the tokens above the threshold but the least likely."""
    order = np.argsort(-logits, kind="stable")
    n_above = int((softmax(logits) >= threshold).sum())
    dropped = max(n_above - 1, 0)
    return _keep(logits, order[dropped:]) if len(logits) - dropped >= min_keep else logits


def mirostat_v1(logits: Row, mu: float, m: int, n_vocab: int) -> Row:
    """arXiv:2007.14966, algorithm 1: a top-k whose k comes of an estimate of Zipf's exponent."""
    p = np.sort(softmax(logits))[::-1]
    i = np.arange(1, min(m, len(p)))
    t, b = np.log((i + 1) / i), np.log(p[i - 1] / p[i])
    s = (t * b).sum() / (t * t).sum()
    epsilon = s - 1
    k: float = ((epsilon * 2**mu) / (1 - n_vocab**-epsilon)) ** (1 / s)
    return top_k(logits, max(int(k), 1))


def mirostat_v2(logits: Row, mu: float) -> Row:
    """arXiv:2007.14966, algorithm 2: those whose surprise is at most `mu`, and the best."""
    p = softmax(logits)
    return _keep(logits, np.flatnonzero((-np.log2(p) <= mu) | (p == p.max())))


def adaptive_p(logits: Row, target: float) -> Row:
    """llama.cpp#17927: a peak at the target probability, quadratic near it and linear far away."""
    distance = np.abs(softmax(logits) - target) / 0.3
    row: Row = 5.0 - 10.0 * distance**2 / (1 + distance)
    return row


def penalties(logits: Row, accepted: Sequence[int], repeat: float, freq: float, present: float) -> Row:
    """arXiv:1909.05858, signed, and the two penalties of OpenAI's API."""
    row: Row = logits.copy()
    for token in set(accepted):
        row[token] = row[token] / repeat if row[token] > 0 else row[token] * repeat
        row[token] -= freq * accepted.count(token) + present
    return row


def dry(
    logits: Row,
    accepted: Sequence[int],
    multiplier: float,
    base: float,
    allowed: int,
    breakers: Collection[int] = (),
) -> Row:
    """text-generation-webui#5677: a token that would make a repetition longer pays for the length it has already."""
    row: Row = logits.copy()
    since_breaker = next((i for i, token in enumerate(reversed(accepted)) if token in breakers), len(accepted))
    longest: dict[int, int] = {}
    for place, token in enumerate(accepted):
        n = 0
        while n < min(place, since_breaker) and accepted[place - 1 - n] == accepted[len(accepted) - 1 - n]:
            n += 1
        longest[token] = max(longest.get(token, 0), n)
    for token, n in longest.items():
        if n >= allowed and token not in breakers:
            row[token] -= multiplier * base ** (n - allowed)
    return row


def infill(logits: Row, pieces: Sequence[bytes], eog: Collection[int]) -> Row:
    """llama.h: tokens that begin alike count as one, the unlikely are dropped, the end is taken where it is likely."""
    p = softmax(logits)
    left = [int(i) for i in np.argsort(-logits, kind="stable") if p[i] > 0]
    p_eog = sum(p[i] for i in left if i in eog)
    if 3 * p_eog * len(left) > 1 - p_eog:
        return _keep(logits, [i for i in left if i in eog])
    for i in left:
        for k in left:
            if i != k and p[i] > 0 and p[k] > 0 and pieces[i] and pieces[k].startswith(pieces[i]):
                winner, loser = (k, i) if p[k] > p[i] else (i, k)
                p[winner] += p[loser]
                p[loser] = 0
    left = [i for i in left if i in eog or p[i] >= 0.2]
    texts = [i for i in left if i not in eog]
    share = sum(p[i] for i in left)
    return _keep(logits, [i for i in left if i in eog or p[i] / share >= 1 / (len(texts) + 1)])


def chi_squared_p(counts: npt.NDArray[np.int64], p: Row) -> float:
    """How likely draws are to fit `p` no better than `counts` do (Pearson); 0 when one came that cannot come.

    Tokens expected fewer than 5 times are taken together.
    """
    if counts[p == 0].any():
        return 0.0
    expected = counts.sum() * p
    often = expected >= 5
    wanted = np.append(expected[often], expected[~often].sum())
    found = np.append(counts[often], counts[~often].sum())
    used = wanted > 0
    statistic = float(((found - wanted)[used] ** 2 / wanted[used]).sum())
    degrees = int(used.sum()) - 1
    return 1.0 if degrees == 0 else _upper_gamma(degrees / 2, statistic / 2)


def _upper_gamma(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x): 1 minus its power series (DLMF 8.7.1)."""
    if x == 0:
        return 1.0
    term = total = math.exp(a * math.log(x) - x - math.lgamma(a + 1))
    n = 0
    while n < x or term > total * 1e-12:
        n += 1
        term *= x / (a + n)
        total += term
    return max(1.0 - total, 0.0)


def _keep(logits: Row, tokens: Sequence[int] | npt.NDArray[np.intp]) -> Row:
    row = np.full_like(logits, -np.inf)
    row[tokens] = logits[tokens]
    return row


def _mass(logits: Row, order: npt.NDArray[np.intp], p: float, min_keep: int) -> Row:
    n = int(np.searchsorted(np.cumsum(softmax(logits)[order]), p)) + 1
    return _keep(logits, order[: max(n, min_keep)])


def uniforms(seed: int, n: int) -> Row:
    """What C++ draws from std::mt19937 as doubles of [0, 1): two of its numbers each, the low one first."""
    generator: Any = np.random.RandomState(seed)._bit_generator  # seeded as in C++
    low, high = generator.random_raw(2 * n).reshape(n, 2).T
    return np.asarray((low + high * 2.0**32) / 2.0**64)

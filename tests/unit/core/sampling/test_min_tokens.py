"""Ends that are forbidden until enough was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from llamacffi import Greedy, MinTokens, Model, SamplerChain, TopK, Vocab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.models import BigramModel

OTHER = 310


@pytest.fixture(scope="module")
def vocab(bigram: BigramModel) -> Iterator[Vocab]:
    with Model(bigram.path, vocab_only=True) as model:
        yield model.vocab


def forbidden(chain: SamplerChain, row: np.ndarray[tuple[int], np.dtype[np.float32]]) -> set[int]:
    candidates = chain.apply(row)
    return set(candidates.ids[candidates.logits == -np.inf].tolist())


def test_they_are_forbidden_until_then(vocab: Vocab) -> None:
    ends = {token for token in vocab if vocab.is_eog(token)}
    row = np.zeros(len(vocab), np.float32)
    with SamplerChain(MinTokens(3, [OTHER]), Greedy(), vocab=vocab) as chain:
        chain.accept(range(50), grammar=False)  # a prompt
        chain.accept([1, 2])
        assert forbidden(chain, row) == ends | {OTHER}
        with chain.clone() as clone:
            clone.accept(3)
            assert forbidden(clone, row) == set()
        assert forbidden(chain, row) == ends | {OTHER}
        chain.accept([3, 4, 5])
        assert forbidden(chain, row) == set()
        chain.reset()
        assert forbidden(chain, row) == ends | {OTHER}


def test_they_are_found_wherever_they_are(vocab: Vocab) -> None:
    ends = sorted(token for token in vocab if vocab.is_eog(token))
    row = np.arange(len(vocab), dtype=np.float32)
    row[[*ends, OTHER]] += 1000  # so that TopK puts them in front
    with SamplerChain(TopK(len(ends) + 3), MinTokens(1, [OTHER]), Greedy(), vocab=vocab) as chain:
        candidates = chain.apply(row)
        assert forbidden(chain, row) == {*ends, OTHER}
        left = [token for token in range(len(vocab)) if token not in (*ends, OTHER)]
        assert candidates.token == max(left)
        assert chain.apply(row[[*ends, 7, 5]], [*ends, 7, 5]).token == 7


def test_none_is_none(vocab: Vocab) -> None:
    with SamplerChain(MinTokens(0), Greedy(), vocab=vocab) as chain:
        assert forbidden(chain, np.zeros(len(vocab), np.float32)) == set()
    with pytest.raises(ValueError, match="n is -1"):
        MinTokens(-1)
    with pytest.raises(ValueError, match="MinTokens needs the vocabulary"):
        SamplerChain(MinTokens(1), Greedy())

"""A chain applied to a bare row of logits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, Model
from llamacffi._native import ffi, lib
from llamacffi.core.sampling import (
    XTC,
    AdaptiveP,
    Dist,
    Greedy,
    Infill,
    Mirostat,
    Penalties,
    SamplerChain,
    Stage,
    Temperature,
    TopK,
)
from llamacffi.core.sampling.candidates import CANDIDATE
from tests.models import random_logits, spm_vocab, write_bigram

if TYPE_CHECKING:
    from pathlib import Path

    from tests.models import BigramModel


def test_a_candidate_is_laid_out_as_c_has_it() -> None:
    assert ffi.sizeof("llama_token_data") == CANDIDATE.itemsize
    fields: Any = CANDIDATE.fields
    for name in ("id", "logit", "p"):
        assert ffi.offsetof("llama_token_data", name) == fields[name][1]


def test_what_is_left_comes_in_the_order_of_c() -> None:
    logits = np.log(np.array([0.1, 0.4, 0.2, 0.3]))
    with SamplerChain(TopK(3), Greedy()) as chain:
        candidates = chain.apply(logits, [7, 5, 3, 1])
    assert candidates.ids.tolist() == [5, 1, 3]
    np.testing.assert_allclose(candidates.p, np.array([4, 3, 2]) / 9, atol=1e-6)
    np.testing.assert_allclose(candidates.logits, np.log([0.4, 0.3, 0.2]), atol=1e-6)
    assert (candidates.selected, candidates.token, len(candidates)) == (0, 5, 3)


def test_the_row_of_the_caller_is_not_changed() -> None:
    logits = np.ones(4, np.float32)
    with SamplerChain(Temperature(0.5), Greedy()) as chain:
        chain.apply(logits)
    assert logits.tolist() == [1, 1, 1, 1]


def test_apply_draws_what_sample_would_draw(bigram: BigramModel) -> None:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        batch = Batch(1)
        batch.add(300, 0, output=True)
        context.decode(batch)
        with SamplerChain(TopK(50), Dist(4)) as one, SamplerChain(TopK(50), Dist(4)) as other:
            for _ in range(20):
                assert one.apply(context.logits()).token == other.sample(context)


def test_nothing_is_accepted(bigram: BigramModel) -> None:
    with Model(bigram.path) as model, SamplerChain(Penalties(present=9.0), Greedy(), vocab=model.vocab) as chain:
        assert [chain.apply([0.0, 1.0]).token for _ in range(3)] == [1, 1, 1]
        chain.accept(1)
        assert chain.apply([0.0, 1.0]).token == 0


@pytest.mark.parametrize(
    ("logits", "ids", "message"),
    [
        ([], None, "at least one"),
        ([[1.0, 2.0]], None, "one row"),
        ([1.0, math.nan], None, "finite"),
        ([1.0, math.inf], None, "finite"),
        ([1.0, 1e60], None, "finite"),
        ([-math.inf, -math.inf], None, "every token is forbidden"),
        ([1.0, 2.0], [1], "2 logits, but ids of the shape"),
        ([1.0, 2.0], [1, -1], "token -1 is not in the vocabulary"),
        ([1.0, 2.0], [1, 384], "token 384 is not in the vocabulary, which is 0 to 383"),
    ],
)
def test_rows_that_c_could_not_deal_with(
    bigram: BigramModel, logits: list[float], ids: list[int] | None, message: str
) -> None:
    with Model(bigram.path) as model, SamplerChain(Greedy(), vocab=model.vocab) as chain:
        with pytest.raises(ValueError, match=message):
            chain.apply(logits, ids)
        with pytest.raises(ValueError, match="is not in the vocabulary"):
            chain.accept([1, 600])


def test_infill_without_top_k_is_refused() -> None:
    with pytest.raises(ValueError, match=r"put a TopK\(k\) before it"):
        SamplerChain(Infill(), Greedy())


@pytest.mark.parametrize("stage", [Dist(), Mirostat(), AdaptiveP(0.1), XTC(0.5)])
def test_a_seed_that_was_drawn_is_said_and_kept(bigram: BigramModel, stage: Stage) -> None:
    stages = (stage,) if stage.selects else (stage, Greedy())
    logits = bigram.logits[300]
    with Model(bigram.path) as model, SamplerChain(*stages, vocab=model.vocab) as chain:
        seed = chain.seed
        assert seed is not None
        if isinstance(stage, (Dist, Mirostat)):
            assert lib.llama_sampler_get_seed(chain.ptr) == seed
        assert f"seed={seed}" in repr(chain)
        first = [chain.apply(logits).token for _ in range(20)]
        chain.reset()
        assert [chain.apply(logits).token for _ in range(20)] == first
        with SamplerChain(*chain.stages, vocab=model.vocab) as again:
            assert [again.apply(logits).token for _ in range(20)] == first


def test_a_clone_of_adaptive_p_forgets_the_token_that_was_not_accepted(bigram: BigramModel) -> None:
    # llama.cpp clones the token's place in an array, but not the array: accepting it would read where nothing is.
    logits = bigram.logits[300]
    with SamplerChain(AdaptiveP(0.1, seed=1)) as chain:
        token = chain.apply(logits).token
        with chain.clone() as clone, SamplerChain(AdaptiveP(0.1, seed=1)) as fresh:
            clone.accept(token)
            expected = fresh.apply(logits)
            np.testing.assert_array_equal(clone.apply(logits).p, expected.p)


def test_a_chain_for_another_vocabulary_is_refused(bigram: BigramModel, tmp_path: Path) -> None:
    vocab = spm_vocab(n_vocab=600)
    path = write_bigram(tmp_path / "other.gguf", random_logits(600), vocab)
    with (
        Model(path) as model,
        model.context(n_threads=1, n_ctx=256) as context,
        Model(bigram.path) as small,
        SamplerChain(Penalties(present=1.0), Greedy(), vocab=small.vocab) as chain,
        pytest.raises(ValueError, match="a vocabulary of 384 tokens, but the model has 600"),
    ):
        chain.sample(context)

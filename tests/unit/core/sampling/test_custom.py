"""Stages written in Python."""

from __future__ import annotations

import gc
import math
import weakref
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pytest

from llamacffi import Context, Model
from llamacffi.core.batch import Batch
from llamacffi.core.sampling import Dist, Greedy, PythonSampler, Rows, SamplerChain, TopK, TopP, custom
from llamacffi.errors import LlamaError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.models import BigramModel

Ids = npt.NDArray[np.int32]
Logits = npt.NDArray[np.float32]


@pytest.fixture
def context(bigram: BigramModel) -> Iterator[Context]:
    with Model(bigram.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        batch = Batch(1)
        batch.add(300, 0, output=True)
        context.decode(batch)
        yield context


class OnlyEven:
    """Forbids odd tokens, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def __call__(self, ids: Ids, logits: Logits) -> None:
        logits[ids % 2 == 1] = -np.inf

    def accept(self, token: int) -> None:
        self.told.append(token)

    def reset(self) -> None:
        self.told.append("reset")

    def clone(self) -> OnlyEven:
        copy = OnlyEven()
        copy.told = [*self.told, "cloned"]
        return copy


def test_it_sees_what_is_left_and_changes_it_in_place(context: Context, bigram: BigramModel) -> None:
    seen: list[tuple[Ids, Logits]] = []

    def second_best(ids: Ids, logits: Logits) -> None:
        seen.append((ids.copy(), logits.copy()))
        logits[logits.argmax()] = -np.inf

    with SamplerChain(TopK(5), PythonSampler(second_best), Greedy()) as chain:
        order = np.argsort(-bigram.logits[300])
        assert chain.sample(context) == order[1]
    ((ids, logits),) = seen
    assert ids.dtype == np.int32
    assert logits.dtype == np.float32
    assert ids.tolist() == order[:5].tolist()
    np.testing.assert_allclose(logits, bigram.logits[300][order[:5]], atol=1e-5)


def test_later_stages_go_on_with_its_logits(bigram: BigramModel) -> None:
    row = bigram.logits[300]

    def reverse(_ids: Ids, logits: Logits) -> Logits:
        return np.negative(logits, out=logits)

    with SamplerChain(TopK(40), PythonSampler(reverse), TopP(0.9), Dist(1)) as chain:
        candidates = chain.apply(row)
    kept = np.argsort(-row)[:40]
    order = kept[np.argsort(row[kept])]
    p = np.exp(-row[order].astype(np.float64))
    p /= p.sum()
    n = int(np.searchsorted(np.cumsum(p), 0.9)) + 1
    assert candidates.ids.tolist() == order[:n].tolist()
    np.testing.assert_allclose(candidates.p, p[:n] / p[:n].sum(), rtol=0, atol=1e-5)


def test_the_ids_are_read_only() -> None:
    def renumber(ids: Ids, _logits: Logits) -> None:
        ids[0] = 1000

    with SamplerChain(PythonSampler(renumber), Greedy()) as chain, pytest.raises(ValueError, match="read-only"):
        chain.apply([1.0, 2.0])


def test_an_exception_comes_out_and_nothing_was_chosen(context: Context, bigram: BigramModel) -> None:
    fails = True

    class Sometimes(OnlyEven):
        def __call__(self, ids: Ids, logits: Logits) -> None:
            if fails:
                raise KeyError("what fn raised")

    fn = Sometimes()
    batch = Batch(1)
    batch.add(301, 1, output=True)
    with SamplerChain(PythonSampler(fn), TopP(0.5), Greedy()) as chain:
        for _ in range(2):
            with pytest.raises(KeyError, match="what fn raised"):
                chain.sample(context)
        with pytest.raises(KeyError, match="what fn raised"):
            chain.apply([1.0, 2.0])
        rows = Rows(chain)
        with pytest.raises(KeyError, match="what fn raised"):
            rows.step(context, batch)
        assert rows.failed()
        assert fn.told == []
        # Neither the chain nor the context is broken, and the batch was decoded.
        fails = False
        assert chain.sample(context) == bigram.logits[301].argmax()
        assert fn.told == [bigram.logits[301].argmax()]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_logits_that_would_crash_sorting_are_refused(context: Context, value: float) -> None:
    def spoil(_ids: Ids, logits: Logits) -> None:
        logits[3] = value

    with SamplerChain(PythonSampler(spoil), Greedy()) as chain, pytest.raises(ValueError, match="finite"):
        chain.sample(context)


def test_forbidding_every_token_is_refused(context: Context) -> None:
    def forbid(_ids: Ids, logits: Logits) -> None:
        logits[:] = -np.inf

    with SamplerChain(PythonSampler(forbid), Dist(1)) as chain, pytest.raises(ValueError, match="every token is forb"):
        chain.sample(context)


def test_a_function_that_returns_logits_is_told_so(context: Context) -> None:
    stage = PythonSampler(lambda _ids, logits: logits + 1)
    with SamplerChain(stage, Greedy()) as chain, pytest.raises(TypeError, match="must change the logits in place"):
        chain.sample(context)
    with pytest.raises(TypeError, match="must be callable"):
        PythonSampler(3)  # type: ignore[arg-type]


def test_it_is_told_what_the_chain_is_told(context: Context, bigram: BigramModel) -> None:
    fn = OnlyEven()
    even = np.where(np.arange(bigram.logits.shape[1]) % 2 == 0, bigram.logits[300], -np.inf)
    with SamplerChain(PythonSampler(fn), Greedy()) as chain:
        chain.accept([4, 6])
        best = chain.sample(context)
        assert best == even.argmax()
        chain.reset()
        assert fn.told == [4, 6, best, "reset"]


def test_a_clone_has_its_own_state(context: Context) -> None:
    fns: list[OnlyEven] = []

    class Noted(OnlyEven):
        def clone(self) -> OnlyEven:
            fns.append(super().clone())
            return fns[-1]

    fn = Noted()
    with SamplerChain(PythonSampler(fn), Greedy()) as chain, chain.clone() as clone:
        clone.accept(8)
        chain.accept(9)
        assert fn.told == [9]
        assert fns[0].told == ["cloned", 8]


def test_an_exception_in_clone_comes_out_and_frees_what_was_cloned() -> None:
    class Single(OnlyEven):
        def clone(self) -> OnlyEven:
            raise RuntimeError("only one of me")

    with SamplerChain(PythonSampler(Single()), Greedy()) as chain:
        held = len(custom._held)
        with pytest.raises(RuntimeError, match="only one of me"):
            chain.clone()
        assert len(custom._held) == held


def test_it_lives_as_long_as_a_chain_holds_it() -> None:
    gc.collect()  # what earlier tests left
    before = len(custom._held)
    fn = OnlyEven()
    alive = weakref.ref(fn)
    chain = SamplerChain(PythonSampler(fn), Greedy())
    clone = chain.clone()
    del fn
    assert len(custom._held) == before + 2
    chain.close()
    del chain
    assert len(custom._held) == before + 1
    clone.close()
    del clone
    gc.collect()
    assert len(custom._held) == before
    assert alive() is None


def test_a_view_that_was_kept_stays_readable(context: Context) -> None:
    kept: list[Logits] = []
    with SamplerChain(PythonSampler(lambda _ids, logits: kept.append(logits)), Greedy()) as chain:
        chain.sample(context)
        values = kept[0].copy()
        assert kept[0].base is not None  # a view, not a copy
    del chain
    gc.collect()
    np.testing.assert_array_equal(kept[0], values)


def test_a_function_cannot_use_the_objects_it_works_for(context: Context) -> None:
    chain: SamplerChain

    def again(_ids: Ids, _logits: Logits) -> None:
        chain.sample(context)

    chain = SamplerChain(PythonSampler(again), Greedy())
    with pytest.raises(LlamaError, match="a callback used the Context"):
        chain.sample(context)
    assert context.logits().shape == (context.model.vocab.n_tokens,)
    chain.close()

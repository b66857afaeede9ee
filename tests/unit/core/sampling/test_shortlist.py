"""Choosing among the few best logits gives what the whole row would give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pytest

from llamacffi import Context, Model
from llamacffi._native import ffi, lib
from llamacffi.core.batch import Batch
from llamacffi.core.sampling import (
    Dist,
    Grammar,
    Greedy,
    LogitBias,
    MinP,
    Penalties,
    SamplerChain,
    Stage,
    Temperature,
    TopK,
    TopP,
)
from llamacffi.errors import LlamaError
from tests.models import LlamaShape, spm_vocab, write_llama

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = npt.NDArray[np.float32]

N_VOCAB = 6001  # not a multiple of what is looked at in one go
N_ROWS = 30


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    shape = LlamaShape(n_embd=32, n_layer=1, n_head=1, n_head_kv=1, n_embd_head=32, n_ff=32)
    path = write_llama(tmp_path_factory.mktemp("large") / "large.gguf", shape=shape, vocab=spm_vocab(N_VOCAB))
    with Model(path) as model, model.context(n_threads=1, n_ctx=64) as context:
        batch = Batch(1)
        batch.add(5, 0, 0, output=True)
        context.decode(batch)
        yield context


@pytest.fixture
def row(context: Context) -> Row:
    """The row of logits where the chains find it, to be written to."""
    buffer: Any = ffi.buffer
    return np.frombuffer(buffer(lib.llama_get_logits_ith(context.ptr, -1), 4 * N_VOCAB), np.float32)


def rows(*, equals: bool) -> Iterator[Row]:
    """Normal logits, few values when there may be `equals`, nearly all forbidden, the best at the ends."""
    random = np.random.RandomState(3)
    for i in range(N_ROWS):
        row = random.randn(N_VOCAB).astype(np.float32) * 3
        if i % 4 == 1 and equals:
            row = row.round()
        elif i % 4 == 2:
            row[random.rand(N_VOCAB) < 0.999] = -np.inf
        elif i % 4 == 3:
            row[[0, N_VOCAB - 1, N_VOCAB // 64 * 64]] = [50, 51, 52]
        yield row


BANNED = dict.fromkeys(range(0, N_VOCAB, 700), -np.inf) | {N_VOCAB - 1: -60.0}

CHAINS: dict[str, tuple[int, tuple[Stage, ...]]] = {
    "greedy": (1, (Greedy(),)),
    "banned": (1 + len(BANNED), (LogitBias(BANNED), Greedy())),
    "top_k": (40, (TopK(40), Dist(1))),
    "top_k and more": (
        40 + len(BANNED),
        (LogitBias(BANNED), TopK(40), TopP(0.9), MinP(0.01), Temperature(0.7), Dist(2)),
    ),
    "raised": (0, (LogitBias({17: 1.0}), Greedy())),
    "penalties": (0, (Penalties(8, 1.5), Greedy())),
    "hot first": (0, (Temperature(0.5), TopK(40), Dist(1))),
    "too many": (4000, (TopK(4000), Dist(1))),
}


@pytest.mark.parametrize("name", CHAINS)
def test_how_many_are_looked_at(context: Context, name: str) -> None:
    n_best, stages = CHAINS[name]
    with SamplerChain(*stages, vocab=context.model.vocab) as chain, chain.clone() as copy:
        assert chain.lazy.n_best == copy.lazy.n_best == n_best


@pytest.mark.parametrize("name", CHAINS)
def test_the_choice_is_that_of_the_whole_row(context: Context, row: Row, name: str) -> None:
    with SamplerChain(*CHAINS[name][1], vocab=context.model.vocab) as chain, chain.clone() as whole:
        # Which of the equals are kept at the end of its list is up to llama.cpp's sort, which is not stable.
        for logits in rows(equals="top_k" not in name):
            row[:] = logits
            expected = whole.apply(logits).token
            whole.accept(expected)
            assert chain.sample(context) == expected


@pytest.mark.parametrize("where", [0, 100, N_VOCAB - 1])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_what_is_no_number_is_refused(context: Context, row: Row, where: int, wrong: float) -> None:
    row[:] = 0
    row[where] = wrong
    with SamplerChain(Greedy()) as chain, pytest.raises(LlamaError, match="not all numbers"):
        chain.sample(context)


def test_nothing_is_left_of_a_row_that_is_forbidden(context: Context, row: Row) -> None:
    row[:] = -np.inf
    with SamplerChain(TopK(40), Dist(1)) as chain, pytest.raises(LlamaError, match="no token is left"):
        chain.sample(context)
    row[7] = 0
    with (
        SamplerChain(LogitBias({7: -np.inf}), Greedy(), vocab=context.model.vocab) as chain,
        pytest.raises(LlamaError, match="no token is left"),
    ):
        chain.sample(context)


def test_a_grammar_that_refuses_the_best_is_asked_about_all(context: Context, row: Row) -> None:
    vocab = context.model.vocab
    row[:] = np.linspace(-1, 1, N_VOCAB)
    for token in range(N_VOCAB):  # letters, and the bytes that spell them
        row[token] -= {b"a": 20, b"b": 30}.get(vocab.piece(token), 0)
    with SamplerChain(Grammar('root ::= "a" | "b"'), Greedy(), vocab=vocab) as chain:
        assert chain.lazy.n_best == 1
        assert vocab.piece(chain.sample(context)) == b"a"


def test_a_grammar_among_the_stages_is_no_constraint(context: Context) -> None:
    vocab = context.model.vocab
    with SamplerChain(LogitBias({7: -1.0}), Grammar('root ::= "a"'), Greedy(), vocab=vocab) as chain:
        assert chain.lazy.n_best == 0

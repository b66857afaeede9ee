"""Drafts from hidden states, compared with the tables that the models were made from."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, ClosedError, Context, ContextError, InvalidBatch, Model
from llamacffi.core.speculative import DraftStart, NativeDraft
from tests.capabilities import needs
from tests.models import (
    random_logits,
    spm_vocab,
    write_bigram,
    write_eagle3,
    write_eagle3_table,
    write_mtp_table,
)
from tests.models.exact import EXACT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = needs("drafts from hidden states")

N_CTX = 256


@dataclass(frozen=True)
class Table:
    """A target, what drafts for it, and the token that it guesses after each."""

    target: Model
    draft: Model | None
    guesses: np.ndarray[Any, np.dtype[np.int64]]
    reads: str

    def expected(self, tokens: list[int], last: int, n: int) -> list[int]:
        """The guess after `tokens` and `last`."""
        if self.reads == "state":
            return [int(self.guesses[tokens[-1]])] * n
        guess = [last]
        for _ in range(n):
            guess.append(int(self.guesses[guess[-1]]))
        return guess[1:]


@pytest.fixture(scope="module", params=["eagle3-token", "eagle3-state", "mtp-token", "mtp-state"])
def table(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Table:
    kind, reads = request.param.split("-")
    vocab = spm_vocab()
    logits, guesses = random_logits(len(vocab), seed=1), random_logits(len(vocab), seed=2)
    folder = tmp_path_factory.mktemp(request.param)
    draft = None
    if kind == "eagle3":
        target = Model(write_bigram(folder / "target.gguf", logits, vocab))
        draft = Model(write_eagle3_table(folder / "draft.gguf", guesses, vocab, reads=reads))
    else:
        target = Model(write_mtp_table(folder / "target.gguf", logits, guesses, vocab, reads=reads), load_mtp=True)
    return Table(target, draft, guesses.argmax(axis=1), reads)


def plain_context(table: Table, **options: Any) -> Context:
    # One thread: several wait for each other for long when something else has the cores.
    return table.target.context(**{**EXACT, "n_ctx": N_CTX, "n_threads": 1, **options})


def drafted(table: Table, **options: Any) -> tuple[Context, NativeDraft]:
    context = plain_context(table, **options)
    return context, NativeDraft(context, table.draft, n_max=4, **EXACT)


def test_a_guess_is_what_the_table_says(table: Table) -> None:
    context, native = drafted(table)
    tokens, batch = [1, 300, 301, 302], Batch(8)
    batch.extend(tokens, 0)
    context.decode(batch)
    assert native.process(batch)
    assert native.draft([DraftStart(0, 4, 310, 4)]) == [table.expected(tokens, 310, 4)]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_accepted_and_taken_back(table: Table, seed: int) -> None:
    context, native = drafted(table)
    random = np.random.RandomState(seed)
    tokens: list[int] = []
    n_drafts = 0
    batch = Batch(N_CTX)
    for _ in range(40):
        if len(tokens) > N_CTX - 40:
            context.memory.clear()
            tokens = []
        batch.clear()
        n_before = len(tokens)
        more = random.randint(3, 380, size=random.randint(1, 9)).tolist()
        batch.extend(more, n_before)
        context.decode(batch)
        tokens += more
        assert native.process(batch)
        assert native.process(batch)  # which does nothing
        n_kept = random.randint(n_before + 1, len(tokens) + 1)  # a few of a draft are refused
        if n_drafts == 0:
            n_kept = len(tokens)  # a prompt is not
        del tokens[n_kept:]
        context.memory.remove(0, n_kept)
        if random.rand() < 0.7:  # else it goes on without a draft
            last = int(random.randint(3, 380))
            n_max = int(random.randint(1, 7))
            (guess,) = native.draft([DraftStart(0, n_kept, last, n_max)])
            assert guess == table.expected(tokens, last, min(n_max, 4))
            n_drafts += 1
        if random.rand() < 0.2:  # somebody goes back, and on from there
            n_kept = int(random.randint(0, len(tokens) + 1))
            del tokens[n_kept:]
            context.memory.remove(0, n_kept)
    assert n_drafts > 15


@pytest.mark.parametrize("kv_unified", [True, False])
def test_sequences_side_by_side(table: Table, kv_unified: bool) -> None:  # noqa: FBT001 - a parameter
    context, native = drafted(table, n_ctx=3 * N_CTX, n_seq_max=3, kv_unified=kv_unified)
    random = np.random.RandomState(5)
    tokens: list[list[int]] = [[], [], []]
    batch = Batch(64, n_seq_max=3)
    for step in range(8):
        batch.clear()
        members = [seq_id for seq_id in range(3) if step == 0 or random.rand() < 0.7]
        for seq_id in members:
            more = random.randint(3, 380, size=random.randint(1, 6)).tolist()
            batch.extend(more, len(tokens[seq_id]), seq_id)
            tokens[seq_id] += more
        if not members:
            continue
        context.decode(batch)
        assert native.process(batch)
        starts = [DraftStart(seq_id, len(tokens[seq_id]), 300 + step, 3) for seq_id in range(3)]
        assert native.draft(starts) == [table.expected(line, 300 + step, 3) for line in tokens]


def test_a_sequence_whose_batch_was_not_shown_has_no_guess(table: Table) -> None:
    context, native = drafted(table)
    batch = Batch(8)
    assert native.draft([DraftStart(0, 3, 310, 4)]) == [[]]
    batch.extend([1, 2, 3], 0)
    context.decode(batch)
    assert native.process(batch)
    batch.clear()
    batch.extend([4, 5], 3)
    context.decode(batch)
    assert native.draft([DraftStart(0, 5, 310, 4)]) == [[]]
    batch.clear()
    batch.extend([6, 7], 5)
    context.decode(batch)
    assert native.process(batch)
    assert native.draft([DraftStart(0, 7, 310, 2)]) == [table.expected([7], 310, 2)]
    assert native.draft([DraftStart(0, 5, 310, 2)]) == [[]]


def test_it_computes_on_the_threads_of_its_context(table: Table) -> None:
    context, native = drafted(table, n_threads=2)
    assert context.n_threads == 2
    batch = Batch(8)
    batch.extend([1, 300, 7], 0)
    context.decode(batch)
    assert native.process(batch)
    context.set_threads(1)
    assert native.draft([DraftStart(0, 3, 9, 2)]) == [table.expected([7], 9, 2)]
    native.close()
    context.memory.clear()
    context.decode(batch)


def test_embeddings_leave_no_guess(table: Table) -> None:
    if table.draft is None:
        pytest.skip("GLM-4 takes no embeddings")
    context, native = drafted(table)
    batch, rows = Batch(8), Batch(8, n_embd=table.target.n_embd)
    rows.extend_embeddings(np.ones((3, table.target.n_embd), np.float32), 0)
    context.decode(rows)
    assert not native.process(rows)
    assert native.draft([DraftStart(0, 3, 310, 4)]) == [[]]
    batch.extend([6, 7], 3)
    context.decode(batch)
    assert native.process(batch)
    assert native.draft([DraftStart(0, 5, 310, 2)]) == [table.expected([7], 310, 2)]


def test_a_draft_that_is_not_sure_is_none(table: Table) -> None:
    context = plain_context(table)
    batch = Batch(8)
    batch.extend([1, 2, 3], 0)
    options: dict[str, Any]
    for options in ({"p_min": 1.0}, {"n_min": 3, "n_max": 2}):
        context.memory.clear()
        native = NativeDraft(context, table.draft, **options)
        context.decode(batch)
        assert native.process(batch)
        assert native.draft([DraftStart(0, 3, 310, 4)]) == [[]]
        native.close()


def test_the_logits_are_those_of_a_context_without(table: Table) -> None:
    context, _native = drafted(table)
    plain = plain_context(table)
    batch = Batch(8)
    batch.extend([1, 300, 7], 0, output="all")
    context.decode(batch)
    plain.decode(batch)
    np.testing.assert_array_equal(context.logits(None), plain.logits(None))


def test_one_for_a_context_until_it_is_closed(table: Table) -> None:
    context, native = drafted(table)
    with pytest.raises(ContextError, match="already; close it first"):
        NativeDraft(context, table.draft)
    native.close()
    native.close()
    with pytest.raises(ClosedError):
        native.draft([])
    another = NativeDraft(context, table.draft)
    batch = Batch(8)
    batch.extend([1, 300, 7], 0)
    context.decode(batch)
    assert another.process(batch)
    assert another.draft([DraftStart(0, 3, 9, 1)]) == [table.expected([7], 9, 1)]
    del another
    gc.collect()
    NativeDraft(context, table.draft)


def test_it_is_closed_with_its_context(table: Table) -> None:
    context, native = drafted(table)
    context.close()
    assert native.closed
    context, native = drafted(table)
    batch = Batch(8)
    del context
    gc.collect()
    with pytest.raises(ClosedError, match="is gone"):
        native.process(batch)


def test_hidden_states_do_not_move_under_a_view(table: Table) -> None:
    context = plain_context(table)
    batch = Batch(8)
    batch.extend([1, 300, 7], 0)
    context.decode(batch)
    view = context.logits_view(-1)
    before = view.copy()
    native = NativeDraft(context, table.draft)
    batch.clear()
    batch.extend([8], 3)
    with pytest.raises(InvalidBatch, match="views"):
        context.decode(batch)
    np.testing.assert_array_equal(view, before)
    del view
    context.decode(batch)
    assert native.process(batch)


def test_batches_and_starts_that_cannot_be(table: Table) -> None:
    context, native = drafted(table)
    batch, far = Batch(8), Batch(N_CTX + 8)
    batch.extend([1, 2], 0)
    context.decode(batch)
    far.extend([1] * (N_CTX + 8), 0)
    with pytest.raises(InvalidBatch, match="decoded last"):
        native.process(far)
    other = Batch(8, n_seq_max=9)
    other.add(1, 0, 8)
    with pytest.raises(InvalidBatch, match="decoded last"):
        native.process(other)
    for start in ((1, 2, 3, 1), (-1, 2, 3, 1), (0, -2, 3, 1), (0, 2, 10**6, 1), (0, 2, -1, 1), (0, 2, 3, 0)):
        with pytest.raises(ValueError, match=r"must be from"):
            native.draft([DraftStart(*start)])
    numbers: dict[str, Any]
    for numbers in ({"n_max": 0}, {"n_min": -1}, {"p_min": 2.0}, {"p_min": float("nan")}):
        with pytest.raises(ValueError, match=r"must be from"):
            NativeDraft(context, table.draft, **numbers)


def test_a_draft_of_few_tokens_with_the_embeddings_of_its_target(tiny_llama: Path, tmp_path: Path) -> None:
    few = np.array([70, 300, 7, 411])
    target = Model(tiny_llama)
    draft = Model(write_eagle3(tmp_path / "draft.gguf", d2t=few, n_embeddings=0))
    context = target.context(n_ctx=N_CTX, n_threads=1)
    native, batch = NativeDraft(context, draft, n_max=8), Batch(8)
    batch.extend([1, 300, 7], 0)
    context.decode(batch)
    assert native.process(batch)
    (guess,) = native.draft([DraftStart(0, 3, 9, 8)])
    assert len(guess) == 8
    assert set(guess) <= set(few.tolist())

"""The tokens in memory: kept, forgotten, cut short, always those that the memory holds."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Context, ContextOverflow, DecodeAborted, Greedy, Model, SamplerChain, Sequence
from llamacffi._native import Interrupt
from llamacffi.core.sampling import Rows
from tests.models.reference import Weights, llama_logits, read_weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType

    from llamacffi._native.options import ContextOptions
    from llamacffi.core.batch import Batch

TOKENS = [1, *range(270, 330)]
EXACT: ContextOptions = {
    "n_threads": 1,
    "n_ctx": 256,
    "n_batch": 32,
    "n_seq_max": 2,
    "type_k": "f32",
    "type_v": "f32",
    "flash_attn_type": "disabled",
}
"""Nothing is rounded, so that results do not hang on how tokens were put into batches."""


@pytest.fixture(scope="module")
def weights(tiny_llama: Path) -> Weights:
    return read_weights(tiny_llama)


@pytest.fixture
def context(tiny_llama: Path) -> Iterator[Context]:
    with Model(tiny_llama) as model, model.context(**EXACT) as context:
        yield context


@pytest.fixture
def sequence(context: Context) -> Sequence:
    return Sequence(context)


def held(sequence: Sequence) -> int:
    """How many tokens the memory has, asked of llama.cpp."""
    return sequence.context.memory.pos_max(sequence.seq_id) + 1


def assert_continues(sequence: Sequence, weights: Weights) -> None:
    """The next token's logits are those of the reference after the same tokens."""
    sequence.feed([400])
    expected = llama_logits(weights, sequence.tokens)[-1]
    np.testing.assert_allclose(sequence.logits, expected, atol=2e-4)


@pytest.mark.parametrize("n", [1, 31, 32, 33, 61])
def test_tokens_are_fed_in_pieces_of_n_batch(sequence: Sequence, weights: Weights, n: int) -> None:
    sequence.feed(TOKENS[:n])
    assert sequence.tokens == TOKENS[:n]
    assert held(sequence) == n
    np.testing.assert_allclose(sequence.logits, llama_logits(weights, TOKENS[:n])[-1], atol=2e-4)


@pytest.mark.parametrize("n", [1, 33, 61])
def test_step_feeds_and_samples(sequence: Sequence, weights: Weights, n: int) -> None:
    with SamplerChain(Greedy()) as chain:
        rows = Rows(chain)
        sequence.step(TOKENS[:n], rows)
        assert rows.token() == llama_logits(weights, TOKENS[:n])[-1].argmax()
    assert held(sequence) == n


@pytest.mark.parametrize(
    ("tokens", "kept"),
    [
        (TOKENS, 61),
        (TOKENS[:20], 20),
        ([*TOKENS[:20], 5, 6], 20),
        ([*TOKENS, 5, 6], 61),
        ([7, *TOKENS], 0),
        ([], 0),
    ],
)
def test_align_keeps_the_common_prefix(sequence: Sequence, weights: Weights, tokens: list[int], kept: int) -> None:
    sequence.feed(TOKENS)
    assert sequence.align(tokens) == kept
    assert sequence.tokens == TOKENS[:kept]
    assert held(sequence) == kept
    assert_continues(sequence, weights)


def test_rewind_forgets(sequence: Sequence, weights: Weights) -> None:
    sequence.feed(TOKENS)
    sequence.rewind(9)
    assert (sequence.tokens, held(sequence), len(sequence)) == (TOKENS[:9], 9, 9)
    assert_continues(sequence, weights)


@pytest.mark.parametrize("n", [-1, 4])
def test_rewind_to_where_it_has_not_been_is_an_error(sequence: Sequence, n: int) -> None:
    sequence.feed(TOKENS[:3])
    with pytest.raises(ValueError, match=f"cannot rewind to {n} tokens, there are 3"):
        sequence.rewind(n)


def test_two_sequences_do_not_see_each_other(context: Context, weights: Weights) -> None:
    first, second = Sequence(context, 0), Sequence(context, 1)
    first.feed(TOKENS[:10])
    second.feed(TOKENS[20:50])
    assert_continues(first, weights)
    assert_continues(second, weights)


def test_what_does_not_fit_is_refused_before_anything_is_decoded(sequence: Sequence) -> None:
    sequence.feed(TOKENS)
    n_free = sequence.n_free
    with pytest.raises(ContextOverflow, match=f"{n_free + 1} tokens do not fit: 61 of the 256|128 places are taken"):
        sequence.feed([5] * (n_free + 1))
    assert (sequence.tokens, held(sequence)) == (TOKENS, 61)
    sequence.feed([5] * n_free)
    assert sequence.n_free == 0


def test_an_interrupted_feed_leaves_what_was_decoded(
    sequence: Sequence, weights: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = sequence.context.decode

    def interrupted(batch: Batch) -> None:
        if batch.positions[0] >= 32:
            raise KeyboardInterrupt
        decode(batch)

    with monkeypatch.context() as patch:
        patch.setattr(sequence.context, "decode", interrupted)
        with pytest.raises(KeyboardInterrupt):
            sequence.feed(TOKENS)
    assert (sequence.tokens, held(sequence)) == (TOKENS[:32], 32)
    assert_continues(sequence, weights)


def test_a_failed_decode_leaves_what_was_decoded(sequence: Sequence) -> None:
    sequence.feed(TOKENS[:5])
    with pytest.raises(ValueError, match="token"):
        sequence.feed([6, 100_000])
    assert held(sequence) == len(sequence)
    assert sequence.tokens == TOKENS[:5]


def test_close_empties_the_memory_and_leaves_the_context(context: Context) -> None:
    with Sequence(context) as sequence:
        sequence.feed(TOKENS)
    assert context.memory.pos_max(0) == -1
    assert not context.closed
    sequence.close()


def test_a_new_sequence_starts_empty(context: Context) -> None:
    Sequence(context).feed(TOKENS)
    sequence = Sequence(context)
    assert (len(sequence), held(sequence)) == (0, 0)
    assert repr(sequence) == f"<Sequence 0: 0 of {context.n_ctx_seq} tokens>"


def test_closing_after_the_context_is_harmless(context: Context) -> None:
    sequence = Sequence(context)
    sequence.feed(TOKENS)
    context.close()
    sequence.close()
    assert len(sequence) == 0


def test_an_aborted_decode_can_be_gone_on_from(sequence: Sequence, weights: Weights) -> None:
    # Stopped at its first check, so that nothing hangs on how fast it is.
    entered = Interrupt.__enter__

    def stopped(self: Interrupt) -> Interrupt:
        entered(self)
        self.c.stop = 1
        return self

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Interrupt, "__enter__", stopped)
        with pytest.raises(DecodeAborted):
            sequence.feed(TOKENS)
    assert held(sequence) == len(sequence)
    sequence.align(TOKENS)
    sequence.feed(TOKENS[len(sequence) :])
    assert_continues(sequence, weights)


def test_an_interrupt_between_any_two_lines_leaves_what_was_decoded(sequence: Sequence) -> None:
    file = sys.modules[Sequence.__module__].__file__
    lines = 0

    def interrupt(frame: FrameType, event: str, _arg: object) -> Any:
        nonlocal lines
        if frame.f_code.co_filename != file or frame.f_code.co_name == "_resync":
            return None
        if event == "line":
            lines -= 1
            if lines == 0:
                raise KeyboardInterrupt
        return interrupt

    for n in itertools.count(1):
        lines = n
        sequence.rewind(0)
        sys.settrace(interrupt)
        try:
            sequence.feed(TOKENS[:40])
            sequence.rewind(20)
        except KeyboardInterrupt:
            assert len(sequence) == held(sequence)
        finally:
            sys.settrace(None)
        if lines > 0:
            break
    assert n > 10

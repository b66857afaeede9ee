"""What a context remembers: each operation against positions and logits that follow from its meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, ContextError, Model
from tests.models.exact import EXACT, TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llamacffi import Context


@pytest.fixture
def context(model: Model) -> Iterator[Context]:
    with model.context(n_ctx=768, n_seq_max=3, kv_unified=True, **EXACT) as context:
        yield context


def feed(context: Context, tokens: Sequence[int], pos0: int = 0, seq_id: int = 0) -> np.ndarray[Any, Any]:
    batch = Batch(len(tokens))
    batch.extend(tokens, pos0, seq_id)
    context.decode(batch)
    return context.logits()


def span(context: Context, seq_id: int = 0) -> tuple[int, int]:
    return context.memory.pos_min(seq_id), context.memory.pos_max(seq_id)


@pytest.mark.parametrize(
    ("p0", "p1", "left"),
    [
        (None, None, (-1, -1)),
        (0, None, (-1, -1)),
        (5, None, (0, 4)),
        (None, 3, (3, 7)),
        (5, 5, (0, 7)),
        (5, 4, (0, 7)),
        (0, 0, (0, 7)),
        (None, 0, (0, 7)),
        (8, None, (0, 7)),
        (7, 8, (0, 6)),
    ],
)
def test_remove_is_half_open(context: Context, p0: int | None, p1: int | None, left: tuple[int, int]) -> None:
    feed(context, TOKENS)
    assert context.memory.remove(0, p0, p1)
    assert span(context) == left


def test_a_rewind_is_as_if_nothing_had_been(context: Context) -> None:
    expected = feed(context, TOKENS)
    context.memory.clear()
    feed(context, [*TOKENS[:5], 100, 200])
    context.memory.remove(0, 5)
    np.testing.assert_allclose(feed(context, TOKENS[5:], 5), expected, atol=1e-5)


def test_remove_of_every_sequence(context: Context) -> None:
    for seq_id in range(3):
        feed(context, TOKENS, 0, seq_id)
    assert context.memory.remove(None, 4)
    assert [span(context, seq_id) for seq_id in range(3)] == [(0, 3)] * 3
    assert context.memory.remove()
    assert [span(context, seq_id) for seq_id in range(3)] == [(-1, -1)] * 3


def test_a_copy_goes_its_own_way(context: Context) -> None:
    expected = feed(context, TOKENS)
    context.memory.clear()
    feed(context, TOKENS[:5])
    context.memory.copy(0, 2)
    feed(context, [100, 200], 5, 0)
    np.testing.assert_allclose(feed(context, TOKENS[5:], 5, 2), expected, atol=1e-5)
    assert (span(context, 0), span(context, 2)) == ((0, 6), (0, 7))


def test_a_part_can_be_copied_in_a_unified_memory(context: Context) -> None:
    feed(context, TOKENS)
    context.memory.copy(0, 1, 0, 4)
    assert span(context, 1) == (0, 3)


def test_without_unified_memory_only_a_whole_sequence_is_copied(model: Model) -> None:
    with model.context(n_ctx=768, n_seq_max=3, **EXACT) as context:
        expected = feed(context, TOKENS)
        context.memory.remove(0, 5)
        for p0, p1 in ((0, 4), (2, None), (1, 5)):
            with pytest.raises(ContextError, match=r"can be copied only in a context made with kv_unified=True"):
                context.memory.copy(0, 1, p0, p1)
        assert span(context, 1) == (-1, -1)
        context.memory.copy(0, 1, 0, 5)  # that is all of it
        assert span(context, 1) == (0, 4)
        with pytest.raises(ContextError, match="decode before a snapshot"):
            context.snapshot(1)
        np.testing.assert_allclose(feed(context, TOKENS[5:], 5, 1), expected, atol=1e-5)
        assert context.snapshot(1).seq_id == 1


@pytest.mark.parametrize("unified", [True, False])
def test_keep(model: Model, *, unified: bool) -> None:
    with model.context(n_ctx=768, n_seq_max=3, kv_unified=unified) as context:
        for seq_id in range(3):
            feed(context, TOKENS, 0, seq_id)
        context.memory.keep(1)
        assert [span(context, seq_id) for seq_id in range(3)] == [(-1, -1), (0, 7), (-1, -1)]


def test_shift_turns_the_keys(context: Context) -> None:
    # With rotary positions only differences count: the same tokens four places further on give the same logits.
    feed(context, TOKENS[:5])
    context.memory.shift(0, 4)
    assert span(context) == (4, 8)
    shifted = feed(context, TOKENS[5:], 9)
    context.memory.clear()
    np.testing.assert_allclose(shifted, feed(context, TOKENS), atol=1e-4)


def test_shift_of_a_part(context: Context) -> None:
    feed(context, TOKENS)
    context.memory.remove(0, 2, 5)
    context.memory.shift(0, -3, 5)
    assert span(context) == (0, 4)
    feed(context, [7], 5)
    assert span(context) == (0, 5)
    context.memory.shift(0, -2, None, 3)  # what becomes negative is forgotten
    assert context.memory.pos_min(0) == 0


def test_divide(context: Context) -> None:
    feed(context, TOKENS)
    context.memory.divide(0, 3, 2, 8)
    assert span(context) == (0, 2)


def test_clear(context: Context) -> None:
    feed(context, TOKENS)
    context.memory.shift(0, 1)
    context.memory.clear(data=False)
    assert span(context) == (-1, -1)
    context.snapshot()  # the shift is forgotten with the rest


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda m: m.remove(3), "seq_id must be from 0 to 2, not 3"),
        (lambda m: m.remove(-1), "seq_id must be from 0 to 2, not -1"),
        (lambda m: m.copy(0, 3), "seq_id must be from 0 to 2"),
        (lambda m: m.keep(99), "seq_id must be from 0 to 2"),
        (lambda m: m.pos_min(99), "seq_id must be from 0 to 2"),
        (lambda m: m.pos_max(-1), "seq_id must be from 0 to 2"),
        (lambda m: m.remove(0, -1), "p0 must be from 0 to 2147483647, not -1"),
        (lambda m: m.remove(0, 0, -1), "p1 must be from 0"),
        (lambda m: m.shift(0, 2**31), "delta must be from -2147483647"),
        (lambda m: m.shift(0, 2**31 - 3), "moves position 7 past the largest one"),
        (lambda m: m.divide(0, 0), "divisor must be from 1"),
        (lambda m: m.divide(0, -2), "divisor must be from 1"),
    ],
)
def test_numbers_out_of_range(context: Context, use: Any, message: str) -> None:
    feed(context, TOKENS)
    with pytest.raises(ValueError, match=message):
        use(context.memory)
    assert span(context) == (0, 7)


@pytest.mark.parametrize("type_k", ["bf16", "q8_0", "q4_0"])
def test_keys_that_cannot_be_turned(model: Model, type_k: str) -> None:
    # The head is 32 wide: llama.cpp follows a null pointer there, and asserts on a worker thread for bf16.
    with model.context(n_ctx=256, type_k=type_k) as context:
        feed(context, TOKENS)
        assert not context.memory.can_shift
        with pytest.raises(ContextError, match="positions cannot be changed in this memory"):
            context.memory.shift(0, 1)
        with pytest.raises(ContextError, match="positions cannot be changed in this memory"):
            context.memory.divide(0, 2)
        feed(context, [7], 8)


def test_one_object_for_one_context(context: Context) -> None:
    memory = context.memory
    assert context.memory is memory

"""Filling batches."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, ClosedError, InvalidBatch, LlamaError, lib
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Sequence


def contents(batch: Batch) -> list[tuple[int, int, list[int], int]]:
    """What C sees, read through the structure."""
    c = batch.struct
    return [
        (c.token[i], c.pos[i], [c.seq_id[i][k] for k in range(c.n_seq_id[i])], c.logits[i]) for i in range(c.n_tokens)
    ]


def test_add() -> None:
    batch = Batch(3, n_seq_max=2)
    assert batch.add(7, 4) == 0
    assert batch.add(8, 5, 1, output=True) == 1
    assert batch.add(9, 6, [0, 1], output=True) == 2
    assert contents(batch) == [(7, 4, [0], 0), (8, 5, [1], 1), (9, 6, [0, 1], 1)]
    assert (len(batch), batch.n_outputs, batch.max_pos, batch.max_seq_id) == (3, 2, 6, 1)


@pytest.mark.parametrize(
    "tokens",
    [[3, 4, 5], (3, 4, 5), range(3, 6), np.array([3, 4, 5], np.int32), np.array([3, 4, 5]), np.arange(3, 9)[:3]],
    ids=["list", "tuple", "range", "int32", "int64", "slice"],
)
def test_extend(tokens: Sequence[int]) -> None:
    batch = Batch(8)
    batch.add(1, 0)
    assert batch.extend(tokens, 10, 2) == 1
    assert contents(batch)[1:] == [(3, 10, [2], 0), (4, 11, [2], 0), (5, 12, [2], 1)]
    np.testing.assert_array_equal(batch.tokens, [1, 3, 4, 5])
    np.testing.assert_array_equal(batch.positions, [0, 10, 11, 12])


def test_a_stride_is_honoured() -> None:
    batch = Batch(4)
    batch.extend(np.arange(8, dtype=np.int32)[::2])
    np.testing.assert_array_equal(batch.tokens, [0, 2, 4, 6])


@pytest.mark.parametrize(("output", "expected"), [(False, [0, 0, 0]), (True, [0, 0, 1]), ("all", [1, 1, 1])])
def test_outputs(output: Any, expected: list[int]) -> None:
    batch = Batch(3)
    batch.extend([1, 2, 3], output=output)
    np.testing.assert_array_equal(batch.outputs, expected)
    assert batch.n_outputs == sum(expected)
    assert [batch.has_output(i) for i in range(3)] == [bool(wanted) for wanted in expected]
    assert batch.has_output(-1) == any(expected)
    assert not batch.has_output(-1 - sum(expected))
    assert not batch.has_output(3)


def test_clear_keeps_the_room() -> None:
    batch = Batch(2)
    batch.extend([1, 2])
    batch.clear()
    assert (len(batch), batch.n_outputs, batch.max_pos, contents(batch)) == (0, 0, -1, [])
    batch.extend([3, 4])
    np.testing.assert_array_equal(batch.tokens, [3, 4])


def test_no_room() -> None:
    batch = Batch(2)
    batch.add(1, 0)
    with pytest.raises(InvalidBatch, match="room for 2 tokens and holds 1; 2 more do not fit"):
        batch.extend([2, 3], 1)
    assert len(batch) == 1


def test_after_close() -> None:
    batch = Batch(2)
    batch.add(1, 0)
    batch.close()
    batch.close()
    assert len(batch) == 0
    with pytest.raises(ClosedError, match="this Batch is closed"):
        batch.add(1, 0)
    with pytest.raises(ClosedError):
        batch.extend([1])


@pytest.mark.parametrize("add", [lambda b, **kw: b.add(5, **{"pos": 0, **kw})])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pos": -1}, "pos must be from 0 to 2147483647, not -1"),
        ({"pos": 2**31}, "pos must be from 0"),
        ({"seq_ids": -1}, "seq_id must be from 0 .*, not -1"),
        ({"seq_ids": []}, "a token belongs to 1 to 1 sequences here, not to 0"),
        ({"seq_ids": [0, 1]}, r"not to 2; see Batch\(n_seq_max"),
    ],
)
def test_numbers_out_of_range(add: Any, arguments: dict[str, Any], message: str) -> None:
    batch = Batch(2)
    with pytest.raises(ValueError, match=message):
        add(batch, **arguments)
    assert len(batch) == 0


@pytest.mark.parametrize(
    ("tokens", "kind", "message"),
    [
        ([2**31], ValueError, "a token id must be from 0"),
        (np.array([2**40]), ValueError, "a token id must be from 0"),
        (np.array([-1]), ValueError, "a token id must be from 0"),
        ([1.5], TypeError, r"tokens must be ints, not \[1.5\]"),
        (np.array([1.5]), TypeError, "array of ints, not float64"),
        (np.zeros((2, 1), np.int32), TypeError, r"one-dimensional array of ints, not int32 of shape \(2, 1\)"),
    ],
)
def test_tokens_that_are_none(tokens: Any, kind: type[Exception], message: str) -> None:
    batch = Batch(2)
    with pytest.raises(kind, match=message):
        batch.extend(tokens)
    assert len(batch) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"pos0": -1}, "pos0 must be from 0"),
        ({"pos0": 2**31 - 1}, "the last position must be from 0"),
        ({"seq_id": -1}, "seq_id must be from 0"),
        ({"output": "some"}, "output must be True .*, not 'some'"),
    ],
)
def test_extend_out_of_range(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Batch(2).extend([1, 2], **arguments)


def test_sizes_out_of_range() -> None:
    for wrong in (0, -1, 2**31):
        with pytest.raises(ValueError, match="n_tokens must be from 1 to"):
            Batch(wrong)
    with pytest.raises(ValueError, match="n_seq_max must be from 1 to"):
        Batch(1, n_seq_max=lib.llama_max_parallel_sequences() + 1)


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_copies_are_refused(duplicate: Any) -> None:
    with pytest.raises(TypeError, match="a Batch owns memory that C fills and cannot be pickled or copied"):
        duplicate(Batch(1))


class Boastful(list[int]):
    """A list that says it is longer than it is, as one does that another thread shortens meanwhile."""

    def __len__(self) -> int:
        return 3


def test_what_is_read_counts_and_not_what_was_said() -> None:
    batch = Batch(4, n_seq_max=4)
    batch.extend(Boastful([7]))
    batch.add(8, 1, Boastful([2]))
    assert contents(batch) == [(7, 0, [0], 1), (8, 1, [2], 0)]


def test_nothing_changes_it_while_it_is_lent() -> None:
    batch = Batch(4)
    batch.add(7, 0)

    def change() -> None:
        for change in (lambda: batch.add(8, 1), lambda: batch.extend([8], 1), batch.clear, batch.close):
            with pytest.raises(LlamaError, match="a callback used the Batch that is being decoded"):
                change()

    batch.lent(change)
    other = threading.Thread(target=batch.clear)

    def wait() -> int:
        other.start()
        other.join(0.1)
        return len(batch)

    assert batch.lent(wait) == 1
    other.join()
    assert len(batch) == 0


def test_threads_that_fill_it_do_not_write_past_its_end() -> None:
    code = """
import sys, threading
from llamacffi import Batch, InvalidBatch
sys.setswitchinterval(1e-6)

def fill(batch):
    try:
        while True:
            batch.add(1, len(batch))
    except InvalidBatch:
        pass

for _ in range(100):
    batch = Batch(32)
    threads = [threading.Thread(target=fill, args=(batch,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert batch.struct.n_tokens == len(batch) == 32
"""
    run = run_python(code)
    assert (run.returncode, run.stderr) == (0, "")

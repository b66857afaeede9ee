"""Rows that are copied, rows that are seen in place, and what happens to these when the context goes on."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import ContextError, InvalidBatch, Model
from tests.batches import filled
from tests.models import write_bert
from tests.models.exact import EXACT, TOKENS
from tests.models.reference import bert_hidden, llama_logits, read_weights
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llamacffi import Context


@pytest.fixture(scope="module")
def expected(tiny_llama: Path) -> np.ndarray[Any, Any]:
    return llama_logits(read_weights(tiny_llama), TOKENS)


@pytest.fixture
def context(model: Model) -> Iterator[Context]:
    with model.context(n_ctx=256, **EXACT) as context:
        yield context


def test_logits_are_a_copy(context: Context) -> None:
    context.decode(filled(TOKENS[:1]))
    first = context.logits()
    kept = first.copy()
    context.decode(filled(TOKENS[1:2], 1))
    np.testing.assert_array_equal(first, kept)
    assert first.dtype == np.float32
    assert first.flags.writeable
    assert not np.array_equal(first, context.logits())


def test_all_rows_at_once(context: Context, expected: np.ndarray[Any, Any]) -> None:
    batch = filled(TOKENS[:5], output=False)
    batch.close()
    context.decode(filled(TOKENS[:3], output="all"))
    np.testing.assert_allclose(context.logits(None), expected[:3], atol=1e-4)
    context.decode(filled(TOKENS[3:], 3))
    np.testing.assert_allclose(context.logits(None), expected[-1:], atol=1e-4)
    assert context.logits(None).flags.writeable
    np.testing.assert_array_equal(context.logits_view(None), context.logits(None))


def test_rows_of_a_batch_that_llama_cpp_computes_in_another_order(model: Model, tiny_llama: Path) -> None:
    weights = read_weights(tiny_llama)
    with model.context(n_ctx=768, n_seq_max=3, **EXACT) as context:  # three streams
        batch = filled([0] * 12)
        batch.clear()
        for pos in range(4):
            for seq_id in range(3):
                batch.add(TOKENS[seq_id + pos], pos, seq_id, output=True)
        context.decode(batch)
        rows = context.logits(None)
    for seq_id in range(3):
        expected = llama_logits(weights, TOKENS[seq_id : seq_id + 4])
        np.testing.assert_allclose(rows[seq_id::3], expected, atol=1e-4)


def test_there_is_nothing_before_a_decode(context: Context) -> None:
    for read in (context.logits, context.logits_view, context.embeddings, context.embeddings_view):
        for i in (None, -1, 0):
            with pytest.raises(ContextError, match=r"there are no (logits|embeddings)"):
                read(i)
    context.decode(filled(TOKENS, output=False))
    for i in (None, -1, 0):
        with pytest.raises(ContextError, match="there are no logits"):
            context.logits(i)


def test_a_refused_batch_leaves_the_outputs(context: Context, expected: np.ndarray[Any, Any]) -> None:
    context.decode(filled(TOKENS))
    with pytest.raises(InvalidBatch):
        context.decode(filled([5], 50))
    np.testing.assert_allclose(context.logits(), expected[-1], atol=1e-4)


def test_a_view_is_the_memory_itself(context: Context, expected: np.ndarray[Any, Any]) -> None:
    context.decode(filled(TOKENS[:1]))
    view = context.logits_view()
    assert (view.shape, str(view.dtype)) == ((512,), "float32")
    np.testing.assert_allclose(view, expected[0], atol=1e-4)
    with pytest.raises(ValueError, match="read-only"):
        view[0] = 1
    with pytest.raises(ValueError, match="WRITEABLE"):
        view.flags.writeable = True
    assert np.shares_memory(view, context.logits_view(None))
    # What comes after is what it shows then.
    context.decode(filled(TOKENS[1:2], 1))
    context.synchronize()
    np.testing.assert_allclose(view, expected[1], atol=1e-4)


def test_views_of_embeddings(model: Model, tmp_path: Path) -> None:
    with model.context(n_ctx=256, embeddings=True, **EXACT) as context:
        context.decode(filled(TOKENS, output="all"))
        np.testing.assert_array_equal(context.embeddings_view(2), context.embeddings(2))
        np.testing.assert_array_equal(context.embeddings_view(None), context.embeddings(None))
        np.testing.assert_array_equal(context.embeddings(None)[2], context.embeddings(2))
    path = write_bert(tmp_path / "bert.gguf")
    tokens = [2, 9, 5, 3]
    with Model(path) as bert, bert.context(embeddings=True, pooling_type="none", **EXACT) as context:
        context.encode(filled(tokens))
        np.testing.assert_allclose(context.embeddings_view(None), bert_hidden(read_weights(path), tokens), atol=1e-4)
        with pytest.raises(ContextError, match="an encoder has no logits"):
            context.logits_view()


def test_while_a_view_lives_the_memory_cannot_move(context: Context, expected: np.ndarray[Any, Any]) -> None:
    context.decode(filled(TOKENS[:2], output="all"))
    view = context.logits_view(0)
    part = view[10:20]  # keeps the view
    del view
    with pytest.raises(InvalidBatch, match=r"3 outputs are more than any batch before had, and 1 views .* are alive"):
        context.decode(filled(TOKENS[2:5], 2, output="all"))
    assert context.memory.pos_max(0) == 1
    context.decode(filled(TOKENS[2:4], 2, output="all"))  # as many as before
    np.testing.assert_allclose(part, expected[2][10:20], atol=1e-4)
    del part
    gc.collect()
    context.decode(filled(TOKENS[4:], 4, output="all"))
    np.testing.assert_allclose(context.logits(None), expected[4:], atol=1e-4)


def test_room_made_by_warming_up(context: Context, expected: np.ndarray[Any, Any]) -> None:
    context.warm_up(n_outputs=8)
    context.decode(filled(TOKENS[:1]))
    view = context.logits_view()
    context.decode(filled(TOKENS[1:], 1, output="all"))  # 7 rows where there was one
    np.testing.assert_allclose(view, expected[1], atol=1e-4)


def test_room_is_counted_with_what_else_is_put_out(model: Model) -> None:
    with model.context(n_ctx=256, **EXACT) as context:
        context.decode(filled(TOKENS[:1]))
        view = context.logits_view()
        context.set_embeddings(True)
        with pytest.raises(InvalidBatch, match="views of its outputs are alive"):
            context.decode(filled(TOKENS[1:2], 1))
        context.set_embeddings(False)
        context.decode(filled(TOKENS[1:2], 1))
        assert view.any()


def test_a_view_lives_longer_than_its_context(tiny_llama: Path) -> None:
    code = f"""
import gc, threading
import numpy as np
from llamacffi import *
def batch(tokens, pos0=0):
    b = Batch(8)
    b.extend(tokens, pos0, output="all")
    return b
kept = []
for order in range(5):
    model = Model({str(tiny_llama)!r})
    context = model.context(n_ctx=256, n_threads=2)
    context.decode(batch([5, 6, 7]))
    view, row = context.logits_view(None), context.logits(1)
    if order == 0:
        context.close()
    elif order == 1:
        model.close()
    elif order == 2:
        del context, model
        gc.collect()
    elif order == 3:
        context.cycle = (context, view)
        view = view[:]
        del context, model
        gc.collect()
    else:
        thread = threading.Thread(target=lambda: [context.decode(batch([5], 3 + i)) for i in range(100)])
        thread.start()
        context.close()
        thread.join()
        row = None
    noise = [np.full(100_000, order, np.float32) for _ in range(20)]  # takes the memory that was freed
    for _ in range(2):
        assert row is None or np.array_equal(view[1], row), order
        assert np.isfinite(view).all()
    kept.append(view)
print(len(kept))
kept.clear()
gc.collect()
model = Model({str(tiny_llama)!r})
context = model.context(n_ctx=256)
context.decode(batch([5]))
at_exit = context.logits_view()
"""
    run = run_python(code)
    stderr = [line for line in run.stderr.splitlines() if "ClosedError: this Context is closed" not in line]
    assert (run.returncode, run.stdout) == (0, "5\n"), stderr


def test_pooled_embeddings_are_the_mean(model: Model) -> None:
    with model.context(n_ctx=256, embeddings=True, **EXACT) as plain:
        plain.decode(filled(TOKENS, output="all"))
        rows = [plain.embeddings(i) for i in range(len(TOKENS))]
        with pytest.raises(ContextError, match="no pooled embeddings"):
            plain.embeddings_seq(0)
    with model.context(n_ctx=256, embeddings=True, pooling_type="mean", **EXACT) as pooled:
        pooled.decode(filled(TOKENS, output="all"))
        np.testing.assert_allclose(pooled.embeddings_seq(0), np.mean(rows, axis=0), atol=1e-5)
        for read in (pooled.embeddings, pooled.embeddings_view):
            with pytest.raises(ContextError, match="use embeddings_seq"):
                read(0)


def test_embeddings_are_the_normed_last_layer(model: Model, tiny_llama: Path) -> None:
    with model.context(n_ctx=256, embeddings=True, **EXACT) as context:
        context.decode(filled(TOKENS, output="all"))
        row = context.embeddings(len(TOKENS) - 1)
    # The reference gives logits = output @ embedding, so the embedding solves that over-determined system.
    weights = read_weights(tiny_llama)
    logits = llama_logits(weights, TOKENS)[-1]
    solution, *_ = np.linalg.lstsq(np.asarray(weights["output"]), logits, rcond=None)
    np.testing.assert_allclose(row, solution, atol=1e-4)


@pytest.mark.parametrize(("i", "reason"), [(0, r"batch.logits\[0\] != true"), (999, "out of range"), (-2, "")])
def test_logits_that_were_not_asked_for(context: Context, i: int, reason: str) -> None:
    context.decode(filled(TOKENS))
    with pytest.raises(ContextError, match=rf"there are no logits at {i}; ask for an output.*{reason}"):
        context.logits(i)
    with pytest.raises(ContextError, match="there are no embeddings at -1"):
        context.embeddings()
    assert context.logits().shape == (512,)

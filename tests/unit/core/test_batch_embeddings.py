"""Embeddings in place of tokens: the rows of the model's own matrix must give what the tokens give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, InvalidBatch, Model, ffi, lib
from tests.models import write_bert, write_mamba, write_t5
from tests.models.exact import EXACT, TOKENS
from tests.models.reference import bert_hidden, llama_logits, mamba_logits, read_weights, t5_logits

if TYPE_CHECKING:
    from pathlib import Path


def embedded(rows: Any, pos0: int = 0, seq_id: int = 0, *, output: Any = True) -> Batch:
    batch = Batch(len(rows), n_embd=np.shape(rows)[1])
    batch.extend_embeddings(rows, pos0, seq_id, output=output)
    return batch


def rows_of(path: Path, tokens: list[int] = TOKENS) -> np.ndarray[Any, Any]:
    return np.asarray(read_weights(path)["token_embd"][list(tokens)], np.float32)


def test_a_llama_takes_the_rows_of_its_tokens(model: Model, tiny_llama: Path) -> None:
    expected = llama_logits(read_weights(tiny_llama), TOKENS)
    with model.context(n_ctx=256, **EXACT) as context:
        context.decode(embedded(rows_of(tiny_llama), output="all"))
        np.testing.assert_allclose(context.logits(None), expected, atol=1e-4)


def test_several_sequences_and_tokens_after_embeddings(model: Model, tiny_llama: Path) -> None:
    weights = read_weights(tiny_llama)
    rows = rows_of(tiny_llama)
    others = [5, 6, 7]
    with model.context(n_ctx=512, n_seq_max=2, kv_unified=True, **EXACT) as context:
        batch = Batch(16, n_embd=rows.shape[1])
        assert batch.extend_embeddings(rows[:4], 0, 0) == 0
        assert batch.extend_embeddings(rows_of(tiny_llama, others), 0, 1, output="all") == 4
        assert (len(batch), batch.n_outputs, batch.max_pos, batch.max_seq_id) == (7, 4, 3, 1)
        context.decode(batch)
        np.testing.assert_allclose(context.logits(3), llama_logits(weights, TOKENS[:4])[-1], atol=1e-4)
        np.testing.assert_allclose(context.logits(None)[1:], llama_logits(weights, others), atol=1e-4)
        rest = Batch(8)
        rest.extend(TOKENS[4:], 4, 0)
        context.decode(rest)
        np.testing.assert_allclose(context.logits(), llama_logits(weights, TOKENS)[-1], atol=1e-4)


def test_a_recurrent_model(tmp_path: Path) -> None:
    path = write_mamba(tmp_path / "mamba.gguf")
    with Model(path) as model, model.context(n_ctx=256) as context:
        context.decode(embedded(rows_of(path), output="all"))
        np.testing.assert_allclose(context.logits(None), mamba_logits(read_weights(path), TOKENS), atol=1e-4)


def test_an_encoder(tmp_path: Path) -> None:
    path = write_bert(tmp_path / "bert.gguf")
    tokens = [2, 9, 5, 3]
    with Model(path) as model, model.context(embeddings=True, pooling_type="none", **EXACT) as context:
        context.encode(embedded(rows_of(path, tokens), output="all"))
        np.testing.assert_allclose(context.embeddings(None), bert_hidden(read_weights(path), tokens), atol=1e-4)


def test_an_encoder_with_a_decoder(tmp_path: Path) -> None:
    path = write_t5(tmp_path / "t5.gguf")
    weights, tokens = read_weights(path), [5, 9, 7, 1]
    with Model(path) as model, model.context(**EXACT) as context:
        context.encode(embedded(rows_of(path, tokens), output="all"))
        context.decode(embedded(rows_of(path, [0, 8]), output="all"))
        np.testing.assert_allclose(context.logits(None), t5_logits(weights, tokens, [0, 8]), atol=1e-4)


def test_what_c_sees() -> None:
    rows = np.arange(12, dtype=np.float64).reshape(3, 4)
    batch = Batch(8, n_embd=4)
    batch.extend_embeddings(rows[::2], 5, 2)
    batch.extend_embeddings(np.asfortranarray(rows), 9, 1, output=False)
    c = batch.struct
    assert not c.token
    assert [c.embd[i] for i in range(20)] == [0, 1, 2, 3, 8, 9, 10, 11, *range(12)]
    assert [c.pos[i] for i in range(5)] == [5, 6, 9, 10, 11]
    assert [c.seq_id[i][0] for i in range(5)] == [2, 2, 1, 1, 1]
    assert [c.logits[i] for i in range(5)] == [0, 1, 0, 0, 0]
    np.testing.assert_array_equal(batch.embeddings[2:], rows)
    assert batch.tokens.shape == (0,)
    batch.clear()
    assert batch.embeddings.shape == (0, 4)
    batch.close()
    assert not batch.struct.embd


@pytest.mark.parametrize(
    ("rows", "kind", "message"),
    [
        (np.zeros((2, 3)), ValueError, r"shape \(n, 4\), not \(2, 3\)"),
        (np.zeros(4), ValueError, r"not \(4,\)"),
        (np.zeros((1, 2, 4)), ValueError, "shape"),
        (np.zeros((2, 4), np.int32), TypeError, "must be floats, not int32"),
        (np.zeros((2, 4), complex), TypeError, "must be floats, not complex128"),
        ([["a"] * 4], TypeError, "must be floats"),
        (np.zeros((9, 4)), InvalidBatch, "has room for 8 tokens"),
    ],
)
def test_rows_that_are_refused(rows: Any, kind: type[Exception], message: str) -> None:
    batch = Batch(8, n_embd=4)
    with pytest.raises(kind, match=message):
        batch.extend_embeddings(rows)
    assert len(batch) == 0
    assert batch.extend_embeddings(np.zeros((0, 4))) == 0


def test_tokens_and_embeddings_do_not_mix() -> None:
    batch = Batch(4, n_embd=4)
    with pytest.raises(InvalidBatch, match=r"this Batch holds embeddings; use extend_embeddings\(\)"):
        batch.add(1, 0)
    with pytest.raises(InvalidBatch, match=r"this Batch holds embeddings; use extend_embeddings\(\)"):
        batch.extend([1])
    with pytest.raises(InvalidBatch, match="this Batch holds tokens; use Batch"):
        Batch(4).extend_embeddings(np.zeros((1, 4)))


def test_another_width_than_the_models(model: Model) -> None:
    wanted = lib.llama_model_n_embd_inp(model.ptr)
    with model.context(n_ctx=256) as context:
        for n_embd in (1, wanted - 1, wanted + 1):
            with pytest.raises(InvalidBatch, match=f"width {n_embd}, the model takes {wanted}"):
                context.decode(embedded(np.zeros((1, n_embd))))


def test_several_positions_for_each_embedding() -> None:
    batch = Batch(4, n_embd=2)
    batch.extend_embeddings(np.zeros((2, 2), np.float32), 5)
    batch.extend_embeddings(np.ones((1, 2), np.float32), 7, positions=np.array([[7, 8, 9, 0]]))
    batch.lay_out_positions()
    assert list(lib_positions(batch, 12)) == [5, 6, 7, 5, 6, 8, 5, 6, 9, 5, 6, 0]
    assert (len(batch), batch.max_pos) == (3, 7)
    for wrong in ([[1, 2, 3]], [[1.0, 2.0, 3.0, 4.0]], [[-1, 0, 0, 0]], [[2**31, 0, 0, 0]]):
        with pytest.raises(ValueError, match="position"):
            batch.extend_embeddings(np.ones((1, 2), np.float32), 8, positions=np.array(wrong))
    assert len(batch) == 3


def lib_positions(batch: Batch, n: int) -> Any:
    """What C finds."""
    return ffi.unpack(batch.struct.pos, n)

"""Saved memory: what comes back, and what is refused."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, Model, State, StateError
from tests.models import LlamaShape, write_llama

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from llamacffi import Context

EXACT: dict[str, Any] = {"type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled"}
TOKENS = [1, 40, 99, 300, 7, 511, 260, 33]


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        yield model


@pytest.fixture
def context(model: Model) -> Iterator[Context]:
    with model.context(n_ctx=512, n_seq_max=2, kv_unified=True, **EXACT) as context:
        feed(context, TOKENS[:5])
        yield context


def feed(context: Context, tokens: Sequence[int], pos0: int = 0, seq_id: int = 0) -> np.ndarray[Any, Any]:
    batch = Batch(len(tokens))
    batch.extend(tokens, pos0, seq_id)
    context.decode(batch)
    return context.logits()


@pytest.mark.parametrize("seq_id", [None, 0])
def test_it_goes_on_as_it_would_have(model: Model, context: Context, seq_id: int | None) -> None:
    state = context.snapshot(seq_id, tokens=TOKENS[:5])
    expected = feed(context, TOKENS[5:], 5)
    with model.context(n_ctx=256, n_seq_max=2, kv_unified=True, **EXACT) as fresh:
        fresh.restore(State.from_bytes(state.to_bytes()))
        assert fresh.memory.pos_max(0) == 4
        np.testing.assert_array_equal(feed(fresh, TOKENS[5:], 5), expected)


def test_a_sequence_goes_to_another_id(context: Context) -> None:
    state = context.snapshot(0)
    expected = feed(context, TOKENS[5:], 5)
    context.restore(state, 1)
    assert (context.memory.pos_max(0), context.memory.pos_max(1)) == (7, 4)
    np.testing.assert_allclose(feed(context, TOKENS[5:], 5, 1), expected, atol=1e-5)


def test_a_file(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "saved.state"
    path.write_bytes(b"something older")
    state = context.snapshot(0, tokens=TOKENS[:5])
    for fsync in (True, False):
        state.save(path, fsync=fsync)
        loaded = State.load(path)
        assert loaded.tokens == tuple(TOKENS[:5])
        assert (loaded.seq_id, loaded.fingerprint, loaded.shape) == (0, state.fingerprint, state.shape)
        assert bytes(loaded.payload) == bytes(state.payload)
    assert [file.name for file in tmp_path.iterdir()] == ["saved.state"]


def test_a_failed_save_leaves_the_old_file(context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "saved.state"
    path.write_bytes(b"something older")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        context.snapshot(0).save(path)
    assert path.read_bytes() == b"something older"
    assert [file.name for file in tmp_path.iterdir()] == ["saved.state"]


def test_every_damage_is_found(context: Context) -> None:
    good = context.snapshot(0, tokens=TOKENS[:5]).to_bytes()
    dice = random.Random(0)
    for _ in range(500):
        bad = bytearray(good)
        if dice.random() < 0.3:
            del bad[dice.randrange(len(bad)) :]
        else:
            bad[dice.randrange(len(bad))] ^= 1 << dice.randrange(8)
        with pytest.raises(StateError):
            State.from_bytes(bytes(bad))
    assert State.from_bytes(good).tokens == tuple(TOKENS[:5])


def test_what_is_no_state(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="not a saved state: 0 bytes"):
        State.from_bytes(b"")
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" * 100)
    with pytest.raises(StateError, match=r"model\.gguf.*not a saved state: 400 bytes that begin with b'GGUFGGUF'"):
        State.load(path)
    with pytest.raises(FileNotFoundError):
        State.load(tmp_path / "missing")


def test_another_model_is_refused(context: Context, tmp_path: Path) -> None:
    state = context.snapshot(0)
    path = write_llama(tmp_path / "other.gguf", shape=LlamaShape(n_layer=2))
    with Model(path) as other, other.context(n_ctx=256, n_seq_max=2, kv_unified=True, **EXACT) as fresh:
        with pytest.raises(StateError, match="belongs to another model than llama"):
            fresh.restore(state)
        feed(fresh, TOKENS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"type_k": "f16"}, "the state is of a context with .*'type_k': 0"),
        ({"kv_unified": False}, "n_stream"),
        (
            {"flash_attn_type": "enabled"},
            "(?s)does not fit in this context: .*V transposition.*sequence 0 is empty now",
        ),
    ],
)
def test_another_kind_of_context_is_refused(
    model: Model, context: Context, options: dict[str, Any], message: str
) -> None:
    state = context.snapshot(0)
    with model.context(n_ctx=512, **{"n_seq_max": 2, "kv_unified": True, **EXACT, **options}) as fresh:
        feed(fresh, TOKENS, 0, 1)
        with pytest.raises(StateError, match=message):
            fresh.restore(state)
        assert fresh.memory.pos_max(1) == 7  # the other sequence is unharmed
        feed(fresh, TOKENS, 0, 0)


def test_a_context_that_is_too_small_is_refused(model: Model) -> None:
    with model.context(n_ctx=512) as large, model.context(n_ctx=256) as small:
        feed(large, [5] * 300)
        with pytest.raises(StateError, match="not enough cells in kv cache"):
            small.restore(large.snapshot(0))
        feed(small, TOKENS)


def test_ids_out_of_range(context: Context) -> None:
    with pytest.raises(ValueError, match="seq_id must be from 0 to 1, not 2"):
        context.snapshot(2)
    with pytest.raises(ValueError, match="seq_id must be from 0 to 1, not 2"):
        context.restore(context.snapshot(0), 2)
    with pytest.raises(StateError, match="of a whole context and cannot go to sequence 1"):
        context.restore(context.snapshot(), 1)


def test_another_llama_cpp_is_refused(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    state = context.snapshot(0)
    monkeypatch.setattr("llamacffi.core.state.build_info", lambda: {"llama_commit": "abc"})
    with pytest.raises(StateError, match=r"saved with llama\.cpp .*, this is abc; decode the tokens again"):
        context.restore(state)

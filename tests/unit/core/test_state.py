"""Saved memory: what comes back, and what is refused."""

from __future__ import annotations

import json
import os
import struct
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, Model, State, StateError
from llamacffi._native import build_info, ffi, lib
from llamacffi.core.container import Container
from tests.models import LlamaShape, write_llama
from tests.models.exact import EXACT, TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from llamacffi import Context


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


def test_the_state_of_an_empty_sequence_leaves_nothing(context: Context) -> None:
    # llama.cpp would leave what is there.
    context.restore(context.snapshot(1), 0)
    assert context.memory.pos_max(0) == -1
    np.testing.assert_allclose(feed(context, TOKENS), feed(context, TOKENS, 0, 1), atol=1e-5)


def test_generation_continues_token_for_token(model: Model) -> None:
    # A chain of argmaxes over random weights: one logit that is a little off leads elsewhere soon.
    prompt = [1, *(3 + i * 37 % 500 for i in range(60))]
    with model.context(n_ctx=512, n_seq_max=3, kv_unified=True, **EXACT) as one:
        feed(one, [9] * 20, 0, 1)  # a neighbour, so that its cells are not the first
        first = feed(one, prompt, 0, 2)
        state = one.snapshot(2, tokens=prompt)
        expected = greedy(one, first, len(prompt), 2, 100)
    with model.context(n_ctx=256, n_seq_max=2, kv_unified=True, **EXACT) as other:
        feed(other, [11] * 7, 0, 0)
        other.restore(State.from_bytes(state.to_bytes()), 1)
        assert greedy(other, first, len(prompt), 1, 100) == expected
        assert other.memory.pos_max(0) == 6
    assert len(set(expected)) > 3


def greedy(context: Context, logits: np.ndarray[Any, Any], pos: int, seq_id: int, n: int) -> list[int]:
    tokens: list[int] = []
    for i in range(n):
        tokens.append(int(logits.argmax()))
        logits = feed(context, tokens[-1:], pos + i, seq_id)
    return tokens


@pytest.mark.parametrize(
    ("data", "digest"),  # of the xxhash package, which holds the reference implementation
    [
        (b"", "99aa06d3014798d86001c324468d497f"),
        (b"a", "a96faf705af16834e6c632b61e964e1f"),
        (bytes(range(200)), "cb0395310643ba0edd97e9af3609d9f5"),
        (bytes(range(256)) * 1000, "548512d98989de2d776474c39d20f9aa"),
    ],
)
def test_the_checksum_is_xxh3(data: bytes, digest: str) -> None:
    out = ffi.new("uint8_t[16]")
    lib.lcffi_xxh3_128(data, len(data), out)
    assert bytes(out).hex() == digest


def test_where_things_are(context: Context) -> None:
    """The format, by the letter: who reads it elsewhere relies on it."""
    state = context.snapshot(0, tokens=TOKENS[:5])
    data = state.to_bytes()
    assert (len(data) - len(state)) % 64 == 0
    magic, version, length, size, digest = struct.unpack_from("<8sIIQ16s", data)
    assert (magic, version, size) == (b"LCFFISTA", 2, len(state))
    assert data[40 + length + 16 :] == bytes(state.payload)
    assert digest == xxh3(data[-size:])
    assert data[40 + length : 40 + length + 16] == xxh3(data[: 40 + length])
    assert json.loads(data[40 : 40 + length]) == {
        "fingerprint": context.model.fingerprint,
        "tokens": TOKENS[:5],
        "seq_id": 0,
        "llama_commit": build_info()["llama_commit"],
        "shape": {"type_k": 0, "type_v": 0, "n_stream": 1},
        "n_exact": None,
        "altered_by": context.altered_by,
    }


def xxh3(data: bytes) -> bytes:
    out = ffi.new("uint8_t[16]")
    lib.lcffi_xxh3_128(data, len(data), out)
    return bytes(out)


def test_bytes_are_made_once(context: Context) -> None:
    state = context.snapshot(0)
    data = state.to_bytes()
    assert state.to_bytes() is data
    assert State.from_bytes(data).to_bytes() is data
    assert state.payload.readonly
    with pytest.raises(TypeError, match="read-only"):
        state.payload[0] = 1


def test_bytes_that_others_can_change_are_copied(context: Context) -> None:
    data = bytearray(context.snapshot(0, tokens=TOKENS[:5]).to_bytes())
    state = State.from_bytes(data)
    data[-1] ^= 1
    context.restore(state)
    with pytest.raises(StateError, match="checksum"):
        State.from_bytes(data)


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


def test_a_file_is_mapped_and_read_when_it_is_used(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "saved.state"
    context.snapshot(0, tokens=TOKENS[:5]).save(path)
    with path.open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xa5")
    state = State.load(path)
    assert state.tokens == tuple(TOKENS[:5])
    for use in (lambda: context.restore(state), state.to_bytes, lambda: state.payload):
        with pytest.raises(StateError, match=r"saved\.state': the saved state is damaged: its checksum"):
            use()
    with pytest.raises(StateError, match="checksum"):
        state.save(tmp_path / "copy.state")
    assert [file.name for file in tmp_path.iterdir()] == ["saved.state"]


@pytest.mark.skipif(sys.platform == "win32", reason="a file is read there, not mapped")
@pytest.mark.parametrize("change", ["cut", "written"])
def test_a_file_that_changes_under_a_state(context: Context, tmp_path: Path, change: str) -> None:
    path = tmp_path / "saved.state"
    context.snapshot(0).save(path)
    state = State.load(path)
    context.restore(state)
    if change == "cut":
        os.truncate(path, 100)  # to read on would end the process by SIGBUS
    else:
        with path.open("r+b") as file:
            file.seek(-5, 2)
            file.write(b"other")
        os.utime(path, ns=(1, 1))  # the clock of a file system may be too coarse to show it
    with pytest.raises(StateError, match="was written to since it was loaded; load it again"):
        context.restore(state)
    assert context.memory.pos_max(0) == 4


def test_a_file_that_is_replaced_under_a_state(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "saved.state"
    context.snapshot(0, tokens=TOKENS[:5]).save(path)
    state = State.load(path)
    expected = bytes(state.payload)
    feed(context, TOKENS[5:], 5)
    context.snapshot(0, tokens=TOKENS).save(path)
    assert bytes(state.payload) == expected
    assert State.load(path).tokens == tuple(TOKENS)
    state.save(path)  # onto itself
    assert bytes(State.load(path).payload) == expected


def test_a_state_of_a_finetune_is_refused(model: Model, context: Context, tmp_path: Path) -> None:
    state = context.snapshot(0)
    tuned = Model(write_llama(tmp_path / "tuned.gguf", seed=9))
    with tuned, tuned.context(n_ctx=512, n_seq_max=2, kv_unified=True, **EXACT) as other:
        assert tuned.metadata_text == model.metadata_text
        with pytest.raises(StateError, match="another model than .* of the same metadata, and with other weights"):
            other.restore(state)


def test_a_state_of_a_version_that_did_not_look_at_weights(context: Context) -> None:
    state = context.snapshot(0)
    header = {
        "fingerprint": context.model.fingerprint.partition("-")[0],
        **{name: getattr(state, name) for name in ("tokens", "seq_id", "llama_commit", "shape")},
    }
    old = State.from_bytes(Container.fill(header, 3, lambda data: ffi.memmove(data, b"abc", 3)).to_bytes())
    with pytest.raises(StateError, match="saved by a version that did not look at weights; decode the tokens again"):
        context.restore(old)


def test_a_header_of_something_else(context: Context) -> None:
    other = Container.fill({"fingerprint": "x", "tokens": [1]}, 3, lambda data: ffi.memmove(data, b"abc", 3))
    assert bytes(other.payload) == b"abc"
    with pytest.raises(StateError, match="the header has other fields than a state has: .*seq_id"):
        State.from_bytes(other.to_bytes())
    data = bytearray(context.snapshot(0).to_bytes())
    data[8] = 1
    with pytest.raises(StateError, match="has format 1, this llamacffi reads 2"):
        State.from_bytes(data)


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
        with pytest.raises(StateError, match="cells in kv cache"):
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

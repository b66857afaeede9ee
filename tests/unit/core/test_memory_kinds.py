"""What can be done to a sliding window, a recurrent state and a hybrid, and what is refused, against NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Batch, Context, ContextError, Model
from tests.models import LlamaShape, write_cohere2, write_lfm2, write_llama, write_mamba
from tests.models.exact import EXACT
from tests.models.reference import Weights, cohere2_logits, lfm2_logits, mamba_logits, read_weights

LOGITS = {"cohere2": cohere2_logits, "mamba": mamba_logits, "lfm2": lfm2_logits}
WRITERS: dict[str, Callable[[Path], Path]] = {"cohere2": write_cohere2, "mamba": write_mamba, "lfm2": write_lfm2}
STATES = ["mamba", "lfm2"]
TOKENS = [1, *(3 + i * 37 % 500 for i in range(19))]
NEXT = [33, 260]


class Known:
    """A model and what it should compute."""

    def __init__(self, kind: str, path: Path) -> None:
        self.kind, self.model = kind, Model(path)
        self.weights: Weights = read_weights(path)

    def context(self, **options: Any) -> Context:
        defaults = {"n_ctx": 1536, "n_batch": 64, "n_ubatch": 16, "n_seq_max": 3, "n_threads": 1, "swa_full": False}
        return self.model.context(**{**defaults, **EXACT, **options})

    def check(self, context: Context, held: Sequence[int], seq_id: int = 0) -> None:
        """What comes after `NEXT` is what comes after `held` and `NEXT`."""
        logits = feed(context, NEXT, context.memory.pos_max(seq_id) + 1, seq_id)
        np.testing.assert_allclose(logits, LOGITS[self.kind](self.weights, [*held, *NEXT])[-1], atol=1e-4)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Known]]:
    folder = tmp_path_factory.mktemp("kinds")
    models = {kind: Known(kind, write(folder / f"{kind}.gguf")) for kind, write in WRITERS.items()}
    yield models
    for each in models.values():
        each.model.close()


def feed(context: Context, tokens: Sequence[int], pos0: int = 0, seq_id: int = 0) -> np.ndarray[Any, Any]:
    batch = Batch(context.n_batch)
    for start in range(0, len(tokens), context.n_batch):
        batch.clear()
        batch.extend(tokens[start : start + context.n_batch], pos0 + start, seq_id)
        context.decode(batch)
    return context.logits()


@pytest.mark.parametrize(("p0", "p1"), [(5, None), (2, 5), (0, 5), (None, 19), (19, None), (19, 20)])
@pytest.mark.parametrize("kind", STATES)
def test_a_part_of_a_state_is_not_removed(known: dict[str, Known], kind: str, p0: int | None, p1: int | None) -> None:
    with known[kind].context() as context:
        feed(context, TOKENS)
        feed(context, TOKENS[:7], 0, 1)
        assert not context.memory.remove(0, p0, p1)
        assert not context.memory.remove(None, 3)
        known[kind].check(context, TOKENS)
        known[kind].check(context, TOKENS[:7], 1)


@pytest.mark.parametrize("kind", list(WRITERS))
def test_the_whole_is_removed(known: dict[str, Known], kind: str) -> None:
    with known[kind].context() as context:
        for seq_id in range(3):
            feed(context, TOKENS, 0, seq_id)
        assert context.memory.remove(0, 0, len(TOKENS))
        assert context.memory.remove(1, len(TOKENS))  # nothing is there
        assert [context.memory.pos_max(i) for i in range(3)] == [-1, 19, 19]
        feed(context, TOKENS[:9])
        known[kind].check(context, TOKENS[:9])
        known[kind].check(context, TOKENS, 1)
        assert context.memory.remove()
        assert [context.memory.pos_max(i) for i in range(3)] == [-1] * 3
        feed(context, TOKENS)
        known[kind].check(context, TOKENS)


@pytest.mark.parametrize("unified", [True, False])
@pytest.mark.parametrize("kind", list(WRITERS))
def test_a_copy_replaces_what_was_there(known: dict[str, Known], kind: str, *, unified: bool) -> None:
    with known[kind].context(kv_unified=unified) as context:
        feed(context, TOKENS)
        feed(context, [9] * 30, 0, 1)
        context.memory.copy(0, 1)
        feed(context, [7] * 25, len(TOKENS), 0)
        known[kind].check(context, TOKENS, 1)
        known[kind].check(context, [*TOKENS, *[7] * 25])
        context.memory.copy(2, 1)  # nothing
        assert context.memory.pos_max(1) == -1


@pytest.mark.parametrize("kind", list(WRITERS))
def test_a_part_is_copied_where_there_is_a_part(known: dict[str, Known], kind: str) -> None:
    with known[kind].context(kv_unified=True, n_seq_max=2) as context:
        feed(context, TOKENS)
        if kind == "cohere2":
            context.memory.copy(0, 1, 0, 12)
            known[kind].check(context, TOKENS[:12], 1)
            feed(context, [5 + i % 400 for i in range(700)], len(TOKENS))
            with pytest.raises(ContextError, match=r"of the sliding window the positions from \d+ on are left"):
                context.memory.copy(0, 1, 0, 12)
        else:
            for p0, p1 in ((0, 12), (3, None), (3, 5)):
                with pytest.raises(ContextError, match="cannot be copied: .* keeps a state of the whole"):
                    context.memory.copy(0, 1, p0, p1)
            assert context.memory.pos_max(1) == -1
            context.memory.copy(0, 1, 0, len(TOKENS))  # that is all of it
            known[kind].check(context, TOKENS, 1)


@pytest.mark.parametrize("unified", [True, False])
@pytest.mark.parametrize("kind", list(WRITERS))
def test_keep(known: dict[str, Known], kind: str, *, unified: bool) -> None:
    with known[kind].context(kv_unified=unified) as context:
        for seq_id in range(3):
            feed(context, TOKENS[seq_id:], 0, seq_id)
        context.memory.copy(1, 0)
        feed(context, [5], context.memory.pos_max(0) + 1)
        context.memory.keep(1)
        assert [context.memory.pos_max(i) for i in range(3)] == [-1, 18, -1]
        known[kind].check(context, TOKENS[1:], 1)


@pytest.mark.parametrize("kind", STATES)
def test_a_state_is_moved_as_a_whole(known: dict[str, Known], kind: str) -> None:
    # Positions count by their differences alone, in rotary attention, or not at all.
    with known[kind].context() as context:
        feed(context, TOKENS)
        for p0, p1 in ((3, None), (0, 12), (3, 12)):
            with pytest.raises(ContextError, match="cannot be moved: .* keeps a state of the whole"):
                context.memory.shift(0, 4, p0, p1)
            with pytest.raises(ContextError, match="cannot be moved: .* keeps a state of the whole"):
                context.memory.divide(0, 2, p0, p1)
        context.memory.shift(0, 4)
        assert context.memory.pos_max(0) == 23
        known[kind].check(context, TOKENS)


def test_a_state_is_moved_down(known: dict[str, Known]) -> None:
    with known["mamba"].context() as context:
        feed(context, TOKENS)
        with pytest.raises(ValueError, match="delta -20 moves position 19 below 0"):
            context.memory.shift(0, -20)
        context.memory.shift(0, -19)
        assert context.memory.pos_max(0) == 0
        known["mamba"].check(context, TOKENS)
    with known["mamba"].context() as context:
        feed(context, TOKENS)
        context.memory.divide(0, 4)
        assert context.memory.pos_max(0) == 4
        known["mamba"].check(context, TOKENS)
    with known["lfm2"].context() as context:
        feed(context, TOKENS[:9])
        context.memory.divide(0, 2)
        assert context.memory.pos_max(0) == 4
        feed(context, NEXT, 5)
        context.memory.clear()
        feed(context, TOKENS)
        with pytest.raises(ContextError, match="cannot forget a part, as a shift downwards may have to"):
            context.memory.shift(0, -2)
        known["lfm2"].check(context, TOKENS)


@pytest.mark.parametrize("swa_full", [False, True])
def test_a_window_and_layers_without_rotary_positions_are_not_moved(known: dict[str, Known], *, swa_full: bool) -> None:
    # With the window as long as the rest llama.cpp would do it, and turn the keys that have no position too.
    with known["cohere2"].context(swa_full=swa_full) as context:
        feed(context, TOKENS)
        assert not context.memory.can_shift
        with pytest.raises(ContextError, match="positions cannot be changed in this memory"):
            context.memory.shift(0, 4)
        with pytest.raises(ContextError, match="positions cannot be changed in this memory"):
            context.memory.divide(0, 2)
        known["cohere2"].check(context, TOKENS)


@pytest.mark.parametrize("kind", ["llama", "mamba"])
def test_shared_cells_are_not_moved(known: dict[str, Known], tiny_llama: Path, kind: str) -> None:
    model = Model(tiny_llama) if kind == "llama" else known[kind].model
    with model.context(n_ctx=768, n_seq_max=3, kv_unified=True, **EXACT) as context:
        feed(context, TOKENS)
        context.memory.copy(0, 1)
        context.memory.copy(1, 2)
        for seq_id in range(3):
            with pytest.raises(ContextError, match=f"sequence {seq_id} shares cells with sequence"):
                context.memory.shift(seq_id, 3)
            with pytest.raises(ContextError, match=f"sequence {seq_id} shares cells with sequence"):
                context.memory.divide(seq_id, 3)
        context.memory.remove(1)
        context.memory.remove(2)
        context.memory.shift(0, 3)
        assert context.memory.pos_max(0) == 22
        feed(context, NEXT, 23)
        if kind == "mamba":  # which takes no token for several sequences
            return
        context.memory.clear()
        batch = Batch(4, n_seq_max=2)
        for pos in range(4):
            batch.add(5, pos, [0, 2], output=True)
        context.decode(batch)
        with pytest.raises(ContextError, match="sequence 2 shares cells with sequence 0"):
            context.memory.shift(2, 1)


def test_a_copy_that_is_pending_outlives_clear(tiny_llama: Path) -> None:
    with Model(tiny_llama) as model, model.context(n_ctx=768, n_seq_max=2, **EXACT) as context:
        expected = feed(context, [*TOKENS, *NEXT])
        context.memory.clear()
        feed(context, [9] * 20, 0, 0)
        feed(context, TOKENS, 0, 1)
        state = context.snapshot(1)
        context.memory.copy(0, 1)
        context.memory.clear()
        # The next decode would copy the buffer of sequence 0 over what is restored.
        with pytest.raises(ContextError, match="the next decode carries out; decode before restoring"):
            context.restore(state)
        feed(context, [5])
        context.restore(state)
        np.testing.assert_allclose(feed(context, NEXT, len(TOKENS), 1), expected, atol=1e-5)


def test_positions_with_embeddings_of_their_own(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Model(tiny_llama) as model, model.context(n_ctx=256) as context:
        assert context.memory.can_shift
        monkeypatch.setattr(model, "has_position_embeddings", True)
        assert not context.memory.can_shift


def fresh(context: Context, tokens: Sequence[int], positions: Sequence[int]) -> np.ndarray[Any, Any]:
    context.memory.clear()
    batch = Batch(len(tokens))
    for token, pos in zip(tokens, positions, strict=True):
        batch.add(token, pos, 0, output=pos == positions[-1])
    context.decode(batch)
    return context.logits()


def test_moved_positions_are_those_of_a_fresh_prefill(tmp_path: Path) -> None:
    # In one layer keys and values hang on their own tokens alone, so that order and distance are all that counts.
    path = write_llama(tmp_path / "one.gguf", shape=LlamaShape(n_layer=1))
    with Model(path) as model, model.context(n_ctx=256, **EXACT) as context:
        feed(context, TOKENS)
        context.memory.divide(0, 2)
        assert context.memory.pos_max(0) == 9
        divided = feed(context, [7], 10)
        positions = [*(i // 2 for i in range(20)), 10]
        np.testing.assert_allclose(divided, fresh(context, [*TOKENS, 7], positions), atol=1e-4)

        context.memory.clear()
        feed(context, TOKENS)
        context.memory.remove(0, 2, 5)
        context.memory.shift(0, -3, 5)
        shifted = feed(context, [7], 17)
        left = [*TOKENS[:2], *TOKENS[5:], 7]
        np.testing.assert_allclose(shifted, fresh(context, left, range(18)), atol=1e-4)
        # Not what it would be without the shift.
        context.memory.clear()
        assert np.abs(feed(context, [*TOKENS, 7]) - shifted).max() > 0.05

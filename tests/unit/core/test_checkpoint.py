"""Going back where the memory forgets: what comes after is what comes after a fresh prefill, or it is refused."""

from __future__ import annotations

import gc
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, ClosedError, Context, ContextError, Model, StateError
from tests.capabilities import has
from tests.models import write_cohere2, write_lfm2, write_mamba
from tests.models.exact import EXACT
from tests.models.reference import cohere2_logits, lfm2_logits, llama_logits, mamba_logits, read_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

LOGITS = {"llama": llama_logits, "cohere2": cohere2_logits, "mamba": mamba_logits, "lfm2": lfm2_logits}
WRITERS: dict[str, Callable[[Path], Path]] = {"cohere2": write_cohere2, "mamba": write_mamba, "lfm2": write_lfm2}
FORGETFUL = list(WRITERS)
KINDS = ["llama", *FORGETFUL]
N = 40
"""Where the checkpoints are taken."""
PROMPT = [1, *(3 + i * 37 % 500 for i in range(N - 1))]
# Long enough to push the first window out of the sliding cache, which has 256 places.
DETOUR = [7 + i * 53 % 490 for i in range(400)]
ONWARD = [33, 260, 5, 99, 410]


@pytest.fixture(scope="module")
def paths(tiny_llama: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("kinds")
    return {"llama": tiny_llama, **{kind: write(folder / f"{kind}.gguf") for kind, write in WRITERS.items()}}


@pytest.fixture(scope="module")
def models(paths: dict[str, Path]) -> Iterator[dict[str, Model]]:
    loaded = {kind: Model(path) for kind, path in paths.items()}
    yield loaded
    for model in loaded.values():
        model.close()


def has_room(kind: str, *, whole: bool) -> bool:
    """Whether a checkpoint can be kept on the device: one of a cache that is cut in pieces, not by any llama.cpp."""
    in_pieces = {"llama": whole, "cohere2": True, "mamba": False, "lfm2": whole}
    return has("copies on the device read in other pieces") or not in_pieces[kind]


def context_of(model: Model, **options: Any) -> Context:
    return model.context(
        **{
            "n_ctx": 1024,
            "n_batch": 64,
            "n_ubatch": 16,
            "n_seq_max": 2,
            "n_threads": 1,
            "swa_full": False,
            **EXACT,
            **options,
        }
    )


def feed(context: Context, tokens: Sequence[int], pos0: int = 0, seq_id: int = 0) -> np.ndarray[Any, Any]:
    batch = Batch(context.n_batch)
    for start in range(0, len(tokens), context.n_batch):
        batch.clear()
        batch.extend(tokens[start : start + context.n_batch], pos0 + start, seq_id)
        context.decode(batch)
    return context.logits()


def greedy(context: Context, pos: int, seq_id: int = 0, n: int = 12) -> list[int]:
    tokens = [ONWARD[0]]
    for i in range(n):
        tokens.append(int(feed(context, tokens[-1:], pos + i, seq_id).argmax()))
    return tokens


def fresh_greedy(model: Model, **options: Any) -> list[int]:
    with context_of(model, **options) as context:
        feed(context, PROMPT)
        return greedy(context, N)


@pytest.mark.parametrize("on_device", [False, True])
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("unified", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_as_after_a_fresh_prefill(
    models: dict[str, Model], paths: dict[str, Path], kind: str, *, unified: bool, whole: bool, on_device: bool
) -> None:
    expected = LOGITS[kind](read_weights(paths[kind]), [*PROMPT, *ONWARD])[-1]
    with context_of(models[kind], kv_unified=unified) as context:
        feed(context, [9] * 20, 0, 1)  # a neighbour, so that its cells are not the first
        feed(context, PROMPT)
        checkpoint = context.checkpoint(whole=whole, on_device=on_device)
        assert (checkpoint.n, checkpoint.whole) == (N, whole)
        assert checkpoint.on_device == (on_device and has_room(kind, whole=whole))
        for _ in range(2):  # as often as one likes
            feed(context, DETOUR if kind == "cohere2" else DETOUR[:60], context.memory.pos_max(0) + 1)
            feed(context, [11] * 9, context.memory.pos_max(1) + 1, 1)
            checkpoint.restore()
            assert context.memory.pos_max(0) == N - 1
            np.testing.assert_allclose(feed(context, ONWARD, N), expected, atol=1e-4)
        checkpoint.restore()
        assert greedy(context, N) == fresh_greedy(models[kind], kv_unified=unified)
        assert context.memory.pos_max(1) == 37  # the neighbour is as it was


@pytest.mark.parametrize("kind", FORGETFUL)
def test_without_one_it_would_not(models: dict[str, Model], paths: dict[str, Path], kind: str) -> None:
    expected = LOGITS[kind](read_weights(paths[kind]), [*PROMPT, *ONWARD])[-1]
    with context_of(models[kind]) as context:
        assert not context.memory.can_rewind
        feed(context, PROMPT)
        feed(context, DETOUR, N)
        if kind == "cohere2":
            assert not context.memory.holds_window(0, N)
            assert context.memory.remove(0, N)
            assert context.memory.pos_min(0) == -1  # as if the sequence had nothing
            assert np.abs(feed(context, ONWARD, N) - expected).max() > 0.1
        else:
            assert not context.memory.remove(0, N)
            assert context.memory.pos_max(0) == N + len(DETOUR) - 1


def test_with_the_whole_window_none_is_needed(models: dict[str, Model], paths: dict[str, Path]) -> None:
    expected = cohere2_logits(read_weights(paths["cohere2"]), [*PROMPT, *ONWARD])[-1]
    with context_of(models["cohere2"], swa_full=True) as context:
        assert context.memory.can_rewind
        feed(context, PROMPT)
        checkpoint = context.checkpoint()
        feed(context, DETOUR, N)
        assert context.memory.holds_window(0, N)
        checkpoint.restore()
        np.testing.assert_allclose(feed(context, ONWARD, N), expected, atol=1e-4)
        assert len(checkpoint) == 0


def test_it_holds_only_what_is_overwritten(models: dict[str, Model]) -> None:
    sizes = {}
    for kind in KINDS:
        with context_of(models[kind]) as context:
            feed(context, PROMPT)
            sizes[kind] = len(context.checkpoint()), len(context.checkpoint(whole=True)), len(context.snapshot(0))
    assert sizes["llama"][0] == 0
    # The window of 8 in three layers: keys and values of 32 float32.
    assert 3 * 2 * 8 * 32 * 4 < sizes["cohere2"][0] < 3 * 2 * 8 * 32 * 4 * 1.25
    # Two convolutions that remember 2 inputs of 64 float32; the caches of the other layers stay.
    assert 2 * 2 * 64 * 4 < sizes["lfm2"][0] < 2 * 2 * 64 * 4 * 1.25
    for partial, whole, state in sizes.values():
        assert whole == state
        assert partial <= whole


@pytest.mark.parametrize("kind", KINDS)
def test_of_an_empty_sequence(models: dict[str, Model], kind: str) -> None:
    with context_of(models[kind]) as context:
        checkpoint = context.checkpoint(on_device=True)
        feed(context, PROMPT)
        checkpoint.restore()
        assert context.memory.pos_max(0) == -1
        feed(context, PROMPT)


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.memory.remove(0),
        lambda c: c.memory.clear(),
        lambda c: c.memory.keep(1),
        lambda c: c.memory.copy(1, 0),
        lambda c: c.restore(c.snapshot(1), 0),
        lambda c: c.restore(c.snapshot()),
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_it_is_lost_with_what_it_rests_on(models: dict[str, Model], kind: str, change: Any) -> None:
    with context_of(models[kind], kv_unified=True) as context:
        feed(context, PROMPT)
        feed(context, DETOUR[:50], 0, 1)
        checkpoint, whole = context.checkpoint(), context.checkpoint(whole=True)
        change(context)
        feed(context, DETOUR[:60], context.memory.pos_max(0) + 1)
        if kind == "mamba":  # holds all that there is
            checkpoint.restore()
        else:
            assert not checkpoint.valid
            with pytest.raises(StateError, match=r"lost: positions from 0 on of sequence 0 were changed since"):
                checkpoint.restore()
        whole.restore()
        assert greedy(context, N) == fresh_greedy(models[kind], kv_unified=True)


@pytest.mark.parametrize("kind", ["llama", "cohere2"])
def test_it_is_lost_when_less_is_left(models: dict[str, Model], kind: str) -> None:
    with context_of(models[kind]) as context:
        feed(context, PROMPT)
        early = context.checkpoint()
        feed(context, PROMPT, N)
        late = context.checkpoint()
        assert context.memory.remove(0, N)
        feed(context, DETOUR[:50], N)
        assert (early.valid, late.valid) == (True, False)
        with pytest.raises(StateError, match="at position 80 is lost: positions from 40 on"):
            late.restore()
        early.restore()
        assert greedy(context, N) == fresh_greedy(models[kind])


def test_a_state_can_be_gone_forward_to(models: dict[str, Model]) -> None:
    with context_of(models["mamba"]) as context:
        feed(context, PROMPT)
        late = context.checkpoint()
        context.memory.clear()
        feed(context, DETOUR[:9])
        late.restore()
        assert greedy(context, N) == fresh_greedy(models["mamba"])


@pytest.mark.parametrize("kind", FORGETFUL)
def test_the_device_keeps_one_of_a_sequence(models: dict[str, Model], kind: str) -> None:
    with context_of(models[kind]) as context:
        feed(context, PROMPT)
        feed(context, PROMPT, 0, 1)
        older, other = context.checkpoint(on_device=True), context.checkpoint(1, on_device=True)
        feed(context, DETOUR, N)
        newer = context.checkpoint(on_device=True)
        if kind == "cohere2":
            # As many bytes in other pieces: llama.cpp would end the process.
            assert (older.on_device, newer.on_device, older.valid) == (has_room(kind, whole=False), False, True)
        else:
            assert (older.on_device, newer.on_device, older.valid) == (True, True, False)
            with pytest.raises(StateError, match="a later checkpoint of sequence 0 took its place on the device"):
                older.restore()
        newer.restore()
        assert context.memory.pos_max(0) == N + len(DETOUR) - 1
        feed(context, DETOUR, N, 1)
        other.restore()
        assert greedy(context, N, 1) == fresh_greedy(models[kind])


@pytest.mark.parametrize(("kind", "whole"), [("llama", True), ("cohere2", False), ("lfm2", False)])
def test_a_quantized_cache_stays_off_the_device(models: dict[str, Model], kind: str, *, whole: bool) -> None:
    # llama.cpp would assert in a destructor, which ends the process.
    with context_of(models[kind], type_k="q8_0") as context:
        feed(context, PROMPT)
        with pytest.raises(ContextError, match="cannot copy a quantized cache on its device"):
            context.checkpoint(whole=whole, on_device=True)
        checkpoint = context.checkpoint(whole=whole)
        feed(context, DETOUR[:60], N)
        checkpoint.restore()
        assert context.memory.pos_max(0) == N - 1


def test_it_belongs_to_its_context_and_its_sequence(models: dict[str, Model]) -> None:
    with context_of(models["mamba"]) as context, context_of(models["mamba"]) as other:
        feed(context, PROMPT)
        checkpoint = context.checkpoint(tokens=PROMPT)
        assert checkpoint.tokens == tuple(PROMPT)
        with pytest.raises(StateError, match="the checkpoint is of another context; take snapshot"):
            other.restore(checkpoint)
        with pytest.raises(StateError, match="the checkpoint is of sequence 0, not 1"):
            context.restore(checkpoint, 1)
        with pytest.raises(ValueError, match="seq_id must be from 0 to 1, not 2"):
            context.checkpoint(2)
        with pytest.raises(TypeError, match="belongs to its live context and cannot be pickled"):
            pickle.dumps(checkpoint)
        feed(context, [5], N)
        context.restore(checkpoint, 0)
        context.restore(checkpoint)
        assert context.memory.pos_max(0) == N - 1
        assert repr(checkpoint) == f"<Checkpoint of sequence 0 at position 40, {len(checkpoint)} bytes>"
        context.close()
        assert not checkpoint.valid
        with pytest.raises(ClosedError, match="this Context is closed"):
            checkpoint.restore()


def test_not_while_something_is_pending(models: dict[str, Model]) -> None:
    with context_of(models["llama"]) as context:
        feed(context, PROMPT)
        checkpoint, state = context.checkpoint(whole=True), context.snapshot(0)
        context.memory.copy(0, 1)
        for use in (checkpoint.restore, context.checkpoint, lambda: context.restore(state)):
            with pytest.raises(ContextError, match=r"decode before|next decode"):
                use()
        feed(context, [5], N, 1)
        checkpoint.restore()


def test_a_forgotten_checkpoint_is_not_kept(models: dict[str, Model]) -> None:
    with context_of(models["mamba"]) as context:
        feed(context, PROMPT)
        context.checkpoint(on_device=True)
        gc.collect()
        assert not tuple(context.ledger._checkpoints)
        context.checkpoint(on_device=True).restore()


def test_room_on_the_device_that_is_in_other_pieces(models: dict[str, Model]) -> None:
    with context_of(models["llama"], kv_unified=True) as context:
        feed(context, PROMPT)
        first = context.checkpoint(whole=True, on_device=True)
        context.memory.clear()
        for i in range(N):  # a cell of each in turn
            feed(context, PROMPT[i : i + 1], i)
            feed(context, [5], i, 1)
        second = context.checkpoint(whole=True, on_device=True)
        assert (first.on_device, second.on_device) == (has_room("llama", whole=True), False)
        for checkpoint in (second, first):
            checkpoint.restore()
            assert greedy(context, N) == fresh_greedy(models["llama"], kv_unified=True)

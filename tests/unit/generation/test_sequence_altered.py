"""What was computed with other adapters, another control vector or other attention is not gone on with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Adapter, Batch, Context, Model, Sequence
from tests.models import LlamaShape, control_directions, lora_pairs, write_lora, write_mamba
from tests.models.exact import EXACT
from tests.models.llama import llama_tensors
from tests.models.lora import merged
from tests.models.reference import llama_logits, read_weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPTIONS: dict[str, Any] = {"n_ctx": 256, "n_batch": 32, "n_seq_max": 2, "n_threads": 1, **EXACT}
TOKENS = [1, *range(270, 290)]
ALPHA = 8.0


@pytest.fixture
def context(tiny_llama: Path) -> Iterator[Context]:
    with Model(tiny_llama) as model, model.context(**OPTIONS) as context:
        yield context


@pytest.fixture
def adapter(context: Context, tmp_path: Path) -> Adapter:
    pairs = lora_pairs(llama_tensors(LlamaShape(), 512, 0), seed=10, rank=4)
    return context.model.adapter(write_lora(tmp_path / "lora.gguf", pairs, alpha=ALPHA))


def last_logits(sequence: Sequence, tokens: list[int]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """As a generation begins: with what is there of them already, and the last one decoded in any case."""
    n = sequence.align(tokens[:-1])
    sequence.feed(tokens[n:])
    return sequence.logits


def test_an_adapter_is_seen_by_the_whole_prompt(context: Context, adapter: Adapter, tiny_llama: Path) -> None:
    weights = read_weights(tiny_llama)
    pairs = lora_pairs(llama_tensors(LlamaShape(), 512, 0), seed=10, rank=4)
    plain = llama_logits(weights, TOKENS)[-1]
    changed = llama_logits(merged(weights, pairs, alpha=ALPHA, scale=1.0), TOKENS)[-1]
    assert abs(plain - changed).max() > 1e-2
    sequence = Sequence(context)
    np.testing.assert_allclose(last_logits(sequence, TOKENS), plain, atol=1e-4)
    context.set_adapters({adapter: 1.0})
    np.testing.assert_allclose(last_logits(sequence, TOKENS), changed, atol=1e-4)
    assert sequence.align(TOKENS) == len(TOKENS)  # the same again is kept again
    context.set_adapters({adapter: 1.0})
    assert sequence.align(TOKENS) == len(TOKENS)
    context.set_adapters({})
    np.testing.assert_allclose(last_logits(sequence, TOKENS), plain, atol=1e-4)


def test_who_feeds_by_hand_goes_on_with_what_there_is(context: Context, adapter: Adapter) -> None:
    """An activated LoRA is switched on in the middle; the same tokens computed in two ways are not found again."""
    sequence = Sequence(context)
    sequence.feed(TOKENS[:10])
    context.set_adapters({adapter: 1.0})
    sequence.feed(TOKENS[10:])
    assert sequence.tokens == TOKENS
    assert sequence.fork().align(TOKENS) == 0
    assert sequence.align(TOKENS) == 0


@pytest.mark.parametrize("alter", ["control vector", "attention"])
def test_others_are_seen_too(context: Context, alter: str) -> None:
    def change(changed: Context) -> None:
        if alter == "attention":
            changed.set_causal_attn(False)
        else:
            changed.set_control_vector(control_directions(LlamaShape().n_layer, LlamaShape().n_embd, scale=4.0))

    with context.model.context(**OPTIONS) as other:
        change(other)
        fresh = last_logits(Sequence(other), TOKENS)
    sequence = Sequence(context)
    before = last_logits(sequence, TOKENS)
    change(context)
    np.testing.assert_allclose(last_logits(sequence, TOKENS), fresh, atol=1e-5)
    assert abs(before - fresh).max() > 1e-3


def test_a_checkpoint_of_what_was_computed_otherwise_is_not_taken_for_the_same(context: Context) -> None:
    """Taken after the change, of tokens that were computed before it; of a sequence that a batch of several began."""
    sequence = Sequence(context)
    sequence.feed(TOKENS)
    context.set_causal_attn(False)
    sequence.restore(sequence.checkpoint(whole=True))
    assert sequence.tokens == TOKENS
    assert sequence.align(TOKENS) == 0
    batch = Batch(1)
    sequence.put(TOKENS[:1], batch)
    context.decode(batch)
    assert sequence.align(TOKENS) == 1


@pytest.mark.parametrize("whole", [True, False])
def test_a_checkpoint_of_what_was_moved_is_not_taken_for_the_same(context: Context, whole: bool) -> None:  # noqa: FBT001
    sequence = Sequence(context)
    sequence.feed(TOKENS)
    sequence.discard(3, 8)
    sequence.feed([5])
    moved = [*TOKENS[:3], *TOKENS[8:], 5]
    checkpoint = sequence.checkpoint(whole=whole)
    sequence.feed([6])
    sequence.restore(checkpoint)
    assert sequence.tokens == moved
    assert sequence.fork().align(moved) == 3
    assert sequence.align(moved) == 3
    sequence.feed(moved[3:])  # computed as they stand
    assert sequence.align(moved) == len(moved)


def test_a_checkpoint_of_before_is_not_fallen_back_to(tmp_path: Path) -> None:
    with Model(write_mamba(tmp_path / "mamba.gguf")) as model, model.context(n_ctx=256, n_threads=1) as context:
        sequence = Sequence(context)
        prompt = [1, *range(4, 44)]
        sequence.feed(prompt)
        kept = sequence.checkpoint()
        assert sequence.align([*prompt[:-1], 50]) > 0
        sequence.restore(kept)
        context.set_causal_attn(not context.causal_attn)
        assert sequence.align(prompt) == 0


def saved_and_loaded(sequence: Sequence, context: Context, path: Path) -> Sequence:
    sequence.save(path)
    loaded = Sequence(context, 1)
    assert loaded.load(path) == len(sequence)
    assert loaded.tokens == sequence.tokens
    return loaded


def test_a_file_tells_what_was_moved(context: Context, tmp_path: Path) -> None:
    sequence = Sequence(context)
    sequence.feed(TOKENS)
    sequence.discard(3, 8)
    sequence.feed([5])
    moved = [*TOKENS[:3], *TOKENS[8:], 5]
    loaded = saved_and_loaded(sequence, context, tmp_path / "state")
    loaded.feed([6])  # who goes on by hand may
    assert loaded.tokens == [*moved, 6]
    fresh = Sequence(context)
    fresh.feed(moved)
    expected = fresh.logits
    assert loaded.align(moved) == 3
    loaded.feed(moved[3:])
    np.testing.assert_allclose(loaded.logits, expected, atol=1e-5)


@pytest.mark.parametrize("alter", ["adapter", "control vector", "attention"])
def test_a_file_tells_by_what_the_context_was_changed(
    context: Context, tiny_llama: Path, tmp_path: Path, alter: str
) -> None:
    pairs = lora_pairs(llama_tensors(LlamaShape(), 512, 0), seed=10, rank=4)
    file = write_lora(tmp_path / "lora.gguf", pairs, alpha=ALPHA)

    def change(changed: Context, scale: float = 1.0) -> None:
        if alter == "adapter":
            changed.set_adapters({changed.model.adapter(file): scale})
        elif alter == "attention":
            changed.set_causal_attn(False)
        else:
            changed.set_control_vector(control_directions(LlamaShape().n_layer, LlamaShape().n_embd, scale=scale))

    change(context)
    sequence = Sequence(context)
    sequence.feed(TOKENS)
    with Model(tiny_llama) as model, model.context(**OPTIONS) as other:  # as in another process
        change(other)
        assert saved_and_loaded(sequence, other, tmp_path / "state").align(TOKENS) == len(TOKENS)
        if alter != "attention":
            change(other, 0.5)
            assert saved_and_loaded(sequence, other, tmp_path / "state").align(TOKENS) == 0
    with context.model.context(**OPTIONS) as plain:
        expected = last_logits(Sequence(plain), TOKENS)
        loaded = saved_and_loaded(sequence, plain, tmp_path / "state")
        np.testing.assert_allclose(last_logits(loaded, TOKENS), expected, atol=1e-5)
    if alter == "attention":
        context.set_causal_attn(True)
    else:
        change(context, 0.25)
    sequence.feed([7])
    assert saved_and_loaded(sequence, context, tmp_path / "state").align([*TOKENS, 7]) == 0

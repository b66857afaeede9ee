"""Damaged states: each is a StateError, the context goes on as if nothing had been, and no process ends."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import Batch, Context, Model, State, StateError
from tests.models.exact import TOKENS
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

N_MUTATIONS = 500
EXACT: dict[str, Any] = {"n_ctx": 256, "type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled"}


def mutations(good: bytes, n: int) -> Iterator[bytes]:
    """Flipped bits, anywhere and in the header (a small part of the whole); ends that are gone, or too much."""
    dice = random.Random(0)
    header = len(good) - len(State.from_bytes(good))
    for i in range(n):
        bad = bytearray(good)
        if i % 5 == 0:
            del bad[dice.randrange(len(bad)) :]
        elif i % 5 == 1:
            bad[dice.randrange(header)] ^= 1 << dice.randrange(8)
        elif i % 25 == 2:
            bad += bytes(dice.randrange(1, 100))
        else:
            bad[dice.randrange(len(bad))] ^= dice.randrange(1, 256)
        yield bytes(bad)


@pytest.fixture
def context(tiny_llama: Path) -> Iterator[Context]:
    with Model(tiny_llama) as model, model.context(**EXACT) as context:
        decode(context, TOKENS[:5], 0)
        yield context


def decode(context: Context, tokens: list[int], pos0: int) -> np.ndarray[Any, Any]:
    batch = Batch(len(tokens))
    batch.extend(tokens, pos0)
    context.decode(batch)
    return context.logits()


def test_every_damage_is_found(context: Context, tmp_path: Path) -> None:
    """In bytes and in files, by the time that the state is used."""
    state = context.snapshot(0, tokens=TOKENS[:5])
    expected = decode(context, TOKENS[5:], 5)
    context.restore(state)
    path = tmp_path / "damaged.state"
    refused = 0
    for bad in mutations(state.to_bytes(), N_MUTATIONS):
        with pytest.raises(StateError):
            State.from_bytes(bad)
        path.write_bytes(bad)
        with pytest.raises(StateError):
            context.restore(State.load(path))
        refused += 1
    assert refused == N_MUTATIONS
    assert context.memory.pos_max(0) == 4
    np.testing.assert_array_equal(decode(context, TOKENS[5:], 5), expected)


# The checksum of damaged data is made good again, so that it reaches llama.cpp. The numbers on stdout: how many were
# restored, how many refused.
FORGED = """
import random, sys
from llamacffi import Batch, Model, State, StateError, ffi
from llamacffi.core.container import Container
dice = random.Random(1)
with Model(sys.argv[1]) as model, model.context(n_ctx=256, n_seq_max=2) as context:
    batch = Batch(5)
    batch.extend([1, 40, 99, 300, 7])
    context.decode(batch)
    outcomes = [0, 0]
    for seq_id in (0, None):
        state = context.snapshot(seq_id)
        good = bytes(state.payload)
        header = dict(state._container.header)
        for i in range(100):
            bad = bytearray(good)
            end = 80 if i % 2 else len(bad)  # the counts and positions are in front
            for _ in range(dice.randrange(1, 4)):
                bad[dice.randrange(end)] = dice.choice((0, 1, 2, 127, 128, 255))
            if i % 5 == 0:
                del bad[dice.randrange(len(bad)) :]
            made = Container.fill(header, len(bad), lambda data: ffi.memmove(data, bytes(bad), len(bad)))
            print(end=".", file=sys.stderr, flush=True)
            try:
                context.restore(State.from_bytes(made.to_bytes()))
            except StateError:
                outcomes[1] += 1
            else:
                outcomes[0] += 1
            context.memory.clear()
            context.decode(batch)
print(*outcomes)
"""


def test_forged_states_do_not_end_the_process(tiny_llama: Path) -> None:
    done = run_python(FORGED, str(tiny_llama))
    assert done.returncode == 0, done.stderr[-2000:]
    restored, refused = map(int, done.stdout.split())
    assert restored + refused == 200
    assert refused > 50

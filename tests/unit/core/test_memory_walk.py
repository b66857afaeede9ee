"""Random walks through everything that can be done to a memory, each step against what should be there.

A list of tokens for each sequence says what it should hold, and NumPy what it should answer; what is refused must leave
everything as it was. A walk is a process of its own: one that ends without a word is an abort.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from llamacffi import Batch, Checkpoint, ContextError, Model, State, StateError
from tests.models import write_cohere2, write_lfm2, write_llama, write_mamba
from tests.models.exact import EXACT
from tests.models.reference import cohere2_logits, lfm2_logits, llama_logits, mamba_logits, read_weights
from tests.process import run_python

KINDS: dict[str, tuple[Callable[..., Path], Callable[..., Any]]] = {
    "llama": (write_llama, llama_logits),
    "cohere2": (write_cohere2, cohere2_logits),
    "mamba": (write_mamba, mamba_logits),
    "lfm2": (write_lfm2, lfm2_logits),
}
N_SEQ = 3


class Walk:
    """One context, and what it should hold."""

    def __init__(self, kind: str, seed: int, *, unified: bool, swa_full: bool) -> None:
        self.random = Random(seed)
        writer, self.logits = KINDS[kind]
        self.path = writer(Path(tempfile.mkdtemp()) / "model.gguf")
        self.weights = read_weights(self.path)
        self.model = Model(self.path)
        options: dict[str, Any] = {"n_ctx": 256 * N_SEQ * 2, "n_batch": 64, "n_ubatch": 16, "n_seq_max": N_SEQ}
        self.context = self.model.context(**options, n_threads=1, kv_unified=unified, swa_full=swa_full, **EXACT)
        self.memory = self.context.memory
        self.held: list[list[int]] = [[] for _ in range(N_SEQ)]
        self.checkpoints: list[tuple[Checkpoint, list[int]]] = []
        self.states: list[tuple[State, list[list[int]]]] = []
        self.refused = self.fed = 0

    def step(self) -> None:
        do = self.random.choice(
            [
                self.feed,
                self.feed,
                self.feed,
                self.rewind,
                self.cut,
                self.copy,
                self.copy_part,
                self.keep,
                self.clear,
                self.take,
                self.take,
                self.back,
                self.back,
                self.save,
                self.put,
            ]
        )
        try:
            do(self.random.randrange(N_SEQ))
        except (ContextError, StateError):
            self.refused += 1
        for seq_id, tokens in enumerate(self.held):
            assert self.memory.pos_max(seq_id) == len(tokens) - 1, (do.__name__, seq_id)

    def feed(self, seq_id: int) -> None:
        n = self.random.choice([1, 2, 5, 30, 64])
        tokens = [self.random.randrange(3, 512) for _ in range(n)]
        if len(self.held[seq_id]) + n > 250:
            return
        batch = Batch(n)
        batch.extend(tokens, len(self.held[seq_id]), seq_id)
        self.context.decode(batch)
        self.held[seq_id] = [*self.held[seq_id], *tokens]
        expected = self.logits(self.weights, self.held[seq_id])[-1]
        np.testing.assert_allclose(self.context.logits(), expected, atol=1e-3)
        self.fed += 1

    def rewind(self, seq_id: int) -> None:
        n = self.random.randrange(len(self.held[seq_id]) + 1)
        if self.memory.holds_window(seq_id, n) and self.memory.remove(seq_id, n):
            self.held[seq_id] = self.held[seq_id][:n]

    def cut(self, seq_id: int) -> None:
        if self.random.random() < 0.3:
            assert self.memory.remove()
            self.held = [[] for _ in range(N_SEQ)]
        elif not self.memory.can_rewind and self.held[seq_id] and self.model.n_swa == 0:
            last = len(self.held[seq_id])
            p0 = self.random.randrange(last)
            assert not self.memory.remove(seq_id, p0, self.random.randrange(p0 + 1, last + 1) if p0 else last - 1) or (
                last == 1
            )
        else:
            assert self.memory.remove(seq_id)
            self.held[seq_id] = []

    def copy(self, seq_id: int) -> None:
        target = self.random.randrange(N_SEQ)
        self.memory.copy(seq_id, target)
        self.held[target] = self.held[seq_id]

    def copy_part(self, seq_id: int) -> None:
        target, n = self.random.randrange(N_SEQ), self.random.randrange(1, 40)
        if target == seq_id or self.held[target]:
            return
        self.memory.copy(seq_id, target, None, n)
        self.held[target] = self.held[seq_id][:n]

    def keep(self, seq_id: int) -> None:
        if self.random.random() < 0.3:
            self.memory.keep(seq_id)
            self.held = [tokens if i == seq_id else [] for i, tokens in enumerate(self.held)]

    def clear(self, _seq_id: int) -> None:
        if self.random.random() < 0.2:
            self.memory.clear(data=self.random.random() < 0.5)
            self.held = [[] for _ in range(N_SEQ)]

    def take(self, seq_id: int) -> None:
        whole, on_device = self.random.random() < 0.3, self.random.random() < 0.4
        made = self.context.checkpoint(seq_id, whole=whole, on_device=on_device)
        self.checkpoints.append((made, self.held[seq_id]))
        del self.checkpoints[:-6]

    def back(self, _seq_id: int) -> None:
        if self.checkpoints:
            checkpoint, tokens = self.random.choice(self.checkpoints)
            checkpoint.restore()
            self.held[checkpoint.seq_id] = tokens

    def save(self, seq_id: int) -> None:
        whole = self.random.random() < 0.3
        self.states.append((self.context.snapshot(None if whole else seq_id), list(self.held)))
        del self.states[:-3]

    def put(self, seq_id: int) -> None:
        if self.states:
            state, held = self.random.choice(self.states)
            state = State.from_bytes(state.to_bytes())
            if state.seq_id is None:
                self.context.restore(state)
                self.held = list(held)
            else:
                self.context.restore(state, seq_id)
                self.held[seq_id] = held[state.seq_id]


def main() -> None:
    kind, seed, unified, swa_full, steps = sys.argv[1:]
    walk = Walk(kind, int(seed), unified=unified == "True", swa_full=swa_full == "True")
    for _ in range(int(steps)):
        walk.step()
    print(f"{walk.fed} fed, {walk.refused} refused")


def walked(kind: str, seed: int, *, unified: bool, swa_full: bool, steps: int) -> None:
    code = "from tests.unit.core.test_memory_walk import main; main()"
    root = str(Path(__file__).parents[3])
    run = run_python(
        f"import sys; sys.path.append({root!r}); {code}", kind, str(seed), str(unified), str(swa_full), str(steps)
    )
    assert run.returncode == 0, run.stderr
    n_fed = int(run.stdout.split()[0])
    assert n_fed > steps // 10, run.stdout


@pytest.mark.parametrize(("kind", "unified"), [("llama", False), ("cohere2", True), ("mamba", True), ("lfm2", False)])
def test_a_walk(kind: str, *, unified: bool) -> None:
    walked(kind, 1, unified=unified, swa_full=False, steps=60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 4, 6])
@pytest.mark.parametrize("unified", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_long_walks(kind: str, seed: int, *, unified: bool) -> None:
    walked(kind, seed, unified=unified, swa_full=seed % 3 == 0, steps=300)

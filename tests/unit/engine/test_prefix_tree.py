"""The tree against a plain list of who holds what."""

from __future__ import annotations

import random

import pytest

from llamacffi.engine.prefix_tree import PrefixTree
from llamacffi.generation.prompt import n_common


@pytest.mark.parametrize("seed", range(20))
def test_random_walk(seed: int) -> None:
    """Each sequence is a list of cells; sharing copies the references, so that distinct cells can be counted."""
    rng = random.Random(seed)
    tree = PrefixTree()
    held: dict[int, list[tuple[int, int]]] = {}  # (cell, token)
    cells = iter(range(10**9))
    for _ in range(300):
        prompt = [rng.randrange(3) for _ in range(rng.randrange(1, 12))]
        seq_id = rng.randrange(12)
        if seq_id not in held:
            match = tree.match(None, prompt)
            longest = max((n_common([t for _, t in path], prompt) for path in held.values()), default=0)
            assert match.n == longest
            if match.n:
                assert match.seq_id is not None
                tree.hold(match, seq_id)
                held[seq_id] = held[match.seq_id][: match.n]
            else:
                tree.open(None, seq_id)
                held[seq_id] = []
            assert tree.length(seq_id) == match.n
        elif rng.random() < 0.6:
            tree.append(seq_id, prompt)
            held[seq_id] = held[seq_id] + [(next(cells), token) for token in prompt]
        else:
            others = {cell for other, path in held.items() if other != seq_id for cell, _ in path}
            mine = {cell for cell, _ in held.pop(seq_id)}
            assert tree.own(seq_id) == len(mine - others)
            assert tree.release(seq_id) == len(mine - others)
        assert tree.n_cells == len({cell for path in held.values() for cell, _ in path})
        some = {i for i in held if rng.random() < 0.5}
        rest = {cell for i, path in held.items() if i not in some for cell, _ in path}
        assert tree.n_only(some) == len({cell for i in some for cell, _ in held[i]} - rest)
        for i, path in held.items():
            assert tree.tokens(i) == [token for _, token in path]


def test_keys_never_meet() -> None:
    tree = PrefixTree()
    tree.open("a", 0)
    tree.append(0, [1, 2, 3])
    assert tree.match("a", [1, 2, 9]).n == 2
    assert tree.match("b", [1, 2, 9]).n == 0


def test_whole_sequences_only() -> None:
    tree = PrefixTree()
    tree.open(None, 0)
    tree.append(0, [1, 2, 3])
    tree.hold(tree.match(None, [1, 2]), 1)
    assert tree.match(None, [1, 2, 3, 4], whole=True).seq_id == 0
    found = tree.match(None, [1, 2, 9], whole=True)
    assert (found.n, found.seq_id) == (2, 1)
    assert tree.match(None, [1, 9], whole=True).n == 0


@pytest.mark.parametrize(("left", "right", "start", "n"), [([], [], 0, 0), ([1, 2], [1, 3], 0, 1), ([2], [1, 2], 1, 1)])
def test_n_common(left: list[int], right: list[int], start: int, n: int) -> None:
    assert n_common(left, right, start) == n


def test_keys_that_nobody_holds_are_forgotten() -> None:
    tree = PrefixTree()
    for i in range(100):
        tree.open(f"salt {i}", i)
        tree.append(i, [1, 2, 3])
    tree.open("salt 7", 100)
    for i in range(100):
        tree.release(i)
    assert list(tree._roots) == ["salt 7"]
    tree.append(100, [1, 2])
    assert tree.match("salt 7", [1, 2, 3]).n == tree.n_cells == 2

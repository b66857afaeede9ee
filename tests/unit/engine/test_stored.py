"""Stored prefixes: which is found, and what goes when there is no room."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from llamacffi.engine.stored import PrefixIndex, StoredPrefixes

Known = dict[int, tuple[str, list[int]]]


def alike(left: list[int], right: list[int]) -> int:
    return next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))


def by_definition(known: Known, key: str, tokens: list[int], *, whole: bool) -> tuple[int, int]:
    """How many tokens are alike at most, and how short the shortest such sequence is."""
    found = []
    for other, own in known.values():
        n = alike(own, tokens)
        if other == key and n and (not whole or n == len(own)):
            found.append((-n, len(own)))
    return min(found, default=(0, 0))


@pytest.mark.parametrize("seed", range(6))
def test_the_index_finds_what_a_search_through_all_does(seed: int) -> None:
    random = np.random.RandomState(seed)
    index, known = PrefixIndex(), Known()

    def tokens() -> list[int]:
        if known and random.rand() < 0.7:  # often one that begins like another
            own = known[random.choice(list(known))][1]
            begin = own[: random.randint(0, len(own) + 1)]
        else:
            begin = []
        own_tokens: list[int] = begin + random.randint(0, 3, random.randint(0 if begin else 1, 12)).tolist()
        return own_tokens

    for number in range(300):
        if known and random.rand() < 0.4:
            gone = int(random.choice(list(known)))
            index.remove(gone)
            del known[gone]
        else:
            key, own = str(random.choice(["a", "b"])), tokens()
            if (key, own) not in known.values():
                index.add(number, key, own)
                known[number] = key, own
        key, wanted, whole = str(random.choice(["a", "b"])), tokens(), bool(random.rand() < 0.5)
        found, n = index.find(key, wanted, whole=whole)
        expected_n, length = by_definition(known, key, wanted, whole=whole)
        assert n == -expected_n
        if n:
            assert found is not None
            assert known[found][0] == key
            assert len(known[found][1]) == length
            assert alike(known[found][1], wanted) == n
        else:
            assert found is None
        for one, (key, own) in known.items():
            assert index.tokens(one) == own
            assert index.exact(key, own) == one


class Sized:
    """A state of so many bytes."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n


def state(n: int) -> Any:
    return Sized(n)


def test_what_was_of_use_longest_ago_goes() -> None:
    stored = StoredPrefixes(100)
    for first in (1, 2, 3):
        stored.add("key", [first, 9], state(30))
    assert stored.find("key", [1, 9, 9]) is not None
    stored.add("key", [4, 9], state(30))
    kept = {first for first in (1, 2, 3, 4) if stored.find("key", [first]) is not None}
    assert kept == {1, 3, 4}
    assert stored.n_bytes == 90
    assert stored.find("other", [1]) is None


def test_the_same_tokens_are_stored_once() -> None:
    stored = StoredPrefixes(100)
    stored.add("key", [1, 2], state(30))
    stored.add("key", [1, 2], state(40))
    assert stored.n_bytes == 40
    stored.add("key", [1, 2], state(101))  # too large: and the older one is of the past
    assert stored.n_bytes == 0


def test_a_whole_one_may_be_shorter() -> None:
    stored = StoredPrefixes(100)
    stored.add("key", [1, 2], state(10))
    stored.add("key", [1, 2, 3, 4], state(10))
    partly, whole = stored.find("key", [1, 2, 3, 5]), stored.find("key", [1, 2, 3, 5], whole=True)
    assert partly is not None
    assert whole is not None
    assert (partly.tokens, partly.n) == ([1, 2, 3, 4], 3)
    assert (whole.tokens, whole.n) == ([1, 2], 2)
    stored.clear()
    assert (stored.n_bytes, stored.find("key", [1, 2])) == (0, None)

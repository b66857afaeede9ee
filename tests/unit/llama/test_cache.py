"""Prompt caches as mappings: what is found, what goes, and what becomes of files that are none."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Llama
from llamacffi.llama.cache import BaseLlamaCache, LlamaCache, LlamaDiskCache, LlamaRAMCache
from llamacffi.llama.llama_state import LlamaState
from tests.unit.llama.exact import EXACT

Make = Callable[[int], BaseLlamaCache]


@pytest.fixture(params=["ram", "disk"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Makes a cache of so many bytes; on disk always in the same folder."""
    if request.param == "ram":
        return lambda n: LlamaRAMCache(capacity_bytes=n)
    return lambda n: LlamaDiskCache(cache_dir=str(tmp_path / "cache"), capacity_bytes=n)


def state(name: str, n_bytes: int = 1000, n_rows: int = 0) -> LlamaState:
    data = name.encode().ljust(n_bytes, b".")
    return LlamaState(np.arange(3, dtype=np.intc), np.full((n_rows, 5), 0.5, np.single), 3, data, n_bytes, seed=9)


def name(found: LlamaState) -> str:
    return found.llama_state.rstrip(b".").decode()


def test_the_longest_beginning_is_found(make: Make) -> None:
    cache = make(2 << 30)
    assert [1, 2] not in cache
    for key in ([1], [1, 2, 3], [1, 2, 3, 4, 5], [7, 8]):
        cache[key] = state(str(key))
    keys: list[tuple[Any, list[int]]] = [
        ([1], [1]),
        ([1, 2, 3], [1, 2, 3]),
        ([1, 2, 3, 4], [1, 2, 3, 4, 5]),
        ([1, 2, 3, 9], [1, 2, 3]),
        ([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5]),
        ([7, 1], [7, 8]),
        ((1, 9), [1]),
        (np.array([7, 8, 9]), [7, 8]),
    ]
    for key, found in keys:
        assert name(cache[key]) == str(found)
        assert name(cache[key]) == str(found)  # the 10th fault of the original: a look took it out
        assert key in cache
        assert cache._find_longest_prefix_key(tuple(key)) == tuple(found) or isinstance(cache, LlamaDiskCache)
    for missing in ([2], [], [9, 1, 2]):
        assert missing not in cache
        with pytest.raises(KeyError):
            cache[missing]


def test_a_state_comes_back_as_it_was(make: Make) -> None:
    cache, given = make(2 << 30), state("a", n_rows=2)
    cache[[5, 6, 7]] = given
    found = cache[[5, 6, 7, 8]]
    assert found.input_ids.tolist() == [0, 1, 2]
    assert found.scores.tolist() == given.scores.tolist()
    assert found.scores.dtype == np.single
    assert found.scores.shape == (2, 5)
    assert (found.n_tokens, found.llama_state, found.llama_state_size, found.seed) == (3, given.llama_state, 1000, 9)
    cache[[5, 6, 7]] = state("b")
    assert name(cache[[5, 6, 7]]) == "b"


def test_capacity(make: Make) -> None:
    """The 10th fault of the original: capacity was not honoured on disk, and logits were not counted."""
    one = make(2 << 30)
    one[[0]] = state("0", n_rows=50)
    size = one.cache_size
    assert size >= 1000 + 50 * 5 * 4 + 3 * 4
    del one
    cache = make(3 * size + 100)
    for i in range(1, 4):
        cache[[i]] = state(str(i), n_rows=50)
        assert cache.cache_size <= cache.capacity_bytes
    assert name(cache[[1, 5]]) == "1"
    cache[[4]] = state("4", n_rows=50)
    assert [i for i in range(5) if [i] in cache] == [1, 3, 4]
    cache[[5]] = state("5", n_bytes=4 * size)
    assert [5] not in cache
    assert [i for i in range(5) if [i] in cache] == [1, 3, 4]
    cache.capacity_bytes = size + 100
    cache[[6]] = state("6", n_rows=50)
    assert [i for i in range(7) if [i] in cache] == [6]


def test_names() -> None:
    assert LlamaCache is LlamaRAMCache
    assert LlamaRAMCache().capacity_bytes == 2 << 30
    with pytest.raises(TypeError, match="abstract"):
        BaseLlamaCache()  # type: ignore[abstract]


def test_cache_state() -> None:
    cache = LlamaRAMCache()
    cache[[1, 2]], cache[[3]] = state("a"), state("b")
    assert name(cache[[1]]) == "a"
    assert {key: name(value) for key, value in cache.cache_state.items()} == {(3,): "b", (1, 2): "a"}
    assert list(cache.cache_state) == [(3,), (1, 2)]


def test_another_cache_has_the_same_folder(tmp_path: Path) -> None:
    first, second = LlamaDiskCache(tmp_path), LlamaDiskCache(tmp_path)
    first[[1, 2]] = state("a")
    assert name(second[[1, 2, 3]]) == "a"
    second[[1, 2, 3]] = state("b")
    assert name(first[[1, 2, 3]]) == "b"
    assert first.cache_size == second.cache_size == sum(path.stat().st_size for path in tmp_path.iterdir())
    for path in tmp_path.iterdir():
        path.unlink()
    assert [1] not in first


def test_a_damaged_file_is_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = LlamaDiskCache(tmp_path)
    cache[[1, 2]], cache[[1]] = state("ab"), state("a")
    for path in tmp_path.iterdir():
        data = bytearray(path.read_bytes())
        if b"ab.." in data:
            data[-1] ^= 1
            path.write_bytes(data)
    with caplog.at_level(logging.WARNING, "llamacffi"):
        assert name(cache[[1, 2, 3]]) == "a"
    assert "is removed" in caplog.text
    assert len(list(tmp_path.iterdir())) == 1


class Boom:
    """What a pickle may do to who reads it."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return (exec, ("raise SystemExit('executed')",))


def test_nothing_in_a_file_is_executed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / f"{'a' * 32}-{'b' * 32}.state"
    path.write_bytes(pickle.dumps(Boom()))
    with caplog.at_level(logging.WARNING, "llamacffi"):
        assert [1] not in LlamaDiskCache(tmp_path)
    assert "this is not a saved state" in caplog.text
    assert not path.exists()


def test_nothing_is_printed(make: Make, capfd: pytest.CaptureFixture[str]) -> None:
    """The 10th fault of the original: every store wrote four lines."""
    cache = make(2 << 30)
    cache[[1]] = state("a")
    assert [1] in cache
    assert capfd.readouterr() == ("", "")


def test_a_llama_goes_on_from_what_is_found(make: Make, tiny_llama: Path) -> None:
    prompt = [1, *range(300, 340)]
    cache = make(2 << 30)
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        llm.eval(prompt)
        cache[prompt] = llm.save_state()
        expected = llm.sample(temp=0)
    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        llm.load_state(cache[[*prompt, 5]])
        assert llm.input_ids.tolist() == prompt
        assert llm.sample(temp=0) == expected

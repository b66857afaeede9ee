"""set_cache: what prompts find there, and what is left."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from llamacffi import Llama, SamplingParams
from llamacffi.llama.cache import BaseLlamaCache, LlamaDiskCache, LlamaRAMCache
from llamacffi.llama.llama_state import LlamaState
from tests.models import write_llama
from tests.models.reference import greedy, read_weights
from tests.unit.llama.exact import EXACT

PROMPT = [1, *range(300, 399)]
OTHERS = [[1, *range(first, first + 99)] for first in range(5, 200, 30)]
PARAMS = SamplingParams(temperature=0, max_tokens=5, ignore_eos=True)


@pytest.fixture(scope="module")
def answer(tiny_llama: Path) -> list[int]:
    return greedy(read_weights(tiny_llama), PROMPT, 5)


def opened(path: Path, **options: Any) -> Llama:
    return Llama(path, n_ctx=256, **{**EXACT, **options})


def asked(llm: Llama, prompt: Sequence[int] = PROMPT) -> tuple[list[int], int]:
    """The answer, and how many tokens of the prompt were found."""
    done = llm.engine.submit(prompt, PARAMS).completion(60)
    store = llm.engine.prefix_store
    getattr(store, "flush", lambda: None)()
    return list(done.tokens), done.usage.cached_tokens


class Own(BaseLlamaCache):
    """A cache as somebody may write one: the whole prompt or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.states: dict[tuple[int, ...], LlamaState] = {}

    @property
    def cache_size(self) -> int:
        return sum(state.llama_state_size for state in self.states.values())

    def __getitem__(self, key: Sequence[int]) -> LlamaState:
        for own, state in self.states.items():
            if own[: len(key)] == tuple(key):
                return state
        raise KeyError(key)

    def __contains__(self, key: Sequence[int]) -> bool:
        return any(own[: len(key)] == tuple(key) for own in self.states)

    def __setitem__(self, key: Sequence[int], value: LlamaState) -> None:
        self.states[tuple(key)] = value


class Counting(LlamaRAMCache):
    """One of ours that somebody has changed."""

    n_set = 0

    def __setitem__(self, key: Sequence[int], value: LlamaState) -> None:
        self.n_set += 1
        super().__setitem__(key, value)


@pytest.mark.parametrize("make", [Own, Counting])
def test_one_of_somebody_elses(tiny_llama: Path, answer: list[int], make: Callable[[], BaseLlamaCache]) -> None:
    cache = make()
    with opened(tiny_llama) as llm:
        llm.set_cache(cache)
        assert llm.cache is cache
        assert asked(llm) == (answer, 0)
    assert PROMPT in cache
    found = cache[PROMPT]
    assert found.input_ids.tolist() == PROMPT + answer[:4]
    if isinstance(cache, Counting):
        assert cache.n_set == 1
    with opened(tiny_llama) as llm:
        llm.set_cache(cache)
        assert asked(llm) == (answer, 99)
        llm.load_state(found)
        assert next(llm.generate(PROMPT + answer[:4], temp=0)) == answer[4]


def test_disk(tiny_llama: Path, answer: list[int], tmp_path: Path) -> None:
    with opened(tiny_llama) as llm:
        llm.set_cache(LlamaDiskCache(str(tmp_path)))
        assert asked(llm) == (answer, 0)
    cache = LlamaDiskCache(str(tmp_path))
    assert cache.cache_size > 0
    assert cache[PROMPT].input_ids.tolist() == PROMPT + answer[:4]
    with opened(tiny_llama) as llm:
        assert asked(llm) == (answer, 0)
    with opened(tiny_llama) as llm:
        assert asked(llm, OTHERS[0])[1] == 0  # makes the engine
        llm.set_cache(cache)
        assert asked(llm) == (answer, 99)
        llm.set_cache(None)
        assert (llm.cache, llm.engine.prefix_store) == (None, None)
        n_files = len(list(tmp_path.iterdir()))
        asked(llm, OTHERS[1])
        assert len(list(tmp_path.iterdir())) == n_files
    with opened(tiny_llama) as llm:  # what an engine left serves the stateful calls too
        llm.load_state(cache[PROMPT])
        assert next(llm.generate(PROMPT, temp=0)) == answer[0]


def test_ram_keeps_what_the_engine_has_no_room_for(tiny_llama: Path, answer: list[int]) -> None:
    cache = LlamaRAMCache()
    with opened(tiny_llama, host_bytes=0) as llm:
        llm.set_cache(cache)
        assert asked(llm) == (answer, 0)
        for prompt in OTHERS:
            asked(llm, prompt)
        assert PROMPT in cache
        assert asked(llm) == (answer, 99)
    with opened(tiny_llama, host_bytes=0) as llm:  # another one may have it as well
        llm.set_cache(cache)
        assert asked(llm) == (answer, 99)
    size = cache.cache_size
    cache.capacity_bytes = size // 2
    with opened(tiny_llama, host_bytes=0) as llm:
        llm.set_cache(cache)
        for prompt in OTHERS:
            asked(llm, [*prompt[:50], 3, *prompt[50:]])
    assert 0 < cache.cache_size <= size // 2


def test_what_is_put_in_by_hand(tiny_llama: Path, answer: list[int]) -> None:
    cache = LlamaRAMCache()
    with opened(tiny_llama) as llm:
        llm.eval(PROMPT)
        cache[PROMPT] = llm.save_state()
    with opened(tiny_llama) as llm:
        llm.set_cache(cache)
        assert asked(llm) == (answer, 99)


@pytest.mark.parametrize("kind", ["ram", "disk", "own"])
def test_another_models_are_not_found(
    tiny_llama: Path, answer: list[int], tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = write_llama(tmp_path / "other.gguf", seed=1)
    caches: dict[str, Callable[[], BaseLlamaCache]] = {
        "ram": LlamaRAMCache,
        "disk": lambda: LlamaDiskCache(tmp_path / "cache"),
        "own": Own,
    }
    cache = caches[kind]()
    for path in (other, tiny_llama):
        with opened(path, host_bytes=0) as llm:
            llm.set_cache(cache)
            said = asked(llm)
            for prompt in OTHERS:
                asked(llm, prompt)
    assert said == (answer, 0)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_salt_keeps_them_apart(tiny_llama: Path, tmp_path: Path) -> None:
    with opened(tiny_llama) as llm:
        llm.set_cache(LlamaDiskCache(tmp_path))
        llm.create_completion(PROMPT, max_tokens=2, cache_salt="a")
    with opened(tiny_llama) as llm:
        cache = LlamaDiskCache(tmp_path)
        llm.set_cache(cache)
        found = []
        for salt in (None, "b", "a"):
            cache.store.flush()
            before = llm.engine.stats().cached_tokens
            llm.create_completion(PROMPT, max_tokens=2, cache_salt=salt)
            found.append(llm.engine.stats().cached_tokens - before)
        assert found == [0, 0, 99]


@pytest.mark.parametrize("wrong", [5, "folder"])
def test_what_is_no_cache(tiny_llama: Path, wrong: Any) -> None:
    with opened(tiny_llama) as llm, pytest.raises(TypeError, match="must be a LlamaRAMCache"):
        llm.set_cache(wrong)


def test_closing_waits_for_what_is_written(tiny_llama: Path, answer: list[int], tmp_path: Path) -> None:
    for found in (0, 99):
        with opened(tiny_llama) as llm:
            llm.set_cache(LlamaDiskCache(tmp_path))
            done = llm.engine.submit(PROMPT, PARAMS).completion(60)
            assert (list(done.tokens), done.usage.cached_tokens) == (answer, found)

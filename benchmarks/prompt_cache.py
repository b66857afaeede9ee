"""Prompt caches of a Llama, on disk and in memory, beside the same Llama without one.

python benchmarks/prompt_cache.py [--tokens 1000] [--answer 32] [--pairs 7] [--threads 1] [--model NAME-OR-PATH]

A hit is a prompt that an earlier Llama has answered, given to one that knows nothing: timed is the way to its first
token. A miss is a prompt that begins like no other: told is the processor time of the prompt, its answer, and, with a
cache, of writing them. With an F32 cache and flash attention off both must say the same. Told as well is what a miss is
made of, and the time of a look-up among few and among many prefixes.
Exits 1 when a hit is not at least 10 times as fast, or a miss costs more than 3 %.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paired import interleave

from llamacffi import Llama, Model, SamplingParams, Sequence, hub
from llamacffi.engine.stored import PrefixIndex
from llamacffi.llama.cache import BaseLlamaCache, LlamaDiskCache, LlamaRAMCache

if TYPE_CHECKING:
    from typing_extensions import Self

HIT, MISS = 10, 0.97
TEXT = "It was a bright cold day in April, and the clocks were striking thirteen. "

Make = Callable[[], BaseLlamaCache | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=1000)
    parser.add_argument("--answer", type=int, default=32)
    parser.add_argument("--pairs", type=int, default=7)
    options = parser.parse_args()
    path = str(hub.resolve(options.model))
    settings = {"n_ctx": options.tokens + 256, "n_threads": options.threads, "n_threads_batch": options.threads}
    good, ram = True, LlamaRAMCache(8 << 30)
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (
            ("disk", lambda: LlamaDiskCache(str(Path(folder) / "disk"))),
            ("memory", lambda: ram),
        ):
            with Rivals(path, make, settings, options.tokens) as rivals:
                rivals.compare()
                pairs = interleave(
                    lambda: 1 / rivals.hit(cached=True), lambda: 1 / rivals.hit(cached=False), pairs=options.pairs
                )
                title = f"{name}: a hit, first token after {options.tokens} tokens"
                good &= pairs.report(title, "no cache", "a second", at_least=HIT)
                pairs = interleave(
                    lambda: 1 / rivals.miss(options.answer, cached=True),
                    lambda: 1 / rivals.miss(options.answer, cached=False),
                    pairs=options.pairs,
                )
                title = f"{name}: a miss, {options.tokens} tokens and {options.answer} new ones"
                good &= pairs.report(title, "no cache", "a processor second", at_least=MISS)
    parts(path, settings, options.tokens)
    look_up(options.tokens)
    sys.exit(not good)


class Rivals:
    """Two Llamas of one model file, one of which has a cache."""

    def __init__(self, path: str, make: Make, settings: dict[str, Any], n_tokens: int) -> None:
        self._path, self._make, self._settings = path, make, settings
        self._llamas = {cached: self._made(cached=cached) for cached in (True, False)}
        tokens = self._llamas[True].tokenize((TEXT * (n_tokens // 10)).encode())
        self._prompt = tokens[:n_tokens]
        self._numbers = itertools.count()
        self._random = random.Random(0)

    def _made(self, *, cached: bool, **more: Any) -> Llama:
        llama = Llama(self._path, verbose=False, **self._settings, **more)
        llama.set_cache(self._make() if cached else None)
        return llama

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        for llama in self._llamas.values():
            llama.close()

    def compare(self) -> None:
        """Fill the cache, and see that what comes out of it says the same."""
        exact = {"type_k": "f32", "type_v": "f32", "flash_attn": False, "host_bytes": 0}
        said = []
        for cached in (False, True, True):
            with self._made(cached=cached, **exact) as llama:
                said.append(_asked(llama, self._prompt, 32)[1])
                _asked(llama, self._other(), 1)  # so that the first makes room
                _written(llama)
        if said[0] != said[1] or said[0] != said[2]:
            sys.exit(f"the tokens differ: {said}")
        with self._made(cached=True, host_bytes=0) as llama:
            _asked(llama, self._prompt, 32)
            _asked(llama, self._other(), 1)
            _written(llama)

    def hit(self, *, cached: bool) -> float:
        """Seconds to the first token of a prompt, in a Llama that knows nothing."""
        with self._made(cached=cached) as llama:
            _asked(llama, self._prompt[:3], 1)  # the engine is there
            return _asked(llama, [*self._prompt, 300 + next(self._numbers)], 1)[0]

    def miss(self, n_answer: int, *, cached: bool) -> float:
        """Processor seconds, of all threads, for a prompt that is new, and its answer."""
        begin = time.process_time()
        _asked(self._llamas[cached], self._other(), n_answer)
        _written(self._llamas[cached])
        return time.process_time() - begin

    def _other(self) -> list[int]:
        return [self._random.randrange(1000, 40000) for _ in self._prompt]


def _asked(llama: Llama, prompt: list[int], n: int) -> tuple[float, tuple[int, ...]]:
    params = SamplingParams(temperature=0, max_tokens=n, ignore_eos=True)
    begin = time.perf_counter()
    completion = llama.engine.submit(prompt, params).completion()
    return time.perf_counter() - begin, tuple(completion.tokens)


def _written(llama: Llama) -> None:
    if isinstance(llama.cache, LlamaDiskCache):
        llama.cache.store.flush()


def parts(path: str, settings: dict[str, Any], n_tokens: int) -> None:
    """Print how long it takes to copy and to write a sequence, beside computing it."""
    with Model(path) as model, model.context(**settings) as context, tempfile.TemporaryDirectory() as folder:
        sequence, numbers, times = Sequence(context), random.Random(0), []
        for i in range(5):
            begin = time.perf_counter()
            sequence.rewind(0)
            sequence.feed([numbers.randrange(1000, 40000) for _ in range(n_tokens)])
            computed = time.perf_counter()
            state = sequence.snapshot()
            copied = time.perf_counter()
            state.save(Path(folder) / str(i), fsync=False)
            times.append((computed - begin, copied - computed, time.perf_counter() - copied))
    compute, copy, write = (1e3 * statistics.median(each) for each in zip(*times, strict=True))
    print(
        f"{n_tokens} tokens, {len(state) / 1e6:.1f} MB: computed in {compute:.0f} ms, copied in {copy:.1f} ms "
        f"({copy / compute:.2%}), written, while the next prompt is computed, in {write:.1f} ms ({write / compute:.2%})"
    )


def look_up(n_tokens: int) -> None:
    """Print how long it takes to find one of some prefixes, and that there is none."""
    for n in (10, 1000):
        index, numbers = PrefixIndex(), random.Random(0)
        prompts = [[numbers.randrange(10000) for _ in range(n_tokens)] for _ in range(n)]
        for i, prompt in enumerate(prompts):
            index.add(i, "kin", prompt)
        found = 1e6 * statistics.median(_seconds(index, prompt) for prompt in prompts[:10])
        missed = 1e6 * statistics.median(_seconds(index, prompt[1:]) for prompt in prompts[:10])
        print(f"one of {n} prefixes of {n_tokens} tokens is found in {found:.1f} us, none of them in {missed:.1f} us")


def _seconds(index: PrefixIndex, prompt: list[int]) -> float:
    begin = time.perf_counter()
    for _ in range(20):
        index.find("kin", prompt)
    return (time.perf_counter() - begin) / 20


if __name__ == "__main__":
    main()

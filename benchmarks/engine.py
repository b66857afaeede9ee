"""Many prompts at once through the engine, beside llama-batched-bench at the same shape.

python build_ffi.py bench                       # builds the rivals, with the flags of the installed libraries
python benchmarks/engine.py [--threads 1] [--pairs 7] [--only ROW …] [--model NAME-OR-PATH]

llama-batched-bench does not sample; the engine does, greedily, and spells. Its own figures come from its table. One
stream is compared with the C loop of decode.py. Exits 1 when a ratio misses its mark.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence as Many
from dataclasses import replace
from pathlib import Path
from typing import Any

from decode import LIBRARIES, PROMPT, built, c_loop, theirs
from paired import interleave

from llamacffi import Model, SamplingParams, Sequence, hub
from llamacffi.engine import Engine

N_PROMPT = N_ANSWER = 64
N_TOGETHER = 16
N_PREFIX, N_SHARING = 1000, 8
BATCHED = {1: 0.95, 2: 0.9}
TOGETHER = 0.9
SHARED = 1 / 1.10
STREAM = {1: 0.96}
OVERHEAD = 0.02
N_STREAM = 32  # in short turns, because what disturbs a machine lasts for seconds
TURNS = 5
ROWS = ("batched", "together", "shared", "stream", "overhead")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=ROWS)
    parser.add_argument("--build", type=Path, help="the CMake build folder; found under build/ when not given")
    options = parser.parse_args()
    threads = options.threads
    path = hub.resolve(options.model)
    bench = Bench(built("llama-batched-bench", options.build), path, threads)
    good = True
    with Model(path) as model:
        ours = Ours(model, threads)
        rows = {
            "batched": lambda: batched(ours, bench, options.pairs, threads),
            "together": lambda: together(ours, bench, options.pairs),
            "shared": lambda: shared(ours, bench, options.pairs),
            "stream": lambda: stream(ours, c_loop(options.build), options.pairs, threads),
            "overhead": lambda: overhead(ours, options.pairs),
        }
        for row in options.only:
            good &= rows[row]()
    sys.exit(not good)


def batched(ours: Ours, bench: Bench, n_pairs: int, threads: int) -> bool:
    pairs = interleave(
        lambda: ours.speed(N_TOGETHER, N_PROMPT, 0), lambda: bench.speed(N_TOGETHER, N_PROMPT), pairs=n_pairs
    )
    name = f"{threads} threads: {N_TOGETHER} prompts of {N_PROMPT}, {N_ANSWER} new tokens each"
    return pairs.report(name, "llama-batched-bench", "tokens/s", at_least=BATCHED.get(threads))


def together(ours: Ours, bench: Bench, n_pairs: int) -> bool:
    def gain() -> float:
        return ours.speed(N_TOGETHER, N_PROMPT, 0) / ours.speed(1, N_PROMPT, 0)

    def gain_of_bench() -> float:
        return bench.speed(N_TOGETHER, N_PROMPT) / bench.speed(1, N_PROMPT)

    pairs = interleave(gain, gain_of_bench, pairs=n_pairs)
    return pairs.report("together against one after another", "llama-batched-bench", "times", at_least=TOGETHER)


def shared(ours: Ours, bench: Bench, n_pairs: int) -> bool:
    pairs = interleave(
        lambda: ours.speed(N_SHARING, 1, N_PREFIX), lambda: bench.speed(N_SHARING, N_PREFIX, "-pps"), pairs=n_pairs
    )
    name = f"{N_SHARING} prompts that share {N_PREFIX} tokens, {N_ANSWER} new tokens each"
    return pairs.report(name, "llama-batched-bench -pps", "runs/s", at_least=SHARED)


def stream(ours: Ours, loop: Any, n_pairs: int, threads: int) -> bool:
    """One stream, from its first token on, as a thread reads it."""
    params = SamplingParams(temperature=0, ignore_eos=True)
    options = {"n_ctx": 512, "n_threads": threads, "n_threads_batch": threads}
    with ours.engine(1) as engine, ours.model.context(**options) as context:
        sequence = Sequence(context)
        pairs = interleave(
            lambda: _stream_speed(engine, replace(params, max_tokens=N_STREAM + 1)),
            lambda: theirs(sequence, loop, N_STREAM, params)[0],
            pairs=TURNS * n_pairs,
        )
    name = f"{threads} threads: one stream through the engine"
    return pairs.report(name, "C loop", "tokens/s", at_least=STREAM.get(threads))


def overhead(ours: Ours, n_runs: int) -> bool:
    parts = [ours.overhead(8) for _ in range(n_runs)]
    part = statistics.median(parts)
    good = part <= OVERHEAD
    print(
        f"outside native calls, 8 sequences: {100 * part:.2f} % of the time [{100 * min(parts):.2f} … "
        f"{100 * max(parts):.2f}] over {n_runs} runs  ({'reaches' if good else 'MISSES'} {100 * OVERHEAD:g} %)"
    )
    return good


class Bench:
    """llama-batched-bench, run for one shape at a time."""

    def __init__(self, binary: Path, model: Path, threads: int) -> None:
        self._command = [str(binary), "-m", str(model), "-t", str(threads), "-tb", str(threads), "-c", "4096", "-kvu"]
        self._environment = {**os.environ, "LD_LIBRARY_PATH": str(LIBRARIES)}

    def speed(self, n: int, n_prompt: int, *more: str) -> float:
        """Tokens a second in all, or, with a shared prompt, runs a second."""
        command = [*self._command, "-npp", str(n_prompt), "-ntg", str(N_ANSWER), "-npl", str(n), *more]
        run = subprocess.run(command, cwd=LIBRARIES, env=self._environment, check=True, capture_output=True, text=True)
        line = next(line for line in reversed(run.stdout.splitlines()) if line.startswith("|"))
        columns = [float(column) for column in line.strip("| \n").split("|")]
        return 1 / columns[-2] if more else columns[-1]


class Ours:
    """An engine, made anew for each run, so that nothing is cached."""

    def __init__(self, model: Model, threads: int) -> None:
        self.model, self._threads = model, threads

    def speed(self, n: int, n_prompt: int, n_prefix: int) -> float:
        """As `Bench.speed`."""
        prompts = _prompts(self.model, n, n_prompt, n_prefix)
        # The first token comes with the prompt, or with what each has for itself after the prefix. The decodes are as
        # many as llama-batched-bench has.
        n_new = N_ANSWER if n_prefix else N_ANSWER + 1
        with self.engine(n) as engine:
            seconds = _seconds(engine, prompts, n_new)
        return 1 / seconds if n_prefix else n * (n_prompt + N_ANSWER) / seconds

    def overhead(self, n: int) -> float:
        """The part of the time that is not spent in native calls."""
        with self.engine(n) as engine:
            seconds = _seconds(engine, _prompts(self.model, n, N_PROMPT, 0), N_ANSWER)
            return 1 - engine.stats().seconds / seconds

    def engine(self, n: int) -> Engine:
        """With room for `n` at a time."""
        return Engine(self.model, n_ctx=4096, n_parallel=n, n_threads=self._threads, n_threads_batch=self._threads)


def _prompts(model: Model, n: int, n_prompt: int, n_prefix: int) -> list[list[int]]:
    random.seed(1)
    n_vocab = model.vocab.n_tokens
    prefix = [random.randrange(100, n_vocab) for _ in range(n_prefix)]
    return [prefix + [random.randrange(100, n_vocab) for _ in range(n_prompt)] for _ in range(n)]


def _stream_speed(engine: Engine, params: SamplingParams) -> float:
    seen = 0
    begin = end = 0.0
    for chunk in engine.submit(PROMPT, params):
        end = time.perf_counter()
        seen += len(chunk.tokens)
        if not begin and seen:
            begin, first = end, seen
    return (seen - first) / (end - begin)


def _seconds(engine: Engine, prompts: Many[list[int]], n_new: int) -> float:
    params = SamplingParams(temperature=0, max_tokens=n_new, ignore_eos=True)
    begin = time.perf_counter()
    engine.generate(prompts, params)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()

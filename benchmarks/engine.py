"""Many prompts at once through the engine, beside llama-batched-bench at the same shape.

python build_ffi.py bench                       # builds llama-batched-bench, with the flags of the installed libraries
python benchmarks/engine.py [--threads 1] [--pairs 7] [--model NAME-OR-PATH]

llama-batched-bench does not sample; the engine does, greedily, and spells. Its own figures come from its table. Exits 1
when a ratio misses its mark.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence as Many
from pathlib import Path

from decode import LIBRARIES, built
from paired import interleave

from llamacffi import Model, SamplingParams, hub
from llamacffi.engine import Engine

N_PROMPT = N_ANSWER = 64
N_TOGETHER = 16
N_PREFIX, N_SHARING = 1000, 8
BATCHED = {1: 0.95, 2: 0.9}
TOGETHER = 0.9
SHARED = 1 / 1.10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--build", type=Path, help="the CMake build folder; found under build/ when not given")
    options = parser.parse_args()
    threads = options.threads
    path = hub.resolve(options.model)
    bench = Bench(built("llama-batched-bench", options.build), path, threads)
    good = True
    with Model(path) as model:
        ours = Ours(model, threads)
        pairs = interleave(
            lambda: ours.speed(N_TOGETHER, N_PROMPT, 0), lambda: bench.speed(N_TOGETHER, N_PROMPT), pairs=options.pairs
        )
        name = f"{threads} threads: {N_TOGETHER} prompts of {N_PROMPT}, {N_ANSWER} new tokens each"
        good &= pairs.report(name, "llama-batched-bench", "tokens/s", at_least=BATCHED.get(threads))

        def gain() -> float:
            return ours.speed(N_TOGETHER, N_PROMPT, 0) / ours.speed(1, N_PROMPT, 0)

        def gain_of_bench() -> float:
            return bench.speed(N_TOGETHER, N_PROMPT) / bench.speed(1, N_PROMPT)

        pairs = interleave(gain, gain_of_bench, pairs=options.pairs)
        good &= pairs.report("together against one after another", "llama-batched-bench", "times", at_least=TOGETHER)
        pairs = interleave(
            lambda: ours.speed(N_SHARING, 1, N_PREFIX),
            lambda: bench.speed(N_SHARING, N_PREFIX, "-pps"),
            pairs=options.pairs,
        )
        name = f"{N_SHARING} prompts that share {N_PREFIX} tokens, {N_ANSWER} new tokens each"
        good &= pairs.report(name, "llama-batched-bench -pps", "runs/s", at_least=SHARED)
        print(f"outside native calls: {100 * ours.overhead(8):.2f} % of the time, 8 sequences")
    sys.exit(not good)


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
        self._model, self._threads = model, threads

    def speed(self, n: int, n_prompt: int, n_prefix: int) -> float:
        """As `Bench.speed`."""
        prompts = _prompts(self._model, n, n_prompt, n_prefix)
        with self._engine(n) as engine:
            seconds = _seconds(engine, prompts)
        return 1 / seconds if n_prefix else n * (n_prompt + N_ANSWER) / seconds

    def overhead(self, n: int) -> float:
        """The part of the time that is not spent in native calls."""
        with self._engine(n) as engine:
            seconds = _seconds(engine, _prompts(self._model, n, N_PROMPT, 0))
            return 1 - engine.stats().seconds / seconds

    def _engine(self, n: int) -> Engine:
        return Engine(self._model, n_ctx=4096, n_parallel=n, n_threads=self._threads, n_threads_batch=self._threads)


def _prompts(model: Model, n: int, n_prompt: int, n_prefix: int) -> list[list[int]]:
    random.seed(1)
    n_vocab = model.vocab.n_tokens
    prefix = [random.randrange(100, n_vocab) for _ in range(n_prefix)]
    return [prefix + [random.randrange(100, n_vocab) for _ in range(n_prompt)] for _ in range(n)]


def _seconds(engine: Engine, prompts: Many[list[int]]) -> float:
    # The first token comes with the prompt: as many decodes follow as llama-batched-bench has.
    params = SamplingParams(temperature=0, max_tokens=N_ANSWER + 1, ignore_eos=True)
    begin = time.perf_counter()
    engine.generate(prompts, params)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()

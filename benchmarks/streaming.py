"""What a token costs outside llama_decode, early and late in one long generation.

python benchmarks/streaming.py [--early 400] [--late 4000] [--width 200] [--runs 3] [--threads 1] [--model NAME-OR-PATH]

The time of a token is that from one chunk to the next, less what llama.cpp counted for its decode: sampling with
penalties, spelling, looking for stop strings, and Python. The median of `width` tokens around either place is taken.
Exits 1 when the early ones do not cost at least 0.9 of what the late ones do.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import replace

from paired import Pairs

from llamacffi import Model, SamplingParams, Sequence, hub, stream_generate

PROMPT = "Once upon a time, in a village by the sea,"
RATIO = 0.9
PARAMS = SamplingParams(
    seed=1, ignore_eos=True, repeat_penalty=1.1, frequency_penalty=0.1, dry_multiplier=0.8, stop=("\n\nUser:", "</end>")
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--early", type=int, default=400)
    parser.add_argument("--late", type=int, default=4000)
    parser.add_argument("--width", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    threads = options.threads
    n = options.late + options.width
    with (
        Model(hub.resolve(options.model)) as model,
        model.context(n_ctx=n + 64, n_threads=threads, n_threads_batch=threads, no_perf=False) as context,
    ):
        sequence = Sequence(context)
        early, late = [], []
        for _ in range(options.runs):
            sequence.rewind(0)
            outside = costs(sequence, n)
            early.append(around(outside, options.early, options.width))
            late.append(around(outside, options.late, options.width))
    name, rival = f"token {options.early}, outside llama_decode", f"token {options.late}"
    sys.exit(not Pairs(tuple(early), tuple(late)).report(name, rival, "microseconds", at_least=RATIO))


def costs(sequence: Sequence, n: int) -> list[float]:
    """For each token, the microseconds that it took outside llama_decode."""
    context = sequence.context
    chunks = stream_generate(sequence, PROMPT, replace(PARAMS, max_tokens=n))
    outside: list[float] = []
    decoded = 0.0
    begin = time.perf_counter()
    for chunk in chunks:
        wall = 1e6 * (time.perf_counter() - begin)
        count = 1e3 * context.performance.t_eval_ms
        # Characters that need several tokens come with the last of them.
        outside += [(wall - (count - decoded)) / max(1, len(chunk.tokens))] * len(chunk.tokens)
        decoded = count
        begin = time.perf_counter()
    return outside


def around(values: list[float], place: int, width: int) -> float:
    return statistics.median(values[place - width // 2 : place + width // 2])


if __name__ == "__main__":
    main()

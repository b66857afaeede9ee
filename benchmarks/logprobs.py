"""Generation that tells the log-probabilities of each token and of the five best, beside the same without.

python benchmarks/logprobs.py [--threads 1] [--pairs 15] [--tokens 128] [--top 5] [--model NAME-OR-PATH]

Both generate the same text. The values are compared with NumPy's log-softmax of the logits of the same places. Exits 1
when the ratio misses its mark, or a value is off by more than 1e-4.
"""

from __future__ import annotations

import argparse
import sys
import time

import numpy as np
from paired import interleave

from llamacffi import Completion, Model, SamplingParams, Sequence, generate, hub

PROMPT = "Once upon a time, in a village by the sea,"
RATIO = 0.93
TOLERANCE = 1e-4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--top", type=int, default=5)
    options = parser.parse_args()
    n_threads = options.threads
    with (
        Model(hub.resolve(options.model)) as model,
        model.context(n_ctx=512, n_threads=n_threads, n_threads_batch=n_threads) as context,
    ):
        sequence = Sequence(context)

        def speed(logprobs: int | None) -> float:
            begin = time.perf_counter()
            generated(sequence, options.tokens, logprobs)
            return options.tokens / (time.perf_counter() - begin)

        error = largest_error(sequence, generated(sequence, options.tokens, options.top))
        pairs = interleave(lambda: speed(options.top), lambda: speed(None), pairs=options.pairs)
    print(f"largest difference from NumPy's log-softmax: {error:.2g}")
    good = pairs.report(f"{n_threads} threads: logprobs={options.top}", "without", "tokens/s", at_least=RATIO)
    sys.exit(not (good and error < TOLERANCE))


def generated(sequence: Sequence, n: int, logprobs: int | None) -> Completion:
    return generate(sequence, PROMPT, SamplingParams(temperature=0, max_tokens=n, ignore_eos=True, logprobs=logprobs))


def largest_error(sequence: Sequence, completion: Completion) -> float:
    """Of all values that were told, the one that is furthest from NumPy's, of the logits decoded one by one again."""
    worst = 0.0
    sequence.rewind(0)
    sequence.feed(sequence.context.model.vocab.tokenize(PROMPT))
    for told in completion.logprobs:
        logits = sequence.logits.astype(np.float64)
        expected = logits - logits.max() - np.log(np.exp(logits - logits.max()).sum())
        best = np.sort(expected)[::-1][: len(told.top)]
        values = [expected[told.token] - told.logprob, *(best - [top.logprob for top in told.top])]
        worst = max(worst, float(np.abs(values).max()))
        sequence.feed([told.token])
    return worst


if __name__ == "__main__":
    main()

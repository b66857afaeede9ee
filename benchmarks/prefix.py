"""A second prompt that begins as the first did, beside the same prompt in an empty sequence.

python benchmarks/prefix.py [--tokens 1000] [--pairs 7] [--threads 1] [--model NAME-OR-PATH]

Timed is the way to the first token. With an F32 cache and flash attention off both must say the same. Exits 1 when the
one does not start at least 20 times sooner.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time

from paired import interleave

from llamacffi import Model, SamplingParams, Sequence, hub, stream_generate

RATIO = 20
PARAMS = SamplingParams(temperature=0, max_tokens=32, ignore_eos=True)
TEXT = "It was a bright cold day in April, and the clocks were striking thirteen. "


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=7)
    options = parser.parse_args()
    with Model(hub.resolve(options.model)) as model:
        prefix = model.vocab.tokenize(TEXT * (options.tokens // 10))[: options.tokens]
        questions = [prefix + model.vocab.tokenize(f" Question {i}: what time is it?") for i in range(3)]
        threads = {"n_threads": options.threads, "n_threads_batch": options.threads}
        with model.context(
            n_ctx=options.tokens + 128, type_k="f32", type_v="f32", flash_attn_type="disabled", **threads
        ) as context:
            compare(Sequence(context), questions, len(prefix))
        with model.context(n_ctx=options.tokens + 128, **threads) as context:
            sequence, turns = Sequence(context), itertools.cycle(questions)
            sequence.feed(prefix)
            pairs = interleave(
                lambda: 1 / first_token(sequence, next(turns), len(prefix)),
                lambda: 1 / first_token(sequence, next(turns), 0),
                pairs=options.pairs,
            )
    name = f"first token after {options.tokens} tokens that are there"
    sys.exit(not pairs.report(name, "that are not", "a second", at_least=RATIO))


def compare(sequence: Sequence, questions: list[list[int]], n_prefix: int) -> None:
    for question in questions:
        said = []
        for kept in (0, n_prefix):
            sequence.rewind(kept)
            said.append([chunk.tokens for chunk in stream_generate(sequence, question, PARAMS)])
        if said[0] != said[1]:
            sys.exit(f"the tokens differ: {said[0]} from the start, {said[1]} after the prefix")


def first_token(sequence: Sequence, question: list[int], n_kept: int) -> float:
    """Seconds to the first token, with the first `n_kept` of the prompt there; all of it is there afterwards."""
    sequence.rewind(n_kept)
    begin = time.perf_counter()
    next(stream_generate(sequence, question, PARAMS))
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()

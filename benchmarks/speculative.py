"""Prompt lookup, where the text repeats itself and where it does not.

python benchmarks/speculative.py [--tokens 160] [--pairs 7] [--threads 2] [--model NAME-OR-PATH]

On a text that repeats, beside a predictor that knows the answer: the ceiling, at full acceptance. On one that does not,
beside no predictor. Timed is the generation from the first token on. Exits 1 when prompt lookup does not reach 0.8 of
that ceiling, or 0.97 of plain where there is nothing to guess.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from collections.abc import Sequence as Tokens

from paired import interleave

from llamacffi import Completion, Model, PromptLookup, SamplingParams, Sequence, generate, hub

OF_CEILING = 0.8
OF_PLAIN = 0.97
FULL = 0.99  # of the guesses of who knows the answer; fewer, and rounding has changed the answer
REPEATS = (
    "The llama (Lama glama) is a domesticated South American camelid, widely used as a meat and pack animal by Andean "
    "cultures since the pre-Columbian era. Llamas are social animals and live with others as a herd.\n"
) * 4
STORY = "<|im_start|>user\nTell me a story about a lighthouse keeper.<|im_end|>\n<|im_start|>assistant\n"


class Knows:
    """Guesses a known answer."""

    def __init__(self, answer: Tokens[int]) -> None:
        self.answer, self.n = list(answer), 0

    def reset(self, _tokens: Tokens[int]) -> None:
        """Nothing is new to it."""
        self.n = 1

    def push(self, tokens: Tokens[int]) -> None:
        """Count."""
        self.n += len(tokens)

    def predict(self, n_max: int) -> Tokens[int]:
        """What comes."""
        return self.answer[self.n : self.n + n_max]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=160)
    parser.add_argument("--pairs", type=int, default=7)
    options = parser.parse_args()
    threads = {"n_threads": options.threads, "n_threads_batch": options.threads}
    with Model(hub.resolve(options.model)) as model, model.context(n_ctx=1024, **threads) as context:
        sequence = Sequence(context)
        reached = [repeating(sequence, options.tokens, options.pairs), other(sequence, options.tokens, options.pairs)]
    sys.exit(not all(reached))


def repeating(sequence: Sequence, n: int, pairs: int) -> bool:
    params = SamplingParams(temperature=0, max_tokens=n, ignore_eos=True)
    told: list[Completion] = []

    def run(predictor: object) -> float:
        told.append(timed(sequence, REPEATS, params, predictor))
        return rate(told[-1])

    run(None)
    known = Knows(told[0].tokens)
    plain = interleave(lambda: run(PromptLookup()), lambda: run(None), pairs=pairs)
    plain.report("prompt lookup, repeating text", "plain", "tokens/s")
    ceiling = interleave(lambda: run(PromptLookup()), lambda: run(known), pairs=pairs)
    acceptance = told[-1].speculation.acceptance if told[-1].speculation else 0.0
    if acceptance < FULL:
        print(f"the ceiling is none: only {acceptance:.0%} of the guesses of who knows the answer were right")
        return False
    ours = [one.speculation for one in told[-2 * pairs :] if one.speculation]
    print(f"accepted: {min(one.acceptance for one in ours):.0%} at least of each run's guesses")
    return ceiling.report("prompt lookup, repeating text", "full acceptance", "tokens/s", at_least=OF_CEILING)


def other(sequence: Sequence, n: int, pairs: int) -> bool:
    params = SamplingParams(temperature=0.8, seed=1, max_tokens=n, ignore_eos=True)

    def run(predictor: object) -> Callable[[], float]:
        return lambda: rate(timed(sequence, STORY, params, predictor))

    result = interleave(run(PromptLookup()), run(None), pairs=pairs)
    return result.report("prompt lookup, other text", "plain", "tokens/s", at_least=OF_PLAIN)


def timed(sequence: Sequence, prompt: str, params: SamplingParams, predictor: object) -> Completion:
    sequence.rewind(0)
    return generate(sequence, prompt, params, predictor=predictor)  # type: ignore[arg-type]


def rate(completion: Completion) -> float:
    return (len(completion.tokens) - 1) / completion.timings.generation


if __name__ == "__main__":
    main()

"""JSON by a schema beside free text from the same prompt, and whether every answer is valid.

python benchmarks/constrained.py [--threads 1] [--answers 100] [--model NAME-OR-PATH]

Two nested levels with maxLength and maxItems, max_tokens 512, temperature 0.8; each answer has its own seed. An answer
and as many tokens of free text are generated in turns, each timed from the call to its end: the grammar is parsed in
that time too. The jsonschema package judges the answers. Exits 1 when one is not valid, or the ratio misses its mark.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import jsonschema
from paired import Pairs

from llamacffi import ChatTemplate, GrammarError, Model, SamplingParams, Sequence, generate, hub

RATIO = 0.85
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 40},
        "age": {"type": "integer", "minimum": 0, "maximum": 120},
        "job": {"enum": ["baker", "pilot", "teacher", "nurse", "farmer"]},
        "address": {
            "type": "object",
            "properties": {
                "street": {"type": "string", "maxLength": 40},
                "city": {"type": "string", "maxLength": 30},
            },
            "required": ["street", "city"],
            "additionalProperties": False,
        },
        "hobbies": {"type": "array", "items": {"type": "string", "maxLength": 30}, "maxItems": 5},
    },
    "required": ["name", "age", "job", "address", "hobbies"],
    "additionalProperties": False,
}
QUESTION = "Invent a person who lives in a small town. Describe name, age, job, address and hobbies."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--answers", type=int, default=100)
    options = parser.parse_args()
    n_threads = options.threads
    with (
        Model(hub.resolve(options.model)) as model,
        model.context(n_ctx=1024, n_threads=n_threads, n_threads_batch=n_threads) as context,
    ):
        sequence = Sequence(context)
        prompt = ChatTemplate.from_model(model).render([{"role": "user", "content": QUESTION}])
        generate(sequence, prompt, SamplingParams(max_tokens=32))  # the prompt is in the cache from here on
        answers = [both(sequence, prompt, seed) for seed in range(options.answers)]
    n_valid = sum(valid for valid, _, _ in answers)
    speeds = Pairs(tuple(ours for _, ours, _ in answers), tuple(free for _, _, free in answers))
    print(f"{n_valid} of {len(answers)} answers are valid")
    good = speeds.report(f"{n_threads} threads: JSON by a schema", "free text", "tokens/s", at_least=RATIO)
    sys.exit(not (good and n_valid == len(answers)))


def both(sequence: Sequence, prompt: str, seed: int) -> tuple[bool, float, float]:
    """Whether the answer is valid, its tokens per second, and those of free text of the same length."""
    begin = time.perf_counter()
    answer = generate(sequence, prompt, SamplingParams(temperature=0.8, seed=seed, max_tokens=512, schema=SCHEMA))
    ours = len(answer.tokens) / (time.perf_counter() - begin)
    free = SamplingParams(temperature=0.8, seed=seed, max_tokens=len(answer.tokens), ignore_eos=True)
    begin = time.perf_counter()
    n_free = len(generate(sequence, prompt, free).tokens)
    theirs = n_free / (time.perf_counter() - begin)
    try:
        jsonschema.validate(answer.parsed, SCHEMA)
    except (GrammarError, jsonschema.ValidationError) as error:
        print(f"seed {seed}: {str(error).splitlines()[0]}")
        return False, ours, theirs
    return True, ours, theirs


if __name__ == "__main__":
    main()

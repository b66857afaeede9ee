"""A prompt that ends inside a token, and a gap in a piece of code. `python infill.py [MODEL]`: Qwen2.5-Coder, say."""

from __future__ import annotations

import sys

from llamacffi import Model, SamplingParams, Sequence, TokenizeError, generate, hub, infill_prompt, stream_generate

LINK = 'The link is <a href="http:'
BEFORE = "def mean(numbers: list[float]) -> float:\n"
AFTER = "\n\nprint(mean([1, 2, 3, 4]))\n"
OTHERS = {"median.py": "def median(numbers: list[float]) -> float:\n    return sorted(numbers)[len(numbers) // 2]\n"}


def main(name: str) -> None:
    with Model(hub.resolve(name)) as model, model.context(n_ctx=1024) as context:
        sequence = Sequence(context)
        for healing in (False, True):
            params = SamplingParams(temperature=0, max_tokens=6, token_healing=healing)
            print(f"healing {healing!s:5} {generate(sequence, LINK, params).text!r}")

        params = SamplingParams(temperature=0, max_tokens=128)
        try:
            prompt = infill_prompt(model.vocab, BEFORE, AFTER, extra=OTHERS, n_ctx=context.n_ctx_seq, max_tokens=128)
        except TokenizeError as error:  # most models for chat
            print(f"no gap is filled: {error}")
            return
        print(BEFORE, end="")
        for chunk in stream_generate(sequence, prompt, params):
            print(chunk.text, end="", flush=True)
        print(AFTER, end="")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

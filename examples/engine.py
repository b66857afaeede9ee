"""Many prompts at once, one of them as a stream, and what they shared. `python engine.py [MODEL]`."""

from __future__ import annotations

import sys

from llamacffi import Engine, Model, Request, SamplingParams, hub

PROMPTS = ("The capital of France is", "The capital of Japan is", "The colour of the sky is")


def main(name: str) -> None:
    params = SamplingParams(temperature=0, max_tokens=12)
    with Model(hub.resolve(name)) as model, Engine(model, n_ctx=2048, n_parallel=4) as engine:
        for prompt, completion in zip(PROMPTS, engine.generate(PROMPTS, params), strict=True):
            print(f"{prompt}{completion.text!r}")

        # Goes before what waits; leaving the block early would end it.
        with engine.submit(Request(prompt=PROMPTS[0], params=params, priority=1)) as stream:
            for chunk in stream:
                print(chunk.text, end="", flush=True)
        print(f"\n{stream.completion().usage.cached_tokens} of the prompt's tokens were there already")

        stats = engine.stats()
        print(f"{stats.n_finished} requests in {stats.n_steps} steps, {stats.cached_tokens} tokens not computed again")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

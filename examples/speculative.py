"""The same answer in fewer steps, because it repeats what was said before. `python speculative.py [MODEL]`."""

from __future__ import annotations

import sys

from llamacffi import Engine, Model, PromptLookup, Request, SamplingParams, Sequence, generate, hub

PROMPT = "the quick brown fox jumps over the lazy dog, and then it sleeps. " * 6


def main(name: str) -> None:
    params = SamplingParams(temperature=0, max_tokens=64)
    with Model(hub.resolve(name)) as model, model.context(n_ctx=512) as context:
        completion = generate(Sequence(context), PROMPT, params, predictor=PromptLookup())
        print(completion.text)
        guessed = completion.speculation
        assert guessed is not None
        print(f"{guessed.n_accepted} of {guessed.n_drafted} guesses were right")

    # In an engine for every request, but for those that want none.
    with Model(hub.resolve(name)) as model, Engine(model, n_ctx=1024, predictor=PromptLookup()) as engine:
        with_guesses, without = engine.generate([PROMPT, Request(prompt=PROMPT, params=params, predictor=None)], params)
        print(f"{len(with_guesses.tokens)} tokens with guesses, {len(without.tokens)} without")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

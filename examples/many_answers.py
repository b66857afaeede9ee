"""Several answers to a prompt, the likeliest first; functions that steer one. `many_answers.py [MODEL]`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from llamacffi import ChatTemplate, Model, SamplingParams, Sequence, generate, generate_many, hub

if TYPE_CHECKING:
    import numpy.typing as npt

    from llamacffi import Progress


def no_repetition(tokens: npt.NDArray[np.int32], logits: npt.NDArray[np.float32]) -> None:
    """Never the same word twice: `tokens` are the prompt's and the answer's, `logits` of the whole vocabulary."""
    logits[tokens] = -np.inf


def second_sentence(progress: Progress) -> bool:
    """End when a sentence has ended and another would begin."""
    return progress.new_text.endswith((".", "!", "?"))


def main(name: str) -> None:
    with Model(hub.resolve(name)) as model, model.context(n_ctx=256, n_seq_max=4, kv_unified=True) as context:
        sequence = Sequence(context)
        prompt = ChatTemplate.from_model(model).render([{"role": "user", "content": "Name a colour."}])

        params = SamplingParams(seed=1, max_tokens=24)
        for answer in generate_many(sequence, prompt, params, n=2, best_of=4):
            print(f"seed {answer.seed}, {answer.mean_logprob:.2f}: {answer.text!r}")

        steered = SamplingParams(
            temperature=0,
            min_tokens=5,
            max_tokens=100,
            max_time=60,
            logits_processor=no_repetition,
            stopping_criteria=second_sentence,
        )
        answer = generate(sequence, prompt, steered)
        print(answer.finish_reason, len(answer.tokens) == len(set(answer.tokens)))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

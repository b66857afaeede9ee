"""The default model, with llama.cpp's own defaults: answers do not depend on who else is answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llamacffi import Engine, Model, PromptLookup, Request, SamplingParams, Sequence, generate, hub
from tests.models.exact import BATCH_EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence as Sequence_

PROMPTS = [
    "Once upon a time",
    "Once upon a time, in a village by the sea, there lived",
    "A list of colours: red, green, blue, red, green, blue, red,",
    "The capital of France is",
    "def fibonacci(n):\n",
    "Dear Sir or Madam,",
]


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with Model(hub.resolve("smollm2-135m-instruct")) as model:
        yield model


def tied(model: Model, prompt: str, one: Sequence_[int], other: Sequence_[int]) -> bool:
    """Whether two greedy answers are the same as far as the second-best token is well behind the best.

    The weights are quantized, and so is what they are multiplied with: where a token's cell lies may move a logit by
    0.1.
    """
    n = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if n is None:
        return len(one) == len(other)
    with model.context(n_ctx=512, **BATCH_EXACT) as context:
        tokens = [*model.vocab.tokenize(prompt, add_special=True), *one[:n]]
        told = generate(Sequence(context), tokens, SamplingParams(temperature=0, max_tokens=1, logprobs=2)).logprobs
    best, second = told[0].top[:2]
    return {best.token, second.token} == {one[n], other[n]} and best.logprob - second.logprob < 0.2


@pytest.mark.model
@pytest.mark.parametrize("predictor", [None, PromptLookup()])
def test_each_answer_is_the_one_that_it_gets_alone(model: Model, predictor: Any) -> None:
    params = [SamplingParams(temperature=0, max_tokens=40) for _ in PROMPTS]
    alone = []
    for prompt, one in zip(PROMPTS, params, strict=True):
        with model.context(n_ctx=512, **BATCH_EXACT) as context:
            alone.append(generate(Sequence(context), prompt, one).tokens)
    requests = [Request(prompt=prompt, params=one) for prompt, one in zip(PROMPTS, params, strict=True)]
    # All run at once, so that none gets cells that another has left. All prompts in one batch would be too many tokens.
    options = {"n_ctx": 2048, "n_parallel": 6, "n_batch": 32, "n_seq_max": 24, "step_seconds": 60.0, **BATCH_EXACT}
    with Engine(model, predictor=predictor, **options) as engine:
        together = [one.tokens for one in engine.generate(requests)]
        again = [one.tokens for one in engine.generate([replace(request, predictor=None) for request in requests])]
    # Which cells are used, and how many rows a batch has, depends on the others, and on the time that guesses take.
    for prompt, wanted, *others in zip(PROMPTS, alone, together, again, strict=True):
        assert all(tied(model, prompt, wanted, other) for other in others), prompt

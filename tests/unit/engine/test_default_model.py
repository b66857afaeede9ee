"""The default model, with llama.cpp's own defaults: answers do not depend on who else is answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from llamacffi import Engine, Model, PromptLookup, Request, SamplingParams, Sequence, generate, hub
from tests.models.exact import BATCH_EXACT

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.mark.model
@pytest.mark.parametrize("predictor", [None, PromptLookup()])
def test_each_answer_is_the_one_that_it_gets_alone(model: Model, predictor: Any) -> None:
    params = [SamplingParams(temperature=0.7 * (i % 2), seed=i, max_tokens=40) for i in range(len(PROMPTS))]
    alone = []
    for prompt, one in zip(PROMPTS, params, strict=True):
        with model.context(n_ctx=512, **BATCH_EXACT) as context:
            alone.append(generate(Sequence(context), prompt, one))
    requests = [Request(prompt=prompt, params=one) for prompt, one in zip(PROMPTS, params, strict=True)]
    # All run at once, so that none gets cells that another has left. All prompts in one batch would be too many tokens.
    with Engine(
        model, n_ctx=2048, n_parallel=6, n_batch=32, n_seq_max=24, predictor=predictor, **BATCH_EXACT
    ) as engine:
        together = engine.generate(requests)
        again = engine.generate([replace(request, predictor=None) for request in requests])
    assert [one.tokens for one in together] == [one.tokens for one in alone]
    assert [one.tokens for one in again] == [one.tokens for one in alone]

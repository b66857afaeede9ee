"""guidance, which calls the low-level functions with ctypes and numpy."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.integrations.wanted import MARKS, wanted

wanted("guidance", "guidance")
pytestmark = MARKS


@pytest.fixture(scope="module")
def lm(model_path: str) -> Any:
    from guidance import models

    return models.LlamaCpp(model_path, n_ctx=512, n_threads=1, echo=False)


def test_a_choice(lm: Any) -> None:
    from guidance import select

    made = lm + "The sky is " + select(["blue", "green"], name="colour")
    assert made["colour"] in ("blue", "green")


def test_a_regular_expression_goes_on_in_a_template(lm: Any) -> None:
    from guidance import gen

    made = (
        lm
        + "A year: "
        + gen(name="year", regex=r"[12]\d\d\d")
        + ", a month: "
        + gen(name="month", regex=r"[A-Z][a-z]{2}")
    )
    assert re.fullmatch(r"A year: [12]\d\d\d, a month: [A-Z][a-z]{2}", str(made))


def test_a_schema(lm: Any) -> None:
    from guidance import json as held

    schema = {
        "type": "object",
        "properties": {"celsius": {"type": "integer", "minimum": -50, "maximum": 50}},
        "required": ["celsius"],
        "additionalProperties": False,
    }
    made = lm + "The weather as JSON: " + held(name="weather", schema=schema, max_tokens=24)
    assert re.fullmatch(r'\{\s*"celsius"\s*:\s*-?\d+\s*\}', made["weather"])


def test_a_chat(lm: Any) -> None:
    from guidance import assistant, gen, user

    with user():
        asked = lm + "Say hello."
    with assistant():
        asked += gen(name="said", max_tokens=8, temperature=0)
    assert asked["said"]


def test_logits_are_those_of_the_object(lm: Any, model_path: str) -> None:
    """Its own batches and what `eval` decodes give the same; log-probabilities come from the ctypes array."""
    import llama_cpp
    import numpy as np

    engine = lm._interpreter.engine
    ids = engine.model_obj.tokenize(b"by the sea")
    engine.get_logits(ids[:1])
    logits = engine.get_logits(ids, include_all_uncached_tokens=True)["logits"]
    with llama_cpp.Llama(model_path, n_ctx=512, n_threads=1, logits_all=True, verbose=False) as other:
        other.eval(ids)
        np.testing.assert_allclose(logits[-1], other.scores[2], atol=0.2)
        assert logits[-1].argmax() == other.scores[2].argmax()

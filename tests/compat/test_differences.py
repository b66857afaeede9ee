"""What the comparison of two packages' answers lets pass, and what it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.compat.runner import snippets, typed
from tests.compat.test_snippets import DIFFERENT, differences

ANSWER = {"id": "cmpl-1", "created": 5, "choices": [{"text": "a", "logprob": -1.0, "finish_reason": None}]}


def choice(**changes: Any) -> dict[str, Any]:
    return {**ANSWER, "choices": [{**ANSWER["choices"][0], **changes}]}  # type: ignore[index]


@pytest.mark.parametrize(
    "other", [ANSWER, {**ANSWER, "id": "cmpl-2", "created": 6}, choice(logprob=np.float32(-1.001))]
)
def test_the_same(other: Any) -> None:
    assert differences(typed(ANSWER), typed(other)) == []


@pytest.mark.parametrize(
    ("other", "place"),
    [
        (choice(text="b"), ".choices[0].text"),
        (choice(text=b"a"), ".choices[0].text"),
        (choice(logprob=-1.1), ".choices[0].logprob"),
        (choice(finish_reason="stop"), ".choices[0].finish_reason"),
        (choice(more=1), ".choices[0]: keys"),
        ({**ANSWER, "id": "chatcmpl-1"}, ".id"),
        ({**ANSWER, "created": "5"}, ".created"),
        ({**ANSWER, "choices": []}, ".choices: 1 elements instead of 0"),
        ({**ANSWER, "choices": ()}, ".choices"),
    ],
)
def test_not_the_same(other: Any, place: str) -> None:
    (found,) = differences(typed(ANSWER), typed(other))
    assert found.startswith(place)


def test_arrays_keep_type_and_shape() -> None:
    row = np.zeros((1, 2), np.float32)
    assert differences(typed(row), typed(row + 1e-3)) == []
    assert differences(typed(row), typed(row[0]))
    assert differences(typed(row), typed(row.astype(np.float64)))
    assert differences(typed(row), typed(row + 1))


def test_the_tables_name_snippets() -> None:
    assert set(DIFFERENT) < set(snippets())

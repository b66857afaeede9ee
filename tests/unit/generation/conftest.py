"""A sequence of the model that answers one text and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from llamacffi import Context, Model, Sequence
from tests.models import ScriptedModel


@pytest.fixture(scope="module")
def scripted_context(scripted: ScriptedModel) -> Iterator[Context]:
    with Model(scripted.path) as model, model.context(n_threads=1, n_ctx=256) as context:
        yield context


@pytest.fixture
def sequence(scripted_context: Context) -> Sequence:
    return Sequence(scripted_context)

"""The engine that most tests here use, and what its answers are measured by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamacffi import Engine
from tests.unit.engine.alone import EXACT, Alone


@pytest.fixture(scope="module")
def alone(tiny_llama: Path) -> Alone:
    return Alone(tiny_llama, 256)


@pytest.fixture
def engine(alone: Alone) -> Iterator[Engine]:
    with Engine(alone.model, n_ctx=256, n_parallel=4, **EXACT) as engine:
        yield engine

"""The model that most tests of the nouns use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamacffi import Model


@pytest.fixture(scope="module")
def model(tiny_llama: Path) -> Iterator[Model]:
    with Model(tiny_llama) as model:
        yield model

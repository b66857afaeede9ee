"""Models whose answers are known, for the protocols that tell of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamacffi import Llama
from tests.server.protocols.serving import serving
from tests.unit.llama.exact import EXACT


@pytest.fixture(scope="session")
def thinker(thinker_path: Path) -> Iterator[Llama]:
    with Llama(thinker_path, **EXACT) as llm:
        yield llm


@pytest.fixture(scope="module")
def address(thinker_path: Path) -> Iterator[str]:
    """Of a server whose one model thinks, speaks and calls."""
    with serving({"thinker": thinker_path}, **EXACT) as address:
        yield address

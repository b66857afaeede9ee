"""A server with the default model, for clients that somebody else wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamacffi import Llama
from tests.server.openai.app import openai_app
from tests.server.protocols.serving import running
from tests.unit.llama.exact import EXACT


@pytest.fixture(scope="session")
def llm(default_model: Path) -> Iterator[Llama]:
    with Llama(default_model, n_ctx=2048, n_parallel=4, **EXACT) as llm:
        yield llm


@pytest.fixture(scope="session")
def address(llm: Llama) -> Iterator[str]:
    """Without /v1."""
    with running(openai_app({"smollm2": llm})) as address:
        yield address


@pytest.fixture(scope="session")
def url(address: str) -> str:
    """What clients of OpenAI's API call the base."""
    return f"{address}/v1"

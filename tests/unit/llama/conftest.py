"""The Llamas that most tests here use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamacffi import Llama
from tests.models import BigramModel, ScriptedModel
from tests.unit.llama.exact import EXACT


@pytest.fixture(scope="module")
def scripted_llm(scripted: ScriptedModel) -> Iterator[Llama]:
    """It says the script, whatever it is asked."""
    with Llama(scripted.path, n_ctx=512, **EXACT) as llm:
        yield llm


@pytest.fixture(scope="module")
def tiny_llm(tiny_llama: Path) -> Iterator[Llama]:
    """It says gibberish that hangs on all that came before."""
    with Llama(tiny_llama, n_ctx=512, **EXACT) as llm:
        yield llm


@pytest.fixture(scope="module")
def bigram_llm(bigram: BigramModel) -> Iterator[Llama]:
    """Its logits are known: a row of a matrix for each token."""
    with Llama(bigram.path, n_ctx=512, **EXACT) as llm:
        yield llm

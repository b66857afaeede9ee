"""The Llamas that most tests here use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llamacffi import Llama
from tests.models import BigramModel, ScriptedModel, write_color_projector, write_llama
from tests.models.colors import rows_of
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


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that says gibberish of what it sees: there is a projector beside it."""
    folder = tmp_path_factory.mktemp("seeing")
    path = write_llama(folder / "tiny.gguf")
    write_color_projector(folder / "mmproj-tiny.gguf", rows_of(path))
    return path


@pytest.fixture(scope="module")
def seeing_llm(seeing: Path) -> Iterator[Llama]:
    """It sees a picture of one colour as the embedding of the colour's token."""
    with Llama(seeing, n_ctx=1024, **EXACT) as llm:
        yield llm

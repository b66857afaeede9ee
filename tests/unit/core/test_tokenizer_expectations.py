"""What the original tokenizers gave: llama.cpp ships their answers beside its vocabularies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.shipped import SHIPPED, cases, shipped_vocab


@pytest.mark.parametrize("name", SHIPPED)
def test_the_tokens_are_those_of_the_original(llama_cpp: Path, name: str) -> None:
    vocab = shipped_vocab(llama_cpp, name)
    expected = cases(llama_cpp, name)
    texts = [text for text, _ in expected]
    assert [vocab.tokenize(text, add_special=False) for text in texts] == [tokens for _, tokens in expected]
    assert vocab.tokenize_batch(texts, add_special=False) == [tokens for _, tokens in expected]


def test_none_is_left_out(llama_cpp: Path) -> None:
    files = {path.stem.removeprefix("ggml-vocab-") for path in (llama_cpp / "models").glob("ggml-vocab-*.gguf")}
    assert files == set(SHIPPED)
    counts = {name: len(cases(llama_cpp, name)) for name in SHIPPED}
    assert len([count for count in counts.values() if count]) == 15
    assert sum(counts.values()) == 708

"""What calls give is what the types say."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from llamacffi import Llama
from llamacffi.llama import types
from tests.models import BigramModel


def checked(kind: Any, value: Any) -> None:
    """Raise ValidationError for a value that is not of a kind, or has keys that the kind has not."""
    adapter = pydantic.TypeAdapter(kind)
    assert adapter.validate_python(value, strict=True) == value  # what is not of the kind would be left out


def test_the_kinds_are_those_that_pydantic_takes() -> None:
    kinds = [getattr(types, name) for name in types.__all__]
    dicts = [kind for kind in kinds if hasattr(kind, "__required_keys__")]
    assert len(dicts) > 40
    for kind in kinds:
        pydantic.TypeAdapter(kind)


@pytest.mark.parametrize(
    "options", [{}, {"logprobs": 2}, {"logprobs": 2, "echo": True}, {"n": 2, "best_of": 3}], ids=str
)
def test_completions(bigram_llm: Llama, bigram: BigramModel, options: dict[str, Any]) -> None:
    checked(types.CreateCompletionResponse, bigram_llm("the", max_tokens=4, **options))
    if "best_of" not in options:
        usage: Any = {"include_usage": True}
        for part in bigram_llm("the", max_tokens=4, stream=True, stream_options=usage, **options):
            checked(types.CreateCompletionStreamResponse, part)


def test_conversations(bigram_llm: Llama) -> None:
    messages = [{"role": "user", "content": "the"}]
    for options in ({}, {"logprobs": True, "top_logprobs": 2}):
        given: Any = options
        checked(types.CreateChatCompletionResponse, bigram_llm.create_chat_completion(messages, max_tokens=4, **given))
        for part in bigram_llm.create_chat_completion(messages, max_tokens=4, stream=True, **given):
            checked(types.CreateChatCompletionStreamResponse, part)


def test_vectors(bigram_llm: Llama) -> None:
    checked(types.CreateEmbeddingResponse, bigram_llm.create_embedding(["the", "llama"]))


def test_a_key_too_many_is_seen() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "more": 4}
    with pytest.raises(AssertionError):
        checked(types.CompletionUsage, usage)

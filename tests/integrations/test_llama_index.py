"""llama-index-llms-llama-cpp."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integrations.wanted import ANSWER, MARKS, PROMPT, wanted

wanted("llama_index.llms.llama_cpp", "llama-index-llms-llama-cpp")
pytestmark = MARKS


@pytest.fixture(scope="module")
def llm(model_path: str) -> Any:
    from llama_index.llms.llama_cpp import LlamaCPP

    same = {"type_k": 0, "type_v": 0, "flash_attn": False, "n_threads": 1}
    return LlamaCPP(
        model_path=model_path, temperature=0.0, max_new_tokens=12, context_window=512, verbose=False, model_kwargs=same
    )


def test_a_completion_and_its_stream(llm: Any) -> None:
    assert llm.complete(PROMPT).text == ANSWER
    parts = list(llm.stream_complete(PROMPT))
    assert "".join(part.delta for part in parts) == ANSWER
    assert parts[-1].text == ANSWER


def test_what_it_says_of_the_model(llm: Any, model_path: str) -> None:
    assert llm.metadata.context_window == 512
    assert llm.metadata.model_name == model_path


def test_a_chat(llm: Any) -> None:
    from llama_index.core.llms import ChatMessage

    said = llm.chat([ChatMessage(role="user", content="Say hello.")])
    assert said.message.role == "assistant"
    assert said.message.content
    streamed = list(llm.stream_chat([ChatMessage(role="user", content="Say hello.")]))
    assert streamed[-1].message.content == said.message.content

"""litellm: completion, text_completion, embedding, and its errors."""

from __future__ import annotations

from typing import Any

import pytest

from llamacffi import Llama
from tests.integrations.wanted import MARKS, wanted
from tests.server.clients.said import PROMPT, QUESTION, TOOL, answer_to, text_after

wanted("litellm", "litellm")
pytestmark = MARKS

USER = [{"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def litellm() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it asks the network for prices
        import litellm

        yield litellm


@pytest.fixture(scope="module")
def made(url: str) -> dict[str, Any]:
    return {"api_base": url, "api_key": "none", "temperature": 0, "num_retries": 0}


def test_chat(litellm: Any, made: Any, llm: Llama) -> None:
    said = litellm.completion(model="openai/smollm2", messages=USER, max_tokens=8, **made)
    assert said.choices[0].message.content == answer_to(llm, 8)
    assert said.usage.completion_tokens == 8
    parts = litellm.completion(model="openai/smollm2", messages=USER, max_tokens=8, stream=True, **made)
    assert "".join(part.choices[0].delta.content or "" for part in parts) == answer_to(llm, 8)


def test_tools(litellm: Any, made: Any) -> None:
    named = {"type": "function", "function": {"name": "weather"}}
    said = litellm.completion(model="openai/smollm2", messages=USER, tools=[TOOL], tool_choice=named, **made)
    assert [call.function.name for call in said.choices[0].message.tool_calls] == ["weather"]


def test_text(litellm: Any, made: Any, llm: Llama) -> None:
    said = litellm.text_completion(
        model="text-completion-openai/smollm2", prompt=PROMPT, max_tokens=6, echo=True, logprobs=1, **made
    )
    assert said.choices[0].text == PROMPT + text_after(llm, 6)
    assert "".join(said.choices[0].logprobs.tokens) == said.choices[0].text


def test_embeddings(litellm: Any, url: str) -> None:
    told = litellm.embedding(model="openai/smollm2", input=["a", "b"], api_base=url, api_key="none")
    assert [len(one["embedding"]) for one in told.data] == [576, 576]


def test_errors(litellm: Any, made: Any) -> None:
    with pytest.raises(litellm.BadRequestError, match="exceed the context window"):
        litellm.completion(model="openai/smollm2", messages=[{"role": "user", "content": "a " * 5000}], **made)

"""langchain-openai's ChatOpenAI, OpenAI and OpenAIEmbeddings."""

from __future__ import annotations

from typing import Any

import pytest

from llamacffi import Llama
from tests.integrations.wanted import MARKS, wanted
from tests.server.clients.said import PROMPT, QUESTION, TOOL, City, answer_to, text_after

wanted("langchain_openai", "langchain-openai")
pytestmark = MARKS


@pytest.fixture(scope="module")
def made(url: str) -> Any:
    return {"base_url": url, "api_key": "none", "model": "smollm2", "temperature": 0, "max_retries": 0}


def test_chat(made: Any, llm: Llama) -> None:
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(**made, max_tokens=8)
    said = chat.invoke(QUESTION)
    assert said.content == answer_to(llm, 8)
    assert said.usage_metadata["output_tokens"] == 8
    assert "".join(str(part.content) for part in chat.stream(QUESTION)) == answer_to(llm, 8)
    assert [one.content for one in chat.batch([QUESTION, QUESTION])] == [answer_to(llm, 8)] * 2
    told = ChatOpenAI(**made, max_tokens=2, logprobs=True, top_logprobs=2).invoke(QUESTION)
    assert len(told.response_metadata["logprobs"]["content"]) == 2


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_a_structured_answer(made: Any, method: Any) -> None:
    from langchain_openai import ChatOpenAI

    assert isinstance(ChatOpenAI(**made).with_structured_output(City, method=method).invoke(QUESTION), City)


def test_tools(made: Any) -> None:
    from langchain_openai import ChatOpenAI

    chat = ChatOpenAI(**made).bind_tools([TOOL], tool_choice="weather")
    (call,) = chat.invoke(QUESTION).tool_calls
    assert call["name"] == "weather"
    parts = [chunk for part in chat.stream(QUESTION) for chunk in part.tool_call_chunks]
    assert call["args"]["city"] in "".join(part["args"] or "" for part in parts)


def test_text(made: Any, llm: Llama) -> None:
    from langchain_openai import OpenAI

    text = OpenAI(**made, max_tokens=6)
    assert text.invoke(PROMPT) == text_after(llm, 6)
    assert "".join(text.stream(PROMPT)) == text_after(llm, 6)
    # Prompts go together, and each has its n answers.
    several = OpenAI(**made, max_tokens=6, n=2, best_of=2).generate([PROMPT, PROMPT])
    assert [[one.text for one in each] for each in several.generations] == [[text_after(llm, 6)] * 2] * 2


def test_embeddings(made: Any) -> None:
    from langchain_openai import OpenAIEmbeddings

    embeddings = OpenAIEmbeddings(
        base_url=made["base_url"], api_key=made["api_key"], model="smollm2", check_embedding_ctx_length=False
    )
    one, (first, second) = embeddings.embed_query("a"), embeddings.embed_documents(["a", "b"])
    assert one == pytest.approx(first, abs=1e-6)
    assert first != pytest.approx(second, abs=1e-3)

"""langchain-community's LlamaCpp, ChatLlamaCpp and LlamaCppEmbeddings."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Model, embed
from tests.integrations.wanted import ANSWER, MARKS, PROMPT, wanted
from tests.models import write_bert

wanted("langchain_community", "langchain-community")
pytestmark = MARKS

WEATHER = {
    "title": "weather",
    "description": "Tell the weather.",
    "type": "object",
    "properties": {"city": {"type": "string"}, "celsius": {"type": "integer"}},
    "required": ["city", "celsius"],
}
NAMED = {"type": "function", "function": {"name": "weather"}}


@pytest.fixture(scope="module")
def llm(model_path: str) -> Any:
    from langchain_community.llms import LlamaCpp

    same = {"type_k": 0, "type_v": 0, "flash_attn": False}
    # These are the model's own; LangChain's default for the base is another model's.
    rope = {"rope_freq_base": 0.0, "rope_freq_scale": 0.0}
    return LlamaCpp(
        model_path=model_path,
        n_ctx=512,
        n_batch=256,
        temperature=0,
        max_tokens=12,
        n_threads=1,
        repeat_penalty=1.0,
        model_kwargs=same,
        **rope,
    )


@pytest.fixture(scope="module")
def chat(model_path: str) -> Any:
    from langchain_community.chat_models import ChatLlamaCpp

    rope = {"rope_freq_base": 0.0, "rope_freq_scale": 0.0}
    return ChatLlamaCpp(model_path=model_path, n_ctx=512, temperature=0, max_tokens=48, n_threads=1, **rope)


def test_a_completion(llm: Any) -> None:
    assert llm.invoke(PROMPT) == ANSWER
    assert llm.generate([PROMPT, PROMPT]).generations[1][0].text == ANSWER
    assert llm.get_num_tokens("by the sea") == 3


def test_a_stream_stops(llm: Any) -> None:
    assert "".join(llm.stream(PROMPT, stop=["."])) == ANSWER.partition(".")[0]


def test_a_grammar(model_path: str) -> None:
    from langchain_community.llms import LlamaCpp

    held = LlamaCpp(model_path=model_path, n_ctx=128, max_tokens=4, grammar='root ::= " yes" | " no"')
    assert held.invoke("Is the sea blue? Answer:") in (" yes", " no")


def test_a_chat_and_its_stream(chat: Any) -> None:
    messages = [("system", "You are brief."), ("user", "Say hello.")]
    said = chat.invoke(messages)
    assert said.response_metadata["finish_reason"] == "stop"
    assert said.content
    assert "".join(part.content for part in chat.stream(messages)) == said.content


def test_a_named_tool(chat: Any) -> None:
    bound = chat.bind_tools(
        [{"type": "function", "function": {**WEATHER, "name": "weather", "parameters": WEATHER}}], tool_choice=NAMED
    )
    (call,) = bound.invoke([("user", "What is the weather in Paris?")]).tool_calls
    assert call["name"] == "weather"
    assert set(call["args"]) == {"city", "celsius"}


def test_structured_output(chat: Any) -> None:
    made = chat.with_structured_output(WEATHER).invoke("What is the weather in Paris?")
    assert isinstance(made["celsius"], int)
    assert json.loads(json.dumps(made)) == made


def test_asyncio(llm: Any) -> None:
    assert asyncio.run(llm.ainvoke(PROMPT)) == ANSWER


def test_embeddings(tmp_path: Path) -> None:
    """Of an encoder with mean pooling, held against core's own."""
    from langchain_community.embeddings import LlamaCppEmbeddings

    texts = ["the cat", "the dog and the cat"]
    path = write_bert(tmp_path / "bert.gguf")
    made = LlamaCppEmbeddings(model_path=str(path), n_ctx=64, n_batch=64)
    with Model(path) as model:
        expected = embed(model, texts, normalize=None)
    np.testing.assert_allclose(made.embed_documents(texts), expected, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(made.embed_query(texts[0]), expected[0], rtol=1e-3, atol=1e-4)


def test_embeddings_of_tokens(model_path: str) -> None:
    """A model without pooling gives one vector a token, three and two here, as the original does."""
    from langchain_community.embeddings import LlamaCppEmbeddings

    made = LlamaCppEmbeddings(model_path=model_path, n_ctx=512)
    assert np.shape(made.embed_documents(["by the sea", "a village"])) == (5, 576)

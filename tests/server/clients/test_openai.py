"""OpenAI's package for Python: chat, parse, tools, completions, embeddings, models, errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from llamacffi import Llama
from tests.server.clients.said import PROMPT, QUESTION, TOOL, City, answer_to, text_after

openai = pytest.importorskip("openai")
pytestmark = pytest.mark.model

USER: list[Any] = [{"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Any]:
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        yield client


def test_chat(client: Any, llm: Llama) -> None:
    said = client.chat.completions.create(model="any", messages=USER, temperature=0, max_completion_tokens=6)
    assert said.choices[0].message.content == answer_to(llm, 6)
    assert said.usage.completion_tokens == 6
    # Its helper takes no answer that was cut off.
    stop = answer_to(llm, 6).split()[-1]
    with client.chat.completions.stream(
        model="any", messages=USER, temperature=0, stop=stop, stream_options={"include_usage": True}
    ) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion()
    assert final.choices[0].message.content == answer_to(llm, 6).partition(stop)[0]
    assert final.usage.completion_tokens > 0
    assert {"chunk", "content.delta", "content.done"} <= set(kinds)


def test_chat_for_asyncio(url: str, llm: Llama) -> None:
    async def ask() -> list[str]:
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
            one = client.chat.completions.create(model="any", messages=USER, temperature=0, max_tokens=8)
            said = await asyncio.gather(
                one,
                *(
                    client.chat.completions.create(model="any", messages=USER, temperature=0, max_tokens=8)
                    for _ in range(5)
                ),
            )
            return [each.choices[0].message.content for each in said]

    assert asyncio.run(ask()) == [answer_to(llm, 8)] * 6


def test_parse(client: Any) -> None:
    said = client.chat.completions.parse(model="any", messages=USER, temperature=0, response_format=City)
    assert isinstance(said.choices[0].message.parsed, City)
    with client.chat.completions.stream(model="any", messages=USER, temperature=0, response_format=City) as stream:
        done = [event for event in stream if event.type == "content.done"]
    assert isinstance(done[0].parsed, City)


def test_tools(client: Any) -> None:
    choices: list[Any] = ["required", {"type": "function", "function": {"name": "weather"}}]
    for choice in choices:
        said = client.chat.completions.create(
            model="any", messages=USER, temperature=0, tools=[TOOL], tool_choice=choice, parallel_tool_calls=False
        )
        (call,) = said.choices[0].message.tool_calls
        assert call.function.name == "weather"
        assert json.loads(call.function.arguments)["city"] in ("Rome", "Bern")
    strict = openai.pydantic_function_tool(City)
    parsed = client.chat.completions.parse(
        model="any", messages=USER, temperature=0, tools=[strict], tool_choice="required", parallel_tool_calls=False
    )
    assert isinstance(parsed.choices[0].message.tool_calls[0].function.parsed_arguments, City)
    after = [*USER, parsed.choices[0].message, {"role": "tool", "tool_call_id": "a", "content": "sunny"}]
    assert client.chat.completions.create(model="any", messages=after, max_tokens=4).choices[0].message.content


def test_completions(client: Any, llm: Llama) -> None:
    said = client.completions.create(
        model="any", prompt=[PROMPT, PROMPT], temperature=0, max_tokens=6, echo=True, logprobs=2
    )
    assert [one.text for one in said.choices] == [PROMPT + text_after(llm, 6)] * 2
    assert sum(said.choices[0].logprobs.token_logprobs[-6:]) == pytest.approx(
        llm.score(text_after(llm, 6), prompt=PROMPT),
        abs=0.5,  # of six tokens, in other batches
    )
    stream = client.completions.create(model="any", prompt=[PROMPT, PROMPT], temperature=0, max_tokens=6, stream=True)
    texts = ["", ""]
    for part in stream:
        texts[part.choices[0].index] += part.choices[0].text
    assert texts == [text_after(llm, 6)] * 2


def test_embeddings(client: Any) -> None:
    # The client asks for base64 of itself.
    by_default = client.embeddings.create(model="any", input=["a", "b"])
    as_floats = client.embeddings.create(model="any", input=["a", "b"], encoding_format="float", dimensions=8)
    whole = np.array([one.embedding for one in by_default.data])
    first = whole[:, :8] / np.linalg.norm(whole[:, :8], axis=1, keepdims=True)
    assert np.array([one.embedding for one in as_floats.data]) == pytest.approx(first, abs=1e-6)


def test_models(client: Any) -> None:
    assert [one.id for one in client.models.list()] == ["smollm2"]
    assert client.models.retrieve("smollm2").owned_by == "llamacffi"
    with pytest.raises(openai.NotFoundError, match="there is no model 'gpt-4o'"):
        client.models.retrieve("gpt-4o")


def test_errors(client: Any) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="any", messages=[])
    assert (refused.value.param, refused.value.type) == ("messages", "invalid_request_error")
    with pytest.raises(openai.BadRequestError) as too_long:
        client.completions.create(model="any", prompt="a " * 5000, stream=True)
    assert too_long.value.body["n_ctx"] == 2048

"""The clients with a real model, where the words matter: what an answer is held to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.server.protocols.serving import serving

pytestmark = pytest.mark.model
openai = pytest.importorskip("openai")
anthropic = pytest.importorskip("anthropic")
ollama = pytest.importorskip("ollama")
pydantic = pytest.importorskip("pydantic")

LOOK = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
    "required": ["city"],
    "additionalProperties": False,
}
SIZE = {"type": "object", "properties": {"size": {"enum": ["small", "large"]}}, "required": ["size"]}


class City(pydantic.BaseModel):  # type: ignore[misc, name-defined]
    """What an answer is read as."""

    name: str = pydantic.Field(max_length=12)
    size: Literal["small", "large"]


@pytest.fixture(scope="module")
def address(default_model: Path) -> Iterator[str]:
    with serving({"smollm2": default_model}, n_ctx=2048) as address:
        yield address


def test_responses_are_parsed(address: str) -> None:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        parsed = client.responses.parse(model="any", input="Name a city.", temperature=0, text_format=City)
        assert isinstance(parsed.output_parsed, City)
        with client.responses.stream(model="any", input="Name a city.", temperature=0, text_format=City) as stream:
            done = [event for event in stream if event.type == "response.output_text.done"]
            assert isinstance(done[0].parsed, City)
            assert isinstance(stream.get_final_response().output_parsed, City)
        look = {"type": "function", "name": "look", "parameters": LOOK, "strict": True}
        other = {"type": "function", "name": "other", "parameters": SIZE, "strict": True}
        choices: list[Any] = ["required", {"type": "function", "name": "look"}]
        for choice in choices:
            called = client.responses.create(
                model="any", input="Paris?", temperature=0, tools=[look, other], tool_choice=choice
            )
            call = next(item for item in called.output if item.type == "function_call")
            arguments = json.loads(call.arguments)
            assert call.name == "look" or choice == "required"
            assert arguments.get("city") in ("Paris", "Rome") or arguments.get("size") in ("small", "large")


def test_a_conversation_is_remembered(address: str) -> None:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        first = client.responses.create(model="any", input="My name is Rumpelstiltskin. Hello!", temperature=0)
        again = client.responses.create(
            model="any", input="What is my name?", previous_response_id=first.id, temperature=0, max_output_tokens=30
        )
        assert again.usage.input_tokens > first.usage.total_tokens
        assert again.usage.input_tokens_details.cached_tokens > first.usage.input_tokens // 2


def test_messages_call_the_tool_that_is_named(address: str) -> None:
    with anthropic.Anthropic(base_url=address, api_key="none", max_retries=0) as client:
        asked: dict[str, Any] = {
            "model": "any",
            "max_tokens": 100,
            "messages": [{"role": "user", "content": "How is it in Paris?"}],
            "tools": [{"name": "look", "input_schema": LOOK}, {"name": "other", "input_schema": SIZE}],
            "tool_choice": {"type": "tool", "name": "look"},
            "extra_body": {"temperature": 0},
        }
        whole = client.messages.create(**asked)
        with client.messages.stream(**asked) as stream:
            streamed = stream.get_final_message()
        for message in (whole, streamed):
            assert message.stop_reason == "tool_use"
            assert message.content[-1].name == "look"
            assert message.content[-1].input["city"] in ("Paris", "Rome")


def test_an_answer_goes_on_from_its_beginning(address: str) -> None:
    with anthropic.Anthropic(base_url=address, api_key="none", max_retries=0) as client:
        user = {"role": "user", "content": "What is the capital of France?"}
        begun = {"role": "assistant", "content": "The capital of France is"}
        message = client.messages.create(
            model="any", max_tokens=6, messages=[user, begun], extra_body={"temperature": 0}
        )
        assert message.content[0].text.strip().startswith("Paris")


def test_ollama_holds_to_a_format(address: str) -> None:
    with ollama.Client(host=address) as client:
        asked = [{"role": "user", "content": "How large is Paris? Answer in JSON."}]
        options = {"temperature": 0, "num_predict": 60}
        formed = client.chat("any", asked, format=SIZE, options=options).message.content
        assert json.loads(formed)["size"] in ("small", "large")
        generated = client.generate("any", "How large is Paris?", format=SIZE, options=options).response
        assert json.loads(generated)["size"] in ("small", "large")
        vectors = client.embed("any", ["The cat sat.", "A cat was sitting.", "Stocks fell."]).embeddings
        assert [len(vector) for vector in vectors] == [576] * 3
        (listed,) = client.list().models
        assert (listed.details.parameter_size, listed.details.quantization_level) == ("134.52M", "Q4_1")

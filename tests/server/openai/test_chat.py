"""Chat completions, judged by the types of OpenAI's package."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.capabilities import needs
from tests.conftest import SCRIPT
from tests.models import BigramModel
from tests.server.openai.asked import Asked
from tests.server.openai.judged import dicts, events, judged
from tests.server.protocols.said import ARGUMENTS, TEXT, THOUGHT, WEATHER

pytestmark = needs("llama-common's chat code")
types = pytest.importorskip("openai.types.chat")

TOOLS = [{"type": "function", "function": WEATHER}]
NAMED = {"type": "function", "function": {"name": "weather"}}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/chat/completions"])
def test_an_answer(script: Asked, path: str) -> None:
    answer = script.post(path, messages=[{"role": "user", "content": "a"}], temperature=0, model="gpt-4o")
    said = judged(types.ChatCompletion, answer.text)
    assert answer.headers["content-type"] == "application/json"
    assert (said.model, said.choices[0].message.content, said.choices[0].finish_reason) == ("script", SCRIPT, "stop")
    assert said.system_fingerprint
    n_prompt = len(script.llm.tokenize("<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n", special=True))
    assert said.usage.prompt_tokens == n_prompt
    assert said.usage.total_tokens == n_prompt + said.usage.completion_tokens


def test_what_was_cached_is_told(tiny: Asked) -> None:
    first = tiny.chat("the same words again", max_tokens=1).json()
    second = tiny.chat("the same words again", max_tokens=1).json()
    apart = tiny.chat("the same words again", max_tokens=1, cache_prompt=False).json()
    n_prompt = first["usage"]["prompt_tokens"]
    # The last token of a prompt is always decoded: its logits are wanted.
    assert second["usage"]["prompt_tokens_details"] == {"cached_tokens": n_prompt - 1}
    assert (second["timings"]["cache_n"], second["timings"]["prompt_n"]) == (n_prompt - 1, 1)
    assert apart["usage"]["prompt_tokens_details"] == {"cached_tokens": 0}
    assert apart["timings"]["prompt_ms"] > 0


def test_a_stream(script: Asked) -> None:
    answer = script.chat(stream=True)
    assert answer.headers["content-type"].startswith("text/event-stream")
    parts = events(types.ChatCompletionChunk, answer.text)
    assert parts[0].choices[0].delta.role == "assistant"
    assert "".join(part.choices[0].delta.content or "" for part in parts) == SCRIPT
    assert [part.choices[0].finish_reason for part in parts] == [None] * (len(parts) - 1) + ["stop"]
    assert len({part.id for part in parts}) == 1
    assert all(part.usage is None for part in parts)
    assert dicts(answer.text)[-1]["timings"]["predicted_n"] == script.chat().json()["usage"]["completion_tokens"]


def test_a_stream_with_its_usage(script: Asked) -> None:
    answer = script.chat(stream=True, stream_options={"include_usage": True, "include_obfuscation": False})
    *parts, last = events(types.ChatCompletionChunk, answer.text)
    assert last.choices == []
    whole = script.chat().json()["usage"]
    told = last.usage.model_dump(exclude_none=True)
    assert {**told, "prompt_tokens_details": None} == {**whole, "prompt_tokens_details": None}
    assert all(part.usage is None for part in parts)


def test_more_answers_than_there_are_slots(tiny: Asked) -> None:
    whole = judged(types.ChatCompletion, tiny.chat(n=5, max_tokens=4, temperature=1, seed=3).text)
    assert [choice.index for choice in whole.choices] == [0, 1, 2, 3, 4]
    texts = [choice.message.content for choice in whole.choices]
    assert len(set(texts)) > 1
    assert [
        tiny.chat(max_tokens=4, temperature=1, seed=3 + i).json()["choices"][0]["message"]["content"] for i in range(5)
    ] == texts
    parts = events(types.ChatCompletionChunk, tiny.chat(n=5, max_tokens=4, temperature=1, seed=3, stream=True).text)
    for i, text in enumerate(texts):
        deltas = [one.delta.content or "" for part in parts for one in part.choices if one.index == i]
        assert "".join(deltas) == text
    assert whole.usage.completion_tokens == 20


def test_logprobs_are_the_models(table: Asked, bigram: BigramModel) -> None:
    answer = table.chat(max_tokens=3, logprobs=True, top_logprobs=2)
    told = judged(types.ChatCompletion, answer.text).choices[0].logprobs.content
    token = table.llm.tokenize(b"<|im_start|>assistant\n", add_bos=False, special=True)[-1]
    assert len(told) == 3
    for one in told:
        row = bigram.logits[token].astype(np.float64)
        expected = row - np.log(np.exp(row).sum())
        best = np.argsort(-expected)[:2]
        assert one.logprob == pytest.approx(expected[best[0]], abs=1e-4)
        assert [top.logprob for top in one.top_logprobs] == pytest.approx(expected[best], abs=1e-4)
        assert bytes(one.bytes) == bytes(one.top_logprobs[0].bytes)
        token = int(best[0])
    streamed = events(
        types.ChatCompletionChunk, table.chat(max_tokens=3, logprobs=True, top_logprobs=2, stream=True).text
    )
    parts = [one for part in streamed if part.choices[0].logprobs for one in part.choices[0].logprobs.content]
    assert [one.logprob for one in parts] == [one.logprob for one in told]
    by_llamas_name = table.chat(max_tokens=3, n_probs=2).json()["choices"][0]["logprobs"]["content"]
    assert [one["logprob"] for one in by_llamas_name] == [one.logprob for one in told]


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens", "n_predict"])
def test_limits(script: Asked, name: str) -> None:
    limit: dict[str, Any] = {name: 3}
    said = script.chat(**limit).json()
    assert (said["usage"]["completion_tokens"], said["choices"][0]["finish_reason"]) == (3, "length")


def test_stop_texts(script: Asked) -> None:
    said = script.chat(stop=["STOP"]).json()["choices"][0]
    assert (said["message"]["content"], said["finish_reason"]) == (SCRIPT.partition("STOP")[0], "stop")


@pytest.mark.parametrize("bias", [{"TOKEN": -100}, [["TOKEN", False]], {"TOKEN": False}])
def test_logit_bias(table: Asked, bigram: BigramModel, bias: Any) -> None:
    token = table.llm.tokenize(b"<|im_start|>assistant\n", add_bos=False, special=True)[-1]
    best, second = np.argsort(-bigram.logits[token])[:2]
    text = json.dumps(bias).replace('"TOKEN"', f'"{best}"' if isinstance(bias, dict) else str(best))
    told = table.chat(max_tokens=1, logprobs=True, logit_bias=json.loads(text)).json()["choices"][0]["logprobs"][
        "content"
    ]
    piece = table.llm.vocab.piece(int(second), special=True)
    assert bytes(told[0]["bytes"]) == piece


def test_thoughts_text_and_a_call(thinker: Asked) -> None:
    said = judged(types.ChatCompletion, thinker.chat(tools=TOOLS).text)
    (choice,) = said.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.reasoning_content == THOUGHT
    assert choice.message.content.strip() == TEXT.strip()
    (call,) = choice.message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", ARGUMENTS)
    plain = thinker.chat(tools=TOOLS, reasoning_format="none").json()["choices"][0]["message"]
    assert plain["content"].startswith("<think>")


def test_a_call_streams(thinker: Asked) -> None:
    parts = events(types.ChatCompletionChunk, thinker.chat(tools=TOOLS, stream=True).text)
    calls = [call for part in parts for call in part.choices[0].delta.tool_calls or ()]
    assert calls[0].id
    assert calls[0].function.name == "weather"
    assert all(call.id is None and call.function.name is None for call in calls[1:])
    assert json.loads("".join(call.function.arguments for call in calls)) == ARGUMENTS
    assert parts[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_that_is_named_is_called(tiny: Asked, *, stream: bool) -> None:
    held = {"type": "object", "properties": {"city": {"enum": ["Bern"]}}, "required": ["city"]}
    tools = [
        {"type": "function", "function": {**WEATHER, "name": name, "parameters": held}} for name in ("a", "weather")
    ]
    answer = tiny.chat(tools=tools, tool_choice=NAMED, stream=stream, temperature=1, seed=1)
    if stream:
        parts = events(types.ChatCompletionChunk, answer.text)
        calls = [call for part in parts for call in part.choices[0].delta.tool_calls or ()]
        name, arguments = calls[0].function.name, "".join(call.function.arguments for call in calls)
        assert all(part.choices[0].delta.function_call is None for part in parts)
    else:
        message = judged(types.ChatCompletion, answer.text).choices[0].message
        assert message.function_call is None
        (call,) = message.tool_calls
        name, arguments = call.function.name, call.function.arguments
    assert (name, json.loads(arguments)) == ("weather", {"city": "Bern"})


def test_allowed_tools(tiny: Asked) -> None:
    allowed = {"mode": "required", "tools": [NAMED]}
    held = {"type": "object", "properties": {}, "additionalProperties": False}
    tools = [{"type": "function", "function": {"name": name, "parameters": held}} for name in ("a", "weather")]
    choice = {"type": "allowed_tools", "allowed_tools": allowed}
    message = tiny.chat(tools=tools, tool_choice=choice, temperature=1, seed=1, parallel_tool_calls=False).json()[
        "choices"
    ][0]["message"]
    assert [call["function"]["name"] for call in message["tool_calls"]] == ["weather"]


def test_functions_are_answered_with_a_function_call(thinker: Asked) -> None:
    said = judged(types.ChatCompletion, thinker.chat(functions=[WEATHER]).text).choices[0]
    assert said.finish_reason == "function_call"
    assert (said.message.function_call.name, said.message.tool_calls) == ("weather", None)
    parts = events(types.ChatCompletionChunk, thinker.chat(functions=[WEATHER], stream=True).text)
    calls = [part.choices[0].delta.function_call for part in parts if part.choices[0].delta.function_call]
    assert json.loads("".join(call.arguments for call in calls)) == ARGUMENTS


@pytest.mark.parametrize(
    "held",
    [
        {"response_format": {"type": "json_schema", "json_schema": {"name": "c", "schema": {"enum": ["Bern"]}}}},
        {"response_format": {"type": "json_object", "schema": {"enum": ["Bern"]}}},
        {"json_schema": {"enum": ["Bern"]}},
        {"grammar": 'root ::= "\\"Bern\\""'},
    ],
)
def test_an_answer_is_held_to_a_form(tiny: Asked, held: Any) -> None:
    said = tiny.chat(**held, temperature=1, seed=1).json()["choices"][0]
    assert (said["message"]["content"], said["finish_reason"]) == ('"Bern"', "stop")


def test_a_text_that_was_begun_goes_on(tiny: Asked) -> None:
    begun = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "the be"}]
    said = tiny.chat(messages=begun, max_tokens=6).json()
    prompt = "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\nthe be"
    expected = tiny.llm.create_completion(prompt, max_tokens=6, temperature=0)["choices"][0]["text"]
    assert said["choices"][0]["message"]["content"] == expected
    explicit = tiny.chat(messages=begun, max_tokens=6, continue_final_message=True, add_generation_prompt=False).json()
    assert explicit["choices"][0]["message"]["content"] == expected
    anew = tiny.chat(messages=begun, max_tokens=6, continue_final_message=False).json()
    assert anew["usage"]["prompt_tokens"] > said["usage"]["prompt_tokens"]


def test_without_the_beginning_of_an_answer(tiny: Asked) -> None:
    n_with = tiny.chat(max_tokens=1).json()["usage"]["prompt_tokens"]
    n_without = tiny.chat(max_tokens=1, add_generation_prompt=False).json()["usage"]["prompt_tokens"]
    begins = tiny.llm.tokenize("<|im_start|>assistant\n", add_bos=False, special=True)
    assert n_with - n_without == len(begins)


def test_no_effort_is_no_thoughts(thinker: Asked) -> None:
    n_thinking = thinker.chat(max_tokens=1).json()["usage"]["prompt_tokens"]
    for said in (
        {"reasoning_effort": "none"},
        {"chat_template_kwargs": {"enable_thinking": False}},
        {"enable_thinking": False},
    ):
        # The template writes the thoughts that are not wanted, empty, into the prompt.
        assert thinker.chat(max_tokens=1, **said).json()["usage"]["prompt_tokens"] > n_thinking


@pytest.mark.parametrize("name", ["reasoning_budget_tokens", "thinking_budget_tokens"])
def test_thoughts_have_a_budget(thinker: Asked, name: str) -> None:
    from llamacffi.server.openai.chat import chat_of
    from llamacffi.server.schemas.chat import ChatRequest

    fields = {"messages": [{"role": "user", "content": "a"}], name: 7}
    served = thinker.client.app.state.server.models.cards()[0].served  # type: ignore[attr-defined]  # it is a FastAPI
    (request,) = chat_of(ChatRequest.model_validate(fields), served, "salt").requests
    budget = request.params.reasoning_budget
    assert budget is not None
    assert (budget.budget, budget.start, request.cache_salt) == (7, "<think>", "salt")

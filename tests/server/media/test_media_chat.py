"""Pictures and sound in OpenAI's chat completions: an answer to a colour is the answer to its word."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.capabilities import needs
from tests.models.colors import noise, plain
from tests.server.media.seer import GREEDY, Seer, base64_of, image_url, sound, sound_part, user
from tests.server.protocols.said import WEATHER

pytestmark = [needs("llama-common's chat code"), needs("mtmd's parts")]
RED, BLUE = plain("red"), plain("blue")


def said(answer: Any) -> str:
    assert answer.status_code == 200, answer.text
    text: str = answer.json()["choices"][0]["message"]["content"]
    return text


@pytest.mark.parametrize("color", ["red", "green", "blue"])
def test_a_colour_is_its_word(seer: Seer, color: str) -> None:
    messages = user("What is ", plain(color), " called?")
    answer = seer.chat(messages)
    assert said(answer) == seer.told(messages, color)
    assert answer.json()["usage"]["prompt_tokens"] == len(seer.ids(messages))
    assert said(answer) != seer.told(messages, "green" if color == "red" else "red")


@pytest.mark.parametrize(
    "part",
    [
        image_url(RED, detail="high"),
        {"type": "image_url", "image_url": RED.data_uri},
        {"type": "image_url", "image_url": {"url": base64_of(RED)}},  # llama-server takes it so
        {"type": "input_image", "image_url": RED.data_uri},
        {"type": "image", "image": RED.data_uri},
    ],
)
def test_each_way_to_say_it(seer: Seer, part: dict[str, Any]) -> None:
    assert said(seer.chat(user("a ", part, " b"))) == seer.told(user("a ", RED, " b"), "red")


def test_a_stream_says_the_same(seer: Seer) -> None:
    messages = user(RED, "and", BLUE)
    text = seer.chat(messages, stream=True, stream_options={"include_usage": True}).text
    parts = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    told = "".join(choice["delta"].get("content") or "" for part in parts for choice in part["choices"])
    assert told == seer.told(messages, "red", "blue")
    assert parts[-1]["usage"]["prompt_tokens"] == len(seer.ids(messages))


def test_over_several_turns(seer: Seer) -> None:
    first = user("one ", RED)
    answer = said(seer.chat(first))
    second = [*first, {"role": "assistant", "content": answer}, *user("two ", BLUE, RED)]
    again = seer.chat(second)
    assert said(again) == seer.told(second, "red", "blue", "red")
    assert again.json()["usage"]["prompt_tokens_details"]["cached_tokens"] >= len(seer.ids(first)) - 8


def test_the_same_picture_is_encoded_once(viewer: Seer) -> None:
    messages = user("What is ", noise(1), "?")
    before = viewer.llm.model.projector.n_encoded
    first = viewer.chat(messages)
    second = viewer.chat(messages)
    other = viewer.chat(user("And what is ", noise(1), "?"))
    assert said(first) == said(second)
    assert other.status_code == 200
    assert viewer.llm.model.projector.n_encoded == before + 1
    n = len(viewer.ids(messages))
    assert second.json()["usage"]["prompt_tokens_details"]["cached_tokens"] == n - 1
    assert n > 16


def test_eight_ask_about_one_picture(viewer: Seer) -> None:
    asked = [user(f"{i} ", noise(2), f" and {i}") for i in range(8)]
    alone = [said(viewer.chat(messages)) for messages in asked]
    viewer.llm.model.projector._cached.clear()
    before = viewer.llm.model.projector.n_encoded
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda messages: said(viewer.chat(messages, cache_prompt=False)), asked))
    assert together == alone
    assert viewer.llm.model.projector.n_encoded <= before + 1


def test_with_a_schema(seer: Seer) -> None:
    schema = {"type": "object", "properties": {"n": {"enum": [1, 2, 3]}}, "required": ["n"]}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    answer = seer.chat(user(RED, "Which?"), response_format=form, ignore_eos=False, max_tokens=40)
    assert json.loads(said(answer))["n"] in (1, 2, 3)


def test_with_a_tool(seer: Seer) -> None:
    tools = [{"type": "function", "function": WEATHER}]
    fields = {"tools": tools, "tool_choice": "required", "ignore_eos": False, "max_tokens": 200}
    answer = seer.chat(user("Where is ", RED, "?"), **fields).json()
    assert answer["choices"][0]["finish_reason"] in ("tool_calls", "length"), answer
    result = [
        *user("a"),
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "1", "content": user(BLUE)[0]["content"]},
    ]
    assert seer.chat(result, tools=tools).status_code == 200


def test_several_answers_and_log_probabilities(seer: Seer) -> None:
    answer = seer.chat(user("a ", RED), n=3, logprobs=True, top_logprobs=2).json()
    texts = [choice["message"]["content"] for choice in answer["choices"]]
    assert texts == [seer.told(user("a ", RED), "red")] * 3
    assert len(answer["choices"][0]["logprobs"]["content"]) == 8


def test_the_prompt_is_shown_with_a_marker(seer: Seer) -> None:
    body = {"messages": user("a ", RED, " <__media__> b")}
    assert seer.post("/apply-template", body).json()["prompt"].count("<__media__>") == 2  # of which one is a text
    n = seer.post("/v1/chat/completions/input_tokens", body).json()["input_tokens"]
    assert n == len(seer.ids(body["messages"]))


def test_sound(listener: Seer) -> None:
    answers = [listener.chat(user("What is said? ", sound_part(sound(hertz)))) for hertz in (440, 440, 880)]
    assert said(answers[0]) == said(answers[1])
    assert answers[0].json()["usage"]["prompt_tokens"] > 75
    assert listener.llm.model.projector.n_encoded == 2


@pytest.mark.parametrize(
    ("who", "message"),
    [
        ("reader", "image input is not supported by the model seer: it has no projector"),
        ("listener", "takes sound alone"),
    ],
)
def test_who_does_not_see(who: str, message: str, request: pytest.FixtureRequest) -> None:
    blind: Seer = request.getfixturevalue(who)
    answer = blind.chat(user(RED))
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]
    assert "--mmproj" in answer.json()["error"]["message"]


def test_who_does_not_hear(seer: Seer) -> None:
    answer = seer.chat(user(sound_part(sound())))
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "messages")
    assert "audio input is not supported" in answer.json()["error"]["message"]


def test_the_beginning_of_an_answer_is_text(seer: Seer) -> None:
    begun = [*user("a ", RED), {"role": "assistant", "content": "So"}]
    assert seer.chat(begun).status_code == 200
    seen = [*user("a"), {"role": "assistant", "content": user(RED)[0]["content"]}]
    answer = seer.chat(seen)
    assert answer.status_code == 400
    assert "must be text" in answer.json()["error"]["message"]


def test_more_than_the_context(files: Any, seer: Seer) -> None:
    answer = seer.chat(user("word " * 3000, RED), **GREEDY)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "exceed_context_size_error")

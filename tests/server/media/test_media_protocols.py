"""Pictures in the words of other protocols: Anthropic's, Ollama's, OpenAI's Responses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.capabilities import needs
from tests.models.colors import plain
from tests.server.media.seer import Seer, base64_of, sound, sound_part, user

pytestmark = [needs("llama-common's chat code"), needs("mtmd's parts")]
RED, BLUE = plain("red"), plain("blue")
ASKED = user("What is ", RED, "?")
GREEDY = {"temperature": 0, "ignore_eos": True}


def source(medium: Any) -> dict[str, Any]:
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": base64_of(medium)}}


def anthropic(*blocks: Any) -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": [{"type": "text", "text": one} if isinstance(one, str) else one for one in blocks]}
    ]


def test_a_message(seer: Seer) -> None:
    body = {"max_tokens": 8, "messages": anthropic("What is ", source(RED), "?"), **GREEDY}
    answer = seer.post("/v1/messages", body).json()
    assert answer["content"] == [{"type": "text", "text": seer.told(ASKED, "red")}]
    assert answer["usage"]["input_tokens"] + answer["usage"]["cache_read_input_tokens"] == len(seer.ids(ASKED))
    counted = seer.post("/v1/messages/count_tokens", messages=body["messages"])
    assert counted.json() == {"input_tokens": len(seer.ids(ASKED))}


def test_a_stream_of_messages(seer: Seer) -> None:
    body = {"max_tokens": 8, "messages": anthropic("What is ", source(RED), "?"), "stream": True, **GREEDY}
    events = [
        json.loads(line[6:]) for line in seer.post("/v1/messages", body).text.splitlines() if line.startswith("data: ")
    ]
    text = "".join(event["delta"].get("text", "") for event in events if event["type"] == "content_block_delta")
    assert text == seer.told(ASKED, "red")


def test_a_picture_that_a_tool_returned(seer: Seer) -> None:
    messages = [
        {"role": "user", "content": "Look"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "look", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": [source(BLUE)]}]},
    ]
    body = {"max_tokens": 4, "messages": messages, **GREEDY}
    assert seer.post("/v1/messages", body).status_code == 200
    n = [
        seer.post("/v1/messages/count_tokens", messages=given).json()["input_tokens"]
        for given in (messages, messages[:1])
    ]
    assert n[0] > n[1]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "image"},
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "!!"}},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png"}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}},
    ],
)
def test_blocks_that_cannot_be_read(seer: Seer, block: Any) -> None:
    answer = seer.post("/v1/messages", max_tokens=4, messages=anthropic(block))
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_an_answer_begins_with_no_picture(seer: Seer) -> None:
    messages = [*anthropic("a"), {"role": "assistant", "content": [source(RED)]}]
    answer = seer.post("/v1/messages", max_tokens=4, messages=messages)
    assert answer.status_code == 400
    assert "must be text" in answer.json()["error"]["message"]


def test_ollama(seer: Seer) -> None:
    options = {"temperature": 0, "num_predict": 8, "ignore_eos": True}
    # Its pictures come after the text.
    told = seer.told(user("What is it?", RED, BLUE), "red", "blue")
    messages = [{"role": "user", "content": "What is it?", "images": [base64_of(RED), BLUE.data_uri]}]
    chat = seer.post("/api/chat", messages=messages, options=options, stream=False).json()
    assert chat["message"]["content"] == told
    assert chat["prompt_eval_count"] > 0
    body = {"prompt": "What is it?", "images": [base64_of(RED), base64_of(BLUE)], "options": options, "stream": False}
    assert seer.post("/api/generate", body).json()["response"] == told
    lines = seer.post("/api/generate", {**body, "stream": True}).text.splitlines()
    assert "".join(json.loads(line)["response"] for line in lines) == told


def test_what_ollama_refuses(seer: Seer, reader: Seer) -> None:
    for body in (
        {"prompt": "a", "images": ["!!"]},
        {"prompt": "a", "images": [base64_of(RED)], "raw": True},
        {"prompt": "a", "images": [base64_of(RED)], "suffix": "b"},
    ):
        answer = seer.post("/api/generate", body)
        assert (answer.status_code, list(answer.json())) == (400, ["error"])
    answer = reader.post("/api/chat", messages=[{"role": "user", "content": "a", "images": [base64_of(RED)]}])
    assert "not supported" in answer.json()["error"]


def responses(*parts: Any) -> list[dict[str, Any]]:
    return [
        {
            "role": "user",
            "content": [{"type": "input_text", "text": one} if isinstance(one, str) else one for one in parts],
        }
    ]


def seen(medium: Any, **more: Any) -> dict[str, Any]:
    return {"type": "input_image", "image_url": medium.data_uri, **more}


def test_a_response(seer: Seer) -> None:
    body = {"input": responses("What is ", seen(RED, detail="auto"), "?"), "max_output_tokens": 8, **GREEDY}
    answer = seer.post("/v1/responses", body).json()
    assert answer["output"][-1]["content"][0]["text"] == seer.told(ASKED, "red")
    assert answer["usage"]["input_tokens"] == len(seer.ids(ASKED))
    counted = seer.post("/v1/responses/input_tokens", input=body["input"]).json()
    assert counted["input_tokens"] == len(seer.ids(ASKED))
    # It can be gone on from, and is kept as it came.
    again = {"input": "And?", "previous_response_id": answer["id"], "max_output_tokens": 8, **GREEDY}
    after = seer.post("/v1/responses", again).json()
    text = answer["output"][-1]["content"][0]["text"]
    assert after["output"][-1]["content"][0]["text"] == seer.told(
        [*ASKED, {"role": "assistant", "content": text}, {"role": "user", "content": "And?"}], "red"
    )
    kept = seer.client.get(f"/v1/responses/{answer['id']}/input_items").json()["data"]
    assert kept[0]["content"][1] == seen(RED, detail="auto")


def test_instructions_with_a_picture(seer: Seer) -> None:
    system = {"role": "system", "content": [{"type": "input_text", "text": "Look."}, seen(BLUE)]}
    body = {"input": [system, *responses("a")], "instructions": "Be brief.", "max_output_tokens": 4, **GREEDY}
    assert seer.post("/v1/responses", body).json()["usage"]["input_tokens"] == len(
        seer.ids([user("Be brief.", "Look.", BLUE)[0] | {"role": "system"}, {"role": "user", "content": "a"}])
    )


def test_a_sound_in_a_response(listener: Seer) -> None:
    answer = listener.post("/v1/responses", input=responses("a ", sound_part(sound())), max_output_tokens=4)
    assert answer.json()["usage"]["input_tokens"] > 75


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_image"},
        {"type": "input_image", "file_id": "file_1"},
        {"type": "input_image", "image_url": 1},
        {"type": "input_file", "file_data": "data:application/pdf;base64,AAAA"},
    ],
)
def test_parts_of_a_response_that_cannot_be_read(seer: Seer, part: Any) -> None:
    assert seer.post("/v1/responses", input=responses(part)).status_code == 400

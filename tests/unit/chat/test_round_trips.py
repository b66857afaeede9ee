"""A call that a template writes is read back as that call, whole and however it is cut into pieces."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llamacffi import ChatTemplate
from llamacffi.chat.reply import ReplyDelta, ReplyReader
from llamacffi.core.chat_format import ReplyParser
from tests.unit.chat.shipped import Reply, calls_of, replies

# What llama.cpp's analysis of a template cannot read back, by template and number of calls.
UNREAD = {
    **dict.fromkeys(
        [("CohereForAI-c4ai-command-r-plus-tool_use", 1), ("CohereForAI-c4ai-command-r-plus-tool_use", 2)],
        "the template writes past calls in another form than the one that it asks the model for",
    ),
    ("MiniMax-M1", 2): "llama.cpp expects commas between calls, the template writes lines",
    ("MiniMax-M2", 2): "llama.cpp expects each call in a section of its own, the template writes all in one",
    **dict.fromkeys(
        [("Mistral-Small-3.2-24B-Instruct-2506", 1), ("Mistral-Small-3.2-24B-Instruct-2506", 2)],
        "llama.cpp does not see the [CALL_ID] that the template writes",
    ),
    ("meetkai-functionary-medium-v3.2", 2): "llama.cpp reads one call without content before it",
    **dict.fromkeys(
        [("upstage-Solar-Open-100B", 1), ("upstage-Solar-Open-100B", 2)],
        "llama.cpp takes the id of the call that it tried the template with for a part of the format",
    ),
}


@pytest.fixture(scope="module")
def written(shipped: dict[str, ChatTemplate]) -> dict[tuple[str, int], Reply | None]:
    """For every template with tool support, its own rendering of one call, and of two where it can."""
    found = {}
    for name, template in shipped.items():
        capabilities = template.capabilities
        if capabilities["supports_tool_calls"]:
            found[name, 1] = replies(template, 1)
            if capabilities["supports_parallel_tool_calls"]:
                found[name, 2] = replies(template, 2)
    return found


def joined(deltas: list[dict[str, Any]]) -> dict[str, Any]:
    """The message that deltas add up to."""
    message: dict[str, Any] = {"content": "", "reasoning_content": "", "calls": []}
    for delta in deltas:
        message["content"] += delta.get("content", "")
        message["reasoning_content"] += delta.get("reasoning_content", "")
        if "tool_call" in delta:
            call = delta["tool_call"]
            if call["index"] == len(message["calls"]):
                message["calls"].append(["", ""])
            name, arguments = message["calls"][call["index"]]
            message["calls"][call["index"]] = [call["name"] or name, arguments + call["arguments"]]
    return message


def plain(message: dict[str, Any]) -> dict[str, Any]:
    calls = [[call["function"]["name"], call["function"]["arguments"]] for call in message.get("tool_calls", ())]
    return {
        "content": message["content"],
        "reasoning_content": message.get("reasoning_content", ""),
        "calls": calls,
    }


def test_every_template_with_tool_support(
    written: dict[tuple[str, int], Reply | None],
    other_llama_cpp: bool,  # noqa: FBT001
) -> None:
    if other_llama_cpp:
        pytest.skip("the exceptions are those of the pinned llama.cpp's templates")
    unread = {key for key, reply in written.items() if reply is None}
    print(f"{len(written) - len(unread)} of {len(written)} renderings read back")
    assert unread == set(UNREAD)
    assert len(written) - len(unread) == 109


def test_character_by_character(written: dict[tuple[str, int], Reply | None]) -> None:
    n = 0
    for (_, n_calls), reply in written.items():
        if reply is None or n_calls == 2:
            continue
        deltas: list[dict[str, Any]] = []
        with ReplyParser(reply.params) as parser:
            for end in range(1, len(reply.text), 3):
                deltas += parser.parse(reply.text[:end], partial=True)[1]
            message, last = parser.parse(reply.text)
        assert calls_of(message) == reply.calls
        assert joined(deltas + last) == plain(message)
        n += 1
    assert n > 55


@pytest.mark.slow
def test_every_split_position(written: dict[tuple[str, int], Reply | None]) -> None:
    n = 0
    for key, reply in written.items():
        if reply is None:
            continue
        for end in range(1, len(reply.text)):
            with ReplyParser(reply.params) as parser:
                deltas = parser.parse(reply.text[:end], partial=True)[1]
                message, last = parser.parse(reply.text)
            assert calls_of(message) == reply.calls, (key, end)
            assert joined(deltas + last) == plain(message), (key, end)
            n += 1
    print(f"{n} splits")
    assert n > 10000


def test_the_arguments_come_in_pieces(written: dict[tuple[str, int], Reply | None]) -> None:
    reply = written["Qwen-Qwen2.5-7B-Instruct", 1]
    assert reply is not None
    reader = ReplyReader(reply.params)
    deltas: list[ReplyDelta] = []
    for character in reply.text:
        reader._next = 0.0  # read again at once
        deltas += reader.push(character)
    deltas += reader.close()
    calls = [delta.tool_call for delta in deltas if delta.tool_call is not None]
    assert [call.name for call in calls if call.name] == ["get_weather"]
    assert len([call for call in calls if call.arguments]) > 10
    assert json.loads("".join(call.arguments for call in calls)) == {"city": "Paris", "days": 2}

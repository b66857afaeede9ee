"""Reading a reply while it comes: what is told is right, prompt, and costs no more for a long reply."""

from __future__ import annotations

from typing import Any

import pytest

from llamacffi import ChatTemplate, TemplateError
from llamacffi.chat.reply import ReplyDelta, ReplyReader, _marks
from llamacffi.core.chat_format import ReplyParser
from tests.capabilities import needs
from tests.unit.chat.shipped import TOOLS

pytestmark = needs("llama-common's chat code")

USER = {"role": "user", "content": "?"}
ANSWER = 'Well: a < b, {"x": [1]}, if (a<b) {\n\n  f(); }\n\n* <b>é</b> 漢 🦙 [TOO'
THOUGHT = "Hm <i>, [x] {y}.\n\nSo"


def told(deltas: list[ReplyDelta]) -> tuple[str, str]:
    return "".join(each.reasoning_content for each in deltas), "".join(each.content for each in deltas)


def whole(prompt: Any, text: str) -> dict[str, Any] | None:
    try:
        return ReplyReader(prompt.reply).finish(text)
    except TemplateError:
        return None


@pytest.mark.parametrize(("n_chars", "tools"), [(2, TOOLS), (5, None)])
def test_what_is_told_bit_by_bit_is_what_the_whole_says(
    n_chars: int, tools: list[Any] | None, shipped: dict[str, ChatTemplate], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llamacffi.chat.reply._SHARE", 1e9)  # nothing is put off
    n_flowed = n_thought = 0
    for name, template in shipped.items():
        prompt = template.apply([USER], tools=tools)
        marks = _marks(prompt.reply["parser"]) if prompt.reply["parser"] else frozenset()
        assert marks is not None, name
        assert not any(mark.isalnum() and mark != "f" for mark in marks), name  # "functools", "functions."
        texts = [ANSWER]
        if prompt.thinking_start:
            begun = prompt.generation_prompt.rstrip().endswith(prompt.thinking_start)
            start = "" if begun else prompt.thinking_start
            texts.append(f"{start}\n{THOUGHT}{prompt.thinking_ends[0]}\n\n{ANSWER}")
        for text in texts:
            message = whole(prompt, text)
            if message is None:  # the format wants a marker before any content
                continue
            reader, deltas = ReplyReader(prompt.reply), []
            for at in range(0, len(text), n_chars):
                deltas += reader.push(text[at : at + n_chars])
                n_flowed += bool(reader._flow)
            deltas += reader.close()
            assert reader.message == message, name
            assert told(deltas) == (message.get("reasoning_content") or "", message.get("content") or ""), name
            n_thought += bool(message.get("reasoning_content"))
    assert n_thought > 20
    assert n_flowed > 100


def test_a_reply_in_json_has_no_text_of_its_own(qwen: ChatTemplate) -> None:
    prompt = qwen.apply([USER], response_schema={"type": "object", "properties": {"a": {"type": "string"}}})
    assert _marks(prompt.reply["parser"]) is None
    assert prompt.parse('{"a": "x"}')["content"] == '{"a": "x"}'


def test_a_plain_reply_is_not_read_again(qwen: ChatTemplate, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    parse = ReplyParser.parse

    def counted(parser: ReplyParser, text: str, *, partial: bool = False) -> Any:
        read.append(text)
        return parse(parser, text, partial=partial)

    monkeypatch.setattr(ReplyParser, "parse", counted)
    monkeypatch.setattr("llamacffi.chat.reply._SHARE", 1e9)
    reader = ReplyReader(qwen.apply([USER], tools=TOOLS).reply)
    for i in range(4000):
        assert reader.push(f" word{i}") == [ReplyDelta(content=f" word{i}")] or i < 2
    assert len(read) <= 3
    assert reader.push(" <") + reader.push(" b") == [ReplyDelta(content=" "), ReplyDelta(content="< b")]
    assert reader.push(" c") == [ReplyDelta(content=" c")]
    reader.close()
    assert len(read) <= 7
    assert reader.message["content"] == "".join(f" word{i}" for i in range(4000)).lstrip() + " < b c"


def test_what_seemed_a_call_and_is_none_does_not_end_the_stream(qwen: ChatTemplate) -> None:
    reader = ReplyReader(qwen.apply([USER], tools=TOOLS).reply)
    for piece in ("<tool_call>\n", '{"name": 3', "}"):
        reader.push(piece)
    with pytest.raises(TemplateError, match="does not match the expected"):
        reader.finish()

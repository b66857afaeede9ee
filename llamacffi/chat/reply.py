"""Reading what a model wrote: content, reasoning and tool calls, as they grow."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from llamacffi.core.chat_format import ReplyParser
from llamacffi.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ReplyDelta", "ReplyReader", "ToolCallDelta"]

_SHARE = 0.1  # of the time may go into reading the same reply again
_TEXTS = ("reasoning_content", "content")
# What may be part of a text of the model's own choosing without ending it; anything else and nothing is known of it.
_HARMLESS = {"literal", "epsilon", "space", "start", "end", "sequence", "choice", "repetition", "rule", "atomic", "tag"}


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """What is new of the call number `index`; the name comes whole, the arguments piece by piece, as JSON."""

    index: int
    name: str = ""
    arguments: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class ReplyDelta:
    """What is new in a reply; one of the three."""

    content: str = ""
    reasoning_content: str = ""
    tool_call: ToolCallDelta | None = None


class ReplyReader:
    """Turns the text of a reply into what it says, while it comes: `params` are `ChatPrompt.reply`.

    llama.cpp reads the whole reply each time it is asked (common_chat_parse). It need not be asked about text that
    only continues the content or the thoughts, because no marker can begin in it: that costs what it costs, however
    long the reply is. For the rest, a call's arguments say, reading takes at most a tenth of the time since the last
    one.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        parser = params.get("parser")
        self._parser = ReplyParser(params) if parser else None
        self._marks = _marks(parser) if parser else frozenset()
        self._flow = "" if parser else "content"  # what plain text now continues; "" when that is not known
        self._text: list[str] = []
        self._unread: list[str] = []
        self._message: dict[str, Any] = {"role": "assistant", "content": ""}
        self._grown: list[str] = []  # of the message's text `_flow`, not yet in it
        self._told = dict.fromkeys(_TEXTS, "")
        self._next = 0.0

    @property
    def text(self) -> str:
        """What was pushed so far."""
        return "".join(self._text)

    @property
    def message(self) -> dict[str, Any]:
        """The message so far: role, content, and perhaps reasoning_content and tool_calls."""
        if self._grown:
            self._message[self._flow] = self._told[self._flow] = self._message[self._flow] + "".join(self._grown)
            self._grown.clear()
        return self._message

    def push(self, text: str) -> list[ReplyDelta]:
        """Add text, and return what that makes known."""
        self._text.append(text)
        if self._flow and not self._unread and self._marks is not None and self._marks.isdisjoint(text):
            if not text:
                return []
            self._grown.append(text)
            return [ReplyDelta(content=text) if self._flow == "content" else ReplyDelta(reasoning_content=text)]
        self._unread.append(text)
        start = perf_counter()
        if start < self._next:
            return []
        try:
            deltas = self._read(partial=True)
        except TemplateError:  # more may make it a reply, or the end will tell
            deltas = []
        end = perf_counter()
        self._next = end + (end - start) / _SHARE
        return deltas

    def finish(self, text: str = "", *, partial: bool = False) -> dict[str, Any]:
        """Add the last text and return the message; raises TemplateError when the whole is no reply in the format.

        `partial` is for a reply that was cut off: what can be read of it is the message.
        """
        self.close(text, partial=partial)
        return self.message

    def close(self, text: str = "", *, partial: bool = False) -> list[ReplyDelta]:
        """Add the last text and return what was not known before; see `finish`."""
        if self._parser is None:
            return self.push(text)
        self._text.append(text)
        deltas = self._read(partial=partial)
        self._parser.close()
        return deltas

    def _read(self, *, partial: bool) -> list[ReplyDelta]:
        assert self._parser is not None
        before, new = self.message, "".join(self._unread)
        message, deltas = self._parser.parse(self.text, partial=partial)
        self._message, self._flow = message, ""
        self._unread.clear()
        calls = [_call(delta["tool_call"]) for delta in deltas if "tool_call" in delta]
        texts = {name: self._new(name, message.get(name) or "") for name in _TEXTS}
        if new and not calls and self._marks is not None:
            # Text that went into the message as it is leads to a place where more of it would.
            grown = [name for name in _TEXTS if (message.get(name) or "") != (before.get(name) or "")]
            if len(grown) == 1 and message[grown[0]] == (before.get(grown[0]) or "") + new:
                self._flow = grown[0]
        found = [ReplyDelta(reasoning_content=texts["reasoning_content"]), ReplyDelta(content=texts["content"])]
        return [delta for delta in found if delta.content or delta.reasoning_content] + calls

    def _new(self, name: str, now: str) -> str:
        """What of a text was not told yet."""
        told = self._told[name]
        if told.startswith(now):  # it may become shorter while an end is in doubt
            return ""
        self._told[name] = now
        if now.startswith(told):
            return now[len(told) :]
        common = next(i for i, (a, b) in enumerate(zip(told, now, strict=False)) if a != b)
        return now[common:]


@lru_cache(maxsize=16)
def _marks(parser: str) -> frozenset[str] | None:
    """What the markers begin with that end a reply's content or thoughts; None when other things may end them."""
    nodes: list[dict[str, Any]] = json.loads(parser)["parsers"]
    waiting = [node["child"] for node in nodes if node["type"] == "tag" and node["tag"] in ("content", "reasoning")]
    seen: set[int] = set()
    marks: set[str] = set()
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        node = nodes[number]
        if node["type"] == "until":
            marks.update(delimiter[:1] for delimiter in node["delimiters"])
        elif node["type"] in _HARMLESS:
            waiting += node.get("children", ())
            waiting += [node["child"]] if "child" in node else []
        else:
            return None
    return frozenset(marks)


def _call(call: Mapping[str, Any]) -> ReplyDelta:
    return ReplyDelta(tool_call=ToolCallDelta(call["index"], call["name"], call["arguments"], call["id"]))

"""Reading what a model wrote: content, reasoning and tool calls, as they grow."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from llamacffi.core.chat_format import ReplyParser

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ReplyDelta", "ReplyReader", "ToolCallDelta"]

_SHARE = 0.1  # of the time may go into reading the same reply again


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

    llama.cpp reads the whole reply each time it is asked (common_chat_parse). A long one is therefore not read for
    every token: reading takes at most a tenth of the time since the last one, and a plain reply needs none.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._parser = ReplyParser(params) if params.get("parser") else None
        self._text: list[str] = []
        self._message: dict[str, Any] = {"role": "assistant", "content": ""}
        self._next = 0.0

    @property
    def text(self) -> str:
        """What was pushed so far."""
        return "".join(self._text)

    @property
    def message(self) -> dict[str, Any]:
        """The message so far: role, content, and perhaps reasoning_content and tool_calls."""
        return self._message

    def push(self, text: str) -> list[ReplyDelta]:
        """Add text, and return what that makes known."""
        self._text.append(text)
        if self._parser is None:
            self._message["content"] += text
            return [ReplyDelta(content=text)] if text else []
        start = perf_counter()
        if start < self._next:
            return []
        deltas = self._read(partial=True)
        end = perf_counter()
        self._next = end + (end - start) / _SHARE
        return deltas

    def finish(self, text: str = "", *, partial: bool = False) -> dict[str, Any]:
        """Add the last text and return the message; raises TemplateError when the whole is no reply in the format.

        `partial` is for a reply that was cut off: what can be read of it is the message.
        """
        self.close(text, partial=partial)
        return self._message

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
        self._message, deltas = self._parser.parse(self.text, partial=partial)
        return [_delta(delta) for delta in deltas]


def _delta(delta: Mapping[str, Any]) -> ReplyDelta:
    call = delta.get("tool_call")
    return ReplyDelta(
        delta.get("content", ""),
        delta.get("reasoning_content", ""),
        None if call is None else ToolCallDelta(call["index"], call["name"], call["arguments"], call["id"]),
    )

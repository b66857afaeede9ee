"""Replies that are written in sections: what is said, and calls with their arguments, each under a heading."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from llamacffi.chat.prompt import check_tools
from llamacffi.chat.reply import ReplyDelta, ToolCallDelta
from llamacffi.errors import GrammarError
from llamacffi.generation.constraints.regex import gbnf_literal
from llamacffi.generation.constraints.schema import gbnf_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["SectionReader", "Sections", "compact"]

_MAX_HEADING = 200
_GBNF = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|[A-Za-z][A-Za-z0-9-]*')


@dataclass(frozen=True, kw_only=True)
class Sections:
    """How such replies are written, in the notation of grammars, and read.

    `heading` has a group `name` for the function that is called; without one, what follows is said. Every heading but
    that at the beginning starts with one of `openings`.
    """

    heading: re.Pattern[str]
    openings: tuple[str, ...]
    begins_with_heading: bool
    """Whether the reply begins with a heading; else with what is said."""
    say: str
    """GBNF of a section that says something."""
    call: tuple[str, str]
    """What stands before the name of a function that is called, and after it."""
    then: str | None = None
    """GBNF of what stands between what is said and a call after it; None when none may follow."""
    next: str = ""
    """GBNF of what stands between two calls; empty when there can be one only."""
    end: str = ""
    """What may end a reply, where that is no token that ends a generation."""
    markers: tuple[str, ...] = ()
    """Texts of control tokens that the reader looks for."""

    def grammar(self, tools: Sequence[Mapping[str, Any]], choice: str, *, parallel: bool) -> str:
        """The language of replies: `choice` is "auto", "required" or the name of a tool.

        Raises GrammarError for parameters that a grammar cannot hold a call to.
        """
        called = [tool for tool in check_tools(tools) if choice in ("auto", "required", tool["function"]["name"])]
        rules = []
        for i, tool in enumerate(called):
            before, after = self.call
            heading = gbnf_literal(f"{before}{tool['function']['name']}{after}")
            rules += [f"call-{i} ::= {heading} args-{i}-root", _arguments(tool["function"], f"args-{i}-")]
        calls = f"call ({self.next} call)*" if parallel and self.next else "call"
        root = calls
        if choice == "auto":
            root = f"say | {calls}" if self.then is None else f"say ({self.then} {calls})? | {calls}"
        return "\n".join(
            [
                f"root ::= ({root}) {f'{gbnf_literal(self.end)}?' if self.end else ''}",
                f"say ::= {self.say}",
                f"call ::= {' | '.join(f'call-{i}' for i in range(len(called)))}",
                *rules,
                "",
            ]
        )

    def reader(self) -> SectionReader:
        """Something that reads a reply as it grows."""
        return SectionReader(self)


def compact(grammar: str) -> str:
    """The grammar of a schema with JSON in one line: arguments are read by programs, and white space costs tokens."""
    return re.sub(r"^space ::= .*$", 'space ::= | " "', grammar, flags=re.MULTILINE)


def _arguments(function: Mapping[str, Any], prefix: str) -> str:
    """The grammar of a call's arguments, with names of its own."""
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    if function.get("strict") is False:
        parameters = {"type": "object"}
    elif "properties" in parameters:
        parameters = {"additionalProperties": False, **parameters}
    try:
        grammar = gbnf_schema(parameters)
    except GrammarError as error:
        message = (
            f"the parameters of the tool {function['name']!r} cannot be held to: {error}; change them, or let its "
            'function have "strict": False'
        )
        raise GrammarError(message) from error
    grammar = compact(grammar)
    return _GBNF.sub(lambda found: found[0] if found[0][0] in '"[' else prefix + found[0], grammar)


@dataclass
class _Call:
    name: str
    id: str = field(default_factory=lambda: f"call_{uuid4().hex[:24]}")
    arguments: list[str] = field(default_factory=list)


class SectionReader:
    """Turns the text of a reply in sections into what it says, while it comes: see `ReplyReader`."""

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self._text: list[str] = []
        self._content: list[str] = []
        self._calls: list[_Call] = []
        self._in_heading = sections.begins_with_heading
        self._in_call = False
        self._buffer = ""

    @property
    def text(self) -> str:
        """What was pushed so far."""
        return "".join(self._text)

    @property
    def message(self) -> dict[str, Any]:
        """The message so far."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._content)}
        if self._calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": "".join(call.arguments)},
                }
                for call in self._calls
            ]
        return message

    def push(self, text: str) -> list[ReplyDelta]:
        """Add text, and return what that makes known."""
        self._text.append(text)
        self._buffer += text
        return self._read(last=False, partial=True)

    def close(self, text: str = "", *, partial: bool = False) -> list[ReplyDelta]:
        """Add the last text and return what was not known before."""
        self._text.append(text)
        self._buffer += text
        return self._read(last=True, partial=partial)

    def _read(self, *, last: bool, partial: bool) -> list[ReplyDelta]:
        deltas: list[ReplyDelta] = []
        while self._buffer:
            if self._in_heading:
                found = self._sections.heading.match(self._buffer)
                # One that ends where the text does, may go on.
                if (
                    not last
                    and len(self._buffer) < _MAX_HEADING
                    and (found is None or found.end() == len(self._buffer))
                ):
                    break
                if found is None and last and partial:
                    self._buffer = ""
                    break
                self._in_heading = False
                self._in_call = found is not None and found["name"] is not None
                if found is None:  # no heading after all
                    deltas += self._said(self._buffer[:1])
                    self._buffer = self._buffer[1:]
                    continue
                if self._in_call:
                    self._calls.append(_Call(found["name"]))
                    call = ToolCallDelta(len(self._calls) - 1, found["name"], "", self._calls[-1].id)
                    deltas.append(ReplyDelta(tool_call=call))
                self._buffer = self._buffer[found.end() :]
                continue
            places = [at for opening in self._sections.openings if (at := self._buffer.find(opening)) >= 0]
            if places:
                at = min(places)
                deltas += self._said(self._buffer[:at].rstrip())
                self._buffer, self._in_heading = self._buffer[at:], True
                continue
            n = len(self._buffer) if last else self._n_certain()
            deltas += self._said(self._buffer[:n].rstrip() if last and self._in_call else self._buffer[:n])
            self._buffer = self._buffer[n:]
            break
        return deltas

    def _n_certain(self) -> int:
        """How much of the buffer is part of the section, whatever comes: white space may stand before a heading."""
        n = len(self._buffer)
        for opening in self._sections.openings:
            for length in range(min(len(opening) - 1, len(self._buffer)), 0, -1):
                if self._buffer.endswith(opening[:length]):
                    n = min(n, len(self._buffer) - length)
                    break
        return len(self._buffer[:n].rstrip())

    def _said(self, text: str) -> list[ReplyDelta]:
        if not text:
            return []
        if self._in_call:
            self._calls[-1].arguments.append(text)
            return [ReplyDelta(tool_call=ToolCallDelta(len(self._calls) - 1, "", text))]
        if not self._content:
            text = text.lstrip()
            if not text:
                return []
        self._content.append(text)
        return [ReplyDelta(content=text)]

"""How a prompt is laid out in the formats that have names: what stands before, between and after the messages."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llamacffi.errors import TemplateError

__all__ = ["Layout", "left_out", "text_of"]

_logger = logging.getLogger("llamacffi")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A format as data: a prompt is the system's text, the turns, and how the answer begins.

    A turn is the beginning of its role, then `said`, the text and an end, or `unsaid` alone when it has no text.
    """

    roles: Mapping[str, str]
    """What the turns of each role begin with. Messages of other roles have no place in the format."""
    said: str = ""
    unsaid: str = ""
    ends: Sequence[str] = ("",)
    """What follows the texts, by turns."""
    ends_of: Mapping[str, str] | None = None
    """What follows the texts of each role, and the lack of one, where that decides."""
    system: str = ""
    """The system's text, in which `{}` is what the first system message says."""
    system_default: str = ""
    """What it says when there is no such message."""
    system_end: str = ""
    """What follows the system's text."""
    system_end_always: bool = False
    """Whether that is written without a system's text too."""
    system_needed: bool = False
    """Whether the system's text is left out altogether when nothing was said."""
    system_in_first: bool = False
    """Whether the first turn, after a system's text, goes on without the beginning of its role."""
    opens: bool = True
    """Whether a turn of the assistant is begun at the end."""
    closing: str = ""
    """What is written at the very end."""
    stop: str | None = None
    """What ends the answer."""

    def write(self, messages: Sequence[Mapping[str, Any]]) -> str:
        """Write the prompt. Raises TemplateError for a message that is no text."""
        system = self._system(messages)
        turns = [(self.roles[role], text, role) for role, text in self._turns(messages)]
        if self.opens:
            turns.append((self.roles["assistant"], "", "assistant"))
        parts = [system]
        if system or self.system_end_always:
            parts.append(self.system_end)
        for i, (begin, text, role) in enumerate(turns):
            end = self.ends[i % len(self.ends)] if self.ends_of is None else self.ends_of[role]
            if self.system_in_first and system and i == 0:
                parts += [text, self.ends[0].removeprefix(" ")]
            elif text or self.ends_of is not None:
                parts += [begin, self.said, text, end]
            else:
                parts += [begin, self.unsaid]
        return "".join([*parts, self.closing])

    def _system(self, messages: Sequence[Mapping[str, Any]]) -> str:
        said = next((text_of(i, each) for i, each in enumerate(messages) if each["role"] == "system"), "")
        said = said or self.system_default
        return "" if self.system_needed and not said else self.system.replace("{}", said)

    def _turns(self, messages: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
        turns = []
        for i, message in enumerate(messages):
            role = message["role"]
            if role in self.roles:
                turns.append((role, text_of(i, message)))
            elif role != "system" or "{}" not in self.system:
                left_out(i, role)
        return turns


def left_out(i: int, role: str) -> None:
    """Tell of message `i`, which a format cannot write."""
    _logger.warning("message %d, of the role %r, has no place in the chat format and is left out", i, role)


def text_of(i: int, message: Mapping[str, Any]) -> str:
    """The text of message `i`, of its parts where it is a list of them. Raises TemplateError for another content."""
    content = message.get("content")
    if isinstance(content, (list, tuple)):
        texts = [part.get("text") if isinstance(part, Mapping) else None for part in content]
        written = [text for text in texts if isinstance(text, str)]
        content = "\n".join(written) if len(written) == len(texts) else content
    if content is None:
        return ""
    if not isinstance(content, str):
        shown = f"message {i} has the content {content!r:.200}, but the chat format writes text only"
        raise TemplateError(shown)
    return content

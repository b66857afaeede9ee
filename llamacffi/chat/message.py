"""The shape of a conversation, as OpenAI's chat API and Hugging Face's templates know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["ContentPart", "FunctionCall", "Message", "ToolCall"]


class _ContentType(TypedDict):
    type: str


class ContentPart(_ContentType, total=False):
    """A piece of a message: `{"type": "text", "text": …}`; other types are the template's own business."""

    text: str


class FunctionCall(TypedDict):
    """The function that a model wants called; templates take the arguments as an object or as its JSON."""

    name: str
    arguments: Mapping[str, Any] | str


class _ToolCallFunction(TypedDict):
    function: FunctionCall


class ToolCall(_ToolCallFunction, total=False):
    """One call in an assistant's message."""

    id: str
    type: str


class _Role(TypedDict):
    role: str


class Message(_Role, total=False):
    """One turn of a conversation; `role` is `system`, `user`, `assistant`, `tool` or another the template knows."""

    content: str | Sequence[ContentPart] | None
    name: str
    reasoning_content: str
    tool_calls: Sequence[ToolCall]
    tool_call_id: str

"""From messages to a prompt, from a reply to a message, and conversations made of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi._lazy import on_first_use

if TYPE_CHECKING:
    from llamacffi.chat.generator import Generator, SequenceGenerator
    from llamacffi.chat.message import ContentPart, FunctionCall, Message, ToolCall
    from llamacffi.chat.prompt import ChatPrompt
    from llamacffi.chat.reply import ReplyDelta, ReplyReader, ToolCallDelta
    from llamacffi.chat.session import ChatSession
    from llamacffi.chat.stream import ChatReply, ChatStream
    from llamacffi.chat.template import ChatTemplate
    from llamacffi.chat.tools import Tool

__all__ = [
    "ChatPrompt",
    "ChatReply",
    "ChatSession",
    "ChatStream",
    "ChatTemplate",
    "ContentPart",
    "FunctionCall",
    "Generator",
    "Message",
    "ReplyDelta",
    "ReplyReader",
    "SequenceGenerator",
    "Tool",
    "ToolCall",
    "ToolCallDelta",
]

if not TYPE_CHECKING:  # a checker knows the names, and finds those that are not there
    __getattr__, __dir__ = on_first_use(
        __name__,
        {
            "generator": "Generator SequenceGenerator",
            "message": "ContentPart FunctionCall Message ToolCall",
            "prompt": "ChatPrompt",
            "reply": "ReplyDelta ReplyReader ToolCallDelta",
            "session": "ChatSession",
            "stream": "ChatReply ChatStream",
            "template": "ChatTemplate",
            "tools": "Tool",
        },
    )

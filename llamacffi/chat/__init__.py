"""From messages to a prompt, from a reply to a message, and conversations made of both."""

from __future__ import annotations

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

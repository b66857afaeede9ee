"""From messages to a prompt."""

from __future__ import annotations

from llamacffi.chat.message import ContentPart, FunctionCall, Message, ToolCall
from llamacffi.chat.template import ChatTemplate

__all__ = ["ChatTemplate", "ContentPart", "FunctionCall", "Message", "ToolCall"]

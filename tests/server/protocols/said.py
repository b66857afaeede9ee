"""What the fabricated models say, and what they are asked with."""

from __future__ import annotations

from typing import Any

__all__ = ["ARGUMENTS", "CALL", "TEXT", "THOUGHT", "WEATHER"]

THOUGHT = "I must ask.\n"
TEXT = "Let me see.\n"
CALL = '<tool_call>\n{"name": "weather", "arguments": {"city": "Zürich"}}\n</tool_call>'
ARGUMENTS = {"city": "Zürich"}
WEATHER: dict[str, Any] = {
    "name": "weather",
    "description": "Look out.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}

"""The tools of a session, and what its calls of them came to."""

from __future__ import annotations

import json
import reprlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from llamacffi.chat.parameters import check_parameters
from llamacffi.chat.tools import Tool
from llamacffi.errors import TemplateError

__all__ = ["ToolLike", "as_tools", "called", "not_called"]

ToolLike: TypeAlias = Tool | Callable[..., Any] | Mapping[str, Any]
"""A Tool, a Python function, or a dict in the form of OpenAI's API."""


def as_tools(tools: Sequence[ToolLike]) -> tuple[Tool, ...]:
    """Make Tools of them. Raises TemplateError for a dict that is no tool, TypeError for what is none at all."""
    given: object = tools
    if isinstance(given, (str, Mapping)) or not isinstance(given, Sequence):
        message = f"tools is {reprlib.repr(tools)}, but must be a list of functions, Tools or dicts"
        raise TypeError(message)
    return tuple(map(_as_tool, tools))


def _as_tool(tool: ToolLike) -> Tool:
    if isinstance(tool, Tool):
        return tool
    if not isinstance(tool, Mapping):
        return Tool.from_function(tool)
    function = tool.get("function")
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        message = f'a tool is {tool!r}, but must be {{"type": "function", "function": {{"name": …}}}}'
        raise TemplateError(message)
    parameters = function.get("parameters") or {"type": "object", "properties": {}}
    check_parameters(function["name"], parameters)
    strict = function.get("strict") is not False
    return Tool(function["name"], function.get("description") or "", parameters, strict=strict)


def called(call: Mapping[str, Any], tools: Sequence[Tool], *, raise_errors: bool) -> dict[str, Any]:
    """Make the call, and return the message that tells the model what it came to."""
    name = call["function"]["name"]
    tool = next((tool for tool in tools if tool.name == name), None)
    try:
        if tool is None:
            message = f"there is no tool named {name!r}; there are {', '.join(tool.name for tool in tools) or 'none'}"
            raise LookupError(message)  # noqa: TRY301 - told to the model as its other mistakes are
        result = tool.call(call["function"]["arguments"])
    except Exception as error:
        if raise_errors:
            raise
        result = _error(f"{type(error).__name__}: {error}")
    return _result(call, result)


def not_called(call: Mapping[str, Any]) -> dict[str, Any]:
    """The message for a call that was asked for and not made: a template may refuse calls without a result."""
    return _result(call, _error("the call was interrupted"))


def _error(text: str) -> str:
    return json.dumps({"error": text}, ensure_ascii=False).encode("utf-8", "replace").decode()


def _result(call: Mapping[str, Any], content: str) -> dict[str, Any]:
    return {"role": "tool", "name": call["function"]["name"], "tool_call_id": call.get("id", ""), "content": content}

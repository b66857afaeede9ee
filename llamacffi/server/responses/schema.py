"""What a response is asked with, and what it is before there is anything in it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field

from llamacffi.errors import TemplateError
from llamacffi.server.schemas.base import Finite, Integer

__all__ = ["CountRequest", "ResponseRequest", "begun", "chat_options_of", "choice_of", "format_of", "tools_of"]

_LOGPROBS = "message.output_text.logprobs"
_MAX_TOP = 20


class Reasoning(BaseModel):
    """How much to think."""

    model_config = ConfigDict(extra="allow")

    effort: str | None = None
    summary: str | None = None


class Text(BaseModel):
    """The form of the text."""

    model_config = ConfigDict(extra="allow")

    format: dict[str, Any] | None = None
    verbosity: str | None = None


class CountRequest(BaseModel):
    """What decides the prompt; the sampling options of the other routes may be there too."""

    model_config = ConfigDict(extra="allow")

    model: str | None = None
    input: str | list[dict[str, Any]] | None = Field(
        default=None,
        description="A text, or items: messages of input_text, input_image and input_audio, calls, results",
    )
    instructions: str | None = None
    previous_response_id: str | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    reasoning: Reasoning | None = None
    text: Text | None = None


class ResponseRequest(CountRequest):
    """A request for a response; llama.cpp's sampling options may be there too."""

    max_output_tokens: Integer | None = None
    temperature: Finite | None = None
    top_p: Finite | None = None
    top_logprobs: Integer | None = Field(default=None, ge=0, le=_MAX_TOP)
    include: list[str] | None = None
    store: bool | None = None
    stream: bool | None = None
    metadata: dict[str, str] | None = None
    truncation: Literal["auto", "disabled"] | None = None
    user: str | None = None
    background: bool | None = None
    conversation: str | dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None


def begun(asked: ResponseRequest, options: Mapping[str, Any], model: str) -> dict[str, Any]:
    """The response before there is anything in it; `options` are those that the answer is sampled with."""
    text = asked.text or Text()
    reasoning = asked.reasoning or Reasoning()
    return {
        "id": f"resp_{uuid4().hex}",
        "object": "response",
        "created_at": int(time.time()),
        "completed_at": None,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": asked.instructions,
        "max_output_tokens": asked.max_output_tokens,
        "max_tool_calls": None,
        "metadata": asked.metadata or {},
        "model": model,
        "output": [],
        "parallel_tool_calls": asked.parallel_tool_calls is not False,
        "previous_response_id": asked.previous_response_id,
        "reasoning": {"effort": reasoning.effort, "summary": None},
        "service_tier": "default",
        "store": asked.store is not False,
        "temperature": options.get("temperature"),
        "text": {"format": text.format or {"type": "text"}, "verbosity": text.verbosity or "medium"},
        "tool_choice": asked.tool_choice or "auto",
        "tools": [_told(tool) for tool in asked.tools or () if tool.get("type") == "function"],
        "top_logprobs": asked.top_logprobs or 0,
        "top_p": options.get("top_p"),
        "truncation": "disabled",
        "usage": None,
        "user": asked.user,
    }


def chat_options_of(asked: CountRequest) -> dict[str, Any]:
    """What the request says in its own words of a chat completion's options."""
    options: dict[str, Any] = {}
    if asked.parallel_tool_calls is not None:
        options["parallel_tool_calls"] = asked.parallel_tool_calls
    if asked.reasoning is not None and asked.reasoning.effort is not None:
        options["reasoning_effort"] = asked.reasoning.effort
        if asked.reasoning.effort == "none":
            options["enable_thinking"] = False
    form = format_of(asked)
    if form is not None:
        options["response_format"] = form
    if isinstance(asked, ResponseRequest):
        if asked.max_output_tokens is not None:
            options["max_tokens"] = asked.max_output_tokens
        if tells(asked):
            options["logprobs"], options["top_logprobs"] = True, asked.top_logprobs or 0
    return options


def tells(asked: ResponseRequest) -> bool:
    """Whether log-probabilities are wanted."""
    return bool(asked.top_logprobs) or _LOGPROBS in (asked.include or ())


def format_of(asked: CountRequest) -> dict[str, Any] | None:
    """The form of the text as a chat completion's response_format; None for plain text."""
    form = asked.text.format if asked.text is not None else None
    kind = None if form is None else form.get("type")
    if form is None or kind in ("text", None):
        return None
    if kind == "json_object":
        return {"type": "json_object"}
    if kind == "json_schema":
        if not isinstance(form.get("schema"), (Mapping, bool)):
            message = f"text.format has the schema {form.get('schema')!r:.200}, but must have a JSON Schema"
            raise TemplateError(message)
        return {"type": "json_schema", "json_schema": {name: form[name] for name in form if name != "type"}}
    message = f"text.format has the type {kind!r:.200}, but must be text, json_object or json_schema"
    raise TemplateError(message)


def tools_of(asked: CountRequest) -> list[dict[str, Any]]:
    """The functions as a chat completion's tools; tools that OpenAI runs itself are not there, and so are left out.

    With a tool_choice of allowed tools it is those. Raises TemplateError for a function without a name.
    """
    tools: list[dict[str, Any]] = []
    for i, tool in enumerate(asked.tools or ()):
        if tool.get("type") != "function":
            continue
        function = {name: tool[name] for name in tool if name != "type" and tool[name] is not None}
        if not isinstance(function.get("name"), str):
            message = f"tool {i} has the name {function.get('name')!r:.200}, but must have a text there"
            raise TemplateError(message)
        tools.append({"type": "function", "function": function})
    choice = asked.tool_choice
    if isinstance(choice, dict) and choice.get("type") == "allowed_tools":
        allowed = choice.get("tools")
        names = [one.get("name") for one in allowed if isinstance(one, dict)] if isinstance(allowed, list) else []
        tools = [tool for tool in tools if tool["function"]["name"] in names]
    return tools


def choice_of(asked: CountRequest) -> Any:
    """The tool_choice of a chat completion. Raises TemplateError for a tool that is no function."""
    choice = asked.tool_choice
    if choice is None or isinstance(choice, str):
        return choice
    kind, name = choice.get("type"), choice.get("name")
    if kind == "allowed_tools":
        return choice.get("mode") or "auto"
    if kind != "function" or not isinstance(name, str):
        message = (
            f'tool_choice is {choice!r:.200}, but must be auto, none, required or {{"type": "function", "name": …}}'
        )
        raise TemplateError(message)
    return {"type": "function", "function": {"name": name}}


def _told(tool: Mapping[str, Any]) -> dict[str, Any]:
    """A function as the response tells it: with all that OpenAI's has."""
    return {"description": None, "parameters": None, "strict": True, **tool}

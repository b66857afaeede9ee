"""What a message is asked with."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from llamacffi.errors import TemplateError
from llamacffi.server.schemas.base import Finite, Integer

__all__ = ["CountRequest", "MessagesRequest", "choice_of", "options_of", "tools_of"]

_CHOICES = {"auto": "auto", "any": "required", "none": "none"}


class Given(BaseModel):
    """One message."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: str | list[dict[str, Any]] = Field(description="A text, or blocks: text, image, tool_use, tool_result …")


class Thinking(BaseModel):
    """Whether to think, and how much."""

    model_config = ConfigDict(extra="allow")

    type: str
    budget_tokens: Integer | None = None


class Choice(BaseModel):
    """Whether a tool is to be called, and which."""

    model_config = ConfigDict(extra="allow")

    type: str
    name: str | None = None
    disable_parallel_tool_use: bool | None = None


class Output(BaseModel):
    """The form of the answer, and the effort that it is worth."""

    model_config = ConfigDict(extra="allow")

    effort: str | None = None
    format: dict[str, Any] | None = None


class CountRequest(BaseModel):
    """What decides the prompt; llama.cpp's sampling options may be there too."""

    model_config = ConfigDict(extra="allow")

    model: str | None = None
    messages: list[Given] = Field(min_length=1)
    system: str | list[dict[str, Any]] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Choice | None = None
    thinking: Thinking | None = None
    output_config: Output | None = None


class MessagesRequest(CountRequest):
    """A request for a message."""

    max_tokens: Integer | None = Field(default=None, ge=1)
    stop_sequences: list[str] | None = None
    stream: bool | None = None
    temperature: Finite | None = None
    top_p: Finite | None = None
    top_k: Integer | None = None
    metadata: dict[str, Any] | None = None


def options_of(asked: CountRequest) -> dict[str, Any]:
    """What the request says in its own words of a chat completion's options. Raises TemplateError."""
    options: dict[str, Any] = {}
    thinking, output, choice = asked.thinking, asked.output_config, asked.tool_choice
    if thinking is not None:
        if thinking.type not in ("enabled", "disabled", "adaptive"):
            message = f"thinking has the type {thinking.type!r:.200}, but must be enabled, adaptive or disabled"
            raise TemplateError(message)
        options["enable_thinking"] = thinking.type != "disabled"
        if thinking.type == "enabled" and thinking.budget_tokens is not None:
            options["reasoning_budget"] = thinking.budget_tokens
    if output is not None and output.effort is not None:
        options["reasoning_effort"] = output.effort
    form = output.format if output is not None else None
    if form is not None:
        if form.get("type") != "json_schema" or not isinstance(form.get("schema"), (dict, bool)):
            message = f'output_config.format is {form!r:.200}, but must be {{"type": "json_schema", "schema": …}}'
            raise TemplateError(message)
        options["response_format"] = {"type": "json_schema", "json_schema": {"schema": form["schema"]}}
    if choice is not None and choice.disable_parallel_tool_use is not None:
        options["parallel_tool_calls"] = not choice.disable_parallel_tool_use
    if isinstance(asked, MessagesRequest):
        if asked.max_tokens is not None:
            options["max_tokens"] = asked.max_tokens
        if asked.stop_sequences:
            options["stop"] = [text for text in asked.stop_sequences if text]
    return options


def tools_of(asked: CountRequest) -> list[dict[str, Any]]:
    """The tools as a chat completion has them.

    Raises TemplateError for those that Anthropic runs itself, or whose form only its models know.
    """
    tools = []
    for i, tool in enumerate(asked.tools or ()):
        name, schema = tool.get("name"), tool.get("input_schema")
        if not isinstance(name, str) or not isinstance(schema, dict):
            message = (
                f"tool {i} is {tool!r:.200}, but must have a name and an input_schema; tools of other types than "
                "custom are not supported"
            )
            raise TemplateError(message)
        function = {"name": name, "parameters": schema}
        if isinstance(tool.get("description"), str):
            function["description"] = tool["description"]
        tools.append({"type": "function", "function": function})
    return tools


def choice_of(asked: CountRequest) -> Any:
    """The tool_choice of a chat completion. Raises TemplateError."""
    choice = asked.tool_choice
    if choice is None:
        return None
    if choice.type == "tool" and choice.name:
        return {"type": "function", "function": {"name": choice.name}}
    if choice.type not in _CHOICES:
        message = f"tool_choice is {choice.type!r:.200}, but must be auto, any, none, or tool with the name of one"
        raise TemplateError(message)
    return _CHOICES[choice.type]

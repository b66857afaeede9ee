"""A conversation that is to be answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from llamacffi.server.schemas.base import Integer
from llamacffi.server.schemas.parts import MESSAGES
from llamacffi.server.schemas.sampling import Generating

__all__ = ["MOST_TOP", "ChatRequest"]

MOST_TOP = 20
"""Of the most probable tokens, as OpenAI's API has it."""


class ResponseFormat(BaseModel):
    """The form of the answer: text, JSON, or JSON of a schema."""

    model_config = ConfigDict(extra="allow", strict=True, protected_namespaces=())

    type: Literal["text", "json_object", "json_schema"]
    json_schema: dict[str, Any] | None = Field(default=None, description='{"name": …, "schema": …}')


class ChatRequest(Generating):
    """A conversation, and how to answer it."""

    messages: Annotated[list[dict[str, Any]], Field(min_length=1)] = Field(
        description='{"role": "user", "content": "…"} and so on; the last is the beginning of the answer when it is '
        "the assistant's.",
        json_schema_extra=MESSAGES,
    )
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = Field(
        default=None, description="auto, none, required, or the function that is to be called."
    )
    parallel_tool_calls: bool | None = None
    functions: list[dict[str, Any]] | None = Field(default=None, description="The older way to give tools.")
    function_call: str | dict[str, Any] | None = None
    response_format: ResponseFormat | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[Integer, Field(ge=0, le=MOST_TOP)] | None = None
    max_completion_tokens: Annotated[Integer, Field(ge=-1, le=2**31 - 1)] | None = None
    reasoning_effort: str | None = Field(default=None, description="none asks for no thoughts.")
    reasoning_format: Literal["auto", "none", "deepseek", "deepseek-legacy"] | None = None
    reasoning_budget_tokens: Annotated[Integer, Field(ge=-1, le=2**31 - 1)] | None = None
    thinking_budget_tokens: Annotated[Integer, Field(ge=-1, le=2**31 - 1)] | None = None
    enable_thinking: bool | None = None
    chat_template_kwargs: dict[str, Any] | None = Field(default=None, description="Variables of the chat template.")
    add_generation_prompt: bool | None = Field(default=None, description="Whether the prompt begins the answer.")
    continue_final_message: bool | None = Field(
        default=None, description="Whether the last message, the assistant's, is the beginning of the answer."
    )

"""What a chat completion is asked with, and what that means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from llamacffi._native.convert import boolean, integer
from llamacffi.chat.media import media_part
from llamacffi.core.media import Media
from llamacffi.errors import TemplateError
from llamacffi.llama.params import CALL_DEFAULTS, CallOptions, all_options

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacffi.chat.tools import Tool
    from llamacffi.core.sampling import ReasoningBudget
    from llamacffi.generation.constraints import Constraint
    from llamacffi.llama.base import LlamaBase
    from llamacffi.llama.types import ChatCompletionTool

    Tools = Sequence[ChatCompletionTool | Tool | Callable[..., Any] | Mapping[str, Any]]

__all__ = ["CHAT_DEFAULTS", "ChatAsked", "ChatOptions", "asked"]


class ChatOptions(CallOptions, total=False):
    """What `create_chat_completion` takes beside its first arguments."""

    max_tokens: int | None
    """None or 0 goes on until the model ends its answer or the context is full."""
    logprobs: bool | None
    """Tell how probable each token was."""
    top_logprobs: int | None
    """And that many of the most probable ones."""
    parallel_tool_calls: bool
    """Whether the model may make several calls in one answer."""
    chat_template_kwargs: Mapping[str, Any] | None
    """Further variables of the chat template."""
    reasoning_format: str
    """"none" leaves the model's thoughts in the content; "auto" keeps them apart, as `reasoning_content`."""
    enable_thinking: bool
    """False asks for no thoughts, where the template knows that."""
    reasoning_effort: str | None
    """A variable of templates that know it: "low", "medium", "high"."""
    reasoning_budget: int | ReasoningBudget | None  # type: ignore[misc]  # wider than of other calls
    """How many tokens the model may think; None or -1 is no limit."""


CHAT_DEFAULTS: dict[str, Any] = {
    **CALL_DEFAULTS,
    "temperature": 0.2,
    "max_tokens": None,
    "logprobs": None,
    "top_logprobs": None,
    "parallel_tool_calls": True,
    "chat_template_kwargs": None,
    "reasoning_format": "auto",
    "enable_thinking": True,
    "reasoning_effort": None,
}
_REASONING = ("auto", "none", "deepseek", "deepseek-legacy")
_OF_PROMPT = frozenset(
    {"messages", "vocab", "tools", "tool_choice", "parallel_tool_calls", "response_schema", "reasoning"}
)
_UNREAD = frozenset({"video", "video_url", "input_video", "file", "input_file"})


@dataclass(frozen=True, kw_only=True)
class ChatAsked:
    """One call's arguments, checked: what a chat handler makes a prompt of."""

    messages: list[dict[str, Any]]
    """With tool calls and results as OpenAI's API has them now, and pictures and sound as Media, whatever they were
    written as."""
    given: list[dict[str, Any]]
    """The messages as they came, but for the Media."""
    tools: list[dict[str, Any]]
    """Empty without any, and where the model must not call one."""
    all_tools: list[dict[str, Any]]
    """Those too that it must not call."""
    tool_choice: str
    """auto, none, required, or the name of the tool that is to be called."""
    legacy: bool
    """Whether the tools came as functions, and calls are answered as function_call."""
    parallel_tool_calls: bool
    """Never with one that was named, nor with functions, whose answer has room for one call."""
    response_format: Constraint | None
    template_kwargs: dict[str, Any]
    reasoning: str
    enable_thinking: bool
    budget: int | ReasoningBudget | None
    n_logprobs: int | None
    options: Mapping[str, Any]
    """All options by name, but those that are here."""

    @property
    def named(self) -> str | None:
        """The tool that is to be called."""
        return None if self.tool_choice in ("auto", "none", "required") else self.tool_choice

    @property
    def has_media(self) -> bool:
        """Whether there are pictures or sound in the messages."""
        said = (message.get("content") for message in self.messages)
        return any(isinstance(part, Media) for content in said if isinstance(content, list) for part in content)


def asked(
    llama: LlamaBase,
    messages: object,
    given: Mapping[str, Any],
    *,
    functions: Any = None,
    function_call: Any = None,
    tools: Any = None,
    tool_choice: Any = None,
) -> ChatAsked:
    """Check what a call was given. Raises TypeError for unknown names, ValueError for what cannot be."""
    options = all_options(given, CHAT_DEFAULTS, "create_chat_completion")
    if options["token_healing"]:
        message = "token_healing is for a prompt that ends in mid-word; that of a chat ends as its format does"
        raise ValueError(message)
    checked, choice = _tools(functions, function_call, tools, tool_choice)
    kwargs = dict(options["chat_template_kwargs"] or {})
    taken = sorted(_OF_PROMPT & kwargs.keys())
    if taken:
        message = f"chat_template_kwargs has {', '.join(taken)}, which are arguments of create_chat_completion itself"
        raise ValueError(message)
    if options["reasoning_effort"] is not None:
        kwargs.setdefault("reasoning_effort", options["reasoning_effort"])
    thinks = boolean("enable_thinking", kwargs.pop("enable_thinking", options["enable_thinking"]))
    if options["reasoning_format"] not in _REASONING:
        message = f"reasoning_format is {options['reasoning_format']!r}, but must be {', '.join(_REASONING)}"
        raise ValueError(message)
    form, schema = options["response_format"], options["schema"]
    constraint = None
    if form is not None or schema is not None:
        from llamacffi.generation.constraints import JSONSchema, response_format

        constraint = response_format(form) if form is not None else None
        if constraint is not None and schema is not None:
            message = "response_format and schema are given; an answer is held to one of them"
            raise ValueError(message)
        constraint = JSONSchema(schema) if schema is not None else constraint
    given_messages = _messages(messages)
    several = boolean("parallel_tool_calls", options["parallel_tool_calls"])
    return ChatAsked(
        messages=[_message(i, dict(one)) for i, one in enumerate(given_messages)],
        given=given_messages,
        tools=[] if choice == "none" else checked,
        all_tools=checked,
        tool_choice=choice,
        legacy=functions is not None,
        parallel_tool_calls=several and functions is None and choice in ("auto", "none", "required"),
        response_format=constraint,
        template_kwargs=kwargs,
        reasoning=options["reasoning_format"],
        enable_thinking=thinks,
        budget=_budget(options["reasoning_budget"]),
        n_logprobs=_n_logprobs(llama, options["logprobs"], options["top_logprobs"]),
        options={**options, "response_format": None, "schema": None, "reasoning_budget": None},
    )


def _tools(functions: Any, function_call: Any, tools: Any, tool_choice: Any) -> tuple[list[dict[str, Any]], str]:
    """The tools and the choice, of their own arguments or of those that came before them in OpenAI's API."""
    from llamacffi.chat.calls import as_tools
    from llamacffi.chat.prompt import check_tools, chosen

    if functions is not None and tools is not None:
        message = "functions and tools are given; functions are the older way to say the same: use tools"
        raise ValueError(message)
    if functions is not None:
        tools = [{"type": "function", "function": function} for function in functions]
    if function_call is not None:
        if isinstance(function_call, Mapping):
            tool_choice = {"type": "function", "function": function_call}
        else:
            tool_choice = function_call
    if tools is None:
        tools = []
    elif isinstance(tools, (str, Mapping)) or not isinstance(tools, Sequence):
        message = f"tools is {tools!r:.200}, but must be a list of dicts, functions or Tools"
        raise TypeError(message)
    checked = check_tools([tool if isinstance(tool, Mapping) else as_tools([tool])[0].schema for tool in tools])
    if isinstance(tool_choice, Mapping) and not isinstance(tool_choice.get("function"), Mapping):
        message = f'tool_choice is {tool_choice!r}, but must be {{"type": "function", "function": {{"name": …}}}}'
        raise TemplateError(message)
    choice = chosen(tool_choice)
    names = [tool["function"]["name"] for tool in checked]
    if choice not in ("auto", "none", "required", *names):
        message = (
            f"tool_choice is {choice!r}, but must be auto, none, required or one of the tools: "
            f"{', '.join(names) or 'there are none'}"
        )
        raise TemplateError(message)
    if choice == "required" and not checked:
        message = "tool_choice is 'required', but there are no tools"
        raise TemplateError(message)
    return checked, choice


def _messages(messages: Any) -> list[dict[str, Any]]:
    from llamacffi.chat.template import check_messages

    if isinstance(messages, Sequence) and not isinstance(messages, (str, bytes)):
        items: Sequence[Any] = messages
        messages = [_dumped(one) for one in items]
    check_messages(messages)
    if not messages:
        message = "the messages are empty; there is nothing to answer"
        raise TemplateError(message)
    return [_with_media(i, one) for i, one in enumerate(cast("list[dict[str, Any]]", messages))]


def _with_media(i: int, message: Mapping[str, Any]) -> dict[str, Any]:
    """A message whose pictures and sound are Media. Raises MediaError, TemplateError for other parts."""
    content = message.get("content")
    if not isinstance(content, (list, tuple)):
        return dict(message)
    parts = []
    for part in content:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if isinstance(kind, str) and kind in _UNREAD:
            text = f"message {i} has a part of the type {kind!r}; of parts there are text, image_url and input_audio"
            raise TemplateError(text)
        medium = media_part(part)
        parts.append(part if medium is None else medium)
    return {**message, "content": parts}


def _dumped(message: Any) -> Any:
    """Of an object of OpenAI's package, such as the message of an answer, the dict that it stands for."""
    return message.model_dump(exclude_none=True) if hasattr(message, "model_dump") else message


def _message(i: int, message: dict[str, Any]) -> dict[str, Any]:
    """A message as templates know it: a function_call is a tool call, and its result that of a tool."""
    call = message.get("function_call")
    if call is not None:
        if not isinstance(call, Mapping) or not isinstance(call.get("name"), str):
            text = f'message {i} has the function_call {call!r}, but must have {{"name": …, "arguments": …}}'
            raise TemplateError(text)
        message.pop("function_call")
        if not message.get("tool_calls"):
            function = {"name": call["name"], "arguments": call.get("arguments") or "{}"}
            message["tool_calls"] = [{"id": f"call_{call['name']}", "type": "function", "function": function}]
    elif "function_call" in message:
        message.pop("function_call")
    if message["role"] == "function":
        message["role"] = "tool"
        message.setdefault("tool_call_id", f"call_{message.get('name', '')}")
    return message


def _budget(budget: object) -> int | ReasoningBudget | None:
    from llamacffi.core.sampling import ReasoningBudget

    if budget is None or isinstance(budget, ReasoningBudget):
        return budget
    n = integer("reasoning_budget", budget, -1, 2**31 - 1)
    return None if n < 0 else n


def _n_logprobs(llama: LlamaBase, logprobs: object, top: object) -> int | None:
    """How many of the most probable tokens to tell of, None for nothing."""
    if logprobs is not None and not isinstance(logprobs, bool):
        message = f"logprobs is {logprobs!r}, but must be True or False; top_logprobs says how many"
        raise TypeError(message)
    n = 0 if top is None else integer("top_logprobs", top, 0, llama.n_vocab())
    return n if logprobs else None

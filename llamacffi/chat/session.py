"""A conversation: what was said, what the model holds of it, and the tools it may use."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from llamacffi.chat.generator import Generator, SequenceGenerator
from llamacffi.chat.prompt import ChatPrompt, plain_prompt
from llamacffi.chat.stream import ChatReply, ChatStream
from llamacffi.chat.template import ChatTemplate
from llamacffi.chat.tools import Tool
from llamacffi.core.files import replaced
from llamacffi.core.sampling import ReasoningBudget
from llamacffi.errors import ContextOverflow, LlamaError, StateError, TemplateError
from llamacffi.generation import SamplingParams
from llamacffi.generation import Sequence as TokenSequence

if TYPE_CHECKING:
    from llamacffi.chat.message import Message

__all__ = ["ChatSession"]

_FORMAT = "llamacffi chat session 1"
_DEFAULTS = SamplingParams()

Content = str | Sequence[Mapping[str, Any]]


class ChatSession:
    """A conversation with a model through anything that generates.

    `generator` is a `Sequence` or another `Generator`; `template` is the model's own unless given. `tools` are Tools,
    Python functions, or dicts in the form of OpenAI's API. `reasoning="none"` leaves thoughts in the content; "auto"
    keeps them apart; `reasoning_budget` ends them after so many tokens, `enable_thinking=False` asks for none where
    the template knows that. When the conversation no longer fits, `overflow="trim"` leaves the oldest turns out of the
    prompt (never out of `messages`); "error" raises ContextOverflow. Other keywords go to the template.
    """

    def __init__(
        self,
        generator: Generator | TokenSequence,
        template: ChatTemplate | None = None,
        *,
        system: str | None = None,
        params: SamplingParams = _DEFAULTS,
        tools: Sequence[Tool | Callable[..., Any] | Mapping[str, Any]] = (),
        reasoning: Literal["auto", "none"] = "auto",
        reasoning_budget: int | None = None,
        overflow: Literal["trim", "error"] = "trim",
        **template_kwargs: Any,
    ) -> None:
        if isinstance(generator, TokenSequence):
            template = template or ChatTemplate.from_model(generator.context.model)
            generator = SequenceGenerator(generator)
        if template is None:
            message = "a template is needed with a generator that is no Sequence; pass ChatTemplate.from_model(model)"
            raise TypeError(message)
        if overflow not in ("trim", "error") or reasoning not in ("auto", "none"):
            message = f"overflow is {overflow!r} (trim or error), reasoning is {reasoning!r} (auto or none)"
            raise ValueError(message)
        self.generator = generator
        self.template = template
        self.params = params
        self.tools = _tools(tools)
        self.reasoning = reasoning
        self.reasoning_budget = reasoning_budget
        self.overflow = overflow
        self.template_kwargs = template_kwargs
        self.messages: list[dict[str, Any]] = []
        """What was said, and yours to change between two replies."""
        if system is not None:
            self.messages.append({"role": "system", "content": system})
        self._dropped = 0

    def send(self, content: Content | None = None, **options: Any) -> ChatReply:
        """Say something and wait for the answer; None asks for a reply to the messages as they are.

        `options`: params, tools, tool_choice ("auto", "none", "required" or a tool's name), parallel_tool_calls, and
        what the template takes. Raises TemplateError, ContextOverflow; the session is then as it was.
        """
        return self.stream(content, **options).reply

    def stream(
        self,
        content: Content | None = None,
        *,
        params: SamplingParams | None = None,
        tools: Sequence[Tool | Callable[..., Any] | Mapping[str, Any]] | None = None,
        tool_choice: str = "auto",
        parallel_tool_calls: bool = True,
        **kwargs: Any,
    ) -> ChatStream:
        """Say something, and return the answer as it comes; see `send`.

        The question and the answer, or what there is of it when the stream is closed, are then part of `messages`.
        """
        messages = [*self.messages, *([] if content is None else [{"role": "user", "content": content}])]
        params = self.params if params is None else params
        schemas = [tool.schema for tool in (self.tools if tools is None else _tools(tools))]
        options = {
            "tools": schemas or None,
            "tool_choice": tool_choice if schemas else "none",
            "parallel_tool_calls": parallel_tool_calls,
            "reasoning": self.reasoning,
            **self.template_kwargs,
            **kwargs,
        }
        prompt = self._fitting_prompt(messages, params, options)
        params = self._held(params, prompt)
        assert prompt.tokens is not None
        chunks = self.generator.stream(prompt.tokens, params)

        def done(message: dict[str, Any]) -> None:
            for i, call in enumerate(message.get("tool_calls") or ()):
                call.setdefault("id", f"call_{len(messages)}_{i}")
            self.messages = [*messages, message]

        return ChatStream(chunks, prompt, self.generator.vocab, params.stop_strings, done)

    def run(
        self,
        content: Content | None = None,
        *,
        tools: Sequence[Tool | Callable[..., Any] | Mapping[str, Any]] | None = None,
        max_rounds: int = 10,
        raise_errors: bool = False,
        tool_choice: str = "auto",
        **options: Any,
    ) -> ChatReply:
        """Say something, make the calls that the model asks for, tell it the results, and so on until it answers.

        A function that raises, and arguments that it does not take, are told to the model; `raise_errors` raises them
        here instead. A `tool_choice` other than "auto" holds for the first reply. Raises LlamaError when the model
        still calls after `max_rounds` replies.
        """
        offered = self.tools if tools is None else _tools(tools)
        reply = self.send(content, tools=offered, tool_choice=tool_choice, **options)
        for _ in range(max_rounds - 1):
            if not reply.tool_calls:
                return reply
            for call in reply.tool_calls:
                self.messages.append(_called(call, offered, raise_errors=raise_errors))
            reply = self.send(tools=offered, **options)
        if reply.tool_calls:
            message = f"the model still calls tools after {max_rounds} replies; allow more with max_rounds"
            raise LlamaError(message)
        return reply

    def edit(self, index: int, content: Content) -> None:
        """Say something else at `index` of `messages`; what came after it is forgotten."""
        message = self.messages[index]
        index %= len(self.messages)
        self.messages = [*self.messages[:index], {**message, "content": content}]
        self._dropped = min(self._dropped, index)

    def fork(self, generator: Generator | TokenSequence | None = None) -> ChatSession:
        """Another session that goes on from here; this one is not affected.

        `generator` is its own, by default a fork of this session's where it can fork (`Sequence.fork`), else the same.
        """
        if isinstance(generator, TokenSequence):
            generator = SequenceGenerator(generator)
        if generator is None:
            fork = getattr(self.generator, "fork", None)
            generator = self.generator if fork is None else fork()
        forked = copy.copy(self)
        forked.generator = generator
        forked.messages = copy.deepcopy(self.messages)
        return forked

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the messages to a file of JSON and, where the generator can save it, its state beside it (`.state`)."""
        path = Path(path)
        save = getattr(self.generator, "save", None)
        state = None if save is None else path.name + ".state"
        if save is not None:
            save(path.with_name(path.name + ".state"))
        data = {"format": _FORMAT, "messages": self.messages, "dropped": self._dropped, "state": state}
        with replaced(path) as temporary:
            temporary.write_text(json.dumps(data, ensure_ascii=False, indent=1), "utf-8")

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go on from what `save` wrote; without the state's file the messages are prefilled again.

        Raises StateError for a file that is no session, and what the generator raises for a state of another model.
        """
        path = Path(path)
        try:
            data = json.loads(path.read_text("utf-8"))
            known = data["format"] == _FORMAT and isinstance(data["messages"], list)
        except (ValueError, TypeError, KeyError) as error:
            message = f"{str(path)!r} is not a saved session: {error}"
            raise StateError(message) from error
        if not known:
            message = f"{str(path)!r} is not a session that this version can read"
            raise StateError(message)
        load = getattr(self.generator, "load", None)
        state = path.with_name(path.name + ".state")
        if load is not None and data.get("state") and state.exists():
            load(state)
        self.messages, self._dropped = data["messages"], data.get("dropped", 0)

    def __repr__(self) -> str:
        return f"<ChatSession: {len(self.messages)} messages>"

    def _prompt(self, messages: Sequence[Message | Mapping[str, Any]], options: Mapping[str, Any]) -> ChatPrompt:
        vocab = self.generator.vocab
        try:
            return self.template.apply(messages, vocab=vocab, **options)
        except TemplateError:
            if options["tools"] or options.get("response_schema"):
                raise
            # llama.cpp's engine does not take it; the reply is then read as it is.
            own = {key: value for key, value in options.items() if key not in _OURS}
            return plain_prompt(self.template, messages, vocab, **own)

    def _fitting_prompt(
        self, messages: list[dict[str, Any]], params: SamplingParams, options: Mapping[str, Any]
    ) -> ChatPrompt:
        """The prompt, without the oldest turns where it would leave no room for a reply."""
        n_ctx = self.generator.n_ctx
        room = min(n_ctx // 2, n_ctx // 4 if params.max_tokens is None else params.max_tokens)
        head = 1 if messages and messages[0]["role"] == "system" else 0
        # Where a turn begins: with what the user says.
        starts = [i for i in range(head, len(messages)) if messages[i]["role"] == "user"]
        dropped = self._dropped
        while True:
            prompt = self._prompt([*messages[:head], *messages[head + dropped :]], options)
            assert prompt.tokens is not None
            n = len(prompt.tokens)
            if n + room <= n_ctx or (self.overflow == "error" and n < n_ctx):
                self._dropped = dropped
                return prompt
            later = [start - head for start in starts if start - head > dropped]
            if self.overflow == "error" or not later:
                message = (
                    f"the conversation has {n} tokens, the context room for {n_ctx}, {room} of them for the reply; "
                    "use a larger n_ctx, say less, or ask for less (max_tokens)"
                )
                raise ContextOverflow(message)
            dropped = later[0]

    def _held(self, params: SamplingParams, prompt: ChatPrompt) -> SamplingParams:
        """The options, with what the prompt asks for."""
        changes: dict[str, Any] = {}
        if prompt.stops:
            changes["stop"] = (*params.stop_strings, *prompt.stops)
        if prompt.grammar:
            if params.constraint is not None:
                message = "the options constrain the reply, and so do the tools or the schema; leave one out"
                raise TemplateError(message)
            changes["grammar"] = prompt
        if self.reasoning_budget is not None and prompt.thinking_start and prompt.thinking_ends:
            changes["reasoning_budget"] = ReasoningBudget(
                self.reasoning_budget,
                prompt.thinking_start,
                prompt.thinking_ends,
                thinking=prompt.generation_prompt.rstrip().endswith(prompt.thinking_start),
            )
        return replace(params, **changes) if changes else params


_OURS = frozenset({"tool_choice", "parallel_tool_calls", "reasoning", "response_schema"})


def _tools(tools: Sequence[Tool | Callable[..., Any] | Mapping[str, Any]]) -> tuple[Tool, ...]:
    found = []
    for tool in tools:
        if isinstance(tool, Tool):
            found.append(tool)
        elif isinstance(tool, Mapping):
            function = tool.get("function")
            if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
                message = f'a tool is {tool!r}, but must be {{"type": "function", "function": {{"name": …}}}}'
                raise TemplateError(message)
            parameters = function.get("parameters") or {"type": "object", "properties": {}}
            found.append(Tool(function["name"], function.get("description") or "", parameters))
        else:
            found.append(Tool.from_function(tool))
    return tuple(found)


def _called(call: Mapping[str, Any], tools: Sequence[Tool], *, raise_errors: bool) -> dict[str, Any]:
    """The message that tells the model what its call came to."""
    name = call["function"]["name"]
    tool = next((tool for tool in tools if tool.name == name), None)
    try:
        result = _no_such_tool(name, tools) if tool is None else tool.call(call["function"]["arguments"])
    except Exception as error:
        if raise_errors:
            raise
        result = json.dumps({"error": f"{type(error).__name__}: {error}"}, ensure_ascii=False)
    return {"role": "tool", "name": name, "tool_call_id": call.get("id", ""), "content": result}


def _no_such_tool(name: str, tools: Sequence[Tool]) -> str:
    message = f"there is no tool named {name!r}; there are {', '.join(tool.name for tool in tools)}"
    raise LookupError(message)

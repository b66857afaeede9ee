"""A prompt, and what its writer knows of the reply to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from llamacffi.chat.media import shown, take_media
from llamacffi.chat.parameters import check_parameters, held_tools
from llamacffi.chat.told_tools import at_once, told, told_format
from llamacffi.core.sampling import ReasoningBudget
from llamacffi.core.sampling.reply import ReplyGrammar, Trigger
from llamacffi.errors import GrammarError, TemplateError

if TYPE_CHECKING:
    from llamacffi.chat.reply import ReplyReader
    from llamacffi.chat.template import ChatTemplate
    from llamacffi.core.chat_format import ChatFormat
    from llamacffi.core.sampling.stages import Stage
    from llamacffi.core.vocab import Vocab

__all__ = ["ChatPrompt", "ToolChoice", "check_tools", "chosen", "make_prompt", "plain_prompt"]

ToolChoice: TypeAlias = str | Mapping[str, Any] | None
"""Whether the model may, must not or must call a tool; any other text is the name of the one that it must call.

`{"type": "function", "function": {"name": …}}` names it too; None is "auto".
"""


_NO_LIMIT = 2**31 - 1
_SEVERAL = re.compile(r"^tool-calls ::= \(tool-call space\)\+$", re.MULTILINE)


@dataclass(frozen=True)
class ChatPrompt:
    """A prompt in a template's format, and how the reply to it is constrained and read.

    It is a `Constraint`: pass it as `SamplingParams(grammar=prompt)` when `grammar` is not empty.
    """

    text: str
    tokens: tuple[int, ...] | None = field(default=None, repr=False)
    """The prompt's, when it was made with a vocabulary."""
    grammar: str = field(default="", repr=False)
    """GBNF that the reply must follow; empty when it need not."""
    lazy: bool = False
    """Whether the grammar begins with the first trigger only."""
    triggers: tuple[Trigger, ...] = field(default=(), repr=False)
    preserved_tokens: tuple[str, ...] = field(default=(), repr=False)
    """Control tokens that the reply's reader wants to see as text."""
    stops: tuple[str, ...] = ()
    """Further texts that end a reply."""
    generation_prompt: str = field(default="", repr=False)
    """What the prompt ends with and the reply, to its reader, begins with."""
    supports_thinking: bool = False
    thinking_start: str = ""
    thinking_ends: tuple[str, ...] = ()
    reply: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """What ReplyParser takes."""

    def reader(self) -> ReplyReader:
        """Something that reads the reply as it grows."""
        from llamacffi.chat.reply import ReplyReader

        return ReplyReader(self.reply)

    def thinking(self, budget: int | None) -> ReasoningBudget | None:
        """What ends the model's thoughts after `budget` tokens; None without a limit, or where it marks none.

        A grammar that waits for its trigger is not to find it among the thoughts, and so these are counted for it too.
        """
        if not (self.thinking_start and self.thinking_ends) or (budget is None and not self.lazy):
            return None
        return ReasoningBudget(
            _NO_LIMIT if budget is None else budget,
            self.thinking_start,
            self.thinking_ends,
            thinking=self.generation_prompt.rstrip().endswith(self.thinking_start),
        )

    def stage(self, vocab: Vocab) -> Stage:
        """The grammar as a stage of a sampler chain. Raises GrammarError when there is none."""
        if not self.grammar:
            message = "the prompt puts no constraint on the reply; leave `grammar` out"
            raise GrammarError(message)
        return ReplyGrammar.of(
            self.grammar,
            vocab,
            lazy=self.lazy,
            triggers=self.triggers,
            preserved_tokens=self.preserved_tokens,
            prefill=self.generation_prompt,
        )

    def parse(self, text: str) -> dict[str, Any]:
        """The message that a whole reply stands for. Raises TemplateError when it stands for none."""
        return self.reader().finish(text)


def make_prompt(
    chat_format: ChatFormat,
    messages: Sequence[Mapping[str, Any]],
    *,
    vocab: Vocab | None,
    tools: Sequence[Mapping[str, Any]] | None,
    tool_choice: ToolChoice,
    request: Mapping[str, Any],
) -> ChatPrompt:
    """Write the prompt with llama.cpp's engine; see `ChatTemplate.apply`."""
    checked = check_tools(tools)
    messages, media = take_media(messages)
    tool_choice = chosen(tool_choice)
    whole = {**request, "tools": checked or None}
    schemas = []
    if request.get("json_schema") is not None:
        from llamacffi.generation.constraints.schema import rewritten_schema  # only now: it is much to import

        schema = rewritten_schema(request["json_schema"])
        whole["json_schema"] = schema.document
        schemas.append(schema)
    named = None
    if tool_choice not in {"auto", "none", "required"}:
        named = [tool for tool in checked if tool["function"]["name"] == tool_choice]
        if not named:
            names = ", ".join(tool["function"]["name"] for tool in checked) or "none"
            message = f"tool_choice is {tool_choice!r}, but must be auto, none, required or one of the tools: {names}"
            raise TemplateError(message)
    elif tool_choice == "required" and not checked:
        message = "tool_choice is 'required', but there are no tools"
        raise TemplateError(message)
    held: list[dict[str, Any]] = []
    if tool_choice != "none":
        held, of_tools = held_tools(named or checked)
        schemas += of_tools

    answer: dict[str, Any] = {}

    def render(messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        request = {**whole, **variables, "messages": [complete_message(each) for each in messages]}
        # The prompt is the same for every choice, and with this one no grammar is made of the tools as they are.
        given = chat_format.apply({**request, "tool_choice": "none"})
        if not answer:  # later ones are of marked messages
            answer.update(given)
        return str(given["prompt"])

    def written(messages: Sequence[Mapping[str, Any]]) -> tuple[str, list[int] | None]:
        answer.clear()
        variables = {name: whole.get(name) for name in ("tools", "chat_template_kwargs")}
        if vocab is None:
            return render(messages, variables), None
        from llamacffi.chat.special import render_tokens

        return render_tokens(render, messages, vocab, variables, media)

    text, tokens = written(messages)
    if held:
        choice = tool_choice if named is None else "required"
        reading = {**whole, "tools": held, "tool_choice": choice, "messages": list(map(complete_message, messages))}
        answer.update(chat_format.apply(reading))
        if not answer["grammar"] and (choice != "auto" or not chat_format.capabilities["supports_tool_calls"]):
            # llama.cpp sees no calls in the template: the model is told of them in words.
            messages = told(messages, checked)
            whole["tools"] = None
            text, tokens = written(messages)
            reading["messages"] = list(map(complete_message, messages))
            answer.update(told_format().apply(reading))
            if choice != "auto":
                answer["grammar"] = at_once(answer["grammar"])
        if not request.get("parallel_tool_calls"):
            # llama.cpp leaves the formats of Hermes and its like free to write one call after the other.
            answer["grammar"] = _SEVERAL.sub("tool-calls ::= tool-call space", answer["grammar"])
    for schema in schemas if answer["grammar"] else ():
        answer["grammar"] = schema.exact(answer["grammar"])
    return ChatPrompt(
        text=shown(text, media),
        tokens=None if tokens is None else tuple(tokens),
        grammar=answer["grammar"],
        lazy=answer["grammar_lazy"],
        triggers=tuple(Trigger(**trigger) for trigger in answer["grammar_triggers"]),
        preserved_tokens=tuple(answer["preserved_tokens"]),
        stops=tuple(answer["additional_stops"]),
        generation_prompt=answer["generation_prompt"],
        supports_thinking=answer["supports_thinking"],
        thinking_start=answer["thinking_start_tag"],
        thinking_ends=tuple(answer["thinking_end_tags"]),
        reply={
            **{name: answer[name] for name in ("format", "parser", "generation_prompt")},
            "reasoning_format": request.get("reasoning_format", "auto"),
        },
    )


def plain_prompt(
    template: ChatTemplate, messages: Sequence[Mapping[str, Any]], vocab: Vocab | None, **options: Any
) -> ChatPrompt:
    """Write the prompt with the template's own `render`; the reply is content and nothing else."""
    messages, media = take_media(messages)
    if vocab is None:
        return ChatPrompt(shown(template.render(messages, **options), media))
    from llamacffi.chat.special import render_tokens

    def render(messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        return template.render(messages, **variables)

    text, tokens = render_tokens(render, messages, vocab, options, media)
    return ChatPrompt(shown(text, media), tuple(tokens))


def chosen(choice: ToolChoice) -> str:
    """The choice as a text. Raises TemplateError for what is none."""
    function = choice.get("function") if isinstance(choice, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else choice or "auto"
    if not isinstance(name, str):
        message = f"tool_choice is {choice!r}, but must be auto, none, required or the name of a tool"
        raise TemplateError(message)
    return name


def check_tools(tools: Sequence[Any] | None) -> list[dict[str, Any]]:
    """Check that tools are as OpenAI's API has them. Raises TemplateError with the one that is not."""
    checked: list[dict[str, Any]] = []
    for i, tool in enumerate(tools or ()):
        function: object = tool.get("function") if isinstance(tool, Mapping) else None
        name = function.get("name") if isinstance(function, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(name, str) or not name:
            message = f'tool {i} is {tool!r}, but must be {{"type": "function", "function": {{"name": …}}}}'
            raise TemplateError(message)
        if any(name == other["function"]["name"] for other in checked):
            message = f"two tools are named {name!r}"
            raise TemplateError(message)
        if function.get("parameters") is not None:
            check_parameters(name, function["parameters"])
        checked.append({"type": "function", **tool, "function": dict(function)})
    return checked


def complete_message(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as llama.cpp insists on: with content, and calls with a type."""
    complete = dict(message)
    calls = complete.get("tool_calls")
    if calls:
        complete["tool_calls"] = [{"type": "function", **call} for call in calls]
    else:
        complete.pop("tool_calls", None)
        complete.setdefault("content", "")
    return {key: value for key, value in complete.items() if value is not None or key == "content"}

"""Chat handlers of the project's own: each says which prompt a question makes, and how its answer is read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import boolean
from llamacffi.chat.media import shown, take_media
from llamacffi.chat.prompt import ChatPrompt, make_prompt, plain_prompt
from llamacffi.chat.reply import ReplyDelta, ToolCallDelta
from llamacffi.chat.special import render_tokens
from llamacffi.chat.told_tools import told_format
from llamacffi.errors import TemplateError
from llamacffi.llama.chat_job import ChatJob, ChatPlan, chat_job
from llamacffi.llama.chat_options import asked as checked
from llamacffi.llama.formats.sections import compact
from llamacffi.llama.job import run, stream
from llamacffi.llama.prompts import split_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from llamacffi.chat.template import ChatTemplate
    from llamacffi.core.media import Media
    from llamacffi.generation.constraints import Constraint
    from llamacffi.llama.base import LlamaBase
    from llamacffi.llama.chat_options import ChatAsked
    from llamacffi.llama.formats.protocols import ChatFormatter, ChatFormatterResponse
    from llamacffi.llama.types import CreateChatCompletionResponse, CreateChatCompletionStreamResponse

__all__ = [
    "ChatHandler",
    "FormatterHandler",
    "TemplateHandler",
    "arguments_only",
    "chat_formatter_to_chat_completion_handler",
    "written",
]


class ChatHandler(ABC):
    """A handler that answers by one generation: `plan` is all that differs from one to the other."""

    @abstractmethod
    def plan(self, llama: LlamaBase, asked: ChatAsked) -> ChatPlan:
        """The prompt, and how the answer is held and read. Raises TemplateError, GrammarError, ContextOverflow."""

    def job(
        self,
        llama: LlamaBase,
        messages: object,
        *,
        functions: Any = None,
        function_call: Any = None,
        tools: Any = None,
        tool_choice: Any = None,
        stream: bool = False,
        **options: Any,
    ) -> ChatJob:
        """One call as a job, for whoever drives it."""
        streams = boolean("stream", stream)
        asked = checked(
            llama,
            messages,
            options,
            functions=functions,
            function_call=function_call,
            tools=tools,
            tool_choice=tool_choice,
        )
        if asked.has_media:
            self.see(llama)
        return chat_job(llama, asked, self.plan(llama, asked), streams=streams)

    def see(self, llama: LlamaBase) -> None:
        """Make sure that the Llama takes pictures or sound, which are in the messages. Raises MediaError."""
        llama.check_sees()

    def __call__(
        self, *, llama: Any, messages: Any, **options: Any
    ) -> CreateChatCompletionResponse | Iterator[CreateChatCompletionStreamResponse]:
        """Answer, as `LlamaChatCompletionHandler` says."""
        job = self.job(llama, messages, **options)
        return stream(llama.engine, job) if job.streams else run(llama.engine, job)


class TemplateHandler(ChatHandler):
    """Answers by a chat template, with the tools and the thoughts that llama.cpp knows it for."""

    def __init__(self, template: ChatTemplate, *, stop: Sequence[str] = (), stop_tokens: Sequence[int] = ()) -> None:
        self.template = template
        self._stop, self._stop_tokens = tuple(filter(None, stop)), tuple(stop_tokens)

    def plan(self, llama: LlamaBase, asked: ChatAsked) -> ChatPlan:
        """The template's prompt."""
        document, constraint = _schema(asked.response_format)
        vocab = None if llama.has_own_tokenizer else llama.vocab
        messages, media = take_media(asked.messages) if vocab is None else (asked.messages, {})
        try:
            prompt = self.template.apply(
                messages,
                vocab=vocab,
                tools=asked.all_tools or None,
                tool_choice=asked.tool_choice,
                parallel_tool_calls=asked.parallel_tool_calls,
                response_schema=document,
                reasoning=asked.reasoning,
                enable_thinking=asked.enable_thinking,
                **asked.template_kwargs,
            )
        except TemplateError as refused:
            if asked.tools or document is not None:
                raise
            # llama.cpp's engine does not take it; the answer is then read as it is.
            try:
                prompt = plain_prompt(self.template, messages, vocab, **asked.template_kwargs)
            except TemplateError as error:
                message = f"{error}; {refused}"
                raise TemplateError(message) from error
        if prompt.tokens is None:
            prompt = _with_tokens(llama, prompt, media)
        return ChatPlan(prompt=prompt, constraint=constraint, stop=self._stop, stop_tokens=self._stop_tokens)

    def __repr__(self) -> str:
        return f"TemplateHandler({self.template!r})"


class FormatterHandler(ChatHandler):
    """Answers by a prompt that a function writes.

    Of tools, the function is given a chance to tell. Where it writes nothing of them, the model is told in words, and
    its calls are read. Where it does, a call that must be of one tool is held to its arguments, and any other answer
    is text: nobody but the function knows what its calls look like.
    """

    def __init__(self, formatter: ChatFormatter) -> None:
        self.formatter = formatter

    def plan(self, llama: LlamaBase, asked: ChatAsked) -> ChatPlan:
        """The function's prompt."""
        texts, _ = take_media(asked.messages)
        response = self._response(asked, texts, asked.tools)
        tells = asked.tools and response.prompt != self._response(asked, texts, []).prompt
        document, constraint = _schema(asked.response_format)
        reader: Any = None
        if asked.tools and not tells:
            prompt = self._prompt_with_tools(llama, asked, document)
        else:
            text, tokens = written(
                llama,
                lambda messages, tools: self._response(asked, messages, tools).prompt,
                asked.messages,
                asked.tools,
            )
            prompt = ChatPrompt(text, tuple(tokens))
            constraint = asked.response_format
            if tells and asked.tool_choice != "auto":
                constraint, reader = arguments_only(asked)
        stop = [response.stop] if isinstance(response.stop, str) else [*(response.stop or ())]
        return ChatPlan(
            prompt=prompt,
            reader=reader,
            constraint=constraint,
            stop=[text for text in stop if text],
            stopping_criteria=response.stopping_criteria,
        )

    def _prompt_with_tools(self, llama: LlamaBase, asked: ChatAsked, document: Any) -> ChatPrompt:
        """A prompt in which the tools are told in words."""

        def write(messages: Sequence[Mapping[str, Any]]) -> str:
            return self._response(asked, messages, []).prompt

        vocab = None if llama.has_own_tokenizer else llama.vocab
        messages, media = take_media(asked.messages) if vocab is None else (asked.messages, {})
        prompt = make_prompt(
            _Format(write),  # type: ignore[arg-type]  # all that is asked of a ChatFormat there
            messages,
            vocab=vocab,
            tools=asked.tools,
            tool_choice=asked.tool_choice,
            request={
                "parallel_tool_calls": asked.parallel_tool_calls,
                "json_schema": document,
                "reasoning_format": asked.reasoning,
            },
        )
        return prompt if prompt.tokens is not None else _with_tokens(llama, prompt, media)

    def _response(
        self, asked: ChatAsked, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]
    ) -> ChatFormatterResponse:
        functions = [tool["function"] for tool in tools] if tools and asked.legacy else None
        choice: Any = asked.tool_choice if tools else None
        if tools and asked.named is not None:
            choice = {"type": "function", "function": {"name": asked.named}}
        of_messages: Any = [dict(message) for message in messages]
        response: object = self.formatter(
            messages=of_messages,
            functions=functions,
            function_call=None,
            tools=list(tools) if tools and not asked.legacy else None,
            tool_choice=choice,
            **asked.template_kwargs,
        )
        if not isinstance(getattr(response, "prompt", None), str):
            message = f"the chat format {self.formatter!r} returned {response!r:.200}, but must a ChatFormatterResponse"
            raise TypeError(message)
        return response  # type: ignore[return-value]  # whoever's class it is

    def __repr__(self) -> str:
        return f"FormatterHandler({self.formatter!r})"


def chat_formatter_to_chat_completion_handler(chat_formatter: ChatFormatter) -> FormatterHandler:
    """The handler that answers in a format."""
    return FormatterHandler(chat_formatter)


def written(
    llama: LlamaBase,
    write: Callable[[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]], str],
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] = (),
) -> tuple[str, list[int]]:
    """A prompt and its tokens; control tokens that messages and tools spell stay text.

    `write` sees messages of text, with a marker for each picture and sound.
    """
    messages, media = take_media(messages)
    if llama.has_own_tokenizer:
        text = write(messages, tools)
        return shown(text, media), split_ids(llama, text, media)

    def render(messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        return write(messages, variables["tools"])

    text, tokens = render_tokens(render, messages, llama.vocab, {"tools": list(tools)}, media)
    return shown(text, media), tokens


def _with_tokens(llama: LlamaBase, prompt: ChatPrompt, media: Mapping[str, Media]) -> ChatPrompt:
    """A prompt that was written without a vocabulary, with the tokens that the Llama's own tokenizer makes of it."""
    tokens = tuple(split_ids(llama, prompt.text, media))
    return replace(prompt, text=shown(prompt.text, media), tokens=tokens)


class _Format:
    """A function that writes messages, where llama.cpp's engine has a template: it knows of no tools."""

    def __init__(self, write: Callable[[Sequence[Mapping[str, Any]]], str]) -> None:
        self._write = write
        self.capabilities = {"supports_tool_calls": False}

    def apply(self, request: Mapping[str, Any]) -> dict[str, Any]:
        answer = told_format().apply({**request, "tools": None})
        return {
            **answer,
            "grammar": "" if request.get("tools") else answer["grammar"],
            "prompt": self._write(request["messages"]),
        }


class _ArgumentsReader:
    """Reads a text that is the arguments of one call and nothing else."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @property
    def message(self) -> dict[str, Any]:
        function = {"name": self._name, "arguments": self.text}
        calls = [{"type": "function", "function": function}]
        return {"role": "assistant", "content": "", **({"tool_calls": calls} if self._parts else {})}

    def push(self, text: str) -> list[ReplyDelta]:
        if not text:
            return []
        name = "" if self._parts else self._name
        self._parts.append(text)
        return [ReplyDelta(tool_call=ToolCallDelta(0, name, text))]

    def close(self, text: str = "", *, partial: bool = False) -> list[ReplyDelta]:
        return self.push(text)


def arguments_only(asked: ChatAsked) -> tuple[Constraint, Callable[[], _ArgumentsReader]]:
    """What holds an answer to the arguments of the one tool that is to be called."""
    tools = [tool for tool in asked.tools if asked.named in (None, tool["function"]["name"])]
    if len(tools) > 1:
        message = (
            "tool_choice is 'required' with several tools, whose calls only the chat format itself could tell apart; "
            "name the one that is to be called, or use a chat template"
        )
        raise TemplateError(message)
    from llamacffi.generation.constraints import GBNF, JSONSchema

    function = tools[0]["function"]
    schema = JSONSchema(function.get("parameters") or {"type": "object", "properties": {}})
    constraint = schema if schema.guidance is not None else GBNF(compact(schema.gbnf))
    return constraint, lambda: _ArgumentsReader(function["name"])


def _schema(constraint: Constraint | None) -> tuple[Any, Constraint | None]:
    """The schema for llama.cpp, or the constraint itself where its grammars cannot express it."""
    from llamacffi.generation.constraints import JSONSchema

    if isinstance(constraint, JSONSchema) and constraint.guidance is None:
        return constraint.document, None
    return None, constraint

"""Answers to conversations."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal, cast, overload

from llamacffi.llama.base import LlamaBase
from llamacffi.llama.chat_options import CHAT_DEFAULTS, ChatOptions
from llamacffi.llama.signature import spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from typing_extensions import Unpack

    from llamacffi.llama.chat_job import ChatJob
    from llamacffi.llama.chat_options import Tools
    from llamacffi.llama.formats import LlamaChatCompletionHandler
    from llamacffi.llama.types import (
        ChatCompletionFunction,
        ChatCompletionRequestFunctionCall,
        ChatCompletionRequestMessage,
        ChatCompletionToolChoiceOption,
        CreateChatCompletionResponse,
        CreateChatCompletionStreamResponse,
    )

    Messages = Sequence[ChatCompletionRequestMessage] | Sequence[Mapping[str, Any]]
    Functions = Sequence[ChatCompletionFunction] | Sequence[Mapping[str, Any]]
    FunctionCall = ChatCompletionRequestFunctionCall | str | Mapping[str, Any]
    Choice = ChatCompletionToolChoiceOption | str | Mapping[str, Any]

__all__ = ["Chats", "chat_job"]

_log = logging.getLogger("llamacffi")
_NAMED = "tokenizer.chat_template."
_FALLBACK = "llama-2"
# What a handler of somebody else's is called with, whether or not it was given.
_PROTOCOL = (
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "typical_p",
    "stop",
    "seed",
    "response_format",
    "max_tokens",
    "presence_penalty",
    "frequency_penalty",
    "repeat_penalty",
    "tfs_z",
    "mirostat_mode",
    "mirostat_tau",
    "mirostat_eta",
    "model",
    "logits_processor",
    "grammar",
    "logit_bias",
    "logprobs",
    "top_logprobs",
)


class Chats(LlamaBase):
    """The calls that answer conversations."""

    _chat_handlers: dict[str, LlamaChatCompletionHandler]

    def _set_up(self) -> None:
        super()._set_up()
        self._chat_handlers = _of_model(self)
        if self.chat_handler is None and self.chat_format is None:
            self.chat_format = self._guessed_format()
        if self.chat_handler is None:
            own = ", ".join(self._chat_handlers)
            _log.info("the chat format is %s%s", self.chat_format, f"; the model has {own}" if own else "")
        else:
            _log.info("conversations are answered by the chat handler %r", self.chat_handler)

    def _guessed_format(self) -> str:
        from llamacffi.llama.formats import guess_chat_format_from_gguf_metadata

        if "chat_template.default" not in self._chat_handlers:
            return _FALLBACK
        return guess_chat_format_from_gguf_metadata(self.metadata) or "chat_template.default"

    def _handler(self) -> LlamaChatCompletionHandler:
        """Who answers conversations. Raises LlamaChatCompletionHandlerNotFoundException, a ValueError."""
        if self.chat_handler is not None:
            return cast("LlamaChatCompletionHandler", self.chat_handler)
        name = self.chat_format or _FALLBACK
        own = self._chat_handlers.get(name)
        if own is not None:
            return own
        from llamacffi.llama.formats import get_chat_completion_handler

        return get_chat_completion_handler(name)

    @overload
    def create_chat_completion(
        self,
        messages: Messages,
        functions: Functions | None = None,
        function_call: FunctionCall | None = None,
        tools: Tools | None = None,
        tool_choice: Choice | None = None,
        temperature: float = 0.2,
        *,
        stream: Literal[False] = False,
        **options: Unpack[ChatOptions],
    ) -> CreateChatCompletionResponse: ...
    @overload
    def create_chat_completion(
        self,
        messages: Messages,
        functions: Functions | None = None,
        function_call: FunctionCall | None = None,
        tools: Tools | None = None,
        tool_choice: Choice | None = None,
        temperature: float = 0.2,
        *,
        stream: Literal[True],
        **options: Unpack[ChatOptions],
    ) -> Iterator[CreateChatCompletionStreamResponse]: ...
    @overload
    def create_chat_completion(
        self,
        messages: Messages,
        functions: Functions | None = None,
        function_call: FunctionCall | None = None,
        tools: Tools | None = None,
        tool_choice: Choice | None = None,
        temperature: float = 0.2,
        *,
        stream: bool,
        **options: Unpack[ChatOptions],
    ) -> CreateChatCompletionResponse | Iterator[CreateChatCompletionStreamResponse]: ...
    @spelt_out(ChatOptions, CHAT_DEFAULTS)
    def create_chat_completion(
        self,
        messages: Messages,
        functions: Functions | None = None,
        function_call: FunctionCall | None = None,
        tools: Tools | None = None,
        tool_choice: Choice | None = None,
        temperature: float = 0.2,
        *,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> CreateChatCompletionResponse | Iterator[CreateChatCompletionStreamResponse]:
        """Answer a conversation.

        `tools` are dicts in the form of OpenAI's API, `Tool`s or Python functions; `tool_choice` is "auto", "none",
        "required", or names the tool that is to be called. What the model calls is in the message's `tool_calls`, what
        it thought in `reasoning_content`. `functions` and `function_call` are the older way to say the same, and are
        answered with a `function_call`. A `response_format` is text, json_object or json_schema. A stream gives deltas;
        an error in the arguments comes with the call, not with the first of them. A finish reason is "stop", "length"
        (what `timeout` ended too), "tool_calls" or "function_call".

        Who answers is the `chat_handler`, or else the `chat_format`: one of the templates that the model has
        ("chat_template.NAME"), or one of those with names. A handler of somebody else's is called with the keywords of
        llama-cpp-python, and with those beyond them that are given.

        Raises TypeError for unknown arguments, ValueError for messages, tools and choices that cannot be
        (TemplateError) and for a conversation that is too long (ContextOverflow), GrammarError, ClosedError.
        """
        self._check_open()
        handler = self._handler()
        given: dict[str, Any] = {
            "functions": functions,
            "function_call": function_call,
            "tools": tools,
            "tool_choice": tool_choice,
            "temperature": temperature,
            "stream": stream,
            **options,
        }
        if not hasattr(handler, "job"):
            given = {**{name: CHAT_DEFAULTS[name] for name in _PROTOCOL}, **given}
            given["stop"] = list(given["stop"]) if given["stop"] == () else given["stop"]
        return handler(llama=self, messages=cast("Any", messages), **given)

    def create_chat_completion_openai_v1(self, *args: Any, **kwargs: Any) -> Any:
        """Answer a conversation with an object of OpenAI's package, a ChatCompletion, or an iterator of its chunks.

        The arguments are those of `create_chat_completion`. Raises ImportError when the package is not installed.
        """
        try:
            from openai.types.chat import ChatCompletion, ChatCompletionChunk
        except ImportError as error:
            message = "the types of OpenAI's API are in the package openai, which is not installed: pip install openai"
            raise ImportError(message) from error
        made: Any = self.create_chat_completion(*args, **kwargs)
        if kwargs.get("stream"):
            return (ChatCompletionChunk(**part) for part in made)
        return ChatCompletion(**made)


def chat_job(llama: Chats, messages: object, **options: Any) -> ChatJob | None:
    """The job of one call; None when the handler is somebody else's, which is to be called in a thread instead.

    Raises what is wrong with the arguments.
    """
    llama._check_open()  # noqa: SLF001 - the classes of one package
    handler: Any = llama._handler()  # noqa: SLF001
    if not hasattr(handler, "job"):
        return None
    job: ChatJob = handler.job(llama, messages, **options)
    return job


def _of_model(llama: LlamaBase) -> dict[str, LlamaChatCompletionHandler]:
    """Handlers of the templates in the model's file, by name; each is compiled when it is first used."""
    names = [key.removeprefix(_NAMED) for key in llama.metadata if key.startswith(_NAMED)]
    has_default = "tokenizer.chat_template" in llama.metadata
    if not (names or has_default):
        return {}
    from llamacffi.chat import ChatTemplate
    from llamacffi.llama.formats import TemplateHandler

    handlers: dict[str, LlamaChatCompletionHandler] = {}
    for name in names:
        handlers[f"chat_template.{name}"] = TemplateHandler(ChatTemplate.from_model(llama.model, name))
    if has_default:
        handlers["chat_template.default"] = TemplateHandler(ChatTemplate.from_model(llama.model))
    return handlers

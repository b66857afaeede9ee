"""Chat formats: those with names, those that a template or a function writes, and the registry of them all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from llamacffi.llama.formats.handlers import (
    ChatHandler,
    FormatterHandler,
    TemplateHandler,
    chat_formatter_to_chat_completion_handler,
)
from llamacffi.llama.formats.jinja import (
    Jinja2ChatFormatter,
    guess_chat_format_from_gguf_metadata,
    hf_autotokenizer_to_chat_completion_handler,
    hf_autotokenizer_to_chat_formatter,
    hf_tokenizer_config_to_chat_completion_handler,
    hf_tokenizer_config_to_chat_formatter,
)
from llamacffi.llama.formats.named import NAMED
from llamacffi.llama.formats.protocols import ChatFormatter, ChatFormatterResponse, LlamaChatCompletionHandler
from llamacffi.llama.formats.registry import (
    LlamaChatCompletionHandlerNotFoundException,
    LlamaChatCompletionHandlerRegistry,
    chat_format_names,
    get_chat_completion_handler,
    register_chat_completion_handler,
    register_chat_format,
)
from llamacffi.llama.formats.special_handlers import ChatMLCallsHandler, FirstFunctionaryHandler, FunctionaryHandler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "ChatFormatter",
    "ChatFormatterResponse",
    "ChatHandler",
    "FormatterHandler",
    "Jinja2ChatFormatter",
    "LlamaChatCompletionHandler",
    "LlamaChatCompletionHandlerNotFoundException",
    "LlamaChatCompletionHandlerRegistry",
    "TemplateHandler",
    "chat_format_names",
    "chat_formatter_to_chat_completion_handler",
    "format_named",
    "get_chat_completion_handler",
    "guess_chat_format_from_gguf_metadata",
    "hf_autotokenizer_to_chat_completion_handler",
    "hf_autotokenizer_to_chat_formatter",
    "hf_tokenizer_config_to_chat_completion_handler",
    "hf_tokenizer_config_to_chat_formatter",
    "register_chat_completion_handler",
    "register_chat_format",
]


def format_named(name: str, *, messages: Sequence[Mapping[str, Any]], **_: Any) -> ChatFormatterResponse:
    """Write a prompt in one of the formats that have names: `format_named("chatml", messages=…)`.

    Raises KeyError for a name that is not among them, TemplateError for a message that is no text.
    """
    layout = NAMED[name]
    return ChatFormatterResponse(layout.write(messages), stop=layout.stop)


for _name in NAMED:
    register_chat_format(_name)(partial(format_named, _name))
register_chat_completion_handler("functionary")(FirstFunctionaryHandler())
register_chat_completion_handler("functionary-v1")(FunctionaryHandler())
register_chat_completion_handler("functionary-v2")(FunctionaryHandler())
register_chat_completion_handler("chatml-function-calling")(ChatMLCallsHandler())

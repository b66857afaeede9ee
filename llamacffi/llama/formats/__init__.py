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
from llamacffi.llama.formats.media_handlers import (
    Gemma4ChatHandler,
    Llama3VisionAlpha,
    Llama3VisionAlphaChatHandler,
    Llava15ChatHandler,
    Llava16ChatHandler,
    MediaChatHandler,
    MiniCPMv26ChatHandler,
    MoondreamChatHandler,
    MTMDChatHandler,
    NanoLlavaChatHandler,
    ObsidianChatHandler,
    Qwen25VLChatHandler,
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
    "Gemma4ChatHandler",
    "Jinja2ChatFormatter",
    "Llama3VisionAlpha",
    "Llama3VisionAlphaChatHandler",
    "LlamaChatCompletionHandler",
    "LlamaChatCompletionHandlerNotFoundException",
    "LlamaChatCompletionHandlerRegistry",
    "Llava15ChatHandler",
    "Llava16ChatHandler",
    "MTMDChatHandler",
    "MediaChatHandler",
    "MiniCPMv26ChatHandler",
    "MoondreamChatHandler",
    "NanoLlavaChatHandler",
    "ObsidianChatHandler",
    "Qwen25VLChatHandler",
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

# With the projector of whichever Llama they answer for.
_SEEING: Mapping[str, type[MediaChatHandler]] = {
    "llava-1-5": Llava15ChatHandler,
    "llava-1-6": Llava16ChatHandler,
    "obsidian": ObsidianChatHandler,
    "moondream": MoondreamChatHandler,
    "moondream2": MoondreamChatHandler,
    "nanollava": NanoLlavaChatHandler,
    "llama-3-vision-alpha": Llama3VisionAlphaChatHandler,
    "minicpm-v-2.6": MiniCPMv26ChatHandler,
    "qwen2.5-vl": Qwen25VLChatHandler,
    "gemma4": Gemma4ChatHandler,
    "mtmd": MTMDChatHandler,
}
for _name, _kind in _SEEING.items():
    register_chat_completion_handler(_name)(_kind())

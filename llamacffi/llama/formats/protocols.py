"""What takes part in a chat completion, in the shapes that llama-cpp-python gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llamacffi.llama.types import (
        ChatCompletionRequestMessage,
        CreateChatCompletionResponse,
        CreateChatCompletionStreamResponse,
    )

__all__ = ["ChatFormatter", "ChatFormatterResponse", "LlamaChatCompletionHandler"]


class LlamaChatCompletionHandler(Protocol):
    """Answers a conversation, in any way that it likes: what `Llama(chat_handler=…)` takes.

    It is called with keywords: `llama`, `messages`, `functions`, `function_call`, `tools`, `tool_choice`, `stream`, and
    the options of the sampling. It returns a chat completion or, with `stream`, an iterator of its parts.
    """

    def __call__(
        self, *, llama: Any, messages: list[ChatCompletionRequestMessage], **options: Any
    ) -> CreateChatCompletionResponse | Iterator[CreateChatCompletionStreamResponse]:
        """Answer."""


@dataclass
class ChatFormatterResponse:
    """A prompt, and what ends the answer to it."""

    prompt: str
    stop: str | list[str] | None = None
    """Texts that end the answer."""
    stopping_criteria: Any = None
    """Functions `fn(input_ids, logits) -> bool` that end it."""
    added_special: bool = False
    """Whether the prompt begins with BOS already. It is found out; the field is there for who reads it."""


class ChatFormatter(Protocol):
    """Writes messages as a prompt. Called with keywords: `messages`, `tools`, `tool_choice` and further ones."""

    def __call__(self, *, messages: Sequence[ChatCompletionRequestMessage], **kwargs: Any) -> ChatFormatterResponse:
        """Write the prompt."""

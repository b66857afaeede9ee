"""The formats that llama.cpp writes without a template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llamacffi.chat.template import ChatTemplate, check_messages
from llamacffi.core.chat_format import apply_builtin, builtin_templates
from llamacffi.errors import TemplateError

if TYPE_CHECKING:
    from llamacffi.chat.message import Message
    from llamacffi.chat.prompt import ChatPrompt, ToolChoice
    from llamacffi.core.vocab import Vocab

__all__ = ["BuiltinTemplate"]


class BuiltinTemplate(ChatTemplate):
    """A format of llama.cpp's, by name: roles and texts (llama_chat_apply_template)."""

    def __init__(self, name: str) -> None:
        if name not in builtin_templates():
            message = f"llama.cpp has no format named {name!r}; it has {', '.join(builtin_templates())}"
            raise TemplateError(message)
        super().__init__(name)

    @property
    def variables(self) -> frozenset[str]:
        """None but the messages."""
        return frozenset({"messages", "add_generation_prompt"})

    def render(
        self,
        messages: Sequence[Message | Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = True,
        **kwargs: Any,
    ) -> str:
        """Write the prompt. Raises TemplateError for tools and variables, which such a format does not know."""
        check_messages(messages)
        if tools or kwargs:
            what = "tools" if tools else ", ".join(kwargs)
            message = f"the format {self.text!r} of llama.cpp knows nothing of {what}; use a Jinja template"
            raise TemplateError(message)
        texts = [(message["role"], _content(i, message)) for i, message in enumerate(messages)]
        return apply_builtin(self.text, texts, add_generation_prompt=add_generation_prompt)

    def apply(
        self,
        messages: Sequence[Message | Mapping[str, Any]],
        *,
        vocab: Vocab | None = None,
        tools: Sequence[Mapping[str, Any]] | None = None,
        tool_choice: ToolChoice = "auto",
        parallel_tool_calls: bool = False,
        response_schema: Mapping[str, Any] | None = None,
        reasoning: str = "auto",
        enable_thinking: bool = True,
        add_generation_prompt: bool = True,
        **kwargs: Any,
    ) -> ChatPrompt:
        """Write the prompt; the reply is its content and nothing else. Raises TemplateError as `render` does."""
        from llamacffi.chat.prompt import plain_prompt

        if response_schema is not None:
            kwargs["response_schema"] = response_schema
        options = {"tools": tools, "add_generation_prompt": add_generation_prompt, **kwargs}
        return plain_prompt(self, messages, vocab, **options)

    def __repr__(self) -> str:
        return f"ChatTemplate.builtin({self.text!r})"


def _content(i: int, message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, (list, tuple)):
        texts = [part.get("text") if isinstance(part, Mapping) else None for part in content]
        written = [text for text in texts if isinstance(text, str)]
        content = "\n".join(written) if len(written) == len(texts) else content
    if not isinstance(content, str):
        text = f"message {i} has the content {content!r}; llama.cpp's own formats write text only"
        raise TemplateError(text)
    return content

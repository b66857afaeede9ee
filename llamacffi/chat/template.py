"""Chat templates: from messages to a prompt, in either of two engines that agree."""

from __future__ import annotations

import reprlib
import traceback
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi.errors import TemplateError

if TYPE_CHECKING:
    import os

    import jinja2

    from llamacffi.chat.message import Message
    from llamacffi.chat.prompt import ChatPrompt, ToolChoice
    from llamacffi.core.chat_format import ChatFormat
    from llamacffi.core.model import Model
    from llamacffi.core.vocab import Vocab

__all__ = ["ChatTemplate"]


class ChatTemplate:
    """Turns messages into the text that a model was trained to continue.

    `text` is the template; `bos_token` and `eos_token` are what it may write as such. It is compiled on its first use.
    `tool_use` is the text of another that is used in its place when there are tools, as some models have one.
    `render` runs it in sandboxed jinja2, as Hugging Face does; `apply` in llama.cpp's own engine, which also says how
    tool calls and reasoning are read out of the reply.
    """

    def __init__(self, text: str, *, bos_token: str = "", eos_token: str = "", tool_use: str | None = None) -> None:
        given: object = text
        if not isinstance(given, str):
            message = f"a chat template is a text, not {given!r:.80}; read a file with ChatTemplate.from_file()"
            raise TypeError(message)
        self._text = text
        self._bos_token = bos_token
        self._eos_token = eos_token
        self._tool_use = tool_use

    @classmethod
    def from_model(cls, model: Model, name: str | None = None) -> ChatTemplate:
        """Take the model's own template, with its variant "tool_use" for tools where it has one; or its variant `name`.

        What it renders may begin with the BOS token already: `encode` and `generate` see to it that none is doubled.
        Raises TemplateError when the model has no such template.
        """
        text, tool_use = model.chat_template(name), None
        if name is None:
            tool_use = model.chat_template("tool_use")
            text = text or tool_use
        if text is None:
            which = "chat template" if name is None else f"chat template named {name!r}"
            message = (
                f"the model has no {which}; give one as ChatTemplate(text), or a format that llama.cpp knows as "
                "ChatTemplate.builtin(name)"
            )
            raise TemplateError(message)
        vocab = model.vocab
        bos, eos = ("" if token is None else vocab.text(token) for token in (vocab.bos, vocab.eos))
        return cls(text, bos_token=bos, eos_token=eos, tool_use=tool_use)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, bos_token: str = "", eos_token: str = "") -> ChatTemplate:
        """Read the template from a file. Raises OSError, and TemplateError when it is not UTF-8."""
        try:
            return cls(Path(path).read_text("utf-8"), bos_token=bos_token, eos_token=eos_token)
        except UnicodeDecodeError as error:
            message = f"the chat template in {str(path)!r} is not UTF-8: {error}"
            raise TemplateError(message) from error

    @staticmethod
    def builtin(name: str) -> ChatTemplate:
        """Take a format that llama.cpp writes by itself, for models without a template; `builtin_names()` lists them.

        It knows roles and texts, no tools and no variables. Raises TemplateError for an unknown name.
        """
        from llamacffi.chat.builtin import BuiltinTemplate

        return BuiltinTemplate(name)

    @staticmethod
    def builtin_names() -> tuple[str, ...]:
        """Return what `builtin` takes."""
        from llamacffi.core.chat_format import builtin_templates

        return builtin_templates()

    @property
    def text(self) -> str:
        """The template."""
        return self._text

    @property
    def bos_token(self) -> str:
        """The text that the template writes for the token that begins a prompt."""
        return self._bos_token

    @property
    def eos_token(self) -> str:
        """The text that the template writes for the token that ends a turn."""
        return self._eos_token

    @cached_property
    def tool_use(self) -> ChatTemplate | None:
        """The template that is used in its place when there are tools; None when it is used for them itself."""
        if self._tool_use is None:
            return None
        return ChatTemplate(self._tool_use, bos_token=self._bos_token, eos_token=self._eos_token)

    @cached_property
    def variables(self) -> frozenset[str]:
        """The variables it asks for, with or without tools, such as messages or `enable_thinking`.

        Raises TemplateError when it does not parse.
        """
        from llamacffi.chat.sandbox import sandbox

        _ = self._template
        with_tools = frozenset() if self.tool_use is None else self.tool_use.variables
        return sandbox().undeclared(self._text) | with_tools

    @property
    def capabilities(self) -> dict[str, bool]:
        """What llama.cpp found out about it by trying: `supports_tools`, `supports_system_role` and so on."""
        return self.format.capabilities

    @cached_property
    def format(self) -> ChatFormat:
        """The template in llama.cpp's engine. Raises TemplateError when that does not take it."""
        from llamacffi.core.chat_format import ChatFormat

        return ChatFormat(self._text, bos_token=self._bos_token, eos_token=self._eos_token)

    def render(
        self,
        messages: Sequence[Message | Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = True,
        **kwargs: Any,
    ) -> str:
        """Write the prompt.

        `tools` are JSON schemas as OpenAI's API takes them; `add_generation_prompt` ends the prompt with the beginning
        of the assistant's turn; `kwargs` go to the template (`enable_thinking`, `documents`, …).
        Raises TemplateError, with the line, when the template does not parse, fails, refuses the messages, or takes
        more than 5 seconds or 128 million characters (more for long messages).
        """
        if tools and self.tool_use is not None:
            return self.tool_use.render(messages, tools=tools, add_generation_prompt=add_generation_prompt, **kwargs)
        check_messages(messages)
        variables: dict[str, object] = {
            "bos_token": self._bos_token,
            "eos_token": self._eos_token,
            "tools": tools,
            "documents": None,
            **kwargs,
            "messages": list(messages),
            "add_generation_prompt": add_generation_prompt,
        }
        from llamacffi.chat.sandbox import limits

        template = self._template
        try:
            with limits(_n_chars(messages) + _n_chars(tools or ())):
                return template.render(variables)
        except Exception as error:
            # Whatever the template does wrong, a type error in an expression say, is an error of the template.
            raise TemplateError(f"the chat template failed{_line(error)}: {error}") from error

    def encode(
        self,
        messages: Sequence[Message | Mapping[str, Any]],
        vocab: Vocab,
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = True,
        **kwargs: Any,
    ) -> list[int]:
        """Write the prompt and turn it into tokens, with BOS where the model wants it, once.

        A control token that a message spells ("<|im_end|>") stays the text it is: only the template's own become
        tokens. What the vocabulary calls user-defined (often "<think>") is no control token and is found everywhere.
        Raises TemplateError as `render` does, and TokenizeError.
        """
        from llamacffi.chat.media import take_media
        from llamacffi.chat.special import render_tokens

        check_messages(messages)

        def render(messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
            return self.render(messages, add_generation_prompt=add_generation_prompt, **variables)

        messages, media = take_media(messages)
        return render_tokens(render, messages, vocab, {"tools": tools, **kwargs}, media)[1]

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
        """Write the prompt with llama.cpp's own engine, and say how the reply is constrained and read.

        `tool_choice` is "auto", "none", "required" or the name of one of `tools`; `response_schema` is the JSON schema
        of a reply without calls; `reasoning="none"` leaves the model's thoughts in the content; with `vocab` the prompt
        is tokenized too, as `encode` does it. llama.cpp changes messages to what it knows the template to want.
        Raises TemplateError, and GrammarError for a `response_schema` that the grammar cannot hold the reply to.
        """
        from llamacffi.chat.prompt import make_prompt

        check_messages(messages)
        return make_prompt(
            self.tool_use.format if tools and self.tool_use is not None else self.format,
            messages,
            vocab=vocab,
            tools=tools,
            tool_choice=tool_choice,
            request={
                "parallel_tool_calls": parallel_tool_calls,
                "json_schema": response_schema,
                "reasoning_format": reasoning,
                "enable_thinking": enable_thinking,
                "add_generation_prompt": add_generation_prompt,
                "chat_template_kwargs": kwargs,
            },
        )

    @cached_property
    def _template(self) -> jinja2.Template:
        import jinja2  # it takes 40 ms to import, which only chat should pay

        from llamacffi.chat.sandbox import sandbox

        try:
            return sandbox().compiled(self._text)
        except jinja2.TemplateSyntaxError as error:
            message = f"the chat template does not parse, line {error.lineno}: {error.message}"
            raise TemplateError(message) from error
        except (RecursionError, SyntaxError, MemoryError) as error:
            # The latter two come from Python's compiler, for loops in loops and brackets in brackets.
            message = "the chat template does not parse: it is nested too deeply"
            raise TemplateError(message) from error

    def __repr__(self) -> str:
        tokens = f"bos_token={self._bos_token!r}, eos_token={self._eos_token!r}"
        if self._tool_use is not None:
            tokens += f", tool_use=<{len(self._tool_use)} characters>"
        return f"ChatTemplate(<{len(self._text)} characters>, {tokens})"


def check_messages(messages: Sequence[object]) -> None:
    """Raise TemplateError for what is no message."""
    if isinstance(messages, (str, bytes, Mapping)) or not isinstance(messages, Sequence):
        text = f"the messages are {reprlib.repr(messages)}, but must be a list of mappings with 'role' and 'content'"
        raise TemplateError(text)
    for i, message in enumerate(messages):
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            text = f"message {i} is {reprlib.repr(message)}, but must be a mapping with a 'role' that is text"
            raise TemplateError(text)
        calls = message.get("tool_calls")
        if calls is None:
            continue
        if not isinstance(calls, Sequence) or not all(isinstance(call, Mapping) for call in calls):
            text = f'message {i} has the tool_calls {reprlib.repr(calls)}, but must have a list of {{"function": …}}'
            raise TemplateError(text)


def _n_chars(value: object, depth: int = 0) -> int:
    """How much text the messages hold."""
    if isinstance(value, str):
        return len(value)
    if depth > 50:
        return 0
    if isinstance(value, Mapping):
        return sum(_n_chars(item, depth + 1) for item in value.values())
    return sum(_n_chars(item, depth + 1) for item in value) if isinstance(value, Sequence) else 0


def _line(error: Exception) -> str:
    """Where in the template; jinja2 puts its lines into the traceback."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return f", line {lines[-1]}" if lines else ""

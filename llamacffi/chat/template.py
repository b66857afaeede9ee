"""Chat templates: Jinja as Hugging Face's models write it, in a sandbox."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from llamacffi.errors import TemplateError

if TYPE_CHECKING:
    import jinja2
    from jinja2.nodes import Node
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    from llamacffi.chat.message import Message
    from llamacffi.core.model import Model

__all__ = ["ChatTemplate"]


class ChatTemplate:
    """Turns messages into the text that a model was trained to continue.

    `text` is the template; `bos_token` and `eos_token` are what it may write as such. It is compiled on its first use.
    """

    def __init__(self, text: str, *, bos_token: str = "", eos_token: str = "") -> None:
        self._text = text
        self._bos_token = bos_token
        self._eos_token = eos_token

    @classmethod
    def from_model(cls, model: Model, name: str | None = None) -> ChatTemplate:
        """Take the model's own template, or its variant `name`.

        What it renders may begin with the BOS token already. `generate` sees to it that none is doubled; who tokenizes
        the text alone passes `parse_special=True`, and `add_special=False` when it begins with `bos_token`.
        Raises TemplateError when the model has no such template.
        """
        text = model.chat_template(name)
        if text is None:
            which = "chat template" if name is None else f"chat template named {name!r}"
            message = f"the model has no {which}; give one as ChatTemplate(text)"
            raise TemplateError(message)
        vocab = model.vocab
        bos, eos = ("" if token is None else vocab.text(token) for token in (vocab.bos, vocab.eos))
        return cls(text, bos_token=bos, eos_token=eos)

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

    def render(
        self,
        messages: Sequence[Message | Mapping[str, Any]],
        *,
        tools: Sequence[Mapping[str, Any]] | None = None,
        add_generation_prompt: bool = True,
        **kwargs: object,
    ) -> str:
        """Write the prompt.

        `tools` are JSON schemas as OpenAI's API takes them; `add_generation_prompt` ends the prompt with the beginning
        of the assistant's turn; `kwargs` go to the template (`enable_thinking`, `documents`, …).
        Raises TemplateError, with the line, when the template does not parse, fails, or refuses the messages.
        """
        for i, message in enumerate(messages):
            _check_message(i, message)
        variables: dict[str, object] = {
            "bos_token": self._bos_token,
            "eos_token": self._eos_token,
            "tools": tools,
            "documents": None,
            **kwargs,
            "messages": list(messages),
            "add_generation_prompt": add_generation_prompt,
        }
        template = self._template
        try:
            return template.render(variables)
        except Exception as error:
            # Whatever the template does wrong, a type error in an expression say, is an error of the template.
            raise TemplateError(f"the chat template failed{_line(error)}: {error}") from error

    @cached_property
    def _template(self) -> jinja2.Template:
        import jinja2  # it takes 40 ms to import, which only chat should pay

        try:
            return _environment().from_string(self._text)
        except jinja2.TemplateSyntaxError as error:
            message = f"the chat template does not parse, line {error.lineno}: {error.message}"
            raise TemplateError(message) from error
        except (RecursionError, SyntaxError, MemoryError) as error:
            # The latter two come from Python's compiler, for loops in loops and brackets in brackets.
            message = "the chat template does not parse: it is nested too deeply"
            raise TemplateError(message) from error

    def __repr__(self) -> str:
        tokens = f"bos_token={self._bos_token!r}, eos_token={self._eos_token!r}"
        return f"ChatTemplate(<{len(self._text)} characters>, {tokens})"


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    """What Hugging Face's `apply_chat_template` gives to templates: whitespace rules, loop controls and globals."""
    import jinja2.ext
    from jinja2 import nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(jinja2.ext.Extension):
        """`{% generation %}`, which marks what the assistant wrote for training; here it only encloses."""

        tags = {"generation"}  # noqa: RUF012 - jinja2's own way to declare tags

        def parse(self, parser: Parser) -> Node:
            lineno = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body, lineno=lineno)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _strftime_now
    return environment


def _check_message(i: int, message: object) -> None:
    if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
        text = f"message {i} is {message!r}, but must be a mapping with a 'role' that is text"
        raise TemplateError(text)


def _tojson(
    value: object,
    ensure_ascii: bool = False,  # noqa: FBT001, FBT002 - templates may pass it by place, as with Hugging Face
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,  # noqa: FBT001, FBT002
) -> str:
    """jinja2's own filter escapes HTML and sorts keys, which would change what the model reads."""
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise_exception(message: str) -> NoReturn:
    import jinja2

    raise jinja2.TemplateError(message)


def _strftime_now(form: str) -> str:
    # The local time, as a person would tell it to the model.
    return datetime.now().astimezone().strftime(form)


def _line(error: Exception) -> str:
    """Where in the template; jinja2 puts its lines into the traceback."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return f", line {lines[-1]}" if lines else ""

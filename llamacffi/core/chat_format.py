"""llama.cpp's own chat code: templates with tools and reasoning, and the way back from a reply to a message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llamacffi._native import Handle, ffi, lib, start
from llamacffi.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llamacffi.core.vocab import Vocab

__all__ = ["ChatFormat", "ReplyParser", "apply_builtin", "builtin_templates", "control_tokens"]


class ChatFormat(Handle):
    """A chat template as llama.cpp's own engine has it (common_chat_templates_init). Usable from any thread.

    The engine is not Python's jinja2, but knows how replies to some hundred templates are constrained and read. What a
    template does is bounded: it may take 10 seconds, call itself some ten thousand deep, and make 256 MB of text.
    Raises TemplateError with the engine's reason when the template does not parse.
    """

    def __init__(self, source: str, *, bos_token: str = "", eos_token: str = "") -> None:
        start()  # llama-common would print its log until then
        for name, token in (("bos_token", bos_token), ("eos_token", eos_token)):
            if "\0" in token:
                message = f"{name} is {token!r}, but must be text without NUL characters"
                raise TemplateError(message)
        data = _encoded(source, "the chat template")
        error = ffi.new("char **")
        ptr = lib.lcffi_chat_template_new(
            data, len(data), _encoded(bos_token, "bos_token"), _encoded(eos_token, "eos_token"), error
        )
        if not ptr:
            reason = _taken(error[0])
            if reason == "std::exception":  # all that llama.cpp leaves of it; that it parses was seen before
                reason = "it takes too long to try out"
            message = f"llama.cpp does not take the chat template: {reason}"
            raise TemplateError(message)
        super().__init__(ptr, lib.lcffi_chat_template_free)

    @property
    def capabilities(self) -> dict[str, bool]:
        """What llama.cpp found out about the template: `supports_tools`, `supports_system_role` and so on.

        common_chat_templates_get_caps.
        """
        answer = json.loads(self._ask(lib.lcffi_chat_template_caps, b"", ()))
        return dict(answer)

    def apply(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Write the prompt, and say how the reply is to be constrained and read (common_chat_templates_apply).

        `request` has `messages` and perhaps `tools`, `tool_choice` ("auto", "none", "required"), `parallel_tool_calls`,
        `json_schema`, `grammar`, `reasoning_format`, `enable_thinking`, `add_generation_prompt`,
        `continue_final_message` and `chat_template_kwargs`. The answer has `prompt`, `grammar`, `grammar_lazy`,
        `grammar_triggers`, `preserved_tokens`, `additional_stops`, `thinking_start_tag`, `thinking_end_tags`,
        `supports_thinking`, and what ReplyParser takes. llama.cpp may change the messages to what it knows the template
        to want. Raises TemplateError.
        """
        answer: dict[str, Any] = json.loads(self._request(lib.lcffi_chat_apply, request))
        return answer

    def direct_apply(self, request: Mapping[str, Any]) -> str:
        """Return what the template makes of the messages as they are (common_chat_template_direct_apply).

        `request` has `messages` and perhaps `tools`, `add_generation_prompt`, `enable_thinking` and `extra_context`.
        Raises TemplateError.
        """
        return self._request(lib.lcffi_chat_direct_apply, request)

    def _request(self, function: Callable[..., Any], request: Mapping[str, Any]) -> str:
        data = _as_json(request)
        return self._ask(function, data, (data, len(data)))

    def _ask(self, function: Callable[..., Any], _pin: bytes, arguments: tuple[Any, ...]) -> str:
        return self.share(_answer, function, self.ptr, *arguments)


class ReplyParser(Handle):
    """Reads what a model wrote, as it grows: content, reasoning and tool calls (common_chat_parse).

    `params` has what `ChatFormat.apply` said of the reply (`format`, `parser`, `generation_prompt`), and perhaps
    `reasoning_format` ("none" leaves the thoughts in the content) and `parse_tool_calls`.
    Raises TemplateError for a parser that llama.cpp does not take.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        start()
        data = _as_json(params)
        error = ffi.new("char **")
        ptr = lib.lcffi_chat_parser_new(data, len(data), error)
        if not ptr:
            message = f"llama.cpp does not take the parser of replies: {_taken(error[0])}"
            raise TemplateError(message)
        super().__init__(ptr, lib.lcffi_chat_parser_free)

    def parse(self, text: str, *, partial: bool = False) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Read the reply so far, all of it: the message, and what is new in it since the last call.

        `partial` says that more may come. The message is a dict of `role`, `content`, and perhaps `reasoning_content`
        and `tool_calls`; a delta has `content`, `reasoning_content` or `tool_call` (`index`, `id`, `name`,
        `arguments`). Raises TemplateError when the text cannot be a reply in the template's format.
        """
        data = _encoded(text, "the reply")
        answer = json.loads(self.call(lambda ptr: _answer(lib.lcffi_chat_parse, ptr, data, len(data), partial)))
        return answer["message"], answer["deltas"]


def builtin_templates() -> tuple[str, ...]:
    """Return the names of the formats that llama.cpp writes without a template (llama_chat_builtin_templates)."""
    n = lib.llama_chat_builtin_templates(ffi.NULL, 0)
    names = ffi.new("const char *[]", n)
    lib.llama_chat_builtin_templates(names, n)
    return tuple(sorted(ffi.string(name).decode() for name in names))


def apply_builtin(name: str, messages: Sequence[tuple[str, str]], *, add_generation_prompt: bool = True) -> str:
    """Write the prompt in the format of that name; a message is a role and a text (llama_chat_apply_template).

    Raises TemplateError for a name that is not among `builtin_templates()`.
    """
    if name not in builtin_templates():
        message = f"llama.cpp has no format named {name!r}; it has {', '.join(builtin_templates())}"
        raise TemplateError(message)
    texts = []
    for i, (role, content) in enumerate(messages):
        if "\0" in role + content:
            message = f"message {i} has a NUL character, which llama.cpp's own formats cannot write"
            raise TemplateError(message)
        parts = _encoded(role, f"the role of message {i}"), _encoded(content, f"message {i}")
        texts.append(tuple(ffi.new("char[]", part) for part in parts))
    chat = ffi.new("struct llama_chat_message[]", texts)
    room = 256 + sum(len(role) + len(content) for role, content in texts)
    while True:
        buffer: Any = ffi.new("char[]", room)
        n = lib.llama_chat_apply_template(name.encode(), chat, len(texts), add_generation_prompt, buffer, room)
        if n < 0:
            message = f"llama.cpp refused to write the messages in the format {name!r}"
            raise TemplateError(message)
        if n <= room:
            return bytes(ffi.unpack(buffer, n)).decode("utf-8", "replace")
        room = n


def control_tokens(vocab: Vocab) -> dict[str, int]:
    """Return the control tokens of a vocabulary, by what they are written with.

    They are those that llama_tokenize finds in a text only when it is told to (`parse_special`).
    """
    kinds = lib.LLAMA_TOKEN_ATTR_CONTROL | lib.LLAMA_TOKEN_ATTR_UNKNOWN
    attributes, ptr = lib.llama_vocab_get_attr, vocab.ptr

    def found() -> list[int]:
        return [token for token in range(vocab.n_tokens) if attributes(ptr, token) & kinds]

    return {text: token for token in vocab.model.share(found) if (text := vocab.text(token))}


def _answer(function: Callable[..., Any], *arguments: Any) -> str:
    n, failed = ffi.new("size_t *"), ffi.new("bool *")
    chars = function(*arguments, n, failed)
    try:
        text = bytes(ffi.unpack(chars, n[0])).decode("utf-8", "replace")
    finally:
        lib.lcffi_chat_free_text(chars)
    if failed[0]:
        raise TemplateError(_reason(text))
    return text


def _reason(text: str) -> str:
    """What went wrong; the engine draws the place in the template around it."""
    reason = text.rpartition("\nError: ")[2].removeprefix("Jinja Exception: ").strip()
    return f"llama.cpp's chat code refused it: {reason}"


def _taken(chars: Any) -> str:
    """The text, freed in C."""
    if not chars:
        return "it gives no reason"
    text = bytes(ffi.string(chars)).decode("utf-8", "replace")
    lib.lcffi_chat_free_text(chars)
    return text.strip()


def _as_json(value: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        message = f"the messages, the tools or the options cannot be written as JSON: {error}"
        raise TemplateError(message) from error


def _encoded(text: str, what: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        message = f"{what} has a lone surrogate, {text[error.start]!r} at {error.start}, which UTF-8 cannot write"
        raise TemplateError(message) from None

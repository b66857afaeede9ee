"""What Functionary's models read and write: the first ones, version 1 and version 2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llamacffi.errors import TemplateError
from llamacffi.llama.formats.layout import text_of
from llamacffi.llama.formats.sections import Sections
from llamacffi.llama.formats.typescript import namespace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["FIRST", "SECTIONS", "STARTS", "STOPS", "first_prompt", "told_messages"]

_SYSTEM = (
    "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, "
    "and polite answers to the user's questions. The assistant calls functions with appropriate input when necessary"
)
_NAME = r"(?P<name>[\w.-]+)"
_TURN = r'"\n"? "<|from|>" " "? "assistant\n<|recipient|>"'
_WITHOUT_MARKS = '([^<] | "<" [^|])*'

FIRST = Sections(
    heading=re.compile(rf":\n|(?:\n?assistant)? to=(?:functions\.)?{_NAME}:\n|\nassistant:\n"),
    openings=("\nassistant to=", "\nassistant:"),
    begins_with_heading=True,
    say=r'":\n" [^\x00]*',
    call=(" to=functions.", ":\n"),
)
"""The replies of the first models, after a prompt that ends in "assistant"."""

SECTIONS = {
    "v1": Sections(
        heading=re.compile(rf"<\|START_OF_FUNCTION_CALL\|>\s*{_NAME}:\n?|<\|END_OF_FUNCTION_CALL\|>\s*"),
        openings=("<|START_OF_FUNCTION_CALL|>", "<|END_OF_FUNCTION_CALL|>"),
        begins_with_heading=False,
        say=_WITHOUT_MARKS,
        call=("<|START_OF_FUNCTION_CALL|>", ":\n"),
        then='""',
        next='"<|END_OF_FUNCTION_CALL|>"',
        end="<|END_OF_FUNCTION_CALL|>",
        markers=("<|START_OF_FUNCTION_CALL|>", "<|END_OF_FUNCTION_CALL|>", "<|END_OF_ASSISTANT|>"),
    ),
    "v2": Sections(
        heading=re.compile(
            rf"\s*(?:<\|from\|>\s*assistant\s*<\|recipient\|>\s*)?(?:all|{_NAME})\s*<\|content\|>\s*".replace(
                _NAME, r"(?P<name>(?!all\b)[\w.-]+)"
            )
        ),
        openings=("<|from|>",),
        begins_with_heading=True,
        say=rf'"all\n<|content|>" {_WITHOUT_MARKS}',
        call=("", "\n<|content|>"),
        then=_TURN,
        next=_TURN,
        end="<|stop|>",
        markers=("<|from|>", "<|recipient|>", "<|content|>", "<|stop|>"),
    ),
}
"""The replies of later ones, by version, after a prompt that ends in what STARTS has."""

STARTS = {"v1": "assistant:\n", "v2": "<|from|>assistant\n<|recipient|>"}
STOPS = {"v1": "<|END_OF_ASSISTANT|>", "v2": "<|stop|>"}
"""What ends a reply, by version."""


def told_messages(
    messages: Sequence[Mapping[str, Any]], functions: Sequence[Mapping[str, Any]] | None, *, first: bool = False
) -> list[dict[str, Any]]:
    """The messages after the two that the models want of the system: the functions, if not None, and who it is."""
    told = [] if functions is None else [{"role": "system", "content": namespace(functions, indented=first)}]
    told.append({"role": "system", "content": _SYSTEM})
    for message in messages:
        written = dict(message)
        if written["role"] == "function" and "name" in written:
            written["name"] = f"functions.{written['name']}"
        call = written.get("function_call")
        if call:
            written["function_call"] = {**call, "name": f"functions.{call['name']}"}
        told.append(written)
    return told


def first_prompt(messages: Sequence[Mapping[str, Any]], functions: Sequence[Mapping[str, Any]] | None) -> str:
    """The prompt of the first models, up to what `FIRST` reads. Raises TemplateError for a strange role."""
    names: dict[Any, str] = {}
    for message in messages:
        for call in message.get("tool_calls") or ():
            names[call.get("id")] = f"functions.{call['function']['name']}"
    told = told_messages(messages, functions, first=True)
    return "".join(_first(i, message, names) for i, message in enumerate(told)) + "assistant"


def _first(i: int, message: Mapping[str, Any], names: Mapping[Any, str]) -> str:
    role, text = message["role"], text_of(i, message)
    if role == "system":
        return f"system:\n{text}\n"
    if role == "user":
        return f"user:\n</s>{text}</s>\n"
    if role in ("function", "tool"):
        asked = message.get("tool_call_id")
        name = message.get("name") if role == "function" else names.get(asked, asked)
        return f"function name={name}:\n{text}\n"
    if role != "assistant":
        known = f"message {i} has the role {role!r}, but the format knows system, user, assistant, function and tool"
        raise TemplateError(known)
    calls = [{"id": None, "function": message["function_call"]}] if message.get("function_call") else []
    calls = calls or list(message.get("tool_calls") or ())
    said = f"assistant:\n{text}\n" if text or not calls else ""
    for call in calls:
        function = call["function"]
        name = names.get(call["id"], function["name"])
        said += f"assistant to={name}:\n{function['arguments']}</s>\n"
    return said

"""The templates that llama.cpp ships with its source, and replies in their formats."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from llamacffi import ChatTemplate, TemplateError
from llamacffi.chat.reply import ReplyReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CALLS", "TOOLS", "Reply", "calls_of", "replies", "shipped_templates"]

TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Get the weather.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string", "description": "Where."}, "days": {"type": "integer"}},
                "required": ["city"],
            },
        },
    },
    {
        "type": "function",
        "function": {
            "name": "add",
            "description": "Add two numbers.",
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                "required": ["a", "b"],
            },
        },
    },
]
CALLS: list[tuple[str, dict[str, Any]]] = [("get_weather", {"city": "Paris", "days": 2}), ("add", {"a": 1, "b": -2})]
_USER = {"role": "user", "content": "Weather in Paris?"}


@dataclass(frozen=True)
class Reply:
    """What a model that follows the template would write to make `calls`, and how it is read."""

    text: str
    params: dict[str, Any]
    calls: list[tuple[str, dict[str, Any]]]


def shipped_templates(llama_cpp: Path) -> dict[str, ChatTemplate]:
    """All of them, by name."""
    paths = sorted((llama_cpp / "models" / "templates").glob("*.jinja"))
    return {path.stem: ChatTemplate.from_file(path, bos_token="<s>", eos_token="</s>") for path in paths}


def calls_of(message: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Name and arguments of the calls in a message that was read."""
    calls = [call["function"] for call in message.get("tool_calls", ())]
    return [(call["name"], json.loads(call["arguments"])) for call in calls]


def replies(template: ChatTemplate, n_calls: int) -> Reply | None:
    """The template's own rendering of an assistant's message with the first `n_calls` of CALLS.

    It is what follows the prompt up to the end of the turn, found by trying: of the renderings with and without
    thoughts, and of the places where the turn may end, the first that reads as those calls and nothing else. None when
    there is no such text.
    """
    calls = CALLS[:n_calls]
    for text, params in _candidates(template, n_calls):
        for cut in _ends(text):
            try:
                message = ReplyReader(params).finish(cut)
                found = calls_of(message)
            except (TemplateError, json.JSONDecodeError):  # cut in the middle of a call
                continue
            if found == calls and not message.get("content"):
                return Reply(cut, params, calls)
    return None


def _candidates(template: ChatTemplate, n_calls: int) -> Iterator[tuple[str, dict[str, Any]]]:
    calls = [
        {"id": f"call_000{i}", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
        for i, (name, arguments) in enumerate(CALLS[:n_calls], 1)
    ]
    message: dict[str, Any] = {"role": "assistant", "content": "", "tool_calls": calls}
    for thinking in (True, False):
        options: dict[str, Any] = {"tools": TOOLS, "enable_thinking": thinking, "parallel_tool_calls": n_calls > 1}
        prompt = template.apply([_USER], **options)
        for extra in ({}, {"reasoning_content": "Hm."}):
            try:
                whole = template.apply([_USER, {**message, **extra}], **options, add_generation_prompt=False).text
            except TemplateError:
                continue
            if whole.startswith(prompt.text):
                yield whole[len(prompt.text) :], dict(prompt.reply)
                continue
            before = prompt.text.removesuffix(prompt.generation_prompt)
            if not whole.startswith(before):
                continue
            # The prompt has begun thoughts that the rendering leaves out: the model would end them first.
            rest = whole[len(before) :]
            header = prompt.generation_prompt.rpartition(prompt.thinking_start or "\0")[0]
            header = _common(rest, header or prompt.generation_prompt)
            begun = _common(rest, prompt.generation_prompt)
            for end in prompt.thinking_ends:
                yield end + rest[len(begun) :], dict(prompt.reply)
                yield end + rest[len(header) :], dict(prompt.reply)
                yield rest[len(header) :].removeprefix(prompt.thinking_start), dict(prompt.reply)


def _common(left: str, right: str) -> str:
    """What both begin with."""
    n = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return left[:n]


def _ends(text: str) -> Iterator[str]:
    """`text`, and what is left of it before each of the last markers in it."""
    yield text
    end = len(text)
    for _ in range(4):
        end = max(text.rfind(marker, 0, end) for marker in ("<", "[", "</"))
        if end <= 0:
            return
        yield text[:end]
        yield text[:end].rstrip()

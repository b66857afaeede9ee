"""Ollama's messages as a chat template has them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llamacffi.errors import TemplateError

if TYPE_CHECKING:
    from llamacffi.server.ollama.schema import GenerateRequest

__all__ = ["conversation", "question"]

_ROLES = ("system", "user", "assistant", "tool")


def conversation(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The messages; calls, which have no ids there, and their results are matched by name, or in their order.

    Raises TemplateError for what is no message.
    """
    messages: list[dict[str, Any]] = []
    waiting: list[tuple[str, str]] = []  # names and ids of the calls that have no result yet
    for i, one in enumerate(given):
        role, content, images = one.get("role"), one.get("content"), one.get("images")
        if role not in _ROLES or not isinstance(content, (str, type(None))):
            message = f"message {i} is {one!r:.200}, but must have a role ({', '.join(_ROLES)}) and a text as content"
            raise TemplateError(message)
        new: dict[str, Any] = {"role": role, "content": _with_images(i, content or "", images)}
        if role == "assistant" and one.get("tool_calls"):
            new["tool_calls"] = [_call(i, j, call) for j, call in enumerate(_list(i, "tool_calls", one["tool_calls"]))]
            waiting = [(call["function"]["name"], call["id"]) for call in new["tool_calls"]]
        if isinstance(one.get("thinking"), str) and one["thinking"]:
            new["reasoning_content"] = one["thinking"]
        if role == "tool":
            name = one.get("tool_name") or one.get("name")
            new["tool_call_id"] = one.get("tool_call_id") or _taken(waiting, name) or f"call_{i}"
            if isinstance(name, str):
                new["name"] = name
        messages.append(new)
    return messages


def question(asked: GenerateRequest) -> list[dict[str, Any]]:
    """A prompt as a conversation."""
    messages: list[dict[str, Any]] = []
    if asked.system:
        messages.append({"role": "system", "content": asked.system})
    messages.append({"role": "user", "content": _with_images(0, asked.prompt or "", asked.images)})
    return messages


def _with_images(i: int, text: str, images: object) -> str | list[dict[str, Any]]:
    if not images:
        return text
    parts: list[dict[str, Any]] = [{"type": "text", "text": text}] if text else []
    for image in _list(i, "images", images):
        if not isinstance(image, str):
            message = f"message {i} has the image {image!r:.200}, but must have a text in base64"
            raise TemplateError(message)
        url = image if image[:5].lower() == "data:" else f"data:image/*;base64,{image}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return parts


def _list(i: int, name: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        message = f"message {i} has {name} {value!r:.200}, but must have a list there"
        raise TemplateError(message)
    return value


def _call(i: int, j: int, call: object) -> dict[str, Any]:
    function = call.get("function") if isinstance(call, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    if not isinstance(name, str) or not isinstance(arguments, (Mapping, type(None))):
        message = (
            f'message {i} has the call {call!r:.200}, but must have {{"function": {{"name": …, "arguments": {{}}}}}}'
        )
        raise TemplateError(message)
    assert isinstance(call, Mapping)
    known = call.get("id")
    return {
        "id": known if isinstance(known, str) and known else f"call_{i}_{j}",
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(arguments or {}, ensure_ascii=False)},
    }


def _taken(waiting: list[tuple[str, str]], name: object) -> str | None:
    """The id of the call that a result is of, which then waits no more."""
    for k, (called, call_id) in enumerate(waiting):
        if name is None or called == name:
            del waiting[k]
            return call_id
    return None

"""Anthropic's messages, which are lists of blocks, as a chat template has them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llamacffi.errors import TemplateError

if TYPE_CHECKING:
    from llamacffi.server.messages.schema import CountRequest

__all__ = ["conversation"]

# A stamp in some clients' system prompts that differs from call to call: nothing after it would be found in the cache.
_STAMP = re.compile(r"\A(x-anthropic-billing-header:.*?\bcch=)[^;\s]+(?=;)", re.DOTALL)


def conversation(asked: CountRequest) -> tuple[list[dict[str, Any]], str]:
    """The messages, and the beginning of the answer, where the last of them is the assistant's.

    Raises TemplateError for blocks that cannot be.
    """
    messages: list[dict[str, Any]] = []
    system = _system(asked.system)
    if system:
        messages.append({"role": "system", "content": system})
    for i, given in enumerate(asked.messages):
        if given.role not in ("user", "assistant", "system"):
            message = f"messages.{i}: the role is {given.role!r:.200}, but must be user or assistant"
            raise TemplateError(message)
        if isinstance(given.content, str):
            messages.append({"role": given.role, "content": given.content})
        else:
            messages += _messages(f"messages.{i}", given.role, given.content)
    prefill = ""
    if messages and messages[-1]["role"] == "assistant" and not messages[-1].get("tool_calls"):
        prefill = _flat(messages.pop()["content"])
    if not any(message["role"] != "system" for message in messages):
        message = "the messages have nothing to answer: there must be one of the user's"
        raise TemplateError(message)
    return messages, prefill


def _system(system: str | Sequence[Mapping[str, Any]] | None) -> str:
    if system is None:
        return ""
    texts = [system] if isinstance(system, str) else [_text(f"system.{i}", block) for i, block in enumerate(system)]
    return "\n".join(_STAMP.sub(r"\1fffff", text) for text in texts)


def _messages(where: str, role: str, blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One message, with the results of tools as messages before it: they answer the calls that came last."""
    content: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    thoughts: list[str] = []
    for j, block in enumerate(blocks):
        kind, place = block.get("type"), f"{where}.content.{j}"
        if kind == "thinking":
            thoughts.append(_field(place, block, "thinking"))
        elif kind == "redacted_thinking":
            continue
        elif kind == "tool_use":
            calls.append(_call(place, block))
        elif kind == "tool_result":
            results.append(_result(place, block))
        else:
            content += _parts(place, block)
    message: dict[str, Any] = {"role": role, "content": _plain(content)}
    if calls:
        message["tool_calls"] = calls
    if thoughts:
        message["reasoning_content"] = "".join(thoughts)
    empty = not (content or calls or thoughts)
    return results if empty and results else [*results, message]


def _parts(place: str, block: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A block as the parts of a message's content."""
    kind = block.get("type")
    if kind == "text":
        return [{"type": "text", "text": _text(place, block)}]
    if kind == "image":
        return [{"type": "image_url", "image_url": {"url": _url(place, block.get("source"))}}]
    if kind == "document":
        return _document(place, block)
    if kind == "search_result":
        content = block.get("content")
        return _all_parts(place, content if isinstance(content, list) else [])
    message = f"{place}: a block of the type {kind!r:.200} is not supported"
    raise TemplateError(message)


def _all_parts(place: str, blocks: Sequence[Any]) -> list[dict[str, Any]]:
    parts = []
    for j, block in enumerate(blocks):
        if not isinstance(block, Mapping):
            message = f"{place}.content.{j}: {block!r:.200} is no block; it must be an object with a type"
            raise TemplateError(message)
        parts += _parts(f"{place}.content.{j}", block)
    return parts


def _document(place: str, block: Mapping[str, Any]) -> list[dict[str, Any]]:
    source = block.get("source")
    kind = source.get("type") if isinstance(source, Mapping) else None
    if isinstance(source, Mapping) and kind == "text":
        return [{"type": "text", "text": _field(place, source, "data")}]
    if isinstance(source, Mapping) and kind == "content":
        content = source.get("content")
        if isinstance(content, str):
            return [{"type": "text", "text": content}]
        return _all_parts(place, content if isinstance(content, list) else [])
    message = f"{place}: a document of the type {kind!r:.200} is not supported; send its text"
    raise TemplateError(message)


def _url(place: str, source: object) -> str:
    if isinstance(source, Mapping) and source.get("type") == "url":
        return _field(place, source, "url")
    if isinstance(source, Mapping) and source.get("type") == "base64":
        return f"data:{_field(place, source, 'media_type')};base64,{_field(place, source, 'data')}"
    message = f"{place}: an image has the source {source!r:.200}, but must have one of the type base64 or url"
    raise TemplateError(message)


def _call(place: str, block: Mapping[str, Any]) -> dict[str, Any]:
    given = block.get("input")
    if not isinstance(given, Mapping):
        message = f"{place}: a tool_use has the input {given!r:.200}, but must have an object"
        raise TemplateError(message)
    function = {"name": _field(place, block, "name"), "arguments": json.dumps(given, ensure_ascii=False)}
    return {"id": _field(place, block, "id"), "type": "function", "function": function}


def _result(place: str, block: Mapping[str, Any]) -> dict[str, Any]:
    content = block.get("content")
    parts = [] if content is None else content
    if isinstance(content, str):
        parts = [{"type": "text", "text": content}]
    if not isinstance(parts, list):
        message = f"{place}: a tool_result has the content {content!r:.200}, but must have a text or a list of blocks"
        raise TemplateError(message)
    return {
        "role": "tool",
        "tool_call_id": _field(place, block, "tool_use_id"),
        "content": _plain(_all_parts(place, parts)),
    }


def _plain(parts: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """Parts; of one text, or none, the text."""
    if len(parts) > 1 or any(part["type"] != "text" for part in parts):
        return parts
    return str(parts[0]["text"]) if parts else ""


def _flat(content: str | Sequence[Mapping[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    if any(part["type"] != "text" for part in content):
        message = "the last message is the beginning of an answer, and must be text for it to go on from"
        raise TemplateError(message)
    return "".join(str(part["text"]) for part in content)


def _text(place: str, block: Mapping[str, Any]) -> str:
    if block.get("type") != "text":
        message = f"{place}: the block has the type {block.get('type')!r:.200}, but must be text"
        raise TemplateError(message)
    return _field(place, block, "text")


def _field(place: str, block: Mapping[str, Any], name: str) -> str:
    value = block.get(name)
    if not isinstance(value, str):
        message = f"{place}: {name} is {value!r:.200}, but must be a text"
        raise TemplateError(message)
    return value

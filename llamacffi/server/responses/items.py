"""The items that a response is asked with, and the messages that they are to a chat template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from llamacffi.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["complete_items", "messages_of"]

_TEXTS = frozenset({"input_text", "output_text", "text", "reasoning_text", "summary_text"})
_PREFIXES = {"message": "msg", "function_call": "fc", "function_call_output": "fco", "reasoning": "rs"}
_NAMES: dict[type, str] = {str: "a text", list: "a list", type(None): "null"}
_NEEDED: dict[str, dict[str, tuple[type, ...]]] = {
    "message": {"content": (list,)},
    "function_call": {"call_id": (str,), "name": (str,), "arguments": (str,)},
    "function_call_output": {"call_id": (str,), "output": (str, list)},
    "reasoning": {"content": (list, type(None)), "summary": (list, type(None))},
}


def complete_items(
    given: str | Sequence[Any] | None, referred: Callable[[str], dict[str, Any] | None]
) -> list[dict[str, Any]]:
    """The items of a request, each with an id, a type and, where it is a message, a list of parts.

    `referred` finds the item that another one refers to. Raises TemplateError for what is no item.
    """
    if given is None:
        return []
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    return [_complete(i, item, referred) for i, item in enumerate(given)]


def messages_of(items: Sequence[Mapping[str, Any]], instructions: str | None) -> list[dict[str, Any]]:
    """Complete items as messages: what the assistant says, thinks and calls in a row is one message.

    Instructions, and what the system says right after them, are one message too: most templates know no other. Raises
    TemplateError for items of a kind that cannot be.
    """
    messages: list[dict[str, Any]] = []
    if instructions:
        messages.append({"role": "system", "content": instructions})
    for item in items:
        new = _message(item)
        if new is None:
            continue
        last = messages[-1] if messages else None
        if last is not None and last["role"] == new["role"] == "assistant" and _joined(last, new):
            continue
        if last is not None and len(messages) == 1 and last["role"] == new["role"] == "system":
            last["content"] = _together(last["content"], new["content"])
            continue
        messages.append(new)
    return messages


def _complete(i: int, item: Any, referred: Callable[[str], dict[str, Any] | None]) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        message = f"input item {i} is {item!r:.200}, but must be an object"
        raise TemplateError(message)
    kind = item.get("type") or ("message" if "role" in item else None)
    if kind == "item_reference":
        name = item.get("id")
        found = referred(name) if isinstance(name, str) else None
        if found is None:
            message = f"input item {i} refers to the item {name!r:.200}, which is not stored; send the item itself"
            raise TemplateError(message)
        return found
    if kind not in _PREFIXES:
        message = (
            f"input item {i} has the type {kind!r:.200}, but must be a message, function_call, function_call_output, "
            "reasoning or item_reference"
        )
        raise TemplateError(message)
    complete: dict[str, Any] = {**item, "type": kind}
    if not isinstance(complete.get("id"), str):
        complete["id"] = f"{_PREFIXES[kind]}_{uuid4().hex}"
    if kind == "message":
        role, content = item.get("role"), item.get("content")
        if role not in ("user", "assistant", "system", "developer"):
            message = f"input item {i} has the role {role!r:.200}, but must be user, assistant, system or developer"
            raise TemplateError(message)
        if isinstance(content, str):
            name = "output_text" if role == "assistant" else "input_text"
            more: dict[str, Any] = {"annotations": []} if role == "assistant" else {}
            complete["content"] = [{"type": name, "text": content, **more}]
        complete.setdefault("status", "completed")
    _check(i, complete)
    return complete


def _check(i: int, item: Mapping[str, Any]) -> None:
    """Raise TemplateError for an item whose parts are not what its type needs."""
    kind = item["type"]
    for name, types in _NEEDED[kind].items():
        if not isinstance(item.get(name), types):
            names = " or ".join(_NAMES[one] for one in types)
            message = f"input item {i}, a {kind}, has {name} {item.get(name)!r:.200}, but must have {names} there"
            raise TemplateError(message)
    for name in ("content", "output", "summary"):
        parts = item.get(name)
        for part in parts if isinstance(parts, list) else ():
            if not isinstance(part, Mapping) or not isinstance(part.get("type"), str):
                message = f"input item {i}, a {kind}, has the part {part!r:.200}, but must have objects with a type"
                raise TemplateError(message)


def _message(item: Mapping[str, Any]) -> dict[str, Any] | None:
    kind = item["type"]
    if kind == "message":
        role = "system" if item["role"] == "developer" else item["role"]
        return {"role": role, "content": _content(item["content"])}
    if kind == "function_call":
        function = {"name": item["name"], "arguments": item["arguments"] or "{}"}
        call = {"id": item["call_id"], "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if kind == "function_call_output":
        output = item["output"]
        content = output if isinstance(output, str) else _content(output)
        return {"role": "tool", "tool_call_id": item["call_id"], "content": content}
    thought = "".join(str(part.get("text") or "") for part in item.get("content") or ())
    return {"role": "assistant", "content": None, "reasoning_content": thought} if thought else None


def _content(parts: Sequence[Mapping[str, Any]]) -> str | list[dict[str, Any]]:
    """Parts as chat templates have them; of one text, or none, the text."""
    content = [_part(part) for part in parts]
    if len(content) > 1 or any(part["type"] != "text" for part in content):
        return content
    return content[0]["text"] if content else ""


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = part["type"]
    text = part.get("refusal" if kind == "refusal" else "text")
    if kind in _TEXTS or kind == "refusal":
        if not isinstance(text, str):
            message = f"a part of the type {kind} has the text {text!r:.200}, but must have a text"
            raise TemplateError(message)
        return {"type": "text", "text": text}
    if kind in ("input_image", "image_url"):
        given = part.get("image_url")
        url = given.get("url") if isinstance(given, Mapping) else given
        if not isinstance(url, str):
            message = f"a part of the type {kind} has the image_url {given!r:.200}, but must have a URL"
            raise TemplateError(message)
        return {"type": "image_url", "image_url": {"url": url}}
    if kind == "input_audio":
        return dict(part)
    message = f"a part has the type {kind!r:.200}, which is not supported: use input_text, input_image or input_audio"
    raise TemplateError(message)


def _joined(last: dict[str, Any], new: Mapping[str, Any]) -> bool:
    """Add to what the assistant said before, where that can be one message: thoughts come before all else."""
    if "reasoning_content" in new:
        if last.get("content") or last.get("tool_calls"):
            return False
        last["reasoning_content"] = last.get("reasoning_content", "") + new["reasoning_content"]
    elif "tool_calls" in new:
        last["tool_calls"] = [*last.get("tool_calls", ()), *new["tool_calls"]]
    elif last.get("content") or last.get("tool_calls"):
        return False
    else:
        last["content"] = new["content"]
    return True


def _together(first: str | list[dict[str, Any]], second: str | list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """Two contents as one; of texts alone a text."""
    parts = [*_parts(first), *_parts(second)]
    if any(part["type"] != "text" for part in parts):
        return parts
    texts = ["\n".join(str(part["text"]) for part in _parts(content)) for content in (first, second)]
    return "\n\n".join(texts)


def _parts(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content

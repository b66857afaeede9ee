"""The items of a response's output as they grow, and the events that tell of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacffi.chat.reply import ReplyDelta, ToolCallDelta

__all__ = ["CallItem", "MessageItem", "OutputItem", "ReasoningItem", "kind_of"]

Event = dict[str, Any]


def kind_of(delta: ReplyDelta) -> tuple[str, int]:
    """Which kind of item something new belongs to, and of calls which."""
    if delta.tool_call is not None:
        return "call", delta.tool_call.index
    return ("reasoning" if delta.reasoning_content else "message"), 0


class OutputItem(ABC):
    """One item: `begin`, `push` and `end` give its events without their numbers, `item` is what there is of it."""

    def __init__(self, kind: tuple[str, int], index: int, prefix: str) -> None:
        self.kind = kind
        self.item: dict[str, Any] = {"id": f"{prefix}_{uuid4().hex}"}
        self._index = index
        self._text: list[str] = []

    def begin(self) -> Iterator[Event]:
        """The events before the first text."""
        yield {"type": "response.output_item.added", "output_index": self._index, "item": dict(self.item)}

    @abstractmethod
    def push(self, delta: ReplyDelta, logprobs: list[Any]) -> Event:
        """Take something new; `logprobs` tell of its tokens."""

    def end(self, *, cut_off: bool) -> Iterator[Event]:
        """The events after the last text; `cut_off` when there would have been more."""
        self.item["status"] = "incomplete" if cut_off else "completed"
        yield {"type": "response.output_item.done", "output_index": self._index, "item": self.item}

    def _event(self, name: str, /, **more: Any) -> Event:
        return {"type": f"response.{name}", "item_id": self.item["id"], "output_index": self._index, **more}


class _TextItem(OutputItem):
    """An item whose content is one part that is text."""

    _name: str

    def _part(self, text: str) -> dict[str, Any]:
        return {"type": self._name, "text": text}

    def _more(self, logprobs: list[Any]) -> dict[str, Any]:
        """What else delta and done have."""
        return {}

    def begin(self) -> Iterator[Event]:
        """The item, and its part."""
        yield from super().begin()
        yield self._event("content_part.added", content_index=0, part=self._part(""))

    def push(self, delta: ReplyDelta, logprobs: list[Any]) -> Event:
        """New text."""
        text = delta.content or delta.reasoning_content
        self._text.append(text)
        return self._event(f"{self._name}.delta", content_index=0, delta=text, **self._more(logprobs))

    def end(self, *, cut_off: bool) -> Iterator[Event]:
        """The text, the part and the item, whole."""
        text = "".join(self._text)
        part = self._part(text)
        self.item["content"] = [part]
        yield self._event(f"{self._name}.done", content_index=0, text=text, **self._more(part.get("logprobs", [])))
        yield self._event("content_part.done", content_index=0, part=part)
        yield from super().end(cut_off=cut_off)


class MessageItem(_TextItem):
    """What the model answers."""

    _name = "output_text"

    def __init__(self, kind: tuple[str, int], index: int) -> None:
        super().__init__(kind, index, "msg")
        self.item |= {"type": "message", "status": "in_progress", "role": "assistant", "content": []}
        self._logprobs: list[Any] = []

    def _part(self, text: str) -> dict[str, Any]:
        return {**super()._part(text), "annotations": [], "logprobs": list(self._logprobs)}

    def _more(self, logprobs: list[Any]) -> dict[str, Any]:
        return {"logprobs": logprobs}

    def push(self, delta: ReplyDelta, logprobs: list[Any]) -> Event:
        """New text, with what is told of its tokens."""
        self._logprobs += logprobs
        return super().push(delta, logprobs)


class ReasoningItem(_TextItem):
    """What the model thinks."""

    _name = "reasoning_text"

    def __init__(self, kind: tuple[str, int], index: int) -> None:
        super().__init__(kind, index, "rs")
        self.item |= {"type": "reasoning", "status": "in_progress", "summary": [], "content": []}


class CallItem(OutputItem):
    """A function that the model calls."""

    def __init__(self, kind: tuple[str, int], index: int, call: ToolCallDelta, call_id: str) -> None:
        super().__init__(kind, index, "fc")
        self.item |= {
            "type": "function_call",
            "status": "in_progress",
            "call_id": call_id,
            "name": call.name,
            "arguments": "",
        }

    def push(self, delta: ReplyDelta, logprobs: list[Any]) -> Event:
        """A piece of the arguments."""
        assert delta.tool_call is not None
        self._text.append(delta.tool_call.arguments)
        return self._event("function_call_arguments.delta", delta=delta.tool_call.arguments)

    def end(self, *, cut_off: bool) -> Iterator[Event]:
        """The call, whole."""
        self.item["arguments"] = arguments = "".join(self._text)
        yield self._event("function_call_arguments.done", name=self.item["name"], arguments=arguments)
        yield from super().end(cut_off=cut_off)

"""One message on its way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from llamacffi.server.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llamacffi.chat.reply import ReplyDelta
    from llamacffi.llama.chat_job import ChatJob

__all__ = ["MessageJob"]

Event = dict[str, Any]
_BEGINNINGS: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": ""},
    "thinking": {"type": "thinking", "thinking": "", "signature": ""},
}


class MessageJob(Turn[dict[str, Any], Event]):
    """Its parts are the events of a stream; the whole is the message."""

    def __init__(self, chat: ChatJob, *, model: str, stop_sequences: Sequence[str] = ()) -> None:
        super().__init__(chat)
        self._head = {"id": f"msg_{uuid4().hex}", "type": "message", "role": "assistant", "model": model}
        self._stop_sequences = stop_sequences
        self._blocks: list[dict[str, Any]] = []
        self._kind: tuple[str, int] | None = None
        self._text: list[str] = []

    def begin(self) -> Iterator[Event]:
        """The message without anything in it; what of its prompt was cached is told at the end."""
        usage = {
            "input_tokens": self.n_prompt,
            "output_tokens": 0,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
        }
        message: Event = {**self._head, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
        yield {"type": "message_start", "message": message}

    def delta(self, delta: ReplyDelta) -> Iterator[Event]:
        """A block begins, or grows."""
        call = delta.tool_call
        if call is not None:
            kind, new = ("tool_use", call.index), call.arguments
            told = {"type": "input_json_delta", "partial_json": new}
        elif delta.reasoning_content:
            kind, new = ("thinking", 0), delta.reasoning_content
            told = {"type": "thinking_delta", "thinking": new}
        else:
            kind, new = ("text", 0), delta.content
            told = {"type": "text_delta", "text": new}
        if self._kind != kind:
            yield from self._closed()
            if call is None:
                block = dict(_BEGINNINGS[kind[0]])
            else:
                name = self.answer.id_of(call.index, call.id)
                block = {"type": "tool_use", "id": name, "name": call.name, "input": {}}
            self._kind = kind
            self._blocks.append(block)
            yield {"type": "content_block_start", "index": len(self._blocks) - 1, "content_block": dict(block)}
        self._text.append(new)
        if new:
            yield {"type": "content_block_delta", "index": len(self._blocks) - 1, "delta": told}

    def end(self) -> Iterator[Event]:
        """The end of the last block, and of the message."""
        yield from self._closed()
        stop = {"stop_reason": self._stop_reason, "stop_sequence": self._stop_sequence}
        yield {"type": "message_delta", "delta": stop, "usage": self._usage()}
        yield {"type": "message_stop"}

    def whole(self) -> dict[str, Any]:
        """The message."""
        return {
            **self._head,
            "content": self._blocks,
            "stop_reason": self._stop_reason,
            "stop_sequence": self._stop_sequence,
            "usage": self._usage(),
        }

    def _closed(self) -> Iterator[Event]:
        if self._kind is None:
            return
        index, block = len(self._blocks) - 1, self._blocks[-1]
        text = "".join(self._text)
        self._text.clear()
        if self._kind[0] == "tool_use":
            block["input"] = _object(text)
        else:
            block[self._kind[0]] = text
        if self._kind[0] == "thinking":  # nobody signs it here, but clients wait for that before the end
            signature = {"type": "signature_delta", "signature": ""}
            yield {"type": "content_block_delta", "index": index, "delta": signature}
        self._kind = None
        yield {"type": "content_block_stop", "index": index}

    @property
    def _stop_sequence(self) -> str | None:
        return self.stop if self.stop in self._stop_sequences else None

    @property
    def _stop_reason(self) -> str:
        if self.answer.was_cut_off:
            return "max_tokens"
        if any(block["type"] == "tool_use" for block in self._blocks):
            return "tool_use"
        return "end_turn" if self._stop_sequence is None else "stop_sequence"

    def _usage(self) -> dict[str, int]:
        """As Anthropic counts: the input without what was cached."""
        usage = self.finish.usage
        return {
            "input_tokens": usage.prompt_tokens - usage.cached_tokens,
            "output_tokens": usage.completion_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": usage.cached_tokens,
        }


def _object(text: str) -> dict[str, Any]:
    """The arguments of a call; none where they were cut off."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}

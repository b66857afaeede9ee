"""One response on its way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from llamacffi.llama.chat_job import told_logprob
from llamacffi.server.responses.output import CallItem, MessageItem, OutputItem, ReasoningItem, kind_of
from llamacffi.server.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llamacffi.chat.reply import ReplyDelta
    from llamacffi.core.vocab import Vocab
    from llamacffi.llama.chat_job import ChatJob
    from llamacffi.server.errors import ApiError

__all__ = ["ResponseJob"]

Event = dict[str, Any]


class ResponseJob(Turn[dict[str, Any], Event]):
    """Its parts are the events of a stream, each with its number; the whole is the response."""

    def __init__(
        self,
        chat: ChatJob,
        response: dict[str, Any],
        vocab: Vocab,
        *,
        tells: bool = False,
        done: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        """`response` is what every event about the whole has; `tells` adds log-probabilities to its text.

        `done` is called with the response before anybody is told that it is over.
        """
        super().__init__(chat)
        self._response = response
        self._vocab = vocab
        self._tells = tells
        self._done = done
        self._items: list[OutputItem] = []
        self._open: OutputItem | None = None
        self._n_events = 0

    def begin(self) -> Iterator[Event]:
        """The response without anything in it."""
        yield self._about("created", self._response)
        yield self._about("in_progress", self._response)

    def delta(self, delta: ReplyDelta) -> Iterator[Event]:
        """An item begins, or grows."""
        kind = kind_of(delta)
        if self._open is None or self._open.kind != kind:
            yield from self._closed(cut_off=False)
            yield from self._opened(self._made(delta, kind))
        assert self._open is not None
        logprobs = self._logprobs() if self._tells else []
        if delta.tool_call is None or delta.tool_call.arguments:
            yield self._numbered(self._open.push(delta, logprobs))

    def end(self) -> Iterator[Event]:
        """The last item, and the response."""
        if not self._items:  # who asked expects a message, be it empty
            yield from self._opened(MessageItem(("message", 0), 0))
        yield from self._closed(cut_off=self.answer.was_cut_off)
        response = self._ended()
        if self._done is not None:
            self._done(response)
        yield self._about("incomplete" if self.answer.was_cut_off else "completed", response)

    def failed(self, error: ApiError) -> Event:
        """What is told when something went wrong after it began."""
        told = {"code": "server_error", "message": error.message}
        output = [item.item for item in self._items]
        return self._about("failed", {**self._response, "status": "failed", "error": told, "output": output})

    def whole(self) -> dict[str, Any]:
        """The response."""
        return self._response

    def _ended(self) -> dict[str, Any]:
        usage = self.finish.usage
        was_cut_off = self.answer.was_cut_off
        thought = self.answer.reader.message.get("reasoning_content") or ""
        n_thought = len(self._vocab.tokenize(thought, add_special=False)) if thought else 0
        self._response = {
            **self._response,
            "status": "incomplete" if was_cut_off else "completed",
            "completed_at": None if was_cut_off else int(time.time()),
            "incomplete_details": {"reason": "max_output_tokens"} if was_cut_off else None,
            "output": [item.item for item in self._items],
            "usage": {
                "input_tokens": usage.prompt_tokens,
                "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
                "output_tokens": usage.completion_tokens,
                "output_tokens_details": {"reasoning_tokens": min(n_thought, usage.completion_tokens)},
                "total_tokens": usage.total_tokens,
            },
        }
        return self._response

    def _made(self, delta: ReplyDelta, kind: tuple[str, int]) -> OutputItem:
        index = len(self._items)
        if delta.tool_call is not None:
            call_id = self.answer.id_of(delta.tool_call.index, delta.tool_call.id)
            return CallItem(kind, index, delta.tool_call, call_id)
        return (ReasoningItem if delta.reasoning_content else MessageItem)(kind, index)

    def _opened(self, item: OutputItem) -> Iterator[Event]:
        self._items.append(item)
        self._open = item
        yield from map(self._numbered, item.begin())

    def _closed(self, *, cut_off: bool) -> Iterator[Event]:
        if self._open is not None:
            yield from map(self._numbered, self._open.end(cut_off=cut_off))
            self._open = None

    def _logprobs(self) -> list[Any]:
        told = [told_logprob(each) for each in self.answer.logprobs]
        self.answer.logprobs.clear()
        return told

    def _about(self, what: str, response: dict[str, Any]) -> Event:
        return self._numbered({"type": f"response.{what}", "response": response})

    def _numbered(self, event: Event) -> Event:
        event["sequence_number"] = self._n_events
        self._n_events += 1
        return event

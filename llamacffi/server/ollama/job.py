"""Answers as Ollama tells of them: lines of JSON."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from llamacffi.llama.chat_job import told_logprob
from llamacffi.llama.completion_job import finish_reason
from llamacffi.llama.job import Job
from llamacffi.server.turns import Turn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llamacffi.chat.reply import ReplyDelta, ToolCallDelta
    from llamacffi.engine import Request
    from llamacffi.generation import Chunk, Finish
    from llamacffi.llama.chat_job import ChatJob

__all__ = ["LineJob", "Lines", "RawJob", "now"]

Line = dict[str, Any]


def now() -> str:
    """The time as Ollama writes it."""
    return datetime.now(timezone.utc).isoformat().replace("+00:00", "Z")


class Lines:
    """The shape of the lines of one answer: `chat` has messages, `generate` has responses."""

    def __init__(self, shape: Literal["chat", "generate"], model: str, start: float, *, load: float = 0.0) -> None:
        """`start` is when it was asked, by `time.perf_counter`; `load` are the seconds that the model took to load."""
        self._shape, self._model = shape, model
        self._start, self._load = start, load

    def part(
        self,
        content: str = "",
        thinking: str = "",
        calls: Sequence[dict[str, Any]] = (),
        logprobs: Sequence[Any] = (),
        *,
        done: bool = False,
    ) -> Line:
        """One line."""
        told: dict[str, Any] = {"thinking": thinking} if thinking else {}
        if calls:
            told["tool_calls"] = list(calls)
        line: Line = {"model": self._model, "created_at": now()}
        if self._shape == "chat":
            line["message"] = {"role": "assistant", "content": content, **told}
        else:
            line |= {"response": content, **told}
        if logprobs:
            line["logprobs"] = list(logprobs)
        return {**line, "done": done}

    def loaded(self, reason: str = "load") -> Line:
        """The line of a question without a prompt."""
        return {**self.part(done=True), "done_reason": reason}

    def ended(self, line: Line, finish: Finish, reason: str) -> Line:
        """The last line, with the counts; durations are nanoseconds."""
        return {
            **line,
            "done": True,
            "done_reason": reason,
            "total_duration": _ns(perf_counter() - self._start),
            "load_duration": _ns(self._load),
            "prompt_eval_count": finish.usage.prompt_tokens,
            "prompt_eval_duration": _ns(finish.timings.prompt),
            "eval_count": finish.usage.completion_tokens,
            "eval_duration": _ns(finish.timings.generation),
        }


class LineJob(Turn[Line, Line]):
    """An answer to a conversation; a call is told of when it is whole."""

    def __init__(self, chat: ChatJob, lines: Lines) -> None:
        super().__init__(chat)
        self._lines = lines
        self._content: list[str] = []
        self._thinking: list[str] = []
        self._calls: list[dict[str, Any]] = []
        self._logprobs: list[Any] = []
        self._call: ToolCallDelta | None = None
        self._arguments: list[str] = []

    def delta(self, delta: ReplyDelta) -> Iterator[Line]:
        """A line with what is new."""
        call = delta.tool_call
        if self._call is not None and (call is None or call.index != self._call.index):
            yield from self._called()
        if call is not None:
            self._call = self._call or call
            self._arguments.append(call.arguments)
            return
        self._content.append(delta.content)
        self._thinking.append(delta.reasoning_content)
        yield self._lines.part(delta.content, delta.reasoning_content, logprobs=self._told())

    def end(self) -> Iterator[Line]:
        """The last line."""
        if self._call is not None and not self.answer.was_cut_off:
            yield from self._called()
        yield self._lines.ended(self._lines.part(logprobs=self._told()), self.finish, self._reason)

    def whole(self) -> Line:
        """All of it in one line."""
        content, thinking = "".join(self._content), "".join(self._thinking)
        return self._lines.ended(
            self._lines.part(content, thinking, self._calls, self._logprobs), self.finish, self._reason
        )

    @property
    def _reason(self) -> str:
        return "length" if self.answer.was_cut_off else "stop"

    def _called(self) -> Iterator[Line]:
        assert self._call is not None
        call, self._call = self._call, None
        arguments = "".join(self._arguments)
        self._arguments.clear()
        try:
            given = json.loads(arguments or "{}")
        except (ValueError, RecursionError):
            return  # no call that anybody could make
        told = {
            "id": self.answer.id_of(call.index, call.id),
            "function": {"index": call.index, "name": call.name, "arguments": given},
        }
        self._calls.append(told)
        yield self._lines.part(calls=[told])

    def _told(self) -> list[Any]:
        told = [told_logprob(each) for each in self.answer.logprobs]
        self.answer.logprobs.clear()
        self._logprobs += told
        return told


class RawJob(Job[Line, Line]):
    """Text that goes on from a prompt."""

    def __init__(self, requests: tuple[Request, ...], lines: Lines, *, streams: bool = True) -> None:
        self.requests = requests
        self._streams = streams
        self._lines = lines
        self._text: list[str] = []
        self._logprobs: list[Any] = []
        self._finish: Finish | None = None

    @property
    def patient(self) -> bool:
        """Whether no lines are wanted."""
        return not self._streams

    def push(self, index: int, chunk: Chunk) -> Iterator[Line]:
        """Take new text."""
        told = [told_logprob(each) for each in chunk.logprobs]
        self._text.append(chunk.text)
        self._logprobs += told
        if chunk.text or told:
            yield self._lines.part(chunk.text, logprobs=told)
        if chunk.finish is not None:
            self._finish = chunk.finish
            yield self._ended(self._lines.part())

    def whole(self) -> Line:
        """All of it in one line."""
        return self._ended(self._lines.part("".join(self._text), logprobs=self._logprobs))

    def _ended(self, line: Line) -> Line:
        assert self._finish is not None
        return self._lines.ended(line, self._finish, finish_reason(self._finish.reason))


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)

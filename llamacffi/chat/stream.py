"""A reply on its way."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import RLock
from time import perf_counter
from typing import TYPE_CHECKING, Any

from llamacffi.chat.reading import ReplyText, complete, last_of
from llamacffi.errors import LlamaError
from llamacffi.generation import Finish, Timings, Usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from llamacffi.chat.prompt import ChatPrompt
    from llamacffi.chat.reply import ReplyDelta, ReplyReader
    from llamacffi.core.vocab import Vocab
    from llamacffi.generation import Chunk

__all__ = ["ChatReply", "ChatStream"]


@dataclass(frozen=True)
class ChatReply:
    """What the model answered: the message, and how it ended."""

    message: dict[str, Any]
    """Role, content, and perhaps reasoning_content and tool_calls, as the next prompt takes it."""
    finish: Finish
    text: str = field(repr=False)
    """As the model wrote it, markers and all."""

    @property
    def content(self) -> str:
        """The answer itself."""
        return str(self.message.get("content") or "")

    @property
    def reasoning_content(self) -> str:
        """What the model thought; "" when it did not, or was not asked apart."""
        return str(self.message.get("reasoning_content") or "")

    @property
    def tool_calls(self) -> list[dict[str, Any]]:
        """The calls that it wants made: id, and function with name and arguments (JSON)."""
        return list(self.message.get("tool_calls") or ())

    @property
    def finish_reason(self) -> str:
        """`tool_calls`, `stop` or `length`."""
        return "tool_calls" if self.tool_calls else self.finish.reason

    def __str__(self) -> str:
        return self.content


class ChatStream(Iterator["ReplyDelta"]):
    """Deltas of a reply as they become known; `reply` is the whole when the last one was taken.

    Closing it early, or letting go of it, ends the generation; the session then keeps what was said so far, and forgets
    the question when that is nothing. Usable from any thread. The session ends it when it is asked for something else
    meanwhile; taking more of it then raises LlamaError.
    """

    def __init__(
        self,
        chunks: Iterator[Chunk],
        prompt: ChatPrompt,
        vocab: Vocab,
        stop: Sequence[str],
        done: Callable[[dict[str, Any]], None],
        *,
        min_tokens: int = 0,
        lock: AbstractContextManager[Any] | None = None,
        seed: int = 0,
        n_cached: int = 0,
    ) -> None:
        """`stop` is not looked for in the text of the first `min_tokens` tokens."""
        early = Finish("stop", None, Usage(len(prompt.tokens or ()), n_cached, 0), Timings(0, 0), seed)
        self._lock = RLock() if lock is None else lock
        self._run = _Run(prompt.reader(), ReplyText(prompt, vocab, stop, min_tokens), early)
        self._deltas = self._run.deltas(chunks, done)
        self._was_ended = False

    def __next__(self) -> ReplyDelta:
        with self._lock:
            if self._was_ended:
                message = "the session was asked for something else before this reply was whole, and ended it"
                raise LlamaError(message)
            return next(self._deltas)

    @property
    def reply(self) -> ChatReply:
        """The whole; what is not yet there is waited for. Raises LlamaError when it was closed before."""
        for _ in self:
            pass
        if self._run.reply is None:
            message = "the reply was closed, or failed, before it was whole; session.messages has what there is of it"
            raise LlamaError(message)
        return self._run.reply

    def close(self) -> None:
        """Stop generating."""
        with self._lock:
            self._deltas.close()
            self._run.is_over = True

    def end(self) -> None:
        """Stop generating, for something else to begin; nothing happens when it has ended. Raises LlamaError inside."""
        with self._lock:
            if self._run.is_over:
                return
            try:
                self._deltas.close()
            except ValueError as error:  # it is what runs, and calls this
                message = "the session is in the middle of a step of its reply; ask for nothing else from inside it"
                raise LlamaError(message) from error
            self._run.is_over = self._was_ended = True


class _Run:
    """What a stream's generator needs: not the stream itself, which else would go on when nobody has it any more."""

    def __init__(self, reader: ReplyReader, text: ReplyText, early: Finish) -> None:
        self._reader = reader
        self._text = text
        self._early = early
        self._start = perf_counter()
        self.reply: ChatReply | None = None
        self.is_over = False

    def deltas(
        self, chunks: Iterator[Chunk], done: Callable[[dict[str, Any]], None]
    ) -> Generator[ReplyDelta, None, None]:
        finish = None
        try:
            for chunk in chunks:
                yield from self._reader.push(self._text.push(chunk))
                finish = chunk.finish
                if finish is None and self._text.stop is not None:
                    # The generator does not know, since control tokens are no text to it.
                    finish = self._stopped()
                    break
        finally:
            self.is_over = True
            if finish is None:  # closed, or the generator failed
                with suppress(LlamaError):  # ClosedError too, as Python exits
                    self._reader.close(partial=True)
                if self._reader.text:
                    done(complete(self._reader.message))
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        assert finish is not None
        if self._text.stop is not None:
            finish = replace(finish, reason="stop", stop=self._text.stop)
        last = last_of(self._reader, partial=finish.reason == "length")
        message = complete(self._reader.message)
        self.reply = ChatReply(message, finish, self._reader.text)
        done(dict(message))
        yield from last

    def _stopped(self) -> Finish:
        """How it ended when the generator was not asked to the end."""
        text, now = self._text, perf_counter()
        first = text.first or now
        usage = replace(self._early.usage, completion_tokens=text.n_tokens)
        return replace(self._early, usage=usage, timings=Timings(first - self._start, now - first))

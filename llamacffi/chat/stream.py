"""A reply on its way."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from llamacffi.core.detokenizer import Detokenizer
from llamacffi.errors import TemplateError
from llamacffi.generation.stopping import StopStrings

if TYPE_CHECKING:
    from collections.abc import Callable

    from llamacffi.chat.prompt import ChatPrompt
    from llamacffi.chat.reply import ReplyDelta
    from llamacffi.core.vocab import Vocab
    from llamacffi.generation import Chunk, Finish

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

    Closing it early ends the generation; the session then keeps what was said so far.
    """

    def __init__(
        self,
        chunks: Iterator[Chunk],
        prompt: ChatPrompt,
        vocab: Vocab,
        stop: Sequence[str],
        done: Callable[[dict[str, Any]], None],
    ) -> None:
        self._reader = prompt.reader()
        self._text = _Text(prompt, vocab, stop)
        self._deltas = self._run(chunks, done)
        self._reply: ChatReply | None = None

    def __next__(self) -> ReplyDelta:
        return next(self._deltas)

    @property
    def reply(self) -> ChatReply:
        """The whole; what is not yet there is waited for."""
        for _ in self._deltas:
            pass
        if self._reply is None:
            message = "the reply was closed before it was whole"
            raise TemplateError(message)
        return self._reply

    def close(self) -> None:
        """Stop generating."""
        self._deltas.close()

    def _run(
        self, chunks: Iterator[Chunk], done: Callable[[dict[str, Any]], None]
    ) -> Generator[ReplyDelta, None, None]:
        finish = None
        try:
            for chunk in chunks:
                yield from self._reader.push(self._text.push(chunk))
                finish = chunk.finish
        finally:
            if finish is None:  # closed, or the generator failed
                with suppress(TemplateError):
                    self._reader.close(partial=True)
                done(dict(self._reader.message))
        assert finish is not None
        if self._text.stop is not None:
            finish = replace(finish, reason="stop", stop=self._text.stop)
        try:
            last = self._reader.close(partial=finish.reason == "length")
        except TemplateError:
            # No reply in the format: what can be read of it is what there is.
            last = self._last()
        message = dict(self._reader.message)
        self._reply = ChatReply(message, finish, self._reader.text)
        done(message)
        yield from last

    def _last(self) -> list[ReplyDelta]:
        try:
            return self._reader.close(partial=True)
        except TemplateError:
            return []


class _Text:
    """The text of chunks, with those control tokens that the reader looks for."""

    def __init__(self, prompt: ChatPrompt, vocab: Vocab, stop: Sequence[str]) -> None:
        self._vocab = vocab
        texts = {*prompt.preserved_tokens, prompt.thinking_start, *prompt.thinking_ends} - {""}
        tokenized = [vocab.tokenize(text, add_special=False, parse_special=True) for text in sorted(texts)]
        single = {tokens[0] for tokens in tokenized if len(tokens) == 1}
        self._shown = {token for token in single if "control" in vocab.attributes(token)}
        self._detokenizer = Detokenizer()
        self._stops = StopStrings(stop) if stop else None
        self.stop: str | None = None
        """The stop string that was met; what the generator still says is not part of the reply."""

    def push(self, chunk: Chunk) -> str:
        if self.stop is not None:
            return ""
        if not self._shown or (chunk.text and not chunk.tokens):  # some generators tell no tokens
            return chunk.text
        text = ""
        for token in chunk.tokens:
            text += self._detokenizer.push(self._vocab.piece(token, special=token in self._shown))
        if chunk.finish is not None:
            text += self._detokenizer.flush()
        if self._stops is None:
            return text
        # The tokens of a stop string are among the chunk's, and its text is held back until it is whole.
        text, self.stop = self._stops.push(text)
        return text + self._stops.flush() if chunk.finish is not None and self.stop is None else text

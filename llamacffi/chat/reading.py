"""The reply to a prompt, read chunk by chunk: what sessions and other callers share, whatever drives the generation."""

from __future__ import annotations

import json
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from llamacffi.core.detokenizer import Detokenizer
from llamacffi.errors import TemplateError
from llamacffi.generation.stopping import StopStrings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llamacffi.chat.prompt import ChatPrompt
    from llamacffi.chat.reply import ReplyDelta
    from llamacffi.core.vocab import Vocab
    from llamacffi.generation import Chunk

__all__ = ["Reader", "ReplyText", "complete", "last_of"]


class Reader(Protocol):
    """What turns the text of a reply into a message, as `ReplyReader` does."""

    @property
    def text(self) -> str:
        """What was pushed so far."""

    @property
    def message(self) -> dict[str, Any]:
        """The message so far."""

    def push(self, text: str) -> list[ReplyDelta]:
        """Add text, and return what that makes known."""

    def close(self, text: str = "", *, partial: bool = False) -> list[ReplyDelta]:
        """Add the last text and return what was not known before; `partial` says that it was cut off."""


class ReplyText:
    """The text of chunks, with those control tokens that the reader looks for."""

    def __init__(self, prompt: ChatPrompt, vocab: Vocab, stop: Sequence[str], min_tokens: int) -> None:
        """`stop` is not looked for in the text of the first `min_tokens` tokens."""
        self._vocab = vocab
        texts = {*prompt.preserved_tokens, prompt.thinking_start, *prompt.thinking_ends} - {""}
        tokenized = [vocab.tokenize(text, add_special=False, parse_special=True) for text in sorted(texts)]
        single = {tokens[0] for tokens in tokenized if len(tokens) == 1}
        self._shown = {token for token in single if "control" in vocab.attributes(token)}
        self._detokenizer = Detokenizer()
        self._stops = StopStrings(stop) if stop else None
        self._min_tokens = min_tokens
        self.n_tokens = 0
        self.first = 0.0
        """When the first token was there."""
        self.stop: str | None = None
        """The stop string that was met; what the generator still says is not part of the reply."""

    @property
    def may_stop(self) -> bool:
        """Whether it looks for stop strings itself, in what the generator tells as no text."""
        return bool(self._shown) and self._stops is not None

    def push(self, chunk: Chunk) -> str:
        """What a chunk adds to the reply."""
        n_early = self._min_tokens - self.n_tokens
        self.n_tokens += len(chunk.tokens)
        self.first = self.first or perf_counter()
        if self.stop is not None:
            return ""
        if not self._shown or (chunk.text and not chunk.tokens):  # some generators tell no tokens
            return chunk.text
        text = early = ""
        for i, token in enumerate(chunk.tokens, start=1):
            text += self._detokenizer.push(self._vocab.piece(token, special=token in self._shown))
            if i <= n_early:
                early, text = early + text, ""
        if chunk.finish is not None:
            text += self._detokenizer.flush()
        if self._stops is None:
            return early + text
        # The tokens of a stop string are among the chunk's, and its text is held back until it is whole.
        text, self.stop = self._stops.push(text)
        held = self._stops.flush() if chunk.finish is not None and self.stop is None else ""
        return early + text + held


def last_of(reader: Reader, text: str = "", *, partial: bool) -> list[ReplyDelta]:
    """What its last text makes known of a reply; of one that is none in the format, what can be read of it."""
    try:
        return reader.close(text, partial=partial)
    except TemplateError:
        try:
            return reader.close(partial=True)
        except TemplateError:
            return []


def complete(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message without calls whose arguments were cut off: llama.cpp reads them, and no template can write them."""
    calls = [dict(call) for call in message.get("tool_calls") or () if _is_object(call["function"]["arguments"])]
    rest = {key: value for key, value in message.items() if key != "tool_calls"}
    return {**rest, "tool_calls": calls} if calls else rest


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False

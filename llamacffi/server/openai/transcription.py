"""A sound on its way to text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.server.turn_options import turn_options
from llamacffi.server.turns import Turn, chat_turn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llamacffi.chat.reply import ReplyDelta
    from llamacffi.core.media import Media
    from llamacffi.server.models.served import Served
    from llamacffi.server.schemas.audio import TranscriptionRequest

__all__ = ["TranscriptionJob", "transcription_of"]

Event = dict[str, Any]
_ASKS = "Transcribe audio to text"
_LFM2 = ("<|tool_list_start|>", "<|tool_list_end|>")
"""What llama.cpp knows the templates of Liquid's models by, which are asked in other words."""


class TranscriptionJob(Turn[dict[str, Any], Event]):
    """Its parts are the events of a stream; the whole is the text with its usage."""

    def delta(self, delta: ReplyDelta) -> Iterator[Event]:
        """More of the text; thoughts are no part of it."""
        if delta.content:
            yield {"type": "transcript.text.delta", "delta": delta.content}

    def end(self) -> Iterator[Event]:
        """The whole text."""
        yield {"type": "transcript.text.done", **self.whole()}

    def whole(self) -> dict[str, Any]:
        """The text."""
        usage = self.finish.usage
        return {
            "text": str(self.answer.reader.message.get("content") or "").strip(),
            "usage": {
                "type": "tokens",
                "input_tokens": usage.prompt_tokens,
                "output_tokens": usage.completion_tokens,
                "total_tokens": usage.total_tokens,
                "input_token_details": {"cached_tokens": usage.cached_tokens},
            },
        }


def transcription_of(asked: TranscriptionRequest, sound: Media, served: Served, salt: str | None) -> TranscriptionJob:
    """The job, in llama-server's words to the model. Raises what `create_chat_completion` raises of its arguments."""
    template = served.llama.model.chat_template() or ""
    system, user = ("Perform ASR.", "") if all(text in template for text in _LFM2) else ("", _ASKS)
    text = (asked.prompt or user) + (f" (language: {asked.language})" if asked.language else "")
    content: list[Any] = [{"type": "text", "text": text}] if text else []
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    messages.append({"role": "user", "content": [*content, sound]})
    own = {name: getattr(asked, name) for name in ("temperature", "max_tokens", "seed")}
    options = turn_options({}, {"enable_thinking": False, **own}, served, salt)
    return TranscriptionJob(chat_turn(served.llama, messages, options, streams=asked.stream))

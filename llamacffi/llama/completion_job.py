"""One completion on its way."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from llamacffi.core.detokenizer import Detokenizer
from llamacffi.generation import Chunk, Completion
from llamacffi.llama.job import Job
from llamacffi.llama.types import (
    CompletionChoice,
    CompletionLogprobs,
    CompletionUsage,
    CreateCompletionResponse,
    CreateCompletionStreamResponse,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llamacffi.engine.many import Many
    from llamacffi.generation import TokenLogprob
    from llamacffi.generation.completion import FinishReason
    from llamacffi.llama.prompts import Prompt

__all__ = ["CompletionJob", "finish_reason"]


def finish_reason(reason: FinishReason) -> Literal["stop", "length"]:
    """As OpenAI's API has it: what ran out of time was cut off, and who cancels has what he wanted."""
    return "length" if reason in {"length", "time"} else "stop"


class CompletionJob(Job[CreateCompletionResponse, CreateCompletionStreamResponse]):
    """Of each prompt some answers, and of them choices; without `streams` there are no parts."""

    def __init__(
        self,
        asked: Sequence[tuple[Prompt, Many]],
        *,
        model: str,
        echo: bool,
        tells: bool,
        streams: bool,
        usage: bool,
    ) -> None:
        self.streams = streams
        self._asked = asked
        self._model, self._echo, self._tells, self._usage = model, echo, tells, usage
        self._id = f"cmpl-{uuid.uuid4()}"
        self._created = int(time.time())
        self._answers = [_Answer(prompt, echo=echo, tells=tells) for prompt, many in asked for _ in many.requests]
        requests = [request for _, many in asked for request in many.requests]
        if streams and echo and tells:  # each stream begins with them
            n = requests[0].params.logprobs
            requests = [replace(one, params=replace(one.params, prompt_logprobs=n)) for one in requests]
        self.requests = tuple(requests)

    @property
    def patient(self) -> bool:
        """Whether no parts are wanted."""
        return not self.streams

    def push(self, index: int, chunk: Chunk) -> Iterator[CreateCompletionStreamResponse]:
        """Take new text of one answer."""
        answer = self._answers[index]
        answer.chunks.append(chunk)
        return self._parts(index, answer, chunk) if self.streams else iter(())

    def silent(self, index: int) -> CreateCompletionStreamResponse:
        """A part that says nothing."""
        return self._head([{"text": "", "index": index, "logprobs": None, "finish_reason": None}])

    def close(self) -> Iterable[CreateCompletionStreamResponse]:
        """The usage, when it is to be told."""
        if self._usage:
            yield {**self._head([]), "usage": self._counted([answer.completion for answer in self._answers])}

    def whole(self) -> CreateCompletionResponse:
        """The response."""
        choices: list[CompletionChoice] = []
        made: list[Completion] = []
        first = 0
        for prompt, many in self._asked:
            answers = self._answers[first : first + len(many.requests)]
            first += len(many.requests)
            for completion in many.completions([answer.completion for answer in answers]):
                choices.append(self._choice(len(choices), prompt, completion))
                made.append(completion)
        return {**self._head(choices), "usage": self._counted(made)}

    def _parts(self, index: int, answer: _Answer, chunk: Chunk) -> Iterator[CreateCompletionStreamResponse]:
        text, told = answer.part(chunk)
        if text or told is not None:
            yield self._head([{"text": text, "index": index, "logprobs": told, "finish_reason": None}])
        if chunk.finish is not None:
            reason = finish_reason(chunk.finish.reason)
            yield self._head([{"text": "", "index": index, "logprobs": None, "finish_reason": reason}])

    def _choice(self, index: int, prompt: Prompt, completion: Completion) -> CompletionChoice:
        whole = _Answer(prompt, echo=self._echo, tells=self._tells)
        chunk = Chunk(completion.text, completion.tokens, completion.finish, completion.logprobs)
        text, told = whole.part(replace(chunk, prompt_logprobs=completion.prompt_logprobs))
        reason = finish_reason(completion.finish_reason)
        return {
            "text": text,
            "index": index,
            "logprobs": (told or _nothing()) if self._tells else None,
            "finish_reason": reason,
        }

    def _head(self, choices: list[CompletionChoice]) -> CreateCompletionResponse:
        return {
            "id": self._id,
            "object": "text_completion",
            "created": self._created,
            "model": self._model,
            "choices": choices,
        }

    def _counted(self, made: Sequence[Completion]) -> CompletionUsage:
        n_prompt = sum(len(prompt.tokens) for prompt, _ in self._asked)
        n_made = sum(one.usage.completion_tokens for one in made)
        return {"prompt_tokens": n_prompt, "completion_tokens": n_made, "total_tokens": n_prompt + n_made}


class _Answer:
    """The chunks of one answer, and how much of them was told."""

    def __init__(self, prompt: Prompt, *, echo: bool, tells: bool) -> None:
        self.chunks: list[Chunk] = []
        self._prompt, self._echo, self._tells = prompt, echo, tells
        self._begun = False
        self._offset = 0
        self._detokenizer = Detokenizer()

    @property
    def completion(self) -> Completion:
        """All of it, once it has ended."""
        return Completion.of(self.chunks)

    def part(self, chunk: Chunk) -> tuple[str, CompletionLogprobs | None]:
        """New text, the prompt before the first when it is to be there, and what is told of its tokens."""
        text, listed = chunk.text, _nothing()
        if not self._begun:
            self._begun = True
            if self._echo:
                text = self._prompt.text + text
                self._list_prompt(chunk, listed)
            elif self._tells:
                self._offset = len(self._prompt.text)
        if self._tells:
            for told in chunk.logprobs:
                self._list(told.piece, told, listed)
        return text, listed if listed["tokens"] else None

    def _list_prompt(self, chunk: Chunk, listed: CompletionLogprobs) -> None:
        prompt = self._prompt
        if not self._tells:
            return
        first = prompt.n_unnamed
        for i, token in enumerate(prompt.tokens[first:], first):
            # The first is told nothing of, as in OpenAI's API, whether or not BOS was before it.
            told = chunk.prompt_logprobs[i] if first < i < len(chunk.prompt_logprobs) else None
            self._list(prompt.llama.vocab.piece(token, special=True), told, listed)

    def _list(self, piece: bytes, told: TokenLogprob | None, listed: CompletionLogprobs) -> None:
        listed["text_offset"].append(self._offset)
        self._offset += len(self._detokenizer.push(piece))
        listed["tokens"].append(_text(piece))
        if told is None:
            listed["token_logprobs"].append(None)
            listed["top_logprobs"].append(None)
            return
        listed["token_logprobs"].append(told.logprob)
        best: dict[str, float] = {}
        for one in told.top:
            best.setdefault(_text(one.piece), one.logprob)  # the best of those that are spelt alike
        best.setdefault(_text(piece), told.logprob)
        listed["top_logprobs"].append(best)


def _text(piece: bytes) -> str:
    """What a token spells; of part of a character nothing."""
    return piece.decode("utf-8", "ignore")


def _nothing() -> CompletionLogprobs:
    return {"text_offset": [], "token_logprobs": [], "tokens": [], "top_logprobs": []}

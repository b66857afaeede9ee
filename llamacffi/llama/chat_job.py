"""One chat completion on its way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from llamacffi.chat.reading import ReplyText, last_of
from llamacffi.core.sampling import ReasoningBudget
from llamacffi.engine.many import Many
from llamacffi.errors import TemplateError
from llamacffi.generation.checks import checked_texts
from llamacffi.llama.completion_job import finish_reason
from llamacffi.llama.job import Job
from llamacffi.llama.params import request, sampling_params, wants_usage
from llamacffi.llama.prompts import check_length
from llamacffi.llama.types import CreateChatCompletionResponse, CreateChatCompletionStreamResponse

if TYPE_CHECKING:
    from llamacffi.chat.prompt import ChatPrompt
    from llamacffi.chat.reading import Reader
    from llamacffi.chat.reply import ReplyDelta, ToolCallDelta
    from llamacffi.core.vocab import Vocab
    from llamacffi.engine import Request
    from llamacffi.generation import Chunk, SamplingParams, TokenLogprob
    from llamacffi.generation.completion import Finish
    from llamacffi.generation.constraints import Constraint
    from llamacffi.llama.base import LlamaBase
    from llamacffi.llama.chat_options import ChatAsked
    from llamacffi.llama.types import CompletionUsage

__all__ = ["ChatAnswer", "ChatJob", "ChatPlan", "chat_job", "told_logprob"]

_LOGITS = ("regex", "choices")


@dataclass(frozen=True, kw_only=True)
class ChatPlan:
    """What a chat handler makes of a question: a prompt, and how the answer to it is held and read."""

    prompt: ChatPrompt
    """With its tokens."""
    reader: Callable[[], Reader] | None = None
    """Makes what reads one answer; None is the prompt's own."""
    constraint: Constraint | None = None
    """What the answer is held to, where the prompt's grammar does not say."""
    stop: Sequence[str] = ()
    """What ends the answer, besides `prompt.stops`."""
    stop_tokens: Sequence[int] = ()
    stopping_criteria: Any = None
    """In llama-cpp-python's convention."""


def chat_job(llama: LlamaBase, asked: ChatAsked, plan: ChatPlan, *, streams: bool) -> ChatJob:
    """The job of one call. Raises ContextOverflow for a prompt that is too long, and what is wrong with the options."""
    tokens = plan.prompt.tokens
    assert tokens is not None
    check_length(llama, tokens, "the conversation")
    params = _params(llama, asked, plan)
    many = Many.of(llama.vocab, request(llama, tokens, params, asked.options), asked.options["n"])
    model = asked.options["model"]
    return ChatJob(
        tuple(many.requests),
        asked,
        plan,
        llama.vocab,
        model=llama.model_path if model is None else model,
        streams=streams,
    )


def _params(llama: LlamaBase, asked: ChatAsked, plan: ChatPlan) -> SamplingParams:
    options, prompt = dict(asked.options), plan.prompt
    stops = () if options["stop"] is None else checked_texts("stop", options["stop"])
    ours = (*plan.stop, *prompt.stops)
    tokens = options["stop_tokens"]
    tokens = [tokens] if isinstance(tokens, int) else [*tokens]
    more: dict[str, Any] = {
        "stop": (*stops, *ours),
        "stop_tokens": [*tokens, *plan.stop_tokens, *_single(llama.vocab, (*stops, *ours))],
        "logprobs": asked.n_logprobs,
    }
    if plan.stopping_criteria:
        given = options["stopping_criteria"]
        listed = [] if given is None else [given] if callable(given) and not isinstance(given, list) else [*given]
        own = plan.stopping_criteria
        options["stopping_criteria"] = [*listed, *([own] if not isinstance(own, (list, tuple)) else own)]
    held: Any = prompt if prompt.grammar else plan.constraint
    if held is not None:
        if any(options[name] is not None for name in ("grammar", *_LOGITS)):
            message = "grammar, regex or choices hold the answer, and so do the tools or the schema; leave one out"
            raise TemplateError(message)
        options["grammar"] = held
    budget = asked.budget
    more["reasoning_budget"] = budget if isinstance(budget, ReasoningBudget) else prompt.thinking(budget)
    temperature: float = options["temperature"]
    return sampling_params(llama, options, max_tokens=options["max_tokens"], temperature=temperature, **more)


def _single(vocab: Vocab, texts: Sequence[str]) -> list[int]:
    """The control tokens among the texts: they are no text to who generates."""
    found = []
    for text in texts:
        tokens = vocab.tokenize(text.strip(), add_special=False, parse_special=True)
        if len(tokens) == 1 and vocab.is_control(tokens[0]):
            found += tokens
    return found


class ChatJob(Job[CreateChatCompletionResponse, CreateChatCompletionStreamResponse]):
    """Of one conversation `n` answers; without `streams` there are no parts."""

    def __init__(
        self,
        requests: tuple[Request, ...],
        asked: ChatAsked,
        plan: ChatPlan,
        vocab: Vocab,
        *,
        model: str,
        streams: bool,
    ) -> None:
        self.requests = requests
        self.streams = streams
        self._model = model
        self._id = f"chatcmpl-{uuid4()}"
        self._created = int(time.time())
        self._tells = asked.n_logprobs is not None
        self._tells_usage = wants_usage(asked.options) and streams
        named = asked.named is not None
        self._shape = _Shape(
            tool_calls=named or not asked.legacy, function_call=named or asked.legacy, legacy=asked.legacy
        )
        reader = plan.prompt.reader if plan.reader is None else plan.reader
        self.answers = [
            ChatAnswer(
                reader(),
                ReplyText(plan.prompt, vocab, each.params.stop_strings, each.params.min_tokens),
                # Of a call that was asked for by name the id is llama-cpp-python's.
                call_id=f"call__0_{asked.named}_{self._id.removeprefix('chat')}" if named else "",
                streams=streams,
            )
            for each in requests
        ]

    @property
    def patient(self) -> bool:
        """Whether no parts are wanted, and no answer has a stop string that only the reader sees."""
        return not (self.streams or any(answer.text.may_stop for answer in self.answers))

    def push(self, index: int, chunk: Chunk) -> Iterator[CreateChatCompletionStreamResponse]:
        """Take new text of one answer."""
        answer = self.answers[index]
        is_first = not answer.begun
        deltas = answer.push(chunk)
        return self._parts(index, answer, deltas, is_first=is_first) if self.streams else iter(())

    def silent(self, index: int) -> CreateChatCompletionStreamResponse:
        """A part that says nothing."""
        return self._part(index, {})

    def over(self, index: int) -> bool:
        """Whether a stop string was met that only the reader sees."""
        return self.answers[index].text.stop is not None

    def close(self) -> Iterator[CreateChatCompletionStreamResponse]:
        """The usage, when it is to be told."""
        if self._tells_usage:
            yield {**self._part(), "usage": self._usage()}

    def whole(self) -> CreateChatCompletionResponse:
        """The response."""
        choices = []
        for i, answer in enumerate(self.answers):
            choice = {
                "index": i,
                "message": self._shape.message(answer),
                "logprobs": _listed(answer.logprobs) if self._tells else None,
                "finish_reason": self._shape.reason(answer),
            }
            choices.append(choice)
        response = {
            "id": self._id,
            "object": "chat.completion",
            "created": self._created,
            "model": self._model,
            "choices": choices,
            "usage": self._usage(),
        }
        return cast("CreateChatCompletionResponse", response)

    def _parts(
        self, index: int, answer: ChatAnswer, deltas: list[ReplyDelta], *, is_first: bool
    ) -> Iterator[CreateChatCompletionStreamResponse]:
        if is_first:
            yield self._part(index, {"role": "assistant"})
        for delta in deltas:
            yield self._part(index, self._shape.delta(delta, answer), logprobs=self._told(answer))
        if answer.finish is not None:
            reason = self._shape.reason(answer)
            yield self._part(index, {}, reason, logprobs=self._told(answer))

    def _told(self, answer: ChatAnswer) -> Any:
        """What is to be told of the tokens since the last part."""
        if not self._tells or not answer.logprobs:
            return None
        told = _listed(answer.logprobs)
        answer.logprobs = []
        return told

    def _part(
        self, index: int | None = None, delta: Any = None, reason: str | None = None, *, logprobs: Any = None
    ) -> CreateChatCompletionStreamResponse:
        choice = {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": reason}
        part = {
            "id": self._id,
            "model": self._model,
            "created": self._created,
            "object": "chat.completion.chunk",
            "choices": [] if index is None else [choice],
        }
        return cast("CreateChatCompletionStreamResponse", part)

    def _usage(self) -> CompletionUsage:
        finishes = [answer.finish for answer in self.answers if answer.finish is not None]
        n_prompt = len(self.requests[0].prompt)
        n_made = sum(finish.usage.completion_tokens for finish in finishes)
        return {"prompt_tokens": n_prompt, "completion_tokens": n_made, "total_tokens": n_prompt + n_made}


class ChatAnswer:
    """One answer, and what is known of it."""

    def __init__(self, reader: Reader, text: ReplyText, *, call_id: str, streams: bool) -> None:
        self.reader, self.text = reader, text
        self.begun = False
        self.finish: Finish | None = None
        self.logprobs: list[TokenLogprob] = []
        self._ids = {0: call_id} if call_id else {}
        self._streams = streams
        self._held: list[str] = []

    def push(self, chunk: Chunk) -> list[ReplyDelta]:
        """Take new text, and give what it makes known."""
        self.begun = True
        self.logprobs += chunk.logprobs
        text = self.text.push(chunk)
        deltas: list[ReplyDelta] = []
        if self._streams:
            deltas = self.reader.push(text)
        else:  # to be read at once, in the end
            self._held.append(text)
        if chunk.finish is not None:
            self.finish = chunk.finish
            deltas += last_of(self.reader, "".join(self._held), partial=self.was_cut_off)
            self._held.clear()
        return deltas

    @property
    def was_cut_off(self) -> bool:
        """Whether there would have been more of it."""
        assert self.finish is not None
        return self.text.stop is None and finish_reason(self.finish.reason) == "length"

    def id_of(self, index: int, known: str = "") -> str:
        """The id of a call, made up where the format has none."""
        return self._ids.setdefault(index, known or f"call_{uuid4().hex[:24]}")


@dataclass(frozen=True)
class _Shape:
    """How calls are told: as tool_calls, as the function_call that came before them in OpenAI's API, or as both."""

    tool_calls: bool
    function_call: bool
    legacy: bool

    def message(self, answer: ChatAnswer) -> dict[str, Any]:
        """The whole message."""
        read = answer.reader.message
        message: dict[str, Any] = {"role": "assistant", "content": read.get("content") or ""}
        if read.get("reasoning_content"):
            message["reasoning_content"] = read["reasoning_content"]
        calls = read.get("tool_calls") or ()
        if not calls:
            return message
        message["content"] = message["content"] or None
        if self.function_call:
            function = calls[0]["function"]
            message["function_call"] = {"name": function["name"], "arguments": function["arguments"]}
        if self.tool_calls:
            message["tool_calls"] = [
                {"id": answer.id_of(i, call.get("id") or ""), "type": "function", "function": dict(call["function"])}
                for i, call in enumerate(calls)
            ]
        return message

    def reason(self, answer: ChatAnswer) -> str:
        """Why it ended; what was cut off asks for no call."""
        if answer.was_cut_off:
            return "length"
        if not answer.reader.message.get("tool_calls"):
            return "stop"
        return "function_call" if self.legacy else "tool_calls"

    def delta(self, delta: ReplyDelta, answer: ChatAnswer) -> dict[str, Any]:
        """What is new of a message."""
        if delta.tool_call is not None:
            return self._call(delta.tool_call, answer)
        return {"reasoning_content": delta.reasoning_content} if delta.reasoning_content else {"content": delta.content}

    def _call(self, call: ToolCallDelta, answer: ChatAnswer) -> dict[str, Any]:
        function = {"name": call.name, "arguments": call.arguments} if call.name else {"arguments": call.arguments}
        new: dict[str, Any] = {}
        if self.function_call and call.index == 0:
            new["function_call"] = function
        if self.tool_calls:
            begins = {"id": answer.id_of(call.index, call.id)} if call.name else {}
            new["tool_calls"] = [{"index": call.index, **begins, "type": "function", "function": function}]
        return new


def _listed(logprobs: Sequence[TokenLogprob]) -> Any:
    """Log-probabilities in the layout of OpenAI's chat API."""
    return {"content": list(map(told_logprob, logprobs)), "refusal": None}


def told_logprob(told: TokenLogprob) -> dict[str, Any]:
    """What is told of one token, and of those that might have been there."""
    return {
        **_token(told.piece, told.logprob),
        "top_logprobs": [_token(top.piece, top.logprob) for top in told.top],
    }


def _token(piece: bytes, logprob: float) -> dict[str, Any]:
    return {"token": piece.decode("utf-8", "replace"), "logprob": logprob, "bytes": list(piece)}

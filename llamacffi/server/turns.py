"""One turn of a conversation, for the protocols that tell of it in other words than OpenAI's chat completions."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from llamacffi.errors import TemplateError
from llamacffi.llama.chat_job import ChatPlan, chat_job
from llamacffi.llama.chat_options import asked as checked
from llamacffi.llama.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llamacffi.chat.prompt import ChatPrompt
    from llamacffi.chat.reply import ReplyDelta
    from llamacffi.generation import Chunk, Finish
    from llamacffi.llama import Llama
    from llamacffi.llama.chat_job import ChatJob
    from llamacffi.llama.chat_options import ChatAsked

__all__ = ["Turn", "chat_turn", "n_prompt_tokens", "turn_prompt"]

Whole = TypeVar("Whole")
Part = TypeVar("Part")


class Turn(Job[Whole, Part]):
    """A chat job with one answer, of which another protocol's parts are made.

    The answer is read once, by the chat job's own reader; `begin`, `delta` and `end` say what is told of it. Without
    streaming all deltas come at the end.
    """

    def __init__(self, chat: ChatJob) -> None:
        self.requests = chat.requests
        self.streams = chat.streams
        self.answer = chat.answers[0]
        self._patient = chat.patient

    @property
    def patient(self) -> bool:
        """As the chat job's."""
        return self._patient

    def push(self, index: int, chunk: Chunk) -> Iterator[Part]:
        """Take new text."""
        if not self.answer.begun:
            yield from self.begin()
        for delta in self.answer.push(chunk):
            yield from self.delta(delta)
        if chunk.finish is not None:
            yield from self.end()

    def over(self, index: int) -> bool:
        """Whether a stop string was met that only the reader sees."""
        return self.answer.text.stop is not None

    @property
    def finish(self) -> Finish:
        """How it ended, once it has."""
        assert self.answer.finish is not None
        return self.answer.finish

    @property
    def stop(self) -> str | None:
        """The stop string that ended it."""
        return self.answer.text.stop or self.finish.stop

    @property
    def n_prompt(self) -> int:
        """Tokens of the prompt."""
        return len(self.requests[0].prompt)

    def begin(self) -> Iterable[Part]:
        """What comes before the first delta."""
        return ()

    @abstractmethod
    def delta(self, delta: ReplyDelta) -> Iterable[Part]:
        """What is told of something new."""

    @abstractmethod
    def end(self) -> Iterable[Part]:
        """What comes when the answer is over."""


def chat_turn(
    llama: Llama,
    messages: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
    *,
    tools: Sequence[Mapping[str, Any]] | None = None,
    tool_choice: Any = None,
    functions: Sequence[Mapping[str, Any]] | None = None,
    function_call: Any = None,
    prefill: str = "",
    streams: bool = True,
) -> ChatJob:
    """The chat job of a turn; `options` are those of `create_chat_completion`.

    With `prefill` the answer goes on from that text, which is no part of it. Raises what `create_chat_completion`
    raises of its arguments.
    """
    older = {"functions": functions, "function_call": function_call}
    asked, plan = _planned(llama, messages, options, tools, tool_choice, prefill, **older)
    return chat_job(llama, asked, plan, streams=streams)


def turn_prompt(
    llama: Llama,
    messages: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
    *,
    tools: Sequence[Mapping[str, Any]] | None = None,
    tool_choice: Any = None,
    functions: Sequence[Mapping[str, Any]] | None = None,
    function_call: Any = None,
    prefill: str = "",
) -> ChatPrompt:
    """The prompt of a turn, which may be longer than the context. Raises as `chat_turn` does."""
    older = {"functions": functions, "function_call": function_call}
    _, plan = _planned(llama, messages, options, tools, tool_choice, prefill, **older)
    return plan.prompt


def n_prompt_tokens(
    llama: Llama, messages: Sequence[Mapping[str, Any]], options: Mapping[str, Any], **more: Any
) -> int:
    """How many tokens the prompt of a turn has; `more` is what `turn_prompt` takes. Raises as `chat_turn` does."""
    tokens = turn_prompt(llama, messages, options, **more).tokens
    assert tokens is not None
    return len(tokens)


def _planned(
    llama: Llama,
    messages: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
    tools: Sequence[Mapping[str, Any]] | None,
    tool_choice: Any,
    prefill: str,
    **older: Any,
) -> tuple[ChatAsked, ChatPlan]:
    if prefill:
        options = {**options, "enable_thinking": False}
    asked = checked(llama, messages, options, tools=tools or None, tool_choice=tool_choice, **older)
    handler: Any = llama._handler()  # noqa: SLF001 - a Llama has no public word for who answers
    plan: ChatPlan = handler.plan(llama, asked)
    return asked, _prefilled(llama, plan, prefill) if prefill else plan


def _prefilled(llama: Llama, plan: ChatPlan, text: str) -> ChatPlan:
    prompt = plan.prompt
    if plan.constraint is not None or (prompt.grammar and not prompt.lazy):
        message = "the last message is the beginning of an answer, which cannot be held to a schema or a tool as well"
        raise TemplateError(message)
    if prompt.thinking_start and prompt.generation_prompt.rstrip().endswith(prompt.thinking_start):
        message = "the last message is the beginning of an answer, but this model always thinks before it answers"
        raise TemplateError(message)
    assert prompt.tokens is not None
    tokens = (*prompt.tokens, *llama.tokenize(text, add_bos=False))
    return replace(plan, prompt=replace(prompt, text=prompt.text + text, tokens=tokens))

"""A conversation: what was said, what the model holds of it, and the tools it may use."""

from __future__ import annotations

import copy
import os
import reprlib
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal

from llamacffi.chat.calls import ToolLike, as_tools, called, not_called
from llamacffi.chat.generator import Generator, SequenceGenerator
from llamacffi.chat.options import check_variables
from llamacffi.chat.prompt import ChatPrompt, plain_prompt
from llamacffi.chat.saved import Saved
from llamacffi.chat.stream import ChatReply, ChatStream
from llamacffi.chat.template import ChatTemplate, check_messages
from llamacffi.core.media import Media
from llamacffi.errors import ContextOverflow, LlamaError, TemplateError
from llamacffi.generation import SamplingParams
from llamacffi.generation import Sequence as TokenSequence
from llamacffi.generation.start import check_params

if TYPE_CHECKING:
    from llamacffi.chat.message import Message
    from llamacffi.chat.prompt import ToolChoice
    from llamacffi.chat.tools import Tool

__all__ = ["ChatSession"]

_DEFAULTS = SamplingParams()

Content = str | Sequence[str | Mapping[str, Any] | Media]


class ChatSession:
    """A conversation with a model through anything that generates.

    `generator` is a `Sequence` or another `Generator`; `template` is the model's own unless given. `tools` are Tools,
    Python functions, or dicts in the form of OpenAI's API. `reasoning="none"` leaves thoughts in the content; "auto"
    keeps them apart; `reasoning_budget` ends them after so many tokens, `enable_thinking=False` asks for none where
    the template knows that. When the conversation no longer fits, `overflow="trim"` leaves the oldest turns out of the
    prompt (never out of `messages`); "error" raises ContextOverflow. Other keywords go to the template.

    Usable from any thread: whoever asks waits for the reply of who asked before, but for a `stream`, which ends when
    the session is asked for something else.
    """

    def __init__(
        self,
        generator: Generator | TokenSequence,
        template: ChatTemplate | None = None,
        *,
        system: str | None = None,
        params: SamplingParams = _DEFAULTS,
        tools: Sequence[ToolLike] = (),
        reasoning: Literal["auto", "none", "deepseek", "deepseek-legacy"] = "auto",
        reasoning_budget: int | None = None,
        overflow: Literal["trim", "error"] = "trim",
        **template_kwargs: Any,
    ) -> None:
        if isinstance(generator, TokenSequence):
            template = template or ChatTemplate.from_model(generator.context.model)
            generator = SequenceGenerator(generator)
        if template is None:
            message = "a template is needed with a generator that is no Sequence; pass ChatTemplate.from_model(model)"
            raise TypeError(message)
        if overflow not in ("trim", "error") or reasoning not in _REASONING:
            message = (
                f"overflow is {overflow!r} (trim or error), reasoning is {reasoning!r} ({' or '.join(_REASONING)})"
            )
            raise ValueError(message)
        if reasoning_budget is not None and (type(reasoning_budget) is not int or reasoning_budget < 0):
            message = f"reasoning_budget is {reasoning_budget!r}, but must be a number of tokens from 0, or None"
            raise ValueError(message)
        check_variables(template_kwargs, template)
        self.generator = generator
        self.template = template
        self.params = check_params(params)
        self.tools = as_tools(tools)
        self.reasoning = reasoning
        self.reasoning_budget = reasoning_budget
        self.overflow = overflow
        self.template_kwargs = template_kwargs
        self.messages: list[dict[str, Any]] = []
        """What was said, and yours to change between two replies."""
        if system is not None:
            self.messages.append({"role": "system", "content": system})
        # The oldest message in the last prompt, where others before it no longer fitted.
        self._oldest: Mapping[str, Any] | None = None
        # Weak: who lets go of a stream closes it.
        self._stream: weakref.ref[ChatStream] | None = None
        self._lock = RLock()

    def send(self, content: Content | None = None, **options: Any) -> ChatReply:
        """Say something and wait for the answer; None asks for a reply to the messages as they are.

        `options`: params, tools, tool_choice ("auto", "none", "required" or a tool's name), parallel_tool_calls, and
        what the template takes. Raises TemplateError, ContextOverflow; the session is then as it was.
        """
        with self._lock:
            return self.stream(content, **options).reply

    def stream(
        self,
        content: Content | None = None,
        *,
        params: SamplingParams | None = None,
        tools: Sequence[ToolLike] | None = None,
        tool_choice: ToolChoice = "auto",
        parallel_tool_calls: bool = True,
        **kwargs: Any,
    ) -> ChatStream:
        """Say something, and return the answer as it comes; see `send`.

        The question and the answer, or what there is of it when the stream is closed, are then part of `messages`.
        """
        check_variables(kwargs, self.template)
        with self._lock:
            self._end()
            check_messages(self.messages)
            messages = [*self.messages, *([] if content is None else [{"role": "user", "content": _checked(content)}])]
            params = check_params(self.params if params is None else params)
            schemas = [tool.schema for tool in (self.tools if tools is None else as_tools(tools))]
            options = {
                "tools": schemas or None,
                "tool_choice": tool_choice,
                "parallel_tool_calls": parallel_tool_calls,
                "reasoning": self.reasoning,
                **self.template_kwargs,
                **kwargs,
            }
            prompt = self._fitting_prompt(messages, params, options)
            params = self._held(params, prompt)
            seed = params.drawn_seed()
            assert prompt.tokens is not None
            chunks = self.generator.stream(prompt.tokens, replace(params, seed=seed))
            of_sequence = isinstance(self.generator, SequenceGenerator)
            n_cached = len(self.generator.sequence) if of_sequence else 0  # type: ignore[attr-defined]

            def done(message: dict[str, Any]) -> None:
                for i, call in enumerate(message.get("tool_calls") or ()):
                    call["id"] = call.get("id") or f"call{len(messages):03}{i:02}"  # some templates want 9 characters
                self.messages = [*messages, message]

            stream = ChatStream(
                chunks,
                prompt,
                self.generator.vocab,
                params.stop_strings,
                done,
                min_tokens=params.min_tokens,
                lock=self._lock,
                seed=seed,
                n_cached=n_cached,
            )
            self._stream = weakref.ref(stream)
            return stream

    def run(
        self,
        content: Content | None = None,
        *,
        tools: Sequence[ToolLike] | None = None,
        max_rounds: int = 10,
        raise_errors: bool = False,
        tool_choice: ToolChoice = "auto",
        **options: Any,
    ) -> ChatReply:
        """Say something, make the calls that the model asks for, tell it the results, and so on until it answers.

        A function that raises, and arguments that it does not take, are told to the model; `raise_errors` raises them
        here instead. A `tool_choice` other than "auto" holds for the first reply. Without content, calls that the last
        message asks for are made first. Raises LlamaError when the model still calls after `max_rounds` replies.
        """
        if max_rounds < 1:
            message = f"max_rounds is {max_rounds}, but a reply needs at least 1"
            raise ValueError(message)
        offered = self.tools if tools is None else as_tools(tools)
        with self._lock:
            self._end()
            check_messages(self.messages)
            if content is None and self.messages:
                self._make_calls(self.messages[-1].get("tool_calls") or (), offered, raise_errors=raise_errors)
            reply = self.send(content, tools=offered, tool_choice=tool_choice, **options)
            for _ in range(max_rounds - 1):
                if not reply.tool_calls:
                    return reply
                self._make_calls(reply.tool_calls, offered, raise_errors=raise_errors)
                reply = self.send(tools=offered, **options)
            if reply.tool_calls:
                message = f"the model still calls tools after {max_rounds} replies; allow more with max_rounds"
                raise LlamaError(message)
            return reply

    def edit(self, index: int, content: Content) -> None:
        """Say something else at `index` of `messages`; what came after it, and calls in it, are forgotten.

        Raises IndexError where there is no message, TemplateError for what cannot be said.
        """
        content = _checked(content)
        with self._lock:
            self._end()
            if not -len(self.messages) <= index < len(self.messages):
                message = f"there is no message {index} to edit; there are {len(self.messages)}"
                raise IndexError(message)
            edited = {**self.messages[index], "content": content}
            for name in ("tool_calls", "reasoning_content"):
                edited.pop(name, None)
            self.messages = [*self.messages[: index % len(self.messages)], edited]

    def fork(self, generator: Generator | TokenSequence | None = None) -> ChatSession:
        """Another session that goes on from here; this one is not affected.

        `generator` is its own, by default a fork of this session's where it can fork (`Sequence.fork`), else the same.
        """
        if isinstance(generator, TokenSequence):
            generator = SequenceGenerator(generator)
        with self._lock:
            self._end()
            messages = copy.deepcopy(self.messages)
            if generator is None:
                fork = getattr(self.generator, "fork", None)
                generator = self.generator if fork is None else fork()
            forked = copy.copy(self)
            i = self._dropped(self.messages)
            vars(forked).update(
                generator=generator, messages=messages, _oldest=messages[i] if i else None, _stream=None, _lock=RLock()
            )
            return forked

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the messages to a file of JSON and, where the generator can save it, its state beside it (`.state`).

        Raises StateError for messages that JSON cannot hold, OSError, and what the generator raises.
        """
        path = Path(path)
        if path.is_dir():
            message = f"{str(path)!r} is a folder; name a file in it"
            raise IsADirectoryError(message)
        with self._lock:
            self._end()
            save = getattr(self.generator, "save", None)
            saved = Saved.of(self.messages, self._dropped(self.messages), has_state=save is not None)
            if save is not None:
                save(Saved.state_path(path))
            saved.write(path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go on from what `save` wrote; without the state's file the messages are prefilled again.

        Raises StateError for a file that is no session, and what the generator raises for a state of another model; the
        messages are then as they were.
        """
        path = Path(path)
        saved = Saved.read(path)
        with self._lock:
            self._end()
            load = getattr(self.generator, "load", None)
            if load is not None and saved.has_state and Saved.state_path(path).exists():
                load(Saved.state_path(path))
            self.messages = saved.messages
            self._oldest = saved.messages[saved.dropped] if 0 < saved.dropped < len(saved.messages) else None

    def __repr__(self) -> str:
        return f"<ChatSession: {len(self.messages)} messages>"

    def _end(self) -> None:
        """End a reply that is on its way."""
        stream = None if self._stream is None else self._stream()
        if stream is not None:
            stream.end()
        self._stream = None

    def _make_calls(self, calls: Sequence[Mapping[str, Any]], tools: Sequence[Tool], *, raise_errors: bool) -> None:
        made = 0
        try:
            for call in calls:
                result = called(call, tools, raise_errors=raise_errors)
                self.messages = [*self.messages, result]
                made += 1
        except BaseException:
            self.messages = [*self.messages, *map(not_called, calls[made:])]
            raise

    def _prompt(self, messages: Sequence[Message | Mapping[str, Any]], options: Mapping[str, Any]) -> ChatPrompt:
        vocab = self.generator.vocab
        try:
            return self.template.apply(messages, vocab=vocab, **options)
        except TemplateError as refused:
            if options["tools"] or options.get("response_schema") or options["tool_choice"] not in _WITHOUT_TOOLS:
                raise
            # llama.cpp's engine does not take it; the reply is then read as it is.
            own = {key: value for key, value in options.items() if key not in _OURS}
            try:
                return plain_prompt(self.template, messages, vocab, **own)
            except TemplateError as error:
                message = f"{error}; {refused}"
                raise TemplateError(message) from error

    def _dropped(self, messages: Sequence[Mapping[str, Any]]) -> int:
        """The place of the oldest message in the last prompt, if it left any out but the system's; else 0."""
        if self._oldest is None:
            return 0
        return next((i for i, message in enumerate(messages) if message is self._oldest), 0)

    def _fitting_prompt(
        self, messages: list[dict[str, Any]], params: SamplingParams, options: Mapping[str, Any]
    ) -> ChatPrompt:
        """The prompt, without the oldest turns where it would leave no room for a reply."""
        n_ctx = self.generator.n_ctx
        room = min(n_ctx // 2, n_ctx // 4 if params.max_tokens is None else params.max_tokens)
        head = 1 if messages and messages[0]["role"] in ("system", "developer") else 0

        def prompt_from(start: int) -> ChatPrompt:
            return self._prompt([*messages[:head], *messages[start:]], options)

        def n_tokens(prompt: ChatPrompt) -> int:
            return len(prompt.tokens or ())

        first = max(self._dropped(messages), head)
        prompt = prompt_from(first)
        n = n_tokens(prompt)
        if n + room <= n_ctx or (self.overflow == "error" and n < n_ctx):
            return prompt
        # A turn begins with what the user says. When some must go, more than need be do: the next prompts then begin as
        # this one, and most of them is in memory already.
        starts = [i for i in range(first + 1, len(messages)) if messages[i]["role"] == "user"]
        for limit in (n_ctx * 3 // 4, n_ctx):
            low, high, found = 0, len(starts), None
            while self.overflow == "trim" and low < high:
                middle = (low + high) // 2
                trimmed = prompt_from(starts[middle])
                if n_tokens(trimmed) + room <= limit:
                    high, found = middle, trimmed
                else:
                    low = middle + 1
            if found is not None:
                self._oldest = messages[starts[high]]
                return found
        message = (
            f"the conversation has {n} tokens, the context room for {n_ctx}, {room} of them for the reply; "
            "use a larger n_ctx, say less, or ask for less (max_tokens)"
        )
        raise ContextOverflow(message)

    def _held(self, params: SamplingParams, prompt: ChatPrompt) -> SamplingParams:
        """The options, with what the prompt asks for."""
        if params.token_healing:
            message = "token_healing is for a prompt that ends in mid-word; that of a session ends as its template does"
            raise ValueError(message)
        changes: dict[str, Any] = {}
        if prompt.stops:
            changes["stop"] = (*params.stop_strings, *prompt.stops)
        if prompt.grammar:
            if params.constraint is not None:
                message = "the options constrain the reply, and so do the tools or the schema; leave one out"
                raise TemplateError(message)
            changes["grammar"] = prompt
        thinking = prompt.thinking(self.reasoning_budget)
        if thinking is not None and params.reasoning_budget is None:
            changes["reasoning_budget"] = thinking
        return replace(params, **changes) if changes else params


_OURS = frozenset({"tool_choice", "parallel_tool_calls", "reasoning", "response_schema"})
_REASONING = ("auto", "none", "deepseek", "deepseek-legacy")
_WITHOUT_TOOLS = ("auto", "none", None)


def _checked(content: Content) -> Content:
    if not isinstance(content, str) and not (
        isinstance(content, (list, tuple)) and all(isinstance(part, (str, Mapping, Media)) for part in content)
    ):
        message = f"the content is {reprlib.repr(content)}, but must be text or a list of texts, parts and Media"
        raise TemplateError(message)
    return content

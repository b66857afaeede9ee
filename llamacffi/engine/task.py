"""A request on its way through an engine."""

from __future__ import annotations

import weakref
from time import perf_counter
from typing import TYPE_CHECKING

from llamacffi.core.logprobs import check_n_top
from llamacffi.engine.stream import Stream
from llamacffi.errors import ContextOverflow
from llamacffi.generation.answer import Answer
from llamacffi.generation.healing import heal
from llamacffi.generation.prompt import prompt_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from llamacffi.core.context import Context
    from llamacffi.core.state import State
    from llamacffi.engine.request import Request

__all__ = ["Task"]


class Task:
    """What the engine's thread knows of a request: its tokens, how many of them are in the cache, and where.

    Made by the thread that submits, so that an error in the options is raised there: ValueError for a prompt that is
    empty or an option that needs a sequence for itself, ContextOverflow for one that can never fit.
    """

    __slots__ = (
        "__weakref__",
        "answer",
        "cancelled",
        "chain",
        "deadline",
        "key",
        "n_past",
        "order",
        "request",
        "seq_id",
        "state",
        "stream",
        "tokens",
    )

    def __init__(self, context: Context, request: Request, order: int) -> None:
        params, vocab = request.params, context.model.vocab
        begin = perf_counter()
        prompt = prompt_ids(vocab, request.prompt)
        _check(context, request, len(prompt))
        prompt, healing = heal(vocab, prompt) if params.token_healing else (prompt, None)
        seed = params.drawn_seed()
        self.request = request
        self.tokens = list(prompt)
        """The prompt, and what was generated after it."""
        self.chain = params.chain(vocab, seed, healing=healing)
        self.chain.accept(prompt[max(0, len(prompt) - params.n_prev) :], grammar=False)
        self.answer = Answer(vocab, params, prompt, n_cached=0, seed=seed, start=begin, healing=healing)
        self.order = (-request.priority, order)
        """The smallest goes first."""
        self.key: Hashable = request.cache_salt
        """Only tasks of one key share prefixes."""
        self.seq_id: int | None = None
        self.n_past = 0
        """How many of the tokens the sequence holds."""
        self.state: State | None = None
        """What the sequence held when it had to make room for others."""
        self.deadline = None if request.timeout is None else begin + request.timeout
        self.cancelled = False
        self.stream: Callable[[], Stream | None] = _nobody
        """Who reads the answer; a weak reference, so that one that nobody can read any more ends."""

    def stream_to(self, cancel: Callable[[Task], None]) -> Stream:
        """Make the stream of its answer, which `cancel`s it."""
        task = weakref.ref(self)

        def cancelled() -> None:
            if (one := task()) is not None:
                cancel(one)

        stream = Stream(self.request, cancelled)
        self.stream = weakref.ref(stream, lambda _: cancelled())
        return stream

    @property
    def n_left(self) -> int:
        """How many of the tokens are still to be decoded."""
        return len(self.tokens) - self.n_past

    def note(self, event: str) -> None:
        """Add to the trace that the reader can see."""
        stream = self.stream()
        if stream is not None:
            stream.note(event)


def _nobody() -> None:
    return None


def _check(context: Context, request: Request, n_prompt: int) -> None:
    params = request.params
    if n_prompt == 0:
        message = "the prompt is empty; a model needs at least one token to continue"
        raise ValueError(message)
    if n_prompt > context.n_ctx_seq:
        message = (
            f"the prompt has {n_prompt} tokens, the engine's context room for {context.n_ctx_seq}; "
            "make the engine with a larger n_ctx, or shorten the prompt"
        )
        raise ContextOverflow(message)
    check_n_top(params.logprobs or 0, context.model.vocab.n_tokens)
    for name, default in (("prompt_logprobs", None), ("overflow", "stop")):
        value = getattr(params, name, default)
        if value != default:
            message = f"{name}={value!r} needs a sequence for itself; use generate() with a Sequence, not an engine"
            raise ValueError(message)

"""A request on its way through an engine."""

from __future__ import annotations

import weakref
from time import perf_counter
from typing import TYPE_CHECKING, Literal

from llamacffi.core.logprobs import check_n_top
from llamacffi.engine.groups import Changes
from llamacffi.engine.media import Layout
from llamacffi.engine.shifting import Shifting
from llamacffi.engine.stream import Stream
from llamacffi.engine.telling import Telling
from llamacffi.errors import ContextError, ContextOverflow, MediaError
from llamacffi.generation.answer import Answer
from llamacffi.generation.healing import heal
from llamacffi.generation.prompt import prompt_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import numpy as np
    from numpy.typing import NDArray

    from llamacffi.core.context import Context
    from llamacffi.core.projector import MediaChunk
    from llamacffi.core.state import State
    from llamacffi.engine.request import Request
    from llamacffi.generation.completion import Running
    from llamacffi.generation.speculative.drafter import Drafter

__all__ = ["Task"]


class Task:
    """What the engine's thread knows of a request: its tokens, how many of them are in the cache, and where.

    Made by the thread that submits, so that an error in the options is raised there: ValueError for a prompt that is
    empty, ContextOverflow for one that can never fit, ContextError for a shift that could not be right.
    """

    __slots__ = (
        "__weakref__",
        "answer",
        "arrived",
        "cancelled",
        "chain",
        "changes",
        "deadline",
        "drafter",
        "encoded",
        "layout",
        "n_ctx",
        "n_past",
        "order",
        "request",
        "seq_id",
        "shifting",
        "started",
        "state",
        "stream",
        "telling",
        "tokens",
        "watched",
    )

    def __init__(self, context: Context, request: Request, order: int, n_ctx_slot: int | None = None) -> None:
        """Of the context it may have `n_ctx_slot` tokens, or all."""
        self.n_ctx = context.n_ctx_seq if n_ctx_slot is None else min(n_ctx_slot, context.n_ctx_seq)
        """Tokens that it may have, the prompt and the answer."""
        params, vocab = request.params, context.model.vocab
        begin = perf_counter()
        prompt = prompt_ids(vocab, request.prompt)
        _check(context, request, len(prompt), self.n_ctx)
        self.layout = Layout.of(context, prompt)
        """Where its media are; None for text alone."""
        if self.layout is not None:
            _check_media(request, prompt)
        self.encoded: dict[str, NDArray[np.float32]] = {}
        """The embeddings of its media that are yet to be decoded, by their keys."""
        self.changes = Changes.of(context.model, request)
        """What it changes of the model: those that change it alike are decoded together."""
        prompt, healing = heal(vocab, prompt) if params.token_healing else (prompt, None)
        seed = params.drawn_seed()
        self.request = request
        self.tokens = list(prompt)
        """The prompt, and what was generated after it."""
        self.chain = params.chain(vocab, seed, healing=healing)
        params.accept_prompt(self.chain, prompt)
        self.answer = Answer(vocab, params, prompt, n_cached=0, seed=seed, start=begin, healing=healing)
        self.arrived = begin
        self.started = False
        """Whether it had a sequence before."""
        self.shifting = Shifting(context, prompt, params.n_keep, self.n_ctx) if params.overflow == "shift" else None
        """How it goes on when its sequence is full; None when it ends then."""
        self.telling = None
        """What is told of its prompt, and not whole yet."""
        if params.prompt_logprobs is not None:
            self.telling = Telling(vocab, prompt, params.prompt_logprobs)
        self.order = (-request.priority, order)
        """The smallest goes first."""
        self.seq_id: int | None = None
        self.n_past = 0
        """How many of the tokens the sequence holds."""
        self.state: State | None = None
        """What the sequence held when it had to make room for others."""
        self.drafter: Drafter | Literal[False] | None = None
        """What guesses its next tokens; None before it was asked for, False when there is none."""
        self.deadline = None if request.timeout is None else begin + request.timeout
        self.watched = False
        """Whether what guesses for it is to see every token decoded."""
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
        stream.note(f"submitted: {len(self.tokens)} tokens, priority {self.request.priority}")
        self.stream = weakref.ref(stream, lambda _: cancelled())
        return stream

    @property
    def key(self) -> Hashable:
        """Only tasks of one key share prefixes; of one that was shifted there are none."""
        return self.shifting if self.shifted else (self.request.cache_salt, self.changes.key)

    @property
    def wanted(self) -> list[int]:
        """The tokens that it may find in the cache: none when each is to be decoded, to tell of it or to be watched."""
        return [] if self.watched or self.telling is not None else self.tokens

    @property
    def n_left(self) -> int:
        """How many of the tokens are still to be decoded."""
        return len(self.tokens) - self.n_past

    @property
    def next_chunk(self) -> MediaChunk | None:
        """The medium that it decodes next; None where that is text."""
        return None if self.layout is None else self.layout.chunk(self.n_past)

    @property
    def within(self) -> bool:
        """Whether a part of a medium was decoded, and the rest not."""
        return self.next_chunk is not None and self.layout is not None and self.layout.begin(self.n_past) < self.n_past

    @property
    def n_run(self) -> int:
        """How many of the tokens that are left can be decoded in a row: up to a medium, or all of one."""
        n = None if self.layout is None else self.layout.n_left(self.n_past)
        return self.n_left if n is None else n

    @property
    def pos(self) -> int:
        """The position of the next token, in a text."""
        return self.n_past if self.layout is None else self.layout.position(self.n_past)

    @property
    def shifted(self) -> bool:
        """Whether its sequence holds what no prompt finds again."""
        return self.shifting is not None and self.shifting.shifted

    @property
    def speculates(self) -> bool:
        """Whether its next tokens may be guessed: not after a shift, which the guesses do not know of, nor of media."""
        return self.shifting is None and self.layout is None

    @property
    def later(self) -> bool:
        """Whether there are tokens that it has no room for before a shift."""
        return self.shifting is not None and bool(self.shifting.later)

    def push(self, token: int) -> bool:
        """Go on with a token; False when there is no room for it, and no shift was asked for."""
        has_room = len(self.tokens) < self.n_ctx
        if self.shifting is not None:
            self.shifting.said.append(token)
            if not has_room:
                self.shifting.later.append(token)
                return True
        if has_room:
            self.tokens.append(token)
        return has_room

    def restart(self) -> None:
        """Begin with its first token again: the cache holds nothing of it any more."""
        self.n_past = 0
        if self.shifting is not None:
            self.tokens = self.shifting.restart()

    def shift(self) -> tuple[int, int]:
        """Forget a part of a full sequence: the range that is returned, and go on with what comes later."""
        assert self.shifting is not None, "it was asked for"
        self.tokens, start, stop = self.shifting.shift(self.tokens)
        self.n_past -= stop - start
        return start, stop

    def running(self) -> Running:
        """How far it is."""
        return self.answer.running(min(self.n_past, len(self.answer.prompt_tokens)))

    def note(self, event: str) -> None:
        """Add to the trace that the reader can see."""
        stream = self.stream()
        if stream is not None:
            stream.note(event)


def _nobody() -> None:
    return None


def _check_media(request: Request, prompt: list[int]) -> None:
    params = request.params
    if prompt[-1] < 0:
        message = "the prompt ends with a picture or sound; let a text follow, which the answer goes on from"
        raise MediaError(message)
    if params.overflow == "shift":
        message = "overflow='shift' forgets a part of the prompt, which cannot be one with pictures or sound in it"
        raise ContextError(message)
    if params.prompt_logprobs is not None:
        message = "prompt_logprobs are of a prompt of text; this one has pictures or sound in it"
        raise ValueError(message)


def _check(context: Context, request: Request, n_prompt: int, n_ctx: int) -> None:
    params = request.params
    if n_prompt == 0:
        message = "the prompt is empty; a model needs at least one token to continue"
        raise ValueError(message)
    if n_prompt > n_ctx:
        whose, option = ("context", "n_ctx") if n_ctx == context.n_ctx_seq else ("slots", "n_ctx_slot")
        message = (
            f"the prompt has {n_prompt} tokens, the engine's {whose} room for {n_ctx}; "
            f"make the engine with a larger {option}, or shorten the prompt"
        )
        raise ContextOverflow(message)
    check_n_top(params.logprobs or 0, context.model.vocab.n_tokens)

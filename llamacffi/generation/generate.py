"""From a prompt to an answer, in three tiers: tokens, chunks of text, the whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal

from llamacffi.core.detokenizer import Detokenizer
from llamacffi.core.sampling import Rows, SamplerChain
from llamacffi.errors import ContextOverflow, LlamaError
from llamacffi.generation.logprobs import Pieces, TokenLogprob, prompt_logprobs
from llamacffi.generation.params import SamplingParams
from llamacffi.generation.stopping import StopStrings

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterator

    from llamacffi.core.vocab import Vocab
    from llamacffi.generation.constraints import Constraint
    from llamacffi.generation.sequence import Sequence

__all__ = [
    "Chunk",
    "Completion",
    "Finish",
    "FinishReason",
    "Timings",
    "Usage",
    "generate",
    "generate_tokens",
    "stream_generate",
]

FinishReason = Literal["stop", "length"]
"""`stop`: the model ended, or a stop string came. `length`: max_tokens, or no room left in the context."""

_DEFAULTS = SamplingParams()


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts; `cached_tokens` of the prompt's were in the context already."""

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int

    @property
    def total_tokens(self) -> int:
        """Prompt and completion."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds: until the first token was there, and from there to the end."""

    prompt: float
    generation: float


@dataclass(frozen=True, slots=True)
class Finish:
    """Why and how a generation ended."""

    reason: FinishReason
    stop: str | None
    """The stop string that was met; it is not part of the text."""
    usage: Usage
    timings: Timings
    seed: int
    """The seed really used."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """New text, and the tokens sampled for it; the last one has `finish`, and perhaps no text."""

    text: str
    tokens: tuple[int, ...]
    finish: Finish | None = None
    logprobs: tuple[TokenLogprob, ...] = ()
    """One for each of `tokens`, when the options ask for them."""
    prompt_logprobs: tuple[TokenLogprob | None, ...] = ()
    """One for each token of the prompt, None for the first; in the first chunk only, which then has no text."""

    @property
    def finish_reason(self) -> FinishReason | None:
        """None while more comes."""
        return None if self.finish is None else self.finish.reason

    @property
    def usage(self) -> Usage | None:
        """None while more comes."""
        return None if self.finish is None else self.finish.usage

    @property
    def timings(self) -> Timings | None:
        """None while more comes."""
        return None if self.finish is None else self.finish.timings


@dataclass(frozen=True, slots=True)
class Completion:
    """A finished generation. The token that ended it is not among `tokens`, those of a stop string are."""

    text: str
    tokens: tuple[int, ...]
    finish: Finish
    logprobs: tuple[TokenLogprob, ...] = ()
    """One for each of `tokens`, when the options ask for them."""
    prompt_logprobs: tuple[TokenLogprob | None, ...] = ()
    """One for each token of the prompt, None for the first."""
    constraint: Constraint | None = field(default=None, repr=False, compare=False)
    """What the text was held to."""

    @property
    def parsed(self) -> Any:
        """What the text stands for, by its constraint: an object of the schema's model or type, or a JSON value.

        The text itself without a schema. Raises GrammarError when the text ended before it was whole, and what a
        model's own validators raise.
        """
        return self.text if self.constraint is None else self.constraint.parse(self.text)

    @property
    def finish_reason(self) -> FinishReason:
        """Why it ended."""
        return self.finish.reason

    @property
    def usage(self) -> Usage:
        """Token counts."""
        return self.finish.usage

    @property
    def timings(self) -> Timings:
        """Seconds."""
        return self.finish.timings

    @property
    def seed(self) -> int:
        """The seed really used."""
        return self.finish.seed


def generate_tokens(
    sequence: Sequence, prompt_tokens: collections.abc.Sequence[int], chain: SamplerChain
) -> Iterator[int]:
    """Yield token after token that `chain` chooses after the prompt, until the context is full.

    What the sequence holds of the prompt already is kept. It does not stop at a token that ends the generation
    (`vocab.is_eog`): stop iterating. The last token yielded is not in the sequence yet.
    Raises ContextOverflow when the prompt does not fit, ValueError when it is empty, LlamaError when something else
    changed the sequence before the generation ended.
    """
    with sequence.context.exclusive():
        kept = _align(sequence, prompt_tokens)
        return _steps(sequence, prompt_tokens[kept:], Rows(chain), sequence.changes)


def stream_generate(
    sequence: Sequence, prompt: str | collections.abc.Sequence[int], params: SamplingParams = _DEFAULTS
) -> Iterator[Chunk]:
    """Yield the answer as it grows: text in whole characters, nothing that may yet be part of a stop string.

    A prompt of text is tokenized with its control tokens and the model's BOS, which is never doubled. What the sequence
    holds of the prompt already is kept; closing the iterator leaves the sequence as it then is.
    Raises ContextOverflow when the prompt does not fit, ValueError when it is empty, LlamaError when something else
    changed the sequence before the generation ended.
    """
    start = perf_counter()
    vocab = sequence.context.model.vocab
    prompt_tokens = _tokenized(vocab, prompt) if isinstance(prompt, str) else [int(token) for token in prompt]
    with sequence.context.exclusive():
        kept = _align(sequence, prompt_tokens)
        changes = sequence.changes
    seed = params.drawn_seed()
    chain = params.chain(vocab, seed)
    chain.accept(prompt_tokens[max(0, len(prompt_tokens) - params.n_prev) :], grammar=False)
    return _chunks(sequence, prompt_tokens, kept, changes, chain, params, seed, start)


def generate(
    sequence: Sequence,
    prompt: str | collections.abc.Sequence[int],
    params: SamplingParams = _DEFAULTS,
    *,
    schema: Any = None,
) -> Completion:
    """Generate to the end and return the whole; see `stream_generate`.

    `schema` is that of the options, for short: `generate(sequence, prompt, schema=Model).parsed` is a Model.
    """
    if schema is not None:
        params = replace(params, schema=schema)
    chunks = stream_generate(sequence, prompt, params)
    text: list[str] = []
    tokens: list[int] = []
    logprobs: list[TokenLogprob] = []
    of_prompt: tuple[TokenLogprob | None, ...] = ()
    while True:
        chunk = next(chunks)
        text.append(chunk.text)
        tokens += chunk.tokens
        logprobs += chunk.logprobs
        of_prompt = of_prompt or chunk.prompt_logprobs
        if chunk.finish is not None:
            whole = "".join(text)
            return Completion(whole, tuple(tokens), chunk.finish, tuple(logprobs), of_prompt, params.constraint)


def _steps(sequence: Sequence, tokens: collections.abc.Sequence[int], rows: Rows, changes: int) -> Iterator[int]:
    """Feed `tokens`, then each token that was chosen; `rows` tells more of the one just yielded."""
    while True:
        with sequence.context.exclusive():
            _check_unchanged(sequence, changes)
            if len(tokens) > sequence.n_free:
                return
            sequence.step(tokens, rows)
            changes = sequence.changes
        token = rows.token()
        yield token
        tokens = (token,)


def _chunks(
    sequence: Sequence,
    prompt_tokens: collections.abc.Sequence[int],
    kept: int,
    changes: int,
    chain: SamplerChain,
    params: SamplingParams,
    seed: int,
    start: float,
) -> Iterator[Chunk]:
    detokenizer = Detokenizer()
    stops = StopStrings(params.stop_strings) if params.stop_strings else None
    rows = Rows(chain, n_logprobs=params.logprobs)
    pieces = Pieces(sequence.context.model.vocab)
    n_tokens = 0
    pending: list[int] = []  # sampled since the last chunk: their text is held back, or not whole yet
    told: list[TokenLogprob] = []  # of these
    remaining = prompt_tokens[kept:]
    text, stop = "", None
    reason: FinishReason = "length"
    first = None
    try:
        if params.prompt_logprobs is not None:
            with sequence.context.exclusive():
                _check_unchanged(sequence, changes)
                of_prompt = prompt_logprobs(sequence, prompt_tokens, params.prompt_logprobs)
                kept, remaining, changes = 0, prompt_tokens[-1:], sequence.changes
            yield Chunk("", (), prompt_logprobs=of_prompt)
        if params.max_tokens == 0:
            _check_unchanged(sequence, changes)
            sequence.feed(remaining)
        for token in islice(_steps(sequence, remaining, rows, changes), params.max_tokens):
            if first is None:
                first = perf_counter()
            if rows.is_eog():
                reason = "stop"
                break
            n_tokens += 1
            pending.append(token)
            if params.logprobs is not None:
                told.append(TokenLogprob.told(rows.logprobs(), pieces))
            text = detokenizer.push(rows.piece())
            if stops is not None and text:
                text, stop = stops.push(text)
                if stop is not None:
                    reason = "stop"
                    break
            if text:
                yield Chunk(text, tuple(pending), None, tuple(told))
                pending.clear()
                told.clear()
    finally:
        chain.close()
    if stop is None:
        text = detokenizer.flush()
        if stops is not None:
            text, stop = stops.push(text)
            if stop is None:
                text += stops.flush()
            else:
                reason = "stop"
    end = perf_counter()
    first = end if first is None else first
    usage = Usage(len(prompt_tokens), kept, n_tokens)
    finish = Finish(reason, stop, usage, Timings(first - start, end - first), seed)
    yield Chunk(text, tuple(pending), finish, tuple(told))


def _check_unchanged(sequence: Sequence, changes: int) -> None:
    """Refuse to go on after tokens that are not this generation's."""
    if sequence.changes != changes:
        message = (
            "something else used the sequence during a generation; give each generation a Sequence of its own, "
            "or end one before the next begins"
        )
        raise LlamaError(message)


def _align(sequence: Sequence, prompt_tokens: collections.abc.Sequence[int]) -> int:
    """Keep what the sequence has of the prompt, but for its last token: that one is decoded for its logits."""
    n = len(prompt_tokens)
    if n == 0:
        message = "the prompt is empty; a model needs at least one token to continue"
        raise ValueError(message)
    if n > sequence.context.n_ctx_seq:
        message = (
            f"the prompt has {n} tokens, the context room for {sequence.context.n_ctx_seq}; "
            "make the context with a larger n_ctx, or shorten the prompt"
        )
        raise ContextOverflow(message)
    if sequence.align(prompt_tokens) == n:
        sequence.rewind(n - 1)
    return len(sequence)


def _tokenized(vocab: Vocab, prompt: str) -> list[int]:
    tokens = vocab.tokenize(prompt, add_special=True, parse_special=True)
    # A rendered chat template has often written the BOS that the tokenizer puts before it once more.
    return tokens[1:] if tokens[:2] == [vocab.bos, vocab.bos] else tokens

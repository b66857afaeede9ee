"""Several answers to one prompt, made together."""

from __future__ import annotations

import math
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llamacffi._native.convert import integer
from llamacffi.core.batch import Batch
from llamacffi.core.sampling import Rows
from llamacffi.errors import ContextError, NoMemorySlot
from llamacffi.generation.completion import Chunk, Completion
from llamacffi.generation.logprobs import prompt_logprobs
from llamacffi.generation.overflow import ContextShift
from llamacffi.generation.params import SamplingParams
from llamacffi.generation.prompt import check_unchanged
from llamacffi.generation.seq_ids import free_seq_ids
from llamacffi.generation.start import Start, check_params, check_sequence
from llamacffi.generation.together import step_together

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Generator, Iterator

    from llamacffi.core.context import Context
    from llamacffi.core.sampling import SamplerChain
    from llamacffi.generation.logprobs import TokenLogprob
    from llamacffi.generation.prompt import Prompt
    from llamacffi.generation.sequence import Sequence

__all__ = ["best_first", "generate_many", "n_to_make", "seeds_of", "stream_generate_many"]

_DEFAULTS = SamplingParams()
_MOST = 2**31 - 1
_N_SEEDS = 2**32 - 1  # the largest 32-bit number means a random one


def generate_many(
    sequence: Sequence,
    prompt: Prompt,
    params: SamplingParams = _DEFAULTS,
    *,
    n: int,
    best_of: int | None = None,
    schema: Any = None,
) -> tuple[Completion, ...]:
    """Generate `n` answers to one prompt, which is computed once; then each step computes a token of each in one batch.

    Answer i has the seed `params.seed` + i, which it reports, and is what `generate` with that seed gives, but for
    rounding: none with an F32 cache, kv_unified=False and no flash attention. With `best_of` that many are made, and
    the `n` whose tokens are on average the most probable are returned, the best first: the mean of their
    log-probabilities by the model's logits, `mean_logprob`.

    The first answer is made in `sequence` and stays there, the others in forks of it, which are gone afterwards: the
    context needs n_seq_max for them. With kv_unified=True they share the prompt's cells instead of copying them; where
    all cells are taken before the answers are done, these end by "length". Raises ContextError when it has too few
    sequences, ValueError for numbers that make no sense, and what `generate` raises.
    """
    n, n_made = n_to_make(n, best_of)
    check_params(params)
    if schema is not None:
        params = replace(params, schema=schema)
    answers = _Answers(sequence, prompt, params, n_made, ranked=best_of is not None)
    chunks: list[list[Chunk]] = [[] for _ in range(n_made)]
    with closing(answers.chunks()) as made:
        for i, chunk in made:
            chunks[i].append(chunk)
    completions = [Completion.of(each, params.constraint) for each in chunks]
    if best_of is not None:
        pairs = zip(completions, answers.means(), strict=True)
        completions = best_first([replace(completion, mean_logprob=mean) for completion, mean in pairs])
    return tuple(completions[:n])


def stream_generate_many(
    sequence: Sequence,
    prompt: Prompt,
    params: SamplingParams = _DEFAULTS,
    *,
    n: int,
) -> Iterator[tuple[int, Chunk]]:
    """Yield what `generate_many` makes as it grows: which of the `n` answers, counted from 0, and a chunk of it.

    The chunks of answer i are those of `stream_generate` with the seed `params.seed` + i; its last one has `finish`.
    Closing the iterator ends all answers, and the first one's tokens stay in `sequence`. Raises what `generate_many`
    raises; what is wrong with the arguments at once, not with the first chunk.
    """
    check_params(params)
    return _Answers(sequence, prompt, params, integer("n", n, 1, _MOST), ranked=False).chunks()


def n_to_make(n: int, best_of: int | None) -> tuple[int, int]:
    """How many answers are wanted, and of how many. Raises ValueError for numbers that make no sense."""
    n_made = n = integer("n", n, 1, _MOST)
    if best_of is not None:
        n_made = integer("best_of", best_of, 1, _MOST)
        if n_made < n:
            message = f"best_of is {n_made}, fewer than the {n} answers that are wanted of them; make it n or more"
            raise ValueError(message)
    return n, n_made


def seeds_of(params: SamplingParams, n: int) -> list[int]:
    """The seeds of `n` answers, each one more than the one before."""
    seed = params.drawn_seed()
    return [(seed + i) % _N_SEEDS for i in range(n)]


def best_first(completions: list[Completion]) -> list[Completion]:
    """The answers by how probable their tokens were on average; those of none come last."""
    return sorted(completions, key=lambda one: math.inf if one.mean_logprob is None else -one.mean_logprob)


if TYPE_CHECKING:
    _Steps = Generator[tuple[int, Chunk], None, dict[int, int]]


class _Answers:
    """What is under way of one call."""

    def __init__(
        self,
        sequence: Sequence,
        prompt: Prompt,
        params: SamplingParams,
        n: int,
        *,
        ranked: bool,
    ) -> None:
        check_sequence(sequence)
        _check_sequences(sequence.context, params, n)
        self._start = Start.of(sequence, prompt, params)
        self._sequence, self._params, self._ranked = sequence, params, ranked
        self._changes = self._start.changes
        self._shifts = {0: self._start.shift}
        seeds = seeds_of(params, n)
        self._answers = [self._start.answer(each) for each in seeds]
        self._chains: list[SamplerChain] = []
        for each in seeds:  # one that cannot be made leaves the others to be freed with this object
            self._chains.append(self._start.chain(each))
        self._sums = [0.0] * n  # of log-probabilities
        self._sequences = {0: sequence}
        self._live: list[int] = []

    def chunks(self) -> Generator[tuple[int, Chunk], None, None]:
        """Make them all. To be called once."""
        try:
            prompt_tokens = self._start.tokens
            remaining = prompt_tokens[self._start.n_cached :]
            if self._params.prompt_logprobs is not None:
                of_prompt = self._prompt_logprobs(prompt_tokens, self._params.prompt_logprobs)
                remaining = prompt_tokens[-1:]
                for i in range(len(self._answers)):
                    yield i, Chunk("", (), prompt_logprobs=of_prompt)
            tokens = yield from self._first(remaining)
            while tokens:
                tokens = yield from self._step(tokens)
            for i, answer in enumerate(self._answers):
                if not answer.ended:
                    yield i, answer.finish()
        finally:
            self._close()

    def means(self) -> list[float | None]:
        """The mean log-probability of each answer's tokens, of ranked ones."""
        pairs = zip(self._answers, self._sums, strict=True)
        return [total / answer.n_tokens if answer.n_tokens else None for answer, total in pairs]

    def _prompt_logprobs(self, tokens: list[int], n: int) -> tuple[TokenLogprob | None, ...]:
        with self._sequence.context.exclusive():
            check_unchanged(self._sequence, self._changes)
            of_prompt = prompt_logprobs(self._sequence, tokens, n)
            self._changes = self._sequence.changes
        for answer in self._answers:
            answer.n_cached = 0
        return of_prompt

    def _close(self) -> None:
        """Give back what the answers needed."""
        for chain in self._chains:
            chain.close()
        for i in [*self._sequences]:
            self._end(i)

    def _first(self, remaining: collections.abc.Sequence[int]) -> _Steps:
        """Decode the prompt and sample every answer's first token from its logits; return those to go on with."""
        sequence = self._sequence
        with sequence.context.exclusive():
            check_unchanged(sequence, self._changes)
            if self._params.max_tokens == 0:
                sequence.feed(remaining)
                return {}
            rows = self._rows(range(len(self._answers)))
            sequence.step(remaining, rows)
            tokens, chunks = self._push(range(len(self._answers)), rows)
            for i in tokens:
                if i:
                    fork = self._sequences[i] = sequence.fork()
                    shifts = self._params.overflow == "shift"
                    self._shifts[i] = ContextShift(fork, self._start.tokens, self._params.n_keep) if shifts else None
            self._changes = sequence.changes
        yield from chunks
        return tokens

    def _step(self, tokens: dict[int, int]) -> _Steps:
        """Decode a token of each answer and sample the next; return those to go on with."""
        context = self._sequence.context
        with context.exclusive():
            check_unchanged(self._sequence, self._changes)
            live = [i for i in tokens if self._has_room(i)]
            if not live:
                return {}
            if live != self._live:
                self._live, self._batch, self._live_rows = live, Batch(len(live)), self._rows(live)
            try:
                sequences = [self._sequences[i] for i in live]
                step_together(sequences, [tokens[i] for i in live], self._batch, self._live_rows)
            except NoMemorySlot:  # nothing was decoded: they share the cells, and there are no more
                return {}
            self._changes = self._sequence.changes
            tokens, chunks = self._push(live, self._live_rows)
        yield from chunks
        return tokens

    def _push(self, live: collections.abc.Sequence[int], rows: Rows) -> tuple[dict[int, int], list[tuple[int, Chunk]]]:
        """Tell the answers what the rows have chosen: the tokens of those to go on with, and what there is to yield."""
        going_on, chunks = {}, []
        for row, i in enumerate(live):
            answer, token = self._answers[i], rows.token(row)
            n_tokens = answer.n_tokens
            chunk = answer.push(token, rows, row)
            if chunk is not None:
                chunks.append((i, chunk))
            if self._ranked and answer.n_tokens > n_tokens:
                self._sums[i] += rows.logprobs(row)[0][1]
            if answer.ended:
                chunks.append((i, answer.finish()))
                self._end(i)
            else:
                going_on[i] = token
        return going_on, chunks

    def _end(self, i: int) -> None:
        if i and i in self._sequences:
            self._sequences.pop(i).close()  # its cells are for the others

    def _has_room(self, i: int) -> bool:
        shift = self._shifts[i]
        if self._sequences[i].n_free > 0:
            return True
        if shift is not None:
            shift.make_room()
        return shift is not None

    def _rows(self, live: collections.abc.Iterable[int]) -> Rows:
        n_logprobs = 0 if self._ranked and self._params.logprobs is None else self._params.logprobs
        return Rows(*(self._chains[i] for i in live), n_logprobs=n_logprobs)


def _check_sequences(context: Context, params: SamplingParams, n: int) -> None:
    """Refuse what cannot be done before anything is."""
    n_free = len(free_seq_ids(context))
    if n > 1 + n_free:
        n_wanted = context.n_seq_max + n - (1 + n_free)
        message = (
            f"{n} answers at once need {n} sequences; of the context's {context.n_seq_max} (n_seq_max) {n_free} are "
            f"free beside this one: close others, or make it with n_seq_max={n_wanted} or more, and kv_unified=True"
        )
        raise ContextError(message)
    if n > context.n_batch:
        message = f"{n} answers at once do not fit into a batch of n_batch={context.n_batch} tokens; make it larger"
        raise ContextError(message)
    if n > 1 and params.overflow == "shift" and context.kv_unified:
        message = (
            "overflow='shift' is not possible for answers that share the prompt's cells, which would move for all; "
            "make the context with kv_unified=False, or the answers one by one"
        )
        raise ContextError(message)

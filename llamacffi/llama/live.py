"""One sequence that is evaluated, sampled from and looked at step by step."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import numpy as np

from llamacffi.core.media_tokens import runs, whole_media
from llamacffi.errors import ContextError, ContextOverflow, StateError
from llamacffi.generation import Sequence
from llamacffi.generation.prompt import n_common

if TYPE_CHECKING:
    import collections.abc

    from numpy.typing import NDArray

    from llamacffi.core.context import Context
    from llamacffi.core.sampling import Rows, SamplerChain
    from llamacffi.core.state import State

__all__ = ["Live"]


class Live:
    """A context of one sequence, and the logits of some of its tokens: of all with `keeps_all`, else of the last.

    Those of the last are copied when somebody asks for them. Usable from any thread, one call at a time.
    """

    def __init__(self, context: Context, *, keeps_all: bool) -> None:
        self.context = context
        self.sequence = Sequence(context)
        self.keeps_all = keeps_all
        self._n_vocab = context.model.vocab.n_tokens
        self._n = 0  # tokens; the sequence may hold more until the next are evaluated
        self._kept = np.zeros((0, self._n_vocab), np.float32)  # grows by doubling
        self._first = self._n_kept = 0
        self._decoded = -1  # the context's count after the decode whose last output is that of the last token

    @property
    def n_tokens(self) -> int:
        """How many tokens were evaluated and not taken back."""
        return self._n

    @n_tokens.setter
    def n_tokens(self, n: int) -> None:
        with self.context.exclusive():
            if not 0 <= n <= self._n:
                message = f"n_tokens can be set to 0 to {self._n}, which were evaluated, not to {n}"
                raise ValueError(message)
            if whole_media(self.tokens, n) != n:
                message = f"n_tokens cannot be {n}, in the middle of a picture or sound, which is there whole or not"
                raise ValueError(message)
            if n < self._n:
                self._n, self._decoded = n, -1
                self._n_kept = max(0, min(self._n_kept, n - self._first))

    @property
    def tokens(self) -> list[int]:
        """The tokens that were evaluated, while a batch is computed those of it too."""
        tokens = self.sequence.tokens
        return tokens if self._decoding else tokens[: self._n]

    _decoding = False

    @property
    def n_free(self) -> int:
        """How many more tokens fit."""
        return self.context.n_ctx_seq - self._n

    @property
    def has_last(self) -> bool:
        """Whether the logits of the last token are there."""
        if self._n == 0:
            return False
        return self._is_fresh or self._keeps(self._n - 1)

    def _keeps(self, i: int) -> bool:
        return self._first <= i < self._first + self._n_kept

    @property
    def _is_fresh(self) -> bool:
        """Whether they are the last output of the context."""
        return self._decoded == self.context.ledger.n_decoded

    def rows(self, start: int, stop: int) -> NDArray[np.float32]:
        """A copy of the logits of the tokens [start, stop). Raises ContextError when some of them are not there."""
        with self.context.exclusive():
            if stop == self._n and not self._keeps(stop - 1) and self._is_fresh:
                self._keep(self.context.logits(-1)[None])
            if self._keeps(start) and self._keeps(stop - 1):
                rows: NDArray[np.float32] = self._kept[start - self._first : stop - self._first].copy()
                return rows
        if self.keeps_all:
            there = f"those of tokens {self._first} to {self._first + self._n_kept - 1} are" if self._n_kept else "none"
            message = f"the logits of tokens {start} to {stop - 1} are not there, {there}: a state has only the last"
        else:
            message = (
                f"the logits of tokens {start} to {stop - 1} are not there, only those of the last token that was "
                "evaluated; make the Llama with logits_all=True to keep all"
            )
        raise ContextError(message)

    def kept(self) -> NDArray[np.float32]:
        """A copy of the logits up to those of the last token, as far back as they are there."""
        with self.context.exclusive():
            if not self.has_last:
                return np.zeros((0, self._n_vocab), np.float32)
            self.rows(self._n - 1, self._n)
            return self.rows(self._first, self._n)

    def eval(self, tokens: collections.abc.Sequence[int]) -> None:
        """Evaluate tokens after those that are there. Raises ContextOverflow, before anything, when they do not fit."""
        if not tokens:
            return
        with self.context.exclusive():
            self._settle(len(tokens))
            for piece in self._pieces(tokens):
                with self._evaluating():
                    self.sequence.feed(piece, output="all" if self.keeps_all else True)
                if self.keeps_all:
                    self._keep(self.context.logits_view(None))

    def _pieces(self, tokens: collections.abc.Sequence[int]) -> collections.abc.Iterator[collections.abc.Sequence[int]]:
        """The tokens in parts of which the logits are there afterwards, as far as they are to be kept."""
        if not self.keeps_all:
            yield tokens
            return
        for run in runs(tokens):
            n = self.context.n_batch if run[0] >= 0 else len(run)  # of a large picture only the last are
            yield from (run[start : start + n] for start in range(0, len(run), n))

    def step(self, tokens: collections.abc.Sequence[int], rows: Rows) -> None:
        """Evaluate tokens and sample after the last, in one native call where it can be."""
        with self.context.exclusive():
            self._settle(len(tokens))
            if self.keeps_all and len(tokens) > 1:
                self.eval(tokens[:-1])
                tokens = tokens[-1:]
            with self._evaluating():
                self.sequence.step(tokens, rows)
            if self.keeps_all:
                self._keep(self.context.logits(-1)[None])

    def sample(self, chain: SamplerChain, i: int | None = None) -> int:
        """Choose a token by the logits of token `i`, by default of the last, and accept it.

        Raises ContextError when these are not there.
        """
        with self.context.exclusive():
            if self._n == 0:
                message = "nothing was evaluated yet; call eval(tokens) first"
                raise ContextError(message)
            if i is None or i == self._n - 1:
                i = self._n - 1
                if self._is_fresh:
                    return chain.sample(self.context, -1)
            if not 0 <= i < self._n:
                message = f"idx is {i}, but must be that of a token that was evaluated, 0 to {self._n - 1}"
                raise ValueError(message)
            token = chain.apply(self.rows(i, i + 1)[0]).token
            chain.accept(token)
            return token

    def align(self, tokens: collections.abc.Sequence[int]) -> list[int]:
        """Keep what is there of a prompt, and return what is left to evaluate of it: nothing, if it can be sampled."""
        tokens = list(tokens)
        with self.context.exclusive():
            n = n_common(self.tokens, tokens)
            if n == len(tokens) == self._n and self.has_last:
                return []
            self.n_tokens = whole_media(tokens, min(n, len(tokens) - 1))
            return tokens[self._n :]

    def state(self) -> tuple[State, NDArray[np.float32]]:
        """What is there, and the logits of the last token, if they are."""
        with self.context.exclusive():
            self._settle(0)
            last = self.rows(self._n - 1, self._n) if self.has_last else np.zeros((0, self._n_vocab), np.float32)
            return self.sequence.snapshot(), last

    def restore(self, state: State, last: NDArray[np.float32]) -> None:
        """Hold what a state holds, with the logits of its last token, if they are there. Raises StateError."""
        with self.context.exclusive():
            if state.altered_by != self.context.altered_by:
                message = "the state was computed with other adapters than this Llama has; evaluate its tokens again"
                raise StateError(message)
            try:
                self.sequence.restore(state)
            finally:
                self._n, self._n_kept, self._decoded = len(self.sequence), 0, -1
            if last.ndim == 2 and last.shape[1] == self._n_vocab and len(last):
                self._keep(last[-1:])

    def close(self) -> None:
        """Free the context."""
        self.context.close()

    def _settle(self, n_more: int) -> None:
        """Take back what was set aside, where the memory can; else evaluate again what it lost with it."""
        if n_more > self.n_free:
            message = (
                f"{n_more} tokens do not fit: {self._n} of the {self.context.n_ctx_seq} places are taken; "
                "make the Llama with a larger n_ctx, or shorten the prompt"
            )
            raise ContextOverflow(message)
        if len(self.sequence) > self._n:
            tokens = self.sequence.tokens[: self._n]
            self.sequence.rewind(self._n)
            if len(self.sequence) < self._n:
                self.sequence.feed(tokens[len(self.sequence) :], output=True)

    @contextlib.contextmanager
    def _evaluating(self) -> collections.abc.Iterator[None]:
        self._decoding, self._decoded = True, -1
        try:
            yield
            self._decoded = self.context.ledger.n_decoded
        finally:
            self._decoding, self._n = False, len(self.sequence)
            self._n_kept = max(0, min(self._n_kept, self._n - self._first))

    def _keep(self, rows: NDArray[np.float32]) -> None:
        """Keep the logits of the last tokens; with those before them, if these are there and all are wanted."""
        begin = self._n - len(rows)
        if not (self.keeps_all and self._n_kept and self._first + self._n_kept == begin):
            self._first, self._n_kept = begin, 0
        n = self._n_kept + len(rows)
        if n > len(self._kept):
            n_room = min(2 * n, self.context.n_ctx_seq) if self.keeps_all else n
            room = np.empty((n_room, self._n_vocab), np.float32)
            room[: self._n_kept] = self._kept[: self._n_kept]
            self._kept = room
        self._kept[self._n_kept : n] = rows
        self._n_kept = n

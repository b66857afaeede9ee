"""What one step of generation takes and gives, for each sequence that samples in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import Handle, ffi
from llamacffi._native.arrays import lend
from llamacffi._native.convert import instance
from llamacffi.core.logprobs import LOGPROB, check_n_top
from llamacffi.errors import ContextError, LlamaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.batch import Batch
    from llamacffi.core.context import Context
    from llamacffi.core.sampling.chain import SamplerChain
    from llamacffi.core.vocab import Vocab

__all__ = ["Rows"]

# For each row; a token that spells more makes the buffer grow, once.
_N_PIECE = 256


class Rows:
    """One row for each of `chains`: which output of the batch to sample with it, and the token that came out.

    Made once and used for every step, so that a step allocates nothing. A row samples the last output unless
    `choose` names another. With `n_logprobs`, one number for all rows or one for each, each step also tells the
    log-probabilities of the token and of that many of the best.

    For a step that decodes a draft, a guess at the tokens to come, `draft` adds rows behind those of the chains: each
    is sampled only when the row before it chose what the draft says. So a chain sees what it would see without one.
    """

    def __init__(self, *chains: SamplerChain, n_logprobs: int | Sequence[int | None] | None = None) -> None:
        for chain in chains:
            instance("a chain of Rows", chain, Handle, "a SamplerChain")
        self._chains = list(chains)
        self._n = len(chains)  # without those of drafts
        # Each once, and in one order everywhere: two threads that hold several never wait for each other.
        self._held = sorted(set(chains), key=id)
        self._room: Any = ffi.new("struct lcffi_row[]", len(chains))
        self._rows: Any = self._room  # those in use
        self._pieces: Any = ffi.new("char[]", _N_PIECE * len(chains))
        for row, chain in enumerate(chains):
            self._rows[row].sampler = chain.ptr
            self._rows[row].lazy = chain.lazy
            self._rows[row].output = self._rows[row].after = -1
        wanted = [n_logprobs] * len(chains) if n_logprobs is None or isinstance(n_logprobs, int) else n_logprobs
        self._n_logprobs = max((n for n in wanted if n is not None), default=None)
        self._logprobs = {row: np.zeros(1 + n, LOGPROB) for row, n in enumerate(wanted) if n is not None}
        self._lent: dict[int, Any] = {}  # C writes there in each step
        for row, told in self._logprobs.items():
            self._lend(row, told)

    def __len__(self) -> int:
        return len(self._chains)

    def choose(self, row: int, output: int) -> None:
        """Sample row `row` from the output of the batch's token `output`, or of the last output for -1."""
        self._rows[row].output = output

    def draft(self, row: int, output: int, token: int) -> int:
        """Add a row that samples `output` with the chain of row `row`, if that one chooses `token`; return its index.

        The rows of drafts go with `undraft`.
        """
        added, chain = len(self._chains), self._chains[row]
        if added == len(self._room):
            self._grow()
        self._chains.append(chain)
        drafted = self._room[added]
        drafted.sampler, drafted.lazy = chain.ptr, chain.lazy
        drafted.output, drafted.after, drafted.expected = output, row, token
        told = self._logprobs[row] if self._room[row].logprobs else None
        if told is None:
            drafted.logprobs = ffi.NULL
        elif len(self._logprobs.get(added, ())) != len(told):
            self._lend(added, np.zeros_like(told))
        else:
            drafted.logprobs = self._lent[added]
        self._rows = self._room[0 : added + 1]
        return added

    def undraft(self) -> None:
        """Leave the rows of the chains, one for each."""
        del self._chains[self._n :]
        self._rows = self._room[0 : self._n]

    def _lend(self, row: int, told: Any) -> None:
        self._logprobs[row] = told
        self._room[row].logprobs = self._lent[row] = lend("struct lcffi_logprob[]", told)
        self._room[row].n_top = len(told) - 1

    def _grow(self) -> None:
        """Make room for twice as many rows, a few at least: from here on a step allocates nothing again."""
        n = len(self._room)
        room = ffi.new("struct lcffi_row[]", max(16, 2 * n))
        ffi.memmove(room, self._room, ffi.sizeof("struct lcffi_row") * n)
        self._room = room
        self._pieces = ffi.new("char[]", max(len(self._pieces), _N_PIECE * len(room)))

    def step(self, context: Context, batch: Batch) -> None:
        """Decode the batch, then sample, accept and spell every row's token: one native call (lcffi_step).

        Raises what `Context.step` raises; nothing was sampled then. Raises what `SamplerChain.sample` raises when a
        chain failed: `failed` tells which; the batch was decoded, and the other rows have their tokens.
        So it is with the exception of a PythonSampler, which breaks nothing. Raises ValueError for more
        log-probabilities than the vocabulary has tokens, ContextError for some of an output sampled inside the graph.
        """
        self._check(context)
        try:
            fitted = context.step(batch, self._rows, self._pieces, self._held)
        except BaseException:
            for chain in self._held:
                chain.take_raised()
            raise
        errors = [self._error(row) for row in range(len(self)) if self.failed(row)]
        if not fitted:
            self._spell(context.model.vocab)
        if errors:
            raise errors[0]

    def advance(self, context: Context, batch: Batch) -> dict[int, BaseException]:
        """As `step`, but return what failed, for each row where something did, when the batch was decoded."""
        self._check(context)
        n_decoded = context.ledger.n_decoded
        raised = None
        try:
            fitted = context.step(batch, self._rows, self._pieces, self._held)
        except BaseException as error:
            if context.ledger.n_decoded == n_decoded:
                raise
            raised, fitted = error, all(self._rows[row].n_piece >= 0 for row in range(len(self)))
        errors: dict[int, BaseException] = {}
        last = {chain: row for row, chain in enumerate(self._chains[: self._n])}
        last.update({self._chains[row]: row for row in range(self._n, len(self)) if not self.skipped(row)})
        for row, chain in enumerate(self._chains):
            # A stage in Python that raised leaves nothing to choose from: that is no failure of the chain.
            by_python = None if raised is None or (len(self) > self._n and last[chain] != row) else chain.take_raised()
            if by_python is not None or self.failed(row):
                errors[row] = by_python or self._error(row)
        if not fitted:
            self._spell(context.model.vocab)
        if raised is not None and raised not in errors.values():
            raise raised
        return errors

    def _check(self, context: Context) -> None:
        if self._n_logprobs is not None:
            check_n_top(self._n_logprobs, context.model.vocab.n_tokens)
        for chain in self._held:
            chain.check_context(context)
        for row, chain in enumerate(self._chains):  # C's are others after a context that could not be made
            self._rows[row].sampler = chain.ptr

    def _error(self, row: int) -> LlamaError:
        return self._chains[row].failed(self._rows[row].error)

    def _spell(self, vocab: Vocab) -> None:
        """Spell the rows' tokens again, into a buffer that has room for twice as much."""
        pieces = [b"" if self.token(row) < 0 else vocab.piece(self.token(row)) for row in range(len(self))]
        self._pieces = ffi.new("char[]", 2 * sum(map(len, pieces)))
        ffi.memmove(self._pieces, b"".join(pieces), sum(map(len, pieces)))
        start = 0
        for row, piece in enumerate(pieces):
            self._rows[row].piece, self._rows[row].n_piece = start, len(piece)
            start += len(piece)

    def failed(self, row: int = 0) -> bool:
        """Whether row `row` has no token, because its chain failed in the last step."""
        error: bytes = self._rows[row].error[0]
        return error != b"\0"

    def skipped(self, row: int) -> bool:
        """Whether row `row` of a draft was not sampled in the last step, because the row before it chose otherwise."""
        skipped: bool = self._rows[row].skipped
        return skipped

    def token(self, row: int = 0) -> int:
        """The token that row `row` chose in the last step."""
        token: int = self._rows[row].token
        return token

    def is_eog(self, row: int = 0) -> bool:
        """Whether that token ends the generation."""
        eog: bool = self._rows[row].eog
        return eog

    def piece(self, row: int = 0) -> bytes:
        """The bytes that it spells, perhaps part of a character; none for a control token."""
        chosen = self._rows[row]
        piece: bytes = ffi.unpack(self._pieces + chosen.piece, chosen.n_piece)
        return piece

    def spelt(self, row: int = 0) -> tuple[bool, bytes]:
        """`is_eog` and `piece` in one: a stream asks both of every token."""
        chosen = self._rows[row]
        return chosen.eog, ffi.unpack(self._pieces + chosen.piece, chosen.n_piece)

    def logprobs(self, row: int = 0) -> list[tuple[int, float]]:
        """Token and log-probability of the choice, then of the best tokens, the best first: log-softmax of the logits.

        Raises ContextError when the step left no logits, because samplers inside the graph chose the token.
        """
        told: list[tuple[int, float]] = self._logprobs[row].tolist()
        if told[0][0] < 0:
            message = "there are no logits to take log-probabilities of; take the samplers off the context"
            raise ContextError(message)
        return told

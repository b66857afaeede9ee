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
    """

    def __init__(self, *chains: SamplerChain, n_logprobs: int | Sequence[int | None] | None = None) -> None:
        for chain in chains:
            instance("a chain of Rows", chain, Handle, "a SamplerChain")
        self._chains = chains
        # Each once, and in one order everywhere: two threads that hold several never wait for each other.
        self._held = sorted(set(chains), key=id)
        self._rows: Any = ffi.new("struct lcffi_row[]", len(chains))
        self._pieces: Any = ffi.new("char[]", _N_PIECE * len(chains))
        for row, chain in enumerate(chains):
            self._rows[row].sampler = chain.ptr
            self._rows[row].lazy = chain.lazy
            self._rows[row].output = -1
        wanted = [n_logprobs] * len(chains) if n_logprobs is None or isinstance(n_logprobs, int) else n_logprobs
        self._n_logprobs = max((n for n in wanted if n is not None), default=None)
        self._logprobs = {row: np.zeros(1 + n, LOGPROB) for row, n in enumerate(wanted) if n is not None}
        self._lent: list[Any] = []  # C writes there in each step
        for row, told in self._logprobs.items():
            self._lent.append(lend("struct lcffi_logprob[]", told))
            self._rows[row].logprobs = self._lent[-1]
            self._rows[row].n_top = len(told) - 1

    def __len__(self) -> int:
        return len(self._chains)

    def choose(self, row: int, output: int) -> None:
        """Sample row `row` from the output of the batch's token `output`, or of the last output for -1."""
        self._rows[row].output = output

    def step(self, context: Context, batch: Batch) -> None:
        """Decode the batch, then sample, accept and spell every row's token: one native call (lcffi_step).

        Raises what `Context.step` raises; nothing was sampled then. Raises what `SamplerChain.sample` raises when a
        chain failed: `failed` tells which; the batch was decoded, and the other rows have their tokens.
        So it is with the exception of a PythonSampler, which breaks nothing. Raises ValueError for more
        log-probabilities than the vocabulary has tokens, ContextError for some of an output sampled inside the graph.
        """
        self._check(context)
        fitted = context.step(batch, self._rows, self._pieces, self._held)
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
        for row, chain in enumerate(self._chains):
            # A stage in Python that raised leaves nothing to choose from: that is no failure of the chain.
            by_python = None if raised is None else chain.raised
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
        pieces = [b"" if self.failed(row) else vocab.piece(self.token(row)) for row in range(len(self))]
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

"""What one step of generation takes and gives, for each sequence that samples in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import ffi
from llamacffi._native.arrays import lend
from llamacffi.core.logprobs import LOGPROB, check_n_top
from llamacffi.errors import ContextError

if TYPE_CHECKING:
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
    `choose` names another. With `n_logprobs` each step also tells the log-probabilities of the token and of that many
    of the best.
    """

    def __init__(self, *chains: SamplerChain, n_logprobs: int | None = None) -> None:
        self._chains = chains
        # Each once, and in one order everywhere: two threads that hold several never wait for each other.
        self._held = sorted(set(chains), key=id)
        self._rows: Any = ffi.new("struct lcffi_row[]", len(chains))
        self._pieces: Any = ffi.new("char[]", _N_PIECE * len(chains))
        for row, chain in enumerate(chains):
            self._rows[row].sampler = chain.ptr
            self._rows[row].lazy = chain.lazy
            self._rows[row].output = -1
        self._logprobs = np.zeros((len(chains), 1 + (n_logprobs or 0)), LOGPROB)
        self._n_logprobs = n_logprobs
        if n_logprobs is not None:
            self._lent: Any = lend("struct lcffi_logprob[]", self._logprobs.reshape(-1))  # C writes there in each step
            for row in range(len(chains)):
                self._rows[row].logprobs = self._lent + row * (1 + n_logprobs)
                self._rows[row].n_top = n_logprobs

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
        if self._n_logprobs is not None:
            check_n_top(self._n_logprobs, context.model.vocab.n_tokens)
        for chain in self._held:
            chain.check_context(context)
        fitted = context.step(batch, self._rows, self._pieces, self._held)
        errors = [chain.failed(self._rows[row].error) for row, chain in enumerate(self._chains) if self.failed(row)]
        if not fitted:
            self._spell(context.model.vocab)
        if errors:
            raise errors[0]

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

    def logprobs(self, row: int = 0) -> list[tuple[int, float]]:
        """Token and log-probability of the choice, then of the best tokens, the best first: log-softmax of the logits.

        Raises ContextError when the step left no logits, because samplers inside the graph chose the token.
        """
        told: list[tuple[int, float]] = self._logprobs[row].tolist()
        if told[0][0] < 0:
            message = "there are no logits to take log-probabilities of; take the samplers off the context"
            raise ContextError(message)
        return told

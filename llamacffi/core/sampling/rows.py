"""What one step of generation takes and gives, for each sequence that samples in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi._native import ffi

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
    `choose` names another.
    """

    def __init__(self, *chains: SamplerChain) -> None:
        self._chains = chains
        # Each once, and in one order everywhere: two threads that hold several never wait for each other.
        self._held = sorted(set(chains), key=id)
        self._rows: Any = ffi.new("struct lcffi_row[]", len(chains))
        self._pieces: Any = ffi.new("char[]", _N_PIECE * len(chains))
        for row, chain in enumerate(chains):
            self._rows[row].sampler = chain.ptr
            self._rows[row].lazy = chain.lazy
            self._rows[row].output = -1

    def __len__(self) -> int:
        return len(self._chains)

    def choose(self, row: int, output: int) -> None:
        """Sample row `row` from the output of the batch's token `output`, or of the last output for -1."""
        self._rows[row].output = output

    def step(self, context: Context, batch: Batch) -> None:
        """Decode the batch, then sample, accept and spell every row's token: one native call (lcffi_step).

        Raises what `Context.step` raises; nothing was sampled then. Raises what `SamplerChain.sample` raises when a
        chain failed: `failed` tells which; the batch was decoded, and the other rows have their tokens.
        So it is with the exception of a PythonSampler, which breaks nothing.
        """
        for chain in self._held:
            chain.check_model(context.model)
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

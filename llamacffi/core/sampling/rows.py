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
        self._rows: Any = ffi.new("struct lcffi_row[]", len(chains))
        self._pieces: Any = ffi.new("char[]", _N_PIECE * len(chains))
        for row, chain in enumerate(chains):
            self._rows[row].sampler = chain.ptr
            self._rows[row].output = -1

    def __len__(self) -> int:
        return len(self._chains)

    def choose(self, row: int, output: int) -> None:
        """Sample row `row` from the output of the batch's token `output`, or of the last output for -1."""
        self._rows[row].output = output

    def step(self, context: Context, batch: Batch) -> None:
        """Decode the batch, then sample, accept and spell every row's token: one native call (lcffi_step).

        Raises what `Context.step` raises; nothing was sampled then.
        """
        # A chain closed meanwhile is refused here; one that another thread closes during the call lives until its end.
        pins = [chain.ptr for chain in self._chains]  # noqa: F841 - held, not read
        if not context.step(batch, self._rows, self._pieces):
            self._spell(context.model.vocab)

    def _spell(self, vocab: Vocab) -> None:
        """Spell the rows' tokens again, into a buffer that has room for twice as much."""
        pieces = [vocab.piece(self.token(row)) for row in range(len(self))]
        self._pieces = ffi.new("char[]", 2 * sum(map(len, pieces)))
        ffi.memmove(self._pieces, b"".join(pieces), sum(map(len, pieces)))
        start = 0
        for row, piece in enumerate(pieces):
            self._rows[row].piece, self._rows[row].n_piece = start, len(piece)
            start += len(piece)

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

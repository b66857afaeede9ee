"""One step of several sequences of a context."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import collections.abc

    from llamacffi.core.batch import Batch
    from llamacffi.core.sampling import Rows
    from llamacffi.generation.sequence import Sequence

__all__ = ["step_together"]


def step_together(
    sequences: collections.abc.Sequence[Sequence], tokens: collections.abc.Sequence[int], batch: Batch, rows: Rows
) -> None:
    """Decode `tokens[i]` behind sequence i, for all in one batch and one native call, and sample into row i.

    `batch` has room for as many tokens, and is overwritten. Raises ContextOverflow, before anything is decoded, when a
    sequence is full, and what `Rows.step` raises; the sequences hold what the memory holds then.
    """
    context = sequences[0].context
    with context.exclusive():
        before = [len(sequence) for sequence in sequences]
        n_decoded = context.ledger.n_decoded
        try:
            batch.clear()
            for row, (sequence, token) in enumerate(zip(sequences, tokens, strict=True)):
                sequence.put((token,), batch)
                rows.choose(row, row)
            rows.step(context, batch)
        except BaseException:
            # It may be the sampling that failed, after a decode that did not.
            decoded = context.ledger.n_decoded != n_decoded
            for sequence, n in zip(sequences, before, strict=True):
                sequence.resync(None if decoded else n)
            raise

"""The embeddings of a picture or a sound on their way into a context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.core.batch import Batch
from llamacffi.core.media_tokens import MediaToken, is_whole, row_of, runs
from llamacffi.errors import ContextError, MediaError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from llamacffi.core.context import Context
    from llamacffi.core.projector import MediaChunk

__all__ = ["MediaRows", "check_chunk", "check_media", "chunk_of"]


class MediaRows:
    """Some of a medium's rows, consecutive ones, as a batch of their own; `pos0` is where the medium begins."""

    def __init__(self, context: Context, tokens: Sequence[int], pos0: int) -> None:
        """Raises MediaError for tokens whose medium is not at hand, ContextError for one that is too large."""
        self._context = context
        self.chunk = chunk_of(tokens[0])
        self._start = row_of(tokens[0]).row
        self._n = len(tokens)
        self._pos0 = pos0
        check_chunk(context, self.chunk)

    def batch(self, seq_id: int, encoded: NDArray[np.float32] | None = None, *, output: bool | Any = False) -> Batch:
        """The batch, of what the medium is `encoded` as; else it is encoded now, or found. Raises MediaError."""
        start, stop = self._start, self._start + self._n
        rows = (self.chunk.projector.encode(self.chunk) if encoded is None else encoded)[start:stop]
        axes = self.chunk.positions(self._pos0)
        batch = Batch(self._n, n_embd=rows.shape[1])
        batch.extend_embeddings(
            rows, self._pos0 + start, seq_id, output=output, positions=None if axes is None else axes[start:stop]
        )
        return batch

    def sight(self) -> Any:
        """A block in which the context decodes it as its model wants it seen."""
        return self._context.sight(causal=self.chunk.is_causal and self._context.causal_attn)


def chunk_of(token: int) -> MediaChunk:
    """What an embedding is computed of."""
    if isinstance(token, MediaToken):
        return token.chunk
    message = "a picture or sound of the prompt is to be decoded, but not at hand: take the tokens of Projector.prompt"
    raise MediaError(message)


def check_chunk(context: Context, chunk: MediaChunk) -> None:
    """Raise ContextError for a medium that must be decoded at once and is too large for that."""
    if not chunk.is_causal and chunk.n_tokens > min(context.n_ubatch, context.n_batch):
        message = (
            f"{chunk!r} is decoded at once, but n_ubatch={context.n_ubatch} and n_batch={context.n_batch} are smaller: "
            f"make the context with both at least {chunk.n_tokens}, or the projector with image_max_tokens"
        )
        raise ContextError(message)


def check_media(context: Context, tokens: Sequence[int]) -> None:
    """Raise MediaError for a medium that is not at hand or not there whole, ContextError for one that is too large."""
    for run in runs(tokens):
        if run[0] >= 0:
            continue
        if not is_whole(run):
            row = row_of(run[0])
            message = f"of a picture or sound the rows {row.row} to {row.row + len(run)} of {row.n_tokens} are fed"
            raise MediaError(f"{message}; it is decoded whole")
        check_chunk(context, chunk_of(run[0]))

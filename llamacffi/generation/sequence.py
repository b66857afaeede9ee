"""One line of tokens in a context's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi.core.batch import Batch
from llamacffi.errors import ContextOverflow, LlamaError

if TYPE_CHECKING:
    import collections.abc
    from types import TracebackType

    import numpy as np
    import numpy.typing as npt
    from typing_extensions import Self

    from llamacffi.core.context import Context
    from llamacffi.core.sampling import Rows

__all__ = ["Sequence"]


class Sequence:
    """The tokens that `context` holds under `seq_id`, in their order: token i is at position i.

    It is the only one to write to that sequence id, and starts by emptying it. Whatever interrupts a decode, the tokens
    here are those that the memory holds. Usable from any thread, one at a time.
    """

    def __init__(self, context: Context, seq_id: int = 0) -> None:
        self.context = context
        self.seq_id = seq_id
        self._tokens: list[int] = []
        self._changes = 0
        self._memory = context.memory
        self._n_ctx, self._n_batch = context.n_ctx_seq, context.n_batch
        self._batch = Batch(self._n_batch)
        self._memory.remove(seq_id)

    @property
    def tokens(self) -> list[int]:
        """A copy of the tokens in memory."""
        return self._tokens.copy()

    @property
    def n_free(self) -> int:
        """How many more tokens fit."""
        return self._n_ctx - len(self._tokens)

    @property
    def changes(self) -> int:
        """How often it was changed: who generates sees by it whether someone else did meanwhile."""
        return self._changes

    @property
    def logits(self) -> npt.NDArray[np.float32]:
        """A copy of the logits [n_vocab] after the last token, until the context decodes anything else."""
        return self.context.logits(-1)

    def align(self, tokens: collections.abc.Sequence[int]) -> int:
        """Keep what the memory and `tokens` begin with alike, forget the rest, and return how many were kept.

        A recurrent model cannot forget a part: where that would be needed, nothing is kept.
        """
        with self.context.exclusive():
            self.rewind(_n_common(self._tokens, tokens))
            return len(self._tokens)

    def rewind(self, n: int) -> None:
        """Go back to the first `n` tokens.

        What holds no more than a state (recurrent models) or a window of the past goes back to no tokens at all, unless
        there was nothing to forget.
        """
        with self.context.exclusive():
            if not 0 <= n <= len(self._tokens):
                message = f"cannot rewind to {n} tokens, there are {len(self._tokens)}"
                raise ValueError(message)
            if n == len(self._tokens):
                return
            self._changes += 1
            try:
                if not self._memory.remove(self.seq_id, n) or self._lacks_window(n):
                    self._memory.remove(self.seq_id)
                    n = 0
                del self._tokens[n:]
            except BaseException:
                self._resync()
                raise

    def feed(self, tokens: collections.abc.Sequence[int], *, output: bool = True) -> None:
        """Decode `tokens` after those in memory, at most n_batch at a time; `output` asks for the logits of the last.

        Raises ContextOverflow, before anything is decoded, when they do not fit.
        """
        with self.context.exclusive():
            n_batch = self._check_fit(tokens)
            for start in range(0, len(tokens), n_batch):
                last = start + n_batch >= len(tokens)
                self._decode(tokens[start : start + n_batch], None, output=output and last)

    def step(self, tokens: collections.abc.Sequence[int], rows: Rows) -> None:
        """Decode `tokens` as `feed` does and sample after the last of them into row 0, in the same native call.

        Raises ContextOverflow, before anything is decoded, when they do not fit.
        """
        with self.context.exclusive():
            n_batch = self._check_fit(tokens)
            if len(tokens) > n_batch:
                n_last = (len(tokens) - 1) % n_batch + 1
                self.feed(tokens[:-n_last], output=False)
                tokens = tokens[-n_last:]
            self._decode(tokens, rows, output=True)

    def close(self) -> None:
        """Forget every token; the context stays open."""
        with self.context.exclusive():
            self._changes += 1
            self._tokens.clear()
            if not self.context.closed:
                self._memory.remove(self.seq_id)

    def __len__(self) -> int:
        return len(self._tokens)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _exc: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Sequence {self.seq_id}: {len(self._tokens)} of {self.context.n_ctx_seq} tokens>"

    def _decode(self, tokens: collections.abc.Sequence[int], rows: Rows | None, *, output: bool) -> None:
        batch = self._batch
        batch.clear()
        if len(tokens) == 1:  # the common case, and the cheaper call
            batch.add(tokens[0], len(self._tokens), self.seq_id, output=output)
        else:
            batch.extend(tokens, len(self._tokens), self.seq_id, output=output)
        self._changes += 1
        try:
            self._tokens.extend(tokens)
            if rows is None:
                self.context.decode(batch)
            else:
                rows.step(self.context, batch)
        except BaseException:
            self._resync()
            raise

    def _resync(self) -> None:
        """Believe the memory: an interrupted decode leaves some of its tokens there."""
        try:
            n = self._memory.pos_max(self.seq_id) + 1
        except LlamaError:
            # Closed or broken: nothing is to be had from it any more.
            n = 0
        del self._tokens[n:]

    def _lacks_window(self, n: int) -> bool:
        """Whether the memory has dropped tokens that sliding-window attention would look at from position `n` on."""
        n_swa = self.context.model.n_swa
        return n > 0 and n_swa > 0 and self._memory.pos_min(self.seq_id) > max(0, n - n_swa)

    def _check_fit(self, tokens: collections.abc.Sequence[int]) -> int:
        if len(self._tokens) + len(tokens) > self._n_ctx:
            message = (
                f"{len(tokens)} tokens do not fit: {len(self._tokens)} of the {self._n_ctx} places are taken; "
                "make the context with a larger n_ctx, or shorten the prompt"
            )
            raise ContextOverflow(message)
        return self._n_batch


def _n_common(left: collections.abc.Sequence[int], right: collections.abc.Sequence[int]) -> int:
    """The length of the longest common prefix."""
    n = min(len(left), len(right))
    # A comparison of whole lists runs in C; the loop only looks for the place where a difference is.
    if list(left[:n]) == list(right[:n]):
        return n
    return next(i for i in range(n) if left[i] != right[i])

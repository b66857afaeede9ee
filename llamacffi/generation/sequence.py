"""One line of tokens in a context's memory."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Literal

from llamacffi.core.batch import Batch
from llamacffi.core.media_tokens import can_end_at, has_media, n_positions, whole_media
from llamacffi.errors import ContextError, ContextOverflow, LlamaError
from llamacffi.generation.prompt import n_common
from llamacffi.generation.seq_ids import free_seq_ids, give_back, take
from llamacffi.generation.state_side import ALL_EXACT, StateSide

if TYPE_CHECKING:
    import collections.abc

    import numpy as np
    import numpy.typing as npt
    from typing_extensions import Self

    from llamacffi.core.checkpoint import Checkpoint
    from llamacffi.core.context import Context
    from llamacffi.core.sampling import Rows

__all__ = ["Sequence"]

_N_CHECKPOINTS = 4
_WORTH_IT = 32  # tokens: fewer are decoded again in less time than it takes to manage a checkpoint


class Sequence(StateSide):
    """The tokens that `context` holds under `seq_id`, in their order: token i is at position i, but for M-RoPE's media.

    It is the only one to write to that sequence id, and starts by emptying it. Whatever interrupts a decode, the tokens
    here are those that the memory holds. Usable from any thread, one at a time.

    A memory that forgets what it has passed (a sliding window, a recurrent or hybrid model) is helped by checkpoints:
    one is taken before the last token of every feed of at least 32, which is then decoded by itself, and the latest
    `n_checkpoints` of them are kept; 0 for none. Other models have none and lose no time.
    """

    def __init__(self, context: Context, seq_id: int = 0, *, n_checkpoints: int = _N_CHECKPOINTS) -> None:
        """Raises ValueError for a seq_id or a number of checkpoints out of range."""
        if n_checkpoints < 0:
            message = f"n_checkpoints must be 0 or more, not {n_checkpoints}"
            raise ValueError(message)
        self.context = context
        self.seq_id = seq_id
        self._tokens: list[int] = []
        self._changes = 0
        self._n_altered = context.ledger.n_altered  # when the first token was computed
        self._memory = context.memory
        self._n_ctx, self._n_batch = context.n_ctx_seq, self._memory.n_at_once
        self._batch = Batch(self._n_batch)
        self._n_checkpoints = 0 if self._memory.can_rewind else n_checkpoints
        self._kept: list[Checkpoint] = []
        self._n_exact = ALL_EXACT  # so many were computed in sight of those before them and of no others
        self._known: weakref.WeakKeyDictionary[Checkpoint, int] = weakref.WeakKeyDictionary()  # that of checkpoints
        self._keeps_state = context.model.is_recurrent or context.model.is_hybrid
        self._memory.remove(seq_id)
        self._take_source(())
        take(self)

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
        """A copy of the logits [n_vocab] after the last decoded token, until the context decodes anything else.

        After `rewind`, `align` or `restore` that is a token which is no longer there.
        """
        return self.context.logits(-1)

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The checkpoints that it keeps by itself and that still hold, the oldest first."""
        return tuple(checkpoint for checkpoint in self._kept if checkpoint.valid)

    def align(self, tokens: collections.abc.Sequence[int]) -> int:
        """Keep what the memory and `tokens` begin with alike, forget the rest, and return how many were kept.

        Where the memory cannot go back, the longest checkpoint that `tokens` begin with is restored; without one
        nothing is kept. Nor is what `discard` has moved, or what was computed with other adapters, another control
        vector or other attention (`causal_attn`) than the context has now.
        """
        with self.context.exclusive():
            same = self._n_altered == self.context.ledger.n_altered
            n = min(n_common(self._tokens, list(tokens)), self._n_exact) if same else 0
            n = whole_media(self._tokens, n)
            if n < len(self._tokens):
                self._go_to(list(tokens), n)
            return len(self._tokens)

    def rewind(self, n: int) -> None:
        """Go back to the first `n` tokens, or further where the memory cannot do that: see how many are left.

        What holds no more than a state (recurrent and hybrid models) or a window of the past goes back to the last
        checkpoint before, or to no tokens at all, unless there was nothing to forget. Of a picture or sound all is kept
        or nothing.
        """
        with self.context.exclusive():
            if not 0 <= n <= len(self._tokens):
                message = f"cannot rewind to {n} tokens, there are {len(self._tokens)}"
                raise ValueError(message)
            n = whole_media(self._tokens, n)
            if n < len(self._tokens):
                self._go_to(self._tokens[:n], n)

    def discard(self, start: int, stop: int) -> None:
        """Forget the tokens [start, stop) and move those behind them down, to where these were.

        What is moved was computed in sight of what is gone; going on behind it is what a context shift does, and no
        prompt that begins with it finds it by `align`. Raises ContextError where it cannot be right (see
        `Memory.check_discard`), ValueError for tokens that are not there.
        """
        with self.context.exclusive():
            if not 0 <= start <= stop <= len(self._tokens):
                message = f"cannot discard the tokens [{start}, {stop}), there are {len(self._tokens)}"
                raise ValueError(message)
            self._memory.check_discard(self.seq_id)
            self._check_whole(start, stop)
            self._changes += 1
            try:
                self._memory.remove(self.seq_id, start, stop)
                self._memory.shift(self.seq_id, start - stop, stop)
            except BaseException:
                self._forget()  # there may be a gap
                raise
            del self._tokens[start:stop]
            self._n_exact = min(self._n_exact, start)

    def fork(self, seq_id: int | None = None) -> Sequence:
        """Another sequence of the same tokens, by default under the first free id; each goes its own way.

        With kv_unified=True the two share the cells of what they have in common, and nothing is computed or copied.
        Without it the next decode copies the sequence's buffer. Raises ContextError when no id is free.
        """
        context, memory = self.context, self._memory
        with context.exclusive():
            if seq_id is None:
                seq_id = next(iter(free_seq_ids(context)), None)
            if seq_id is None or seq_id == self.seq_id:
                message = (
                    f"a fork of sequence {self.seq_id} needs an id of its own, of the {context.n_seq_max} that "
                    "the context was made for (n_seq_max)"
                )
                raise ContextError(message)
            forked = Sequence(context, seq_id, n_checkpoints=self._n_checkpoints)
            memory.copy(self.seq_id, seq_id)
            forked._tokens, forked._n_exact = self._tokens.copy(), self._n_exact
            forked._n_ahead = self._n_ahead
            forked._n_altered = self._n_altered
            forked._take_source(self.source)
            return forked

    def feed(self, tokens: collections.abc.Sequence[int], *, output: bool | Literal["all"] = True) -> None:
        """Decode `tokens` after those in memory, at most n_batch at a time; `output` asks for the logits of the last.

        "all" asks for those of every token: of more than n_batch only those of the last piece are there afterwards.
        Raises ContextOverflow, before anything is decoded, when they do not fit.
        """
        with self.context.exclusive():
            n_batch = self._check_fit(tokens)
            if has_media(tokens):
                return self._feed_media(tokens, output)
            if output != "all":
                tokens = self._up_to_checkpoint(tokens)
            for start in range(0, len(tokens), n_batch):
                last = start + n_batch >= len(tokens)
                self._decode(tokens[start : start + n_batch], None, output=output if last or output == "all" else False)
            return None

    def step(self, tokens: collections.abc.Sequence[int], rows: Rows) -> None:
        """Decode `tokens` as `feed` does and sample after the last of them into row 0, in the same native call.

        Raises ContextOverflow, before anything is decoded, when they do not fit.
        """
        with self.context.exclusive():
            n_batch = self._check_fit(tokens)
            if has_media(tokens):
                tokens = self._feed_to_text(tokens)
            tokens = self._up_to_checkpoint(tokens)
            if len(tokens) > n_batch:
                n_last = (len(tokens) - 1) % n_batch + 1
                self.feed(tokens[:-n_last], output=False)
                tokens = tokens[-n_last:]
            self._decode(tokens, rows, output=True)

    def put(self, tokens: collections.abc.Sequence[int], batch: Batch, *, output: bool | Literal["all"] = True) -> None:
        """Put tokens behind the last one into a batch that may hold those of other sequences too, and is decoded next.

        When that decode fails, `resync` is to be told how many tokens there were before, or None when only what came
        after the decode failed. Raises ContextOverflow when they do not fit.
        """
        self._check_fit(tokens)
        self._begin()
        batch.extend(tokens, self._n_pos, self.seq_id, output=output)
        self._tokens.extend(tokens)

    def close(self) -> None:
        """Forget every token; the context stays open."""
        with self.context.exclusive():
            self._changes += 1
            self._cut(0)
            self._n_exact = ALL_EXACT
            self._kept.clear()
            give_back(self)
            self._take_source(())
            if not self.context.closed:
                self._memory.remove(self.seq_id)

    def __len__(self) -> int:
        return len(self._tokens)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Sequence {self.seq_id}: {len(self._tokens)} of {self.context.n_ctx_seq} tokens>"

    def _begin(self) -> None:
        """Before tokens go into a batch."""
        if self._sources is not None:
            self._sources.show(self.context, self.seq_id)
        if not self._tokens:
            self._n_altered = self.context.ledger.n_altered
        self._changes += 1

    def _decode(
        self, tokens: collections.abc.Sequence[int], rows: Rows | None, *, output: bool | Literal["all"]
    ) -> None:
        self._begin()
        batch = self._batch
        batch.clear()
        if len(tokens) == 1:  # the common case, and the cheaper call
            batch.add(tokens[0], self._n_pos, self.seq_id, output=bool(output))
        else:
            batch.extend(tokens, self._n_pos, self.seq_id, output=output)
        self._decode_batch(tokens, batch, rows)

    def _decode_batch(self, tokens: collections.abc.Sequence[int], batch: Batch, rows: Rows | None) -> None:
        n_before, n_decoded = len(self._tokens), self.context.ledger.n_decoded
        try:
            self._tokens.extend(tokens)
            if rows is None:
                self.context.decode(batch)
            else:
                rows.step(self.context, batch)
        except BaseException:
            # It may be the sampling that failed, after a decode that did not.
            self.resync(n_before if self.context.ledger.n_decoded == n_decoded else None)
            raise

    def _up_to_checkpoint(self, tokens: collections.abc.Sequence[int]) -> collections.abc.Sequence[int]:
        """Decode all but the last token and take a checkpoint, where that is worth it; return what is left to decode.

        Before the last token, because logits are not part of a checkpoint: the same prompt again decodes that one.
        """
        if not self._n_checkpoints or len(tokens) < _WORTH_IT:
            return tokens
        for start in range(0, len(tokens) - 1, self._n_batch):
            self._decode(tokens[start : min(start + self._n_batch, len(tokens) - 1)], None, output=False)
        self._kept = [*self.checkpoints, self.checkpoint()][-self._n_checkpoints :]
        return tokens[-1:]

    def _go_to(self, tokens: list[int], n: int) -> None:
        """Hold the first `n` of `tokens`, which it holds now, or the longest checkpoint that they begin with."""
        self._changes += 1
        if n <= self._n_exact:
            self._n_exact = ALL_EXACT
        try:
            # Asked before anything is removed: afterwards an empty window looks like no window.
            pos = n_positions(self._tokens, n) if self._n_ahead else n
            if self._memory.holds_window(self.seq_id, pos) and self._memory.remove(self.seq_id, pos):
                self._cut(n)
            else:
                self._fall_back(tokens)
        except BaseException:
            self.resync(None)
            raise

    def resync(self, n_before: int | None) -> None:
        """Believe the memory: an interrupted decode of tokens after the first `n_before` leaves some of them there."""
        try:
            last = self._memory.pos_max(self.seq_id)
            n = len(self._tokens) if n_before is None else n_before
            if not can_end_at(self._tokens[:n], last):
                if self._keeps_state and n_before is not None:
                    # llama.cpp counts the tokens of an aborted decode, but the state has not seen them all.
                    self._fall_back(self._tokens[:n_before])
                    n = len(self._tokens)
                else:
                    n = self._whole(last + 1)
        except LlamaError:
            # A callback, which could do nothing; else closed or broken: nothing is to be had from it any more.
            n = len(self._tokens) if self.context.in_use() else 0
        self._cut(n)
        self._count_ahead()

    def _check_fit(self, tokens: collections.abc.Sequence[int]) -> int:
        if len(self._tokens) + len(tokens) > self._n_ctx:
            message = (
                f"{len(tokens)} tokens do not fit: {len(self._tokens)} of the {self._n_ctx} places are taken; "
                "make the context with a larger n_ctx, or shorten the prompt"
            )
            raise ContextOverflow(message)
        return self._n_batch

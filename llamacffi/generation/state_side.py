"""What a sequence holds, kept and put back: checkpoints, states, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi.core.media_tokens import can_end_at, known
from llamacffi.core.state import State, snapshot
from llamacffi.errors import ContextError, StateError
from llamacffi.generation.encoder_decoder import EncoderSide
from llamacffi.generation.media_side import MediaSide

if TYPE_CHECKING:
    import os
    import weakref

    from llamacffi.core.checkpoint import Checkpoint

__all__ = ["ALL_EXACT", "StateSide"]

ALL_EXACT = 2**31
"""More tokens than there are: all were computed in sight of those before them and of no others."""


class StateSide(EncoderSide, MediaSide):
    """The part of a `Sequence` that goes back, and comes back."""

    _changes: int
    _n_altered: int
    _n_exact: int
    _known: weakref.WeakKeyDictionary[Checkpoint, int]

    def resync(self, n_before: int | None) -> None:
        """Believe the memory."""
        raise NotImplementedError

    def checkpoint(self, *, whole: bool = False, on_device: bool = False) -> Checkpoint:
        """Note where it is, to come back with `restore`; `align` and `rewind` use it too, for as long as you keep it.

        What it holds and when it is lost: see `Checkpoint` and `Context.checkpoint`, whose options these are.
        """
        self._check_no_source()
        with self.context.exclusive():
            made = self.context.checkpoint(self.seq_id, tokens=self._tokens, whole=whole, on_device=on_device)
            made.n_altered = self._n_altered
            self._known[made] = self._n_exact
            return made

    def restore(self, state: Checkpoint | State) -> None:
        """Go back to a checkpoint of this sequence, or hold what a state has. Raises what `load` does, but OSError."""
        with self.context.exclusive():
            if isinstance(state, State):
                return self._hold(state)
            state.check_home(self.context, self.seq_id)
            if not can_end_at(state.tokens, state.n - 1):
                message = f"the checkpoint at position {state.n} knows {len(state.tokens)} of its tokens"
                raise StateError(message)
            return self._replace(state)

    def snapshot(self) -> State:
        """A copy of the tokens and what the memory holds of them. Raises what `Context.snapshot` raises."""
        self._check_no_source()
        with self.context.exclusive():
            altered = self._n_altered != self.context.ledger.n_altered
            return snapshot(self.context, self.seq_id, self._tokens, n_exact=self._n_exact, altered=altered)

    def save(self, path: str | os.PathLike[str], *, fsync: bool = True) -> None:
        """Write a `snapshot` to a file, which `load` reads. Raises OSError, and what `Context.snapshot` raises."""
        self.snapshot().save(path, fsync=fsync)

    def load(self, path: str | os.PathLike[str]) -> int:
        """Hold what `save` wrote instead of what it holds, and return how many tokens that are.

        Logits are no part of it: a token must be decoded before sampling. `align` then keeps what it would have kept,
        nothing computed with other adapters than the context has. Raises OSError, what `Context.restore` raises, and
        StateError for a state that does not know all of its tokens.
        """
        state = State.load(path)
        self.restore(state)
        return len(state.tokens)

    def _fall_back(self, tokens: list[int]) -> None:
        """Restore the longest checkpoint that `tokens` begin with, or forget everything."""
        usable = [
            checkpoint
            for checkpoint, n_exact in self._known.items()
            if checkpoint.valid
            and 0 < len(checkpoint.tokens) <= n_exact
            and checkpoint.n_altered == self.context.ledger.n_altered
            and checkpoint.tokens == tuple(tokens[: len(checkpoint.tokens)])
        ]
        try:
            self._replace(max(usable, key=lambda checkpoint: checkpoint.n))
        except (ValueError, StateError, ContextError):  # there is none, or it could not be restored now
            self._forget()

    def _hold(self, state: State) -> None:
        if state.seq_id is None:
            message = "the state is of a whole context, not of a sequence; Context.restore takes it"
            raise StateError(message)
        self._replace(state)
        n = self._memory.pos_max(self.seq_id) + 1
        if not can_end_at(state.tokens, n - 1):
            self._forget()
            message = f"the state names {len(state.tokens)} tokens and holds {n}; the sequence is empty now"
            raise StateError(message)

    def _replace(self, state: State | Checkpoint) -> None:
        """Hold what a state or a checkpoint holds, or, when that is interrupted, nothing."""
        self._check_no_source()
        self._changes += 1
        try:
            self.context.restore(state, self.seq_id)
            self._tokens[:] = known(state.tokens)
            self._count_ahead()
            n_exact = state.n_exact if isinstance(state, State) else self._known.get(state)
            self._n_exact = ALL_EXACT if n_exact is None else n_exact
            self._n_altered = state.altered_in(self.context) if isinstance(state, State) else state.n_altered
        except (StateError, ContextError):  # either nothing happened, or nothing is left
            self.resync(None)
            raise
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        self._cut(0)
        self._n_exact = ALL_EXACT
        if not self.context.closed:
            self._memory.remove(self.seq_id)

"""What was done to a context's memory, as far as llama.cpp does not tell it when asked."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llamacffi.core.batch import Batch
    from llamacffi.core.checkpoint import Checkpoint

__all__ = ["Ledger"]


class Ledger:
    """What is still to be carried out, which sequences share cells, and which checkpoints still hold.

    Every change of the memory goes through `Memory`, `State` or `Checkpoint`, which write it down here; what is done
    with `lib` alone is not known.
    """

    def __init__(self) -> None:
        self.pending: set[str] = set()
        """What the next decode is to carry out before anything else: "shift", "copy"."""
        self.n_decoded = 0
        """How many batches were decoded whole, whatever was raised afterwards."""
        self.n_encoded = 0
        """How many batches an encoder read; a decoder looks at the last of them."""
        self.n_altered = 0
        """How often it was changed what the same tokens come out as: adapters, control vector, attention."""
        self._groups: dict[int, set[int]] = {}  # one set for all the sequences in it
        self._checkpoints: weakref.WeakSet[Checkpoint] = weakref.WeakSet()
        self._on_device: dict[int, weakref.ref[Checkpoint]] = {}
        self._room: dict[int, int] = {}

    def share(self, seq_ids: Iterable[int]) -> None:
        """The sequences have cells in common from now on, and with those that shared cells with one of them."""
        together: set[int] = set()
        for seq_id in seq_ids:
            together |= self._groups.get(seq_id, {seq_id})
        self._groups.update(dict.fromkeys(together, together))

    def unshare(self, seq_id: int | None) -> None:
        """A sequence, or every one when `seq_id` is None, holds nothing, or nothing that is not its own."""
        if seq_id is None:
            self._groups.clear()
        else:
            self._groups.pop(seq_id, set()).discard(seq_id)

    def sharers(self, seq_id: int) -> list[int]:
        """The sequences that may have cells in common with this one."""
        return sorted(self._groups.get(seq_id, set()) - {seq_id})

    def changed(self, seq_id: int | None, p0: int = 0) -> None:
        """What a sequence, or every one, held from position `p0` on is no longer what it was."""
        for checkpoint in tuple(self._checkpoints):
            if seq_id in {None, checkpoint.seq_id} and checkpoint.rests_on > p0:
                checkpoint.lost = (
                    f"positions from {p0} on of sequence {checkpoint.seq_id} were changed since, and it rests on "
                    f"the first {checkpoint.rests_on}; take it with whole=True to be independent of them"
                )

    def decoded(self, batch: Batch) -> None:
        """A batch went through: what was pending was carried out, and its tokens are in the memory."""
        self.pending.clear()
        self.n_decoded += 1
        if batch.n_seq_max > 1:
            for seq_ids in batch.shared():
                self.share(seq_ids)

    def taken(self, checkpoint: Checkpoint) -> None:
        """There is a checkpoint more."""
        self._checkpoints.add(checkpoint)

    def on_device(self, seq_id: int) -> int | None:
        """The bytes that the last checkpoint of a sequence on the device took there, which is kept; None for none."""
        return self._room.get(seq_id)

    def taken_on_device(self, checkpoint: Checkpoint, n_bytes: int) -> None:
        """llama.cpp keeps one on the device for each sequence: an older one is gone."""
        older = self._on_device.get(checkpoint.seq_id, lambda: None)()
        if older is not None:
            older.lost = f"a later checkpoint of sequence {checkpoint.seq_id} took its place on the device"
        self._on_device[checkpoint.seq_id] = weakref.ref(checkpoint)
        self._room[checkpoint.seq_id] = n_bytes

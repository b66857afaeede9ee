"""Pictures and sound in a sequence: where they are, and that they are there whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from llamacffi.core.media_tokens import has_media, is_whole, known, n_positions, row_of, runs, whole_media
from llamacffi.errors import ContextError, MediaError
from llamacffi.generation.media_rows import MediaRows, check_media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.batch import Batch
    from llamacffi.core.context import Context
    from llamacffi.core.memory import Memory

__all__ = ["MediaSide"]


class MediaSide:
    """What a `Sequence` knows of the media in it."""

    context: Context
    seq_id: int
    _tokens: list[int]
    _memory: Memory
    _n_batch: int
    _n_ahead = 0  # by how many the tokens are more than their positions

    @property
    def _n_pos(self) -> int:
        """The position that comes next."""
        return len(self._tokens) - self._n_ahead

    def feed(self, tokens: Sequence[int], *, output: bool | Literal["all"] = True) -> None:
        """Decode tokens."""
        raise NotImplementedError

    def _begin(self) -> None:
        raise NotImplementedError

    def _decode_batch(self, tokens: Sequence[int], batch: Batch, rows: Any) -> None:
        raise NotImplementedError

    def _feed_media(self, tokens: Sequence[int], output: bool | Literal["all"]) -> None:  # noqa: FBT001 - as it is fed
        """Decode texts and media in their order, once it is known that they can be."""
        check_media(self.context, tokens)
        *before, last = runs(tokens)
        for run in before:
            self._feed_run(run, "all" if output == "all" else False)
        self._feed_run(last, output)

    def _feed_to_text(self, tokens: Sequence[int]) -> Sequence[int]:
        """Decode all up to the text at the end, and return that. Raises MediaError where there is none."""
        *before, last = runs(tokens)
        if last[0] < 0:
            message = "the prompt ends with a picture or sound; let a text follow, which the answer goes on from"
            raise MediaError(message)
        check_media(self.context, tokens)
        for run in before:
            self._feed_run(run, output=False)
        return last

    def _feed_run(self, run: Sequence[int], output: bool | Literal["all"]) -> None:  # noqa: FBT001 - as it is fed
        if run[0] >= 0:
            self.feed(run, output=output)
            return
        pos0, last = self._n_pos, len(run) - self._n_batch
        for start in range(0, len(run), self._n_batch):
            part = run[start : start + self._n_batch]
            rows = MediaRows(self.context, part, pos0)
            batch = rows.batch(self.seq_id, output=output if start >= last or output == "all" else False)
            self._begin()
            with rows.sight():
                self._decode_batch(known(part), batch, None)
        self._count_ahead()

    def _cut(self, n: int) -> None:
        """Know of the first `n` tokens only."""
        del self._tokens[n:]
        if self._n_ahead:
            self._count_ahead()

    def _count_ahead(self) -> None:
        self._n_ahead = len(self._tokens) - n_positions(self._tokens) if has_media(self._tokens) else 0

    def _whole(self, n_pos: int) -> int:
        """How many tokens the memory holds that has the first `n_pos` positions; it forgets a part of a medium."""
        if not has_media(self._tokens):
            return n_pos
        n, pos = 0, 0
        for run in runs(self._tokens):
            is_text = run[0] >= 0
            end = pos + (len(run) if is_text else row_of(run[0]).n_pos)
            if end > n_pos or not is_whole(run):
                if is_text:
                    return n + max(0, n_pos - pos)
                if self._memory.remove(self.seq_id, pos):
                    return n
                self._memory.remove(self.seq_id)
                return 0
            n, pos = n + len(run), end
        return n

    def _check_whole(self, *places: int) -> None:
        for n in places:
            if whole_media(self._tokens, n) != n:
                message = f"the tokens cannot be cut at {n}, in the middle of a picture or sound"
                raise ContextError(message)

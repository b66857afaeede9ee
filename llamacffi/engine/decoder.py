"""One step of an engine: a batch of many requests' tokens, decoded and sampled in one native call."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Literal

from llamacffi.core.batch import Batch
from llamacffi.core.sampling import Rows
from llamacffi.errors import NoMemorySlot
from llamacffi.generation.media_rows import MediaRows

if TYPE_CHECKING:
    from llamacffi.core.context import Context
    from llamacffi.engine.cells import Cells
    from llamacffi.engine.drafting import Drafting
    from llamacffi.engine.scheduler import Work
    from llamacffi.engine.task import Task

__all__ = ["Decoder"]


class Decoder:
    """Decodes what a step consists of; the batch and the rows are made once, not each step."""

    def __init__(self, context: Context, drafting: Drafting, cells: Cells) -> None:
        self._context, self._drafting, self._cells = context, drafting, cells
        self._batch = Batch(context.n_batch)
        self._rows: tuple[list[Task], Rows] = ([], Rows())

    @property
    def rows(self) -> Rows:
        """What the last step sampled."""
        return self._rows[1]

    def decode(self, works: list[Work]) -> dict[int, BaseException]:
        """Compute a step's tokens, and sample for those whose last one is among them; returns what failed, by row."""
        if works[0].task.next_chunk is not None:
            self._decode_media(works[0])
            return {}
        drafting = self._drafting
        drafting.propose(works, self._cells.n_free)
        try:
            errors = self._compute(works)
        except NoMemorySlot:
            if not any(work.draft for work in works):
                raise
            for work in works:  # there may be room for the others all the same
                work.draft = []
            errors = self._compute(works)
        drafting.decoded(works, self._batch)
        for work in works:
            if work.task.telling is not None:
                work.task.telling.take(self._context, work.task.n_past, work.n_tokens, work.place)
        return errors

    def _decode_media(self, work: Work) -> None:
        """Decode a medium, or a piece of one, which was encoded before."""
        task = work.task
        assert task.seq_id is not None, "a task that runs has a sequence"
        assert task.layout is not None, "it has a medium"
        pos0 = task.layout.position(task.layout.begin(task.n_past))
        rows = MediaRows(self._context, task.tokens[task.n_past : task.n_past + work.n_tokens], pos0)
        batch = rows.batch(task.seq_id, task.encoded[rows.chunk.key])
        with rows.sight():
            self._context.decode(batch)

    def _compute(self, works: list[Work]) -> dict[int, BaseException]:
        batch = self._batch
        batch.clear()
        outputs = []
        for work in works:
            task, n = work.task, work.n_tokens
            seq_id = task.seq_id
            assert seq_id is not None, "a task that runs has a sequence"
            tells, work.place = task.telling is not None, len(batch)
            if n == 1:
                place = batch.add(task.tokens[task.n_past], task.pos, seq_id, output=work.samples or tells)
            else:
                output: bool | Literal["all"] = "all" if tells else work.samples
                batch.extend(task.tokens[task.n_past : task.n_past + n], task.pos, seq_id, output=output)
                place = len(batch) - 1
            if work.samples:
                outputs.append((work, place))
                if work.draft:
                    batch.extend(work.draft, task.n_past + n, seq_id, output="all")
        if not outputs:
            self._context.decode(batch)
            return {}
        rows = self._rows_of([work.task for work, _ in outputs])
        rows.undraft()
        for row, (work, place) in enumerate(outputs):
            rows.choose(row, place)
            work.rows = [row]
        for work, place in outputs:
            for i, token in enumerate(work.draft, start=place + 1):
                work.rows.append(rows.draft(work.rows[-1], i, token))
        begin = perf_counter()
        errors = rows.advance(self._context, batch)
        self._drafting.sampled(works, rows, perf_counter() - begin)
        return errors

    def _rows_of(self, tasks: list[Task]) -> Rows:
        if self._rows[0] != tasks:
            chains = [task.chain for task in tasks]
            self._rows = tasks, Rows(*chains, n_logprobs=[task.request.params.logprobs for task in tasks])
        return self._rows[1]

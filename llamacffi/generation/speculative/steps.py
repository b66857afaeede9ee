"""Steps of one sequence that decode guesses too."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from llamacffi.core.batch import Batch
from llamacffi.errors import InvalidBatch, NoMemorySlot
from llamacffi.generation.overflow import step_in_cells
from llamacffi.generation.prompt import check_unchanged
from llamacffi.generation.speculative.costs import RowCosts
from llamacffi.generation.speculative.drafter import Drafter, can_speculate, propose, started

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Generator

    from llamacffi.core.sampling import Rows
    from llamacffi.generation.overflow import ContextShift
    from llamacffi.generation.sequence import Sequence
    from llamacffi.generation.speculative.predictor import PredictorFactory, TokenPredictor

__all__ = ["DraftedSteps"]


class DraftedSteps:
    """The tokens that a chain chooses one after another, of which one step may give several.

    They are the tokens that it would choose without a predictor. While they are handed out, the sequence may hold a few
    more; when that ends, in whichever way, it holds what it would hold then.
    """

    def __init__(
        self,
        sequence: Sequence,
        rows: Rows,
        predictor: PredictorFactory | TokenPredictor,
        *,
        shift: ContextShift | None = None,
        anew: bool = True,
    ) -> None:
        """Nothing is guessed by one that watches where positions `shift` or the prompt is not to be decoded `anew`.

        Raises what the predictor's factory raises.
        """
        self.row = 0
        """Which of the rows chose the token that was yielded last."""
        self._sequence, self._rows, self._context = sequence, rows, sequence.context
        self._costs = RowCosts.of(sequence.context)
        self._drafter: Drafter | None = None
        if can_speculate(sequence.context):
            self._drafter = started(predictor, sequence.context)
        self.watched = self._drafter is not None and self._drafter.watches
        """Whether the whole prompt is decoded, whatever was there of it."""
        if self.watched and (shift is not None or not anew):
            self.close()
            self._drafter, self.watched = None, False
        self._shift = shift
        self._most = min(sequence.context.n_batch, sequence.context.n_outputs_max) - 1
        self._batch = Batch(sequence.context.n_batch if self.watched else max(1, min(self._most + 1, 64)))
        self._changes = 0

    def counts(self) -> tuple[int, int]:
        """How many guesses were decoded, and how many of them were right."""
        return (0, 0) if self._drafter is None else self._drafter.counts()

    def steps(
        self,
        prompt_tokens: collections.abc.Sequence[int],
        tokens: collections.abc.Sequence[int],
        changes: int,
        *,
        most: int | None = None,
    ) -> Generator[int, None, None]:
        """Feed `tokens`, the end of the prompt, then each token that was chosen, and guesses; yield `most` at most."""
        sequence, drafter = self._sequence, self._drafter
        self._changes = changes
        chosen: list[int] = []
        draft: list[int] = []
        n_yielded, begun = 0, False
        if self.watched:
            tokens = self._show(prompt_tokens)
        while True:
            with self._context.exclusive():
                check_unchanged(sequence, self._changes)
                if begun and drafter is not None:
                    if drafter.begun:
                        drafter.push(chosen)
                    else:
                        drafter.reset([*prompt_tokens, *chosen])
                if len(tokens) > sequence.n_free:
                    if self._shift is None:
                        return
                    self._shift.make_room()
                draft = []
                if begun and drafter is not None:
                    room = min(self._most, sequence.n_free - 1, self._batch.capacity - 1)
                    draft = self._draft(drafter, room if most is None else min(room, most - n_yielded - 1))
                try:
                    draft, errors = self._step(tokens, draft, learn=begun)
                except NoMemorySlot:
                    if not begun:
                        raise
                    return
                n_before = len(sequence) - len(draft)
                n_right = sum(not self._rows.skipped(row) for row in range(1, 1 + len(draft)))
                if drafter is not None:
                    drafter.decoded(len(draft), n_right)
                if n_right < len(draft):
                    sequence.rewind(n_before + n_right)
                self._changes = sequence.changes
            row, chosen = 0, []
            try:
                while True:
                    if row in errors:
                        raise errors[row]
                    token, self.row = self._rows.token(row), row
                    chosen.append(token)
                    n_yielded += 1
                    yield token
                    if row == n_right:
                        break
                    check_unchanged(sequence, self._changes)
                    row += 1
            finally:
                self._cut(n_before + row)
            begun, tokens = True, (token,)

    def close(self) -> None:
        """Close the predictor."""
        if self._drafter is not None:
            self._drafter.close()

    def _draft(self, drafter: Drafter, room: int) -> list[int]:
        drafts, errors = propose([drafter], [room], 1, self._costs, room)
        for error in errors.values():
            raise error
        return drafts[0]

    def _step(
        self, tokens: collections.abc.Sequence[int], draft: list[int], *, learn: bool
    ) -> tuple[list[int], dict[int, BaseException]]:
        """Decode tokens and a draft behind them; returns what of it was decoded, and what failed, by row."""
        rows, sequence = self._rows, self._sequence
        rows.undraft()
        n_before = len(sequence)
        begin = perf_counter()
        if draft:
            try:
                errors = self._decode(tokens, draft)
            except (InvalidBatch, NoMemorySlot):  # room for the tokens there may be all the same
                sequence.rewind(min(len(sequence), n_before))
                rows.undraft()
                draft = []
        if not draft:
            rows.choose(0, -1)
            if self.watched:
                errors = self._decode(tokens, draft)
            else:
                if not learn:
                    sequence.step(tokens, rows)
                elif not step_in_cells(sequence, tokens, rows, self._shift):
                    message = "other sequences hold all the cells that are left"
                    raise NoMemorySlot(message, status=1)
                errors = {}
        if learn:
            self._costs.learn(1 + len(draft), perf_counter() - begin)
        return draft, errors

    def _decode(self, tokens: collections.abc.Sequence[int], draft: list[int]) -> dict[int, BaseException]:
        sequence, rows, context = self._sequence, self._rows, self._context
        n_before, n_decoded = len(sequence), context.ledger.n_decoded
        self._batch.clear()
        try:
            sequence.put((*tokens, *draft), self._batch, output="all")
            row = 0
            rows.choose(0, len(tokens) - 1)
            for i, token in enumerate(draft, start=len(tokens)):
                row = rows.draft(row, i, token)
            errors = rows.advance(context, self._batch)
            if self.watched:
                self._shown()
        except BaseException:
            sequence.resync(None if context.ledger.n_decoded != n_decoded else n_before)
            if not context.closed and len(sequence) > n_before + len(tokens):
                sequence.rewind(n_before + len(tokens))
            raise
        return errors

    def _show(self, tokens: collections.abc.Sequence[int]) -> collections.abc.Sequence[int]:
        """Decode all of the prompt but its last token before the eyes of the predictor, and return that one."""
        sequence, n_batch = self._sequence, self._context.memory.n_at_once
        with self._context.exclusive():
            check_unchanged(sequence, self._changes)
            sequence.rewind(0)
            for start in range(0, len(tokens) - 1, n_batch):
                self._look(tokens[start : min(start + n_batch, len(tokens) - 1)])
            self._changes = sequence.changes
        return tokens[-1:]

    def _look(self, tokens: collections.abc.Sequence[int]) -> None:
        sequence, n_before = self._sequence, len(self._sequence)
        self._batch.clear()
        try:
            sequence.put(tokens, self._batch)
            self._context.decode(self._batch)
            self._shown()
        except BaseException:
            sequence.resync(n_before)
            raise

    def _shown(self) -> None:
        assert self._drafter is not None, "nobody else watches"
        self._drafter.predictor.decoded(self._context, self._batch, self._sequence.seq_id)  # type: ignore[attr-defined]

    def _cut(self, n: int) -> None:
        """Hold `n` tokens and no more, unless somebody else has changed the sequence."""
        sequence = self._sequence
        if not self._context.closed and sequence.changes == self._changes and len(sequence) > n:
            sequence.rewind(n)
            self._changes = sequence.changes

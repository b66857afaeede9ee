"""Guesses of what the requests go on with, decoded in the steps of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi.generation.speculative.costs import RowCosts
from llamacffi.generation.speculative.drafter import can_speculate, propose, started, watches

if TYPE_CHECKING:
    from llamacffi.core.batch import Batch
    from llamacffi.core.context import Context
    from llamacffi.core.sampling import Rows
    from llamacffi.engine.scheduler import Work
    from llamacffi.engine.task import Task
    from llamacffi.generation.speculative.drafter import Drafter
    from llamacffi.generation.speculative.predictor import PredictorFactory

__all__ = ["Drafting"]


class Drafting:
    """Says which guesses go into a step, and learns from what came of them.

    A step that has nothing but the next tokens of some requests takes as many guesses as make it the faster by its
    measured costs and by how good the guesses of each were; a step with pieces of prompts takes none. What a predictor
    raises is its own request's.
    """

    def __init__(self, context: Context, predictor: PredictorFactory | None) -> None:
        """`predictor` is for requests that bring none."""
        self._context, self._default = context, predictor
        self._costs = RowCosts.of(context)
        self._most = min(context.n_outputs_max, context.n_batch)
        self._possible = can_speculate(context)
        self._errors: dict[Task, Exception] = {}
        self._used = self._watched = False
        self.n_drafted = 0
        """How many guesses were decoded."""
        self.n_accepted = 0
        """How many of them were right."""

    def claim(self, task: Task) -> None:
        """Take a task in: one whose predictor watches finds nothing in the cache."""
        predictor = task.request.predictor
        if watches(self._default if predictor == "engine" else predictor) and task.speculates:
            task.watched = self._possible

    def propose(self, works: list[Work], n_free: int) -> None:
        """Give the works drafts, as far as there are cells for them."""
        drafters = [self._drafter(work.task) for work in works]
        if not any(drafters) or any(work.n_tokens > 1 for work in works):
            return
        n_base = len(works)
        rooms = [self._room(work) for work in works]
        drafts, errors = propose(drafters, rooms, n_base, self._costs, min(self._most, n_free) - n_base)
        for work, draft in zip(works, drafts, strict=True):
            work.draft = draft
        for i, error in errors.items():
            self._errors[works[i].task] = error

    def decoded(self, works: list[Work], batch: Batch) -> None:
        """Show what the context computed to predictors that want to see it."""
        for work in works if self._watched else ():
            drafter, seq_id = work.task.drafter, work.task.seq_id
            if drafter and drafter.watches and seq_id is not None:
                try:
                    drafter.predictor.decoded(self._context, batch, seq_id)  # type: ignore[attr-defined]
                except Exception as error:  # noqa: BLE001 - a predictor's own, and so that of its request
                    self._errors[work.task] = error

    def sampled(self, works: list[Work], rows: Rows, seconds: float) -> None:
        """Note of which guesses the rows were sampled, and remove the others from the memory."""
        if not self._used:
            return
        if all(work.n_tokens == 1 for work in works):
            self._costs.learn(len(works) + sum(len(work.draft) for work in works), seconds)
        for work in works:
            if work.draft:
                n = sum(not rows.skipped(row) for row in work.rows[1:])
                work.n_accepted = n
                self.n_drafted += len(work.draft)
                self.n_accepted += n
                if work.task.drafter:
                    work.task.drafter.decoded(len(work.draft), n)
                if n < len(work.draft):
                    self._context.memory.remove(work.task.seq_id, work.task.n_past + 1 + n)

    def push(self, work: Work) -> None:
        """Tell a predictor of the tokens that its request went on with. Raises what it raised, now or before."""
        task = work.task
        error = self._errors.pop(task, None)
        if error is not None:
            raise error
        drafter = task.drafter
        if not drafter:
            return
        if drafter.begun:
            drafter.push(task.tokens[-1 - work.n_accepted :])
        else:
            drafter.reset(task.tokens)

    def end(self, task: Task) -> None:
        """Close the predictor of a request that is over."""
        self._errors.pop(task, None)
        if task.drafter:
            task.drafter.close()
        task.drafter = False

    def _drafter(self, task: Task) -> Drafter | None:
        """The request's, made when it first decodes something."""
        if task.drafter is None:
            predictor = task.request.predictor
            if predictor == "engine":
                predictor = self._default
            task.drafter = False
            if predictor is not None and self._possible and task.speculates:
                try:
                    task.drafter = drafter = started(predictor, self._context)
                    task.answer.drafts = drafter.counts
                    self._used, self._watched = True, self._watched or drafter.watches
                except Exception as error:  # noqa: BLE001 - the factory's own, and so that of the request
                    self._errors[task] = error
        return task.drafter or None

    def _room(self, work: Work) -> int:
        task, most = work.task, work.task.request.params.max_tokens
        room = task.n_ctx - task.n_past - 1
        return room if most is None else min(room, most - task.answer.n_tokens - 1)

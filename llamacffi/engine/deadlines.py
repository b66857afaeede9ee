"""When the time of requests is over."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacffi.engine.task import Task

__all__ = ["Deadlines"]

_FEW = 64  # entries of requests that are over, which are not worth a look


class Deadlines:
    """A request may have two: `timeout` ends it in any case, `max_time` once it has given a token.

    What is known of requests that are over goes when it is more than of the others: an hour's requests do not pile up
    because each had an hour.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, bool]] = []
        self._tasks: dict[int, Task] = {}

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, task: Task) -> None:
        """Watch a request's time, if it has a bound."""
        max_time, n = task.request.params.max_time, task.order[1]
        deadlines = {False: task.deadline, True: None if max_time is None else task.arrived + max_time}
        for gives_one, deadline in deadlines.items():
            if deadline is not None:
                heappush(self._heap, (deadline, n, gives_one))
                self._tasks[n] = task

    def drop(self, task: Task) -> None:
        """Forget a request that is over."""
        self._tasks.pop(task.order[1], None)
        if len(self._heap) > _FEW + 4 * len(self._tasks):  # of each there are two at most
            self._heap = [entry for entry in self._heap if entry[1] in self._tasks]
            heapify(self._heap)

    def overdue(self, now: float) -> list[Task]:
        """The requests whose time is over; with one that is to give a token at least its first is waited for."""
        overdue = []
        while self._heap and self._heap[0][0] <= now:
            _, n, gives_one = heappop(self._heap)
            task = self._tasks.get(n)
            if task is not None and (task.answer.n_tokens or not gives_one):
                overdue.append(task)
        return overdue

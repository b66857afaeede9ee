"""When the time of requests is over, and what is kept of it."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

from llamacffi.engine.deadlines import Deadlines


def task(n: int, deadline: float | None = None, max_time: float | None = None, n_tokens: int = 0) -> Any:
    params = SimpleNamespace(max_time=max_time)
    answer = SimpleNamespace(n_tokens=n_tokens)
    request = SimpleNamespace(params=params)
    return SimpleNamespace(request=request, order=(0, n), deadline=deadline, arrived=0.0, answer=answer)


def test_whose_time_is_over() -> None:
    deadlines = Deadlines()
    tasks = [task(0, 5.0), task(1, 3.0), task(2), task(3, max_time=2.0, n_tokens=1), task(4, 9.0, max_time=2.0)]
    for one in tasks:
        deadlines.add(one)
    assert deadlines.overdue(1.0) == []
    assert deadlines.overdue(4.0) == [tasks[3], tasks[1]]  # the last one has no token yet
    deadlines.drop(tasks[0])
    assert deadlines.overdue(6.0) == []
    assert deadlines.overdue(9.0) == [tasks[4]]
    assert len(deadlines) == 0


def test_those_that_are_over_do_not_pile_up() -> None:
    chance, deadlines, live = random.Random(0), Deadlines(), list[Any]()
    for n in range(20_000):
        live.append(task(n, 3600.0 + n, max_time=chance.choice([None, 1800.0])))
        deadlines.add(live[-1])
        if len(live) > 50:
            deadlines.drop(live.pop(chance.randrange(len(live))))
        assert len(deadlines) <= 64 + 4 * 51
    over = {one.order[1] for one in deadlines.overdue(1e9)}
    assert over == {one.order[1] for one in live}

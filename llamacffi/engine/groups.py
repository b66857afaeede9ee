"""What requests change of the model, and whose turn it is: a context has one set of adapters at a time."""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from llamacffi.core.adapter import check_adapters, check_vector, registry

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from llamacffi.core.adapter import Adapter, ControlVector
    from llamacffi.core.context import Context
    from llamacffi.core.model import Model
    from llamacffi.engine.request import Request
    from llamacffi.engine.scheduler import Work
    from llamacffi.engine.task import Task

__all__ = ["UNCHANGED", "Changes", "Groups"]

_STEPS = 16  # llama.cpp plans its graph anew after a switch: 7 ms where a step of a small model takes 11


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Adapters and a control vector; `key` is equal where what is computed is."""

    adapters: Mapping[Adapter, float]
    control_vector: ControlVector | None
    key: Hashable

    @classmethod
    def of(cls, model: Model, request: Request) -> Changes:
        """Those of a request. Raises ValueError for another model's, ClosedError for an adapter that is closed."""
        if not request.adapters and request.control_vector is None:
            return UNCHANGED
        scales = check_adapters(model, request.adapters)
        adapters = {adapter: float(scale) for adapter, scale in scales.items() if scale}
        for adapter in scales:
            _ = adapter.ptr
        vector = None if request.control_vector is None else check_vector(model, request.control_vector)
        # Zeros at the end are as good as rows that are missing, and -0.0 as 0.0.
        directions = b"" if vector is None else (vector.directions + np.float32(0)).tobytes().rstrip(b"\0")
        if not directions:
            vector = None
        if not (adapters or directions):
            return cls(adapters, vector, UNCHANGED.key)
        from hashlib import blake2b  # which brings OpenSSL's megabytes

        # Kept prefixes have the key too, and are to keep no adapter alive.
        refs = frozenset((weakref.ref(adapter), scale) for adapter, scale in adapters.items())
        return cls(adapters, vector, (refs, blake2b(directions).digest()))


UNCHANGED = Changes({}, None, (frozenset(), b""))


class Groups:
    """Requests with the same changes make a group, and a step decodes tokens of one group only.

    The groups that have something to decode take turns, in a ring. With others waiting a turn ends after a few steps,
    or as soon as its steps have taken `turn_seconds`.
    """

    def __init__(self, context: Context, turn_seconds: float) -> None:
        self._context = context
        self._turn_seconds = turn_seconds
        self._ring: list[Hashable] = []  # whose turn it is first
        self._n_steps, self._seconds = 0, 0.0  # of this turn
        self._set: Changes | None = UNCHANGED  # None when it is not known

    def choose(self, running: list[Task]) -> list[Task]:
        """Those of the running tasks whose turn it is, in their order."""
        if len(running) < 2 or all(task.changes is running[0].changes for task in running):
            if self._ring:
                self._begin([])
            return running
        groups: dict[Hashable, list[Task]] = {}
        for task in running:
            groups.setdefault(task.changes.key, []).append(task)
        first = self._ring[:1]
        ring = [key for key in self._ring if key in groups]
        ring += [key for key in groups if key not in ring]
        over = self._n_steps >= _STEPS or self._seconds >= self._turn_seconds
        if over and ring[:1] == first:
            ring = [*ring[1:], *first]
        if ring[:1] != first or over:
            self._begin(ring)
        self._ring = ring
        return groups[ring[0]]

    def stepped(self, seconds: float) -> None:
        """Note that a step was done."""
        self._n_steps += 1
        self._seconds += seconds

    @contextmanager
    def at_work(self, works: list[Work]) -> Iterator[None]:
        """Let the context compute with the changes of these works, which are all of one group.

        Raises ClosedError when one of their adapters was closed.
        """
        changes, before = works[0].task.changes, self._set
        for adapter in changes.adapters:
            _ = adapter.ptr
        if before is not None and changes.key == before.key:
            yield
            return
        with registry:
            self._set = None
            if before is None or changes.adapters != before.adapters:
                self._context.set_adapters(changes.adapters)
            if before is None or changes.control_vector is not before.control_vector:
                self._context.set_control_vector(changes.control_vector)
            self._set = changes
            yield

    def _begin(self, ring: list[Hashable]) -> None:
        self._ring = ring
        self._n_steps, self._seconds = 0, 0.0

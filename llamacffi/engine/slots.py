"""The places of an engine: what runs in each, what it holds, and how that is saved, put back and forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from llamacffi.core.fingerprint import altered_by
from llamacffi.core.media_tokens import known
from llamacffi.core.state import snapshot
from llamacffi.engine.gate import in_engine_thread
from llamacffi.engine.groups import UNCHANGED
from llamacffi.errors import LlamaError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from types import EllipsisType

    from llamacffi.core.context import Context
    from llamacffi.core.state import State
    from llamacffi.engine.cells import Cells
    from llamacffi.engine.request import Request
    from llamacffi.engine.task import Task
    from llamacffi.engine.worker import Worker

__all__ = ["Places", "Slot", "Slots"]

T = TypeVar("T")
Key: TypeAlias = "tuple[str | None, Hashable]"
"""The salt, and what is changed of the model, as `Task.key` has them."""
Whose: TypeAlias = "str | EllipsisType | None"
"""A salt; ... is everybody's."""


@dataclass(frozen=True)
class Slot:
    """One of an engine's `n_parallel` places, as it was when it was looked at."""

    id: int
    tokens: tuple[int, ...]
    """What it holds: of the request that runs, or of the last that did."""
    request: Request | None = None
    """What runs; None for a place that is free."""
    n_generated: int = 0
    """Tokens of the answer so far."""
    n_cached: int = 0
    """Tokens of the prompt that were found in the cache."""
    cache_salt: str | None = None
    """Whose it is."""


class Places:
    """Which request has which place; the engine's thread's own."""

    def __init__(self, context: Context, cells: Cells, n: int) -> None:
        self._context, self._cells = context, cells
        self._tasks: list[Task | None] = [None] * n
        self._last: list[tuple[Key | None, list[int]]] = [(None, [])] * n

    def take(self, task: Task) -> None:
        """Give a request that starts a place; it has none while those who had to make room have all."""
        if None in self._tasks:
            self._tasks[self._tasks.index(None)] = task

    def leave(self, task: Task, *, holds: bool) -> None:
        """Note that a request is over, and whether what it decoded is kept."""
        if task in self._tasks:
            i = self._tasks.index(task)
            self._tasks[i] = None
            key = (task.request.cache_salt, task.changes.key)
            kept = holds and not task.shifted
            self._last[i] = (key, known(task.tokens[: task.n_past])) if kept else (None, [])

    def look(self) -> tuple[Slot, ...]:
        """All of them."""
        return tuple(map(self._look, range(len(self._tasks))))

    def _look(self, i: int) -> Slot:
        task = self._tasks[i]
        if task is None:
            key, held = self._last[i]
            return Slot(i, tuple(held), cache_salt=key[0] if key else None)
        tokens, answer = tuple(task.tokens[: task.n_past]), task.answer
        return Slot(i, tokens, task.request, answer.n_tokens, answer.n_cached, task.request.cache_salt)

    def save(self, i: int, whose: Whose) -> State:
        """A copy of what a place holds that is free."""
        key, tokens = self._free(i, whose)
        seq_id = self._cells.holder(key, tokens)
        if key is None or seq_id is None:
            message = f"slot {i} holds nothing that could be saved; its cells were needed for others, or it is new"
            raise StateError(message)
        if key[1] != UNCHANGED.key:
            message = f"slot {i} was computed with LoRA adapters or a control vector, of which a state does not know"
            raise StateError(message)
        # The context may have adapters of another request now, or have had some: the key knows that this has none.
        altered = bool(self._context.adapters) or self._context.ledger.n_altered > 0
        return snapshot(self._context, seq_id, self._cells.tokens(seq_id), altered=altered)

    def load(self, i: int, state: State, salt: str | None) -> int:
        """Put a state in the place of what is there; returns how many tokens it holds."""
        self._free(i)
        if state.altered_by not in {"", altered_by({}, "", causal_attn=True)}:
            message = "the state was computed with LoRA adapters, a control vector or other attention"
            raise StateError(message)
        key = (salt, UNCHANGED.key)
        self._cells.put(key, state)
        self._last[i] = (key, list(state.tokens))
        return len(state.tokens)

    def erase(self, i: int, whose: Whose) -> int:
        """Forget what a place holds; returns how many tokens that were."""
        key, tokens = self._free(i, whose)
        self._last[i] = (None, [])
        seq_id = self._cells.holder(key, tokens)
        if seq_id is not None:
            self._cells.release(seq_id)
        return len(tokens)

    def _free(self, i: int, whose: Whose = ...) -> tuple[Key | None, list[int]]:
        if self._tasks[i] is not None:
            message = f"slot {i} is busy; wait until its request is over"
            raise StateError(message)
        key, tokens = self._last[i]
        if key is not None and whose is not ... and key[0] != whose:
            message = f"slot {i} is somebody else's"
            raise StateError(message)
        return key, tokens


class Slots:
    """An engine's places, from any thread; what is asked for is done between two steps.

    A prompt that begins as what some place holds finds it, whichever place it gets itself: a place matters only to who
    saves and restores by its number. `len()` is how many there are.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def __len__(self) -> int:
        return self._worker.scheduler.n_parallel

    def look(self) -> tuple[Slot, ...]:
        """What runs and what is held. Raises ClosedError."""
        return self._ask(self._worker.places.look)

    def save(self, i: int, *, cache_salt: Whose = ...) -> State:
        """A copy of what slot `i` holds, with its tokens; if a salt is named, only of a request with this one.

        Raises IndexError for another number, StateError for one that is busy or holds nothing, ClosedError.
        """
        self._check(i)
        return self._ask(lambda: self._worker.places.save(i, cache_salt))

    def load(self, i: int, state: State, *, cache_salt: str | None = None) -> int:
        """Put a state in slot `i`, for prompts that begin so; returns its tokens.

        Raises as `save` does, and StateError for a state of another model or kind of context, one without tokens, and
        one for which there is no room.
        """
        self._check(i)
        return self._ask(lambda: self._worker.places.load(i, state, cache_salt))

    def erase(self, i: int, *, cache_salt: Whose = ...) -> int:
        """Forget what slot `i` holds; returns how many tokens. Raises as `save` does, but for one that is empty."""
        self._check(i)
        return self._ask(lambda: self._worker.places.erase(i, cache_salt))

    def _check(self, i: object) -> None:
        if not isinstance(i, int) or isinstance(i, bool) or not 0 <= i < len(self):
            message = f"slot {i!r}, but there are slots 0 to {len(self) - 1}"
            raise IndexError(message)

    def _ask(self, function: Callable[[], T]) -> T:
        if in_engine_thread():
            message = "a callback of an engine asks for its slots, which it would wait for; ask in another thread"
            raise LlamaError(message)
        return self._worker.ask(function).result()

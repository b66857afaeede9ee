"""What an engine has done, and what it is doing."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llamacffi.engine.scheduler import Work
    from llamacffi.engine.task import Task

__all__ = ["STEP_SECONDS", "Counters", "EngineStats"]

STEP_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper ends of the classes of `EngineStats.steps_by_seconds`; the last class has no end."""


@dataclass(frozen=True, kw_only=True)
class EngineStats:
    """A look at an engine: what it holds now, and sums since it was made."""

    n_waiting: int
    n_running: int
    n_kept: int
    """Sequences that are kept for prompts that begin as they do."""
    cells_used: int
    cells_total: int
    stored_bytes: int
    """Host memory that stored prefixes take."""

    n_finished: int
    n_failed: int
    n_cancelled: int
    n_preempted: int
    """How often a request had to make room for others."""
    prompt_tokens: int
    cached_tokens: int
    """Of the prompts' tokens, those that were in the cache already."""
    completion_tokens: int

    n_steps: int
    n_tokens: int
    """Decoded, prompts and answers."""
    seconds: float
    """Spent in native calls."""
    steps_by_seconds: tuple[int, ...]
    """How many steps took up to each of STEP_SECONDS, and longer than the last."""

    @property
    def tokens_per_second(self) -> float:
        """Of native time; 0 before the first step."""
        return self.n_tokens / self.seconds if self.seconds else 0.0


@dataclass(slots=True)
class Counters:
    """The sums, as the engine's thread counts them."""

    finished_requests: int = 0
    failed: int = 0
    cancelled: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    n_steps: int = 0
    n_tokens: int = 0
    seconds: float = 0.0
    steps_by_seconds: list[int] = field(default_factory=lambda: [0] * (len(STEP_SECONDS) + 1))

    def stepped(self, works: list[Work], seconds: float) -> None:
        """Count a step."""
        self.n_steps += 1
        self.n_tokens += sum(work.n_tokens for work in works)
        self.seconds += seconds
        self.steps_by_seconds[bisect_left(STEP_SECONDS, seconds)] += 1

    def finished(self, task: Task) -> None:
        """Count a request that ended, by itself or not."""
        self.finished_requests += 1
        self.cancelled += task.cancelled
        self.prompt_tokens += len(task.answer.prompt_tokens)
        self.cached_tokens += task.answer.n_cached
        self.completion_tokens += task.answer.n_tokens

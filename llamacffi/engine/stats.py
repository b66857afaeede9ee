"""What an engine has done, and what it is doing."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from time import perf_counter
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
    cells_kept: int
    """Cells that hold nothing but what is kept."""
    cells_used: int
    cells_total: int
    stored_bytes: int
    """Host memory that stored prefixes take, and states of requests that had to make room."""

    n_finished: int
    n_failed: int
    n_cancelled: int
    n_preempted: int
    """How often a request had to make room for others."""
    prompt_tokens: int
    cached_tokens: int
    """Of the prompts' tokens, those that were in the cache already."""
    completion_tokens: int
    n_drafted: int
    """Tokens that predictors guessed and that were decoded."""
    n_accepted: int
    """Of these, those that were right."""
    embedded_texts: int
    embedded_tokens: int
    """Of the texts that were embedded or scored."""

    n_steps: int
    n_tokens: int
    """Decoded, prompts and answers."""
    seconds: float
    """Spent in native calls."""
    seconds_waited: float
    """That requests waited for a sequence, summed over those that have or had one."""
    recent_tokens_per_second: float
    """Decoded in the last ten seconds, by the clock on the wall."""
    steps_by_seconds: tuple[int, ...]
    """How many steps took up to each of STEP_SECONDS, and longer than the last."""

    @property
    def tokens_per_second(self) -> float:
        """Of native time; 0 before the first step."""
        return self.n_tokens / self.seconds if self.seconds else 0.0

    @property
    def cached_part(self) -> float:
        """How much of the prompts was in the cache, from 0 to 1; 0 before the first request ended."""
        return self.cached_tokens / self.prompt_tokens if self.prompt_tokens else 0.0


class Recent:
    """Numbers by the second in which they came, for the last few seconds."""

    def __init__(self, seconds: int) -> None:
        self._sums = [0] * seconds
        self._seconds = [-1] * seconds

    def add(self, number: int, now: float) -> None:
        """Count a number."""
        second = int(now)
        place = second % len(self._sums)
        if self._seconds[place] != second:
            self._seconds[place], self._sums[place] = second, 0
        self._sums[place] += number

    def per_second(self, now: float) -> float:
        """The mean over the last seconds, the one that has begun included."""
        length = len(self._sums)
        pairs = zip(self._seconds, self._sums, strict=True)
        total = sum(number for second, number in pairs if 0 <= int(now) - second < length and second >= 0)
        return total / (length - 1 + now % 1)


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
    recent: Recent = field(default_factory=lambda: Recent(10))
    steps_by_seconds: list[int] = field(default_factory=lambda: [0] * (len(STEP_SECONDS) + 1))

    def stepped(self, works: list[Work], seconds: float) -> None:
        """Count a step."""
        self.n_steps += 1
        self.n_tokens += sum(work.n_tokens for work in works)
        self.seconds += seconds
        self.recent.add(sum(work.n_tokens for work in works), perf_counter())
        self.steps_by_seconds[bisect_left(STEP_SECONDS, seconds)] += 1

    def finished(self, task: Task) -> None:
        """Count a request that ended, by itself or not."""
        self.finished_requests += 1
        self.cancelled += task.cancelled
        self.prompt_tokens += len(task.answer.prompt_tokens)
        self.cached_tokens += task.answer.n_cached
        self.completion_tokens += task.answer.n_tokens

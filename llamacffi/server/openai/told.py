"""What the answers of this server say beyond those of a Llama."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.llama.job import Job
from llamacffi.server.timings import RunningTold, fingerprint, timings_of, usage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llamacffi.generation import Chunk, Finish
    from llamacffi.server.schemas.sampling import Generating

__all__ = ["ToldJob"]


class ToldJob(Job[dict[str, Any], dict[str, Any]]):
    """A job whose response, and the last parts of whose stream, tell of timings and of what was cached.

    `firsts` are the indexes of the first answer to each prompt. `asked` may want more: to be told how far it is.
    """

    def __init__(self, job: Job[Any, Any], asked: Generating, firsts: Sequence[int] = (0,)) -> None:
        self.requests = asked.told(job.requests)
        self._running = RunningTold(asked, len(self.requests))
        self._job = job
        self._firsts = firsts
        self._finishes: dict[int, Finish] = {}
        self._more: dict[str, Any] = {"system_fingerprint": fingerprint()}

    def push(self, index: int, chunk: Chunk) -> Iterator[dict[str, Any]]:
        """Take new text of one answer."""
        if chunk.finish is not None:
            self._finishes[index] = chunk.finish
        running = self._running.of(index, chunk.running)
        more = {**self._more, **running}
        parts = [*self._job.push(index, chunk)]
        if not parts and "prompt_progress" in running:
            parts.append(self._job.silent(index))
        for part in parts:
            choice = part["choices"][0]
            if choice["finish_reason"] is None:
                yield {**self._changed(part), **more}
            else:
                timings = timings_of([self._finishes[index]])
                yield {**self._changed(part), **self._more, "timings": timings}

    def over(self, index: int) -> bool:
        """Whether no more of an answer is wanted."""
        return self._job.over(index)

    def close(self) -> Iterable[dict[str, Any]]:
        """The usage, when it is to be told."""
        for part in self._job.close():
            yield {**part, **self._more, **self._counted()}

    def whole(self) -> dict[str, Any]:
        """The response."""
        return {**self._changed(self._job.whole()), **self._more, **self._counted()}

    def _changed(self, answer: dict[str, Any]) -> dict[str, Any]:
        """What else is different in a response, or in a part with a choice."""
        return answer

    def _counted(self) -> dict[str, Any]:
        finishes = [self._finishes[i] for i in range(len(self.requests))]
        return {"usage": usage_of(finishes, self._firsts), "timings": timings_of(finishes)}

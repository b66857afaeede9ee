"""The drivers of jobs for asyncio: what `run` and `stream` are for threads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from llamacffi.engine import AsyncEngine, AsyncStream
    from llamacffi.generation import Chunk
    from llamacffi.llama.job import Job

__all__ = ["run_async", "stream_async"]

Whole = TypeVar("Whole")
Part = TypeVar("Part")


async def run_async(engine: AsyncEngine, job: Job[Whole, Part]) -> Whole:
    """Do a job and return its response; a task that is cancelled cancels its requests."""
    async for _ in await stream_async(engine, job):
        pass
    return job.whole()


async def stream_async(engine: AsyncEngine, job: Job[Whole, Part]) -> AsyncGenerator[Part, None]:
    """Do a job, and yield its parts as they come; closing the generator cancels what still runs.

    What is wrong with the requests is raised here, not with the first part.
    """
    return _parts(await engine.submit_all(job.requests), job)


async def _parts(streams: list[AsyncStream], job: Job[Whole, Part]) -> AsyncGenerator[Part, None]:
    cancelled = set()
    for each in streams:
        each.stream.patient = job.patient
    try:
        async for i, chunk in _chunks(streams):
            for part in job.push(i, chunk):
                yield part
            if i not in cancelled and chunk.finish is None and job.over(i):
                cancelled.add(i)
                streams[i].cancel()
        for part in job.close():
            yield part
    finally:
        for each in streams:
            each.cancel()


async def _chunks(streams: list[AsyncStream]) -> AsyncIterator[tuple[int, Chunk]]:
    """The chunks of all, as they come."""
    if len(streams) == 1:
        async for chunk in streams[0]:
            yield 0, chunk
        return
    ready: asyncio.Queue[tuple[int, Chunk | BaseException | None]] = asyncio.Queue()
    tasks = [asyncio.create_task(_read(i, each, ready)) for i, each in enumerate(streams)]
    try:
        n_left = len(streams)
        while n_left:
            i, said = await ready.get()
            if isinstance(said, BaseException):
                raise said
            if said is None:
                n_left -= 1
            else:
                yield i, said
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(
    index: int, stream: AsyncStream, ready: asyncio.Queue[tuple[int, Chunk | BaseException | None]]
) -> None:
    try:
        async for chunk in stream:
            ready.put_nowait((index, chunk))
        ready.put_nowait((index, None))
    except Exception as error:  # noqa: BLE001 - raised to whoever reads the job
        ready.put_nowait((index, error))

"""Bars for what takes long: a download, a load. They go to stderr, and only to a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from llamacffi import hub

__all__ = ["counting_bar", "fetched", "loading_bar"]


def fetched(name: str, *, verify: bool = False) -> Path:
    """The file of a model, downloaded with a bar when it is not in the cache; `verify` reads and checks one that is."""
    with _bar(DownloadColumn(), TransferSpeedColumn()) as progress:
        task: TaskID | None = None

        def on_progress(done: int, total: int) -> None:
            nonlocal task
            if task is None:
                # Made here, so that a model which is there already shows no empty bar.
                task = progress.add_task(f"fetching {name}", total=total)
            progress.update(task, completed=done, total=total)

        return hub.resolve(name, progress=on_progress, verify=verify)


@contextmanager
def loading_bar(name: str) -> Iterator[Callable[[float], None]]:
    """What Model's `progress` wants; the bar is gone when the model is there."""
    with _bar() as progress:
        task = progress.add_task(f"loading {name}", total=1.0)
        yield lambda done: progress.update(task, completed=done)


@contextmanager
def counting_bar(name: str, *, done: int, total: int) -> Iterator[Callable[[], None]]:
    """A bar that one call moves on by one."""
    with _bar(MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()) as progress:
        task = progress.add_task(name, completed=done, total=total)
        yield lambda: progress.advance(task)


def _bar(*columns: ProgressColumn) -> Progress:
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,  # else it ends with an empty line in a log
    )

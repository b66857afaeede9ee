"""A model on its way into memory, as the terminal sees it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from llamacffi import hub
from llamacffi.cli.progress import fetched, loading_bar
from llamacffi.core.model import Model
from llamacffi.generation import Finish, Sequence

__all__ = ["loaded", "opened", "print_speed", "say"]

_USUAL_CONTEXT = 4096  # models trained on 128 thousand tokens would otherwise ask for gigabytes before the first word


@contextmanager
def opened(
    name: str, *, n_ctx: int | None, threads: int | None, mmproj: str | None = None, sees: bool = False
) -> Iterator[Sequence]:
    """An empty sequence of the model of that name, fetched when it is not in the cache yet.

    With its projector where it `sees` or hears something: `mmproj`, or the one that belongs to it.
    """
    with loaded(name, mmproj=mmproj, sees=sees) as model:
        options: dict[str, Any] = {"n_ctx": n_ctx or min(model.n_ctx_train, _USUAL_CONTEXT)}
        if threads is not None:
            options |= {"n_threads": threads, "n_threads_batch": threads}
        with model.context(**options) as context, Sequence(context) as sequence:
            yield sequence


def loaded(name: str, *, mmproj: str | None = None, sees: bool = False) -> Model:
    """The model of that name, fetched when it is not in the cache yet."""
    path = fetched(name)
    if sees and mmproj is None and not Path(name).exists():  # a repository may have it
        found = hub.mmproj(name, progress=True)
        mmproj = None if found is None else str(found)
    with loading_bar(path.name) as progress:
        return Model(path, progress=progress, mmproj=mmproj or sees)


def say(text: str) -> None:
    """Print a piece of an answer at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def print_speed(finish: Finish) -> None:
    """What a generation took, on stderr so that a pipe gets the answer only."""
    usage, timings = finish.usage, finish.timings
    fresh = usage.prompt_tokens - usage.cached_tokens
    # The first token came with the prompt; the others took the time after it.
    print(
        f"prompt: {fresh} tokens, {_rate(fresh, timings.prompt)} tokens/s; "
        f"answer: {usage.completion_tokens} tokens, {_rate(usage.completion_tokens, timings.generation)} tokens/s",
        file=sys.stderr,
    )


def _rate(n: int, seconds: float) -> str:
    return f"{n / seconds:.1f}" if n and seconds > 0 else "-"

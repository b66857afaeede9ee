"""A model on its way into memory, as the terminal sees it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from llamacffi.cli.progress import fetched, loading_bar
from llamacffi.core.model import Model
from llamacffi.generation import Finish, Sequence

__all__ = ["loaded", "opened", "print_speed", "say"]

_USUAL_CONTEXT = 4096  # models trained on 128 thousand tokens would otherwise ask for gigabytes before the first word


@contextmanager
def opened(name: str, *, n_ctx: int | None, threads: int | None) -> Iterator[Sequence]:
    """An empty sequence of the model of that name, fetched when it is not in the cache yet."""
    with loaded(name) as model:
        options: dict[str, Any] = {"n_ctx": n_ctx or min(model.n_ctx_train, _USUAL_CONTEXT)}
        if threads is not None:
            options |= {"n_threads": threads, "n_threads_batch": threads}
        with model.context(**options) as context, Sequence(context) as sequence:
            yield sequence


def loaded(name: str) -> Model:
    """The model of that name, fetched when it is not in the cache yet."""
    return _load(fetched(name))


def _load(path: Path) -> Model:
    with loading_bar(path.name) as progress:
        return Model(path, progress=progress)


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

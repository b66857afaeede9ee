"""`llamacffi backend`: the plug-ins that llama.cpp computes on; compile one more, pack one, remove one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from llamacffi._native.library import plugin_states, problems
from llamacffi.errors import BackendError
from llamacffi.hub import backend_wheel, backends

__all__ = ["backend"]

backend = typer.Typer(help="The backends: list, add, remove, wheel.", no_args_is_help=True)

_Name = Annotated[str, typer.Argument(help="A backend of ggml: rpc, vulkan, blas, cuda, …")]


@backend.command("list")
def list_() -> None:
    """Show every plug-in file: its llama.cpp, whether it is loaded, and if not, why not."""
    rows = [("backend", "llama.cpp", "score", "state", "file")]
    for plugin in plugin_states():
        score = "-" if plugin.score is None else str(plugin.score)
        file = str(plugin.path) if plugin.loaded else f"{plugin.path}: {plugin.reason}"
        rows.append((plugin.backend, plugin.commit[:9] or "?", score, "loaded" if plugin.loaded else "not", file))
    for other in backends.added():
        if not other.current:
            reason = f"for another llama.cpp; `llamacffi backend add {other.backend}` builds it for this one"
            rows.append((other.backend, other.commit[:9], "-", "not", f"{other.folder}: {reason}"))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for *short, file in rows:
        # No line is cut to the terminal's width: the end of it is what matters.
        typer.echo("  ".join([*(text.ljust(width) for text, width in zip(short, widths, strict=True)), file]))


@backend.command()
def add(name: _Name) -> None:
    """Compile one backend more for this installation, into the user's data folder."""
    folder = backends.add(name, progress=partial(typer.echo, err=True))
    # A process that has loaded the backends keeps those it has; this one has loaded none yet.
    found = [plugin for plugin in plugin_states() if plugin.path.parent == folder]
    loaded = [plugin.path for plugin in found if plugin.loaded]
    if not loaded:
        broken = [problem.reason for problem in problems() if problem.path.parent == folder]
        if broken or not found:
            reason = "; ".join(broken) or "there is no plug-in in it"
            raise BackendError(f"{folder} is built, and cannot be loaded: {reason}")
        typer.echo(f"not loaded here, where another suits the CPU better: {found[0].reason}", err=True)
    typer.echo(loaded[0] if loaded else folder)


@backend.command()
def remove(name: _Name) -> None:
    """Delete a backend that was added."""
    typer.echo(f"removed {name}" if backends.remove(name) else f"the backend {name} was not added")


@backend.command()
def wheel(
    name: _Name,
    *,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder for the wheel.")] = Path("dist"),
) -> None:
    """Pack a backend's plug-in as a wheel that llamacffi finds once it is installed."""
    typer.echo(backend_wheel.pack(name, output))

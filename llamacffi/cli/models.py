"""`llamacffi models`: the models that have a name, and their files in the cache."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from llamacffi import hub
from llamacffi.cli.progress import fetched
from llamacffi.errors import ModelLoadError

__all__ = ["models"]

models = typer.Typer(help="The models that have a name: list, pull, remove.", invoke_without_command=True)

_Name = Annotated[str, typer.Argument(help="A name of the list.")]


@models.callback()
def _list(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is not None:
        return
    table = Table("name", "size", "licence", "state", "what it is", box=None, pad_edge=False)
    for entry, path in hub.models():
        state = "in the cache" if path else "not pulled"
        table.add_row(entry.name, f"{entry.size / 1e6:.0f} MB", entry.licence, state, entry.description)
    Console(soft_wrap=True, highlight=False, markup=False).print(table)


@models.command()
def pull(
    name: _Name,
    *,
    verify: Annotated[bool, typer.Option("--verify", help="Check the hash of a file that is there already.")] = False,
) -> None:
    """Download a model into the cache, and print its path."""
    typer.echo(fetched(name, verify=verify))


@models.command()
def remove(name: _Name) -> None:
    """Delete a model's file from the cache."""
    typer.echo(f"removed {name}" if hub.remove(name) else f"{name} is not in the cache")


@models.command()
def path(name: _Name) -> None:
    """Print where a model's file is; fail when it is not in the cache."""
    for entry, file in hub.models():
        if entry.name == name.lower():
            if file is None:
                raise ModelLoadError(name, f"it is not in the cache; `llamacffi models pull {name}` gets it")
            typer.echo(file)
            return
    # Not a name of the list: a path is its own answer, and anything else is refused with the nearest name.
    typer.echo(hub.resolve(name))

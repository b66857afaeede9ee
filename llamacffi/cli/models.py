"""`llamacffi models`: the models that have a name, and the files of models in the caches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from llamacffi import hub
from llamacffi.cli.progress import fetched
from llamacffi.errors import ModelLoadError

__all__ = ["models"]

models = typer.Typer(help="Models by their names: list, pull, remove, verify, path.", invoke_without_command=True)

_WIDE = 1000  # columns of what is read by a program, in which no line is broken

_Name = Annotated[str, typer.Argument(help="A name of the list, or hf:owner/repo:Q4_K_M.")]
_Names = Annotated[list[str] | None, typer.Argument(help="Which ones.", show_default="all in the caches")]


@models.callback()
def _alone(ctx: typer.Context) -> None:
    if ctx.invoked_subcommand is None:
        list_()


@models.command("list")
def list_() -> None:
    """List the models that have a name, and those in the Hub's cache."""
    name = Column("name", no_wrap=True)  # to be copied
    table = Table(name, "size", "licence", "state", "what it is", box=None, pad_edge=False)
    for row in (*_catalogue(), *_own(), *_of_the_hub()):
        table.add_row(*row)
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDE
    console.print(table)


def _catalogue() -> Iterator[tuple[str, ...]]:
    for entry, path in hub.models():
        state = "in the cache" if path else "not pulled"
        yield entry.name, _size(entry.size), entry.licence, state, entry.description


def _own() -> Iterator[tuple[str, ...]]:
    for name, target in hub.names().items():
        yield name, "", "", "your own", target


def _of_the_hub() -> Iterator[tuple[str, ...]]:
    for model in hub.cached():
        what = f"{len(model.files)} files" if len(model.files) > 1 else ""
        yield model.name, _size(model.size), "", "in the Hub's cache", what


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.0f} MB"


@models.command()
def pull(
    name: _Name,
    *,
    mmproj: Annotated[bool, typer.Option("--mmproj", help="Get its projector of images and audio too.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check the hash of a file that is there already.")] = False,
) -> None:
    """Download a model into the cache, and print its path."""
    typer.echo(fetched(name, verify=verify))
    if mmproj:
        projector = hub.mmproj(name, progress=True)
        if projector is None:
            raise ModelLoadError(name, "it has no mmproj file")
        typer.echo(projector)


@models.command()
def remove(name: _Name) -> None:
    """Delete a model's file from its cache, the Hub's too."""
    typer.echo(f"removed {name}" if hub.remove(name) else f"{name} is not in the cache")


@models.command()
def verify(names: _Names = None) -> None:
    """Read models in the caches whole, and compare size and hash; exit with 1 when one is damaged."""
    damaged = 0
    for verdict in map(hub.verify, names) if names else hub.verify_all():
        if verdict.damage:
            damaged += 1
            typer.echo(f"{verdict.name}: damaged: {verdict.path}: {verdict.damage}")
        else:
            typer.echo(f"{verdict.name}: {'whole' if verdict.checked else 'not checked, as no hash of it is known'}")
    if damaged:
        typer.echo("llamacffi: `llamacffi models pull --verify NAME` downloads a damaged model again", err=True)
        raise typer.Exit(1)


@models.command()
def path(name: _Name) -> None:
    """Print where a model's file is; fail when it is not in a cache."""
    typer.echo(hub.resolve(name, offline=True))

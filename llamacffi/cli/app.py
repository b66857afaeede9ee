"""The commands put together, and what becomes of their errors."""

from __future__ import annotations

import errno
from typing import Any

import typer
from typer.core import TyperGroup

from llamacffi.cli.backend import backend
from llamacffi.cli.batch import batch
from llamacffi.cli.chat import chat
from llamacffi.cli.doctor import doctor
from llamacffi.cli.generate import generate
from llamacffi.cli.models import models
from llamacffi.cli.rpc_server import rpc_server
from llamacffi.cli.serve import serve
from llamacffi.errors import LlamaError

__all__ = ["app"]


class _Commands(TyperGroup):
    """Prints what went wrong in one line and exits 1; Ctrl-C exits 130, which typer does by itself."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (LlamaError, OSError, MemoryError) as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # `llamacffi generate … | head`: nobody is left to tell
            typer.echo(f"llamacffi: {str(error) or 'out of memory'}", err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    name="llamacffi",
    cls=_Commands,
    help="llama.cpp from Python: talk to a model, see what is installed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command()(chat)
app.command()(generate)
app.command()(batch)
# Its flags are llama-server's, which no option of typer's can spell.
app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})(serve)
app.add_typer(models, name="models")
app.add_typer(backend, name="backend")
app.command("rpc-server")(rpc_server)
app.command()(doctor)

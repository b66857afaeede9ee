"""The command line: `llamacffi chat`, `generate`, `models`, `backend`, `doctor` and more; one command a file."""

from __future__ import annotations

import io
import sys

from llamacffi.errors import BuildError

__all__ = ["main"]

_EXTRA = {"click", "rich", "typer"}


def main() -> None:
    """Run the command that the process was started with, and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character of the answer shows a replacement instead of a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        _run()
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRA:
            raise
        print(f"llamacffi: the command line needs {missing}: pip install 'llamacffi[cli]'", file=sys.stderr)
        raise SystemExit(1) from None


def _run() -> None:
    try:
        from llamacffi.cli.app import app
    except BuildError as error:
        if sys.argv[1:] != ["doctor"]:
            print(f"llamacffi: {error}", file=sys.stderr)
            raise SystemExit(1) from None
        # The one command that is for this case.
        import typer

        from llamacffi.cli.doctor import doctor

        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command()(doctor)
        alone(args=[])
    else:
        app()

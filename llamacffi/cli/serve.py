"""`llamacffi serve`."""

from __future__ import annotations

import typer

__all__ = ["serve"]


def serve(context: typer.Context) -> None:
    """Serve models over HTTP, as OpenAI's API, llama-server's, Anthropic's and Ollama's have it.

    llamacffi serve smollm2-135m-instruct --port 8000; --help after it lists all flags.
    """
    try:
        from llamacffi.server.serving import main
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == "llamacffi":
            raise
        typer.echo(f"llamacffi: the server needs {missing}: pip install 'llamacffi[server]'", err=True)
        raise typer.Exit(1) from None
    main(context.args)

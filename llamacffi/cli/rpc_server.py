"""`llamacffi rpc-server`: lend this machine's devices to another."""

from __future__ import annotations

import ipaddress
import socket
from typing import Annotated

import typer

from llamacffi.cli import options  # noqa: TC001 - typer reads the annotations
from llamacffi.core.rpc_server import DEFAULT_PORT, serve

__all__ = ["rpc_server"]

_CAVEAT = (
    "WARNING: {host} is not this machine alone. The protocol has no password and no encryption: whoever reaches the "
    "port reads and writes this process's memory. Use it in a network that you trust, or through an SSH tunnel."
)


def rpc_server(
    *,
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = DEFAULT_PORT,
    devices: Annotated[
        str | None,
        typer.Option("--devices", help="Names, separated by commas.", show_default="the GPUs, or the CPU without one"),
    ] = None,
    threads: options.Threads = None,
) -> None:
    """Lend devices to a program on another machine, one at a time; Ctrl-C ends it."""
    if not _is_loopback(host):
        typer.echo(_CAVEAT.format(host=host), err=True)
    names = None if devices is None else [name.strip() for name in devices.split(",")]

    def ready(_endpoint: str) -> None:
        typer.echo(f'listening; there: Model(…, rpc_servers=["{host}:{port}"])')

    try:
        serve(host, port, devices=names, n_threads=threads, ready=ready)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(socket.gethostbyname(host)).is_loopback
    except (OSError, ValueError):  # `serve` says what is wrong with it
        return False

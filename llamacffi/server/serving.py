"""The server as a process: its socket, its signals, its end."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Callable, Sequence
from time import monotonic
from types import FrameType

import uvicorn
from fastapi import FastAPI

from llamacffi.server.app import create_app
from llamacffi.server.logs import set_up_logs
from llamacffi.server.settings import ServerSettings, read_settings
from llamacffi.server.settings.read import SettingsError
from llamacffi.server.state import ServerState

__all__ = ["main", "run", "serve"]

_LOOKS = 0.05
"""Seconds between two looks whether all is answered."""
_KEEP_ALIVE = 75
"""Seconds that a connection stays open without a request: longer than clients keep theirs (httpx 5 s), so that none
sends the next one on what is being closed."""

_log = logging.getLogger("llamacffi.server")


class _Server(uvicorn.Server):
    """Uvicorn, which is told when it listens, and lets what runs end before it stops to listen."""

    def __init__(self, config: uvicorn.Config, state: ServerState, ready: Callable[[str], object]) -> None:
        super().__init__(config)
        self._state, self._ready = state, ready
        self._ending: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say where."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        if self.started and self.servers:
            host, port, *_ = self.servers[0].sockets[0].getsockname()
            scheme = "https" if self.config.ssl_certfile else "http"
            self._ready(f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal lets what runs end, the second ends it."""
        if self._loop is None or self._state.draining:
            super().handle_exit(sig, frame)
            return
        self._state.draining = True
        self._captured_signals.append(sig)
        self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._ending = asyncio.ensure_future(self._drained())

    async def _drained(self) -> None:
        """Wait for what runs, and cancel what does not end in time; its readers are told."""
        state, seconds = self._state, self._state.settings.grace_seconds
        _log.info("going down: %d requests have %g s to end", state.n_running, seconds)
        until = monotonic() + seconds
        while state.n_running and monotonic() < until:  # noqa: ASYNC110 - once in a life
            await asyncio.sleep(_LOOKS)
        if state.n_running:
            _log.warning("%d requests did not end in %g s, and are cancelled", state.n_running, seconds)
            for answer in tuple(state.waiting):
                if not answer.done():
                    answer.set_result(None)
        self.should_exit = True


def serve(settings: ServerSettings, *, ready: Callable[[str], object] | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C; `ready` is called with the address once it listens."""
    run(create_app(settings), settings, ready=ready)


def run(app: FastAPI, settings: ServerSettings, *, ready: Callable[[str], object] | None = None) -> None:
    """Serve an application of `create_app`, as `serve` does."""

    def told(address: str) -> None:
        _log.info("listening on %s", address)
        if ready is not None:
            ready(address)

    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        ssl_keyfile=settings.ssl_keyfile,
        ssl_certfile=settings.ssl_certfile,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    _Server(config, app.state.server, told).run()


def main(arguments: Sequence[str] | None = None) -> None:
    """`python -m llamacffi.server`: read the settings and serve."""
    given = sys.argv[1:] if arguments is None else arguments
    try:
        settings = read_settings(given)
        settings.keys()
    except (SettingsError, OSError, ValueError) as error:
        sys.stderr.write(f"llamacffi serve: {error}\n")
        raise SystemExit(2) from None
    set_up_logs(settings.log_level, settings.log_format)
    serve(settings)

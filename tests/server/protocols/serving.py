"""A server in a thread, for clients in the same process."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from llamacffi import Llama
from llamacffi.server.app import create_app
from llamacffi.server.models.registry import Models
from llamacffi.server.settings import ModelSettings, ServerSettings

__all__ = ["app_of", "running", "serving"]


def app_of(models: Mapping[str, Llama], **options: Any) -> FastAPI:
    """The whole application, of models that are loaded already; `options` are the server's settings."""
    listed = tuple(ModelSettings(model=llama.model_path, alias=(name,)) for name, llama in models.items())
    settings = ServerSettings.model_validate({"models": listed, "allowed_hosts": ("*",), **options})
    return create_app(settings, Models(listed, load=lambda one: models[one.name]))


@contextmanager
def serving(models: Mapping[str, Path], **options: Any) -> Iterator[str]:
    """Serve models by name, and give the server's address."""
    with ExitStack() as stack:
        # One thread: two would wait for each other's turn beside whatever else runs.
        one = {"n_threads": 1, "n_threads_batch": 1}
        settings = {"n_ctx": 4096, "n_parallel": 2, "verbose": False, **one, **options}
        llamas = {name: stack.enter_context(Llama(path, **settings)) for name, path in models.items()}
        yield stack.enter_context(running(app_of(llamas)))


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Run an app in a thread, and give its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()

"""The server put together: settings and models in, an ASGI application out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from llamacffi import __version__
from llamacffi.errors import LlamaError
from llamacffi.server import messages, ollama, responses
from llamacffi.server.errors import ApiError, error_of
from llamacffi.server.events import dumps
from llamacffi.server.forwarding import forwarded
from llamacffi.server.limits import Admission, BodyLimit
from llamacffi.server.logs import RequestLog
from llamacffi.server.metrics import Metrics
from llamacffi.server.models.child import Child, memory_needed_apart
from llamacffi.server.models.elsewhere import Elsewhere
from llamacffi.server.models.load import load_model, memory_needed
from llamacffi.server.models.registry import Models
from llamacffi.server.refusing import body_for
from llamacffi.server.routes import (
    audio,
    chat,
    completions,
    embeddings,
    extras,
    health,
    lora,
    metrics,
    native,
    page,
    props,
    slots,
    tokens,
    vectors,
)
from llamacffi.server.routes import models as listed
from llamacffi.server.security import ApiKeys, Hosts, JsonBodies, OnlyParent
from llamacffi.server.state import ServerState

if TYPE_CHECKING:
    from llamacffi.llama import Llama
    from llamacffi.server.settings import ModelSettings, ServerSettings

__all__ = ["create_app"]

_log = logging.getLogger("llamacffi.server")
_INTERNAL = 500
_ROUTERS = (
    health,
    metrics,
    listed,
    chat,
    completions,
    embeddings,
    audio,
    extras,
    native,
    tokens,
    vectors,
    props,
    slots,
    lora,
    page,
)
_DESCRIPTION = "Models of llama.cpp, in the words of OpenAI's API, llama-server's, Anthropic's and Ollama's."


def create_app(settings: ServerSettings, models: Models | None = None, *, parent: str | None = None) -> FastAPI:
    """The application that serves the models of the settings, or `models`, which are then the caller's to close.

    One process serves an application: its models, and what it counts, live there. Of a model's own process `parent` is
    the secret of the server that started it. Raises OSError and ValueError for a
    file of API keys that cannot be.
    """
    counted = Metrics()
    owned = models is None
    served = _models(settings, counted) if models is None else models
    state = ServerState(served, settings, counted)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if owned:
            await served.start()
        try:
            yield
        finally:
            if owned:
                await served.close()

    app = FastAPI(
        title="llamacffi",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        middleware=_middlewares(settings, state, parent),
        root_path=settings.root_path,
        docs_url="/docs" if settings.docs else None,
        redoc_url=None,
        openapi_url="/openapi.json" if settings.docs else None,
        separate_input_output_schemas=False,
    )
    app.state.server = state
    for protocol in (responses, messages, ollama):
        for router in protocol.routers():
            app.include_router(router)
    for module in _ROUTERS:
        app.include_router(module.router)
    for kind in (Exception, ApiError, ValueError, TypeError, LlamaError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _told)
    app.add_exception_handler(Elsewhere, forwarded)
    return app


def _models(settings: ServerSettings, counted: Metrics) -> Models:
    def load(one: ModelSettings) -> Llama:
        return load_model(one, observer=counted.observer_of(one.name))

    def size(one: ModelSettings) -> int:
        return memory_needed_apart(one, settings) if one.isolated else memory_needed(one)

    async def start(one: ModelSettings, ended: Callable[[Child, int], None]) -> Child:
        return await Child.start(one, settings, ended)

    return Models(
        settings.models,
        most=settings.models_max,
        max_bytes=settings.models_memory,
        idle_seconds=settings.idle_seconds,
        load=load,
        size=size,
        start=start,
    )


def _middlewares(settings: ServerSettings, state: ServerState, parent: str | None) -> list[Middleware]:
    """The outermost first."""
    cors: list[Middleware] = []
    if settings.cors_origins:
        allowed: Any = list(settings.cors_origins)
        cors = [Middleware(CORSMiddleware, allow_origins=allowed, allow_methods=["*"], allow_headers=["*"])]
    return [
        Middleware(RequestLog),
        Middleware(Hosts, host=settings.host, allowed=settings.allowed_hosts),
        *cors,
        Middleware(ApiKeys, keys=settings.keys()) if parent is None else Middleware(OnlyParent, secret=parent),
        Middleware(JsonBodies, origins=settings.cors_origins),
        Middleware(BodyLimit, most=settings.max_body_bytes),
        Middleware(Admission, state=state),
    ]


async def _told(request: Request, error: Exception) -> Response:
    """The answer that tells of an error, in the words of the protocol that was spoken."""
    found = error_of(error)
    if found.status == _INTERNAL:
        _log.error("%s failed", request.url.path, exc_info=error)
    body = dumps(body_for(request.url.path)(found))
    return Response(body, found.status, found.headers, "application/json")

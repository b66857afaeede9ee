"""A line for each request: what it was, how it ended, how long it took; by its id."""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["RequestLog", "set_up_logs"]

_log = logging.getLogger("llamacffi.server.requests")
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_ID = re.compile(rb"[\w.:-]{1,128}")


class RequestLog:
    """Gives each request an id, which the client may bring as X-Request-Id and is told, and writes a line of it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for key, value in scope["headers"] if key == b"x-request-id"), b"")
        name = given.decode() if _ID.fullmatch(given) else uuid4().hex
        _request_id.set(name)
        begin, status = perf_counter(), 0

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                spent = str(round((perf_counter() - begin) * 1000)).encode()
                more = [(b"x-request-id", name.encode()), (b"openai-processing-ms", spent)]
                message = {**message, "headers": [*message.get("headers", ()), *more]}
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            seconds = perf_counter() - begin
            fields = {"method": scope["method"], "path": scope["path"], "status": status, "seconds": round(seconds, 4)}
            _log.info("%s %s %s in %.3f s", *fields.values(), extra={"fields": fields})


class _Text(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        name = _request_id.get()
        text = super().format(record)
        if not record.exc_info:  # what a client sends must not make a second line
            text = " ".join(text.splitlines())
        return f"{text} [{name}]" if name else text


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": _request_id.get() or None,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps({key: value for key, value in told.items() if value is not None})


def set_up_logs(level: str, form: Literal["text", "json"]) -> None:
    """Write what the server and llama.cpp say to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Text())
    for name in ("llamacffi", "uvicorn.error"):
        log = logging.getLogger(name)
        log.setLevel(level.upper())
        log.handlers = [handler]
        log.propagate = False

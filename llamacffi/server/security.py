"""Who is answered: API keys, the Host header, other sites' pages."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from llamacffi.server.errors import ApiError
from llamacffi.server.models.inheritance import SALT, SECRET
from llamacffi.server.refusing import refuse

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["ApiKeys", "Hosts", "JsonBodies", "OnlyParent"]

# What tells nothing that is worth a key: whether it is alive, and the page that asks for the key.
_PUBLIC = frozenset({"/", "/health", "/v1/health", "/livez", "/readyz"})
_PAGE = "/page/"
_FILES = ("/v1/audio/", "/audio/")
_FORMS = ("application/x-www-form-urlencoded", "text/plain")
_LOCAL = ("localhost", "127.0.0.1", "::1")


class ApiKeys:
    """Answers only those who have one of the keys, as `Authorization: Bearer KEY` or `X-Api-Key: KEY`."""

    def __init__(self, app: ASGIApp, keys: Collection[str]) -> None:
        self._app = app
        self._keys = [key.encode() for key in sorted(keys)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http" or not self._keys or _is_public(scope):
            await self._app(scope, receive, send)
            return
        given = _given(scope)
        # Each is compared, and whole, so that the time says nothing of how much of one was right.
        found = [hmac.compare_digest(key, given) for key in self._keys] if given is not None else []
        if not any(found):
            told = "no API key" if given is None else "an API key that is nobody's"
            message = f"the request has {told}: send `Authorization: Bearer KEY`"
            await refuse(ApiError(401, message, headers={"WWW-Authenticate": "Bearer"}), scope, receive, send)
            return
        if len(self._keys) > 1:
            scope.setdefault("state", {})["cache_salt"] = hashlib.sha256(given or b"").hexdigest()
        await self._app(scope, receive, send)


class OnlyParent:
    """Answers only the server that started this process, which says whose a request is."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app, self._secret = app, secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http":
            if not hmac.compare_digest(self._secret, _header(scope, SECRET.encode()) or b""):
                error = ApiError(401, "this process answers only the server that started it")
                await refuse(error, scope, receive, send)
                return
            salt = _header(scope, SALT.encode())
            if salt is not None:
                scope.setdefault("state", {})["cache_salt"] = salt.decode("latin-1")
        await self._app(scope, receive, send)


class Hosts:
    """Answers only requests to names that are the server's: a page that has its own name point here is refused."""

    def __init__(self, app: ASGIApp, host: str, allowed: Collection[str]) -> None:
        self._app = app
        is_open = host in ("0.0.0.0", "::", "")  # noqa: S104 - whoever listens there has a name that is not known here
        self._all = "*" in allowed or (is_open and not allowed)
        self._names = {name.lower() for name in (*_LOCAL, host, *allowed)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http" and not self._all:
            name = _host(scope)
            if name not in self._names:
                message = f"the request is for {name!r:.100}, which is not this server; allowed_hosts names more"
                await refuse(ApiError(403, message), scope, receive, send)
                return
        await self._app(scope, receive, send)


class JsonBodies:
    """Takes no bodies that a form of another site's page can send without asking, but files from `origins`."""

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        self._app, self._origins = app, frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] == "http" and scope["method"] in ("POST", "PUT", "PATCH"):
            kind = (_header(scope, b"content-type") or b"").partition(b";")[0].strip().lower().decode("latin-1")
            is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
            is_file = kind == "multipart/form-data" and scope["path"].startswith(_FILES) and self._may_send_files(scope)
            has_body = (_header(scope, b"content-length") or b"0") != b"0" or _header(scope, b"transfer-encoding")
            if not is_json and not is_file and (has_body or kind in _FORMS):
                told = repr(kind) if kind else "nothing"
                message = f"the body is said to be {told:.100}; send JSON, with `Content-Type: application/json`"
                await refuse(ApiError(415, message), scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _may_send_files(self, scope: Scope) -> bool:
        """Whether no page sends it, or one of the server's own, or of an origin that is allowed."""
        origin = _header(scope, b"origin")
        if origin is None or "*" in self._origins:
            return True
        name = origin.decode("latin-1")
        try:
            place = urlsplit(name).netloc.lower().encode("latin-1")
        except ValueError:
            return False
        return name in self._origins or (bool(place) and place == _header(scope, b"host"))


def _is_public(scope: Scope) -> bool:
    path = scope["path"]
    return scope["method"] == "OPTIONS" or path in _PUBLIC or path.startswith(_PAGE)


def _given(scope: Scope) -> bytes | None:
    """The key that a request has."""
    bearer = _header(scope, b"authorization") or b""
    kind, _, key = bearer.partition(b" ")
    if kind.lower() == b"bearer" and key.strip():
        return key.strip()
    return _header(scope, b"x-api-key")


def _host(scope: Scope) -> str:
    host = (_header(scope, b"host") or b"").decode("latin-1")
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return host


def _header(scope: Scope, name: bytes) -> bytes | None:
    return next((value for key, value in scope["headers"] if key == name), None)

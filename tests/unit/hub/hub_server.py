"""A server that speaks as much of the Hugging Face Hub as a download needs, with the faults that downloads meet."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["COMMIT", "HubServer", "served"]

_PIECE = 1 << 16
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class HubServer:
    """Repositories by name, each a mapping from file names to contents; and what is to go wrong."""

    repos: dict[str, dict[str, bytes]]
    breaks: int = 0
    """How many downloads end after half of what was asked for."""
    stalls: int = 0
    """How many downloads stop after half of it, without an end, for `stall_seconds`."""
    stall_seconds: float = 30.0
    fails: int = 0
    """How many requests are answered with 503."""
    pause: float = 0.0
    """Seconds between two pieces of a download, of 64 KiB."""
    etags: dict[str, str] = field(default_factory=dict)
    """Of files that git-lfs does not keep; the others have their SHA-256."""
    damages: int = 0
    """How many downloads have a byte that is wrong."""
    gated: bool = False
    needs_token: str | None = None
    commit: str = COMMIT
    url: str = ""
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and Range of each request."""
    _over: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Serve one request."""
        path = request.path.partition("?")[0]
        self.requests.append((request.command, path, request.headers.get("Range")))
        if self.fails:
            self.fails -= 1
            return _send(request, 503, b"{}", {})
        if self.needs_token and request.headers.get("Authorization") != f"Bearer {self.needs_token}":
            code = "GatedRepo" if self.gated else "RepoNotFound"
            return _send(request, 401, b"{}", {"X-Error-Code": code})
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?", path):
            return self._tell(request, found[1], found[2])
        if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            return self._download(request, found[1], found[3])
        return _send(request, 404, b"{}", {})

    def _tell(self, request: BaseHTTPRequestHandler, repo: str, revision: str | None) -> None:
        if repo not in self.repos:
            return _send(request, 404, b"{}", {"X-Error-Code": "RepoNotFound"})
        if revision not in {None, "main", "v1", COMMIT, self.commit}:
            return _send(request, 404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        files = [{"rfilename": name, "size": len(data)} for name, data in self.repos[repo].items()]
        told: dict[str, Any] = {"id": repo, "sha": self.commit, "siblings": files, "tags": [], "private": False}
        return _send(request, 200, json.dumps(told).encode(), {})

    def _download(self, request: BaseHTTPRequestHandler, repo: str, name: str) -> None:
        data = self.repos.get(repo, {}).get(name)
        if data is None:
            return _send(request, 404, b"{}", {"X-Error-Code": "EntryNotFound"})
        etag = self.etags.get(name) or hashlib.sha256(data).hexdigest()
        headers = {"ETag": f'"{etag}"', "X-Repo-Commit": self.commit, "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range") or "")
        if asked is None:
            return self._send_file(request, 200, data, headers)
        start = int(asked[1])
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return self._send_file(request, 206, data[start:], headers)

    def _send_file(self, request: BaseHTTPRequestHandler, status: int, data: bytes, headers: dict[str, str]) -> None:
        halved = request.command == "GET" and len(data) > 1
        if request.command == "GET" and self.damages:
            self.damages -= 1
            data = data[:-1] + bytes([data[-1] ^ 1])
        if halved and self.breaks:
            self.breaks -= 1
            _send(request, status, data, headers, n=len(data) // 2)
            request.close_connection = True
        elif halved and self.stalls:
            self.stalls -= 1
            _send(request, status, data, headers, n=len(data) // 2)
            self._over.wait(self.stall_seconds)
            request.close_connection = True
        elif self.pause and request.command == "GET":
            _send(request, status, data, headers, n=0)
            for i in range(0, len(data), _PIECE):
                self._over.wait(self.pause)
                request.wfile.write(data[i : i + _PIECE])
        else:
            _send(request, status, data, headers)

    def end(self) -> None:
        """Let go of what stalls."""
        self._over.set()


def _send(
    request: BaseHTTPRequestHandler, status: int, data: bytes, headers: dict[str, str], *, n: int | None = None
) -> None:
    request.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(data))}.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(data[:n])


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""


@contextmanager
def served(repos: dict[str, dict[str, bytes]]) -> Iterator[HubServer]:
    """A server on this machine, until the block ends."""
    hub = HubServer(repos)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            hub.answer(self)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        hub.end()
        server.shutdown()
        thread.join()
        server.server_close()

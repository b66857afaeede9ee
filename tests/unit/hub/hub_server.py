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

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class HubServer:
    """Repositories by name, each a mapping from file names to contents; and what is to go wrong."""

    repos: dict[str, dict[str, bytes]]
    breaks: int = 0
    """How many downloads end after half of what was asked for."""
    gated: bool = False
    needs_token: str | None = None
    url: str = ""
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and Range of each request."""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Serve one request."""
        path = request.path.partition("?")[0]
        self.requests.append((request.command, path, request.headers.get("Range")))
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
        if revision not in {None, "main", "v1", COMMIT}:
            return _send(request, 404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        files = [{"rfilename": name, "size": len(data)} for name, data in self.repos[repo].items()]
        told: dict[str, Any] = {"id": repo, "sha": COMMIT, "siblings": files, "tags": [], "private": False}
        return _send(request, 200, json.dumps(told).encode(), {})

    def _download(self, request: BaseHTTPRequestHandler, repo: str, name: str) -> None:
        data = self.repos.get(repo, {}).get(name)
        if data is None:
            return _send(request, 404, b"{}", {"X-Error-Code": "EntryNotFound"})
        headers = {"ETag": f'"{hashlib.sha256(data).hexdigest()}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range") or "")
        if asked is None:
            return self._send_file(request, 200, data, headers)
        start = int(asked[1])
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        return self._send_file(request, 206, data[start:], headers)

    def _send_file(self, request: BaseHTTPRequestHandler, status: int, data: bytes, headers: dict[str, str]) -> None:
        if request.command == "GET" and self.breaks and len(data) > 1:
            self.breaks -= 1
            _send(request, status, data, headers, n=len(data) // 2)
            request.close_connection = True
        else:
            _send(request, status, data, headers)


def _send(
    request: BaseHTTPRequestHandler, status: int, data: bytes, headers: dict[str, str], *, n: int | None = None
) -> None:
    request.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(data))}.items():
        request.send_header(name, value)
    request.end_headers()
    if request.command != "HEAD":
        request.wfile.write(data[:n])


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

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

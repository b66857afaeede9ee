"""What becomes of jobs when clients go, when there is silence, and when something goes wrong on the way."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from llamacffi import Chunk, Llama, SamplingParams
from llamacffi import Request as EngineRequest
from llamacffi.llama.job import Job
from llamacffi.server.driving import asking, event_stream, whole
from llamacffi.server.errors import ApiError
from llamacffi.server.events import dumps
from tests.models import write_bert
from tests.server.protocols.serving import app_of, running
from tests.unit.llama.exact import EXACT
from tests.unit.llama.quiet import n_cancelled

httpx = pytest.importorskip("httpx")


class Endless(Job[str, str]):
    """Goes on for ever, or until its nth part, where it fails."""

    def __init__(self, fails_at: int, **options: Any) -> None:
        params = {"temperature": 0, "ignore_eos": True, "overflow": "shift", "max_tokens": 10**6, **options}
        self.requests = (EngineRequest(prompt=[5, 6], params=SamplingParams(**params)),)
        self._fails_at, self._n = fails_at, 0

    def push(self, index: int, chunk: Chunk) -> Iterator[str]:
        self._n += 1
        if self._n == self._fails_at:
            message = "the cat came in"
            raise KeyError(message) if self._fails_at % 2 else ValueError(message)
        yield chunk.text

    def whole(self) -> str:
        return "all"


def slow(_tokens: Any, _logits: Any) -> None:
    time.sleep(0.3)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, "it never was"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def llm(tiny_llama: Path) -> Iterator[Llama]:
    with Llama(tiny_llama, n_ctx=512, **EXACT) as llm:
        yield llm


def served(llm: Llama) -> FastAPI:
    app = app_of({"tiny": llm}, ping_seconds=0.05)

    @app.get("/stream")
    async def stream(http: Request, fails_at: int = 0, slowly: int = 0) -> Response:
        async with asking(http, None) as use:
            job = Endless(fails_at, **({"logits_processor": slow, "max_tokens": 2} if slowly else {}))
            return await event_stream(http, use, job, lambda part: b"data: " + dumps(part) + b"\n\n")

    @app.get("/lines")
    async def lines(http: Request) -> Response:
        async with asking(http, None) as use:
            job = Endless(0, logits_processor=slow, max_tokens=2)
            return await event_stream(http, use, job, lambda part: dumps(part) + b"\n", last=b"", media_type="text/x")

    @app.get("/own")
    async def own(http: Request) -> Response:
        def told(error: ApiError) -> bytes:
            return f"! {error.status} {error.message}".encode()

        async with asking(http, None) as use:
            return await event_stream(http, use, Endless(4), lambda part: b"", error=told)

    @app.get("/whole")
    async def all_of_it(http: Request) -> Response:
        async with asking(http, None) as use:
            return Response(dumps(await whole(http, use, Endless(0))))

    return app


@pytest.fixture(scope="module")
def address(llm: Llama) -> Iterator[str]:
    with running(served(llm)) as address:
        yield address


@pytest.mark.parametrize("path", ["/stream", "/whole"])
def test_a_client_that_goes_frees_its_sequence(llm: Llama, address: str, path: str) -> None:
    before = n_cancelled(llm)
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        if path == "/stream":
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
        else:
            wait_until(lambda: llm.engine.stats().n_running == 1)
    wait_until(lambda: n_cancelled(llm) == before + 1)


def test_what_goes_wrong_before_the_first_part_has_a_status(address: str) -> None:
    answer = httpx.get(f"{address}/stream", params={"fails_at": 1})
    assert answer.status_code == 500
    assert "cat" not in answer.text


def test_what_goes_wrong_later_is_told_in_the_stream(address: str) -> None:
    answer = httpx.get(f"{address}/stream", params={"fails_at": 4})
    assert answer.status_code == 200
    *_, last = answer.text.strip().split("\n\n")
    assert '"message":"the cat came in"' in last
    assert "[DONE]" not in answer.text
    # Nothing from inside, when it is nobody's fault but the server's.
    inside = httpx.get(f"{address}/stream", params={"fails_at": 3}).text
    assert "server_error" in inside
    assert "cat" not in inside
    assert httpx.get(f"{address}/own").text.endswith("! 400 the cat came in")


def test_silence_is_broken_by_pings(address: str) -> None:
    answer = httpx.get(f"{address}/stream", params={"slowly": 1})
    assert ": ping\n\n" in answer.text
    assert answer.text.endswith("data: [DONE]\n\n")
    assert "ping" not in httpx.get(f"{address}/lines").text


@pytest.mark.parametrize("path", ["/v1/embeddings", "/embedding", "/api/embed"])
def test_texts_of_a_client_that_goes_are_not_embedded(bert: Llama, bert_address: str, path: str) -> None:
    n_texts = 2000
    body = dumps({"input": ["cat " * 60] * n_texts})
    before = bert.engine.stats().embedded_texts
    host, port = bert_address.removeprefix("http://").split(":")
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, int(port))) as client:
        client.sendall(head.encode() + body)
        wait_until(lambda: bert.engine.stats().embedded_texts > before)
    n_last = [-1]

    def rests() -> bool:
        n_before, n_last[0] = n_last[0], bert.engine.stats().embedded_texts
        time.sleep(0.2)
        return n_before == n_last[0]

    wait_until(rests)
    assert n_last[0] < before + n_texts


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Llama]:
    path = write_bert(tmp_path_factory.mktemp("bert") / "bert.gguf")
    with Llama(path, n_ctx=512, **EXACT) as llm:
        yield llm


@pytest.fixture(scope="module")
def bert_address(bert: Llama) -> Iterator[str]:
    with running(app_of({"bert": bert})) as address:
        yield address

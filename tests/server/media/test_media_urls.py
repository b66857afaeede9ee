"""Pictures behind URLs: from public addresses alone, whatever a name, a redirect or an answer says."""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any

import pytest

from llamacffi.server.urls import FetchPolicy
from tests.capabilities import needs
from tests.models.colors import plain
from tests.server.media.conftest import model_with
from tests.server.media.seer import Seer, base64_of, seeing, user

pytestmark = [needs("llama-common's chat code"), needs("mtmd's parts")]
HERE = "127.0.0.1"
RED = plain("red")
PNG = base64.b64decode(base64_of(RED))
OK = b"HTTP/1.1 200 OK\r\n"
WHOLE = OK + b"Content-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PNG) + PNG


@contextmanager
def web(answer: Callable[[bytes, socket.socket], bytes | None]) -> Iterator[tuple[int, list[bytes]]]:
    """A server at a port, and the first lines of what is asked of it."""
    seen: list[bytes] = []
    over = threading.Event()

    def one(connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head and (more := connection.recv(4096)):
                head += more
            seen.append(head.split(b"\r\n")[0])
            try:
                said = answer(head, connection)
                if said is not None:
                    connection.sendall(said)
            except OSError:
                return

    def run(listening: socket.socket) -> None:
        while not over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                continue
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    with socket.create_server(("0.0.0.0", 0)) as listening:
        listening.settimeout(0.05)
        thread = threading.Thread(target=run, args=(listening,))
        thread.start()
        try:
            yield listening.getsockname()[1], seen
        finally:
            over.set()
            thread.join()


def is_here(address: IPv4Address | IPv6Address) -> bool:
    return str(address) == HERE


def part(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


@contextmanager
def allowing(seer: Seer, port: int, **limits: Any) -> Iterator[None]:
    """The seer's server asks this machine's own address too."""
    state = seer.app.state.server
    before = state.media
    state.media = replace(before, policy=FetchPolicy(allows=is_here, ports=frozenset({port}), **limits))
    try:
        yield
    finally:
        state.media = before


def refused(answer: Any) -> str:
    assert answer.status_code == 400, answer.text
    message: str = answer.json()["error"]["message"]
    assert "password" not in message
    return message


def test_a_picture_behind_a_url(seer: Seer) -> None:
    with web(lambda _head, _: WHOLE) as (port, seen), allowing(seer, port):
        url = f"http://{HERE}:{port}/red.png?size=1"
        answer = seer.chat(user("a ", part(url), part(url)))
        assert answer.status_code == 200, answer.text
        assert answer.json()["choices"][0]["message"]["content"] == seer.told(user("a ", RED, RED), "red", "red")
        assert seen == [b"GET /red.png?size=1 HTTP/1.1"]  # once


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "0.0.0.0", "127.1", "2130706433", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_nothing_is_asked_of_this_machine(seer: Seer, host: str) -> None:
    with web(lambda _head, _: WHOLE) as (port, seen):
        for with_port in ("", f":{port}"):
            assert "is not fetched" in refused(seer.chat(user(part(f"http://{host}{with_port}/red.png"))))
        assert seen == []


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://192.168.0.1/",
        "http://[fe80::1]/",
        "http://8.8.8.8:22/",
        "ftp://8.8.8.8/a.png",
        "gopher://8.8.8.8/",
        "http://me:password@8.8.8.8/",
    ],
)
def test_addresses_that_are_not_asked(seer: Seer, url: str) -> None:
    assert "is not fetched" in refused(seer.chat(user(part(url))))


def test_names_of_private_addresses(seer: Seer, monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_args: Any, **_options: Any) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 80)), (socket.AF_INET, 1, 6, "", (HERE, 80))]

    with web(lambda _head, _: WHOLE) as (_, seen):
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        assert "not a public address" in refused(seer.chat(user(part("http://cats.example/red.png"))))
        assert seen == []


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://127.0.0.2:{port}/secret", "not a public address"),
        ("http://localhost:1/", "its port 1"),
        ("file:///etc/passwd", "only http and https"),
        ("/again", "more than 3 redirects"),
    ],
)
def test_redirects(seer: Seer, location: str, message: str) -> None:
    ports: list[int] = []

    def answer(_head: bytes, _: socket.socket) -> bytes:
        return f"HTTP/1.1 302 Found\r\nLocation: {location.format(port=ports[0])}\r\nContent-Length: 0\r\n\r\n".encode()

    with web(answer) as (port, seen), allowing(seer, port):
        ports.append(port)
        assert message in refused(seer.chat(user(part(f"http://{HERE}:{port}/"))))
        assert not any(b"secret" in line for line in seen)


def endless(_head: bytes, connection: socket.socket) -> None:
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def slow(_head: bytes, connection: socket.socket) -> None:
    connection.sendall(OK + b"Content-Length: 1000000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b"a")
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (endless, "is larger than"),
        (slow, "did not answer whole in 0.5 s"),
        (lambda _head, _: b"HTTP/1.1 404 Not Found\r\nContent-Length: 8\r\n\r\npassword", "the status 404"),
        (lambda _head, _: b"password\r\n", "could not be fetched"),
        (lambda _head, _: OK + b"Content-Length: 8\r\n\r\npassword", "no picture that is known"),
        (lambda _head, _: OK + b"Content-Length: 0\r\n\r\n", "is empty"),
    ],
)
def test_answers_that_are_not_taken(seer: Seer, answer: Any, message: str) -> None:
    begin = time.perf_counter()
    with web(answer) as (port, _), allowing(seer, port, seconds=0.5, max_bytes=2**20):
        assert message in refused(seer.chat(user(part(f"http://{HERE}:{port}/"))))
    assert time.perf_counter() - begin < 5


def test_all_of_a_request_together(seer: Seer) -> None:
    large = OK + b"Content-Length: 300000\r\n\r\n" + bytes(300_000)
    with web(lambda _head, _: large) as (port, _), allowing(seer, port):
        state = seer.app.state.server
        state.media = replace(state.media, fetched_bytes=500_000)
        urls = [part(f"http://{HERE}:{port}/{i}") for i in range(3)]
        assert "max_body_bytes" in refused(seer.chat(user(*urls)))


def test_they_can_be_switched_off(files: Path) -> None:
    with model_with(files, "color") as llm, seeing(llm, media_urls=False) as seer:
        assert "fetches no URLs" in refused(seer.chat(user(part("https://example.com/red.png"))))


def test_nothing_is_fetched_for_a_model_that_does_not_see(reader: Seer) -> None:
    with web(lambda _head, _: WHOLE) as (port, seen), allowing(reader, port):
        assert "not supported" in refused(reader.chat(user(part(f"http://{HERE}:{port}/"))))
        assert seen == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/v1/messages",
            {
                "max_tokens": 2,
                "messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "{}"}}]}],
            },
        ),
        (
            "/v1/messages/count_tokens",
            {"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "{}"}}]}]},
        ),
        ("/v1/responses", {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "{}"}]}]}),
        (
            "/v1/responses/input_tokens",
            {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "{}"}]}]},
        ),
        ("/api/chat", {"messages": [{"role": "user", "content": "a", "images": ["{}"]}]}),
        ("/api/generate", {"prompt": "a", "images": ["{}"]}),
        ("/apply-template", {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "{}"}]}]}),
        ("/completion", {"prompt": {"prompt_string": "<__media__>", "multimodal_data": ["{}"]}}),
    ],
)
def test_every_route_asks_nobody_here(seer: Seer, path: str, body: Any) -> None:
    import json

    with web(lambda _head, _: WHOLE) as (port, seen):
        for url in (f"http://{HERE}:{port}/", f"http://{HERE}/", "file:///etc/passwd", "/etc/passwd"):
            answer = seer.post(path, json.loads(json.dumps(body).replace("{}", url)))
            assert answer.status_code == 400, answer.text
            assert "root:" not in answer.text
        assert seen == []

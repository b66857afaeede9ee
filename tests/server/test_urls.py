"""Which URLs are fetched, and how much of what is behind them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import pytest

from llamacffi.server.errors import ApiError
from llamacffi.server.urls import FetchPolicy, fetch, is_public

HERE = "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\n"
Answer = Callable[[bytes, int], bytes]


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1"),
        *("192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fc00::1", "ff02::1", "ff0e::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
        *("64:ff9b:1::808:808", "::127.0.0.1", "fec0::1", "5f00::1", "2001:0:7f00:1::", "192.0.0.8"),
    ],
)
def test_addresses_that_are_not(address: str) -> None:
    assert not is_public(ip_address(address))


def asked(url: str, policy: FetchPolicy | None) -> bytes:
    return asyncio.run(fetch(url, policy))


def refused(url: str, policy: FetchPolicy | None) -> str:
    with pytest.raises(ApiError) as caught:
        asked(url, policy)
    assert caught.value.status == 400
    return caught.value.message


def test_nothing_is_fetched_unless_it_is_allowed() -> None:
    assert "fetches no URLs" in refused("https://example.com/cat.png", None)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("ftp://8.8.8.8/a", "only http and https"),
        ("gopher://8.8.8.8/a", "only http and https"),
        ("cat.png", "only http and https"),
        ("http:///a", "only http and https"),
        ("http://me:secret@8.8.8.8/", "a user's name"),
        ("http://8.8.8.8:22/", "its port 22"),
        ("http://8.8.8.8:port/", "is no URL"),
        ("http://[::1/", "is no URL"),
        *((f"http://{host}/", "not a public address") for host in ("127.0.0.1", "127.1", "2130706433", "0x7f000001")),
        *((f"http://{host}/", "not a public address") for host in ("localhost", "[::1]", "[::ffff:127.0.0.1]")),
        ("http://169.254.169.254/latest/meta-data/", "not a public address"),
    ],
)
def test_what_is_not_fetched(url: str, message: str) -> None:
    told = refused(url, FetchPolicy())
    assert message in told
    assert "secret" not in told


def test_one_private_address_among_public_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(0, 0, 0, "", ("8.8.8.8", 80)), (0, 0, 0, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
    assert "not a public address" in refused("http://two.example/", FetchPolicy())


def is_here(address: IPv4Address | IPv6Address) -> bool:
    return str(address) == HERE


def served(
    answer: Answer, use: Callable[[int], Awaitable[bytes]], *, host: str = HERE
) -> tuple[bytes | ApiError, list[bytes]]:
    """What `use` returned or raised while a server answers at a port, and the requests that came to it."""
    seen: list[bytes] = []

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        port: int = writer.get_extra_info("sockname")[1]
        writer.write(answer(seen[-1], port))
        if answer is not silent:
            writer.close()
        else:
            await reader.read()  # until the other side goes
            writer.close()

    async def run() -> bytes | ApiError:
        server = await asyncio.start_server(client, host, 0)
        async with server:
            try:
                return await use(server.sockets[0].getsockname()[1])
            except ApiError as error:
                return error

    return asyncio.run(run()), seen


def silent(_request: bytes, _port: int) -> bytes:
    return b""


def at(path: str, **limits: Any) -> Callable[[int], Awaitable[bytes]]:
    def use(port: int) -> Awaitable[bytes]:
        return fetch(f"http://{HERE}:{port}{path}", FetchPolicy(allows=is_here, ports=frozenset({port}), **limits))

    return use


def test_a_path_is_escaped_as_browsers_do() -> None:
    found, seen = served(lambda *_: OK + b"\r\ncat", at("/kätzchen 1/%C3%A4.png?größe=5&b=a b"))
    assert found == b"cat"
    assert seen[0].startswith(b"GET /k%C3%A4tzchen%201/%C3%A4.png?gr%C3%B6%C3%9Fe=5&b=a%20b HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        b"\r\nhello",
    ],
)
def test_what_is_behind_a_url(rest: bytes) -> None:
    found, seen = served(lambda _request, _port: OK + rest, at("/a?b=c#d"))
    assert found == b"hello"
    assert seen[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")


def test_redirects_are_followed() -> None:
    def answer(request: bytes, _port: int) -> bytes:
        if request.startswith(b"GET /old "):
            return b"HTTP/1.1 302 Found\r\nLocation: new\r\nContent-Length: 0\r\n\r\n"
        return OK + b"Content-Length: 3\r\n\r\nnew"

    found, seen = served(answer, at("/old"))
    assert found == b"new"
    assert [request.split(b" ")[1] for request in seen] == [b"/old", b"/new"]


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("file:///etc/passwd", "only http and https"),
        ("http://127.0.0.2:{port}/", "not a public address"),
        ("http://127.0.0.1:1/", "its port 1"),
        ("/again", "more than 3 redirects"),
    ],
)
def test_redirects_are_checked(location: str, message: str) -> None:
    def answer(_request: bytes, port: int) -> bytes:
        told = location.format(port=port).encode()
        return b"HTTP/1.1 307 Moved\r\nLocation: " + told + b"\r\nContent-Length: 0\r\n\r\n"

    # It listens at every address, so that nothing but the check keeps a request from 127.0.0.2.
    found, seen = served(answer, at("/"), host="0.0.0.0")
    assert isinstance(found, ApiError)
    assert message in found.message
    assert len(seen) == (4 if location == "/again" else 1)


@pytest.mark.parametrize(
    ("answer", "limits", "message"),
    [
        (OK + b"Content-Length: 11\r\n\r\n", {"max_bytes": 10}, "larger than 10 bytes"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n", {"max_bytes": 10}, "larger than 10 bytes"),
        (OK + b"Content-Length: 11\r\n\r\nhello", {}, "could not be fetched"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", {}, "the status 404"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", {}, "could not be fetched"),
        (b"", {}, "could not be fetched"),
    ],
)
def test_answers_that_are_not_taken(answer: bytes, limits: dict[str, int], message: str) -> None:
    found, _ = served(lambda _request, _port: answer, at("/", **limits))
    assert isinstance(found, ApiError)
    assert message in found.message
    assert "OpenSSH" not in found.message


def test_the_time_is_bounded() -> None:
    found, seen = served(silent, at("/", seconds=0.2))
    assert isinstance(found, ApiError)
    assert "in 0.2 s" in found.message
    assert len(seen) == 1


def test_the_address_that_was_checked_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that has another address the next time it is looked up."""
    looked_up: list[str] = []

    def getaddrinfo(host: str, port: int, *_args: Any, **_options: Any) -> list[tuple[Any, ...]]:
        looked_up.append(host)
        address = HERE if len(looked_up) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def use(port: int) -> Awaitable[bytes]:
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return fetch(f"http://images.example:{port}/", FetchPolicy(allows=is_here, ports=frozenset({port})))

    found, seen = served(lambda _request, _port: OK + b"Content-Length: 2\r\n\r\nok", use)
    assert found == b"ok"
    assert looked_up == ["images.example"]
    assert b"Host: images.example:" in seen[0]

"""What is behind a URL that a request names: fetched from public addresses alone, and never more than is allowed.

The name is looked up once, every address that it has is checked, and the connection goes to one that was checked: a
name that means another address a moment later leads nowhere. Each redirect is checked in the same way.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import SOCK_STREAM
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import h11

from llamacffi.server.errors import ApiError

__all__ = ["FetchPolicy", "fetch", "is_public"]

_PORTS = {"http": 80, "https": 443}
_NAT64 = IPv6Network("64:ff9b::/96")
_UNICAST = IPv6Network("2000::/3")  # of all others, some are of a site, or of a network's own protocols
_PROTOCOLS = IPv4Network("192.0.0.0/24")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_SAFE = "/?%:@!$&'()*+,;=~"  # what a target has as it is; the rest is escaped, as browsers do
_CHUNK = 64 * 1024
_V4_BITS = 0xFFFFFFFF


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the internet, as the IANA's registries have it, and so is the one inside it."""
    inside = _inside(address)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None or address in _NAT64:
            return all(map(is_public, inside))  # Python's versions disagree whether it is global itself
        if address not in _UNICAST:
            return False
    is_internet = address.is_global and not address.is_multicast and address not in _PROTOCOLS
    return is_internet and all(map(is_public, inside))


@dataclass(frozen=True, kw_only=True)
class FetchPolicy:
    """What may be fetched, and how much of it."""

    max_bytes: int = 20 * 2**20
    """The largest body."""
    seconds: float = 10.0
    """For all of it, redirects included."""
    max_redirects: int = 3
    """How often another URL may be told in its place."""
    ports: frozenset[int] = frozenset(_PORTS.values())
    """Those that are asked: others are rarely meant for everybody."""
    allows: Callable[[IPv4Address | IPv6Address], bool] = is_public
    """The addresses that are asked."""


async def fetch(url: str, policy: FetchPolicy | None) -> bytes:
    """The bytes behind an http or https URL; without a policy, none are fetched.

    Raises ApiError 400, which tells nothing of what was found at an address that may not be asked.
    """
    if policy is None:
        raise ApiError(400, f"{url!r:.100} is not fetched: this server fetches no URLs; send the data itself (data:…)")
    try:
        return await asyncio.wait_for(_followed(url, policy), policy.seconds)
    except asyncio.TimeoutError:
        raise ApiError(400, f"{url!r:.100} did not answer whole in {policy.seconds:g} s") from None
    except (OSError, EOFError, UnicodeError, h11.RemoteProtocolError, h11.LocalProtocolError):
        raise ApiError(400, f"{url!r:.100} could not be fetched") from None


async def _followed(url: str, policy: FetchPolicy) -> bytes:
    for _ in range(policy.max_redirects + 1):
        found = await _asked(_checked(url, policy), policy)
        if isinstance(found, bytes):
            return found
        url = urljoin(url, found)
    raise ApiError(400, f"there were more than {policy.max_redirects} redirects, the last to {url!r:.100}")


def _checked(url: str, policy: FetchPolicy) -> SplitResult:
    """The parts of a URL that may be asked, as far as it alone says."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ApiError(400, f"{url!r:.100} is no URL") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ApiError(400, f"{url!r:.100} is not fetched: only http and https URLs are")
    if parts.username is not None or parts.password is not None:
        raise ApiError(400, f"a URL of {parts.hostname!r:.100} is not fetched: it has a user's name in it")
    if port not in policy.ports:
        raise ApiError(400, f"{url!r:.100} is not fetched: its port {port} is not one of {sorted(policy.ports)}")
    return parts


async def _asked(parts: SplitResult, policy: FetchPolicy) -> bytes | str:
    """The body that one URL has, or the URL that it tells in its place."""
    async with _connection(parts, policy) as (reader, writer):
        protocol = h11.Connection(h11.CLIENT)
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), _SAFE)
        headers = [("Host", _authority(parts)), ("Accept-Encoding", "identity"), ("Connection", "close")]
        request = h11.Request(method="GET", target=target, headers=headers)
        writer.write((protocol.send(request) or b"") + (protocol.send(h11.EndOfMessage()) or b""))
        await writer.drain()
        body = bytearray()
        while True:
            event = protocol.next_event()
            if event is h11.NEED_DATA:
                protocol.receive_data(await reader.read(_CHUNK))
            elif isinstance(event, h11.Response):
                told = dict(event.headers)
                if event.status_code in _REDIRECTS and b"location" in told:
                    return told[b"location"].decode("ascii")
                _accepted(parts, event.status_code, told.get(b"content-length", b"0"), policy)
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > policy.max_bytes:
                    raise _too_large(parts, policy)
            elif isinstance(event, h11.EndOfMessage):
                return bytes(body)
            elif not isinstance(event, h11.InformationalResponse):
                raise EOFError


def _accepted(parts: SplitResult, status: int, length: bytes, policy: FetchPolicy) -> None:
    if status != 200:
        raise ApiError(400, f"{parts.geturl()!r:.100} was answered with the status {status}")
    if int(length) > policy.max_bytes:
        raise _too_large(parts, policy)


@asynccontextmanager
async def _connection(
    parts: SplitResult, policy: FetchPolicy
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to an address of the host that was checked."""
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(policy.allows(ip_address(one)) for one in addresses):
        raise ApiError(400, f"{parts.geturl()!r:.100} is not fetched: {host!r:.100} is not a public address")
    secure = ssl.create_default_context() if parts.scheme == "https" else None
    name = host if secure is not None else None
    reader, writer = await asyncio.open_connection(addresses[0], port, ssl=secure, server_hostname=name)
    try:
        yield reader, writer
    finally:
        writer.close()


def _inside(address: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that a gateway would make of an IPv6 address."""
    if isinstance(address, IPv4Address):
        return []
    inside = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        inside.append(IPv4Address(int(address) & _V4_BITS))
    return [one for one in inside if one is not None]


def _authority(parts: SplitResult) -> str:
    host = (
        (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else f"[{parts.hostname}]"
    )
    return host if parts.port is None else f"{host}:{parts.port}"


def _too_large(parts: SplitResult, policy: FetchPolicy) -> ApiError:
    return ApiError(400, f"{parts.geturl()!r:.100} is larger than {policy.max_bytes} bytes, the most that is fetched")

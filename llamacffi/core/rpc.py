"""Other machines' devices: servers that speak ggml's RPC protocol."""

from __future__ import annotations

import socket
import struct
import threading
import weakref
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llamacffi._native import Handle, check_ptr, ffi, lib, start
from llamacffi._native.convert import number
from llamacffi.core import backend, compat
from llamacffi.core.rpc_peer import Peer, check_usable
from llamacffi.errors import BackendError, LlamaError, NativeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llamacffi.core.backend import Device

__all__ = [
    "Server",
    "connect",
    "connected",
    "endpoint_of",
    "ipv4_of",
    "probe",
    "rpc_devices",
    "seconds",
    "stay_connected",
]

_PATIENCE = 5.0  # seconds that a server may take for each step of the greeting
_LONGEST_WAIT = 86400
_QUICK = 0.5  # as long as a list of devices may wait for a server's memory

# The protocol, as far as it is spoken here before llama.cpp speaks it: a command is one byte, the size of its data and
# the data; an answer is the size and the data. The data of the greeting are what a connection could be upgraded to.
_HELLO, _DEVICE_COUNT = 14, 15
_NO_CAPABILITIES = bytes(24)
_GREETING = struct.Struct("<3Bx24s")
_LONGEST_GREETING = 64


@dataclass
class Server:
    """An RPC server whose devices llama.cpp knows."""

    devices: tuple[Any, ...]
    connections: weakref.WeakSet[Connection] = field(default_factory=weakref.WeakSet)

    def connected(self) -> bool:
        """Whether this process has a connection that stays open; a server answers to one at a time.

        Raises BackendError when it broke.
        """
        found = [connection for connection in tuple(self.connections) if not connection.closed]
        for connection in found:
            connection.peer.check()
        return bool(found)


class Connection(Handle):
    """A connection to a server that stays open."""

    def __init__(self, endpoint: str, *owners: Handle) -> None:
        super().__init__(lib.ggml_backend_rpc_init(endpoint.encode(), 0), lib.ggml_backend_free, *owners)
        self.peer = Peer(endpoint)


_servers: dict[str, Server] = {}
_lock = threading.Lock()


def rpc_devices(server: str, *, timeout: float = _PATIENCE) -> tuple[Device, ...]:
    """The devices of the server at `server`, "host:port", for `Model(devices=…)` (ggml_backend_rpc_add_server).

    Raises BackendError when nobody answers there within `timeout` seconds, or somebody who does not speak this version
    of the protocol; ValueError and TypeError for an address or a time that is none.
    """
    start()
    pointers = connect(server, timeout=timeout).devices
    return tuple(backend.describe(pointer) for pointer in pointers)


def connect(server: str, *, timeout: float = _PATIENCE) -> Server:
    """Make a server's devices known to llama.cpp, once; later calls see that it is still there."""
    endpoint = endpoint_of(server)
    with _lock:
        check_usable(endpoint)
        known = _servers.get(endpoint)
        if known is not None and known.connected():
            return known
        n_devices = probe(endpoint, timeout=timeout)
        if known is None:
            known = _servers[endpoint] = Server(_add(endpoint))
            for pointer in known.devices:
                name = ffi.string(lib.ggml_backend_dev_name(pointer)).decode()
                backend.register(name, backend.Remote(pointer, lambda: _answers(endpoint, known)))
        if len(known.devices) != n_devices:
            message = (
                f"the RPC server at {endpoint} had {len(known.devices)} devices and now has {n_devices}; "
                "llama.cpp asks only once: start Python again, or the server with the same devices"
            )
            raise BackendError(message)
        return known


def stay_connected(pointers: Iterable[Any], *owners: Handle) -> list[Connection]:
    """Keep the connections to the servers of these devices open, until the result or one of `owners` closes.

    llama.cpp would otherwise connect anew for each question, and another client could come between. Raises BackendError
    when one does not answer.
    """
    wanted = list(pointers)
    connections = []
    for endpoint, server in tuple(_servers.items()):
        if any(pointer in wanted for pointer in server.devices):
            connect(endpoint)
            try:
                connection = Connection(endpoint, *owners)
            except NativeError as error:  # in the moment since
                message = f"the RPC server at {endpoint} is gone: {' '.join(str(error).split())}"
                raise BackendError(message) from error
            server.connections.add(connection)
            connections.append(connection)
    return connections


@contextmanager
def connected(pointers: Iterable[Any]) -> Iterator[None]:
    """Keep the connections to the servers of these devices open during a block."""
    connections = stay_connected(pointers)
    try:
        yield
    finally:
        for connection in connections:
            connection.close()


def probe(server: str, *, timeout: float = _PATIENCE) -> int:
    """Greet a server as llama.cpp would, and return how many devices it has; llama.cpp itself would end the process.

    Raises BackendError when it is not there, does not answer within `timeout` seconds or speaks something else.
    """
    endpoint = endpoint_of(server)
    host, _, port = endpoint.partition(":")
    timeout = seconds("timeout", timeout)
    try:
        with socket.create_connection((host, int(port)), timeout) as connection:
            return _greet(connection, endpoint)
    except TimeoutError as error:
        message = (
            f"the RPC server at {endpoint} did not answer within {timeout:g} s: perhaps it is serving another client, "
            "one at a time, or is no RPC server"
        )
        raise BackendError(message) from error
    except OSError as error:
        message = f"no RPC server at {endpoint}: {error.strerror or error}; start one with `llamacffi rpc-server`"
        raise BackendError(message) from error


def endpoint_of(server: object) -> str:
    """`server` as llama.cpp takes it, with an IPv4 address: two names of one server would be two servers."""
    if not isinstance(server, str):
        message = f"an RPC server is 'host:port', not {server!r}"
        raise TypeError(message)
    host, _, port = server.strip().rpartition(":")
    if not host or ":" in host or not (port.isascii() and port.isdigit() and 0 < int(port) < 2**16):
        message = f"an RPC server is 'host:port', with a port from 1 to 65535 and no IPv6 address, not {server!r}"
        raise ValueError(message)
    return f"{ipv4_of(host)}:{int(port)}"


def ipv4_of(host: object) -> str:
    """The IPv4 address of a host's name. Raises TypeError when it is no name, BackendError when it has no address."""
    if not isinstance(host, str):
        message = f"host must be a str, not {host!r} ({type(host).__name__})"
        raise TypeError(message)
    try:
        # A null character, which no name holds, would be a TypeError.
        return socket.gethostbyname(host.replace("\0", "\\0"))
    except (OSError, UnicodeError) as error:
        message = f"the RPC server's name {host!r} has no address: {error}"
        raise BackendError(message) from error


def seconds(name: str, value: object) -> float:
    """`value` as a time to wait, which sockets can; raises TypeError and ValueError that name `name`."""
    result = number(name, value)
    if not 0 < result <= _LONGEST_WAIT:
        message = f"{name} must be more than 0 and at most {_LONGEST_WAIT} seconds, not {result:g}"
        raise ValueError(message)
    return result


def _greet(connection: socket.socket, endpoint: str) -> int:
    connection.sendall(struct.pack("<BQ", _HELLO, len(_NO_CAPABILITIES)) + _NO_CAPABILITIES)
    head = _receive(connection, 8, endpoint)
    (size,) = struct.unpack("<Q", head)
    if not 3 <= size <= _LONGEST_GREETING:
        message = f"no RPC server at {endpoint}: it answered {head!r}"
        raise BackendError(message)
    greeting = _receive(connection, size, endpoint)
    major, minor, patch = greeting[:3]
    ours = lib.RPC_PROTO_MAJOR_VERSION, lib.RPC_PROTO_MINOR_VERSION, lib.RPC_PROTO_PATCH_VERSION
    if size != _GREETING.size or major != ours[0] or minor > ours[1]:
        message = (
            f"the RPC server at {endpoint} speaks version {major}.{minor}.{patch} of the protocol, "
            f"this llama.cpp {'.'.join(map(str, ours))}: run the same llamacffi on both"
        )
        raise BackendError(message)
    connection.sendall(struct.pack("<BQ", _DEVICE_COUNT, 0))
    size, n_devices = struct.unpack("<QI", _receive(connection, 12, endpoint))
    if size != 4 or n_devices == 0:
        message = f"the RPC server at {endpoint} has no devices"
        raise BackendError(message)
    return int(n_devices)


def _receive(connection: socket.socket, n: int, endpoint: str) -> bytes:
    data = b""
    while len(data) < n:
        piece = connection.recv(n - len(data))
        if not piece:
            message = (
                f"the server at {endpoint} closed the connection: it is no RPC server, or one of another llama.cpp"
            )
            raise BackendError(message)
        data += piece
    return data


def _add(endpoint: str) -> tuple[Any, ...]:
    try:
        reg = compat.function("ggml_backend_rpc_add_server")(endpoint.encode())
    except NativeError as error:
        message = f"llama.cpp cannot use the RPC server at {endpoint}: {' '.join(str(error).split())}"
        raise BackendError(message) from error
    check_ptr(reg, f"llama.cpp cannot use the RPC server at {endpoint}", BackendError)
    return tuple(lib.ggml_backend_reg_dev_get(reg, i) for i in range(lib.ggml_backend_reg_dev_count(reg)))


def _answers(endpoint: str, server: Server) -> bool:
    with suppress(LlamaError):
        check_usable(endpoint)
        if server.connected():
            return True
        return probe(endpoint, timeout=_QUICK) == len(server.devices)
    return False

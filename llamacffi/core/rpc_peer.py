"""Seeing that an RPC server is gone before llama.cpp does, which would end the process."""

from __future__ import annotations

import select
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llamacffi.errors import BackendError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Peer", "check_usable", "free_with"]

# The addresses of servers of which something was left behind.
_broken: set[str] = set()

# What poll() says of a connection whose other end has hung up; it asks the system of this machine, not the network.
_HUNG_UP = getattr(select, "POLLRDHUP", 0) | getattr(select, "POLLHUP", 0) | getattr(select, "POLLERR", 0)


class Peer:
    """The other end of llama.cpp's connection to a server, found among the process's open files.

    Where they cannot be listed (Windows), it is never known to be gone.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._gone = False
        self._number = _open_file(endpoint)

    def gone(self) -> bool:
        """Whether it has hung up: its process has ended. A machine that lost its power says nothing."""
        if not self._gone and self._number is not None:
            poll = select.poll()  # one of its own for each thread that asks
            poll.register(self._number, _HUNG_UP)
            # Not POLLNVAL: nothing of the server's was in use, and the connection is closed already.
            self._gone = any(event & _HUNG_UP for _, event in poll.poll(0))
        return self._gone

    def check(self) -> None:
        """Raise BackendError when it is gone."""
        if self.gone():
            message = (
                f"the RPC server at {self.endpoint} is gone, and with it the layers that the model had there: close "
                "the model; for this process a server at another address can take its place"
            )
            raise BackendError(message)


def free_with(peers: Iterable[Peer], free: Callable[[Any], object], ptr: Any) -> None:
    """Free what has memory on servers; what has some on one that is gone stays, because llama.cpp would abort."""
    gone = [peer.endpoint for peer in peers if peer.gone()]
    _broken.update(gone)
    if not gone:
        free(ptr)


def check_usable(endpoint: str) -> None:
    """Raise BackendError for a server whose broken connection llama.cpp would use again, while something holds it."""
    if endpoint in _broken:
        message = (
            f"the RPC server at {endpoint} was lost while a model was on it, and llama.cpp does not let go of the "
            "broken connection: use a server at another address, or start Python again"
        )
        raise BackendError(message)


def _open_file(endpoint: str) -> int | None:
    host, _, port = endpoint.partition(":")
    try:
        numbers = [int(path.name) for path in Path("/dev/fd").iterdir()] if hasattr(select, "poll") else []
    except OSError:
        return None
    return next((number for number in numbers if _peer_name(number) == (host, int(port))), None)


def _peer_name(number: int) -> object:
    try:
        connection = socket.socket(fileno=number)
    except OSError:  # no socket
        return None
    try:
        return connection.getpeername()
    except OSError:  # not connected
        return None
    finally:
        connection.detach()

"""Lending this machine's devices to others."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from llamacffi._native import ffi, lib, start
from llamacffi._native.convert import integer
from llamacffi.core import backend
from llamacffi.core.placement import device_names
from llamacffi.core.rpc import ipv4_of, probe, seconds
from llamacffi.core.threads import usable_cores
from llamacffi.errors import BackendError, ClosedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

    from llamacffi.core.backend import Device

__all__ = ["DEFAULT_PORT", "RpcServer", "serve"]

DEFAULT_PORT = 50052


def serve(
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    *,
    devices: Sequence[Device | str] | None = None,
    n_threads: int | None = None,
    ready: Callable[[str], object] | None = None,
) -> NoReturn:
    """Lend this machine's devices to whoever connects; never returns (ggml_backend_rpc_start_server).

    All devices but the CPU, or the CPU when there is no other. Serves one client at a time. Whoever can reach the
    address may read and write this process's memory: the protocol has no password and no encryption. `ready` is called
    with "host:port" when nothing that can be seen before stands in the way of listening.

    Raises OSError when the address cannot be listened on, BackendError when the host has none, ValueError for a device
    that does not exist.
    """
    start()
    endpoint = _endpoint(host, port)
    chosen = [] if devices is None else [backend.find(name) for name in device_names(devices)]
    _check_free(endpoint)
    if not chosen:
        chosen = [pointer for pointer in backend.pointers() if backend.offloads(pointer)]
        chosen = chosen or [lib.ggml_backend_dev_by_type(lib.GGML_BACKEND_DEVICE_TYPE_CPU)]
    n_threads = usable_cores() if n_threads is None else integer("n_threads", n_threads, 1, lib.GGML_MAX_N_THREADS)
    if threading.current_thread() is threading.main_thread():
        # Python's own handlers would wait for the C function to return.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    lib.ggml_backend_rpc_reg()  # loads the plug-in, or says how to get it
    table = ffi.new("ggml_backend_dev_t[]", chosen)
    if ready is not None:
        ready(endpoint)
    lib.ggml_backend_rpc_start_server(endpoint.encode(), ffi.NULL, n_threads, len(chosen), table)
    message = f"the RPC server at {endpoint} ended: llama.cpp could not listen there or start a device"
    raise BackendError(message)


class RpcServer:
    """A server of this machine's devices in a process of its own: `with RpcServer() as server: … server.address`.

    `port` is one that is free when None, the other arguments are those of `serve`. The process ends with the block, or
    with this one. Raises BackendError with what the process said when it does not answer within `timeout` seconds,
    OSError when the address cannot be listened on.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int | None = None,
        *,
        devices: Sequence[Device | str] | None = None,
        n_threads: int | None = None,
        timeout: float = 30.0,
    ) -> None:
        patience = seconds("timeout", timeout)
        options = {
            "devices": None if devices is None else device_names(devices),
            "n_threads": None if n_threads is None else integer("n_threads", n_threads, 1, lib.GGML_MAX_N_THREADS),
        }
        self.address: str = _endpoint(host, port)
        """Where it listens, for `Model(rpc_servers=[…])`."""
        _check_free(self.address)  # else another server would answer in this one's place
        address, _, number = self.address.partition(":")
        arguments = (address, int(number))
        program = (
            "import os, sys, threading\n"
            "threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()\n"
            "from llamacffi.core.rpc_server import serve\n"
            f"serve(*{arguments!r}, **{options!r})\n"
        )
        package = str(Path(__file__).parents[2])
        path = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        with tempfile.TemporaryFile() as said:
            self._process = subprocess.Popen(
                [sys.executable, "-c", program],
                stdin=subprocess.PIPE,  # its end is this process's end
                stdout=subprocess.DEVNULL,
                stderr=said,
                env={**os.environ, "PYTHONPATH": path},
            )
            try:
                self._wait(time.monotonic() + patience)
            except BaseException as error:
                self.close()
                said.seek(0)
                text = said.read().decode("utf-8", "replace").strip()
                if text and isinstance(error, BackendError):
                    message = f"{error}; it said: {text.splitlines()[-1]}"
                    raise BackendError(message) from error
                raise

    def __repr__(self) -> str:
        state = "ended" if self._process.poll() is not None else f"process {self._process.pid}"
        return f"<RpcServer at {self.address}, {state}>"

    def __reduce_ex__(self, protocol: Any, /) -> NoReturn:
        message = "an RpcServer owns a process and cannot be pickled or copied; pass its address on instead"
        raise TypeError(message)

    def __enter__(self) -> Self:
        if self._process.returncode is not None:
            message = f"the RpcServer at {self.address} was closed; create another"
            raise ClosedError(message)
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process. A model that still uses it ends this process at its next use: close that first."""
        self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()

    def _wait(self, until: float) -> None:
        while True:
            if self._process.poll() is not None:
                message = f"the RPC server for {self.address} ended at once, with status {self._process.returncode}"
                raise BackendError(message)
            try:
                probe(self.address, timeout=1.0)
            except BackendError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
            else:
                return


def _endpoint(host: object, port: object) -> str:
    """The address to listen on; without a port, one that is free."""
    address = ipv4_of(host)
    return f"{address}:{_free_port(address) if port is None else integer('port', port, 1, 65535)}"


def _check_free(endpoint: str) -> None:
    """Listen for a moment: llama.cpp does not say why it cannot."""
    address, _, port = endpoint.partition(":")
    with socket.socket() as attempt:
        if os.name == "posix":
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((address, int(port)))
        except OSError as error:
            message = f"cannot listen on {endpoint}: {error.strerror}"
            raise OSError(error.errno, message) from error


def _free_port(address: str) -> int:
    _check_free(f"{address}:0")
    with socket.socket() as free:
        free.bind((address, 0))
        return int(free.getsockname()[1])

"""Models on the devices of RPC servers: processes on this machine, and what only looks like one."""

from __future__ import annotations

import os
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import (
    BackendError,
    Greedy,
    Model,
    RpcServer,
    SamplerChain,
    Sequence,
    devices,
    features,
    generate_tokens,
    lib,
    rpc_devices,
)
from llamacffi.core.rpc import probe
from tests.models.exact import EXACT
from tests.process import run_python

pytestmark = pytest.mark.skipif("RPC" not in features(), reason="the rpc backend is not installed")

PROMPT = [1, 300, 301, 302, 303, 40, 41, 42]


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[str, str]]:
    with RpcServer(n_threads=1) as one, RpcServer(n_threads=1) as two:
        yield one.address, two.address


def greedy(model: Model) -> tuple[list[int], Any]:
    """32 tokens, and the logits of the last of them."""
    with model.context(n_ctx=256, n_threads=1, **EXACT) as context, Sequence(context) as sequence:
        tokens = []
        for token in generate_tokens(sequence, PROMPT, SamplerChain(Greedy())):
            tokens.append(token)
            if len(tokens) == 32:
                break
        return tokens, context.logits()


def test_a_model_split_over_two_servers_says_what_it_says_alone(tiny_llama: Path, servers: tuple[str, str]) -> None:
    with Model(tiny_llama) as model:
        tokens, logits = greedy(model)
    with Model(tiny_llama, rpc_servers=servers) as model:
        first, second = (device.name for server in servers for device in rpc_devices(server))
        assert model.layer_devices == (first, first, first, second, second)
        where = f"3 of 5 layers on {first}[{servers[0]}], 2 of 5 layers on {second}[{servers[1]}]"
        assert repr(model) == f"<Model llama ?B all F32, {tiny_llama.name}, {where}>"
        split_tokens, split_logits = greedy(model)
    assert len(tokens) == 32
    assert split_tokens == tokens
    # The same backend computes there, with one thread: nothing is rounded otherwise.
    np.testing.assert_allclose(split_logits, logits, rtol=0, atol=1e-6)


def test_devices_of_servers(tiny_llama: Path, servers: tuple[str, str]) -> None:
    (device,) = rpc_devices(servers[0])
    assert (device.type, device.backend, device.description) == ("gpu", "RPC", servers[0])
    if hasattr(os, "sysconf"):
        assert device.memory_total == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert rpc_devices(servers[0].replace("127.0.0.1", "localhost")) == (device,)  # registered once
    assert [one.name for one in devices()].count(device.name) == 1

    for chosen in ([device], [device.name]):
        with Model(tiny_llama, devices=chosen, n_gpu_layers=2) as model:
            assert model.layer_devices == ("CPU", "CPU", "CPU", device.name, device.name)
            # Two models of one process share the connection; a server answers to one process at a time.
            with Model(tiny_llama, rpc_servers=[servers[0]]) as other:
                assert set(other.layer_devices) == {device.name}
            assert device in devices()
    with Model(tiny_llama, devices=["CPU"], n_gpu_layers=2) as model:
        assert set(model.layer_devices) == {"CPU"}
    with Model(tiny_llama) as model:  # a server is used by those that name it
        assert set(model.layer_devices) == {"CPU"}
    with Model(tiny_llama, rpc_servers=servers[:1], tensor_buft_overrides={"blk.0.ffn_": device.name}) as model:
        assert len(model.layer_devices) == 5
    with pytest.raises(ValueError, match=f"a device is named twice: {device.name}, {device.name}"):
        Model(tiny_llama, devices=[device, device.name])


def test_a_server_that_serves_another(servers: tuple[str, str]) -> None:
    host, port = servers[1].split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(struct.pack("<BQ24x", 14, 24))
        assert connection.recv(1)
        with pytest.raises(BackendError, match=r"did not answer within 0\.2 s: perhaps it is serving another client"):
            probe(servers[1], timeout=0.2)
    assert probe(servers[1], timeout=5) == 1


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that greets each client with `answer`."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # closed
                    return
                with connection:
                    answer(connection)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"


def greets(*version: int) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.recv(33)
        connection.sendall(struct.pack("<Q4B24x", 28, *version, 0))
        connection.recv(9)
        connection.sendall(struct.pack("<QI", 4, 0))

    return answer


def greets_briefly(connection: socket.socket) -> None:
    connection.recv(33)
    connection.sendall(struct.pack("<Q3B", 3, 2, 0, 1))


OURS = (lib.RPC_PROTO_MAJOR_VERSION, lib.RPC_PROTO_MINOR_VERSION, lib.RPC_PROTO_PATCH_VERSION)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda connection: connection.recv(33), "it is no RPC server, or one of another llama.cpp"),
        (lambda connection: connection.sendall(b"SSH-2.0-OpenSSH\r\n"), "it answered b'SSH-2.0-'"),
        (lambda _connection: time.sleep(0.5), "did not answer within 0.2 s"),
        (greets(OURS[0] + 1, 0, 0), rf"speaks version {OURS[0] + 1}\.0\.0 of the protocol, this llama.cpp {OURS[0]}\."),
        (greets(OURS[0], OURS[1] + 1, 0), "run the same llamacffi on both"),
        (greets_briefly, r"speaks version 2\.0\.1 of the protocol"),
        (greets(*OURS), "has no devices"),
    ],
)
def test_what_is_no_server(answer: Callable[[socket.socket], None], reason: str) -> None:
    with listening(answer) as address, pytest.raises(BackendError, match=reason):
        rpc_devices(address, timeout=0.2)


def test_a_web_server(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llamacffi.core.rpc.connect.__kwdefaults__", {"timeout": 0.3})
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(BackendError, match=r"no RPC server|did not answer within"):
            Model(tiny_llama, rpc_servers=[f"127.0.0.1:{server.server_port}"])
    finally:
        server.shutdown()
        server.server_close()


def test_nobody_there_is_no_end_of_the_process(tiny_llama: Path) -> None:
    code = (
        "import sys, time\n"
        "from llamacffi import BackendError, Model, RpcServer, devices, rpc_devices\n"
        "begin = time.monotonic()\n"
        "with RpcServer() as server:\n"
        "    (device,) = rpc_devices(server.address)\n"
        "for options in ({'rpc_servers': ['127.0.0.1:1']}, {'rpc_servers': [server.address]}, {'devices': [device]}):\n"
        "    try:\n"
        "        Model(sys.argv[1], **options)\n"
        "    except BackendError as error:\n"
        "        print(error)\n"
        "assert [one.memory_total for one in devices()][-1] == 0\n"
        "assert time.monotonic() - begin < 20\n"
    )
    result = run_python(code, str(tiny_llama))
    assert result.returncode == 0, result.stderr
    refused, gone, named = result.stdout.splitlines()
    assert refused.startswith("no RPC server at 127.0.0.1:1: ")
    assert refused.endswith("start one with `llamacffi rpc-server`")
    assert gone.startswith("no RPC server at 127.0.0.1:")
    assert named == gone


@pytest.mark.skipif(os.name == "nt", reason="no signals")
def test_a_server_lost_later_ends_the_process(tiny_llama: Path) -> None:
    # As docs/devices.md says: llama.cpp asserts on a thread of its own.
    code = (
        "import sys\n"
        "from llamacffi import Model, RpcServer\n"
        "server = RpcServer()\n"
        "model = Model(sys.argv[1], rpc_servers=[server.address])\n"
        "server.close()\n"
        "model.context(n_ctx=256).warm_up()\n"
    )
    result = run_python(code, str(tiny_llama))
    assert result.returncode == -signal.SIGABRT
    assert "Remote RPC server crashed or returned malformed response" in result.stderr


@pytest.mark.parametrize("address", ["", "host", "host:", ":1", "host:0", "host:65536", "::1:50052", "host:12a"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(ValueError, match="an RPC server is 'host:port'"):
        rpc_devices(address)


def test_a_name_without_an_address() -> None:
    with pytest.raises(BackendError, match=r"the RPC server's name 'nobody\.invalid' has no address"):
        rpc_devices("nobody.invalid:50052")


def test_a_server_that_cannot_start(servers: tuple[str, str]) -> None:
    with pytest.raises(OSError, match=f"cannot listen on {servers[0]}: "):
        RpcServer(port=int(servers[0].split(":")[1]))
    with pytest.raises(BackendError, match="there is no device 'XPU9'"):
        RpcServer(devices=["XPU9"])

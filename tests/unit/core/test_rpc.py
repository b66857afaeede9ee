"""Models on the devices of RPC servers: processes on this machine, and what only looks like one."""

from __future__ import annotations

import copy
import os
import pickle
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
    ClosedError,
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
from llamacffi.core.rpc_server import serve
from tests.models import LlamaShape, lora_pairs, write_lora
from tests.models.exact import EXACT
from tests.models.llama import llama_tensors
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


LOST = """
import sys
from llamacffi import BackendError, Greedy, Model, RpcServer, SamplerChain, Sequence, devices, generate_tokens
from llamacffi import rpc_devices

def refused(function):
    try:
        function()
    except BackendError as error:
        print(error)

server = RpcServer(n_threads=1)
model = Model(sys.argv[1], rpc_servers=[server.address])
print(server.address)
adapter = model.adapter(sys.argv[2])
context = model.context(n_ctx=256)
with Sequence(context) as sequence:
    steps = generate_tokens(sequence, [1, 300, 301], SamplerChain(Greedy()))
    next(steps)
    server.close()
    refused(lambda: next(steps))
refused(lambda: model.context(n_ctx=64))
refused(lambda: model.adapter(sys.argv[2]))
refused(context.snapshot)
refused(context.memory.clear)
refused(lambda: Model(sys.argv[1], rpc_servers=[server.address]))
adapter.close()
model.close()
assert devices()[-1].memory_total == 0
with RpcServer(port=int(server.address.partition(":")[2]), n_threads=1):
    refused(lambda: rpc_devices(server.address))
with RpcServer(n_threads=1) as other, Model(sys.argv[1], rpc_servers=[other.address]) as model:
    model.context(n_ctx=256).warm_up()
with RpcServer(n_threads=1) as other:
    model = Model(sys.argv[1], rpc_servers=[other.address])
    context = model.context(n_ctx=256)
print("the collector and the end of the process free nothing of it")
"""


@pytest.mark.skipif(os.name == "nt", reason="the connection is not found among the open files there")
def test_a_server_lost_between_two_calls_is_an_exception(tiny_llama: Path, tmp_path: Path) -> None:
    pairs = lora_pairs(llama_tensors(LlamaShape(), 512, 0))
    result = run_python(LOST, str(tiny_llama), str(write_lora(tmp_path / "lora.gguf", pairs, alpha=8.0)))
    assert result.returncode == 0, result.stderr
    address, *refused, again, end = result.stdout.splitlines()
    assert end.startswith("the collector")
    gone = f"the RPC server at {address} is gone, and with it the layers that the model had there: close the model; "
    assert len(refused) == 6
    assert all(text.startswith(gone) for text in refused)
    assert again.startswith(f"the RPC server at {address} was lost while a model was on it, and llama.cpp does not let")


@pytest.mark.skipif(os.name == "nt", reason="no signals")
def test_a_server_lost_while_it_computes_ends_the_process(tiny_llama: Path) -> None:
    # As docs/devices.md says: llama.cpp asserts on a thread of its own.
    code = (
        "import sys\n"
        "from llamacffi import Model, RpcServer\n"
        "server = RpcServer()\n"
        "model = Model(sys.argv[1], rpc_servers=[server.address])\n"
        "context = model.context(n_ctx=256)\n"
        "model.peers.clear()\n"  # as when it was still there a moment ago
        "server.close()\n"
        "context.warm_up()\n"
    )
    result = run_python(code, str(tiny_llama))
    assert result.returncode == -signal.SIGABRT
    assert "Remote RPC server crashed or returned malformed response" in result.stderr


@pytest.mark.parametrize("address", ["", "host", "host:", ":1", "host:0", "host:65536", "::1:50052", "host:12a"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(ValueError, match="an RPC server is 'host:port'"):
        rpc_devices(address)


@pytest.mark.parametrize("name", ["nobody.invalid", "a\0", "\ud800", "x" * 300])
def test_a_name_without_an_address(name: str) -> None:
    with pytest.raises(BackendError) as caught:
        rpc_devices(f"{name}:50052")
    assert f"the RPC server's name {name!r} has no address: " in str(caught.value)


def test_a_server_that_cannot_start(servers: tuple[str, str]) -> None:
    with pytest.raises(OSError, match=f"cannot listen on {servers[0]}: "):
        RpcServer(port=int(servers[0].split(":")[1]))
    with pytest.raises(BackendError, match="there is no device 'XPU9'"):
        RpcServer(devices=["XPU9"])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"devices": [5]}, TypeError, r"devices must hold Devices or their names, not 5 \(int\)"),
        ({"devices": 5}, TypeError, "devices must be a sequence of Devices or their names, not 5"),
        ({"devices": "CPU"}, TypeError, "devices must be a sequence of Devices or their names, not 'CPU'"),
        ({"host": None}, TypeError, r"host must be a str, not None \(NoneType\)"),
        ({"host": "nobody.invalid"}, BackendError, r"name 'nobody\.invalid' has no address"),
        ({"host": "a\0"}, BackendError, r"name 'a\\x00' has no address"),
        ({"host": "192.0.2.1"}, OSError, r"cannot listen on 192\.0\.2\.1:"),  # an address for documentation
        ({"port": "http"}, TypeError, r"port must be an integer, not 'http' \(str\)"),
        ({"port": 0}, ValueError, "port must be from 1 to 65535, not 0"),
        ({"n_threads": 0}, ValueError, "n_threads must be from 1 to 512, not 0"),
    ],
)
@pytest.mark.parametrize("server", [RpcServer, serve])
def test_options_that_no_server_takes(
    server: Callable[..., object], options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        server(**options)


@pytest.mark.parametrize(
    ("timeout", "error"),
    [(0, ValueError), (-1, ValueError), (float("nan"), ValueError), (1e9, ValueError), ("1", TypeError)],
)
def test_times_that_nobody_can_wait(timeout: Any, error: type[Exception]) -> None:
    for ask in (lambda: RpcServer(timeout=timeout), lambda: rpc_devices("127.0.0.1:1", timeout=timeout)):
        with pytest.raises(error, match="^timeout must be "):
            ask()


@pytest.mark.parametrize("copying", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_server_is_not_copied_and_not_used_after_its_end(copying: Callable[[object], object]) -> None:
    with RpcServer(n_threads=1) as server:
        assert repr(server) == f"<RpcServer at {server.address}, process {server._process.pid}>"
        with pytest.raises(TypeError, match="an RpcServer owns a process and cannot be pickled or copied"):
            copying(server)
    server.close()
    assert repr(server) == f"<RpcServer at {server.address}, ended>"
    with pytest.raises(ClosedError, match="was closed; create another"):
        server.__enter__()

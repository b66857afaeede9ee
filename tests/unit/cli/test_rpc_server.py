"""`llamacffi rpc-server`, as a process that a signal ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

import llamacffi
from llamacffi import BackendError, features
from llamacffi._native import lib
from llamacffi.cli.app import app
from llamacffi.core import rpc_server
from llamacffi.core.rpc import probe

pytestmark = pytest.mark.skipif("RPC" not in features(), reason="the rpc backend is not installed")


def start(*arguments: str) -> tuple[subprocess.Popen[str], int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    package = str(Path(llamacffi.__file__).parents[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "llamacffi", "rpc-server", "--port", str(port), "--threads", "1", *arguments],
        env={**os.environ, "PYTHONPATH": package},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with suppress(BackendError):
            probe(f"127.0.0.1:{port}", timeout=1)
            return process, port
        time.sleep(0.05)
    process.kill()
    pytest.fail(f"no server: {process.communicate()}")


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it(number: signal.Signals) -> None:
    process, port = start("--devices", "CPU")
    with socket.create_connection(("127.0.0.1", port)):  # while it serves somebody
        time.sleep(0.1)
        process.send_signal(number)
        output, errors = process.communicate(timeout=10)
    assert process.returncode == -number
    assert errors == ""
    assert output.startswith(f'listening; there: Model(…, rpc_servers=["127.0.0.1:{port}"])\n')


def test_the_caveat_where_others_can_reach_it() -> None:
    process, _ = start("--host", "0.0.0.0")
    process.kill()
    _, errors = process.communicate(timeout=10)
    assert errors.startswith("WARNING: 0.0.0.0 is not this machine alone. The protocol has no password")


def test_what_cannot_be_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
    result = CliRunner().invoke(app, ["rpc-server", "--devices", "XPU9", "--port", str(free)])
    assert result.exit_code == 2
    assert "there is no device 'XPU9'" in result.output
    assert "listening" not in result.output
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = CliRunner().invoke(app, ["rpc-server", "--port", str(other.getsockname()[1])])
    assert result.exit_code == 1
    assert "cannot listen on 127.0.0.1:" in result.output
    assert "listening;" not in result.output


def test_without_the_plug_in_it_does_not_say_that_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        message = "the rpc backend is not installed"
        raise BackendError(message)

    class Without:
        def __getattr__(self, name: str) -> object:
            return missing if name.startswith("ggml_backend_rpc") else getattr(lib, name)

    monkeypatch.setattr(rpc_server, "lib", Without())
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]
    result = CliRunner().invoke(app, ["rpc-server", "--port", str(free)])
    assert result.exit_code == 1
    assert "the rpc backend is not installed" in result.output
    assert "listening" not in result.output

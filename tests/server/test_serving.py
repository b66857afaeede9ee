"""The server as a process: where it listens, and how it ends."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.server.process import process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to send there")


def stream(address: str, events: list[str], n_tokens: int) -> None:
    body = {"prompt": "a", "max_tokens": n_tokens, "stream": True, "ignore_eos": True}
    with httpx.stream("POST", f"{address}/v1/completions", json=body, timeout=60) as answer:
        events.extend(line.removeprefix("data: ") for line in answer.iter_lines() if line)


def test_what_runs_may_end(tiny_llama: Path) -> None:
    with process(tiny_llama, "--grace_seconds", "30") as (server, address, lines):
        events: list[str] = []
        reader = threading.Thread(target=stream, args=(address, events, 1500))
        reader.start()
        while httpx.get(f"{address}/metrics").text.find("llamacpp:requests_processing 1.0") < 0:
            time.sleep(0.01)
        server.send_signal(signal.SIGTERM)
        while httpx.get(f"{address}/readyz").status_code == 200:
            time.sleep(0.01)
        refused = httpx.post(f"{address}/v1/completions", json={"prompt": "a"})
        assert refused.status_code == 503
        assert "retry-after" in refused.headers
        reader.join(60)
        assert events[-1] == "[DONE]"
        texts = [json.loads(event)["choices"][0] for event in events[:-1]]
        assert texts[-1]["finish_reason"] == "length"
        assert server.wait(20) in (0, -signal.SIGTERM)
        assert not any("Traceback" in line for line in lines)


def test_what_does_not_end_is_told(tiny_llama: Path) -> None:
    with process(tiny_llama, "--grace_seconds", "0.2", "--log_format", "json") as (server, address, lines):
        answers: list[list[str]] = [[] for _ in range(4)]
        readers = [threading.Thread(target=stream, args=(address, events, 8000)) for events in answers]
        for reader in readers:
            reader.start()
        while httpx.get(f"{address}/metrics").text.find("llamacpp:requests_processing 4.0") < 0:
            time.sleep(0.01)
        begin = time.monotonic()
        server.send_signal(signal.SIGTERM)
        for reader in readers:
            reader.join(60)
        assert server.wait(20) in (0, -signal.SIGTERM)
        assert time.monotonic() - begin < 15
        for events in answers:
            assert json.loads(events[-1])["error"]["code"] == 503
        told = [json.loads(line) for line in lines]
        assert any(one.get("status") == 200 and one["path"] == "/v1/completions" for one in told)


def test_a_client_that_goes_frees_its_slot(tiny_llama: Path) -> None:
    with process(tiny_llama, "-np", "1") as (_server, address, _lines):
        body = {"prompt": "a", "max_tokens": 8000, "stream": True, "ignore_eos": True}
        with httpx.stream("POST", f"{address}/v1/completions", json=body) as answer:
            next(answer.iter_lines())
        # The one slot is free for the next, long before 8000 tokens.
        after = httpx.post(f"{address}/v1/completions", json={"prompt": "b", "max_tokens": 1}, timeout=60)
        assert after.status_code == 200
        text = httpx.get(f"{address}/metrics").text
        made = re.search(r"^llamacpp:tokens_predicted_total ([\d.]+)$", text, re.MULTILINE)
        assert made is not None
        assert float(made[1]) < 4000


def test_no_more_wait_than_may(tiny_llama: Path) -> None:
    with process(tiny_llama, "-np", "1", "--max-queued-requests", "1") as (_server, address, _lines):
        answers: list[list[str]] = [[], []]
        readers = [threading.Thread(target=stream, args=(address, events, 800)) for events in answers]
        for reader, told in zip(readers, ("processing 1.0", "deferred 1.0"), strict=True):
            reader.start()
            while f"llamacpp:requests_{told}" not in httpx.get(f"{address}/metrics").text:
                time.sleep(0.01)
        refused = httpx.post(f"{address}/v1/completions", json={"prompt": "c"})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["error"]["type"] == "rate_limit_error"
        for reader in readers:
            reader.join(60)
        assert [events[-1] for events in answers] == ["[DONE]", "[DONE]"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--prot", "1"], "did you mean --port"),
        (["-m", "nowhere.gguf", "--api-key-file", "nowhere"], "nowhere"),
    ],
)
def test_a_server_that_cannot_begin(flags: list[str], message: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "llamacffi.server", *flags], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr

"""Many connections, half of them cut off: nothing is left of them, and every other answer is whole.

SOAK_SECONDS makes it as long as wanted; it goes round as often as there is time, once at least.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.server.process import process

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="files and memory of a process as /proc tells them"),
]
N_OPEN = 436
N_STREAMS = 64
N_TOKENS = 40


def n_files(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))  # noqa: PTH208 - of another process


def resident(pid: int) -> int:
    """Megabytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def told(address: str) -> dict[str, float]:
    """What /metrics says, by name; of histograms the sums of all models."""
    lines = httpx.get(f"{address}/metrics").text.splitlines()
    pairs = [re.fullmatch(r"([\w:]+)(?:\{.*\})? ([\d.e+]+)", line) for line in lines if "_bucket{" not in line]
    return {pair[1]: float(pair[2]) for pair in pairs if pair is not None}


async def one(client: httpx.AsyncClient, i: int, cut: int | None) -> bool:
    """Ask for a stream; False when it was cut off after so many events."""
    body = {"prompt": f"{i} abc", "max_tokens": N_TOKENS, "ignore_eos": True, "stream": True}
    body["stream_options"] = {"include_usage": True}
    events: list[str] = []
    async with client.stream("POST", "/v1/completions", json=body) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                events.append(line[6:])
                if len(events) == cut:
                    return False
    assert events[-1] == "[DONE]"
    assert json.loads(events[-2])["usage"]["completion_tokens"] == N_TOKENS
    return True


async def rounds(address: str, pid: int, seconds: float) -> tuple[int, int, list[int]]:
    """Streams that were whole, those that were cut off, and the memory after each round."""
    chance = random.Random(0)
    host, port = address.removeprefix("http://").split(":")
    idle = [await asyncio.open_connection(host, int(port)) for _ in range(N_OPEN)]
    whole = n = 0
    memory: list[int] = []
    until = time.monotonic() + seconds
    limits = httpx.Limits(max_connections=N_STREAMS)
    async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
        while not memory or time.monotonic() < until:
            cuts = [chance.randrange(1, N_TOKENS) if i % 2 else None for i in range(N_STREAMS)]
            ended = await asyncio.gather(*(one(client, n + i, cut) for i, cut in enumerate(cuts)))
            assert all(was for was, cut in zip(ended, cuts, strict=True) if cut is None)
            n += len(ended)
            whole += sum(ended)
            memory.append(resident(pid))
    for _reader, writer in idle:
        writer.close()
    return whole, n - whole, memory


def test_nothing_is_left(tiny_llama: Path) -> None:
    # What is kept of prompts in host memory is no leak, but it would hide one.
    with process(tiny_llama, "-np", "8", "--host-bytes", "0") as (server, address, lines):
        asyncio.run(rounds(address, server.pid, 0))  # what is made once is made
        before, files, memory = told(address), n_files(server.pid), resident(server.pid)
        seconds = float(os.environ.get("SOAK_SECONDS", "5"))
        whole, cut, grown = asyncio.run(rounds(address, server.pid, seconds))
        until = time.monotonic() + 20
        while (after := told(address))["llamacpp:requests_processing"] and time.monotonic() < until:
            time.sleep(0.05)
        print(f"{whole} whole, {cut} cut off; {memory} -> {grown[-1]} MB, {files} -> {n_files(server.pid)} files")
        assert after["llamacpp:requests_processing"] == after["llamacpp:requests_deferred"] == 0
        begun = after["llamacffi_queue_seconds_count"] - before["llamacffi_queue_seconds_count"]
        ended = after["llamacffi_request_seconds_count"] - before["llamacffi_request_seconds_count"]
        assert ended == begun
        assert whole <= begun <= whole + cut
        made = after["llamacpp:tokens_predicted_total"] - before["llamacpp:tokens_predicted_total"]
        assert whole * N_TOKENS <= made <= (whole + cut) * N_TOKENS
        while n_files(server.pid) > files and time.monotonic() < until:
            time.sleep(0.05)
        assert n_files(server.pid) <= files
        assert grown[-1] - memory < 16
        assert not [line for line in lines if " ERROR " in line or "Traceback" in line]

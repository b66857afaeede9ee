"""The server under load, against llama-server of the same source: tokens a second, and the wait for the first.

python benchmarks/server_load.py [--clients 8] [--requests 80] [--tokens 64] [--threads 1] [--rounds 2] [--shared]

Each client sends its next request when the last is answered. The servers take turns, A B B A, and each is started anew
for its turn. With --shared all prompts begin with one system prompt of about 1000 tokens, which is cold at first.
llama-server is built by `python build_ffi.py bench`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from llamacffi import hub

RIVAL = Path(__file__).parents[1] / "build" / "cmake" / "bin" / "llama-server"
TOPICS = ("the sea", "a ship", "an old map", "the storm", "a harbour", "two sisters", "a lighthouse", "the fog")
SYSTEM = "You are a storyteller. " + "Tell of the sea, the boats and the people by the shore, in plain words. " * 62


@dataclass
class Turn:
    """What one server did in one turn."""

    first: list[float] = field(default_factory=list)
    n_tokens: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Tokens a second."""
        return self.n_tokens / self.seconds

    @property
    def p95(self) -> float:
        """The wait for the first token that 95 of 100 stay below."""
        return statistics.quantiles(self.first, n=20)[-1]


@contextmanager
def running(command: list[str], port: int) -> Iterator[str]:
    """A server, once it is ready."""
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until and server.poll() is None:
                try:
                    if httpx.get(f"{address}/health").status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                time.sleep(0.1)
            yield address
        finally:
            server.terminate()


async def _asked(client: httpx.AsyncClient, messages: list[dict[str, str]], n: int, turn: Turn) -> None:
    begin = time.perf_counter()
    body = {
        "messages": messages,
        "max_tokens": n,
        "temperature": 0,
        "ignore_eos": True,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    is_first = True
    async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if not line.startswith("data: {"):
                continue
            if is_first and '"content":"' in line and '"content":""' not in line:
                turn.first.append(time.perf_counter() - begin)
                is_first = False
            if '"usage":{' in line:
                turn.n_tokens += json.loads(line[6:])["usage"]["completion_tokens"]


async def load(address: str, options: argparse.Namespace) -> Turn:
    """All the clients' requests."""
    turn, left = Turn(), iter(range(options.requests))

    async def one() -> None:
        # A connection a request: llama-server closes those that are kept, now and then before it has answered.
        async with httpx.AsyncClient(base_url=address, timeout=600, headers={"Connection": "close"}) as client:
            for i in left:
                said = f"Tell story number {i}, about {TOPICS[i % len(TOPICS)]}."
                system = [{"role": "system", "content": SYSTEM}] if options.shared else []
                await _asked(client, [*system, {"role": "user", "content": said}], options.tokens, turn)

    begin = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(options.clients)))
    turn.seconds = time.perf_counter() - begin
    return turn


def main() -> None:
    """Print both servers' figures, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--requests", type=int, default=80)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1, help="of A B B A")
    parser.add_argument("--model", default="smollm2-135m-instruct")
    parser.add_argument("--rival", type=Path, default=RIVAL)
    parser.add_argument("--shared", action="store_true")
    options = parser.parse_args()
    if not options.rival.exists():
        sys.exit(f"there is no {options.rival}: `python build_ffi.py bench` makes it, --rival names another")
    model, n_ctx = str(hub.resolve(options.model)), 16384 if options.shared else 8192
    flags = ["-m", model, "-c", str(n_ctx), "-np", str(options.clients), "-t", str(options.threads)]
    flags += ["-tb", str(options.threads), "--host", "127.0.0.1"]
    commands = {
        "llamacffi": [sys.executable, "-m", "llamacffi.server", *flags, "--log_level", "warning"],
        "llama-server": [str(options.rival), *flags, "--kv-unified", "--no-webui"],
    }
    turns: dict[str, list[Turn]] = {name: [] for name in commands}
    order = [*commands, *reversed(commands)] * options.rounds
    for i, name in enumerate(order):
        port = 18400 + i
        with running([*commands[name], "--port", str(port)], port) as address:
            turn = asyncio.run(load(address, options))
        turns[name].append(turn)
        print(f"{name:14} {turn.rate:8.1f} tokens/s   first token p95 {turn.p95:6.2f} s", flush=True)
    ours, theirs = turns.values()
    rates = [statistics.mean(turn.rate for turn in each) for each in (ours, theirs)]
    waits = [statistics.mean(turn.p95 for turn in each) for each in (ours, theirs)]
    print(
        f"tokens/s: {rates[0] / rates[1]:.3f} of llama-server's; first token, p95: {waits[0] / waits[1]:.3f} times its"
    )


if __name__ == "__main__":
    main()

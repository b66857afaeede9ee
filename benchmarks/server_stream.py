"""One stream: tokens a second over HTTP, beside the engine's own in this process.

python benchmarks/server_stream.py [--pairs 15] [--tokens 200] [--threads 1]

The model, the settings and the request are the same, each token is read when it comes, and the time runs from the first
to the last. They take turns.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

import httpx
from paired import interleave
from server_load import running

from llamacffi import Engine, Model, SamplingParams, hub

N_CTX = 4096
PORT = 18390
PROMPT = "Once upon a time there was a lighthouse"
MARK = 1 / 1.05


def ours(client: httpx.Client, n: int) -> float:
    """Tokens a second of the server."""
    body = {"prompt": PROMPT, "max_tokens": n, "temperature": 0, "ignore_eos": True, "stream": True}
    with client.stream("POST", "/v1/completions", json=body) as answer:
        answer.raise_for_status()
        events = (line[6:] for line in answer.iter_lines() if line.startswith("data: {"))
        times = [time.perf_counter() for event in events if json.loads(event)["choices"][0]["text"]]
    return (n - 1) / (times[-1] - times[0])


def theirs(engine: Engine, n: int) -> float:
    """Tokens a second of the engine."""
    params = SamplingParams(temperature=0, max_tokens=n, ignore_eos=True)
    times = [time.perf_counter() for chunk in engine.submit(PROMPT, params) if chunk.text]
    return (n - 1) / (times[-1] - times[0])


def main() -> int:
    """Print both, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--tokens", type=int, default=200)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--model", default="smollm2-135m-instruct")
    options = parser.parse_args()
    path, n_threads, n = str(hub.resolve(options.model)), options.threads, options.tokens
    flags = ["-m", path, "-c", str(N_CTX), "-np", "1", "-t", str(n_threads), "-tb", str(n_threads), "--port", str(PORT)]
    command = [sys.executable, "-m", "llamacffi.server", *flags, "--log_level", "warning"]
    threads = {"n_threads": n_threads, "n_threads_batch": n_threads}
    with (
        running(command, PORT) as address,
        httpx.Client(base_url=address, timeout=600) as client,
        Engine(Model(path), n_ctx=N_CTX, n_parallel=1, **threads) as engine,
    ):
        pairs = interleave(lambda: ours(client, n), lambda: theirs(engine, n), pairs=options.pairs)
    return not pairs.report("one stream over HTTP", "engine", "tokens/s", at_least=MARK)


if __name__ == "__main__":
    raise SystemExit(main())

"""A server inside a program, and what a client of OpenAI's API is streamed by it. `python server.py [MODEL]`.

Needs `pip install llamacffi[server]`; from a shell the server is `llamacffi serve MODEL`.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

import uvicorn

from llamacffi.server.app import create_app
from llamacffi.server.settings import ModelSettings, ServerSettings


@contextmanager
def serving(model: str) -> Iterator[HTTPConnection]:
    """A connection to it, while it runs in a thread beside the program's own work."""
    settings = ServerSettings(models=(ModelSettings(model=model, alias=("tiny",), n_ctx=2048, n_parallel=4),))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()
    connection = HTTPConnection(host, port)
    yield connection
    connection.close()
    server.should_exit = True
    thread.join()


def main(model: str) -> None:
    body = {
        "model": "tiny",
        "messages": [{"role": "user", "content": "Name the capital of France."}],
        "temperature": 0,
        "max_tokens": 24,
        "stream": True,
    }
    with serving(model) as connection:
        connection.request("POST", "/v1/chat/completions", json.dumps(body), {"Content-Type": "application/json"})
        for line in connection.getresponse():
            if line.startswith(b"data: {"):
                print(json.loads(line[6:])["choices"][0]["delta"].get("content") or "", end="", flush=True)
        connection.request("GET", "/v1/models")
        print(f"\nserved by {json.load(connection.getresponse())['data'][0]['id']}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

"""A server in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["process"]


@contextmanager
def process(model: Path | None, *flags: str) -> Iterator[tuple[subprocess.Popen[str], str, list[str]]]:
    """A server in a process of its own, with a model or a config: it, its address, its log's lines as they come."""
    which = [] if model is None else [str(model), "-c", "8192"]
    command = [sys.executable, "-m", "llamacffi.server", *which, "--port", "0", "-t", "1", *flags]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LLAMA", "HOST", "PORT"))}
    lines: list[str] = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stderr is not None
        found = ""
        for line in server.stderr:
            lines.append(line)
            listening = re.search(r"listening on (http://\S+)", line)
            if listening:
                found = listening[1].removesuffix('"}').rstrip('",')
                break
        assert found, "".join(lines)
        rest = threading.Thread(target=lambda: lines.extend(server.stderr or ()))
        rest.start()
        try:
            yield server, found, lines
        finally:
            server.kill()
            rest.join()

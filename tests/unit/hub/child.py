"""A Python of its own that has imported huggingface_hub, which reads its settings only then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Child", "started"]

# Each line of its input is a program; its answer is what that leaves in `result`, or the error that it ends with.
_LOOP = """
import io, json, sys, traceback
from llamacffi import hub
lines, answers, sys.stdout = sys.stdin, sys.stdout, sys.stderr
for line in lines:
    names = {"hub": hub, "result": None}
    try:
        exec(json.loads(line), names)
        answer = {"result": names["result"]}
    except Exception as error:
        answer = {"error": str(error), "type": type(error).__name__, "trace": traceback.format_exc()}
    print(json.dumps(answer, default=str), file=answers, flush=True)
"""


class Child:
    """Runs programs in another process, one after another."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, program: str, **names: Any) -> Any:
        """What a program leaves in `result`, as JSON tells it; `names` are set before. An error is a RuntimeError."""
        answer = self._answer(program, names)
        if "error" in answer:
            raise RuntimeError(answer["trace"])
        return answer["result"]

    def error(self, program: str, **names: Any) -> tuple[str, str]:
        """The type and the text of the error that a program ends with."""
        answer = self._answer(program, names)
        return answer["type"], answer["error"]

    def _answer(self, program: str, names: dict[str, Any]) -> dict[str, Any]:
        given = "".join(f"{name} = {value!r}\n" for name, value in names.items())
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(given + program) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the child is gone"
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def started(**environment: str) -> Iterator[Child]:
    """A child with these settings, until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-c", _LOOP],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Child(process)
        assert process.stdin is not None
        process.stdin.close()

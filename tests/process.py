"""Python code in a process of its own, where a crash is seen and nothing was imported before."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

__all__ = ["run_python"]


def run_python(
    code: str, *arguments: str, text: str | None = None, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run `code` with this process's import path; the caller looks at `returncode`, `stdout` and `stderr`.

    `text` is what it finds on stdin.
    """
    # Elsewhere than in the source tree, which Python would otherwise put before the package that is installed.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "GGML_NO_BACKTRACE": "1"}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tempfile.gettempdir(),
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )

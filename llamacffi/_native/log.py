"""The log lines of llama.cpp, ggml and mtmd, as records of `logging.getLogger("llamacffi")`."""

from __future__ import annotations

import atexit
import logging
from typing import Any

from llamacffi._native import callbacks
from llamacffi._native.binding import ffi, lib

__all__ = ["install", "logger"]

logger = logging.getLogger("llamacffi")
# Without a handler of its own Python would print warnings to stderr by itself.
logger.addHandler(logging.NullHandler())

_LEVELS = {
    lib.GGML_LOG_LEVEL_DEBUG: logging.DEBUG,
    lib.GGML_LOG_LEVEL_INFO: logging.INFO,
    lib.GGML_LOG_LEVEL_WARN: logging.WARNING,
    lib.GGML_LOG_LEVEL_ERROR: logging.ERROR,
}
# What it calls errors when a decode was given up because somebody asked for that: GGML_STATUS_ABORTED, and 2.
_ABORTED = ("graph_compute_async failed with error 1", "compute status: 1", "code, ret = 2")


# Logging handlers keep their own failures; what comes out here is a signal handler's exception, Ctrl-C above all.
@ffi.def_extern(name="cb_lcffi_log_line_t", onerror=callbacks.defer)
def _line(level: int, text: Any) -> None:
    at = _LEVELS.get(level, logging.INFO)
    if logger.isEnabledFor(at):
        line = ffi.string(text).decode("utf-8", "replace")
        logger.log(logging.DEBUG if line.endswith(_ABORTED) else at, "%s", line)


def install() -> None:
    """Send llama.cpp's log lines to `logger` until the interpreter exits."""
    lib.lcffi_log_install(lib.cb_lcffi_log_line_t)
    # A line logged by a thread of C's after Python has gone would enter an interpreter that is not there.
    atexit.register(lib.lcffi_log_install, ffi.NULL)

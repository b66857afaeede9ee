"""`llama_cpp._logger`: how much of llama.cpp's log is seen.

llama.cpp's lines go to the logger "llamacffi" by their levels; this module only shows them or not.
"""

from __future__ import annotations

import logging

from llamacffi._native.ctypes_llama import (
    GGML_LOG_LEVEL_CONT,
    GGML_LOG_LEVEL_DEBUG,
    GGML_LOG_LEVEL_ERROR,
    GGML_LOG_LEVEL_INFO,
    GGML_LOG_LEVEL_NONE,
    GGML_LOG_LEVEL_WARN,
    ggml_log_callback,
)
from llamacffi.llama.logs import show

__all__ = ["GGML_LOG_LEVEL_TO_LOGGING_LEVEL", "llama_log_callback", "logger", "set_verbose"]

GGML_LOG_LEVEL_TO_LOGGING_LEVEL = {
    GGML_LOG_LEVEL_NONE: logging.CRITICAL,
    GGML_LOG_LEVEL_DEBUG: logging.DEBUG,
    GGML_LOG_LEVEL_INFO: logging.INFO,
    GGML_LOG_LEVEL_WARN: logging.WARNING,
    GGML_LOG_LEVEL_ERROR: logging.ERROR,
    GGML_LOG_LEVEL_CONT: logging.DEBUG,
}
"""ggml.h's levels as logging's: in ggml.h DEBUG is 1 and ERROR 4."""

logger = logging.getLogger("llamacffi")


@ggml_log_callback  # type: ignore[untyped-decorator]
def llama_log_callback(level: int, text: bytes, _user_data: object) -> None:
    """Log a line: for who gives it to llama_log_set again after another callback."""
    kind = GGML_LOG_LEVEL_TO_LOGGING_LEVEL.get(level, logging.DEBUG)
    logger.log(kind, "%s", text.decode("utf-8", "replace").rstrip("\n"))


def set_verbose(verbose: bool) -> None:  # noqa: FBT001 - as it is called
    """Show the lines from INFO on, or errors alone, on stderr."""
    show(verbose=verbose)

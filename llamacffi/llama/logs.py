"""What of llama.cpp's log a user sees who has not set up logging."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, TextIO

__all__ = ["show"]

_logger = logging.getLogger("llamacffi")


if TYPE_CHECKING:
    _StreamHandler = logging.StreamHandler[TextIO]
else:
    _StreamHandler = logging.StreamHandler  # takes no type before Python 3.11


class _ToStderr(_StreamHandler):
    """Writes to whatever sys.stderr is at that moment."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        if sys.stderr is not None:  # as in a program without a console
            self.stream = sys.stderr
            super().emit(record)


_handler: _ToStderr | None = None


def show(*, verbose: bool) -> None:
    """Let the lines of the logger "llamacffi" be seen on stderr: all from INFO on, or errors alone.

    Where the program has handlers of its own for that logger or the root's, they show what they are set to, and
    nothing is added; `verbose` then makes sure that the logger lets INFO through.
    """
    global _handler  # noqa: PLW0603 - there is one stderr
    if verbose and not _logger.isEnabledFor(logging.INFO):
        _logger.setLevel(logging.INFO)
    if _handler is None:
        if _handled():
            return
        _handler = _ToStderr()
        _logger.addHandler(_handler)
    _handler.setLevel(logging.INFO if verbose else logging.ERROR)


def _handled() -> bool:
    """Whether the program has set up logging."""
    handlers = [*_logger.handlers, *logging.getLogger().handlers]
    return any(not isinstance(one, (logging.NullHandler, _ToStderr)) for one in handlers)

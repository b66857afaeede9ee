"""llama.cpp's log lines in Python's logging."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacffi import Model
from tests.capabilities import needs
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Iterator


class Keep(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def kept() -> Iterator[list[logging.LogRecord]]:
    logger = logging.getLogger("llamacffi")
    handler, level = Keep(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler.records
    logger.removeHandler(handler)
    logger.setLevel(level)


@needs("a warning of a context that is not divided evenly")
def test_lines_come_whole_and_by_level(tiny_llama: Path, kept: list[logging.LogRecord]) -> None:
    with Model(tiny_llama) as model:
        info = [record.getMessage() for record in kept if record.levelno == logging.INFO]
        # llama.cpp's own account of what the test's fabricator wrote.
        assert any("n_layer" in line and line.endswith("= 4") for line in info)
        assert all("\n" not in line for line in info)
        kept.clear()
        with model.context(n_ctx=256, n_seq_max=3):
            pass
    warnings = [record.getMessage() for record in kept if record.levelno == logging.WARNING]
    assert any("n_ctx is not divisible by n_seq_max" in line for line in warnings)


def test_nothing_is_printed_by_default(tiny_llama: Path) -> None:
    code = f"import llamacffi; llamacffi.Model({str(tiny_llama)!r}).context(n_ctx=256, n_seq_max=3)"
    run = run_python(code)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_a_handler_that_fails_stops_nothing(tiny_llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            try:
                _ = 1 // 0
            except ZeroDivisionError:
                self.handleError(record)

    monkeypatch.setattr(logging, "raiseExceptions", False)
    logger = logging.getLogger("llamacffi")
    handler = Broken()
    logger.addHandler(handler)
    try:
        with Model(tiny_llama) as model:
            assert model.n_layer == 4
    finally:
        logger.removeHandler(handler)


def test_a_signal_that_comes_while_a_line_is_logged_is_not_lost(tiny_llama: Path) -> None:
    class Interrupting(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise KeyboardInterrupt

    logger = logging.getLogger("llamacffi")
    handler, level = Interrupting(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with pytest.raises(KeyboardInterrupt):
            Model(tiny_llama)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)

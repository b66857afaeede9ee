"""How a download is told of: by a function, or by a bar on a terminal."""

from __future__ import annotations

import io
import re
import sys

import pytest

from llamacffi.hub import progress
from llamacffi.hub.progress import telling
from tests.unit.hub.shop import Shop


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    return now


def test_a_bar(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with telling(True, "tiny") as told:
        assert told is not None
        for done in range(0, 6_000_001, 1_000_000):
            told(done, 6_000_000)
            clock[0] += 0.06
    lines = [line.strip() for line in terminal.getvalue().split("\r") if line]
    # Ten times a second at most, and the end always.
    assert lines == [
        "tiny [..............................] 0/6 MB",
        "tiny [##########....................] 2/6 MB 16.7 MB/s",
        "tiny [####################..........] 4/6 MB 16.7 MB/s",
        "tiny [##############################] 6/6 MB 16.7 MB/s",
    ]
    assert terminal.getvalue().endswith("\n")


def test_a_bar_ends_with_its_line_when_the_download_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())

    def fail() -> None:
        with telling(True, "tiny") as told:
            assert told is not None
            told(1, 2)
            raise OSError("away")

    with pytest.raises(OSError, match="away"):
        fail()
    assert terminal.getvalue().endswith("\n")


def test_what_is_there_shows_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with telling(True, "tiny"):
        pass
    assert terminal.getvalue() == ""


def test_without_a_terminal_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with telling(True, "tiny") as told:
        assert told is None
    with telling(False, "tiny") as told:
        assert told is None


def test_a_function_stays_what_it_is() -> None:
    def mine(done: int, total: int) -> None: ...

    with telling(mine, "tiny") as told:
        assert told is mine


def test_a_model_that_is_pulled_draws_one(shop: Shop, served: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from llamacffi import hub

    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    assert hub.resolve("tiny", progress=True) == shop.target
    assert re.search(r"tiny \[#{30}\] 2/2 MB", terminal.getvalue())

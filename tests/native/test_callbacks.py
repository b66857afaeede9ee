"""Python inside a native call, without a model: the checks that llama.cpp would make are made by hand."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

import pytest

from llamacffi import lib
from llamacffi._native import Interrupt
from llamacffi._native.callbacks import deferred


def wait(interrupt: Interrupt, seconds: float) -> float:
    """Check as a graph does, in C, until told to stop; returns how long that took."""
    begin = time.perf_counter()
    while not lib.lcffi_interrupt_abort(interrupt.c):
        if time.perf_counter() - begin > seconds:
            break
    return time.perf_counter() - begin


def test_stop_reaches_a_running_call_only() -> None:
    interrupt = Interrupt()
    interrupt.stop()
    with interrupt:
        assert not lib.lcffi_interrupt_abort(interrupt.c)
        interrupt.stop()
        assert lib.lcffi_interrupt_abort(interrupt.c)
    with interrupt:
        assert not lib.lcffi_interrupt_abort(interrupt.c)


def test_stop_from_another_thread() -> None:
    interrupt = Interrupt()
    timer = threading.Timer(0.05, interrupt.stop)
    with interrupt:
        timer.start()
        assert wait(interrupt, 10) < 5
    timer.join()


def test_progress_is_told_and_its_exception_comes_out() -> None:
    seen: list[float] = []

    def progress(fraction: float) -> None:
        seen.append(fraction)
        if fraction == 1:
            raise OSError("disk full")

    def load(interrupt: Interrupt) -> None:
        with interrupt:
            assert lib.lcffi_interrupt_progress(0.0, interrupt.c)
            assert not interrupt.raised
            assert not lib.lcffi_interrupt_progress(1.0, interrupt.c)
            assert interrupt.raised

    with pytest.raises(OSError, match="disk full"):
        load(Interrupt(progress))
    assert seen == [0.0, 1.0]
    assert deferred == {}


def test_polls_come_every_twenty_milliseconds() -> None:
    times: list[float] = []
    interrupt = Interrupt(lambda _fraction: times.append(time.perf_counter()))
    begin = time.perf_counter()
    with interrupt:
        while len(times) < 5 and time.perf_counter() < begin + 30:  # a busy machine may take its time
            wait(interrupt, 0.25)
    assert 5 <= len(times) <= 5 + 0.25 / 0.0195
    assert min(b - a for a, b in itertools.pairwise(times)) >= 0.0195


def test_off_the_main_thread_python_is_not_entered() -> None:
    result: dict[str, Any] = {}

    def work() -> None:
        interrupt = Interrupt()
        with interrupt:
            result["poll_every"] = interrupt.c.poll_every
            result["stopped"] = wait(interrupt, 0.05)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert result["poll_every"] == 0
    assert result["stopped"] >= 0.05


def test_progress_works_off_the_main_thread() -> None:
    seen: list[float] = []

    def work() -> None:
        with Interrupt(seen.append) as interrupt:
            lib.lcffi_interrupt_progress(0.0, interrupt.c)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [0.0]


def test_it_is_no_reference_cycle() -> None:
    import gc
    import weakref

    gc.disable()
    try:
        interrupt = Interrupt(print)
        gone = weakref.ref(interrupt)
        with interrupt:
            pass
        del interrupt
        assert gone() is None
    finally:
        gc.enable()

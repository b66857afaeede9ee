"""Work that nobody waits for."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import llamacffi
from llamacffi.engine.background import Background

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(llamacffi.__file__).parents[1])}


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_after_the_other() -> None:
    background, done, go = Background(), [], threading.Event()
    background.do(go.wait, "")
    for i in range(20):
        background.do(lambda i=i: done.append(i), "")  # type: ignore[misc]
    assert background.n_waiting == 21
    assert done == []
    go.set()
    background.wait()
    assert done == list(range(20))
    assert background.n_waiting == 0
    assert background._thread is None


def test_what_a_job_raises(caplog: pytest.LogCaptureFixture) -> None:
    background, done = Background(), []
    with caplog.at_level(logging.WARNING, "llamacffi"):
        background.do(lambda: dict[str, int]()["key"], "no key")
        background.do(lambda: done.append(1), "")
        background.wait()
    assert done == [1]
    assert "no key: 'key'" in caplog.text


def test_a_job_may_hand_in_another() -> None:
    background, done = Background(), []

    def first() -> None:
        background.do(lambda: done.append(2), "")
        background.wait()  # for itself: it does not
        done.append(1)

    background.do(first, "")
    background.wait()
    assert done == [1, 2]


def test_the_process_ends_when_all_is_done() -> None:
    code = """
import time
from llamacffi.engine.background import Background
background = Background()
background.do(lambda: time.sleep(0.3), "")
background.do(lambda: print("done"), "")
"""
    assert run(code) == "done\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_child_of_fork_begins_anew() -> None:
    code = """
import os, threading
from llamacffi.engine.background import Background
background, go = Background(), threading.Event()
background.do(go.wait, "")
background.do(lambda: print("parent", flush=True), "")
background.lock.acquire()  # as a job may at any time
pid = os.fork()
if pid == 0:
    assert background.n_waiting == 0
    background.do(lambda: print("child", flush=True), "")
    background.wait()
    os._exit(0)
background.lock.release()
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
go.set()
"""
    assert run(code) == "child\nparent\n"

"""How the threads of a context run, and that they rest when there is nothing to do."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import ThreadPoolParams
from tests.batches import filled
from tests.models.exact import EXACT, TOKENS
from tests.models.reference import llama_logits, read_weights
from tests.process import run_python

if TYPE_CHECKING:
    from llamacffi import Model

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and asks for CPUs")
CPUS = tuple(sorted(os.sched_getaffinity(0)))[:2] if sys.platform == "linux" else ()
two_cpus = pytest.mark.skipif(len(CPUS) < 2, reason="wants two CPUs")


def tasks() -> set[int]:
    """The threads of this process."""
    return {int(task.name) for task in Path("/proc/self/task").iterdir()}


def check_ended(before: set[int]) -> None:
    """A thread that was joined is in /proc for a moment longer."""
    until = time.monotonic() + 30
    while not tasks() <= before:
        assert time.monotonic() < until
        time.sleep(0.001)


@pytest.fixture(scope="module")
def expected(tiny_llama: Path) -> np.ndarray[Any, Any]:
    return llama_logits(read_weights(tiny_llama), TOKENS)


@pytest.mark.parametrize(
    "params",
    [
        ThreadPoolParams(poll=0),
        ThreadPoolParams(prio="low", poll=1),
        ThreadPoolParams(prio=0),
        pytest.param(ThreadPoolParams(cpumask=CPUS), marks=two_cpus),
        pytest.param(ThreadPoolParams(cpumask=CPUS, strict_cpu=True), marks=two_cpus),
    ],
    ids=repr,
)
def test_the_result_is_the_same(model: Model, expected: np.ndarray[Any, Any], params: ThreadPoolParams) -> None:
    with model.context(n_ctx=256, n_threads=2, n_threads_batch=1, threadpool=params, **EXACT) as context:
        context.decode(filled(TOKENS[:-1]))
        context.decode(filled(TOKENS[-1:], len(TOKENS) - 1))
        np.testing.assert_allclose(context.logits(), expected[-1], atol=1e-4)


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"poll": 101}, ValueError, "poll must be from 0 to 100, not 101"),
        ({"poll": -1}, ValueError, "poll must be from 0 to 100"),
        ({"poll": "much"}, TypeError, "poll must be an integer"),
        ({"prio": "urgent"}, ValueError, "prio must be one of 'low', 'normal', 'medium', 'high', 'realtime'"),
        ({"cpumask": (512,)}, ValueError, "a CPU in cpumask must be from 0 to 511, not 512"),
        ({"cpumask": ("0",)}, TypeError, "a CPU in cpumask must be an integer"),
        pytest.param({"cpumask": (511,)}, ValueError, "cpumask has CPU 511; this process may use", marks=linux),
        ({"strict_cpu": 1}, TypeError, "strict_cpu must be True or False"),
        ({"n_threads": 2}, TypeError, "n_threads"),
        ({"cpumask": 1}, TypeError, "cpumask must be the numbers of some CPUs, not 1"),
        ({"prio": 4}, ValueError, "prio must be one of"),
        ({"poll": 2**40}, ValueError, "poll must be from 0 to 100"),
    ],
)
def test_what_is_refused(options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        ThreadPoolParams(**options)


@linux
def test_a_priority_that_the_system_refuses(tiny_llama: Path) -> None:
    code = f"""
import os
from llamacffi import *
model = Model({str(tiny_llama)!r})
if os.getuid() == 0:
    os.setuid(65534)
try:
    model.context(n_ctx=256, n_threads=2, threadpool=ThreadPoolParams(prio="high"))
except ContextError as error:
    print(error)
print(os.sched_getscheduler(0) == os.SCHED_OTHER)
"""
    run = run_python(code)
    assert (run.returncode, run.stderr) == (0, "")
    assert "prio above normal is refused by the system" in run.stdout or run.stdout == "True\n"
    assert run.stdout.endswith("True\n")


@linux
def test_threads_that_would_wait_for_each_other_on_one_cpu(model: Model) -> None:
    """At every node of the graph for a time slice: a token took 9 seconds in place of 30 milliseconds."""
    one = ThreadPoolParams(cpumask=CPUS[:1])
    with pytest.raises(ValueError, match=r"2 threads on the 1 CPUs of cpumask=\(\d+,\)"):
        model.context(n_ctx=256, n_threads=2, threadpool=one)
    with model.context(n_ctx=256, threadpool=one) as context:
        assert (context.n_threads, context.n_threads_batch) == (1, 1)
        with pytest.raises(ValueError, match="2 threads on the 1 CPUs"):
            context.set_threads(1, 2)
        context.decode(filled(TOKENS))
        assert (context.n_threads, context.n_threads_batch) == (1, 1)
    with pytest.raises(TypeError, match="threadpool must be a ThreadPoolParams, not 5"):
        model.context(n_ctx=256, threadpool=5)  # type: ignore[arg-type]


@two_cpus
def test_the_threads_keep_to_their_cpus_and_the_caller_to_its_own(model: Model) -> None:
    own = os.sched_getaffinity(0)
    before = tasks()
    params = ThreadPoolParams(cpumask=CPUS, strict_cpu=True, prio="low")
    with model.context(n_ctx=256, n_threads=2, n_threads_batch=1, threadpool=params) as context:
        context.decode(filled(TOKENS))
        context.decode(filled([5], len(TOKENS)))
        threads = tasks() - before
        assert len(threads) == 1  # the thread that decodes is the second, and the only one
        for thread in threads:
            assert len(os.sched_getaffinity(thread)) == 1
            assert os.sched_getaffinity(thread) <= set(CPUS)
            assert os.sched_getscheduler(thread) == os.SCHED_BATCH
    assert os.sched_getaffinity(0) == own
    assert os.sched_getscheduler(0) == os.SCHED_OTHER
    check_ended(before)


@linux
def test_set_threads(model: Model, expected: np.ndarray[Any, Any]) -> None:
    before = tasks()  # one that another test has left may end meanwhile
    with model.context(n_ctx=256, n_threads=1, **EXACT) as context:
        for round_, (n_threads, n_threads_batch) in enumerate([(2, None), (1, 2), (1, 1), (2, 3)]):
            context.set_threads(n_threads, n_threads_batch)
            assert (context.n_threads, context.n_threads_batch) == (n_threads, n_threads_batch or n_threads)
            context.memory.clear()
            context.decode(filled(TOKENS[:-1]))
            if round_ % 2:
                context.pause_threads()
            context.decode(filled(TOKENS[-1:], len(TOKENS) - 1))
            np.testing.assert_allclose(context.logits(), expected[-1], atol=1e-4)
        for wrong in (0, 513, -1):
            with pytest.raises(ValueError, match=f"n_threads must be from 1 to 512, not {wrong}"):
                context.set_threads(wrong)
            with pytest.raises(ValueError, match="n_threads_batch must be from 1 to 512"):
                context.set_threads(1, wrong)
        assert context.n_threads == 2
        assert len(tasks() - before) == 1 + 2  # one pool for each number
    check_ended(before)


@linux
def test_threads_that_have_nothing_to_do_take_no_time(tiny_llama: Path) -> None:
    code = f"""
import time
from llamacffi import *
model = Model({str(tiny_llama)!r})
batch = Batch(1)
def idle(seconds):
    begin = time.process_time()
    time.sleep(seconds)
    return time.process_time() - begin
for params, pause in ((ThreadPoolParams(poll=0), False), (ThreadPoolParams(poll=100), True), (None, False)):
    context = model.context(n_ctx=256, n_threads=2, **({{}} if params is None else {{"threadpool": params}}))
    for pos in range(20):
        batch.clear()
        batch.add(5, pos, output=True)
        context.decode(batch)
    if pause:
        context.pause_threads()
    elif params is None:
        time.sleep(2)  # by default they look for work for a while
    time.sleep(0.02)
    print(idle(0.5))
    context.close()
"""
    run = run_python(code)
    assert (run.returncode, run.stderr) == (0, "")
    assert [float(line) < 0.02 for line in run.stdout.split()] == [True] * 3, run.stdout

"""A thousand models, contexts and samplers made and dropped, each way of dropping them, in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.process import run_python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# `order` says in which order the native objects were freed; a wrong one is counted, a crash is the exit status.
PROGRAM = """
import gc, sys
from llamacffi import Greedy, Model, SamplerChain, lib
from llamacffi._native import handle

path, way, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
freed = []
destroy = handle._destroy

def watch(free, forks, owners, ptr):
    destroy(free, forks, owners, ptr)
    functions = free, *getattr(free, "args", ())  # a partial that calls the C function
    names = {lib.llama_model_free: "model", lib.llama_sampler_free: "sampler"}
    freed.append(next((name for function, name in names.items() if function in functions), "context"))

handle._destroy = watch

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4

def threads():
    import os
    return len(os.listdir("/proc/self/task"))

def once():
    model = Model(path)
    context = model.context(n_ctx=256, n_threads=2)
    chain = SamplerChain(Greedy(), vocab=model.vocab)
    if way == "close":
        model.close()
    elif way == "backwards":
        chain.close(), context.close(), model.close()
    elif way == "cycle":
        things = [model, context, chain]
        things.append(things)
        model.things = context.things = chain.things = things
    elif way == "exception":
        try:
            raise ValueError
        except ValueError as error:
            kept = error  # the frame holds the error, and the error the frame

wrong = 0
sizes = []
for i in range(n):
    once()
    if way in ("cycle", "exception"):
        gc.collect()
    wrong += sorted(freed) != ["context", "model", "sampler"] or freed[-1] != "model"
    freed.clear()
    if i in (n // 3, n - 1):
        gc.collect()
        sizes.append((resident(), threads()))
print(wrong, sizes[1][0] - sizes[0][0], sizes[1][1] - sizes[0][1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("way", ["drop", "close", "backwards", "cycle", "exception"])
def test_a_thousand_times(tiny_llama: Path, way: str) -> None:
    run = run_python(PROGRAM, str(tiny_llama), way, "1000", timeout=600)
    assert (run.returncode, run.stderr) == (0, "")
    wrong, grown, threads = map(int, run.stdout.split())
    assert wrong == 0
    assert threads == 0
    # 667 rounds of a model of 850 KiB: a leak of any of the three would be hundreds of MiB.
    assert grown < 8 * 1024, f"grew by {grown} KiB"


@pytest.mark.parametrize("ending", ["pass", "sys.exit(0)", "raise SystemExit(0)", "keep.append(keep)"])
def test_the_end_of_the_process(tiny_llama: Path, ending: str) -> None:
    code = f"""
import sys
from llamacffi import Batch, Greedy, Model, SamplerChain
keep = [model := Model({str(tiny_llama)!r}), model.context(n_ctx=256, n_threads=2), SamplerChain(Greedy())]
batch = Batch(1)
batch.add(5, 0)
keep[1].decode(batch)
{ending}
"""
    run = run_python(code)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_the_end_of_the_process_while_a_thread_decodes(tiny_llama: Path) -> None:
    code = f"""
import threading, time
from llamacffi import Batch, Model
model = Model({str(tiny_llama)!r})
context = model.context(n_ctx=256, n_threads=1)
batch = Batch(200)
batch.extend([5] * 200)

def work():
    while True:
        context.memory.clear()
        context.decode(batch)

threading.excepthook = lambda _: None  # a thread that has just missed its objects may print when stderr is gone
threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
"""
    for _ in range(5):
        run = run_python(code)
        assert (run.returncode, run.stderr) == (0, "")


WORK = {
    "load": "Model(path, progress=lambda _: time.sleep(0.0005)).close()",
    "log": "Model(path).close()",
    "generate": "generate(Sequence(model.context(n_ctx=256, n_threads=1)), [5], SamplingParams(max_tokens=100))",
}


@pytest.mark.parametrize("work", WORK)
def test_the_end_of_the_process_while_daemon_threads_are_in_c(tiny_llama: Path, work: str) -> None:
    code = f"""
import logging, os, sys, threading, time
from llamacffi import Model, SamplingParams, Sequence, generate
path = {str(tiny_llama)!r}
model = Model(path)
if {work!r} == "log":
    logging.basicConfig(filename=os.devnull, level=logging.DEBUG)

def work():
    while True:
        {WORK[work]}

threading.excepthook = lambda _: None
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
"""
    for _ in range(3):
        run = run_python(code)
        assert (run.returncode, run.stderr) == (0, "")

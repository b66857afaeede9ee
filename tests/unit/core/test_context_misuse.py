"""Whatever is done to a context and its batches ends in a Python exception; each family in a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.models import write_bert, write_mamba, write_t5
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = """
import gc, sys, threading
import numpy as np
from llamacffi import *
from tests.capabilities import has
model = Model(sys.argv[1])
def filled(tokens, pos0=0, seq_id=0, output=True, room=64, **options):
    batch = Batch(room, **options)
    batch.extend(tokens, pos0, seq_id, output=output)
    return batch
def embedded(n, n_embd=None, pos0=0, seq_id=0):
    batch = Batch(max(n, 1), n_embd=n_embd or lib.llama_model_n_embd_inp(model.ptr))
    batch.extend_embeddings(np.ones((n, batch.n_embd)), pos0, seq_id)
    return batch
def each(*attempts):
    for attempt in attempts:
        try:
            attempt()
        except Exception as error:
            print(type(error).__name__, flush=True)
        else:
            print("nothing raised", flush=True)
"""


def outcome(code: str, path: Path) -> list[str]:
    run = run_python(START + code, str(path))
    assert (run.returncode, run.stderr) == (0, ""), run
    return run.stdout.split("\n")[:-1]


def test_filling_a_batch(tiny_llama: Path) -> None:
    code = """
batch = Batch(8, n_seq_max=2)
rows = Batch(8, n_embd=4)
each(
    lambda: batch.add(-1, 0),
    lambda: batch.add(2**31, 0),
    lambda: batch.add(5, -1),
    lambda: batch.add(5, 2**31),
    lambda: batch.add(5, 0, -1),
    lambda: batch.add(5, 0, [0, 1, 2]),
    lambda: batch.add(5, 0, []),
    lambda: batch.add(5, 0, [2**40]),
    lambda: batch.extend([1.5]),
    lambda: batch.extend(np.ones(3)),
    lambda: batch.extend(np.ones((2, 2), int)),
    lambda: batch.extend([5] * 9),
    lambda: batch.extend([5, 6], -1),
    lambda: batch.extend([5, 6], 2**31 - 1),
    lambda: batch.extend([5, 6], 0, -1),
    lambda: batch.extend([5], output="some"),
    lambda: batch.extend([5], output=[]),
    lambda: batch.extend(np.array([2**40])),
    lambda: batch.extend("ab"),
    lambda: batch.extend([None]),
    lambda: rows.extend_embeddings(np.ones((1, 4)), -5),
    lambda: rows.extend_embeddings(np.ones((2, 4)), 2**31 - 1),
    lambda: rows.extend_embeddings(np.ones((1, 4)), 0, -1),
    lambda: rows.extend_embeddings(np.ones((1, 4)), 0, 0, output="some"),
    lambda: rows.extend_embeddings(np.ones((9, 4))),
    lambda: rows.extend_embeddings(None),
    lambda: rows.extend_embeddings([[1.0] * 4, [1.0] * 3]),
    lambda: Batch(8, n_embd=-1),
    lambda: Batch(8, n_embd=2**40),
    lambda: Batch(2**24, n_embd=2**31 - 1),
)
print(len(batch), len(rows))
rows.extend_embeddings(np.ones((4, 8), np.float64)[::2, ::2])  # strides
rows.extend_embeddings(np.ones((4, 1), np.float16).T)
print(rows.embeddings.sum())
"""
    lines = outcome(code, tiny_llama)
    assert "nothing raised" not in lines
    assert lines[-2:] == ["0 0", "12.0"]


def test_decoding(tiny_llama: Path) -> None:
    code = """
context = model.context(n_ctx=256, n_batch=32, n_ubatch=8, n_seq_max=2, kv_unified=True, n_outputs_max=4, n_threads=1)
def gap():
    batch = filled([5, 6])
    batch.add(7, 5)
    context.decode(batch)
def back():
    batch = filled([5, 6])
    batch.add(7, 0)
    context.decode(batch)
def nan():
    batch = Batch(1, n_embd=lib.llama_model_n_embd_inp(model.ptr))
    batch.extend_embeddings(np.full((1, batch.n_embd), np.nan, np.float32), 1)
    context.decode(batch)
    SamplerChain(Dist(1)).sample(context)
context.decode(filled([5]))
each(
    lambda: context.decode(Batch(1)),
    lambda: context.decode(filled([5], 9)),
    lambda: context.decode(filled([5], 0)),
    gap,
    back,
    lambda: context.decode(filled([5], 0, 2)),
    lambda: context.decode(filled([5] * 33, 1)),
    lambda: context.decode(filled([5] * 5, 1, output="all")),
    lambda: context.decode(filled([10**6], 1)),
    lambda: context.decode(embedded(1, 7, 1)),
    lambda: context.decode(embedded(33, None, 1)),
    lambda: context.decode(embedded(1, None, 9)),
    lambda: context.decode(embedded(1, None, 0, 2)),
    nan,
    lambda: context.encode(filled([5], 1)),
    lambda: context.decode(None),
    lambda: context.decode([5]),
    lambda: context.logits("0"),
    lambda: context.logits(2**40),
    lambda: context.logits(-(2**31)),
    lambda: context.logits_view(5),
    lambda: context.embeddings_view(),
    lambda: context.embeddings_seq(2**31 - 1),
    lambda: context.sampled(),
    lambda: context.sampled(2**31 - 1),
    lambda: context.set_sampler(5, None),
    lambda: context.set_sampler(-1, SamplerChain(Greedy())),
    lambda: context.set_sampler("0", None),
    lambda: context.set_threads(0),
    lambda: context.set_threads(1, 600),
    lambda: context.set_embeddings("yes"),
    lambda: context.set_causal_attn(None),
    lambda: context.warm_up(),
    lambda: context.warm_up(n_outputs=-1),
    lambda: model.context(samplers={0: None}),
    lambda: model.context(samplers=[SamplerChain(Greedy())]),
    lambda: model.context(cb_eval="print"),
    lambda: model.context(threadpool=5),
)
context.memory.clear()
each(
    lambda: context.warm_up(n_outputs=5),  # more than n_outputs_max
    lambda: context.warm_up(n_outputs=33),
)
context.set_causal_attn(False)
each(lambda: context.decode(filled([5] * 9)))
context.set_causal_attn(True)
context.decode(filled([5] * 9))
print(context.logits().shape)
context.close()
each(
    lambda: context.decode(filled([5])),
    lambda: context.logits_view(),
    lambda: context.warm_up(),
    lambda: context.set_threads(2),
    lambda: context.pause_threads(),
    lambda: context.performance,
    lambda: context.reset_performance(),
    lambda: context.set_embeddings(True),
    lambda: context.causal_attn,
    lambda: context.synchronize(),
    lambda: context.set_sampler(0, SamplerChain(Greedy())),
    lambda: context.sampled(),
)
"""
    lines = outcome(code, tiny_llama)
    assert "nothing raised" not in lines
    assert "(512,)" in lines
    assert lines[-11:] == ["ClosedError"] * 10 + ["ContextError"]


def test_threads(tiny_llama: Path) -> None:
    code = """
context = model.context(n_ctx=4096, n_threads=1, n_seq_max=4, kv_unified=True)
errors = []
def decode(seq_id):
    try:
        for pos in range(100):
            context.decode(filled([5], pos, seq_id))
            context.logits_view()
            if pos % 20 == seq_id:
                context.set_threads(1 + (pos == 20), 1)
                context.pause_threads()
    except Exception as error:
        errors.append(repr(error))
threads = [threading.Thread(target=decode, args=(seq_id,)) for seq_id in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(errors, [context.memory.pos_max(seq_id) for seq_id in range(4)])
for _ in range(5):
    context = model.context(n_ctx=4096, n_threads=1, samplers={0: SamplerChain(TopK(5), Dist(1))})
    closed = []
    def run():
        try:
            for pos in range(1000):
                context.decode(filled([5], pos))
                context.sampled()
        except ClosedError:
            closed.append(True)
    thread = threading.Thread(target=run)
    thread.start()
    context.close()
    thread.join()
    print(closed)
"""
    assert outcome(code, tiny_llama) == ["[] [99, 99, 99, 99]", *["[True]"] * 5]


@pytest.mark.parametrize("write", [write_bert, write_t5, write_mamba])
def test_other_models(write: Callable[[Path], Path], tmp_path: Path) -> None:
    path = write(tmp_path / "model.gguf")
    code = """
def attempt(what, do):
    try:
        print(what, do())
    except LlamaError as error:
        print(what, type(error).__name__)
    except ValueError as error:
        print(what, type(error).__name__)
for options in ({}, {"embeddings": True}, {"embeddings": True, "pooling_type": "mean"}, {"pooling_type": "rank"}):
    for samplers in (False, True):
        chain = SamplerChain(TopK(3), Penalties(last_n=100_000, repeat=1.5), Dist(1), vocab=model.vocab)
        more = {"samplers": {0: chain}} if samplers else {}
        if samplers and has("n_outputs_max_per_seq"):
            more["n_outputs_max_per_seq"] = 1
        try:
            context = model.context(n_ctx=256, n_threads=1, **options, **more)
        except ContextError as error:
            print("refused")
            continue
        attempt("warm", context.warm_up)
        attempt("warm", lambda: context.warm_up(n_outputs=3))
        for make in (lambda pos: filled([5, 6], pos), lambda pos: embedded(2, None, pos)):
            for pos in (0, 2):
                attempt("encode", lambda: context.encode(make(pos)))
                attempt("decode", lambda: context.decode(make(pos)))
                attempt("logits", lambda: context.logits().shape)
                attempt("view", lambda: context.logits_view(None).shape)
                attempt("embeddings", lambda: context.embeddings_view().shape)
                attempt("sampled", lambda: context.sampled().token)
                attempt("sample", lambda: chain.sample(context))
        for value in (True, False):
            attempt("set", lambda: context.set_embeddings(value))
            attempt("causal", lambda: context.set_causal_attn(value))
            attempt("set", lambda: context.set_sampler(0, SamplerChain(Dist(3))))
            attempt("decode", lambda: context.decode(filled([5, 6], 4)))
            attempt("embeddings", lambda: context.embeddings().shape)
            attempt("sampled", lambda: context.sampled().token)
        gc.collect()
print("alive")
"""
    lines = outcome(code, path)
    assert lines[-1] == "alive"
    assert not [line for line in lines if "NativeError" in line]
    assert {"encode None" if write is write_bert else "decode None", "warm None"} <= set(lines)

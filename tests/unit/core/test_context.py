"""Decoding, held against an independent forward pass; and everything that stops it."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import (
    Batch,
    ClosedError,
    ContextError,
    DecodeAborted,
    InvalidBatch,
    Model,
    NativeError,
    NoMemorySlot,
    lib,
    usable_cores,
)
from tests.batches import filled
from tests.capabilities import has, needs
from tests.models import LlamaShape, write_llama
from tests.models.exact import EXACT, TOKENS
from tests.models.reference import llama_logits, read_weights
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llamacffi import Context


@pytest.fixture(scope="module")
def expected(tiny_llama: Path) -> np.ndarray[Any, Any]:
    return llama_logits(read_weights(tiny_llama), TOKENS)


@pytest.fixture
def context(model: Model) -> Iterator[Context]:
    with model.context(n_ctx=256, **EXACT) as context:
        yield context


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    """A context in which decoding `long_batch` takes far longer than any test waits."""
    shape = LlamaShape(n_embd=256, n_head=8, n_head_kv=8, n_layer=16, n_ff=1024, n_ctx_train=8192)
    path = write_llama(tmp_path_factory.mktemp("slow") / "slow.gguf", shape=shape)
    with Model(path) as model, model.context(n_ctx=8192, n_batch=8192, n_threads=1) as context:
        yield context


def long_batch() -> Batch:
    return filled([5] * 8000)


def test_all_logits_in_one_batch(context: Context, expected: np.ndarray[Any, Any]) -> None:
    context.decode(filled(TOKENS, output="all"))
    for i, row in enumerate(expected):
        np.testing.assert_allclose(context.logits(i), row, atol=1e-4)
    np.testing.assert_array_equal(context.logits(-1), context.logits(len(TOKENS) - 1))
    np.testing.assert_array_equal(context.logits(-len(TOKENS)), context.logits(0))


def test_token_by_token(context: Context, expected: np.ndarray[Any, Any]) -> None:
    batch = Batch(1)
    for i, token in enumerate(TOKENS):
        batch.clear()
        batch.add(token, i, output=True)
        context.decode(batch)
        np.testing.assert_allclose(context.logits(), expected[i], atol=1e-4)


@pytest.mark.parametrize("unified", [True, False])
def test_sequences_do_not_see_each_other(model: Model, expected: np.ndarray[Any, Any], *, unified: bool) -> None:
    with model.context(n_ctx=768, n_seq_max=3, kv_unified=unified, **EXACT) as context:
        batch = Batch(64)
        for seq_id in range(3):
            batch.extend(TOKENS[: 4 + seq_id], 0, seq_id)
        context.decode(batch)
        for seq_id, i in enumerate((3, 8, 14)):
            np.testing.assert_allclose(context.logits(i), expected[3 + seq_id], atol=1e-4)


@pytest.mark.parametrize("n_threads", [1, 2, 3])
def test_the_number_of_threads_changes_nothing(model: Model, expected: np.ndarray[Any, Any], n_threads: int) -> None:
    with model.context(n_ctx=256, n_threads=n_threads, n_threads_batch=1, **EXACT) as context:
        assert (context.n_threads, context.n_threads_batch) == (n_threads, 1)
        context.decode(filled(TOKENS))
        np.testing.assert_allclose(context.logits(), expected[-1], atol=1e-4)


def test_defaults(model: Model) -> None:
    with model.context() as context:
        assert context.n_threads == context.n_threads_batch == usable_cores()
        assert context.n_ctx == lib.llama_context_default_params().n_ctx
        assert context.n_seq_max == 1
    with model.context(n_threads=1) as context:
        assert context.n_threads_batch == 1


def test_the_memory_runs_full(model: Model) -> None:
    with model.context(n_ctx=256) as context:
        context.decode(filled([5] * 250))
        with pytest.raises(NoMemorySlot, match="raise n_ctx") as caught:
            context.decode(filled([5] * 7, 250))
        assert caught.value.status == 1
        assert context.memory.pos_max(0) == 249
        context.decode(filled([5] * 6, 250))  # what fits still goes in
        assert context.memory.pos_max(0) == 255


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (lambda: Batch(1), "the batch is empty"),
        pytest.param(
            lambda: filled([5] * 33),
            "33 tokens, the context takes n_batch=32 at once",
            marks=needs("an n_batch below 64"),
        ),
        (lambda: filled([5], 0, 1), "seq_id 1, the context was made with n_seq_max=1"),
        (lambda: filled([512]), r"invalid token\[0\] = 512"),
        (lambda: filled([-5]), r"invalid token\[0\] = -5"),
        (lambda: filled([5], 7), "inconsistent sequence positions"),
        pytest.param(
            lambda: filled([5] * 3, 2, output="all"),
            "3 outputs of 3 tokens, n_outputs_max=2",
            marks=needs("n_outputs_max"),
        ),
    ],
)
def test_batches_that_are_refused(model: Model, batch: Any, message: str) -> None:
    options: dict[str, Any] = {"n_outputs_max": 2} if has("n_outputs_max") else {}
    with model.context(n_ctx=256, n_batch=32, **options) as context:
        context.decode(filled([5, 6]))
        with pytest.raises(InvalidBatch, match=message) as caught:
            context.decode(batch())
        assert caught.value.status == -1
        assert context.memory.pos_max(0) == 1
        context.decode(filled([7], 2))
        assert context.memory.pos_max(0) == 2


@needs("a check of positions that decrease")
def test_positions_that_decrease(context: Context) -> None:
    batch = Batch(2)
    batch.add(5, 1)
    batch.add(6, 0)
    with pytest.raises(InvalidBatch, match="positions are decreasing"):
        context.decode(batch)


def test_without_causal_attention_a_batch_is_computed_whole(model: Model) -> None:
    with model.context(n_ctx=256, n_ubatch=4, attention_type="non_causal") as context:
        with pytest.raises(InvalidBatch, match="must fit in n_ubatch=4"):
            context.decode(filled([5] * 5))
        context.decode(filled([5] * 4))


def test_a_decoder_has_no_encoder(context: Context) -> None:
    with pytest.raises(ContextError, match="has no encoder; use decode"):
        context.encode(filled([5]))


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"n_threads": 0}, ValueError, "n_threads must be from 1 to 512, not 0"),
        ({"n_threads": 513}, ValueError, "n_threads must be from 1 to 512, not 513"),
        ({"n_threads_batch": -1}, ValueError, "n_threads_batch must be from 1"),
        ({"n_batch": 0}, ValueError, "n_batch must be at least 1"),
        ({"n_seq_max": 0}, ValueError, "n_seq_max must be at least 1"),
        ({"n_seq_max": 257}, ContextError, r"n_seq_max must be <= \d+"),
        pytest.param(
            {"n_seq_max": 4, "n_outputs_max": 1},
            ContextError,
            "n_outputs_max <= cparams.n_outputs_max",
            marks=needs("n_outputs_max"),
        ),
        ({"type_k": "iq2_xxs"}, ValueError, "type_k must be a type that ggml can write row by row: f32, f16"),
        ({"type_v": "q8_0", "flash_attn_type": "disabled"}, ContextError, "V cache .*requires flash_attn"),
        ({"n_ctx": 2**32 - 1}, ValueError, "n_ctx must be from 0 to 268435456"),
        ({"n_ctxx": 1}, TypeError, "did you mean 'n_ctx'"),
    ],
)
def test_contexts_that_are_refused(model: Model, options: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        model.context(**options)
    with model.context(n_ctx=256) as context:
        context.decode(filled([5]))


def test_ctrl_c_stops_a_decode_and_the_context_goes_on(slow: Context) -> None:
    slow.memory.clear()
    timer = threading.Timer(0.15, signal.raise_signal, [signal.SIGINT])
    timer.start()
    begin = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        slow.decode(long_batch())
    assert time.perf_counter() - begin < 1.5
    timer.join()
    kept = slow.memory.pos_max(0) + 1
    assert kept % slow.n_ubatch == 0
    slow.memory.clear()
    slow.decode(filled([5, 6]))
    assert slow.logits().shape == (512,)


def test_abort_from_another_thread(slow: Context) -> None:
    slow.memory.clear()
    slow.abort()  # nothing runs: nothing happens
    timer = threading.Timer(0.15, slow.abort)
    timer.start()
    begin = time.perf_counter()
    with pytest.raises(DecodeAborted) as caught:
        slow.decode(long_batch())
    assert caught.value.status == 2
    assert time.perf_counter() - begin < 1.5
    timer.join()
    slow.memory.clear()
    slow.decode(filled([5, 6]))


def test_an_exception_of_a_signal_handler_comes_out(slow: Context) -> None:
    def ring(*_: object) -> None:
        raise TimeoutError("that is long enough")

    slow.memory.clear()
    old = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(TimeoutError, match="that is long enough"):
            slow.decode(long_batch())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_a_signal_handler_cannot_use_the_context_it_interrupts(slow: Context) -> None:
    def ring(*_: object) -> None:
        slow.decode(filled([5]))

    slow.memory.clear()
    old = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(Exception, match="a callback used the Context that it was called from"):
            slow.decode(long_batch())
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)


def test_a_second_thread_waits(slow: Context) -> None:
    slow.memory.clear()
    order: list[str] = []

    def first() -> None:
        with pytest.raises(DecodeAborted):
            slow.decode(long_batch())
        order.append("aborted")

    thread = threading.Thread(target=first)
    thread.start()
    time.sleep(0.1)
    threading.Timer(0.1, slow.abort).start()
    slow.memory.clear()
    order.append("cleared")
    thread.join()
    assert sorted(order) == ["aborted", "cleared"]
    assert slow.memory.pos_max(0) == -1


def test_contexts_of_one_model_work_side_by_side(model: Model, expected: np.ndarray[Any, Any]) -> None:
    wrong: list[float] = []

    def work() -> None:
        with model.context(n_ctx=256, n_threads=1, **EXACT) as context:
            for _ in range(20):
                context.memory.clear()
                context.decode(filled(TOKENS))
                error = np.abs(context.logits() - expected[-1]).max()
                if error > 1e-4:
                    wrong.append(float(error))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@needs("an n_batch below 64")
def test_an_assertion_breaks_the_context_and_not_the_process(model: Model) -> None:
    context = model.context(n_ctx=256, n_batch=32)
    with pytest.raises(NativeError, match=r"llama_decode: .*n_tokens_all <= cparams.n_batch"):
        context.call(lib.llama_decode, filled([5] * 64).struct)
    with pytest.raises(NativeError, match="this Context is broken since llama.cpp failed in it"):
        context.decode(filled([5]))
    context.close()
    with pytest.raises(ClosedError):
        context.decode(filled([5]))
    with model.context(n_ctx=256) as another:
        another.decode(filled([5]))


def test_an_error_of_a_log_handler_comes_out_of_the_context_that_logged(model: Model) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError(record.getMessage())

    logger = logging.getLogger("llamacffi")
    handler, level = Broken(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with pytest.raises(RuntimeError, match="llama_context: constructing"):
            model.context(n_ctx=256, n_threads=1)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def test_a_machine_with_more_cores_than_ggml_takes_threads(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llamacffi.core.context_params.usable_cores", lambda: 1024)
    monkeypatch.setattr("llamacffi.core.context.create", lambda _, params: pytest.fail(f"{params.n_threads}"))
    with pytest.raises(pytest.fail.Exception, match="^512$"):
        model.context(n_ctx=256)


def test_an_encoder_of_hidden_states_takes_no_tokens(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context.model, "has_encoder", True)
    monkeypatch.setattr(Model, "metadata", {"general.architecture": "eagle3"})
    with pytest.raises(ContextError, match="reads another model's hidden states, not tokens"):
        context.encode(filled([1, 2]))


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_threads_that_the_system_refuses(tiny_llama: Path) -> None:
    code = f"""
import os, resource
from llamacffi import ContextError, Model
model = Model({str(tiny_llama)!r})
resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
if os.getuid() == 0:
    os.setuid(65534)  # root has no limit
try:
    model.context(n_ctx=256, n_threads=8)
except ContextError as error:
    print(error)
"""
    run = run_python(code)
    assert (run.returncode, run.stderr) == (0, "")
    assert "make the context with a smaller n_threads" in run.stdout

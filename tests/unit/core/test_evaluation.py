"""The tensors of a graph, held against the NumPy forward pass; and callbacks that misbehave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llamacffi import ContextError, LlamaError, Model
from tests.batches import filled
from tests.models.exact import EXACT, TOKENS
from tests.models.reference import llama_logits, read_weights, rms_norm
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from llamacffi import Context, EvalTensor


class Watch:
    """Keeps the tensors of some names."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.asked: list[str] = []
        self.seen: dict[str, np.ndarray[Any, Any]] = {}

    def __call__(self, tensor: EvalTensor, ask: bool) -> bool:  # noqa: FBT001 - as it is called
        if ask:
            self.asked.append(tensor.name)
            return tensor.name in self.names
        data = tensor.data()
        assert (data.shape, str(data.dtype)) == (tensor.shape, "float32")
        self.seen[tensor.name] = data
        return False


def test_layers_are_those_of_the_reference(model: Model, tiny_llama: Path) -> None:
    watch = Watch("l_out-0", "l_out-1", "result_norm", "result_output")
    weights = read_weights(tiny_llama)
    with model.context(n_ctx=256, cb_eval=watch, **EXACT) as context:
        context.decode(filled(TOKENS, output="all"))
        np.testing.assert_array_equal(watch.seen["result_output"], context.logits(None))
    # The reference with no layers but the first: what it norms and multiplies is what leaves that layer.
    eps = weights.hyperparameters["attention.layer_norm_rms_epsilon"]
    first = type(weights)(weights.tensors, {**weights.hyperparameters, "block_count": 1.0})
    normed = rms_norm(watch.seen["l_out-0"].astype(np.float64), weights["output_norm"], eps)
    np.testing.assert_allclose(normed @ weights["output"].T, llama_logits(first, TOKENS), atol=1e-4)
    np.testing.assert_allclose(
        watch.seen["result_norm"] @ weights["output"].T, llama_logits(weights, TOKENS), atol=1e-4
    )
    assert watch.seen["l_out-0"].shape == (len(TOKENS), model.n_embd)
    assert len(watch.asked) > len(watch.seen) * 4


def test_a_single_token_has_a_row_as_well(model: Model) -> None:
    watch = Watch("l_out-0", "result_output")
    with model.context(n_ctx=256, cb_eval=watch, **EXACT) as context:
        context.decode(filled(TOKENS[:1]))
        assert watch.seen["l_out-0"].shape == (1, model.n_embd)
        np.testing.assert_array_equal(watch.seen["result_output"][0], context.logits())


def test_views_of_other_tensors_are_put_in_order(model: Model) -> None:
    """Every float32 tensor of the graph can be read, permuted ones too; a transposition holds the same numbers."""
    tensors: dict[str, tuple[str, np.ndarray[Any, Any]]] = {}

    def keep(tensor: EvalTensor, ask: bool) -> bool:  # noqa: FBT001 - as it is called
        if not ask:
            tensors[tensor.name] = (tensor.op, tensor.data())
        return True

    with model.context(n_ctx=256, cb_eval=keep, **EXACT) as context:
        context.decode(filled(TOKENS, output="all"))
        logits = context.logits(None)
    np.testing.assert_array_equal(tensors["result_output"][1], logits)
    assert {"MUL_MAT", "ROPE", "SOFT_MAX"} <= {op for op, _ in tensors.values()}


def test_the_result_is_the_same(model: Model) -> None:
    with model.context(n_ctx=256, **EXACT) as plain, model.context(n_ctx=256, cb_eval=Watch(), **EXACT) as watched:
        for context in (plain, watched):
            context.decode(filled(TOKENS, output="all"))
        np.testing.assert_array_equal(plain.logits(None), watched.logits(None))


def test_a_tensor_is_of_use_only_in_the_call_that_has_its_numbers(model: Model) -> None:
    kept: list[EvalTensor] = []
    errors: list[str] = []

    def keep(tensor: EvalTensor, ask: bool) -> bool:  # noqa: FBT001 - as it is called
        if ask:
            try:
                tensor.data()
            except LlamaError as error:
                errors.append(str(error))
        kept.append(tensor)
        return tensor.name == "l_out-0"

    with model.context(n_ctx=256, cb_eval=keep) as context:
        context.decode(filled(TOKENS))
    assert "is not computed yet" in errors[0]
    seen = next(tensor for tensor in kept if not tensor._asked)
    with pytest.raises(LlamaError, match="the tensor l_out-0 is gone"):
        seen.data()
    assert repr(seen) == f"<EvalTensor l_out-0, f32[{len(TOKENS)}, {model.n_embd}]>"


@pytest.fixture
def angry(model: Model) -> Iterator[tuple[Context, dict[str, Any]]]:
    """A context whose callback does what it is told at a tensor."""
    orders: dict[str, Any] = {"phase": None, "do": None}

    def callback(tensor: EvalTensor, ask: bool) -> bool:  # noqa: FBT001 - as it is called
        if orders["phase"] is ask and tensor.name == "l_out-0":
            orders["do"]()
        return tensor.name == "l_out-0"

    with model.context(n_ctx=256, n_threads=1, cb_eval=callback, **EXACT) as context:
        yield context, orders


@pytest.mark.parametrize("ask", [True, False])
def test_an_exception_comes_out_and_the_context_goes_on(
    angry: tuple[Context, dict[str, Any]], tiny_llama: Path, *, ask: bool
) -> None:
    context, orders = angry

    def fail() -> None:
        raise RuntimeError("no more of this")

    orders.update(phase=ask, do=fail)
    with pytest.raises(RuntimeError, match="no more of this"):
        context.decode(filled(TOKENS))
    assert context.memory.pos_max(0) == -1  # the batch was taken back
    with pytest.raises(ContextError, match="there are no logits at -1"):
        context.logits()
    orders["phase"] = None
    context.decode(filled(TOKENS))
    np.testing.assert_allclose(context.logits(), llama_logits(read_weights(tiny_llama), TOKENS)[-1], atol=1e-4)


def test_decoding_inside_the_callback(angry: tuple[Context, dict[str, Any]]) -> None:
    context, orders = angry
    for use in (
        lambda: context.decode(filled(TOKENS)),
        lambda: context.set_threads(1),
        context.logits,
        context.logits_view,
        context.memory.clear,
        context.warm_up,
    ):
        orders.update(phase=False, do=use)
        with pytest.raises(LlamaError, match="a callback used the Context that it was called from"):
            context.decode(filled(TOKENS))


def test_what_is_no_function(model: Model) -> None:
    with pytest.raises(TypeError, match="cb_eval is 5, but must be callable"):
        model.context(cb_eval=5)  # type: ignore[arg-type]


def test_misuse_in_a_process_of_its_own(tiny_llama: Path) -> None:
    code = f"""
import gc, sys
from llamacffi import *
model = Model({str(tiny_llama)!r})
batch = Batch(4)
batch.extend([5, 6, 7, 8])
kept = []
def close(tensor, ask):
    context.close()
    kept.append(tensor)
    return True
context = model.context(n_ctx=256, n_threads=1, cb_eval=close)
try:
    context.decode(batch)
except ClosedError as error:
    print("closed:", error)
except LlamaError as error:
    print(error)
for tensor in kept:
    try:
        tensor.data()
    except LlamaError:
        continue
    print("readable!")
def leave(tensor, ask):
    if not ask:
        raise SystemExit(3)
    return True
class Odd:
    def __bool__(self):
        raise OverflowError("neither true nor false")
for callback in (leave, lambda *_: Odd(), lambda: None, lambda tensor, ask: batch.clear()):
    context = model.context(n_ctx=256, n_threads=1, cb_eval=callback)
    try:
        context.decode(batch)
    except BaseException as error:
        print(type(error).__name__)
    del context
    gc.collect()
def interrupt(tensor, ask):
    import signal
    signal.raise_signal(signal.SIGINT)
    return True
context = model.context(n_ctx=256, n_threads=1, cb_eval=interrupt)
try:
    context.decode(batch)
except KeyboardInterrupt:
    print("interrupted")
print(len(batch))
"""
    run = run_python(code)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines() == [
        "SystemExit",
        "OverflowError",
        "TypeError",
        "LlamaError",
        "interrupted",
        "4",
    ]

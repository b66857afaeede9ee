"""Chains inside the graph when something goes wrong: threads, aborted decodes, contexts that cannot be made."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from llamacffi import (
    Batch,
    ContextError,
    Dist,
    Greedy,
    Model,
    SamplerChain,
)
from tests.batches import filled
from tests.models.exact import EXACT
from tests.process import run_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.models import BigramModel

OPTIONS: dict[str, Any] = {"n_ctx": 256, "n_threads": 1, **EXACT}


@pytest.fixture(scope="module")
def model(bigram: BigramModel) -> Iterator[Model]:
    with Model(bigram.path) as model:
        yield model


def test_misuse_in_a_process_of_its_own(bigram: BigramModel) -> None:
    code = f"""
import gc, threading
from llamacffi import *
model = Model({str(bigram.path)!r})
def batch(token, pos):
    b = Batch(1)
    b.add(token, pos, output=True)
    return b
chain = SamplerChain(TopK(3), Dist(5))
context = model.context(n_ctx=256, n_threads=1, samplers={{0: chain}})
def work():
    for pos in range(200):
        context.decode(batch(7, pos))
thread = threading.Thread(target=work)
thread.start()
chain.close()  # while the other thread decodes
thread.join()
print(context.logits().shape)
for order in range(4):
    chain = SamplerChain(TopK(3), Dist(5))
    context = model.context(n_ctx=256, n_threads=1, samplers={{0: chain}})
    context.decode(batch(7, 0))
    if order == 0:
        context.close(); chain.close()
    elif order == 1:
        chain.close(); context.close()
    elif order == 2:
        del chain; gc.collect(); context.decode(batch(7, 1)); del context
    else:
        context.me = context; del context; del chain
    gc.collect()
for seed in range(30):  # chains at addresses that were used before
    chain = SamplerChain(Dist(seed))
    if seed == 0:
        context = model.context(n_ctx=256, n_threads=1, samplers={{0: chain}})
    else:
        context.set_sampler(0, chain)
    context.decode(batch(7, seed))
    chain.sample(context)
    chain.close()
print("alive")
"""
    run = run_python(code)
    assert (run.returncode, run.stdout, run.stderr) == (0, f"({len(bigram.vocab)},)\nalive\n", "")


def test_another_thread_waits_for_the_chain(model: Model) -> None:
    chain = SamplerChain(Dist(5))
    with model.context(samplers={0: chain}, **OPTIONS) as context:
        wrong: list[BaseException] = []

        def reset() -> None:
            try:
                for _ in range(200):
                    chain.reset()
                    chain.accept(5)
            except BaseException as error:  # noqa: BLE001 - asserted below
                wrong.append(error)

        thread = threading.Thread(target=reset)
        thread.start()
        for pos in range(100):
            context.decode(filled([7], pos))
            assert chain.sample(context) >= 0
        thread.join()
        assert wrong == []


def test_an_aborted_decode_leaves_no_output_to_sample(model: Model, bigram: BigramModel) -> None:
    stop = [False]

    def watch(tensor: Any, ask: bool) -> bool:  # noqa: FBT001 - as it is called
        if stop[0] and ask and tensor.name.startswith("result_norm"):
            message = "stop"
            raise RuntimeError(message)
        return False

    chain = SamplerChain(Greedy())
    with model.context(cb_eval=watch, samplers={0: chain}, **OPTIONS) as context:
        context.decode(filled([40]))
        stop[0] = True
        with pytest.raises(RuntimeError, match="stop"):
            context.decode(filled([9], 1))
        stop[0] = False
        with pytest.raises(ContextError, match="no output -1 to sample"):
            chain.sample(context)
        context.decode(filled([7], context.memory.pos_max(0) + 1))
        assert chain.sample(context) == bigram.logits[7].argmax()


def test_a_context_that_cannot_be_made_hides_no_error(bigram: BigramModel) -> None:
    def make() -> None:
        with Model(bigram.path) as model:
            chain = SamplerChain(Greedy(), vocab=model.vocab)
            options: dict[str, Any] = {**OPTIONS, "flash_attn_type": "disabled", "type_v": "q4_0"}
            model.context(samplers={0: chain}, **options)

    with pytest.raises(ContextError, match="quantized V cache|V cache quantization"):
        make()


def test_sequences_share_what_an_aborted_decode_left(model: Model) -> None:
    n = [0]

    def watch(tensor: Any, ask: bool) -> bool:  # noqa: FBT001 - as it is called
        n[0] += ask and tensor.name.startswith("result_norm")
        if n[0] == 2:
            message = "stop"
            raise RuntimeError(message)
        return False

    options = {**OPTIONS, "n_ubatch": 4, "n_seq_max": 2, "kv_unified": True}
    with model.context(cb_eval=watch, **options) as context:
        batch = Batch(8, n_seq_max=2)
        for i in range(8):
            batch.add(5 + i, i, [0, 1], output=True)
        with pytest.raises(RuntimeError, match="stop"):
            context.decode(batch)
        with pytest.raises(ContextError, match="shares cells with sequence 1"):
            context.memory.shift(0, 100)

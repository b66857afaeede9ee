"""What a type checker must know of the public classes. mypy reads this file; nothing runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

from llamacffi import (
    ChatTemplate,
    Chunk,
    Completion,
    Context,
    Device,
    Model,
    SamplingParams,
    Sequence,
    State,
    Vocab,
    devices,
    generate,
    hub,
    stream_generate,
)


def model_and_context(path: str) -> None:
    with Model(path, n_gpu_layers=0, load_mode="mmap") as model:
        assert_type(model, Model)
        assert_type(model.vocab, Vocab)
        assert_type(model.n_ctx_train, int)
        assert_type(model.chat_template(), str | None)
        context = model.context(n_ctx=512, flash_attn_type="disabled")
        assert_type(context, Context)
        assert_type(context.logits(), npt.NDArray[np.float32])
        assert_type(context.snapshot(), State)
        model.context(n_ctxt=512)  # type: ignore[call-arg]
        model.context(n_ctx="512")  # type: ignore[arg-type]
    Model(path, n_gpu_layer=1)  # type: ignore[call-arg]
    Model()  # type: ignore[call-arg]


def tokens(vocab: Vocab) -> None:
    assert_type(vocab.tokenize("text", add_special=False), list[int])
    assert_type(vocab.detokenize([1, 2]), str)
    assert_type(vocab.piece(1), bytes)
    assert_type(vocab.is_eog(1), bool)
    vocab.tokenize("text", False)  # type: ignore[call-arg]


def text(sequence: Sequence) -> None:
    chunks = stream_generate(sequence, "prompt", SamplingParams(temperature=0, stop="\n"))
    assert_type(chunks, Iterator[Chunk])
    completion = generate(sequence, [1, 2, 3])
    assert_type(completion, Completion)
    assert_type(completion.text, str)
    completion.text = "other"  # type: ignore[misc]
    SamplingParams(temprature=0)  # type: ignore[call-arg]


def the_rest() -> None:
    assert_type(devices(), tuple[Device, ...])
    assert_type(hub.resolve("smollm2-135m-instruct"), Path)
    assert_type(ChatTemplate("{{ messages }}").render([{"role": "user", "content": "hello"}]), str)
    ChatTemplate("").render([{"content": "whose?"}])

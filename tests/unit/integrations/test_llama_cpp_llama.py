"""A Llama in the hands of code that calls the low-level functions on it, as guidance does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import ClosedError
from llamacffi.integrations.llama_cpp import install, uninstall
from tests.models.reference import llama_logits, read_weights

TOKENS = [1, 300, 17, 42, 5]


@pytest.fixture
def llama_cpp() -> Iterator[Any]:
    yield install()
    uninstall()


@pytest.fixture
def llm(llama_cpp: Any, tiny_llama: Path) -> Iterator[Any]:
    exact = {"type_k": llama_cpp.GGML_TYPE_F32, "type_v": llama_cpp.GGML_TYPE_F32, "flash_attn": False}
    with llama_cpp.Llama(str(tiny_llama), n_ctx=256, n_threads=1, logits_all=True, verbose=False, **exact) as made:
        yield made


def test_decoding_on_its_context(llama_cpp: Any, llm: Any, tiny_llama: Path) -> None:
    batch = llama_cpp.llama_batch_init(16, 0, 1)
    batch.n_tokens = len(TOKENS)
    for j, token in enumerate(TOKENS):
        batch.token[j], batch.pos[j], batch.n_seq_id[j], batch.logits[j] = token, j, 1, 1
        batch.seq_id[j][0] = 0
    assert llama_cpp.llama_decode(llm.ctx, batch) == 0
    logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits(llm.ctx), (len(TOKENS), llm.n_vocab()))
    np.testing.assert_allclose(logits, llama_logits(read_weights(tiny_llama), TOKENS), atol=1e-4)
    llama_cpp.llama_batch_free(batch)
    memory = llama_cpp.llama_get_memory(llm.ctx)
    assert llama_cpp.llama_memory_seq_rm(memory, -1, 3, -1)
    assert llama_cpp.llama_memory_seq_pos_max(memory, 0) == 2


def test_what_is_behind_it(llama_cpp: Any, llm: Any) -> None:
    assert llm._model.vocab == llama_cpp.llama_model_get_vocab(llm.model)
    assert llama_cpp.llama_get_model(llm._ctx.ctx) == llm._model.model
    assert llama_cpp.llama_n_ctx(llm._ctx.ctx) == llm.n_ctx() == 256
    assert llm._model.token_bos() == llm.token_bos()
    llm._batch.set_batch(TOKENS, n_past=0, logits_all=True)
    llm._ctx.decode(llm._batch)
    assert llama_cpp.llama_memory_seq_pos_max(llm._ctx.memory, 0) == len(TOKENS) - 1


def test_what_is_closed_is_no_pointer(llama_cpp: Any, llm: Any) -> None:
    model, context = llm._model, llm._ctx
    llm.close()
    for owner, name in ((model, "vocab"), (context, "ctx"), (llm.model, "_as_parameter_")):
        with pytest.raises(ClosedError):
            getattr(owner, name)


def test_its_chat_handlers_are_the_registrys(llama_cpp: Any, llm: Any) -> None:
    def shout(messages: list[dict[str, str]], **_kwargs: Any) -> Any:
        text = " ".join(message["content"].upper() for message in messages)
        return llama_cpp.llama_chat_format.ChatFormatterResponse(prompt=text)

    llama_cpp.llama_chat_format.register_chat_format("shouting")(shout)
    try:
        llm.chat_format = "shouting"
        told = llm.create_chat_completion([{"role": "user", "content": "hi there"}], max_tokens=2)
        assert told["usage"]["prompt_tokens"] == len(llm.tokenize(b"HI THERE"))
    finally:
        llama_cpp.llama_chat_format.LlamaChatCompletionHandlerRegistry().unregister_chat_handler("shouting")

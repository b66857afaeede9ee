"""What a type checker must know of `Llama`. mypy and pyright read this file; nothing runs it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from typing_extensions import assert_type

from llamacffi import AsyncLlama, Choices, Engine, Llama, Model, PromptLookup
from llamacffi.llama.types import (
    CompletionLogprobs,
    CreateChatCompletionResponse,
    CreateChatCompletionStreamResponse,
    CreateCompletionResponse,
    CreateCompletionStreamResponse,
    CreateEmbeddingResponse,
    CreateRerankResponse,
)


def how_it_is_made(path: str) -> None:
    llm = Llama(path, n_ctx=512, n_gpu_layers="auto", type_k="q8_0", verbose=False, draft_model=PromptLookup())
    assert_type(llm.model, Model)
    assert_type(llm.engine, Engine)
    assert_type(llm.n_ctx(), int)
    assert_type(llm.metadata, dict[str, str])
    with llm as entered:
        assert_type(entered, Llama)
    Llama(path, n_gpu_layer=1)  # type: ignore[call-arg]
    Llama(path, n_ctx="512")  # type: ignore[arg-type]
    Llama(path, 5)  # type: ignore[call-arg]
    Llama(path, f16_kv=True)  # type: ignore[call-arg]
    assert_type(Llama.from_pretrained("owner/repo", "*.gguf", n_ctx=512), Llama)


def completions(llm: Llama, stream: bool) -> None:  # noqa: FBT001
    whole = llm("prompt", max_tokens=5, temperature=0, stop=["\n"], logprobs=2, top_k=3, xtc_probability=0.5)
    assert_type(whole, CreateCompletionResponse)
    assert_type(whole["choices"][0]["text"], str)
    assert_type(whole["choices"][0]["finish_reason"], Literal["stop", "length"] | None)
    assert_type(whole["choices"][0]["logprobs"], CompletionLogprobs | None)
    assert_type(llm.create_completion([1, 2], None, 5, stream=False), CreateCompletionResponse)
    parts = llm(["one", "two"], stream=True, n=2, stream_options={"include_usage": True})
    assert_type(parts, Iterator[CreateCompletionStreamResponse])
    assert_type(llm("prompt", stream=stream), CreateCompletionResponse | Iterator[CreateCompletionStreamResponse])

    def processor(input_ids: npt.NDArray[np.intc], scores: npt.NDArray[np.single]) -> npt.NDArray[np.single]:
        return scores

    llm("prompt", logits_processor=processor, stopping_criteria=[lambda input_ids, logits: len(input_ids) > 5])
    llm("prompt", grammar=Choices(["yes"]), lora={"lora.gguf": 0.5}, logit_bias={5: 1.0})
    llm("prompt", max_token=5)  # type: ignore[call-overload]
    llm("prompt", temperature="hot")  # type: ignore[call-overload]
    llm(5)  # type: ignore[call-overload]
    llm()  # type: ignore[call-overload]


def conversations(llm: Llama) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "hello"}]
    whole = llm.create_chat_completion(messages, max_tokens=5)
    assert_type(whole, CreateChatCompletionResponse)
    assert_type(whole["choices"][0]["message"]["content"], str | None)
    assert_type(llm.create_chat_completion(messages, stream=True), Iterator[CreateChatCompletionStreamResponse])
    llm.create_chat_completion(messages, max_token=5)  # type: ignore[call-overload]


def the_rest(llm: Llama) -> None:
    assert_type(llm.tokenize(b"text"), list[int])
    assert_type(llm.detokenize([1, 2]), bytes)
    assert_type(llm.create_embedding(["one", "two"]), CreateEmbeddingResponse)
    assert_type(llm.embed("text", return_count=True)[1], int)
    assert_type(llm.rerank("query", ["document"]), CreateRerankResponse)
    assert_type(llm.score("text", prompt="before"), float)
    assert_type(llm.perplexity("text", window=512), float)
    llm.rerank("query", ["document"], 5)  # type: ignore[call-arg]


async def awaited(path: str) -> None:
    async with await AsyncLlama.load(path, n_ctx=512) as llm:
        assert_type(llm, AsyncLlama)
        assert_type(await llm("prompt"), CreateCompletionResponse)
        assert_type(await llm("prompt", stream=True), AsyncIterator[CreateCompletionStreamResponse])
        async for part in await llm.create_completion("prompt", stream=True):
            assert_type(part, CreateCompletionStreamResponse)
        assert_type(await llm.create_chat_completion([{"role": "user", "content": "x"}]), CreateChatCompletionResponse)
        assert_type(await llm.score("text"), float)
        assert_type(await llm.tokenize(b"text"), list[int])
        await llm("prompt", max_token=5)  # type: ignore[call-overload]

"""Answers to conversations, for asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal, overload

from llamacffi.llama.async_job import run_async, stream_async
from llamacffi.llama.chat import chat_job
from llamacffi.llama.chat_options import CHAT_DEFAULTS, ChatOptions
from llamacffi.llama.signature import spelt_out

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from typing_extensions import Unpack

    from llamacffi.engine import AsyncEngine
    from llamacffi.llama.chat import Choice, FunctionCall, Functions, Messages
    from llamacffi.llama.chat_options import Tools
    from llamacffi.llama.llama import Llama
    from llamacffi.llama.types import (
        CreateChatCompletionResponse,
        CreateChatCompletionStreamResponse,
    )

__all__ = ["AsyncChats"]


class AsyncChats:
    """The calls that answer conversations, awaited."""

    llama: Llama

    async def _asked(self) -> AsyncEngine:
        raise NotImplementedError

    @overload
    async def create_chat_completion(
        self,
        messages: Messages,
        functions: Functions | None = None,
        function_call: FunctionCall | None = None,
        tools: Tools | None = None,
        tool_choice: Choice | None = None,
        temperature: float = 0.2,
        *,
        stream: Literal[False] = False,
        **options: Unpack[ChatOptions],
    ) -> CreateChatCompletionResponse: ...
    @overload
    async def create_chat_completion(
        self,
        messages: Messages,
        functions: Functions | None = None,
        function_call: FunctionCall | None = None,
        tools: Tools | None = None,
        tool_choice: Choice | None = None,
        temperature: float = 0.2,
        *,
        stream: Literal[True],
        **options: Unpack[ChatOptions],
    ) -> AsyncIterator[CreateChatCompletionStreamResponse]: ...
    @overload
    async def create_chat_completion(
        self,
        messages: Messages,
        functions: Functions | None = None,
        function_call: FunctionCall | None = None,
        tools: Tools | None = None,
        tool_choice: Choice | None = None,
        temperature: float = 0.2,
        *,
        stream: bool,
        **options: Unpack[ChatOptions],
    ) -> CreateChatCompletionResponse | AsyncIterator[CreateChatCompletionStreamResponse]: ...
    @spelt_out(ChatOptions, CHAT_DEFAULTS)
    async def create_chat_completion(
        self,
        messages: Messages,
        functions: Functions | None = None,
        function_call: FunctionCall | None = None,
        tools: Tools | None = None,
        tool_choice: Choice | None = None,
        temperature: float = 0.2,
        *,
        stream: bool = False,
        **options: Unpack[ChatOptions],
    ) -> CreateChatCompletionResponse | AsyncIterator[CreateChatCompletionStreamResponse]:
        """As `Llama.create_chat_completion`; a chat handler of somebody else's works in another thread."""
        asked: dict[str, Any] = {
            "functions": functions,
            "function_call": function_call,
            "tools": tools,
            "tool_choice": tool_choice,
            "temperature": temperature,
            "stream": stream,
            **options,
        }
        job = await asyncio.to_thread(lambda: chat_job(self.llama, messages, **asked))
        if job is None:
            made: Any = await asyncio.to_thread(lambda: self.llama.create_chat_completion(messages, **asked))
            return _in_thread(iter(made)) if stream else made
        engine = await self._asked()
        if job.streams:
            return await stream_async(engine, job)
        return await run_async(engine, job)


_END: Any = object()


async def _in_thread(
    parts: Iterator[CreateChatCompletionStreamResponse],
) -> AsyncIterator[CreateChatCompletionStreamResponse]:
    """The parts, each waited for in another thread."""
    try:
        while (part := await asyncio.to_thread(next, parts, _END)) is not _END:
            yield part
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            await asyncio.to_thread(close)

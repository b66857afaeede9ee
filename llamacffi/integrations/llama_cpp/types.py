"""Former names in `llama_cpp.llama_types`: each is another of its types."""

from __future__ import annotations

from llamacffi.llama import types

__all__ = [
    "ChatCompletion",
    "ChatCompletionChoice",
    "ChatCompletionChunk",
    "ChatCompletionChunkChoice",
    "ChatCompletionChunkDelta",
    "ChatCompletionChunkDeltaEmpty",
    "ChatCompletionFunctionCall",
    "ChatCompletionMessage",
    "ChatCompletionResponseFunction",
    "ChatCompletionStreamResponse",
    "Completion",
    "CompletionChunk",
    "EmbeddingData",
]

ChatCompletion = types.CreateChatCompletionResponse
ChatCompletionChoice = types.ChatCompletionResponseChoice
ChatCompletionChunk = types.CreateChatCompletionStreamResponse
ChatCompletionChunkChoice = types.ChatCompletionStreamResponseChoice
ChatCompletionChunkDelta = types.ChatCompletionStreamResponseDelta
ChatCompletionChunkDeltaEmpty = types.ChatCompletionStreamResponseDeltaEmpty
ChatCompletionFunctionCall = types.ChatCompletionResponseFunctionCall
ChatCompletionMessage = types.ChatCompletionResponseMessage
ChatCompletionResponseFunction = types.ChatCompletionFunction
ChatCompletionStreamResponse = types.CreateChatCompletionStreamResponse
Completion = types.CreateCompletionResponse
CompletionChunk = types.CreateCompletionStreamResponse
EmbeddingData = types.Embedding

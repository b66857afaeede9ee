"""From a request for a chat completion to the job that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.server.errors import ApiError
from llamacffi.server.openai.told import ToldJob
from llamacffi.server.turn_options import turn_options
from llamacffi.server.turns import chat_turn, turn_prompt

if TYPE_CHECKING:
    from llamacffi.chat.prompt import ChatPrompt
    from llamacffi.llama.job import Job
    from llamacffi.server.models.served import Served
    from llamacffi.server.schemas.chat import ChatRequest

__all__ = ["ChatAnswers", "answered", "chat_of", "prompt_of"]


class ChatAnswers(ToldJob):
    """A chat completion; a call is told as a function_call only to who gave functions."""

    def __init__(self, job: Job[Any, Any], asked: ChatRequest) -> None:
        super().__init__(job, asked)
        self._legacy = asked.functions is not None

    def _changed(self, answer: dict[str, Any]) -> dict[str, Any]:
        for choice in answer["choices"]:
            said = choice["delta"] if "delta" in choice else choice["message"]
            if not self._legacy:
                said.pop("function_call", None)
            elif "function_call" in said:
                said.pop("tool_calls", None)
        return answer


def chat_of(asked: ChatRequest, served: Served, salt: str | None) -> ChatAnswers:
    """The job. Raises ApiError, and what `create_chat_completion` raises of its arguments."""
    messages, options, more = _said(asked, served, salt)
    job = chat_turn(served.llama, messages, options, **more, streams=bool(asked.stream))
    return ChatAnswers(job, asked)


def prompt_of(asked: ChatRequest, served: Served) -> ChatPrompt:
    """The prompt alone, which may be longer than the context. Raises as `chat_of` does."""
    messages, options, more = _said(asked, served, None)
    return turn_prompt(served.llama, messages, options, **more)


def _said(
    asked: ChatRequest, served: Served, salt: str | None
) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """The messages, the options of `create_chat_completion`, and what else a turn takes."""
    messages, prefill = answered(asked)
    tools, choice = _tools(asked)
    variables: dict[str, Any] = dict(asked.chat_template_kwargs or {})
    if asked.add_generation_prompt is not None and not prefill:
        variables["add_generation_prompt"] = asked.add_generation_prompt
    own: dict[str, Any] = {"chat_template_kwargs": variables or None, **_thinking(asked), **_logprobs(asked)}
    if asked.response_format is not None:
        own["response_format"] = asked.response_format.model_dump(exclude_none=True)
    options = turn_options(asked.options(), own, served, salt)
    options["n"] = asked.n or 1
    options["stream_options"] = {"include_usage": asked.wants_usage}
    older = {"functions": asked.functions, "function_call": asked.function_call}
    return messages, options, {"tools": tools, "tool_choice": choice, "prefill": prefill, **older}


def answered(asked: ChatRequest) -> tuple[list[dict[str, Any]], str]:
    """The messages before the answer, and what it begins with: the last message, when that is the assistant's.

    Raises ApiError for one that cannot be continued.
    """
    messages, last = asked.messages, asked.messages[-1]
    wants = asked.continue_final_message
    if wants and asked.add_generation_prompt:
        message = "continue_final_message and add_generation_prompt are both true; an answer goes on or begins"
        raise ApiError(400, message, "invalid_request_error", param="continue_final_message")
    is_begun = last.get("role") == "assistant"
    if wants and not is_begun:
        message = "continue_final_message is true, but the last message is not the assistant's"
        raise ApiError(400, message, "invalid_request_error", param="continue_final_message")
    if not is_begun or wants is False or asked.add_generation_prompt:
        return messages, ""
    if last.get("tool_calls") or last.get("function_call"):
        message = "the last message calls a tool, which an answer cannot go on from; append what the tool said"
        raise ApiError(400, message, "invalid_request_error", param="messages")
    if len(messages) > 1 and messages[-2].get("role") == "assistant":
        message = "the last two messages are the assistant's; an answer goes on from one"
        raise ApiError(400, message, "invalid_request_error", param="messages")
    if len(messages) == 1:
        message = "the only message is the beginning of an answer; there is nothing that it answers"
        raise ApiError(400, message, "invalid_request_error", param="messages")
    return messages[:-1], _text(last.get("content"))


def _text(content: object) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    listed = content if isinstance(content, list) else [None]
    texts = [part.get("text") if isinstance(part, dict) else part for part in listed]
    if not all(isinstance(text, str) for text in texts):
        message = f"the last message has the content {content!r:.200}, but must be text for an answer to go on from it"
        raise ApiError(400, message, "invalid_request_error", param="messages")
    return "".join(map(str, texts))


def _tools(asked: ChatRequest) -> tuple[list[dict[str, Any]] | None, Any]:
    """The tools that may be called, and the choice of them."""
    tools, choice = asked.tools, asked.tool_choice
    if not isinstance(choice, dict) or choice.get("type") != "allowed_tools":
        return tools, choice
    allowed = choice.get("allowed_tools")
    listed = allowed.get("tools") if isinstance(allowed, dict) else None
    if not isinstance(allowed, dict) or not isinstance(listed, list):
        message = f'tool_choice is {choice!r:.200}, but must have {{"allowed_tools": {{"mode": …, "tools": […]}}}}'
        raise ApiError(400, message, "invalid_request_error", param="tool_choice")
    names = [_name(one) for one in listed]
    return [tool for tool in tools or () if _name(tool) in names], allowed.get("mode") or "auto"


def _name(tool: object) -> object:
    function = tool.get("function") if isinstance(tool, dict) else None
    return function.get("name") if isinstance(function, dict) else None


def _thinking(asked: ChatRequest) -> dict[str, Any]:
    if asked.reasoning_effort == "none":
        return {"enable_thinking": False, "reasoning_effort": None}
    return {"reasoning_effort": asked.reasoning_effort}


def _logprobs(asked: ChatRequest) -> dict[str, Any]:
    if asked.top_logprobs and asked.logprobs is not True:
        message = f"top_logprobs is {asked.top_logprobs}, but logprobs is not true; set it to be told of them"
        raise ApiError(400, message, "invalid_request_error", param="top_logprobs")
    if asked.logprobs is None and asked.n_probs:
        return {"logprobs": True, "top_logprobs": asked.n_probs}
    return {"logprobs": asked.logprobs, "top_logprobs": asked.top_logprobs}

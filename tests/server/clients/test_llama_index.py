"""llama-index-llms-openai-like's OpenAILike."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from llamacffi import Llama
from tests.integrations.wanted import MARKS, wanted
from tests.server.clients.said import PROMPT, QUESTION, answer_to, text_after

wanted("llama_index.llms.openai_like", "llama-index-llms-openai-like")
pytestmark = MARKS


class Where(BaseModel):
    """What the tool takes."""

    city: Literal["Rome", "Bern"]


def made(url: str, **options: Any) -> Any:
    from llama_index.llms.openai_like import OpenAILike

    return OpenAILike(model="smollm2", api_base=url, api_key="none", temperature=0, context_window=2048, **options)


def test_chat(url: str, llm: Llama) -> None:
    from llama_index.core.llms import ChatMessage

    chat = made(url, is_chat_model=True, max_tokens=8)
    asked = [ChatMessage(role="user", content=QUESTION)]
    assert chat.chat(asked).message.content == answer_to(llm, 8)
    assert "".join(part.delta for part in chat.stream_chat(asked)) == answer_to(llm, 8)


def test_text(url: str, llm: Llama) -> None:
    text = made(url, is_chat_model=False, max_tokens=6)
    assert text.complete(PROMPT).text == text_after(llm, 6)
    assert "".join(part.delta for part in text.stream_complete(PROMPT)) == text_after(llm, 6)


def test_tools(url: str) -> None:
    from llama_index.core.tools import FunctionTool

    def weather(city: str) -> str:
        """Look out."""
        return f"sun in {city}"

    chat = made(url, is_chat_model=True, is_function_calling_model=True, max_tokens=64)
    said = chat.chat_with_tools([FunctionTool.from_defaults(fn=weather, fn_schema=Where)], QUESTION, tool_required=True)
    call = chat.get_tool_calls_from_response(said)[0]
    assert call.tool_name == "weather"
    assert weather(**call.tool_kwargs) in ("sun in Rome", "sun in Bern")

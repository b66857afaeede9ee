"""What is asked of the clients, and what they are to give."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from llamacffi import Llama

__all__ = ["PROMPT", "QUESTION", "TOOL", "City", "answer_to", "text_after"]

QUESTION = PROMPT = "Write the numbers from 1 to 20, with commas: 1, 2, 3,"
"""It is clear how it goes on, and is answered: greedy text of a near tie hangs on how the batch was computed."""
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Look out.",
        "parameters": {"type": "object", "properties": {"city": {"enum": ["Rome", "Bern"]}}, "required": ["city"]},
    },
}


class City(BaseModel):
    """A city."""

    name: Literal["Paris", "Rome"]


def answer_to(llm: Llama, n: int) -> str:
    """What the model answers to the question at temperature 0, without any server."""
    asked: list[Any] = [{"role": "user", "content": QUESTION}]
    said: Any = llm.create_chat_completion(asked, temperature=0, max_tokens=n)
    return str(said["choices"][0]["message"]["content"])


def text_after(llm: Llama, n: int) -> str:
    """How it goes on from the prompt."""
    return str(llm.create_completion(PROMPT, temperature=0, max_tokens=n)["choices"][0]["text"])

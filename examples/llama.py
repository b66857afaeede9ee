"""Everything behind one object: completions, streams, chats, scores. `python llama.py [MODEL]`."""

from __future__ import annotations

import asyncio
import sys

from llamacffi import AsyncLlama, Llama

PROMPTS = ("The capital of France is", "The capital of Japan is")


def answers(llm: Llama) -> None:
    """Several prompts at once, one as a stream, one with its probabilities."""
    response = llm(PROMPTS, max_tokens=8, temperature=0)
    for prompt, choice in zip(PROMPTS, response["choices"], strict=True):
        print(f"{prompt}{choice['text']!r}")

    for part in llm(PROMPTS[0], max_tokens=8, temperature=0, stream=True):
        print(part["choices"][0]["text"], end="|")
    print()

    told = llm(PROMPTS[0], max_tokens=1, temperature=0, logprobs=2)["choices"][0]["logprobs"]
    print(told and told["top_logprobs"])
    print(llm.score(" Paris", prompt=PROMPTS[0]) > llm.score(" Berlin", prompt=PROMPTS[0]))


def chat(llm: Llama) -> None:
    """An answer that is held to a form."""
    messages = [{"role": "user", "content": "Is the sky blue?"}]
    response = llm.create_chat_completion(messages, grammar='root ::= "yes" | "no"')
    print(response["choices"][0]["message"])


async def beside(llm: Llama) -> None:
    """The same object under asyncio, beside other threads."""
    awaited = AsyncLlama(llm)
    one, two = await asyncio.gather(*(awaited(prompt, max_tokens=4, seed=1) for prompt in PROMPTS))
    print(one["usage"]["total_tokens"] + two["usage"]["total_tokens"], "tokens")


def main(name: str) -> None:
    with Llama(name, n_ctx=2048, verbose=False) as llm:
        answers(llm)
        chat(llm)
        asyncio.run(beside(llm))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

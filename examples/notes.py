"""Questions about notes: one engine finds the note that fits and answers with it. `python notes.py [MODEL]`."""

from __future__ import annotations

import asyncio
import sys

from llamacffi import AsyncEngine, Model, Request, SamplingParams, hub

NOTES = [
    "The cat is called Minka and sleeps all day.",
    "The key is under the third flower pot.",
    "Rent is due on Monday.",
]
QUESTIONS = ["Where is the key?", "Who sleeps all day?"]


async def answer(engine: AsyncEngine, question: str) -> str:
    # Between the steps of answers that are under way, in a context of its own.
    *notes, asked = await engine.embed([*NOTES, question])
    note = NOTES[max(range(len(NOTES)), key=lambda i: notes[i] @ asked)]
    prompt = f"Note: {note}\nQuestion: {question}\nAnswer:"
    request = Request(prompt=prompt, params=SamplingParams(temperature=0, max_tokens=12, stop="\n"))
    completion = await engine.generate(request)
    return f"{question} [{note}]{completion.text!r}"


async def ask(model: Model) -> None:
    options = {"pooling_type": "mean", "flash_attn_type": "disabled"}
    async with AsyncEngine(model, n_ctx=1024, n_parallel=4, embedding_options=options) as engine:
        for line in await asyncio.gather(*(answer(engine, question) for question in QUESTIONS)):
            print(line)


def main(name: str) -> None:
    with Model(hub.resolve(name)) as model:
        asyncio.run(ask(model))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

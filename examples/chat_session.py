"""A conversation with tools, a branch of it, and a file. `python chat_session.py [MODEL]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from llamacffi import ChatSession, Model, SamplingParams, Sequence, hub


def get_population(city: str) -> int:
    """Look up how many people live in a city.

    Args:
        city: The city's name, in English.
    """
    return {"Tokyo": 14_000_000, "Paris": 2_100_000}[city]  # a KeyError is told to the model


def main(name: str) -> None:
    with Model(hub.resolve(name)) as model:
        context = model.context(n_ctx=2048, n_seq_max=2, kv_unified=True)
        params = SamplingParams(temperature=0, max_tokens=48)
        session = ChatSession(Sequence(context), system="Be brief.", params=params)

        stream = session.stream("What is the capital of Japan?")
        for delta in stream:
            print(delta.content, end="", flush=True)
        print(f"\n[{stream.reply.finish_reason}]")

        # Goes its own way from here; what was said so far is in the context's memory once.
        branch = session.fork()
        branch.run("How many people live there?", tools=[get_population])
        print([message["role"] for message in branch.messages], len(session.messages))

        with tempfile.TemporaryDirectory() as folder:
            session.save(Path(folder) / "talk.json")  # and talk.json.state, the memory
            again = ChatSession(session.generator, session.template, params=params)
            again.load(Path(folder) / "talk.json")
        print(again.messages == session.messages)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

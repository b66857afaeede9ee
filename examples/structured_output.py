"""An answer as an object: a dataclass in, its object out, growing as it is written. `structured_output.py [MODEL]`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Literal

from llamacffi import ChatTemplate, Model, SamplingParams, Sequence, generate, hub, stream_objects


@dataclass
class City:
    """What the model is to fill in; a schema as a dict, or a pydantic model, could say more, such as maxLength."""

    country: Literal["France", "Japan", "Peru"]
    coastal: bool


def main(name: str) -> None:
    with Model(hub.resolve(name)) as model, model.context(n_ctx=512) as context:
        sequence = Sequence(context)
        question = "Describe the city of Lima as JSON with country and coastal."
        prompt = ChatTemplate.from_model(model).render([{"role": "user", "content": question}])
        params = SamplingParams(temperature=0, max_tokens=200)

        city: City = generate(sequence, prompt, params, schema=City).parsed
        print(city)
        partial: list[Any] = list(stream_objects(sequence, prompt, params, schema=City))
        print(len(partial) > 1, partial[-1] == city)

        answer = generate(sequence, prompt, SamplingParams(choices=["yes", "no"], temperature=0, logprobs=1))
        print(answer.text, f"{answer.logprobs[0].logprob:.2f}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

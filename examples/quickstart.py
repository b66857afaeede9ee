"""What llamacffi does, in one file: tokenize, chat, stream, save and restore. `python quickstart.py [MODEL]`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from llamacffi import Batch, ChatTemplate, Model, SamplingParams, Sequence, State, hub, stream_generate


def main(name: str) -> None:
    with Model(hub.resolve(name)) as model:
        tokens = model.vocab.tokenize("Hello, world!")
        print(tokens, "is", repr(model.vocab.detokenize(tokens)))

        context = model.context(n_ctx=512)
        sequence = Sequence(context)
        prompt = ChatTemplate.from_model(model).render([{"role": "user", "content": "What is the capital of Japan?"}])
        for chunk in stream_generate(sequence, prompt, SamplingParams(temperature=0, max_tokens=64)):
            print(chunk.text, end="", flush=True)
        print()

        # What the context remembers, in a file; a second context goes on from there as the first does.
        with tempfile.TemporaryDirectory() as folder:
            context.snapshot(tokens=sequence.tokens).save(Path(folder) / "paris.state")
            state = State.load(Path(folder) / "paris.state")
        restored = model.context(n_ctx=512)
        restored.restore(state)
        batch = Batch(1)
        batch.add(tokens[0], pos=len(state.tokens), output=True)
        for each in (context, restored):
            each.decode(batch)
        same = bool((context.logits() == restored.logits()).all())
        print(f"{len(state.tokens)} tokens restored; the next logits are {'the same' if same else 'DIFFERENT'}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

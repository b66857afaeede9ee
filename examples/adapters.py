"""What a LoRA adapter, or a direction of one's own, does to the next word. `python adapters.py [MODEL [ADAPTER]]`.

Without an adapter, the embedding of a word is added to what leaves the layers in the second half of the model.
"""

from __future__ import annotations

import sys

import numpy as np

from llamacffi import Batch, Context, ControlVector, GGUFFile, Model, hub

PROMPT, WORD = "The capital of France is", " London"


def next_word(context: Context) -> str:
    """The likeliest token after PROMPT, and its probability."""
    vocab = context.model.vocab
    context.memory.clear()  # keys and values in memory stay as they were computed
    tokens = vocab.tokenize(PROMPT)
    batch = Batch(len(tokens))
    batch.extend(tokens)
    context.decode(batch)
    logits = context.logits().astype(np.float64)
    best = int(logits.argmax())
    return f"{1 / np.exp(logits - logits[best]).sum():.4f} {vocab.piece(best)!r}"


def towards(word: str, model: Model) -> ControlVector:
    (token, *_) = model.vocab.tokenize(word, add_special=False)
    with GGUFFile(model.path) as file:
        embedding = file.read("token_embd.weight")[token]
    directions = np.zeros((model.n_layer, model.n_embd), np.float32)
    directions[max(1, model.n_layer // 2) :] = embedding / np.linalg.norm(embedding)
    return ControlVector(directions)


def main(model_name: str = "smollm2-135m-instruct", adapter_path: str | None = None) -> None:
    with Model(hub.resolve(model_name)) as model, model.context(n_ctx=256) as context:
        adapter = None if adapter_path is None else model.adapter(adapter_path)
        for scale in (0.0, 0.5, 1.0):
            if adapter is not None:
                context.set_adapters({adapter: scale})
            else:
                context.set_control_vector(20 * scale * towards(WORD, model))
            print(f"{scale:.1f}  {next_word(context)}")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""How far each layer of a model moves the last token. `python activations.py [MODEL]`."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi import Batch, Model, hub

if TYPE_CHECKING:
    from llamacffi import EvalTensor


def layers(model: Model, text: str) -> list[np.ndarray[Any, Any]]:
    """What leaves each layer: float32[n_tokens, n_embd], of the last one only the row that becomes logits."""
    seen: dict[str, np.ndarray[Any, Any]] = {}
    names = [f"l_out-{layer}" for layer in range(model.n_layer)]

    def watch(tensor: EvalTensor, ask: bool) -> bool:  # noqa: FBT001 - as it is called
        if not ask:
            seen[tensor.name] = tensor.data()
        return tensor.name in names

    tokens = model.vocab.tokenize(text)
    with model.context(n_ctx=512, cb_eval=watch) as context:
        batch = Batch(len(tokens))
        batch.extend(tokens)
        context.decode(batch)
    return [seen[name] for name in names]


def main(model_name: str = "smollm2-135m-instruct") -> None:
    with Model(hub.resolve(model_name)) as model:
        states = layers(model, "The capital of France is")
        for layer, (before, after) in enumerate(itertools.pairwise(states), 1):
            moved = np.linalg.norm(after[-1] - before[-1]) / np.linalg.norm(before[-1])
            print(f"layer {layer:2d}  {moved:5.2f}  {'#' * round(20 * min(2.0, float(moved)))}".rstrip())


if __name__ == "__main__":
    main(*sys.argv[1:])

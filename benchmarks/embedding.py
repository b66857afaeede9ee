"""Texts of mixed length embedded together, beside one after the other through the same llamacffi.

python benchmarks/embedding.py [MODEL.gguf] [--pairs 7] [--texts 128] [--threads 1]

`python -m tests.models.minilm FOLDER` fetches a model of sentences. The vectors must agree.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from paired import interleave

from llamacffi import Context, Model, embed, hub

WORDS = Path(__file__).read_text(encoding="utf-8").split()
AT_LEAST = 1.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, nargs="?", help="the default model, with the mean of its tokens, if none")
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--texts", type=int, default=128)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    source = random.Random(0)
    texts = [" ".join(source.choices(WORDS, k=source.randint(1, 40))) for _ in range(options.texts)]
    path = options.model or hub.resolve("smollm2-135m-instruct")
    common: dict[str, Any] = {"embeddings": True, "n_threads": options.threads}
    if options.model is None:
        common["pooling_type"] = "mean"
    with (
        Model(path) as model,
        model.context(n_seq_max=32, kv_unified=True, **common) as many,
        model.context(**common) as one,
    ):

        def together() -> float:
            return timed(many, [texts])

        def alone() -> float:
            return timed(one, [[text] for text in texts])

        rows = embed(many, texts)
        worst = min(float(row @ embed(one, [text])[0]) for row, text in zip(rows, texts, strict=True))
        print(f"{len(texts)} texts, {np.size(rows, 1)} dimensions, smallest cosine of the two ways {worst:.6f}")
        good = interleave(together, alone, pairs=options.pairs).report(
            "together", "one by one", "texts/s", at_least=AT_LEAST
        )
    sys.exit(not (good and worst > 0.999))


def timed(context: Context, lists: list[list[str]]) -> float:
    begin = time.perf_counter()
    for texts in lists:
        embed(context, texts)
    return sum(map(len, lists)) / (time.perf_counter() - begin)


if __name__ == "__main__":
    main()

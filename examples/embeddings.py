"""Find the texts that mean what a question asks. `python embeddings.py [MODEL [QUESTION]]`.

An embedding model (all-MiniLM, BGE, E5, …) does this well; the default, a small chat model, after a fashion.
"""

from __future__ import annotations

import sys

from llamacffi import Model, embed, hub

NOTES = [
    "the cat sleeps in the warm sun",
    "paris is the capital of france",
    "please count from one to ten",
    "the birds are singing in the tall trees",
    "i am fine, thank you",
]


def main(name: str = "smollm2-135m-instruct", question: str = "what is the capital of france") -> None:
    with Model(hub.resolve(name)) as model:
        # Eight texts at a time; the mean of its tokens stands for a text, which suits most models of sentences.
        context = model.context(embeddings=True, pooling_type="mean", n_ctx=512, n_seq_max=8, kv_unified=True)
        notes = embed(context, NOTES)
        (query,) = embed(context, [question])
        print(f"{len(NOTES)} texts of {notes.shape[1]} numbers each")
        # The vectors have length 1, so that their product is the cosine of the angle between them.
        for cosine, note in sorted(zip(notes @ query, NOTES, strict=True), reverse=True):
            print(f"{cosine:7.4f}  {note}")


if __name__ == "__main__":
    main(*sys.argv[1:])

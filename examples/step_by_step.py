"""A Llama one token at a time, and its prompts kept on disk. `python step_by_step.py [MODEL]`."""

from __future__ import annotations

import sys
import tempfile

from llamacffi import Llama, LlamaDiskCache

QUESTION = "The capital of France is Paris, of Spain it is Madrid, of Italy it is Rome, and the capital of Japan is"


def main(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for turn in ("first", "second"):  # as if these were two processes
            with Llama(name, n_ctx=512, verbose=False) as llm:
                llm.set_cache(LlamaDiskCache(folder))
                llm(QUESTION, max_tokens=8)
                print(f"{turn}: {llm.engine.stats().cached_tokens} tokens were in the cache")

    with Llama(name, n_ctx=512, verbose=False) as llm:
        llm.eval(llm.tokenize(QUESTION.encode()))
        said = []
        for _ in range(4):
            logits = llm.scores[-1]  # float32[n_vocab], of the last token alone
            said.append(llm.sample(temp=0))
            print(said[-1] == logits.argmax(), end=" ")
            llm.eval(said[-1:])
        print(llm.detokenize(said))

        state = llm.save_state()  # it can be pickled
        first = next(llm.generate(llm.input_ids, temp=0))
        llm.reset()
        llm.load_state(state)
        print(first == llm.sample(temp=0))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "smollm2-135m-instruct")

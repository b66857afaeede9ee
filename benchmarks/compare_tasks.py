"""What compare_llama_cpp_python.py measures: the same code on the class `Llama` of either package.

python benchmarks/compare_tasks.py PACKAGE MODEL         # reads names of tasks, writes their figures, a line each

With COMPARE_CLOCK=cpu the clock counts the processor's seconds of this process, all threads together, and leaves out
what else the machine does.
"""

from __future__ import annotations

import importlib
import itertools
import json
import os
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

TOKENS = 64
PROMPT = "Once upon a time, in a village by the sea,"
MESSAGES = [{"role": "user", "content": "Tell me a long story about the sea."}]
WEATHER = {
    "type": "object",
    "properties": {"cities": {"type": "array", "minItems": 3, "maxItems": 3, "items": {"type": "string"}}},
    "required": ["cities"],
}
LONG = "The sea was calm, and the boats lay by the shore while the old men mended their nets. " * 20
TEXTS = [f"{n} {word}, {LONG[: 12 * (n + 1)]}" for n, word in enumerate(("sea", "ship", "sail", "storm") * 4)]
_clock = time.process_time if os.environ.get("COMPARE_CLOCK") == "cpu" else time.perf_counter
SAME = {"n_ctx": 1024, "n_batch": 512, "n_threads": 1, "n_threads_batch": 1, "flash_attn": False}


class Tasks:
    """Each method that is not private is a task: it does its work once, and returns the figure."""

    def __init__(self, package: str, model: str) -> None:
        self._package = importlib.import_module(package)
        self._model = model
        self._turn = itertools.count()

    @lru_cache  # noqa: B019 - one object, as long as the process
    def _llm(self, **options: Any) -> Any:
        return self._package.Llama(self._model, verbose=False, **options)

    @property
    def _same(self) -> Any:
        return self._llm(**SAME)

    def _speed(self, ask: Callable[[], Any], n: int) -> float:
        begin = _clock()
        ask()
        return n / (_clock() - begin)

    def _completed(self, llm: Any, **options: Any) -> float:
        begin = _clock()
        answer = llm(PROMPT, max_tokens=TOKENS, temperature=0, **options)
        seconds = _clock() - begin
        return float(answer["usage"]["completion_tokens"] / seconds)

    def completion(self) -> float:
        """Greedy, up to 64 tokens."""
        return self._completed(self._same)

    def completion_default(self) -> float:
        """With what either package does on its own, the default samplers too."""
        begin = _clock()
        answer = self._llm()(PROMPT, max_tokens=TOKENS, seed=1)
        return float(answer["usage"]["completion_tokens"] / (_clock() - begin))

    def streaming(self) -> float:
        """Greedy, up to 64 tokens, a part each."""
        begin = _clock()
        n = sum(
            bool(part["choices"][0]["text"])
            for part in self._same(PROMPT, max_tokens=TOKENS, temperature=0, stream=True)
        )
        return n / (_clock() - begin)

    def streaming_late(self) -> float:
        """The last of 600 tokens, where a stream that spells all tokens again for each is slow."""
        begin = last = _clock()
        n = 0
        for _ in self._same(PROMPT, max_tokens=600, temperature=0, stream=True):
            n += 1
            if n == 400:
                begin = _clock()
            last = _clock()
        return (n - 400) / (last - begin) if n > 420 else 0.0

    def chat(self) -> float:
        """With the model's own template."""
        begin = _clock()
        answer = self._same.create_chat_completion(MESSAGES, max_tokens=TOKENS, temperature=0)
        return float(answer["usage"]["completion_tokens"] / (_clock() - begin))

    def grammar(self) -> float:
        """Three strings in an array, as the schema says."""
        held = {"type": "json_object", "schema": WEATHER}
        begin = _clock()
        answer = self._same.create_chat_completion(MESSAGES, response_format=held, max_tokens=TOKENS, temperature=0)
        return float(answer["usage"]["completion_tokens"] / (_clock() - begin))

    def logprobs(self) -> float:
        """With the five best tokens at each place."""
        return self._completed(self._llm(**SAME, logits_all=True), logprobs=5)

    def embeddings(self) -> float:
        """Sixteen texts of 20 to 200 characters in one call."""
        llm = self._llm(**SAME, embedding=True, pooling_type=1)
        return self._speed(lambda: llm.create_embedding(TEXTS), len(TEXTS))

    def state_save(self) -> float:
        """All of a context that holds one long prompt."""
        llm = self._filled()
        return self._speed(llm.save_state, 1)

    def state_load(self) -> float:
        """The same back again."""
        llm = self._filled()
        state = llm.save_state()
        return self._speed(lambda: llm.load_state(state), 1)

    def _filled(self) -> Any:
        llm = self._llm(**SAME, seed=1)
        if not llm.n_tokens:
            llm.eval(llm.tokenize(LONG.encode()))
        return llm

    def tokenize(self) -> float:
        """Millions of bytes a second, of a text of 1.7 kB."""
        data = LONG.encode()
        return self._speed(lambda: [self._same.tokenize(data) for _ in range(40)], 40 * len(data)) / 1e6

    def tokenize_short(self) -> float:
        """Ten bytes a call."""
        return self._speed(lambda: [self._same.tokenize(b"by the sea") for _ in range(2000)], 2000)

    def detokenize(self) -> float:
        """Millions of tokens a second, 380 a call."""
        ids = self._same.tokenize(LONG.encode())
        return self._speed(lambda: [self._same.detokenize(ids) for _ in range(40)], 40 * len(ids)) / 1e6

    def detokenize_one(self) -> float:
        """One token a call, as libraries do that spell the whole vocabulary."""
        return self._speed(lambda: [self._same.detokenize([i]) for i in range(3000, 8000)], 5000)

    def cache_hit(self) -> float:
        """Two long prompts in turns, from a cache in RAM, to one token each."""
        llm = self._llm(**SAME, seed=2)
        if llm.cache is None:
            llm.set_cache(self._package.LlamaRAMCache())
            for i in range(4):
                llm(f"{i % 2}. {LONG}", max_tokens=1, temperature=0)
        i = next(self._turn)
        return self._speed(lambda: llm(f"{i % 2}. {LONG}", max_tokens=1, temperature=0), 1)

    def short_answers(self) -> float:
        """A step for the last token of the prompt, the one that is new, and all that goes with a call."""
        llm = self._same
        return self._speed(lambda: [llm(f"{PROMPT} {i}", max_tokens=1, temperature=0) for i in range(9)], 9)


def memory(package: str, model: str) -> float:
    """Megabytes of this process after the model is loaded and has answered once."""
    llm = importlib.import_module(package).Llama(model, verbose=False, **SAME)
    llm(PROMPT, max_tokens=4, temperature=0)
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def main() -> None:
    package, model, *names = sys.argv[1:]
    if names == ["memory"]:
        print(memory(package, model))
        return
    tasks = Tasks(package, model)
    # The figures go to the pipe; what libraries print does not.
    answers, sys.stdout = sys.stdout, sys.stderr
    for name in sys.stdin:
        print(json.dumps(getattr(tasks, name.strip())()), file=answers, flush=True)


if __name__ == "__main__":
    main()

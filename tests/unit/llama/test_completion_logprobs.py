"""How probable the tokens were: against a softmax of the matrix that the model is."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from llamacffi import Llama
from tests.models import BigramModel
from tests.unit.llama.exact import EXACT

PROMPT = [9, 8, 7, 30]


def logprobs_after(bigram: BigramModel, token: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    row = bigram.logits[token].astype(np.float64)
    return np.asarray(row - np.log(np.exp(row - row.max()).sum()) - row.max())


def spelt(llm: Llama, token: int) -> str:
    return llm.vocab.piece(token, special=True).decode("utf-8", "ignore")


def greedy(bigram: BigramModel, token: int, n: int) -> list[int]:
    said = []
    for _ in range(n):
        token = int(bigram.logits[token].argmax())
        said.append(token)
    return said


def test_they_are_those_of_the_model(bigram_llm: Llama, bigram: BigramModel) -> None:
    choice = bigram_llm(PROMPT, max_tokens=5, temperature=0, logprobs=3)["choices"][0]
    told = choice["logprobs"]
    assert told is not None
    said = greedy(bigram, PROMPT[-1], len(told["tokens"]))
    assert told["tokens"] == [spelt(bigram_llm, token) for token in said]
    for i, (before, token) in enumerate(zip([PROMPT[-1], *said], said, strict=False)):
        expected = logprobs_after(bigram, before)
        assert told["token_logprobs"][i] == pytest.approx(expected[token], abs=1e-4)
        best = told["top_logprobs"][i]
        assert best is not None
        # Of tokens that are spelt alike the best one counts.
        known = {spelt(bigram_llm, int(each)): float(expected[each]) for each in np.argsort(-expected)[2::-1]}
        assert best == pytest.approx(known, abs=1e-4)


def test_the_token_said_is_among_the_best_even_when_it_is_not_one(bigram_llm: Llama, bigram: BigramModel) -> None:
    unlikely = int(np.argsort(bigram.logits[PROMPT[-1]])[200])
    told = bigram_llm(PROMPT, max_tokens=1, logit_bias={unlikely: 100.0}, logprobs=1)["choices"][0]["logprobs"]
    assert told is not None
    # By the model's own logits, before the bias.
    expected = logprobs_after(bigram, PROMPT[-1])[unlikely]
    assert told["token_logprobs"] == [pytest.approx(expected, abs=1e-4)]
    assert told["top_logprobs"][0] is not None
    assert len(told["top_logprobs"][0]) == 2
    assert told["top_logprobs"][0][spelt(bigram_llm, unlikely)] == told["token_logprobs"][0]


def test_offsets_are_those_in_the_prompt_and_the_text(scripted_llm: Llama) -> None:
    prompt = "a 🦙 b"
    choice = scripted_llm(prompt, max_tokens=None, temperature=0, logprobs=0)["choices"][0]
    told, whole = choice["logprobs"], prompt + choice["text"]
    assert told is not None
    for offset, token in zip(told["text_offset"], told["tokens"], strict=True):
        assert whole[offset:].startswith(token)
    assert told["text_offset"][0] == len(prompt)
    assert "".join(told["tokens"]) != choice["text"]  # parts of characters are left out


def test_echo_tells_of_the_prompt_too(bigram_llm: Llama, bigram: BigramModel) -> None:
    choice = bigram_llm(PROMPT, max_tokens=2, temperature=0, logprobs=2, echo=True)["choices"][0]
    told = choice["logprobs"]
    assert told is not None
    said = [*PROMPT, *greedy(bigram, PROMPT[-1], 2)]
    assert told["tokens"] == [spelt(bigram_llm, token) for token in said]
    assert told["token_logprobs"][0] is None
    assert told["top_logprobs"][0] is None
    expected = [logprobs_after(bigram, before)[token] for before, token in pairwise(said)]
    assert told["token_logprobs"][1:] == pytest.approx(expected, abs=1e-4)
    assert told["text_offset"][0] == 0


def test_echo_leaves_bos_out(bigram_llm: Llama) -> None:
    told = bigram_llm("the", max_tokens=1, temperature=0, logprobs=0, echo=True)["choices"][0]["logprobs"]
    assert told is not None
    assert told["tokens"][0] != "<s>"
    assert told["token_logprobs"][0] is None
    only = bigram_llm("", max_tokens=1, temperature=0, logprobs=0, echo=True)["choices"][0]["logprobs"]
    assert only is not None
    assert len(only["tokens"]) == 1


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("n", [1, 3])
def test_a_stream_tells_the_same(bigram_llm: Llama, echo: bool, n: int) -> None:  # noqa: FBT001
    options: dict[str, Any] = {"max_tokens": 6, "seed": 2, "logprobs": 2, "echo": echo, "n": n}
    whole = bigram_llm(PROMPT, **options)["choices"]
    parts = list(bigram_llm(PROMPT, stream=True, **options))
    for i in range(n):
        told = whole[i]["logprobs"]
        assert told is not None
        mine = [choice["logprobs"] for part in parts for choice in part["choices"] if choice["index"] == i]
        for name, values in told.items():
            joined = [value for each in mine if each is not None for value in each[name]]
            assert joined == values


def test_they_need_no_logits_all_and_no_table_of_logits(tiny_llm: Llama) -> None:
    tiny_llm([5, 6], max_tokens=2, logprobs=5)
    table = tiny_llm.n_batch * tiny_llm.n_vocab() * 4
    tracemalloc.start()
    try:
        tiny_llm(list(range(5, 205)), max_tokens=100, logprobs=5, ignore_eos=True)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < table / 2  # of which NumPy would have told


def test_draft_models_and_long_prompts_go_with_them(tiny_llama: Any) -> None:
    from llamacffi import PromptLookup

    prompt = [5, 6, 7, 8] * 40
    with Llama(tiny_llama, n_ctx=512, n_batch=32, draft_model=PromptLookup(), **EXACT) as llm:
        told = llm(prompt, max_tokens=30, temperature=0, logprobs=1)["choices"][0]["logprobs"]
        alone = llm(prompt, max_tokens=30, temperature=0, logprobs=1, predictor=None)["choices"][0]["logprobs"]
    assert told is not None
    assert alone is not None
    assert told["tokens"] == alone["tokens"]

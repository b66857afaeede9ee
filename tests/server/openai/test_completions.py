"""Completions, judged by the types of OpenAI's package, and their numbers by the matrix that the model is."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from llamacffi.generation.infill import infill_prompt
from tests.conftest import SCRIPT
from tests.models import BigramModel
from tests.server.openai.asked import Asked
from tests.server.openai.judged import dicts, events, judged

types = pytest.importorskip("openai.types")


def texts_of(parts: list[Any], n: int) -> list[str]:
    return ["".join(one.text for part in parts for one in part.choices if one.index == i) for i in range(n)]


def logprob(bigram: BigramModel, before: int, token: int) -> float:
    row = bigram.logits[before].astype(np.float64)
    return float(row[token] - np.log(np.exp(row).sum()))


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/engines/copilot-codex/completions"])
def test_a_text(script: Asked, path: str) -> None:
    said = judged(types.Completion, script.post(path, prompt="a", max_tokens=-1, temperature=0).text)
    assert (said.choices[0].text, said.choices[0].finish_reason, said.model) == (SCRIPT, "stop", "script")
    assert said.usage.prompt_tokens == len(script.llm.tokenize("a"))


def test_sixteen_tokens_by_default(tiny: Asked) -> None:
    assert tiny.complete(ignore_eos=True).json()["usage"]["completion_tokens"] == 16


def test_a_stream(script: Asked) -> None:
    answer = script.complete(max_tokens=-1, stream=True, stream_options={"include_usage": True})
    *parts, last = events(types.Completion, answer.text)
    assert texts_of(parts, 1) == [SCRIPT]
    assert parts[-1].choices[0].finish_reason == "stop"
    assert (last.choices, last.usage.prompt_tokens) == ([], len(script.llm.tokenize("a")))
    assert dicts(answer.text)[-1]["timings"]["predicted_n"] == last.usage.completion_tokens


@pytest.mark.parametrize("stream", [False, True])
def test_several_prompts(tiny: Asked, *, stream: bool) -> None:
    prompts = ["a b", "c", "the d"]
    answer = tiny.complete(prompts, max_tokens=5, n=2, temperature=1, seed=4, stream=stream)
    if stream:
        texts = texts_of(events(types.Completion, answer.text), 6)
    else:
        whole = judged(types.Completion, answer.text)
        assert [one.index for one in whole.choices] == list(range(6))
        assert whole.usage.prompt_tokens == sum(len(tiny.llm.tokenize(one)) for one in prompts)
        texts = [one.text for one in whole.choices]
    # Answer i of a prompt has the seed + i.
    expected = [
        tiny.llm.create_completion(prompt, max_tokens=5, temperature=1, seed=4 + i)["choices"][0]["text"]
        for prompt in prompts
        for i in range(2)
    ]
    assert texts == expected


def test_prompts_of_tokens_and_texts(tiny: Asked) -> None:
    tokens = tiny.llm.tokenize("the words")
    by_text, by_tokens = (tiny.complete(one, max_tokens=4).json()["choices"] for one in ("the words", tokens))
    assert by_text == by_tokens
    mixed = tiny.complete(["the words", tokens], max_tokens=4).json()["choices"]
    assert mixed[0]["text"] == mixed[1]["text"] == by_text[0]["text"]


@pytest.mark.parametrize("max_tokens", [0, 1])
def test_the_prompt_with_its_logprobs(table: Asked, bigram: BigramModel, max_tokens: int) -> None:
    tokens = table.llm.tokenize("bad cab")
    answer = table.complete("bad cab", echo=True, logprobs=3, max_tokens=max_tokens)
    (choice,) = judged(types.Completion, answer.text).choices
    assert choice.text.startswith("bad cab")
    assert (choice.finish_reason, answer.json()["usage"]["completion_tokens"]) == ("length", max_tokens)
    told, n = choice.logprobs, len(tokens) - 1
    assert tokens[0] == table.llm.token_bos()
    assert (
        len(told.tokens)
        == len(told.token_logprobs)
        == len(told.top_logprobs)
        == len(told.text_offset)
        == n + max_tokens
    )
    assert told.token_logprobs[0] is None
    expected = [logprob(bigram, *pair) for pair in pairwise(tokens[1:])]
    assert told.token_logprobs[1:n] == pytest.approx(expected, abs=1e-4)
    assert [choice.text[offset:].startswith(told.tokens[i]) for i, offset in enumerate(told.text_offset)] == [True] * (
        n + max_tokens
    )
    # The most probable ones, and the one that is there.
    assert all(3 <= len(top) <= 4 for top in told.top_logprobs[1:n])


def test_a_prompt_echoed_in_a_stream(table: Asked) -> None:
    whole = table.complete("bad cab", echo=True, logprobs=1, max_tokens=2).json()["choices"][0]
    parts = events(types.Completion, table.complete("bad cab", echo=True, logprobs=1, max_tokens=2, stream=True).text)
    assert texts_of(parts, 1) == [whole["text"]]
    told = [one.choices[0].logprobs for one in parts if one.choices[0].logprobs]
    assert [token for one in told for token in one.tokens] == whole["logprobs"]["tokens"]
    assert [offset for one in told for offset in one.text_offset] == whole["logprobs"]["text_offset"]


def test_the_best_of_several(tiny: Asked) -> None:
    each = [tiny.complete(max_tokens=4, temperature=1, seed=8 + i, logprobs=0).json()["choices"][0] for i in range(4)]
    means = [float(np.mean(one["logprobs"]["token_logprobs"])) for one in each]
    best = [each[i]["text"] for i in np.argsort(means)[::-1][:2]]
    answer = judged(types.Completion, tiny.complete(max_tokens=4, temperature=1, seed=8, n=2, best_of=4).text)
    assert [one.text for one in answer.choices] == best
    assert answer.usage.completion_tokens == 16


def test_what_comes_before_a_suffix(tiny: Asked) -> None:
    tokens = infill_prompt(tiny.llm.vocab, "a b", "c d")
    by_tokens = tiny.complete(tokens, max_tokens=4).json()
    answer = tiny.complete("a b", suffix="c d", max_tokens=4).json()
    assert answer["choices"][0]["text"] == by_tokens["choices"][0]["text"]
    assert answer["usage"]["prompt_tokens"] == len(tokens)
    assert tiny.complete("a b", suffix="", max_tokens=1).json()["usage"]["prompt_tokens"] < len(tokens)


@pytest.mark.parametrize(
    "held", [{"grammar": 'root ::= "yes"'}, {"response_format": {"type": "json_object", "schema": {"const": 7}}}]
)
def test_a_text_is_held_to_a_form(tiny: Asked, held: Any) -> None:
    said = tiny.complete(**held, temperature=1).json()["choices"][0]["text"]
    assert said in ("yes", "7")


def test_seeds_beyond_32_bits(tiny: Asked) -> None:
    big, small = (tiny.complete(seed=seed, temperature=1).json()["choices"] for seed in (2**40 + 5, 5))
    assert big == small
    assert tiny.complete(seed=-1).status_code == 200


def test_whole_numbers_may_be_floats(tiny: Asked) -> None:
    body = json.dumps({"prompt": "a", "max_tokens": 3.0, "ignore_eos": True})
    answer = tiny.client.post("/v1/completions", content=body, headers={"content-type": "application/json"})
    assert answer.json()["usage"]["completion_tokens"] == 3

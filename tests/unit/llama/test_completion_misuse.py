"""Calls that cannot be answered: what is said about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import ContextError, ContextOverflow, GrammarError, Llama, ModelLoadError, TokenizeError
from tests.unit.llama.exact import EXACT


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("prompt", "error", "match"),
    [
        ([], ValueError, "the prompt is empty"),
        ([[5], []], ValueError, "prompt 1 is empty"),
        (5, TypeError, "the prompt is 5"),
        (None, TypeError, "the prompt is None"),
        ({"a": 1}, TypeError, "the prompt is"),
        ([5, "a"], TypeError, "no whole number"),
        (["a", 5], TypeError, "token ids"),
        ([5.5], TypeError, "token ids"),
        ([-1], ValueError, "token -1 is not in the vocabulary"),
        ([10**6], ValueError, "token 1000000 is not in the vocabulary"),
        (b"a\xff", TokenizeError, "not UTF-8"),
        ("a\ud800", TokenizeError, "surrogate"),
        (list(range(5, 205)) * 3, ContextOverflow, "600 tokens, which exceed the context window of 512"),
        ([5] * 512, ContextOverflow, "512 tokens"),
        ([[5], [6] * 600], ContextOverflow, "prompt 1 has 600 tokens"),
    ],
)
def test_prompts(tiny_llm: Llama, prompt: Any, error: type[Exception], match: str, stream: bool) -> None:  # noqa: FBT001
    with pytest.raises(error, match=match):
        tiny_llm(prompt, max_tokens=1, stream=stream)


def test_a_prompt_that_just_fits(tiny_llm: Llama) -> None:
    assert tiny_llm([5] * 511, max_tokens=1, ignore_eos=True)["usage"]["completion_tokens"] == 1


def test_a_prompt_may_be_an_array(tiny_llm: Llama) -> None:
    one = tiny_llm([5, 6], max_tokens=4, temperature=0)["choices"][0]["text"]
    prompt: Any = np.array([5, 6], np.int32)
    assert tiny_llm(prompt, max_tokens=4, temperature=0)["choices"][0]["text"] == one
    several: Any = np.array([[5, 6], [5, 6]])
    assert [choice["text"] for choice in tiny_llm(several, max_tokens=4, temperature=0)["choices"]] == [one, one]


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"temprature": 1}, TypeError, "'temprature'; did you mean 'temperature'"),
        ({"max_token": 1}, TypeError, "did you mean 'max_tokens'"),
        ({"max_tokens": "5"}, TypeError, "max_tokens"),
        ({"max_tokens": 1.5}, TypeError, "max_tokens"),
        ({"temperature": "hot"}, TypeError, "temperature"),
        ({"temperature": float("nan")}, ValueError, "temperature"),
        ({"top_k": 1.5}, TypeError, "top_k"),
        ({"top_p": 2}, ValueError, "top_p"),
        ({"stop": 5}, TypeError, "stop"),
        ({"stop": [""]}, ValueError, "stop"),
        ({"stream": "yes"}, TypeError, "stream"),
        ({"echo": 1}, TypeError, "echo"),
        ({"logprobs": -1}, ValueError, "logprobs"),
        ({"logprobs": 10**6}, ValueError, "logprobs"),
        ({"logprobs": "3"}, TypeError, "logprobs"),
        ({"n": 0}, ValueError, "n must"),
        ({"n": 2, "best_of": 1}, ValueError, "best_of"),
        ({"seed": -2}, ValueError, "seed"),
        ({"seed": "now"}, TypeError, "seed"),
        ({"suffix": 5}, TypeError, "suffix"),
        ({"mirostat_mode": 3}, ValueError, "mirostat"),
        ({"grammar": "root ::= missing"}, GrammarError, "missing"),
        ({"grammar": 5}, TypeError, "grammar"),
        ({"schema": {"type": "object", "patternProperties": 5}}, GrammarError, "patternProperties"),
        ({"regex": "("}, GrammarError, "[(]"),
        ({"grammar": 'root ::= "a"', "regex": "a"}, ValueError, "grammar and regex"),
        ({"response_format": {"type": "yaml"}}, ValueError, "yaml"),
        ({"logit_bias": {10**6: 1.0}}, ValueError, "1000000"),
        ({"logit_bias": [5]}, TypeError, "logit_bias"),
        ({"logit_bias": {5: float("nan")}}, ValueError, "token 5"),
        ({"logits_processor": 5}, TypeError, "logits_processor"),
        ({"stopping_criteria": "stop"}, TypeError, "stopping_criteria"),
        ({"timeout": -1}, ValueError, "timeout"),
        ({"priority": "high"}, TypeError, "priority"),
        ({"predictor": 5}, TypeError, "draft"),
        ({"lora": 5}, TypeError, "lora"),
        ({"lora": "/nowhere/at/all.gguf"}, ModelLoadError, "nowhere"),
        ({"min_tokens": 20}, ValueError, "min_tokens"),
        ({"overflow": "wrap"}, ValueError, "overflow"),
        ({"stream_options": {"include_usages": True}}, TypeError, "include_usage"),
        ({"stream_options": 5}, TypeError, "stream_options"),
        ({"model": 5}, TypeError, "model"),
    ],
)
def test_options(tiny_llm: Llama, options: dict[str, Any], error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        tiny_llm("the", **options)
    assert tiny_llm("the", max_tokens=1)["choices"]


def test_a_logits_processor_of_the_wrong_shape(tiny_llm: Llama) -> None:
    with pytest.raises(TypeError, match="must return the scores"):
        tiny_llm("the", logits_processor=lambda _ids, scores: scores[:5])


def test_a_model_with_an_encoder(tmp_path: Path) -> None:
    from tests.models import write_t5

    path = write_t5(tmp_path / "t5.gguf")
    with Llama(path, **EXACT) as llm, pytest.raises(ContextError, match="does not generate"):
        llm("the")

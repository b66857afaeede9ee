"""What a completion may be asked with: samplers, constraints, functions, adapters, limits."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Choices, Llama, PromptLookup, SamplingParams, TokenizeError, edit_gguf
from llamacffi.llama.llama_grammar import LlamaGrammar
from llamacffi.llama.processors import LogitsProcessorList, StoppingCriteriaList
from tests.models import BigramModel, Script, lora_pairs, spm_vocab, write_bigram, write_lora, write_scripted
from tests.models.llama import LlamaShape, llama_tensors
from tests.unit.llama.exact import EXACT

SAMPLERS: list[dict[str, Any]] = [
    {"top_k": 3},
    {"top_p": 0.3},
    {"min_p": 0.4},
    {"typical_p": 0.4, "min_keep": 2},
    {"top_n_sigma": 1.0},
    {"xtc_probability": 1.0, "xtc_threshold": 0.02},
    {"dry_multiplier": 2.0, "dry_base": 1.5, "dry_allowed_length": 1, "dry_penalty_last_n": 32},
    {"dynatemp_range": 0.5, "dynatemp_exponent": 2.0},
    {"adaptive_target": 0.3, "adaptive_decay": 0.5},
    {"repeat_penalty": 1.5, "repeat_last_n": 8},
    {"frequency_penalty": 0.7},
    {"presence_penalty": 0.9},
    {"temperature": 0.3},
    {"ignore_eos": True},
    {"min_tokens": 4},
    {"stop_tokens": [5, 9]},
]


@pytest.mark.parametrize("options", SAMPLERS, ids=lambda options: next(iter(options)))
def test_a_sampler_does_what_it_does_elsewhere(tiny_llm: Llama, options: dict[str, Any]) -> None:
    given = {"max_tokens": 24, "seed": 11, "temperature": 1.5, **options}
    params = SamplingParams(penalize_prompt=False, **given)
    expected = tiny_llm.engine.submit([5, 6, 7], params).completion().text
    assert tiny_llm([5, 6, 7], **given)["choices"][0]["text"] == expected


@pytest.mark.parametrize("version", [1, 2])
def test_mirostat(tiny_llm: Llama, version: int) -> None:
    params = SamplingParams(max_tokens=24, seed=11, mirostat=version, mirostat_tau=3.0, mirostat_eta=0.2)
    expected = tiny_llm.engine.submit([5, 6, 7], params).completion().text
    said = tiny_llm([5, 6, 7], max_tokens=24, seed=11, mirostat_mode=version, mirostat_tau=3.0, mirostat_eta=0.2)
    assert said["choices"][0]["text"] == expected


def test_penalties_look_back_as_far_as_the_llama_was_told(tiny_llama: Path) -> None:
    options: dict[str, Any] = {"max_tokens": 40, "temperature": 0, "repeat_penalty": 3.0}
    with Llama(tiny_llama, n_ctx=256, last_n_tokens_size=2, **EXACT) as llm:
        near = llm([5], **options)["choices"][0]["text"]
        params = SamplingParams(repeat_last_n=2, penalize_prompt=False, **options)
        assert near == llm.engine.submit([5], params).completion().text
        assert near != llm([5], repeat_last_n=64, **options)["choices"][0]["text"]


def test_tail_free_sampling_is_gone_and_says_so(tiny_llm: Llama) -> None:
    with pytest.warns(UserWarning, match="tfs_z does nothing"):
        tiny_llm([5], max_tokens=1, tfs_z=0.5)


@pytest.mark.parametrize("key", [40, "40"])
def test_logit_bias(tiny_llm: Llama, key: object) -> None:
    response = tiny_llm([5], max_tokens=1, logit_bias={key: 100.0}, logprobs=0)
    told = response["choices"][0]["logprobs"]
    assert told is not None
    assert told["tokens"] == [tiny_llm.vocab.piece(40).decode()]


def test_a_bias_and_a_processor_both_work(bigram_llm: Llama, bigram: BigramModel) -> None:
    first, second = np.argsort(-bigram.logits[30])[:2]
    third = int(np.argsort(-bigram.logits[30])[7])
    seen = []

    def forbid_the_first(input_ids: Any, scores: Any) -> Any:
        seen.append(input_ids.tolist())
        scores = scores.copy()
        scores[first] = -np.inf
        return scores

    def said(**options: Any) -> str:
        return str(bigram_llm([9, 30], max_tokens=1, temperature=0, **options)["choices"][0]["text"])

    processors = LogitsProcessorList([forbid_the_first])
    assert said(logits_processor=processors) == bigram_llm.vocab.piece(int(second)).decode()
    assert said(logits_processor=processors, logit_bias={third: 50.0}) == bigram_llm.vocab.piece(third).decode()
    # The bias cannot bring back what the processor forbade.
    assert (
        said(logits_processor=processors, logit_bias={int(first): 50.0}) != bigram_llm.vocab.piece(int(first)).decode()
    )
    assert seen[0] == [9, 30]


def test_stopping_criteria_in_the_convention_of_others(tiny_llm: Llama) -> None:
    seen = []

    def enough(input_ids: Any, logits: Any) -> bool:
        seen.append((input_ids.copy(), logits.shape))
        return len(input_ids) >= 8

    criteria = StoppingCriteriaList([enough])
    response = tiny_llm([5, 6], max_tokens=40, temperature=0, ignore_eos=True, stopping_criteria=criteria)
    assert response["usage"]["completion_tokens"] == 6
    assert response["choices"][0]["finish_reason"] == "stop"
    assert seen[0][0][:2].tolist() == [5, 6]
    assert {shape for _, shape in seen} == {(tiny_llm.n_vocab(),)}


def test_a_processor_that_raises_raises_here(tiny_llm: Llama) -> None:
    def broken(_ids: Any, _scores: Any) -> Any:
        message = "no logits today"
        raise KeyError(message)

    with pytest.raises(KeyError, match="no logits today"):
        tiny_llm([5], logits_processor=broken)
    assert tiny_llm([5], max_tokens=1)["choices"]


@pytest.mark.parametrize(
    ("options", "pattern"),
    [
        ({"grammar": 'root ::= "yes" | "no"'}, "yes|no"),
        ({"grammar": LlamaGrammar.from_string('root ::= "yes" | "no"')}, "yes|no"),
        ({"grammar": Choices(["ja", "nein"])}, "ja|nein"),
        ({"regex": "[0-9]{2}-[a-c]"}, "[0-9]{2}-[a-c]"),
        ({"choices": ["red", "green"]}, "red|green"),
        ({"schema": {"type": "boolean"}}, "true|false"),
        ({"response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "null"}}}}, "null"),
        ({"stop": ["s"], "choices": ["yes"]}, "ye"),
    ],
)
def test_answers_are_held_to_a_form(tiny_llm: Llama, options: dict[str, Any], pattern: str) -> None:
    text = tiny_llm([5], max_tokens=40, seed=1, **options)["choices"][0]["text"]
    assert re.fullmatch(pattern, text)


def test_a_schema_with_properties(tiny_llm: Llama) -> None:
    schema = {"type": "object", "properties": {"a": {"enum": [1, 2]}}, "required": ["a"], "additionalProperties": False}
    text = tiny_llm([5], max_tokens=200, temperature=0, schema=schema)["choices"][0]["text"]
    assert json.loads(text)["a"] in (1, 2)


def test_filling_in_the_middle_uses_the_models_own_tokens(tmp_path: Path) -> None:
    script = Script.of("the middle.")
    vocab = script.vocab
    path = write_scripted(tmp_path / "fim.gguf", script)
    ids = [vocab.ids[text] for text in ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")]
    seen: list[list[int]] = []

    def watch(input_ids: Any, scores: Any) -> Any:
        seen.append(input_ids.tolist())
        return scores

    for spm, order in ((False, [0, 1, 2]), (True, [1, 0, 2])):
        with Llama(path, n_ctx=256, spm_infill=spm, **EXACT) as llm:
            response = llm("ab", suffix="yz", max_tokens=None, temperature=0, logits_processor=watch)
            assert response["choices"][0]["text"] == "the middle."
            assert [token for token in seen[0] if token in ids] == [ids[i] for i in order]
            assert 0 not in seen[0]
        seen.clear()


def test_a_model_without_such_tokens_says_so(tmp_path: Path) -> None:
    vocab = spm_vocab()
    path = write_bigram(tmp_path / "plain.gguf", np.zeros((len(vocab), len(vocab)), np.float32), vocab)
    edit_gguf(path, path, {"tokenizer.ggml.tokens": [text.replace("fim_", "fill_") for text in vocab.tokens]})
    with Llama(path, n_ctx=256, **EXACT) as llm:
        with pytest.raises(TokenizeError, match="lacks fim_pre"):
            llm("ab", suffix="yz")
        # Nothing comes after it, and so there is no gap.
        assert llm("ab", suffix="", max_tokens=1)["usage"]["prompt_tokens"] == len(llm.tokenize(b"ab"))


@pytest.fixture(scope="module")
def lora(tmp_path_factory: pytest.TempPathFactory, tiny_llama: Path) -> Path:
    shape = LlamaShape()
    pairs = lora_pairs(llama_tensors(shape, 512, 0))
    return write_lora(tmp_path_factory.mktemp("lora") / "lora.gguf", pairs, alpha=8.0)


def test_adapters_by_call_and_by_llama(tiny_llama: Path, lora: Path) -> None:
    options: dict[str, Any] = {"max_tokens": 12, "temperature": 0}

    def said(llm: Llama, **more: Any) -> str:
        return str(llm([5, 6, 7], **options, **more)["choices"][0]["text"])

    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm:
        plain = said(llm)
        adapted = said(llm, lora=lora)
        half = said(llm, lora={lora: 0.5})
        assert len({plain, adapted, half}) == 3
        assert said(llm, lora={llm.model.adapter(lora): 1.0}) == adapted
        assert said(llm, lora={lora: 0.0}) == plain
        assert said(llm) == plain
    with Llama(tiny_llama, n_ctx=256, lora_path=str(lora), lora_scale=0.5, **EXACT) as llm:
        assert said(llm) == half
        assert said(llm, lora={}) == plain


def test_a_timeout_ends_an_answer_with_what_there_is(tiny_llm: Llama) -> None:
    def slow(_ids: Any, scores: Any) -> Any:
        time.sleep(0.02)
        return scores

    response = tiny_llm([5], max_tokens=400, ignore_eos=True, timeout=0.1, logits_processor=slow)
    assert response["choices"][0]["finish_reason"] == "length"
    assert response["usage"]["completion_tokens"] < 400


def test_guesses_change_nothing(tiny_llm: Llama) -> None:
    prompt = [5, 6, 7, 8] * 8
    alone = tiny_llm(prompt, max_tokens=40, temperature=0)["choices"]
    assert tiny_llm(prompt, max_tokens=40, temperature=0, predictor=PromptLookup())["choices"] == alone

    def draft(input_ids: Any, /, **_: Any) -> Any:
        return input_ids[:5]

    assert tiny_llm(prompt, max_tokens=40, temperature=0, predictor=draft)["choices"] == alone


def test_seeds_are_drawn_anew_by_default(tiny_llama: Path) -> None:
    def texts(llm: Llama) -> set[str]:
        return {llm([5], max_tokens=12, temperature=1.5, top_k=0)["choices"][0]["text"] for _ in range(5)}

    with Llama(tiny_llama, n_ctx=256, **EXACT) as llm, Llama(tiny_llama, n_ctx=256, **EXACT) as other:
        first, second = texts(llm), texts(other)
        assert len(first) > 1
        assert first != second
        llm.set_seed(3)
        assert len(texts(llm)) == 1
        llm.set_seed(-1)
        assert len(texts(llm)) > 1


@pytest.mark.parametrize("seed", [0, 7])
def test_a_seed_of_the_llama_is_that_of_its_calls(tiny_llama: Path, seed: int) -> None:
    with Llama(tiny_llama, n_ctx=256, seed=seed, **EXACT) as llm:
        text = llm([5], max_tokens=12)["choices"][0]["text"]
        assert llm([5], max_tokens=12)["choices"][0]["text"] == text
        assert llm([5], max_tokens=12, seed=seed)["choices"][0]["text"] == text

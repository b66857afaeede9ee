"""llama-server's own completions."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tests.conftest import SCRIPT
from tests.models import BigramModel
from tests.server.openai.asked import Asked


def parts_of(answer: Any) -> list[dict[str, Any]]:
    lines = answer.text.removesuffix("\n\n").split("\n\n")
    return [json.loads(line.removeprefix("data: ")) for line in lines]


@pytest.mark.parametrize("path", ["/completion", "/completions"])
def test_a_text_and_how_it_came_about(script: Asked, path: str) -> None:
    said = script.post(path, prompt="a", temperature=0, seed=5, cache_prompt=False).json()
    n_prompt = len(script.llm.tokenize("a"))
    assert (said["content"], said["stop"], said["stop_type"], said["stopping_word"]) == (SCRIPT, True, "eos", "")
    assert said["tokens_evaluated"] == said["timings"]["prompt_n"] == n_prompt
    assert said["tokens_predicted"] == said["timings"]["predicted_n"]
    settings = said["generation_settings"]
    # llama-server's defaults, beside what was asked for.
    expected = {"temperature": 0, "seed": 5, "top_k": 40, "top_p": 0.95, "min_p": 0.05, "n_predict": -1, "n_probs": 0}
    assert {name: settings[name] for name in expected} == expected
    assert said["prompt"].endswith("a")
    assert (said["model"], said["truncated"], said["tokens"]) == ("script", False, [])


def test_how_it_ended(script: Asked) -> None:
    cut = script.post("/completion", prompt="a", temperature=0, n_predict=3, return_tokens=True).json()
    assert (cut["stop_type"], cut["tokens_predicted"], len(cut["tokens"])) == ("limit", 3, 3)
    assert script.llm.detokenize(cut["tokens"]).decode("utf-8", "ignore").startswith(cut["content"][:2])
    word = script.post("/completion", prompt="a", temperature=0, stop=["STOP"]).json()
    assert (word["stop_type"], word["stopping_word"], word["content"]) == ("word", "STOP", SCRIPT.partition("STOP")[0])
    none = script.post("/completion", prompt="a", n_predict=0).json()
    assert (none["content"], none["tokens_predicted"]) == ("", 0)


def test_a_stream(script: Asked) -> None:
    answer = script.post("/completion", prompt="a", temperature=0, stream=True, return_tokens=True)
    *parts, last = parts_of(answer)
    assert "".join(part["content"] for part in parts) == SCRIPT
    assert not any(part["stop"] for part in parts)
    # The last one counts the token that ended it.
    assert sum(len(part["tokens"]) for part in parts) == parts[-1]["tokens_predicted"] == last["tokens_predicted"] - 1
    assert (last["stop"], last["content"], last["stop_type"]) == (True, "", "eos")


def test_prompts_of_every_kind(tiny: Asked) -> None:
    tokens = tiny.llm.tokenize("the cats")
    same: list[Any] = ["the cats", tokens, {"prompt_string": "the cats"}]
    said = [tiny.post("/completion", prompt=one, temperature=0, n_predict=4).json()["content"] for one in same]
    assert len(set(said)) == 1
    several = tiny.post("/completion", prompt=same, temperature=0, n_predict=4).json()
    assert [(one["index"], one["content"]) for one in several] == [(i, said[0]) for i in range(3)]
    mixed = tiny.post("/completion", prompt=[tokens[0], "the cats"], temperature=0, n_predict=1).json()
    assert mixed["tokens_evaluated"] == 1 + len(tiny.llm.tokenize("the cats")) - 1
    more = tiny.post("/completion", prompt="the cats", n_predict=4, n_cmpl=3, seed=1).json()
    assert [one["generation_settings"]["seed"] for one in more] == [1, 2, 3]


def test_probabilities(table: Asked, bigram: BigramModel) -> None:
    said = table.post("/completion", prompt="bad", temperature=0, n_predict=1, n_probs=3).json()
    row = bigram.logits[table.llm.tokenize("bad")[-1]].astype(np.float64)
    expected = row - np.log(np.exp(row).sum())
    (told,) = said["completion_probabilities"]
    assert told["id"] == told["top_logprobs"][0]["id"] == int(np.argmax(row))
    assert [one["logprob"] for one in told["top_logprobs"]] == pytest.approx(np.sort(expected)[::-1][:3], abs=1e-4)
    (part, _) = parts_of(table.post("/completion", prompt="bad", temperature=0, n_predict=1, n_probs=3, stream=True))
    assert part["completion_probabilities"] == said["completion_probabilities"]


def test_only_some_fields(script: Asked) -> None:
    fields = ["content", "generation_settings/n_predict", "timings/cache_n", "nothing"]
    said = script.post("/completion", prompt="a", temperature=0, n_predict=2, response_fields=fields).json()
    assert set(said) == {"content", "generation_settings/n_predict", "timings/cache_n"}
    assert said["generation_settings/n_predict"] == 2


@pytest.mark.parametrize("prompt", [[], "", [[]], None, 5, {"prompt_string": 5}, [1, {}], ["a", None], [10**6], [True]])
def test_prompts_that_are_none(table: Asked, prompt: Any) -> None:
    answer = table.post("/completion", {"prompt": prompt, "n_predict": 1})
    if prompt == "":  # BOS alone
        assert answer.json()["tokens_evaluated"] == 1
        return
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "prompt")


def test_what_does_not_fit(tiny: Asked) -> None:
    error = tiny.post("/completion", prompt="a " * 600).json()["error"]
    assert (error["code"], error["type"], error["n_ctx"]) == (400, "exceed_context_size_error", 512)

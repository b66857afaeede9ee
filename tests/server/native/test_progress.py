"""How far a request is, told while it is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from llamacffi import Llama
from llamacffi.server.app import create_app
from llamacffi.server.models.registry import Models
from llamacffi.server.settings import ModelSettings, ServerSettings
from tests.models import Script, write_scripted
from tests.unit.llama.exact import EXACT

N_PROMPT, N_BATCH = 100, 32
CODE = "def f():\n    return 1\n    # more\nprint(f())\n"


@pytest.fixture(scope="module")
def client(tiny_llama: Path) -> Iterator[TestClient]:
    one = ModelSettings.model_validate({"model": str(tiny_llama)})
    with Llama(tiny_llama, n_ctx=512, **{**EXACT, "n_batch": N_BATCH, "n_ubatch": N_BATCH}) as llama:
        app = create_app(ServerSettings(models=(one,), allowed_hosts=("*",)), Models([one], load=lambda _: llama))
        yield TestClient(app, raise_server_exceptions=False)


def streamed(client: TestClient, path: str, **fields: Any) -> list[dict[str, Any]]:
    answer = client.post(path, json={"stream": True, "temperature": 0, **fields})
    assert answer.status_code == 200, answer.text
    lines = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: {")]
    return [json.loads(line) for line in lines]


def tokens(first: int) -> list[int]:
    return [5 + (first + i) % 50 for i in range(N_PROMPT)]


@pytest.mark.parametrize(("path", "limit"), [("/completion", "n_predict"), ("/v1/completions", "max_tokens")])
def test_how_much_of_the_prompt_is_computed(client: TestClient, path: str, limit: str) -> None:
    asked: dict[str, Any] = {"prompt": tokens(len(path)), limit: 3, "return_progress": True, "cache_prompt": False}
    parts = streamed(client, path, **asked)
    told = [part["prompt_progress"] for part in parts if "prompt_progress" in part]
    # A reader that is slow is told of several pieces at once.
    processed = [one["processed"] for one in told]
    assert processed == sorted(set(processed) & {32, 64, 96, 100})
    assert processed[-1] == N_PROMPT
    assert {(one["total"], one["cache"]) for one in told} == {(N_PROMPT, 0)}
    times = [one["time_ms"] for one in told]
    assert times == sorted(times)
    assert all("prompt_progress" in part for part in parts[: len(told)])
    without = streamed(client, path, **{**asked, "return_progress": False})
    assert not any("prompt_progress" in part for part in without)
    assert parts[-1].keys() == without[-1].keys()


def test_what_was_there_already(client: TestClient) -> None:
    asked = {"prompt": tokens(3), "n_predict": 1}
    client.post("/completion", json=asked)
    told = [part.get("prompt_progress") for part in streamed(client, "/completion", return_progress=True, **asked)]
    (first, *_) = filter(None, told)
    assert first["cache"] >= N_PROMPT - 1
    assert first["processed"] == N_PROMPT


def test_a_chat_tells_it_too(client: TestClient) -> None:
    messages = [{"role": "user", "content": "the cats of the house " * 5}]
    parts = streamed(client, "/v1/chat/completions", messages=messages, max_tokens=3, return_progress=True)
    told = [part["prompt_progress"] for part in parts if "prompt_progress" in part]
    assert told[-1]["processed"] == told[-1]["total"] > N_BATCH
    assert len(told) > 1
    assert parts[0]["choices"][0]["delta"]["role"] == "assistant"
    assert sum("role" in part["choices"][0]["delta"] for part in parts) == 1


@pytest.mark.parametrize("path", ["/completion", "/v1/completions"])
def test_times_with_each_token(client: TestClient, path: str) -> None:
    parts = streamed(client, path, prompt=tokens(9), max_tokens=4, timings_per_token=True, cache_prompt=False)
    told = [part["timings"] for part in parts]
    assert [one["predicted_n"] for one in told][:-1] == sorted(one["predicted_n"] for one in told[:-1])
    assert told[0]["prompt_n"] == N_PROMPT
    assert {one["prompt_ms"] for one in told if one["predicted_n"]} == {told[-1]["prompt_ms"]}
    assert told[-1]["predicted_ms"] >= told[-2]["predicted_ms"] >= 0
    plain = streamed(client, path, prompt=tokens(9), max_tokens=4)
    assert ["timings" in part for part in plain] == [False] * (len(plain) - 1) + [True]


@pytest.fixture(scope="module")
def coder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """It writes a function, and calls it."""
    path = write_scripted(tmp_path_factory.mktemp("coder") / "coder.gguf", Script.of(CODE, n_chars=3))
    one = ModelSettings.model_validate({"model": str(path)})
    with Llama(path, n_ctx=512, **EXACT) as llama:
        app = create_app(ServerSettings(models=(one,), allowed_hosts=("*",)), Models([one], load=lambda _: llama))
        yield TestClient(app, raise_server_exceptions=False)


def test_the_end_of_a_block(coder: TestClient) -> None:
    asked: dict[str, Any] = {"prompt": "a", "temperature": 0}
    whole = coder.post("/completion", json=asked).json()
    assert (whole["content"], whole["stop_type"]) == (CODE, "eos")
    for n in (1, 4):  # each answer has its own end
        said = coder.post("/completion", json={**asked, "n_indent": n, "n_cmpl": 2}).json()
        assert [one["content"] for one in said] == ["def f():\n    return 1\n    # more\n"] * 2
        assert [one["stop_type"] for one in said] == ["limit"] * 2
    said = coder.post("/completion", json={**asked, "t_max_predict_ms": 600_000}).json()
    assert said["content"] == CODE


def test_probabilities_after_sampling_are_refused(coder: TestClient) -> None:
    answer = coder.post("/completion", json={"prompt": "a", "n_probs": 1, "post_sampling_probs": True})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "post_sampling_probs"


def test_what_llama_server_s_clients_look_for(client: TestClient) -> None:
    settings = client.post("/completion", json={"prompt": [5], "n_predict": 1}).json()["generation_settings"]
    # The keys of task_params::to_json (tools/server/server-task.cpp).
    keys = """xtc_threshold
    seed temperature dynatemp_range dynatemp_exponent top_k top_p min_p top_n_sigma xtc_probability
    typical_p repeat_last_n repeat_penalty presence_penalty frequency_penalty dry_multiplier dry_base dry_allowed_length
    dry_penalty_last_n dry_sequence_breakers mirostat mirostat_tau mirostat_eta adaptive_target adaptive_decay stop
    max_tokens n_predict n_keep n_discard ignore_eos stream logit_bias n_probs min_keep grammar grammar_lazy
    grammar_triggers preserved_tokens chat_format reasoning_format reasoning_in_content generation_prompt samplers
    speculative.types timings_per_token post_sampling_probs backend_sampling lora"""
    assert settings.keys() == set(keys.split())
    props = client.get("/props").json()
    keys = """default_generation_settings total_slots model_alias model_ftype model_path modalities endpoint_slots
    endpoint_props endpoint_metrics ui ui_settings chat_template chat_template_caps bos_token eos_token build_info
    is_sleeping cors_proxy_enabled"""
    assert set(keys.split()) <= props.keys()

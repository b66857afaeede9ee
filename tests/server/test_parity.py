"""The text of llama-server, token by token: the same sampler chains, the same random numbers.

Needs llama-server of the same source: `python build_ffi.py bench` puts it into build/cmake/bin.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from llamacffi.server.app import create_app
from llamacffi.server.settings import read_settings

httpx = pytest.importorskip("httpx")

RIVAL = Path(__file__).parents[2] / "build" / "cmake" / "bin" / "llama-server"
FLAGS = ["-c", "512", "-t", "1", "-b", "64", "-ub", "64", "-fa", "off", "-ctk", "f32", "-ctv", "f32", "-np", "1"]
PROMPT = [1, *range(270, 300), *range(280, 295)]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not RIVAL.exists(), reason="llama-server is not built: python build_ffi.py bench"),
]

CASES: dict[str, dict[str, Any]] = {
    "default": {},
    "greedy": {"temperature": 0},
    "hot": {"temperature": 2.5, "top_k": 0, "top_p": 1.0, "min_p": 0.0},
    "top_k": {"top_k": 3},
    "top_p": {"top_p": 0.3, "top_k": 0},
    "min_p": {"min_p": 0.4, "top_k": 0, "temperature": 1.5},
    "typical": {"typical_p": 0.5, "top_k": 0, "top_p": 1.0},
    "top_n_sigma": {"top_n_sigma": 1.0, "temperature": 1.5},
    "xtc": {"xtc_probability": 0.7, "xtc_threshold": 0.05, "temperature": 1.2},
    "dynatemp": {"dynatemp_range": 0.5, "dynatemp_exponent": 1.3, "temperature": 1.0},
    "repeat": {"repeat_penalty": 1.4, "repeat_last_n": 20},
    "presence": {"presence_penalty": 0.8, "frequency_penalty": 0.3, "repeat_last_n": 30},
    "dry": {"dry_multiplier": 0.9, "dry_base": 1.5, "dry_allowed_length": 1, "dry_penalty_last_n": 100},
    "mirostat": {"mirostat": 1, "mirostat_tau": 3.0},
    "mirostat 2": {"mirostat": 2, "mirostat_tau": 4.0, "mirostat_eta": 0.2},
    "adaptive": {"adaptive_target": 0.3, "samplers": ["top_k", "adaptive_p"]},
    "order": {"samplers": ["temperature", "min_p", "top_k"], "temperature": 1.3},
    "min_keep": {"min_keep": 4, "top_p": 0.01, "top_k": 0},
    "logit_bias": {"logit_bias": [[280, 5.0], [281, False]]},
    "ignore_eos": {"ignore_eos": True, "temperature": 1.5},
    "grammar": {"grammar": 'root ::= ("a" | "b" | "c" | " ")+', "temperature": 1.5},
    "schema": {"json_schema": {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}},
}


@pytest.fixture(scope="module")
def theirs(tiny_llama: Path) -> Iterator[Any]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(RIVAL), "-m", str(tiny_llama), *FLAGS, "--port", str(port), "--no-warmup", "--cache-ram", "0"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LLAMA")}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env=environment, **quiet) as server:  # type: ignore[call-overload]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            until = time.monotonic() + 60
            while True:
                assert server.poll() is None
                assert time.monotonic() < until
                try:
                    if client.get("/health").status_code == 200:
                        break
                except httpx.HTTPError:
                    time.sleep(0.05)
            yield client
        server.terminate()


@pytest.fixture(scope="module")
def ours(tiny_llama: Path) -> Iterator[TestClient]:
    flags = ["-m", str(tiny_llama), *FLAGS, "--host-bytes", "0", "--allowed-hosts", "*"]
    with TestClient(create_app(read_settings(flags, environment={}))) as client:
        yield client


def said(client: Any, **fields: Any) -> dict[str, Any]:
    body = {"prompt": PROMPT, "n_predict": 40, "cache_prompt": False, "return_tokens": True, **fields}
    answer = client.post("/completion", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize("seed", [1, 42, 4_000_000_000])
@pytest.mark.parametrize("name", CASES)
def test_the_same_tokens(ours: TestClient, theirs: Any, name: str, seed: int) -> None:
    fields = {"seed": seed, **CASES[name]}
    here, there = said(ours, **fields), said(theirs, **fields)
    assert here["tokens"] == there["tokens"]
    assert (here["content"], here["stop_type"]) == (there["content"], there["stop_type"])
    told = ("tokens_predicted", "tokens_evaluated", "has_new_line", "truncated", "stopping_word")
    assert {key: here[key] for key in told} == {key: there[key] for key in told}


def test_the_same_settings_are_told(ours: TestClient, theirs: Any) -> None:
    here, there = (said(client, seed=3)["generation_settings"] for client in (ours, theirs))
    assert here.keys() == there.keys()
    # Ours is the order that works; theirs names what the chain begins with too.
    differ = {key for key in here if here[key] != there[key] and not _close(here[key], there[key])}
    assert differ <= {"reasoning_format", "chat_format"}, {key: (here[key], there[key]) for key in differ}


def _close(one: Any, other: Any) -> bool:
    return isinstance(one, float) and isinstance(other, (int, float)) and abs(one - other) < 1e-6


def test_the_same_probabilities(ours: TestClient, theirs: Any) -> None:
    here, there = (said(client, temperature=0, n_probs=3)["completion_probabilities"] for client in (ours, theirs))
    rest = iter(here)  # llama-server tells nothing of tokens that are part of a character
    pairs = [(next(one for one in rest if one["id"] == other["id"]), other) for other in there]
    assert len(pairs) > 20
    for one, other in pairs:
        assert one.keys() == other.keys()
        assert [top["id"] for top in one["top_logprobs"]] == [top["id"] for top in other["top_logprobs"]]
        told = [top["logprob"] for top in one["top_logprobs"]]
        assert told == pytest.approx([top["logprob"] for top in other["top_logprobs"]], abs=1e-4)
        assert other["bytes"][-len(one["bytes"]) :] == one["bytes"]  # it begins with those that it did not tell of


def test_the_same_parts_of_a_stream(ours: TestClient, theirs: Any) -> None:
    import json

    found = []
    for client in (ours, theirs):
        body = {"prompt": PROMPT, "n_predict": 5, "temperature": 0, "stream": True, "cache_prompt": False}
        text = client.post("/completion", json={**body, "timings_per_token": True, "return_progress": True}).text
        found.append([json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")])
    here, there = found
    texts = ["".join(part["content"] for part in parts).rstrip("\ufffd") for parts in found]
    assert texts[0] == texts[1]
    assert here[-1].keys() == there[-1].keys()
    assert {key for part in here[:-1] for key in part} == {key for part in there[:-1] for key in part}
    assert here[-1]["timings"].keys() == there[-1]["timings"].keys()


def test_props_have_the_same_names(ours: TestClient, theirs: Any) -> None:
    here, there = ours.get("/props").json(), theirs.get("/props").json()
    assert there.keys() - here.keys() <= {"media_marker"}
    assert here["default_generation_settings"]["n_ctx"] == there["default_generation_settings"]["n_ctx"]
    params = [one["default_generation_settings"]["params"] for one in (here, there)]
    assert params[1].keys() <= params[0].keys()

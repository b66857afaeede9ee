"""The order of the sampling stages, in every protocol that has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from llamacffi import Llama
from llamacffi.server.app import create_app
from llamacffi.server.models.registry import Models
from llamacffi.server.settings import ModelSettings, ServerSettings
from tests.unit.llama.exact import EXACT

HOT = {"temperature": 100.0, "top_k": 1, "top_p": 1.0, "min_p": 0.0, "seed": 3}


@pytest.fixture(scope="module")
def client(tiny_llama: Path) -> Iterator[TestClient]:
    one = ModelSettings.model_validate({"model": str(tiny_llama)})
    with Llama(tiny_llama, n_ctx=512, **EXACT) as llama:
        app = create_app(ServerSettings(models=(one,), allowed_hosts=("*",)), Models([one], load=lambda _: llama))
        yield TestClient(app, raise_server_exceptions=False)


def native(client: TestClient, **fields: Any) -> Any:
    answer = client.post("/completion", json={"prompt": [5, 6, 7], "n_predict": 12, "return_tokens": True, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_only_what_is_named_works(client: TestClient) -> None:
    best = native(client, temperature=0)["tokens"]
    assert native(client, **HOT)["tokens"] == best
    assert native(client, **HOT, samplers=["top_k", "temperature"])["tokens"] == best
    assert native(client, **HOT, samplers="kt")["tokens"] == best
    assert native(client, **HOT, samplers=["temperature"])["tokens"] != best


def test_it_is_told(client: TestClient) -> None:
    assert native(client)["generation_settings"]["samplers"][0] == "penalties"
    assert native(client, samplers="kt")["generation_settings"]["samplers"] == ["top_k", "temperature"]
    assert client.get("/props").json()["default_generation_settings"]["params"]["samplers"][-1] == "temperature"


@pytest.mark.parametrize("path", ["/v1/completions", "/completion"])
def test_what_is_no_stage(client: TestClient, path: str) -> None:
    answer = client.post(path, json={"prompt": "a", "samplers": ["top_q"]})
    assert answer.status_code == 400
    assert "did you mean" in answer.json()["error"]["message"]


def test_openai_s_routes_have_it_too(client: TestClient) -> None:
    def said(**fields: Any) -> str:
        body = {"prompt": [5, 6, 7], "max_tokens": 12, **fields}
        return str(client.post("/v1/completions", json=body).json()["choices"][0]["text"])

    assert said(**HOT, samplers=["top_k"]) == said(temperature=0)
    assert said(**HOT, samplers=["temperature"]) != said(temperature=0)

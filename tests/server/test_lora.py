"""LoRA adapters: by the settings, by request, and changed while the server runs."""

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
from tests.models import lora_pairs, write_lora
from tests.models.llama import LlamaShape, llama_tensors
from tests.unit.llama.exact import EXACT


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pairs = lora_pairs(llama_tensors(LlamaShape(), 512, 0))
    return write_lora(tmp_path_factory.mktemp("lora") / "tilt.gguf", pairs, alpha=8.0)


@pytest.fixture(scope="module")
def llama(tiny_llama: Path) -> Iterator[Llama]:
    with Llama(tiny_llama, n_ctx=512, **EXACT) as llama:
        yield llama


@pytest.fixture
def client(llama: Llama, adapter: Path) -> TestClient:
    one = ModelSettings.model_validate({"model": llama.model_path, "lora": [{"path": adapter, "scale": 0.5}]})
    settings = ServerSettings(models=(one,), allowed_hosts=("*",))
    return TestClient(create_app(settings, Models([one], load=lambda _: llama)), raise_server_exceptions=False)


def said(client: TestClient, **fields: Any) -> str:
    body = {"prompt": [5, 6, 7], "max_tokens": 12, "temperature": 0, **fields}
    answer = client.post("/v1/completions", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["text"])


def wanted(llama: Llama, adapter: Path, scale: float) -> str:
    lora = {str(adapter): scale} if scale else {}
    return str(llama([5, 6, 7], max_tokens=12, temperature=0, lora=lora)["choices"][0]["text"])


def test_scales(client: TestClient, llama: Llama, adapter: Path) -> None:
    texts = {scale: wanted(llama, adapter, scale) for scale in (0.0, 0.5, 1.0)}
    assert len(set(texts.values())) == 3
    assert said(client) == texts[0.5]
    assert said(client, lora=[{"id": 0, "scale": 1.0}]) == texts[1.0]
    assert said(client, lora=[{"name": "tilt", "scale": 1}]) == texts[1.0]
    assert said(client, lora=[]) == texts[0.0]
    assert said(client) == texts[0.5]
    assert client.post("/lora-adapters", json=[{"id": 0, "scale": 1.0}]).json() == {"success": True}
    assert said(client) == texts[1.0]
    assert client.post("/lora-adapters", json=[]).json() == {"success": True}
    assert said(client) == texts[0.0]


def test_the_list(client: TestClient) -> None:
    listed = client.get("/lora-adapters").json()
    assert listed == [{"id": 0, "path": "tilt.gguf", "name": "tilt", "scale": 0.5}]


@pytest.mark.parametrize(
    "lora",
    [
        [{"id": 1}],
        [{"id": -1}],
        [{"id": True}],
        [{}],
        [{"name": "/etc/passwd"}],
        [{"id": 0, "scale": "1"}],
        [{"id": 0, "scale": None}],
        ["tilt"],
        {"id": 0},
        "tilt.gguf",
    ],
)
def test_what_cannot_be(client: TestClient, lora: Any) -> None:
    for answer in (
        client.post("/v1/completions", json={"prompt": "a", "lora": lora}),
        client.post("/lora-adapters", json=lora),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["type"] == "invalid_request_error"
    assert client.get("/lora-adapters").json()[0]["scale"] == 0.5

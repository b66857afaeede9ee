"""The projectors of models that a server loads: named, found, left out; in this process or in the model's own."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from llamacffi.server.app import create_app
from llamacffi.server.models.load import memory_needed
from llamacffi.server.models.projector import projector_size
from llamacffi.server.settings import ModelSettings, ServerSettings, read_settings
from llamacffi.server.settings.read import SettingsError
from tests.capabilities import needs
from tests.models.colors import noise, plain
from tests.server.media.seer import GREEDY, sound, user
from tests.server.process import process

pytestmark = [needs("llama-common's chat code"), needs("mtmd's parts")]
RED = plain("red")
SMALL: dict[str, Any] = {"n_ctx": 1024, "n_threads": 1, "flash_attn": False, "type_k": "f32", "type_v": "f32"}


@contextmanager
def served(files: Path, **options: Any) -> Iterator[TestClient]:
    one = ModelSettings(**{"model": str(files / "model.gguf"), "alias": ("seer",), **SMALL, **options})
    app = create_app(ServerSettings(models=(one,), allowed_hosts=("testserver",)))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def senses(client: TestClient) -> dict[str, bool]:
    found: dict[str, bool] = client.get("/props").json()["modalities"]
    return found


def test_a_projector_that_is_named(files: Path) -> None:
    with served(files, mmproj=files / "color.gguf") as client:
        # It is told before the model is loaded, which /api/show does not do.
        assert "vision" in client.post("/api/show", json={"model": "seer"}).json()["capabilities"]
        assert senses(client) == {"vision": True, "video": False, "audio": False}
        body = {"messages": user("What is ", RED, "?"), **GREEDY}
        answer = client.post("/v1/chat/completions", json=body).json()
        assert len(answer["choices"][0]["message"]["content"]) > 0
        told = [
            line for line in client.get("/metrics").text.splitlines() if line.startswith("llamacpp:prompt_tokens_total")
        ]
        assert float(told[0].split()[-1]) == answer["usage"]["prompt_tokens"]


def test_one_beside_the_model(files: Path, tmp_path: Path) -> None:
    shutil.copy(files / "model.gguf", tmp_path / "model.gguf")
    shutil.copy(files / "vit.gguf", tmp_path / "mmproj-model.gguf")
    with served(tmp_path) as client:
        assert senses(client)["vision"]
    with served(tmp_path, mmproj_auto=False) as client:
        assert not senses(client)["vision"]
        answer = client.post("/v1/chat/completions", json={"messages": user(RED)})
        assert (answer.status_code, "--mmproj" in answer.text) == (400, True)


def test_one_that_cannot_be_loaded(files: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.copy(files / "model.gguf", tmp_path / "model.gguf")
    (tmp_path / "mmproj-model.gguf").write_bytes((files / "vit.gguf").read_bytes()[:30_000])
    with caplog.at_level(logging.WARNING, "llamacffi.server"), served(tmp_path) as client:
        assert not senses(client)["vision"]
        assert client.post("/v1/chat/completions", json={"messages": user("a"), **GREEDY}).status_code == 200
    assert "takes text alone" in caplog.text
    with served(tmp_path, mmproj=tmp_path / "mmproj-model.gguf") as client:  # it was asked for
        assert client.post("/v1/chat/completions", json={"messages": user("a")}).status_code == 503


def test_its_size_is_counted(files: Path) -> None:
    plain_one = ModelSettings(model=str(files / "model.gguf"), **SMALL, mmproj_auto=False)
    seeing_one = plain_one.model_copy(update={"mmproj_auto": True, "mmproj": files / "color.gguf"})
    assert projector_size(seeing_one) == (files / "color.gguf").stat().st_size
    assert memory_needed(seeing_one) - memory_needed(plain_one) == projector_size(seeing_one)


def read(*arguments: str, **environment: str) -> ServerSettings:
    return read_settings(arguments, environment=environment)


@pytest.mark.parametrize(
    "arguments",
    [
        "-m a.gguf -mm p.gguf --image-min-tokens 4 --image-max-tokens 64 --no-mmproj-offload",
        "--model a.gguf --mmproj p.gguf --image_min_tokens 4 --image_max_tokens 64 --mmproj_offload 0",
        "a.gguf --clip_model_path p.gguf --image-min-tokens 4 --image-max-tokens=64 --mmproj-offload false",
    ],
)
def test_spellings(arguments: str) -> None:
    (model,) = read(*arguments.split()).models
    assert (model.mmproj, model.image_min_tokens, model.image_max_tokens) == (Path("p.gguf"), 4, 64)
    assert not model.mmproj_offload
    assert model.mmproj_auto


def test_variables_and_files(tmp_path: Path) -> None:
    (model,) = read("a.gguf", LLAMA_ARG_MMPROJ="p.gguf", LLAMA_ARG_MMPROJ_AUTO="0").models
    assert (model.mmproj, model.mmproj_auto) == (Path("p.gguf"), False)
    path = tmp_path / "server.json"
    path.write_text(
        json.dumps({"models": [{"model": "a.gguf", "clip_model_path": "p.gguf"}], "media_count": 2}), "utf-8"
    )
    found = read("--config-file", str(path), "--media-path", str(tmp_path), "--no-media-urls", "--media-pixels", "100")
    assert found.models[0].mmproj == Path("p.gguf")
    assert (found.media_count, found.media_path, found.media_urls, found.media_pixels) == (2, tmp_path, False, 100)
    assert not read("a.gguf", "--no-mmproj").models[0].mmproj_auto
    with pytest.raises(SettingsError, match="no such folder"):
        read("a.gguf", "--media-path", str(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    "name",
    [
        "llava-1-5",
        "llava-1-6",
        "moondream2",
        "obsidian",
        "nanollava",
        "llama-3-vision-alpha",
        "minicpm-v-2.6",
        "qwen2.5-vl",
    ],
)
def test_formats_of_models_that_see(files: Path, name: str) -> None:
    with served(files, mmproj=files / "color.gguf", chat_format=name) as client:
        body = {"messages": user("What is ", RED, "?"), **GREEDY}
        answer = client.post("/v1/chat/completions", json=body)
        assert answer.status_code == 200, answer.text
        assert client.post("/apply-template", json=body).json()["prompt"].count("<__media__>") == 1


@pytest.fixture(scope="module")
def address(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with models that see here and in processes of their own."""
    folder = tmp_path_factory.mktemp("apart")
    (folder / "media").mkdir()
    (folder / "media" / "red.png").write_bytes(_png())
    common = {"model": str(files / "model.gguf"), **SMALL}
    models = [
        {**common, "alias": "here", "mmproj": str(files / "color.gguf")},
        {**common, "alias": "apart", "mmproj": str(files / "color.gguf"), "isolated": True},
        {**common, "alias": "ear", "mmproj": str(files / "ear.gguf"), "isolated": True},
    ]
    path = folder / "server.json"
    limits = {"media_pixels": 5000, "media_path": str(folder / "media"), "models_memory": 2**33}
    path.write_text(json.dumps({"models": models, **limits}), "utf-8")
    with (
        process(None, "--config-file", str(path)) as (_, url, _),
        httpx.Client(base_url=url, timeout=120, trust_env=False) as client,
    ):
        yield client


def _png() -> bytes:
    import base64

    return base64.b64decode(RED.data_uri.partition(",")[2])


def chat(client: httpx.Client, model: str, *content: Any) -> httpx.Response:
    return client.post("/v1/chat/completions", json={"model": model, "messages": user(*content), **GREEDY})


def test_a_model_in_a_process_of_its_own(address: httpx.Client) -> None:
    here, apart = (chat(address, name, "What is ", RED, "?").json() for name in ("here", "apart"))
    assert here["choices"] == apart["choices"]
    assert here["usage"]["prompt_tokens"] == apart["usage"]["prompt_tokens"]
    listed = {one["id"]: one for one in address.get("/v1/models").json()["data"]}
    assert listed["apart"]["architecture"]["input_modalities"] == ["text", "image"]
    assert listed["apart"]["meta"]["n_embd"] == 64


@pytest.mark.parametrize("name", ["here", "apart"])
def test_it_has_the_limits_of_the_server(address: httpx.Client, name: str) -> None:
    assert "(media_pixels)" in chat(address, name, *(noise(i, 60) for i in range(2))).json()["error"]["message"]
    file = {"type": "image_url", "image_url": {"url": "file://red.png"}}
    outside = {"type": "image_url", "image_url": {"url": "file://../server.json"}}
    own = {"type": "image_url", "image_url": {"url": f"{address.base_url}/health"}}
    assert chat(address, name, "a ", file).json()["choices"] == chat(address, name, "a ", RED).json()["choices"]
    assert "no such file" in chat(address, name, outside).text
    assert "is not fetched" in chat(address, name, own).text


def test_a_form_for_a_model_in_a_process_of_its_own(address: httpx.Client) -> None:
    files = {"file": ("said.wav", sound(), "audio/wav")}
    answer = address.post("/v1/audio/transcriptions", files=files, data={"model": "ear", "max_tokens": "4"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["usage"]["input_tokens"] > 75
    blind = address.post("/v1/audio/transcriptions", files=files, data={"model": "apart"})
    assert (blind.status_code, "not supported" in blind.text) == (400, True)

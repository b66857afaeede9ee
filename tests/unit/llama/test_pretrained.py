"""`Llama.from_pretrained`, and names wherever a Llama is asked for a model."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llamacffi.llama.async_llama import AsyncLlama
from llamacffi.llama.llama import Llama
from tests.unit.hub.child import Child, started
from tests.unit.hub.hub_server import served

if TYPE_CHECKING:
    from tests.models import ScriptedModel
    from tests.unit.hub.hub_server import HubServer

LOADED = """
import warnings
from llamacffi import AsyncLlama, Llama
warnings.simplefilter("error")
options = {"n_ctx": 256, "verbose": False}
"""


@pytest.fixture(scope="module")
def server(scripted: ScriptedModel) -> Iterator[HubServer]:
    pytest.importorskip("huggingface_hub")
    data = scripted.path.read_bytes()
    files = {"sub/Tiny-Q8_0.gguf": data, "mmproj-Tiny-Q8_0.gguf": b"GGUF"}
    with served({"owner/tiny": files}) as server:
        yield server


@pytest.fixture(scope="module")
def child(server: HubServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Child]:
    home = tmp_path_factory.mktemp("hf")
    (home / "models.toml").write_text('mine = "hf:owner/tiny:Q8_0"', encoding="utf-8")
    settings = {"HF_ENDPOINT": server.url, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1", "HF_TOKEN": ""}
    with started(**settings, LLAMACFFI_CONFIG=str(home)) as child:
        yield child


@pytest.mark.parametrize(
    "made",
    [
        "Llama('hf:owner/tiny:Q8_0', **options)",
        "Llama(model_path='mine', **options)",
        "Llama.from_pretrained('owner/tiny', '*Q8_0.gguf', **options)",
        "Llama.from_pretrained(repo_id='owner/tiny', filename='sub/*.gguf', revision='v1', **options)",
        "Llama.from_pretrained('owner/tiny', 'Q8_0', None, folder, **options)",
        "Llama('mine', draft_model='hf:owner/tiny:Q8_0', **options)",
    ],
)
def test_it_answers(child: Child, scripted: ScriptedModel, tmp_path: Path, made: str) -> None:
    program = f"""{LOADED}
with {made} as llm:
    result = [llm("A", max_tokens=8, temperature=0)["choices"][0]["text"], llm.model_path]
"""
    text, path = child.run(program, folder=str(tmp_path / "local"))
    assert scripted.script.text.startswith(text)
    assert len(text) > 5
    assert (tmp_path / "local" in Path(path).parents) == ("folder" in made)


def test_with_asyncio(child: Child, scripted: ScriptedModel) -> None:
    program = f"""{LOADED}
import asyncio
async def main():
    async with await AsyncLlama.from_pretrained("owner/tiny", "Q8_0", **options) as llm:
        return (await llm.create_completion("A", max_tokens=8, temperature=0))["choices"][0]["text"]
result = asyncio.run(main())
"""
    text = child.run(program)
    assert scripted.script.text.startswith(text)
    assert len(text) > 5


def test_what_is_wrong_is_said_before_the_download(child: Child, server: HubServer) -> None:
    before = len(server.requests)
    kind, text = child.error(f"{LOADED}Llama.from_pretrained('owner/tiny', 'Q8_0', n_gpu_layer=1)")
    assert kind == "TypeError"
    assert "n_gpu_layers" in text
    kind, text = child.error(f"{LOADED}Llama.from_pretrained('owner/tiny', 'Q8_0', local_dir_use_symlinks=False)")
    assert (kind, "local_dir_use_symlinks does nothing any more" in text) == ("DeprecationWarning", True)
    assert len(server.requests) == before
    kind, text = child.error(f"{LOADED}Llama.from_pretrained('owner/tiny', 'Q2_K', **options)")
    assert (kind, "no file is 'Q2_K'; it has sub/Tiny-Q8_0.gguf" in text) == ("ModelLoadError", True)


def test_the_first_arguments_have_their_places() -> None:
    expected = ["repo_id", "filename", "additional_files", "local_dir", "local_dir_use_symlinks", "cache_dir"]
    for function in (Llama.from_pretrained, AsyncLlama.from_pretrained):
        parameters = inspect.signature(function).parameters
        assert list(parameters)[:6] == expected
        assert parameters["n_ctx"].kind is inspect.Parameter.KEYWORD_ONLY

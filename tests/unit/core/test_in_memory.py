"""Models without a file, against the same model in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from llamacffi import Batch, GGUFFile, InMemory, Model, ModelLoadError
from tests.models import LlamaShape
from tests.models.llama import llama_tensors
from tests.models.reference import llama_logits, read_weights

TOKENS = [1, *range(270, 280)]


@pytest.fixture
def metadata(tiny_llama: Path) -> dict[str, Any]:
    with GGUFFile(tiny_llama) as file:
        return dict(file.metadata)


def fill(name: str, shape: tuple[int, ...]) -> Any:
    weights = llama_tensors(LlamaShape(), 512, 0)
    if name in weights:
        return weights[name]
    return np.ones(shape) if name == "rope_freqs.weight" or name.endswith("scale") else np.zeros(shape)


def logits(model: Model) -> Any:
    batch = Batch(len(TOKENS))
    batch.extend(TOKENS, 0, 0, output="all")
    with model.context(n_ctx=256, n_threads=1, type_k="f32", type_v="f32", flash_attn_type="disabled") as context:
        context.decode(batch)
        return np.stack([context.logits(i) for i in range(len(TOKENS))])


def test_it_computes_what_the_weights_say(metadata: dict[str, Any], tiny_llama: Path, tmp_path: Path) -> None:
    asked: dict[str, tuple[int, ...]] = {}

    def noted(name: str, shape: tuple[int, ...]) -> Any:
        asked[name] = shape
        return fill(name, shape)

    expected = llama_logits(read_weights(tiny_llama), TOKENS)
    with Model(InMemory(metadata, noted)) as model:
        np.testing.assert_allclose(logits(model), expected, atol=1e-4)
        assert model.vocab.tokenize("the quick fox") == Model(tiny_llama).vocab.tokenize("the quick fox")
        assert model.metadata["llama.block_count"] == 4
        assert {name: tensor.shape for name, tensor in model.tensors.items()} == asked
        assert asked["output.weight"] == (512, 64)
        model.save(tmp_path / "saved.gguf")
    with Model(tmp_path / "saved.gguf") as saved:
        np.testing.assert_allclose(logits(saved), expected, atol=1e-4)


def test_what_fill_raises_comes_out(metadata: dict[str, Any]) -> None:
    calls: list[str] = []

    def failing(name: str, shape: tuple[int, ...]) -> Any:
        calls.append(name)
        raise LookupError(name)

    with pytest.raises(LookupError):
        Model(InMemory(metadata, failing))
    assert len(calls) == 1
    with pytest.raises(ValueError, match=r"the model's tensor '\S+' has shape \(.*\), \(3,\) was given"):
        Model(InMemory(metadata, lambda _name, _shape: [1, 2, 3]))


def test_metadata_is_written_as_it_is_read(metadata: dict[str, Any]) -> None:
    odd: dict[str, Any] = {"negative": -5, "large": 2**40, "low": -(2**40), "flag": np.True_, "ints": [1, -2]}
    odd |= {"floats": (0.5, 1), "bytes": np.arange(3, dtype=np.uint8), "flags": [True, False], "texts": ("ü", "")}
    with Model(InMemory({**metadata, **odd}, fill), vocab_only=True) as model:
        for key in ("negative", "large", "low", "flag", "texts"):
            assert model.metadata[key] == odd[key]
        for key, kind in (("ints", "int32"), ("floats", "float32"), ("bytes", "uint8"), ("flags", "bool")):
            array = model.metadata[key]
            assert isinstance(array, np.ndarray)
            assert (array.dtype.name, array.tolist()) == (kind, list(odd[key]))


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        (None, TypeError, r"metadata\['x'\] must be a bool, int, float, str"),
        ([], TypeError, "or a sequence of such, not "),
        ([1, "a"], TypeError, "must be of one dimension and of numbers or texts"),
        ([[1]], TypeError, "must be of one dimension"),
        (2**64, ValueError, "must fit in 64 bits"),
    ],
)
def test_what_is_no_metadata(metadata: dict[str, Any], value: Any, kind: type[Exception], reason: str) -> None:
    with pytest.raises(kind, match=reason):
        Model(InMemory({**metadata, "x": value}, fill))


def test_a_model_that_llama_cpp_refuses(metadata: dict[str, Any]) -> None:
    del metadata["llama.block_count"]
    with pytest.raises(ModelLoadError, match="in-memory.*key not found in model: llama.block_count"):
        Model(InMemory(metadata, fill))
    with pytest.raises(ModelLoadError, match="unknown model architecture: ''"):
        Model(InMemory({}, fill))


@pytest.mark.parametrize(
    ("metadata", "fill", "kind", "message"),
    [
        (5, np.zeros, TypeError, "metadata must be a mapping from keys to values, not 5"),
        ({}, 3, TypeError, "fill must be a function of a name and a shape, not 3"),
        ({1: 2}, np.zeros, TypeError, r"metadata must have keys of type str, not 1 \(int\)"),
        ({"": 2}, np.zeros, ValueError, "a key of metadata must have characters, and no NUL, not ''"),
        ({"a\0b": 2}, np.zeros, ValueError, "a key of metadata must have characters, and no NUL"),
    ],
)
def test_descriptions_that_are_none(metadata: Any, fill: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        Model(InMemory(metadata, fill))

"""Where models come from and go to: parts, open files, experts on the CPU, saving."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFWriter

from llamacffi import Batch, Model, ModelLoadError, quantize
from tests.models import LlamaShape, spm_vocab
from tests.models.llama import llama_tensors, write_tensors
from tests.models.reference import read_weights


def write_parts(folder: Path) -> list[Path]:
    """The tiny llama in parts, named as llama.cpp names them."""
    writer = GGUFWriter(folder / "split.gguf", "llama", split_max_tensors=15)
    LlamaShape().write(writer, "tiny-llama", 512)
    spm_vocab(512).write(writer)
    write_tensors(writer, folder / "split.gguf", llama_tensors(LlamaShape(), 512, 0))
    return sorted(folder.glob("split-*.gguf"))


def test_a_split_model(tiny_llama: Path, tmp_path: Path) -> None:
    parts = write_parts(tmp_path)
    assert [part.name for part in parts] == [f"split-{i:05}-of-00003.gguf" for i in (1, 2, 3)]
    renamed = [part.rename(tmp_path / name) for part, name in zip(parts, ("x.gguf", "a.gguf", "m.gguf"), strict=True)]
    with Model(tiny_llama) as whole, Model(renamed) as model:
        assert model.n_params == whole.n_params
        assert model.path == renamed[0]
        assert model.tensors.keys() == whole.tensors.keys()
        assert not model.has_position_embeddings
        np.testing.assert_array_equal(first_logits(model), first_logits(whole))
        for name, old in zip(renamed, parts, strict=True):
            name.rename(old)
        with Model(parts[0]) as found:
            assert found.n_params == whole.n_params
            assert found.tensors.keys() == whole.tensors.keys()


def test_parts_that_are_wrong(tiny_llama: Path, tmp_path: Path) -> None:
    one, two, three = write_parts(tmp_path)
    for files, reason in (
        ([one, two], "it is the first of 3 parts, 2 were given"),
        ([one, three, two], "invalid split file idx"),
        ([two, one, three], "illegal split file idx"),
        ([one, two, tmp_path / "missing.gguf"], "there is no such file"),
        ([tiny_llama, tiny_llama], "it is the first of 1 parts, 2 were given"),
    ):
        with pytest.raises(ModelLoadError, match=reason):
            Model(files)
    nothing: Any
    for nothing in ([], b"model.gguf", [7]):
        with pytest.raises(TypeError, match="a path, the paths of a split model's parts or an open binary file"):
            Model(nothing)


def test_an_open_file(tiny_llama: Path, tmp_path: Path) -> None:
    inside = tmp_path / "container"
    inside.write_bytes(b"x" * 4096 + tiny_llama.read_bytes())
    with Model(tiny_llama) as whole, inside.open("rb") as file:
        file.seek(4096)
        file.peek(100)  # Python's reader is now ahead of its position
        with Model(file) as model:
            assert file.tell() == 4096
            file.close()
            assert model.n_params == whole.n_params
            assert model.metadata["tokenizer.ggml.tokens"] == whole.metadata["tokenizer.ggml.tokens"]
            assert model.path == inside
            np.testing.assert_array_equal(first_logits(model), first_logits(whole))


def test_what_is_no_open_file(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_bytes(b"x" * 100)
    with other.open("rb") as file, pytest.raises(ModelLoadError, match="other.*invalid magic"):
        Model(file)
    wrong: Any
    for wrong in (io.BytesIO(b"GGUF"), 7, None):
        with pytest.raises(TypeError, match="a path or an open binary file of the system is needed"):
            Model(wrong)


def first_logits(model: Model) -> np.ndarray[Any, np.dtype[np.float32]]:
    batch = Batch(3)
    batch.extend([1, 300, 301], 0, 0, output=True)
    with model.context(n_ctx=256, n_threads=1) as context:
        context.decode(batch)
        return context.logits(-1)


def test_saving(tiny_llama: Path, tmp_path: Path) -> None:
    target = tmp_path / "saved.gguf"
    target.write_bytes(b"old")
    with Model(tiny_llama) as model:
        model.save(target)
        with Model(target) as saved:
            assert saved.vocab.tokenize("hello world") == model.vocab.tokenize("hello world")
            np.testing.assert_array_equal(first_logits(saved), first_logits(model))
            for key, value in model.metadata.items():
                np.testing.assert_array_equal(saved.metadata[key], value)
    weights = read_weights(tiny_llama).tensors
    for name, tensor in read_weights(target).tensors.items():
        np.testing.assert_array_equal(tensor, weights.pop(name))
    assert not weights
    assert [path.name for path in tmp_path.iterdir()] == ["saved.gguf"]


def test_what_cannot_be_saved(tiny_llama: Path, tmp_path: Path) -> None:
    target = tmp_path / "saved.gguf"
    with Model(tiny_llama, vocab_only=True) as model, pytest.raises(ValueError, match="without its weights"):
        model.save(target)
    with Model(tiny_llama) as model, pytest.raises(FileNotFoundError):
        model.save(tmp_path / "nowhere" / "saved.gguf")
    quantized = tmp_path / "q8.gguf"
    quantize(tiny_llama, quantized, "q8_0")
    with Model(quantized) as model, pytest.raises(ValueError, match="load with use_extra_bufts=False to save"):
        model.save(target)
    assert not target.exists()
    with Model(quantized, use_extra_bufts=False) as model:
        model.save(target)
    saved, expected = read_weights(target).tensors, read_weights(quantized).tensors
    for name, tensor in expected.items():
        np.testing.assert_array_equal(saved[name], tensor)


def write_moe(path: Path) -> Path:
    """A llama of two layers with two experts each."""
    shape = LlamaShape(n_layer=2)
    tensors = llama_tensors(shape, 512, 0)
    random = np.random.RandomState(1)
    for layer in range(2):
        block = f"blk.{layer}."
        for name in ("gate", "up", "down"):
            one = tensors.pop(f"{block}ffn_{name}.weight")
            tensors[f"{block}ffn_{name}_exps.weight"] = np.stack([one, -one])
        tensors[f"{block}ffn_gate_inp.weight"] = random.randn(2, 64).astype(np.float32)
    writer = GGUFWriter(path, "llama")
    shape.write(writer, "tiny-moe", 512)
    writer.add_expert_count(2)
    writer.add_expert_used_count(1)
    spm_vocab(512).write(writer)
    return write_tensors(writer, path, tensors)


def test_experts_stay_on_the_cpu(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_moe(tmp_path / "moe.gguf")
    with caplog.at_level("DEBUG", "llamacffi"), Model(path, n_cpu_moe=1) as model:
        assert np.isfinite(first_logits(model)).all()
    moved = re.findall(r"tensor (\S+) .*buffer type overridden to CPU", caplog.text)
    assert sorted(moved) == [f"blk.0.ffn_{name}_exps.weight" for name in ("down", "gate", "up")]
    with pytest.raises(ValueError, match="n_cpu_moe must be from 0 to 512, not -1"):
        Model(path, n_cpu_moe=-1)

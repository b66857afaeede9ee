"""Quantizing, against the gguf package's own quantization."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
from gguf.quants import quantize as reference_quantize

from llamacffi import GGUFFile, LlamaError, Model, ModelLoadError, file_types, load_imatrix, quantize
from tests.models import LlamaShape, write_llama
from tests.models.llama import llama_tensors, write_tensors
from tests.models.reference import read_weights


def types(path: Path) -> dict[str, str]:
    with GGUFFile(path) as file:
        return {name: tensor.type for name, tensor in file.tensors.items()}


def test_q8_0_is_what_the_definition_says(tiny_llama: Path, tmp_path: Path) -> None:
    target = tmp_path / "q8.gguf"
    assert quantize(tiny_llama, target, "q8_0", n_threads=1) == target
    written = llama_tensors(LlamaShape(), 512, 0)
    for tensor in GGUFReader(target).tensors:
        original = written.pop(tensor.name)
        if original.ndim == 1:
            np.testing.assert_array_equal(tensor.data, original)
        else:
            assert tensor.tensor_type == GGMLQuantizationType.Q8_0
            np.testing.assert_array_equal(tensor.data, reference_quantize(original, GGMLQuantizationType.Q8_0))
    assert not written
    with Model(target) as model:
        assert model.description == "llama ?B Q8_0"
        assert model.metadata["general.file_type"] == 7
    assert [path.name for path in tmp_path.iterdir()] == ["q8.gguf"]


def test_reading_dequantizes(tiny_llama: Path, tmp_path: Path) -> None:
    target = quantize(tiny_llama, tmp_path / "q5.gguf", "q5_1", tensor_types={"attn_q": "q4_0"}, embedding_type="f16")
    expected = read_weights(target).tensors
    with GGUFFile(target) as file:
        for name, tensor in expected.items():
            np.testing.assert_allclose(file.read(name), tensor, rtol=1e-6, atol=1e-7)


def test_types_by_pattern(tiny_llama: Path, tmp_path: Path) -> None:
    target = tmp_path / "mixed.gguf"
    quantize(
        tiny_llama,
        target,
        "Q4_0",
        tensor_types={r"blk\.0\.ffn_down": "Q5_1", r"ffn_(down|up)": "q8_0"},
        output_type="bf16",
        embedding_type="q5_0",
        kv_overrides={"general.name": "smaller"},
    )
    found = types(target)
    assert found["blk.0.ffn_down.weight"] == "q5_1"
    assert found["blk.1.ffn_down.weight"] == "q8_0"
    assert found["blk.1.ffn_up.weight"] == "q8_0"
    assert found["blk.1.ffn_gate.weight"] == "q4_0"
    assert found["output.weight"] == "bf16"
    assert found["token_embd.weight"] == "q5_0"
    assert found["blk.1.ffn_norm.weight"] == "f32"
    with GGUFFile(target) as file:
        assert file.metadata["general.name"] == "smaller"


def write_imatrix(path: Path, means: dict[str, Any], counts: float = 5.0) -> Path:
    tensors = {}
    for name, mean in means.items():
        tensors[f"{name}.in_sum2"] = (np.asarray(mean, np.float32) * counts).reshape(1, -1)
        tensors[f"{name}.counts"] = np.array([[counts]], np.float32)
    return write_tensors(GGUFWriter(path, "imatrix"), path, tensors)


def test_an_importance_matrix(tmp_path: Path) -> None:
    # Q4_0 chooses the scale of a block by weighted error: where one input alone counts, that one is kept best.
    source = write_llama(tmp_path / "source.gguf", shape=LlamaShape(n_layer=1))
    weight = llama_tensors(LlamaShape(n_layer=1), 512, 0)["blk.0.attn_q.weight"]
    importance = np.full(64, 1e-3, np.float32)
    importance[[3, 40]] = 1000
    path = write_imatrix(tmp_path / "imatrix.gguf", {"blk.0.attn_q.weight": importance})
    np.testing.assert_allclose(load_imatrix(path)["blk.0.attn_q.weight"], importance, rtol=1e-6)

    def errors(**options: Any) -> Any:
        target = quantize(source, tmp_path / "q4.gguf", "q4_0", **options)
        with GGUFFile(target) as file:
            return np.abs(file.read("blk.0.attn_q.weight") - weight).mean(axis=0)

    plain, by_file = errors(), errors(imatrix=path)
    np.testing.assert_array_equal(errors(imatrix={"blk.0.attn_q.weight": importance}), by_file)
    assert by_file[[3, 40]].mean() < 0.5 * plain[[3, 40]].mean()


def test_an_expert_without_counts_weighs_the_same(tmp_path: Path) -> None:
    path = tmp_path / "imatrix.gguf"
    tensors = {"w.in_sum2": np.array([[2, 4], [0, 0]], np.float32), "w.counts": np.array([[2], [0]], np.float32)}
    write_tensors(GGUFWriter(path, "imatrix"), path, tensors)
    np.testing.assert_array_equal(load_imatrix(path)["w"], [1, 2, 1, 1])


@pytest.mark.parametrize(
    ("tensors", "reason"),
    [
        ({"w": np.zeros((1, 2), np.float32)}, "no tensor's name ends in .in_sum2"),
        ({"w.in_sum2": np.zeros((1, 2), np.float32)}, "it has sums for 'w', but no counts"),
        (
            {"w.in_sum2": np.zeros((3, 2), np.float32), "w.counts": np.zeros((2, 1), np.float32)},
            "'w' has 3 sums and 2 counts",
        ),
    ],
)
def test_files_that_are_no_importance_matrix(tmp_path: Path, tensors: dict[str, Any], reason: str) -> None:
    path = write_tensors(GGUFWriter(tmp_path / "i.gguf", "imatrix"), tmp_path / "i.gguf", tensors)
    with pytest.raises(ModelLoadError, match=reason):
        load_imatrix(path)


@pytest.mark.parametrize(
    ("file_type", "options", "kind", "reason"),
    [
        ("q4", {}, ValueError, "file_type must be one of f32, f16, q4_0, .*, not 'q4'"),
        (
            "q4_0",
            {"tensor_types": {"ffn": "q9"}},
            ValueError,
            r"tensor_types\['ffn'\] must be one of f32, .*, not 'q9'",
        ),
        ("q4_0", {"output_type": "q8_K"}, ValueError, "output_type must be one of"),
        ("q4_0", {"embedding_type": "i32"}, ValueError, "embedding_type must be one of"),
        ("q4_0", {"tensor_types": {"ffn_(": "q8_0"}}, LlamaError, "cannot quantize .*source.*"),
        ("q4_0", {"n_threads": 0}, ValueError, "n_threads must be from 1"),
        ("iq2_xxs", {}, LlamaError, "this quantization requires an importance matrix"),
        ("q8_0", {"output_type": "iq2_xxs"}, ValueError, "iq2_xxs needs an imatrix with what it says of token_embd"),
        ("iq2_xs", {"pure": True}, ValueError, "iq2_xs needs an imatrix"),
        ("q4_0", {"imatrix": {"blk.0.attn_q.weight": np.ones(7)}}, LlamaError, "imatrix size 7 is different from"),
        ("q4_0", {"imatrix": {"blk.0.attn_q.weight": [np.nan] * 64}}, LlamaError, "imatrix contains non-finite value"),
    ],
)
def test_what_cannot_be_done(
    tmp_path: Path, file_type: str, options: dict[str, Any], kind: type[Exception], reason: str
) -> None:
    source = write_llama(tmp_path / "source.gguf", shape=LlamaShape(n_layer=1, n_embd=256, n_ff=256))
    target = tmp_path / "target.gguf"
    target.write_bytes(b"old")
    with pytest.raises(kind, match=reason):
        quantize(source, target, file_type, **options)
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["source.gguf", "target.gguf"]


def test_sources_that_are_none(tiny_llama: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.gguf"
    with pytest.raises(ModelLoadError, match="there is no such file"):
        quantize(tmp_path / "missing.gguf", target, "q8_0")
    with pytest.raises(FileNotFoundError):
        quantize(tiny_llama, tmp_path / "nowhere" / "target.gguf", "q8_0")
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(tiny_llama.read_bytes()[:-5000])
    with pytest.raises(LlamaError, match="not within the file bounds"):
        quantize(cut, target, "q8_0")
    quantize(tiny_llama, target, "q8_0")
    with pytest.raises(LlamaError, match="requantizing from type q8_0 is disabled"):
        quantize(target, tmp_path / "again.gguf", "q4_0")
    quantize(target, target, "q4_0", allow_requantize=True)  # a file may take its own place
    assert types(target)["blk.0.attn_q.weight"] == "q4_0"


def test_progress(tiny_llama: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    quantize(tiny_llama, tmp_path / "q8.gguf", "q8_0", progress=seen.append, n_threads=1)
    assert (seen[0], seen[-1]) == (0.0, 1.0)
    assert seen == sorted(seen)


def test_an_exception_in_progress_stops_it(tiny_llama: Path, tmp_path: Path) -> None:
    def stop(fraction: float) -> None:
        raise TimeoutError(f"too slow at {fraction}")

    def press(_fraction: float) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(TimeoutError, match=r"too slow at 0\.0"):
        quantize(tiny_llama, tmp_path / "q8.gguf", "q8_0", progress=stop)
    with pytest.raises(KeyboardInterrupt):
        quantize(tiny_llama, tmp_path / "q8.gguf", "q8_0", progress=press)
    assert not list(tmp_path.iterdir())


def test_the_names_are_llama_cpps() -> None:
    names = file_types()
    assert (names["f32"], names["f16"], names["q4_0"], names["q4_k_m"], names["iq1_m"]) == (0, 1, 2, 15, 31)
    assert "guessed" not in names

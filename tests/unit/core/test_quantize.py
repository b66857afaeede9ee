"""Quantizing, against the gguf package's own quantization."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
from gguf.quants import quantize as reference_quantize

from llamacffi import (
    GGUFFile,
    LlamaError,
    Model,
    ModelLoadError,
    ffi,
    file_types,
    load_imatrix,
    plan_quantize,
    quantize,
)
from llamacffi.core.quantize import QuantizeOptions
from tests.capabilities import needs
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
        ("q4_0", {"n_thread": 1}, TypeError, "quantize has no option 'n_thread'; did you mean 'n_threads'"),
        ("q4_0", {"pure": 1}, TypeError, r"pure must be True or False, not 1 \(int\)"),
        ("q4_0", {"keep_split": None}, TypeError, "keep_split must be True or False"),
        ("q4_0", {"prune_layers": [1]}, ValueError, "prune_layers must be from 0 to 0, not 1"),
        ("q4_0", {"prune_layers": [0]}, ValueError, "prune_layers names all 1 layers of the model"),
        ("q4_0", {"prune_layers": ["0"]}, TypeError, "prune_layers must be an integer"),
        ("q4_0", {"max_buf_size": -1}, ValueError, "max_buf_size must be from 0"),
        ("q4_0", {"kv_overrides": {"a": -1}}, ValueError, r"kv_overrides\['a'\] is written as an uint32"),
        ("q4_0", {"kv_overrides": {1: 1}}, TypeError, "kv_overrides must have keys of type str"),
        ("q4_0", {"tensor_types": {1: "q8_0"}}, TypeError, "tensor_types.* must be a text"),
        ("q4_0", {"imatrix": {"a": "b"}}, TypeError, r"imatrix\['a'\] must be numbers"),
        ("q4_0", {"progress": 3}, TypeError, "progress must be a function"),
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


def split(source: Path, folder: Path, n_parts: int) -> Path:
    """`source` in parts, as the format has it."""
    tensors = [(tensor.name, tensor.data) for tensor in GGUFReader(source).tensors]
    with Model(source, vocab_only=True) as model:
        metadata = dict(model.metadata)
    paths = [folder / f"part-{i + 1:05}-of-{n_parts:05}.gguf" for i in range(n_parts)]
    for i, path in enumerate(paths):
        writer = GGUFWriter(path, "llama")
        writer.add_uint16("split.no", i)
        writer.add_uint16("split.count", n_parts)
        writer.add_int32("split.tensors.count", len(tensors))
        for key, value in metadata.items() if i == 0 else ():
            if isinstance(value, (tuple, np.ndarray)):
                writer.add_array(key, list(value) if isinstance(value, tuple) else value.tolist())
            elif key != "general.architecture":
                kind = {bool: "bool", int: "uint32", float: "float32", str: "string"}[type(value)]
                getattr(writer, f"add_{kind}")(key, value)
        write_tensors(writer, path, dict(tensors[i::n_parts]))
    return paths[0]


def test_parts_stay_parts(tiny_llama: Path, tmp_path: Path) -> None:
    source = split(tiny_llama, tmp_path, 3)
    plain = {
        one.name: one.data.tobytes() for one in GGUFReader(quantize(source, tmp_path / "one.gguf", "q8_0")).tensors
    }
    first = quantize(source, tmp_path / "small.gguf", "q8_0", keep_split=True)
    parts = sorted(tmp_path.glob("small*"))
    assert [part.name for part in parts] == [f"small-0000{i}-of-00003.gguf" for i in (1, 2, 3)]
    assert first == parts[0]
    found = {}
    for part, original in zip(parts, sorted(tmp_path.glob("part*")), strict=True):
        tensors = GGUFReader(part).tensors
        assert {tensor.name for tensor in tensors} == {tensor.name for tensor in GGUFReader(original).tensors}
        found.update({tensor.name: tensor.data.tobytes() for tensor in tensors})
    assert found == plain
    assert not list(tmp_path.glob(".*"))
    # One part stays one file.
    assert quantize(tiny_llama, tmp_path / "whole.gguf", "q8_0", keep_split=True) == tmp_path / "whole.gguf"


def test_a_part_without_tensors_is_refused(tiny_llama: Path, tmp_path: Path) -> None:
    source = split(tiny_llama, tmp_path, len(GGUFReader(tiny_llama).tensors))
    with pytest.raises(ValueError, match=r"part \d+ of \d+ would have no tensors"):
        quantize(source, tmp_path / "small.gguf", "q8_0", keep_split=True, prune_layers=[1])
    assert not list(tmp_path.glob("small*"))


def test_the_last_layers_left_out(tiny_llama: Path, tmp_path: Path) -> None:
    target = quantize(tiny_llama, tmp_path / "short.gguf", "f32", prune_layers=[2, 3])
    originals = {tensor.name: tensor.data for tensor in GGUFReader(tiny_llama).tensors}
    found = {tensor.name: tensor.data for tensor in GGUFReader(target).tensors}
    assert found.keys() == {name for name in originals if not name.startswith(("blk.2.", "blk.3."))}
    for name, data in found.items():
        np.testing.assert_array_equal(data, originals[name])
    with Model(target) as model:
        assert model.n_layer == 2


@needs("pruning of layers before the last")
def test_layers_left_out(tiny_llama: Path, tmp_path: Path) -> None:
    target = quantize(tiny_llama, tmp_path / "short.gguf", "f32", prune_layers=[2, 0])
    originals = {tensor.name: tensor.data for tensor in GGUFReader(tiny_llama).tensors}
    found = {tensor.name: tensor.data for tensor in GGUFReader(target).tensors}
    assert len([name for name in found if name.endswith("attn_q.weight")]) == 2
    for new, old in ((0, 1), (1, 3)):
        np.testing.assert_array_equal(found[f"blk.{new}.attn_q.weight"], originals[f"blk.{old}.attn_q.weight"])
    np.testing.assert_array_equal(found["output.weight"], originals["output.weight"])
    with Model(target) as model:
        assert (model.n_layer, model.metadata["llama.block_count"]) == (2, 2)


def test_a_copy(tiny_llama: Path, tmp_path: Path) -> None:
    mixed = quantize(tiny_llama, tmp_path / "mixed.gguf", "q4_0", embedding_type="f16", kv_overrides={"a": 3, "b": 0.5})
    copy = quantize(mixed, tmp_path / "copy.gguf", "copy", kv_overrides={"general.name": "other"})
    for one, other in zip(GGUFReader(mixed).tensors, GGUFReader(copy).tensors, strict=True):
        assert (one.name, one.tensor_type) == (other.name, other.tensor_type)
        np.testing.assert_array_equal(one.data, other.data)
    with GGUFFile(copy) as file:
        assert (file.metadata["general.name"], file.metadata["a"], file.metadata["b"]) == ("other", 3, 0.5)


@pytest.mark.parametrize(
    "options", [{}, {"output_type": "q8_0", "prune_layers": [3]}, {"tensor_types": {"ffn": "f16"}}]
)
def test_a_plan_is_what_comes_out(tiny_llama: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    plan = plan_quantize(tiny_llama, "q5_1", **options)
    written = GGUFReader(quantize(tiny_llama, tmp_path / "q5.gguf", "q5_1", **options)).tensors
    assert plan.types == {tensor.name: tensor.tensor_type.name.lower() for tensor in written}
    assert plan.size == sum(int(tensor.n_bytes) for tensor in written)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["q5.gguf"]


def test_a_plan_needs_no_importance_matrix(tmp_path: Path) -> None:
    source = write_llama(tmp_path / "source.gguf", shape=LlamaShape(n_layer=1, n_embd=256, n_ff=256))
    assert plan_quantize(source, "iq2_xxs").types["blk.0.attn_q.weight"] == "iq2_xxs"


def test_little_memory_changes_nothing(tiny_llama: Path, tmp_path: Path) -> None:
    usual = quantize(tiny_llama, tmp_path / "usual.gguf", "q8_0")
    assert quantize(tiny_llama, tmp_path / "slow.gguf", "q8_0", max_buf_size=4096).read_bytes() == usual.read_bytes()


def test_the_output_may_stay(tiny_llama: Path, tmp_path: Path) -> None:
    target = quantize(tiny_llama, tmp_path / "q4.gguf", "q4_0", quantize_output=False)
    assert (types(target)["output.weight"], types(target)["blk.0.attn_q.weight"]) == ("f32", "q4_0")


def test_every_field_has_an_option() -> None:
    ours = {"n_threads": "nthread", "output_type": "output_tensor_type", "embedding_type": "token_embedding_type"}
    ours |= {"quantize_output": "quantize_output_tensor", "tensor_types": "tt_overrides"}
    named = {ours.get(name, name) for name in QuantizeOptions.__annotations__}
    fields = {name for name, _ in ffi.typeof("struct llama_model_quantize_params").fields}
    # The argument file_type, its value "copy", the argument keep_split, and plan_quantize.
    assert fields - named == {"ftype", "only_copy", "keep_split", "dry_run"}
    assert named - fields <= {"max_buf_size"}  # which older versions do not have


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

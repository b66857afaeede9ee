"""Loading models, and what they say of themselves."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader, GGUFValueType, GGUFWriter

from llamacffi import ClosedError, GGUFFile, Model, ModelLoadError, devices
from llamacffi._native.options import MODEL_OPTIONS
from tests.models import CHATML, LlamaShape, SpmVocab, spm_vocab, write_llama
from tests.models.llama import llama_tensors, write_tensors


def test_what_it_says_of_itself(tiny_llama: Path) -> None:
    shape = LlamaShape()
    tensors = llama_tensors(shape, 512, 0)
    with Model(tiny_llama) as model:
        assert (model.n_embd, model.n_layer, model.n_head, model.n_head_kv) == (64, 4, 2, 1)
        assert model.n_embd_out == 64
        assert model.n_embd_head == 32
        assert model.n_ctx_train == shape.n_ctx_train
        assert model.n_swa == 0
        assert model.n_params == sum(tensor.size for tensor in tensors.values())
        assert model.size == sum(tensor.nbytes for tensor in tensors.values())
        assert model.description == "llama ?B all F32"
        assert (model.has_encoder, model.has_decoder, model.is_recurrent, model.is_hybrid) == (
            False,
            True,
            False,
            False,
        )
        assert not model.has_position_embeddings
        assert repr(model) == f"<Model llama ?B all F32, {tiny_llama.name}, 4 layers on CPU>"
        assert model.layer_devices == ("CPU",) * 5  # the output is one


def test_metadata(tiny_llama: Path) -> None:
    vocab = spm_vocab(512)
    with Model(tiny_llama) as model:
        metadata = model.metadata
        assert metadata["general.architecture"] == "llama"
        assert metadata["llama.embedding_length"] == 64
        assert metadata["llama.rope.freq_base"] == 10000.0
        assert metadata["tokenizer.ggml.add_bos_token"] is True
        assert metadata["tokenizer.chat_template"] == CHATML
        assert metadata["tokenizer.ggml.tokens"] == vocab.tokens
        types, scores = metadata["tokenizer.ggml.token_type"], metadata["tokenizer.ggml.scores"]
        assert isinstance(types, np.ndarray)
        assert isinstance(scores, np.ndarray)
        assert (types.dtype.name, scores.dtype.name) == ("int32", "float32")
        np.testing.assert_array_equal(types, vocab.types)
        np.testing.assert_array_equal(scores, np.array(vocab.scores, np.float32))
        with pytest.raises(ValueError, match="read-only"):
            scores[0] = 1
        assert list(metadata) == [key for key in GGUFReader(tiny_llama).fields if not key.startswith("GGUF.")]
        assert "tokenizer.ggml.tokens" in metadata
        assert "nothing" not in metadata
        assert repr(metadata).startswith(f"<Metadata of {len(metadata)} keys: general.architecture, ")
        assert model.metadata_text["llama.embedding_length"] == "64"
        assert "tokenizer.ggml.tokens" not in model.metadata_text


def test_every_type_of_metadata(tmp_path: Path) -> None:
    path = tmp_path / "types.gguf"
    writer = GGUFWriter(path, "test")
    numbers = {"uint8": 255, "int8": -128, "uint16": 65535, "int16": -32768, "uint32": 2**32 - 1, "int32": -(2**31)}
    numbers |= {"uint64": 2**64 - 1, "int64": -(2**63)}
    for name, number in numbers.items():
        kind = GGUFValueType[name.upper()]
        writer.add_key_value(name, number, kind)
        writer.add_key_value(f"{name}s", [number, 1], GGUFValueType.ARRAY, kind)
    writer.add_float64("float64", 1e300)
    writer.add_array("bools", [True, False])
    writer.add_array("texts", ["", "ü", "a b"])
    write_tensors(writer, path, {})
    with GGUFFile(path) as file:
        metadata = file.metadata
        for name, number in numbers.items():
            assert metadata[name] == number
            assert type(metadata[name]) is int
            array = metadata[f"{name}s"]
            assert isinstance(array, np.ndarray)
            assert (array.dtype.name, array.tolist()) == (name, [number, 1])
        assert metadata["float64"] == 1e300
        bools = metadata["bools"]
        assert isinstance(bools, np.ndarray)
        assert (bools.dtype.name, bools.tolist()) == ("bool", [True, False])
        assert metadata["texts"] == ("", "ü", "a b")
        assert file.tensors == {}


def test_metadata_outlives_the_model_but_not_the_file(tiny_llama: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(tiny_llama.read_bytes())
    with Model(path) as model, Model(path) as other:
        metadata = model.metadata
        path.unlink()
        with pytest.raises(ModelLoadError, match="there is no such file"):
            _ = other.metadata
        assert other.has_position_embeddings  # the careful answer
        assert other.metadata_text["general.architecture"] == "llama"
    assert metadata["llama.block_count"] == 4


def test_tensors(tiny_llama: Path) -> None:
    written = llama_tensors(LlamaShape(), 512, 0)
    with Model(tiny_llama) as model, GGUFFile(tiny_llama) as file:
        assert {name: tensor.shape for name, tensor in model.tensors.items()} == {
            name: array.shape for name, array in written.items()
        }
        assert {tensor.type for tensor in model.tensors.values()} == {"f32"}
        for name, array in written.items():
            np.testing.assert_array_equal(file.read(name), array)


def test_chat_template(tiny_llama: Path, tmp_path: Path) -> None:
    with Model(tiny_llama) as model:
        assert model.chat_template() == CHATML
        assert model.chat_template("tool_use") is None
    with Model(write_llama(tmp_path / "plain.gguf", chat_template=None)) as model:
        assert model.chat_template() is None


def test_fingerprints_tell_models_apart(tiny_llama: Path, tmp_path: Path) -> None:
    other = write_llama(tmp_path / "other.gguf", shape=LlamaShape(n_layer=2))
    with Model(tiny_llama) as one, Model(tiny_llama) as same, Model(other) as another:
        assert one.fingerprint == same.fingerprint
        assert one.fingerprint != another.fingerprint
    with tiny_llama.open("rb") as file, Model(file) as opened, Model(tiny_llama) as one:
        assert opened.fingerprint == one.fingerprint


@pytest.mark.parametrize("name", ["blk.1.attn_q.weight", "output.weight"])
def test_one_tensor_makes_another_model(tiny_llama: Path, tmp_path: Path, name: str) -> None:
    with GGUFFile(tiny_llama) as file:
        tensor = file.tensors[name]
    data = bytearray(tiny_llama.read_bytes())
    for i in range(tensor.offset, tensor.offset + tensor.size, 2):
        data[i] ^= 1
    tuned = tmp_path / "tuned.gguf"
    tuned.write_bytes(data)
    with Model(tiny_llama) as one, Model(tuned) as other:
        assert one.metadata_text == other.metadata_text
        assert one.fingerprint != other.fingerprint


def test_the_fingerprint_is_that_of_what_was_loaded(tiny_llama: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(tiny_llama.read_bytes())
    with Model(tiny_llama) as model:
        expected = model.fingerprint
    with Model(path) as model:
        write_llama(tmp_path / "next.gguf", seed=9).replace(path)
        assert model.fingerprint == expected


def test_a_path_may_hold_any_character(tiny_llama: Path, tmp_path: Path) -> None:
    odd = tmp_path / "größe 漢字.gguf"
    odd.write_bytes(tiny_llama.read_bytes())
    with Model(str(odd)) as model:
        assert model.n_layer == 4


def _missing(folder: Path, _good: bytes) -> Path:
    return folder / "missing.gguf"


def _folder(folder: Path, _good: bytes) -> Path:
    return folder


def _fifo(folder: Path, _good: bytes) -> Path:
    os.mkfifo(folder / "fifo")
    return folder / "fifo"


def _file(folder: Path, data: bytes) -> Path:
    (folder / "model.gguf").write_bytes(data)
    return folder / "model.gguf"


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_missing, "there is no such file"),
        (_folder, "it is a folder; name the .gguf file in it"),
        (lambda folder, _good: _file(folder, b""), "the file is empty"),
        (lambda folder, _good: _file(folder, b"GGML1234"), "not a GGUF file: it begins with b'GGML'"),
        (lambda folder, _good: _file(folder, b"<html>"), "not a GGUF file: it begins with b'<htm'"),
        (lambda folder, _good: _file(folder, b"GGUF"), "failed to read header"),
        (lambda folder, good: _file(folder, good[:2000]), "failed to read key-value pairs"),
        (
            lambda folder, good: _file(folder, good[:-5000]),
            "not within the file bounds, model is corrupted or incomplete",
        ),
        (lambda folder, good: _file(folder, good.replace(b"llama", b"lhama")), "unknown model architecture: 'lhama'"),
        pytest.param(_fifo, "not a regular file", marks=pytest.mark.skipif(sys.platform == "win32", reason="no FIFOs")),
    ],
)
def test_what_is_no_model(tiny_llama: Path, tmp_path: Path, make: Any, reason: str) -> None:
    path = make(tmp_path, tiny_llama.read_bytes())
    with pytest.raises(ModelLoadError) as caught:
        Model(path)
    assert caught.value.path == str(path)
    assert reason in caught.value.reason
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, OSError)


def test_a_path_with_a_nul() -> None:
    with pytest.raises(ModelLoadError, match="embedded null"):
        Model("a\0b")


def test_an_assertion_while_loading_is_a_load_error(tmp_path: Path) -> None:
    vocab = spm_vocab(512)
    tokens = list(vocab.tokens)
    tokens[300] = tokens[301]
    path = write_llama(tmp_path / "twice.gguf", vocab=SpmVocab(tuple(tokens), vocab.scores, vocab.types))
    with pytest.raises(ModelLoadError, match=r"id_to_token\.size\(\) == token_to_id\.size\(\)"):
        Model(path)


def test_progress(tiny_llama: Path) -> None:
    seen: list[float] = []
    with Model(tiny_llama, progress=seen.append):
        assert seen[0] == 0.0
        assert seen[-1] == 1.0
        assert seen == sorted(seen)


def test_an_exception_in_progress_stops_the_load(tiny_llama: Path) -> None:
    def stop(fraction: float) -> None:
        raise TimeoutError(f"too slow at {fraction}")

    with pytest.raises(TimeoutError, match=r"too slow at 0\.0"):
        Model(tiny_llama, progress=stop)
    with Model(tiny_llama) as model:  # nothing is left behind
        assert model.n_layer == 4


def test_ctrl_c_stops_the_load(tiny_llama: Path) -> None:
    def press(_fraction: float) -> None:
        signal.raise_signal(signal.SIGINT)

    begin = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        Model(tiny_llama, progress=press)
    assert time.perf_counter() - begin < 5


def test_unknown_options_have_a_neighbour(tiny_llama: Path) -> None:
    wrong: dict[str, Any] = {"n_gpu_layer": 3}
    with pytest.raises(TypeError, match="Model has no option 'n_gpu_layer'; did you mean 'n_gpu_layers'"):
        Model(tiny_llama, **wrong)


def test_kv_overrides(tiny_llama: Path) -> None:
    overrides: dict[str, Any] = {
        "llama.context_length": 77,
        "llama.attention.layer_norm_rms_epsilon": 1e-6,
        "a": True,
        "b": "c",
    }
    with Model(tiny_llama, kv_overrides=overrides) as model:
        assert model.n_ctx_train == 77


@pytest.mark.parametrize(
    ("option", "kind", "message"),
    [
        ({"kv_overrides": {"a": [1]}}, TypeError, r"kv_overrides\['a'\] must be a bool, int, float or str"),
        ({"kv_overrides": {"a": 2**63}}, ValueError, "must fit in 64 bits"),
        ({"kv_overrides": {"": 1}}, ValueError, "key must be 1 to 127 bytes"),
        ({"kv_overrides": {"a": "b" * 128}}, ValueError, r"kv_overrides\['a'\] must be 1 to 127 bytes"),
        ({"kv_overrides": 7}, TypeError, "kv_overrides must be a mapping"),
        ({"tensor_split": "half"}, TypeError, "tensor_split must be a sequence of numbers"),
        ({"tensor_split": [0.0] * 1000}, ValueError, "llama.cpp knows at most"),
        ({"tensor_buft_overrides": {"ffn": "XPU9"}}, ValueError, "must be one of 'CPU'.*, not 'XPU9'"),
        ({"tensor_buft_overrides": ["ffn"]}, TypeError, "must be a mapping from tensor name patterns"),
        ({"kv_overrides": {1: 2}}, TypeError, r"kv_overrides must have keys of type str, not 1 \(int\)"),
        ({"tensor_split": [-1.0]}, ValueError, "must have no negative numbers"),
        ({"tensor_split": [float("nan")]}, ValueError, r"tensor_split\[0\] must be finite"),
        ({"devices": ["XPU9"]}, ValueError, "there is no device 'XPU9'"),
        ({"devices": "CPU"}, TypeError, "devices must be a sequence of Devices or their names, not 'CPU'"),
        ({"devices": [1]}, TypeError, r"devices must hold Devices or their names, not 1 \(int\)"),
        ({"rpc_servers": "host:50052"}, TypeError, "rpc_servers must be a sequence of addresses"),
        ({"n_gpu_layers": "all"}, TypeError, "n_gpu_layers must be an integer, not 'all'"),
    ],
)
def test_tables_that_are_wrong(tiny_llama: Path, option: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        Model(tiny_llama, **option)


WRONG: dict[str, list[object]] = {
    "tensor_buft_overrides": [{1: "CPU"}, {"ffn": 1}, "CPU"],
    "n_gpu_layers": ["3", 1.5, True, b"auto", [1]],
    "main_gpu": ["0", 0.5, False],
    "n_cpu_moe": ["1", 1.5, True],
    "tensor_split": [1.0, ["a"], [None], b"12", {0: 1.0}],
    "kv_overrides": [{1: 2}, {None: "a"}, {b"a": 1}, {"a": None}, {"a": b"b"}, {"a": 1j}, [("a", 1)]],
    "split_mode": [1.5, True, None, b"layer"],
    "load_mode": [1.5, True, None],
    "lazy_mode": [1.5, False, None],
    "devices": [1, [1], [None], "CPU", b"CPU", {"CPU": 1, 2: 3}],
    "rpc_servers": [1, [1], "a:1", None, [None], b"a:1"],
    "progress": [1, "print"],
}
FLAGS = (
    *("vocab_only", "check_tensors", "use_extra_bufts", "no_host", "no_alloc", "load_mtp"),
    *("use_mmap", "use_direct_io", "use_mlock"),  # of older llama.cpp, before load_mode
)


@pytest.mark.parametrize("name", [*MODEL_OPTIONS, "devices", "rpc_servers", "n_cpu_moe", "progress"])
def test_a_value_of_the_wrong_type(tiny_llama: Path, name: str) -> None:
    wrong = [1, "yes", None, 0.5] if name in FLAGS else WRONG[name]
    for value in [*wrong, object()]:
        options: dict[str, Any] = {name: value}
        with pytest.raises(TypeError, match=f"^(Model has no option|{name}\\b|an RPC server is)") as caught:
            Model(tiny_llama, **options)
        assert "object has no attribute" not in str(caught.value)


@pytest.mark.parametrize("file", [None, 3, b"model.gguf", [], [b"a"], {}, object()])
def test_what_is_no_file_at_all(file: Any) -> None:
    with pytest.raises(TypeError, match=r"is needed, not|needed"):
        Model(file)


def test_tables_that_are_right(tiny_llama: Path) -> None:
    local = [device for device in devices() if device.backend != "RPC"]  # servers of other tests are gone
    with Model(tiny_llama, tensor_buft_overrides={"ffn_.*": "CPU"}, tensor_split=[1], devices=local) as model:
        assert model.n_layer == 4


def test_a_vocabulary_alone(tiny_llama: Path) -> None:
    with Model(tiny_llama, vocab_only=True) as model:
        assert model.vocab.detokenize(model.vocab.tokenize("hello", add_special=False)) == "hello"
        with pytest.raises(Exception, match="loaded without its weights"):
            model.context()


def test_closing(tiny_llama: Path) -> None:
    model = Model(tiny_llama)
    context = model.context(n_ctx=256)
    memory = context.memory
    model.close()
    assert context.closed
    for use in (model.context, model.chat_template, lambda: model.vocab.bos, lambda: memory.pos_max(0), context.logits):
        with pytest.raises(ClosedError):
            use()

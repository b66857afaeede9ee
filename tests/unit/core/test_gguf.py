"""Reading and editing GGUF files, against the gguf package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf import GGUFReader, GGUFValueType, GGUFWriter

from llamacffi import GGUFFile, Model, ModelLoadError, edit_gguf
from tests.models.llama import write_tensors


def contents(path: Path) -> dict[str, Any]:
    """What the gguf package reads, values and tensors."""
    reader = GGUFReader(path)
    values = {key: field.contents() for key, field in reader.fields.items() if not key.startswith("GGUF.")}
    return {**values, **{tensor.name: tensor.data.tolist() for tensor in reader.tensors}}


def test_editing_changes_what_was_named(tiny_llama: Path, tmp_path: Path) -> None:
    target = tmp_path / "edited.gguf"
    changes = {
        "general.name": "größer",
        "llama.rope.freq_base": 5000,
        "my.flag": True,
        "my.numbers": np.array([1, 2], np.uint16),
        "my.texts": ["a", ""],
        "tokenizer.chat_template": "{{ messages }}" * 1000,
    }
    assert edit_gguf(tiny_llama, target, changes, remove=["tokenizer.ggml.add_bos_token"]) == target
    expected = contents(tiny_llama)
    del expected["tokenizer.ggml.add_bos_token"]
    assert contents(target) == {**expected, **changes, "my.numbers": [1, 2]}
    assert GGUFReader(target).fields["llama.rope.freq_base"].types == [GGUFValueType.FLOAT32]
    assert GGUFReader(target).fields["my.numbers"].types == [GGUFValueType.ARRAY, GGUFValueType.UINT16]
    with Model(target) as model:
        assert model.chat_template() == changes["tokenizer.chat_template"]
    edit_gguf(target, target, {"general.name": "in place"})
    assert contents(target)["general.name"] == "in place"
    assert [path.name for path in tmp_path.iterdir()] == ["edited.gguf"]


def test_a_number_keeps_its_type(tmp_path: Path) -> None:
    path = tmp_path / "types.gguf"
    writer = GGUFWriter(path, "test")
    kinds = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64")
    for kind in kinds:
        writer.add_key_value(kind, 1, GGUFValueType[kind.upper()])
    write_tensors(writer, path, {})
    edit_gguf(path, path, dict.fromkeys(kinds, 7))
    fields = GGUFReader(path).fields
    for kind in kinds:
        assert (fields[kind].types, fields[kind].contents()) == ([GGUFValueType[kind.upper()]], 7)
    with pytest.raises(OverflowError):
        edit_gguf(path, path, {"uint8": 256})
    edit_gguf(path, path, {"uint8": 0.5})
    assert GGUFReader(path).fields["uint8"].types == [GGUFValueType.FLOAT32]


def test_what_cannot_be_edited(tiny_llama: Path, tmp_path: Path) -> None:
    target = tmp_path / "edited.gguf"
    for changes, remove, kind, reason in (
        ({"general.alignment": 64}, (), ValueError, "general.alignment says where the tensors lie"),
        ({}, ["nothing"], KeyError, "nothing"),
        ({"x": None}, (), TypeError, r"metadata\['x'\] must be a bool, int, float, str"),
    ):
        with pytest.raises(kind, match=reason):
            edit_gguf(tiny_llama, target, changes, remove=remove)
    with pytest.raises(ModelLoadError, match="there is no such file"):
        edit_gguf(target, tiny_llama, {})
    assert not target.exists()


def test_what_cannot_be_read(tiny_llama: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(tiny_llama.read_bytes())
    with GGUFFile(path) as file, path.open("rb") as stream, GGUFFile(stream) as header:
        assert header.tensors == file.tensors
        with pytest.raises(KeyError):
            file.read("nothing")
        with pytest.raises(ValueError, match="only its header is kept; give a path"):
            header.read("output.weight")
        path.write_bytes(path.read_bytes()[:-1000])
        with pytest.raises(ModelLoadError, match=r"tensor 'output.weight' ends after the file: 130072 of 131072 bytes"):
            file.read("output.weight")
        assert repr(file) == f"<GGUFFile {path}, {len(file.metadata)} keys, 39 tensors>"

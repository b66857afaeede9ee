"""A GGUF file again, with other values, or with tensors left out or of other types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter
from gguf.quants import quantize

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

__all__ = ["is_quantizable", "rewritten", "tensor_names"]

_ROW = 32
"""What is quantized here is quantized by so many."""


def tensor_names(path: Path) -> list[str]:
    """The names of its tensors, in their order."""
    return [tensor.name for tensor in GGUFReader(path).tensors]


def is_quantizable(path: Path, name: str) -> bool:
    """Whether that tensor has rows of as many numbers as are quantized together, and is float32."""
    (tensor,) = (tensor for tensor in GGUFReader(path).tensors if tensor.name == name)
    return tensor.tensor_type == GGMLQuantizationType.F32 and tensor.data.shape[-1] % _ROW == 0


def rewritten(
    source: Path,
    target: Path,
    *,
    values: Mapping[str, Any] | None = None,
    without: Collection[str] = (),
    types: Mapping[str, GGMLQuantizationType] | None = None,
) -> Path:
    """Write `target`; `values` replace those of keys that are there, `types` are of float32 tensors by their names."""
    reader, values, types = GGUFReader(source), values or {}, types or {}
    writer = GGUFWriter(target, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name != "general.architecture":
            value, (kind, *item) = values.get(name, field.contents()), field.types
            writer.add_key_value(name, value, kind, item[-1] if kind == GGUFValueType.ARRAY else None)
    for tensor in reader.tensors:
        if tensor.name not in without:
            _add(writer, tensor.name, np.array(tensor.data), types.get(tensor.name))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


_NUMPY = {
    GGMLQuantizationType.F64: np.float64,
    GGMLQuantizationType.F16: np.float16,
    GGMLQuantizationType.I64: np.int64,
    GGMLQuantizationType.I32: np.int32,
    GGMLQuantizationType.I16: np.int16,
    GGMLQuantizationType.I8: np.int8,
}


def _add(writer: GGUFWriter, name: str, data: Any, kind: GGMLQuantizationType | None) -> None:
    if kind is None:
        writer.add_tensor(name, data)
    elif kind in _NUMPY:
        writer.add_tensor(name, data.astype(_NUMPY[kind]))
    else:
        writer.add_tensor(name, quantize(data.astype(np.float32), kind), raw_dtype=kind)

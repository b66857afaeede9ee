"""llama.cpp's nouns, one file each: what a person holds in Python, with the C call visible in every method."""

from __future__ import annotations

from llamacffi.core.adapter import Adapter, ControlVector
from llamacffi.core.backend import Device, devices, features, system_info
from llamacffi.core.batch import Batch
from llamacffi.core.context import Context
from llamacffi.core.gguf import GGUFFile, TensorInfo, edit_gguf
from llamacffi.core.in_memory import InMemory
from llamacffi.core.memory import Memory
from llamacffi.core.metadata import Metadata
from llamacffi.core.model import Model
from llamacffi.core.quantize import file_types, load_imatrix, quantize
from llamacffi.core.state import State
from llamacffi.core.threads import usable_cores
from llamacffi.core.vocab import Vocab

__all__ = [
    "Adapter",
    "Batch",
    "Context",
    "ControlVector",
    "Device",
    "GGUFFile",
    "InMemory",
    "Memory",
    "Metadata",
    "Model",
    "State",
    "TensorInfo",
    "Vocab",
    "devices",
    "edit_gguf",
    "features",
    "file_types",
    "load_imatrix",
    "quantize",
    "system_info",
    "usable_cores",
]

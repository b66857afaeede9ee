"""llama.cpp's nouns, one file each: what a person holds in Python, with the C call visible in every method."""

from __future__ import annotations

from llamacffi.core.backend import Device, devices, features, system_info
from llamacffi.core.batch import Batch
from llamacffi.core.context import Context
from llamacffi.core.memory import Memory
from llamacffi.core.model import Model
from llamacffi.core.state import State
from llamacffi.core.threads import usable_cores
from llamacffi.core.vocab import Vocab

__all__ = [
    "Batch",
    "Context",
    "Device",
    "Memory",
    "Model",
    "State",
    "Vocab",
    "devices",
    "features",
    "system_info",
    "usable_cores",
]

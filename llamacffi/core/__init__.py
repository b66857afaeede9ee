"""llama.cpp's nouns, one file each: what a person holds in Python, with the C call visible in every method.

`quantize` and `rpc_server`, which few programs need, are modules beside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi._lazy import on_first_use

if TYPE_CHECKING:
    from llamacffi.core.adapter import Adapter, ControlVector
    from llamacffi.core.backend import Device, devices, features, system_info
    from llamacffi.core.backend_sampling import Sampled
    from llamacffi.core.batch import Batch
    from llamacffi.core.checkpoint import Checkpoint
    from llamacffi.core.context import Context
    from llamacffi.core.dry_load import MemoryUse, memory_use
    from llamacffi.core.evaluation import EvalTensor
    from llamacffi.core.fit import FittedParams, fit_params
    from llamacffi.core.gguf import GGUFFile, TensorInfo, edit_gguf
    from llamacffi.core.in_memory import InMemory
    from llamacffi.core.media import Media, MediaLimits
    from llamacffi.core.memory import Memory
    from llamacffi.core.metadata import Metadata
    from llamacffi.core.model import Model
    from llamacffi.core.performance import Performance, SamplerPerformance
    from llamacffi.core.placement import BackendWarning
    from llamacffi.core.projector import MediaChunk, Projector, TextChunk
    from llamacffi.core.rpc import rpc_devices
    from llamacffi.core.state import State
    from llamacffi.core.thread_pools import ThreadPoolParams
    from llamacffi.core.threads import usable_cores
    from llamacffi.core.vocab import Vocab

__all__ = [
    "Adapter",
    "BackendWarning",
    "Batch",
    "Checkpoint",
    "Context",
    "ControlVector",
    "Device",
    "EvalTensor",
    "FittedParams",
    "GGUFFile",
    "InMemory",
    "Media",
    "MediaChunk",
    "MediaLimits",
    "Memory",
    "MemoryUse",
    "Metadata",
    "Model",
    "Performance",
    "Projector",
    "Sampled",
    "SamplerPerformance",
    "State",
    "TensorInfo",
    "TextChunk",
    "ThreadPoolParams",
    "Vocab",
    "devices",
    "edit_gguf",
    "features",
    "fit_params",
    "memory_use",
    "rpc_devices",
    "system_info",
    "usable_cores",
]

if not TYPE_CHECKING:  # a checker knows the names, and finds those that are not there
    __getattr__, __dir__ = on_first_use(
        __name__,
        {
            "adapter": "Adapter ControlVector",
            "backend": "Device devices features system_info",
            "backend_sampling": "Sampled",
            "batch": "Batch",
            "checkpoint": "Checkpoint",
            "context": "Context",
            "dry_load": "MemoryUse memory_use",
            "evaluation": "EvalTensor",
            "fit": "FittedParams fit_params",
            "gguf": "GGUFFile TensorInfo edit_gguf",
            "in_memory": "InMemory",
            "media": "Media MediaLimits",
            "memory": "Memory",
            "metadata": "Metadata",
            "model": "Model",
            "performance": "Performance SamplerPerformance",
            "placement": "BackendWarning",
            "projector": "MediaChunk Projector TextChunk",
            "rpc": "rpc_devices",
            "state": "State",
            "thread_pools": "ThreadPoolParams",
            "threads": "usable_cores",
            "vocab": "Vocab",
        },
    )

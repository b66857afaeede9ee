"""Control vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from gguf import GGUFWriter

from tests.models.llama import Array, write_tensors

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["control_directions", "write_cvec"]


def control_directions(n_layer: int, n_embd: int, *, seed: int = 20, scale: float = 1.0) -> Array:
    """Random directions [n_layer, n_embd]; the first layer's are zeros, because llama.cpp adds nothing there."""
    directions = (np.random.RandomState(seed).randn(n_layer, n_embd) * scale).astype(np.float32)
    directions[0] = 0
    return directions


def write_cvec(path: Path, directions: Array) -> Path:
    """Write directions as llama.cpp's cvector-generator does."""
    writer = GGUFWriter(path, "controlvector")
    writer.add_string("controlvector.model_hint", "llama")
    writer.add_uint32("controlvector.layer_count", len(directions) - 1)
    return write_tensors(writer, path, {f"direction.{i}": row for i, row in enumerate(directions) if i > 0})

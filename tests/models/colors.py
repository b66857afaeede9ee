"""Pictures of one colour, which a projector of the tests makes into the embedding of the colour's token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize

from llamacffi.core.media import Media

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["COLORS", "COLOR_TOKENS", "noise", "plain", "rows_of", "without_media"]

COLORS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
COLOR_TOKENS = (301, 302, 303)
"""Of the tiny llama's vocabulary, in the colours' order."""


def rows_of(path: Path, tokens: Sequence[int] = COLOR_TOKENS) -> Any:
    """The embeddings of tokens as a model's file has them, for `write_color_projector`."""
    (tensor,) = (one for one in GGUFReader(path).tensors if one.name == "token_embd.weight")
    return np.asarray(dequantize(tensor.data[list(tokens)], tensor.tensor_type), np.float32)


def plain(rgb: tuple[int, int, int] | str, size: int = 20) -> Media:
    """A square picture of one colour, or of the name of one."""
    pixel = np.array(COLORS[rgb] if isinstance(rgb, str) else rgb, np.uint8)
    return Media.image(np.tile(pixel, (size, size, 1)))


def noise(seed: int, size: int = 40) -> Media:
    """A square picture like no other."""
    return Media.image(np.random.RandomState(seed).randint(0, 255, (size, size, 3)).astype(np.uint8))


def without_media(tokens: Sequence[int], token: int) -> list[int]:
    """A prompt with this token for each embedding of a medium."""
    return [token if one < 0 else one for one in tokens]

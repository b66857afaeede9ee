"""Tokens as arrays of llama.cpp's type, which the numbers of pictures and sound do not fit into."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from llamacffi.core.media_tokens import has_media

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["id_array", "text_array"]


def id_array(tokens: Sequence[int]) -> NDArray[np.intc]:
    """The tokens, int32[n]; -1 for each embedding of a picture or a sound."""
    return np.array([max(token, -1) for token in tokens] if has_media(tokens) else tokens, np.intc)


def text_array(tokens: Sequence[int]) -> NDArray[np.intc]:
    """The tokens of texts, without embeddings, int32[n]."""
    return np.array([token for token in tokens if token >= 0] if has_media(tokens) else tokens, np.intc)

"""From texts to vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from llamacffi.core.model import Model
from llamacffi.generation.pooling import Pooling, pool, tokenized

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from llamacffi.core.context import Context
    from llamacffi.generation.pooling import Text

__all__ = ["embed", "embedding"]


def embed(
    context: Context | Model,
    texts: Sequence[Text],
    *,
    normalize: Literal["l2"] | None = "l2",
    dimensions: int | None = None,
) -> npt.NDArray[np.float32]:
    """Turn each text, or list of token ids, into a vector: float32[len(texts), n_embd_out], in the order given.

    Texts of similar length are computed together, as many sequences in a batch as the context has. Its n_ubatch is the
    longest text that fits, and what it remembers is cleared. For a model, a context is made and closed again; embed
    through a context of your own when you do so often. `dimensions` keeps the first components only, which means
    something for models trained so (Kusupati et al. 2022, Matryoshka); `normalize="l2"` then gives each vector length
    1, so that the product of two is their cosine. A zero vector stays zero.

    Raises ContextOverflow, before anything is computed, when a text does not fit; ContextError for a context that was
    not made with embeddings=True or does not pool (pooling_type="mean", "cls", "last"; what the model was trained with
    is the default); ValueError for an empty text or a wrong option.
    """
    model = context if isinstance(context, Model) else context.model
    return pool(context, embedding(model, texts, normalize=normalize, dimensions=dimensions))


def embedding(
    model: Model,
    texts: Sequence[Text],
    *,
    normalize: Literal["l2"] | None = "l2",
    dimensions: int | None = None,
) -> Pooling:
    """What is to be computed for `embed`, with texts tokenized and options checked."""
    if normalize not in ("l2", None):
        message = f"normalize must be 'l2' or None, not {normalize!r}"
        raise ValueError(message)
    if dimensions is not None and not 1 <= dimensions <= model.n_embd_out:
        message = f"dimensions must be from 1 to the model's {model.n_embd_out}, not {dimensions}"
        raise ValueError(message)

    def finish(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        rows = rows[:, :dimensions]
        if normalize is None:
            return np.ascontiguousarray(rows)
        lengths = np.sqrt(np.square(rows, dtype=np.float64).sum(axis=1, keepdims=True))
        return (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)

    return Pooling(tokenized(model.vocab, texts), model.n_embd_out, ("mean", "cls", "last"), finish)

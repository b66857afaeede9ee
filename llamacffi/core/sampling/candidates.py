"""What a chain works on: tokens, their logits, their probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import ffi
from llamacffi._native.arrays import lend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["CANDIDATE", "Candidates", "candidate_rows", "check_logits", "softmax", "token_data"]

_buffer: Any = ffi.buffer

CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
"""A `llama_token_data`."""


@dataclass(frozen=True, eq=False)
class Candidates:
    """The tokens that a chain left, in C's order.

    `ids` int32[n], `logits` float32[n] as the stages changed them, `p` float32[n] the probabilities that the last
    stage drew from; `selected` is the place in these arrays of the one it chose.
    """

    ids: NDArray[np.int32]
    logits: NDArray[np.float32]
    p: NDArray[np.float32]
    selected: int

    @classmethod
    def of(cls, array: Any) -> Candidates:
        """Copy a `llama_token_data_array`."""
        rows = np.frombuffer(_buffer(array.data, array.size * CANDIDATE.itemsize), CANDIDATE)
        p = np.where(rows["logit"] == -np.inf, np.float32(0), rows["p"])  # C divides by 0 when all are forbidden
        return cls(rows["id"].copy(), rows["logit"].copy(), p, array.selected)

    @property
    def token(self) -> int:
        """The token that was chosen."""
        return int(self.ids[self.selected])

    def __len__(self) -> int:
        return len(self.ids)


def candidate_rows(logits: ArrayLike, ids: Sequence[int] | NDArray[np.integer] | None) -> NDArray[np.void]:
    """Candidates for C, CANDIDATE[n]: token `ids[i]` with `logits[i]`, or token i without `ids`.

    Raises ValueError unless there is at least one, each with a logit that C's sorting can deal with.
    """
    with np.errstate(over="ignore"):  # becomes an infinity, which is refused
        try:
            row = np.asarray(logits, np.float32)
        except (TypeError, ValueError, OverflowError) as error:
            message = f"the logits must be a row of numbers: {error}"
            raise TypeError(message) from error
    if row.ndim != 1 or not len(row):
        message = f"the logits have the shape {row.shape}, but must be one row of at least one"
        raise ValueError(message)
    check_logits(row)
    rows = np.zeros(len(row), CANDIDATE)
    rows["logit"] = row
    if ids is None:
        rows["id"] = np.arange(len(row))
    elif np.shape(ids) != row.shape:
        message = f"there are {len(row)} logits, but ids of the shape {np.shape(ids)}"
        raise ValueError(message)
    else:
        wide = np.asarray(ids)
        if wide.dtype.kind not in "iu":
            message = f"ids must be ints, not {wide.dtype}"
            raise TypeError(message)
        if not (wide.min() >= -(2**31) and wide.max() < 2**31):
            message = f"ids are from {wide.min()} to {wide.max()}, which no vocabulary has"
            raise ValueError(message)
        rows["id"] = wide
    return rows


def check_logits(logits: NDArray[np.float32]) -> None:
    """Refuse what C's sorting could run over its end with: not-a-number, +inf, and nothing but -inf."""
    top = float(logits.max())
    if not -math.inf < top < math.inf:
        what = "all -inf: every token is forbidden" if top == -math.inf else f"up to {top}"
        message = f"the logits are {what}; at least one must be finite, and the others finite or -inf"
        raise ValueError(message)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """The probabilities that go with `logits`; 0 for each where all are forbidden."""
    top = logits.max()
    if top == -np.inf:
        return np.zeros_like(logits)
    weights = np.exp(logits - top)
    p: NDArray[np.float32] = weights / weights.sum()
    return p


def token_data(rows: NDArray[np.void]) -> Any:
    """The memory of `rows` as a `llama_token_data *`, which keeps it alive."""
    return lend("llama_token_data[]", rows)

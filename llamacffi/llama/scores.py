"""The logits of what was evaluated, as far as they are kept."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

__all__ = ["Scores"]


class Scores(np.lib.mixins.NDArrayOperatorsMixin):
    """An array, float32[n_tokens, n_vocab], that holds only some of its rows, and gives those.

    Row i are the logits after token i. `scores[i]`, `scores[i, token]`, `scores[a:b]`, `scores[a:b, :]`,
    `np.asarray(scores)` and NumPy's functions work where every row that they take is there, and give copies; else they
    raise ContextError. Nothing can be assigned to it.
    """

    ndim = 2
    dtype = np.dtype(np.float32)

    def __init__(self, rows: Callable[[int, int], NDArray[np.float32]], n_tokens: int, n_vocab: int) -> None:
        """`rows(start, stop)` gives some rows, or raises."""
        self._rows = rows
        self.shape = (n_tokens, n_vocab)

    @property
    def size(self) -> int:
        """How many numbers there would be if all rows were there."""
        return self.shape[0] * self.shape[1]

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, index: Any) -> Any:
        row, columns = (index[0], index[1:]) if isinstance(index, tuple) and index else (index, ())
        if row is Ellipsis or row is None:
            return self.copy()[index]
        every = (slice(None), *columns)
        if isinstance(row, slice):
            rows = self._some(range(len(self))[row])
            return rows[every] if columns else rows
        try:
            number = operator.index(row)
        except TypeError:  # a list, or an array, of ints or bools
            chosen = [self._one(i) for i in np.arange(len(self))[row].tolist()]
            rows = np.stack(chosen) if chosen else self._some(range(0))
            return rows[every] if columns else rows
        return self._one(number)[columns] if columns else self._one(number)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:  # noqa: FBT001 - NumPy's
        rows: NDArray[Any] = self.copy()
        return rows if dtype is None else rows.astype(dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        arrays = [np.asarray(each) if isinstance(each, Scores) else each for each in inputs]
        return getattr(ufunc, method)(*arrays, **options)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return (self._one(i) for i in range(len(self)))

    def copy(self) -> NDArray[np.float32]:
        """All rows."""
        return self._some(range(len(self)))

    def tolist(self) -> list[list[float]]:
        """All rows, as lists."""
        rows: list[list[float]] = self.copy().tolist()
        return rows

    def _one(self, i: int) -> NDArray[np.float32]:
        if not -len(self) <= i < len(self):
            message = f"token {i} was not evaluated: there are {len(self)}"
            raise IndexError(message)
        row: NDArray[np.float32] = self._rows(i % len(self), i % len(self) + 1)[0]
        return row

    def _some(self, places: range) -> NDArray[np.float32]:
        if not places:
            return np.zeros((0, self.shape[1]), np.float32)
        low, high = min(places[0], places[-1]), max(places[0], places[-1]) + 1
        return self._rows(low, high)[:: places.step]

    def __repr__(self) -> str:
        return f"<Scores: {self.shape[0]} tokens, {self.shape[1]} logits each, not all of which are kept>"

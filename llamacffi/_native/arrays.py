"""NumPy at the border: an array lent to C, and a row of C's copied into an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native.binding import ffi

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["copy_floats", "lend"]

_buffer: Any = ffi.buffer


def lend(ctype: str, array: Any) -> Any:
    """A pointer to the memory of `array`, as `ctype` (such as "llama_token[]"); it keeps the array alive.

    The array must be contiguous and of that type: this is not checked.
    """
    return ffi.from_buffer(ctype, array)


def copy_floats(pointer: Any, n: int) -> NDArray[np.float32]:
    """A copy of `n` floats, float32[n]: what C points to may move with the next call."""
    row: NDArray[np.float32] = np.frombuffer(_buffer(pointer, 4 * n), np.float32).copy()
    return row

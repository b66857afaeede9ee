"""What makes a result independent of how its tokens were batched, and some tokens to batch."""

from __future__ import annotations

from typing import Any

__all__ = ["BATCH_EXACT", "EXACT", "TOKENS"]

EXACT: dict[str, Any] = {"type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled"}
"""Context options with which it does not matter in which pieces a prompt was decoded.

In a quantized model it may matter whether a token came alone or not, and where in the cache it lies: matrices are
multiplied in another order then.
"""

BATCH_EXACT: dict[str, Any] = {"flash_attn_type": "enabled"}
"""Context options with which it does not matter how many tokens were decoded together, up to 63, nor what lies between.

On CPUs, where flash attention computes each of so few on its own, cell by cell; from 64 on in tiles. The cells of a
sequence must lie in the order of its positions, as they do until cells are used that others have left.
"""

TOKENS = [1, 40, 99, 300, 7, 511, 260, 33]
"""Of the tiny llama's vocabulary."""

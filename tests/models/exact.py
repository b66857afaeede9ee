"""What makes a result independent of how its tokens were batched, and some tokens to batch."""

from __future__ import annotations

from typing import Any

__all__ = ["EXACT", "TOKENS"]

EXACT: dict[str, Any] = {"type_k": "f32", "type_v": "f32", "flash_attn_type": "disabled"}
"""Context options: rounding in the cache, and the order of sums in flash attention, depend on the batch otherwise."""

TOKENS = [1, 40, 99, 300, 7, 511, 260, 33]
"""Of the tiny llama's vocabulary."""

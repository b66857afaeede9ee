"""Options with which a Llama computes what the reference does, and the same in whatever batch."""

from __future__ import annotations

from typing import Any

EXACT: dict[str, Any] = {
    "type_k": "f32",
    "type_v": "f32",
    "flash_attn": False,
    "n_threads": 1,
    "n_threads_batch": 1,
    "verbose": False,
}

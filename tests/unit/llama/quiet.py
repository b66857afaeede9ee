"""Waiting until nothing runs."""

from __future__ import annotations

from time import monotonic, sleep

from llamacffi import Llama


def n_cancelled(llm: Llama) -> int:
    """How many requests were, once nothing runs any more."""
    until = monotonic() + 60
    while (stats := llm.engine.stats()).n_running or stats.n_waiting:
        assert monotonic() < until, "a request goes on"
        sleep(0.001)
    return stats.n_cancelled

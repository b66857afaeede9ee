"""What an engine has counted, once it has caught up."""

from __future__ import annotations

from llamacffi import Llama, SamplingParams


def n_cancelled(llm: Llama) -> int:
    """How many requests were, of those that somebody cancelled before this call."""
    # The engine's thread ends what was cancelled before it begins what came after that.
    llm.engine.submit([5], SamplingParams(max_tokens=1)).completion(60)
    return llm.engine.stats().n_cancelled

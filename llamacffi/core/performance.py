"""How long llama.cpp took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from llamacffi._native import lib

__all__ = ["Performance", "SamplerPerformance"]


@dataclass(frozen=True)
class Performance:
    """What a context counted since it was made or reset (llama_perf_context).

    Times are milliseconds, and 0 unless the context was made with no_perf=False. A batch of one token counts as
    generated, a larger one as prompt; so do several that nobody waited for by reading outputs or `synchronize()`.
    """

    t_load_ms: float
    """From the start of loading the model to the end of the first batch."""
    t_p_eval_ms: float
    """Decoding prompts."""
    t_eval_ms: float
    """Decoding one token at a time."""
    n_p_eval: int
    """Tokens of prompts."""
    n_eval: int
    """Tokens decoded one at a time."""
    n_reused: int
    """How often the graph of the batch before could be used again."""

    @classmethod
    def of(cls, context: Any, timed: bool) -> Performance:  # noqa: FBT001 - Handle.call hands on positions
        """Wait for the context to finish its work, and read its counters."""
        lib.llama_synchronize(context)  # which is when llama.cpp counts
        data = lib.llama_perf_context(context)
        # llama.cpp says 1 for none; what was timed tells them apart.
        n_p_eval = 0 if timed and data.t_p_eval_ms == 0 else data.n_p_eval
        n_eval = 0 if timed and data.t_eval_ms == 0 else data.n_eval
        return cls(data.t_load_ms, data.t_p_eval_ms, data.t_eval_ms, n_p_eval, n_eval, data.n_reused)


@dataclass(frozen=True)
class SamplerPerformance:
    """What a chain counted since it was made or reset (llama_perf_sampler).

    Milliseconds are 0 unless the chain was made with no_perf=False.
    """

    t_sample_ms: float
    n_sample: int
    """Tokens accepted."""

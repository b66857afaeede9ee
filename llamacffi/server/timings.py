"""How long answers took, and what of their prompts was there already, as llama-server tells of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from llamacffi._native import build_info

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.generation import Finish

__all__ = ["fingerprint", "timings_of", "usage_of"]


@cache
def fingerprint() -> str:
    """What answers: the llama.cpp that it was built from."""
    info = build_info()
    return f"{info.get('llama_version', '0')}-{str(info.get('llama_commit', ''))[:9]}"


def timings_of(finishes: Sequence[Finish]) -> dict[str, Any]:
    """Of one answer, or of several together: tokens, and milliseconds."""
    cached = sum(one.usage.cached_tokens for one in finishes)
    n_prompt = sum(one.usage.prompt_tokens for one in finishes) - cached
    n_made = sum(one.usage.completion_tokens for one in finishes)
    told: dict[str, Any] = {
        "cache_n": cached,
        **_pace("prompt", n_prompt, 1e3 * sum(one.timings.prompt for one in finishes)),
        **_pace("predicted", n_made, 1e3 * sum(one.timings.generation for one in finishes)),
    }
    guesses = [one.speculation for one in finishes if one.speculation is not None]
    if guesses:
        told["draft_n"] = sum(one.n_drafted for one in guesses)
        told["draft_n_accepted"] = sum(one.n_accepted for one in guesses)
    return told


def usage_of(finishes: Sequence[Finish], firsts: Sequence[int]) -> dict[str, Any]:
    """Token counts; a prompt counts once, at the first of its answers, whose index is in `firsts`."""
    n_prompt = sum(finishes[i].usage.prompt_tokens for i in firsts)
    n_made = sum(one.usage.completion_tokens for one in finishes)
    return {
        "prompt_tokens": n_prompt,
        "completion_tokens": n_made,
        "total_tokens": n_prompt + n_made,
        "prompt_tokens_details": {"cached_tokens": sum(finishes[i].usage.cached_tokens for i in firsts)},
    }


def _pace(name: str, n: int, ms: float) -> dict[str, Any]:
    return {
        f"{name}_n": n,
        f"{name}_ms": ms,
        f"{name}_per_token_ms": ms / n if n else 0.0,
        f"{name}_per_second": 1e3 * n / ms if ms else 0.0,
    }

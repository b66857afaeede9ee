"""How long answers took, and what of their prompts was there already, as llama-server tells of it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from llamacffi._native import build_info

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.generation import Finish, Running
    from llamacffi.server.schemas.sampling import Generating

__all__ = ["RunningTold", "fingerprint", "timings_of", "usage_of"]


@cache
def fingerprint() -> str:
    """What answers: the llama.cpp that it was built from."""
    info = build_info()
    return f"{info.get('llama_version', '0')}-{str(info.get('llama_commit', ''))[:9]}"


def timings_of(finishes: Sequence[Finish | Running]) -> dict[str, Any]:
    """Of one answer, or of several together: tokens, and milliseconds."""
    cached = sum(one.usage.cached_tokens for one in finishes)
    n_prompt = sum(one.usage.prompt_tokens for one in finishes) - cached
    n_made = sum(one.usage.completion_tokens for one in finishes)
    told: dict[str, Any] = {
        "cache_n": cached,
        **_pace("prompt", n_prompt, 1e3 * sum(one.timings.prompt for one in finishes)),
        **_pace("predicted", n_made, 1e3 * sum(one.timings.generation for one in finishes)),
    }
    told_guesses = [getattr(one, "speculation", None) for one in finishes]
    guesses = [one for one in told_guesses if one is not None]
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


class RunningTold:
    """What the parts of a stream tell of how far each answer is, where `asked` wants to be told."""

    def __init__(self, asked: Generating, n: int) -> None:
        self._prompt = bool(asked.stream and asked.return_progress)
        self._times = bool(asked.stream and asked.timings_per_token)
        self._processed = [0] * n

    def of(self, index: int, running: Running | None) -> dict[str, Any]:
        """The fields that a part has; `prompt_progress` where more of the prompt is computed than was told."""
        told: dict[str, Any] = {}
        if running is None:
            return told
        if self._prompt and running.processed_tokens > self._processed[index]:
            self._processed[index] = running.processed_tokens
            told["prompt_progress"] = {
                "total": running.usage.prompt_tokens,
                "cache": running.usage.cached_tokens,
                "processed": running.processed_tokens,
                "time_ms": round(1000 * running.timings.prompt),
            }
        if self._times:
            told["timings"] = timings_of([running])
        return told

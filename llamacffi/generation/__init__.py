"""From tokens to text; `constraints`, which is much to import, is a package beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llamacffi._lazy import on_first_use
from llamacffi.core.detokenizer import Detokenizer

if TYPE_CHECKING:
    from llamacffi.generation.completion import (
        Chunk,
        Completion,
        Finish,
        FinishReason,
        Running,
        Speculation,
        Timings,
        Usage,
    )
    from llamacffi.generation.criteria import Progress
    from llamacffi.generation.embedding import embed
    from llamacffi.generation.healing import heal
    from llamacffi.generation.infill import infill_prompt
    from llamacffi.generation.logprobs import TokenLogprob, TopLogprob, prompt_logprobs
    from llamacffi.generation.many import generate_many, stream_generate_many
    from llamacffi.generation.objects import stream_objects
    from llamacffi.generation.params import SamplingParams
    from llamacffi.generation.scoring import classify, rerank, rerank_prompt
    from llamacffi.generation.sequence import Sequence
    from llamacffi.generation.stopping import StopStrings
    from llamacffi.generation.tiers import generate, generate_tokens, stream_generate

__all__ = [
    "Chunk",
    "Completion",
    "Detokenizer",
    "Finish",
    "FinishReason",
    "Progress",
    "Running",
    "SamplingParams",
    "Sequence",
    "Speculation",
    "StopStrings",
    "Timings",
    "TokenLogprob",
    "TopLogprob",
    "Usage",
    "classify",
    "embed",
    "generate",
    "generate_many",
    "generate_tokens",
    "heal",
    "infill_prompt",
    "prompt_logprobs",
    "rerank",
    "rerank_prompt",
    "stream_generate",
    "stream_generate_many",
    "stream_objects",
]

if not TYPE_CHECKING:  # a checker knows the names, and finds those that are not there
    __getattr__, __dir__ = on_first_use(
        __name__,
        {
            "completion": "Chunk Completion Finish FinishReason Running Speculation Timings Usage",
            "criteria": "Progress",
            "embedding": "embed",
            "healing": "heal",
            "infill": "infill_prompt",
            "logprobs": "TokenLogprob TopLogprob prompt_logprobs",
            "many": "generate_many stream_generate_many",
            "objects": "stream_objects",
            "params": "SamplingParams",
            "scoring": "classify rerank rerank_prompt",
            "sequence": "Sequence",
            "stopping": "StopStrings",
            "tiers": "generate generate_tokens stream_generate",
        },
    )

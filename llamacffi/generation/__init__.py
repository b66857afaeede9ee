"""From tokens to text."""

from __future__ import annotations

from llamacffi.generation.detokenizer import Detokenizer
from llamacffi.generation.generate import (
    Chunk,
    Completion,
    Finish,
    FinishReason,
    Timings,
    Usage,
    generate,
    generate_tokens,
    stream_generate,
)
from llamacffi.generation.params import SamplingParams
from llamacffi.generation.sequence import Sequence
from llamacffi.generation.stopping import StopStrings

__all__ = [
    "Chunk",
    "Completion",
    "Detokenizer",
    "Finish",
    "FinishReason",
    "SamplingParams",
    "Sequence",
    "StopStrings",
    "Timings",
    "Usage",
    "generate",
    "generate_tokens",
    "stream_generate",
]

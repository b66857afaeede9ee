"""From a row of logits to a token."""

from __future__ import annotations

from llamacffi.core.sampling.candidates import Candidates
from llamacffi.core.sampling.chain import SamplerChain
from llamacffi.core.sampling.checks import drawn_seed
from llamacffi.core.sampling.custom import LogitsProcessor, PythonSampler
from llamacffi.core.sampling.forbidden import eog_tokens, suppress_tokens
from llamacffi.core.sampling.grammar import Grammar, LazyGrammar, ValidUTF8
from llamacffi.core.sampling.healing import Healing
from llamacffi.core.sampling.matcher import Matcher, Matching
from llamacffi.core.sampling.min_tokens import MinTokens
from llamacffi.core.sampling.reasoning import ReasoningBudget
from llamacffi.core.sampling.rows import Rows
from llamacffi.core.sampling.schema import schema_grammar
from llamacffi.core.sampling.stages import (
    DRY,
    XTC,
    AdaptiveP,
    Dist,
    Greedy,
    Infill,
    LogitBias,
    MinP,
    Mirostat,
    MirostatV2,
    Penalties,
    Stage,
    Temperature,
    TemperatureExt,
    TopK,
    TopNSigma,
    TopP,
    Typical,
)

__all__ = [
    "DRY",
    "XTC",
    "AdaptiveP",
    "Candidates",
    "Dist",
    "Grammar",
    "Greedy",
    "Healing",
    "Infill",
    "LazyGrammar",
    "LogitBias",
    "LogitsProcessor",
    "Matcher",
    "Matching",
    "MinP",
    "MinTokens",
    "Mirostat",
    "MirostatV2",
    "Penalties",
    "PythonSampler",
    "ReasoningBudget",
    "Rows",
    "SamplerChain",
    "Stage",
    "Temperature",
    "TemperatureExt",
    "TopK",
    "TopNSigma",
    "TopP",
    "Typical",
    "ValidUTF8",
    "drawn_seed",
    "eog_tokens",
    "schema_grammar",
    "suppress_tokens",
]

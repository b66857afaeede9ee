"""How to choose the tokens, and when to stop: one frozen dataclass that every layer shares."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from llamacffi.core.sampling import (
    DRY,
    XTC,
    AdaptiveP,
    Dist,
    Greedy,
    LogitBias,
    MinP,
    Mirostat,
    MirostatV2,
    Penalties,
    SamplerChain,
    Stage,
    Temperature,
    TemperatureExt,
    TopK,
    TopNSigma,
    TopP,
    Typical,
    eog_tokens,
    suppress_tokens,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llamacffi.core.vocab import Vocab

__all__ = ["SamplingParams"]

_N_SEEDS = 2**32 - 1  # the last 32-bit number is llama.cpp's word for "any"


@dataclass(frozen=True, kw_only=True)
class SamplingParams:
    """Options of one generation.

    Defaults and order of the stages are llama.cpp's: `common_params_sampling` (common/common.h) and
    `common_sampler_init` (common/sampling.cpp). Names are those of its server. Raises ValueError for a value out of
    range.
    """

    temperature: float = 0.8
    """Divides the logits; 0 or less takes the best token, whatever truncation and Mirostat are set to."""
    dynatemp_range: float = 0.0
    dynatemp_exponent: float = 1.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    typical_p: float = 1.0
    top_n_sigma: float = -1.0
    xtc_probability: float = 0.0
    xtc_threshold: float = 0.1
    min_keep: int = 0
    """How many tokens the truncating stages leave at least."""

    repeat_last_n: int = 64
    """How many tokens the three penalties look back on, the prompt's included."""
    repeat_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    dry_multiplier: float = 0.0
    dry_base: float = 1.75
    dry_allowed_length: int = 2
    dry_penalty_last_n: int = 64
    dry_sequence_breakers: Sequence[str] = ("\n", ":", '"', "*")

    mirostat: int = 0
    """1 or 2 replaces the truncating stages by that version of Mirostat."""
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    adaptive_target: float = -1.0
    """A probability near which tokens are picked in the long run; negative is off."""
    adaptive_decay: float = 0.9

    logit_bias: Mapping[int, float] = field(default_factory=dict)
    """Token id to what is added to its logit; -inf forbids the token."""
    ignore_eos: bool = False
    """Forbid the tokens that would end the generation."""
    seed: int | None = None
    """None draws one, which the completion reports."""

    max_tokens: int | None = None
    """None goes on until the context is full."""
    stop: str | Sequence[str] = ()
    """Texts that end the generation; they are not part of it."""

    def __post_init__(self) -> None:
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)
        if "" in stop:
            message = "a stop string is empty; it would stop before the first token"
            raise ValueError(message)
        object.__setattr__(self, "stop", stop)
        object.__setattr__(self, "logit_bias", dict(self.logit_bias))
        object.__setattr__(self, "dry_sequence_breakers", tuple(self.dry_sequence_breakers))
        if self.max_tokens is not None and self.max_tokens < 0:
            message = f"max_tokens is {self.max_tokens}; None is no limit"
            raise ValueError(message)
        if self.mirostat not in (0, 1, 2):
            message = f"mirostat is {self.mirostat}, but must be 0 (off), 1 or 2"
            raise ValueError(message)
        # The stages check their own numbers: here, so that the error comes with the options, not with the first token.
        self.stages()

    @property
    def stop_strings(self) -> tuple[str, ...]:
        """`stop` as a tuple, one string or many."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)

    @property
    def n_prev(self) -> int:
        """How many tokens of the prompt the stages want to see, for penalties on repetition."""
        penalised = (self.repeat_penalty, self.frequency_penalty, self.presence_penalty) != (1.0, 0.0, 0.0)
        return max(self.repeat_last_n * penalised, self.dry_penalty_last_n * (self.dry_multiplier != 0))

    def drawn_seed(self) -> int:
        """`seed`, or one drawn now."""
        return secrets.randbelow(_N_SEEDS) if self.seed is None else self.seed

    def chain(self, vocab: Vocab, seed: int | None = None) -> SamplerChain:
        """Make the native chain, with `seed` instead of the options' own when it is given.

        The tokens that the model asks never to be sampled are forbidden in it, and with `ignore_eos` those that end a
        generation.
        """
        params = self if seed is None else replace(self, seed=seed)
        forbidden = suppress_tokens(vocab) + (eog_tokens(vocab) if self.ignore_eos else ())
        params = replace(params, logit_bias={**self.logit_bias, **dict.fromkeys(forbidden, -math.inf)})
        return SamplerChain(*params.stages(), vocab=vocab)

    def stages(self) -> tuple[Stage, ...]:
        """The chain's stages, those that do nothing included."""
        bias = LogitBias(self.logit_bias)
        penalties = (
            Penalties(self.repeat_last_n, self.repeat_penalty, self.frequency_penalty, self.presence_penalty),
            DRY(
                self.dry_multiplier,
                self.dry_base,
                self.dry_allowed_length,
                self.dry_penalty_last_n,
                self.dry_sequence_breakers,
            ),
        )
        if self.temperature <= 0:
            return bias, *penalties, Greedy()
        if self.mirostat == 1:
            return bias, Temperature(self.temperature), Mirostat(self.seed, self.mirostat_tau, self.mirostat_eta)
        if self.mirostat == 2:
            return bias, Temperature(self.temperature), MirostatV2(self.seed, self.mirostat_tau, self.mirostat_eta)
        return (
            bias,
            *penalties,
            TopNSigma(self.top_n_sigma),
            TopK(self.top_k),
            Typical(self.typical_p, self.min_keep),
            TopP(self.top_p, self.min_keep),
            MinP(self.min_p, self.min_keep),
            XTC(self.xtc_probability, self.xtc_threshold, self.min_keep, self.seed),
            TemperatureExt(self.temperature, self.dynatemp_range, self.dynatemp_exponent),
            AdaptiveP(self.adaptive_target, self.adaptive_decay, self.seed)
            if self.adaptive_target >= 0
            else Dist(self.seed),
        )

"""How to choose the tokens, and when to stop: one frozen dataclass that every layer shares."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

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
    ReasoningBudget,
    SamplerChain,
    Stage,
    Temperature,
    TemperatureExt,
    TopK,
    TopNSigma,
    TopP,
    Typical,
    ValidUTF8,
    drawn_seed,
    eog_tokens,
    suppress_tokens,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llamacffi.core.vocab import Vocab
    from llamacffi.generation.constraints import Constraint

__all__ = ["SamplingParams"]


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

    grammar: str | Constraint | None = None
    """A text of GBNF or any Constraint that the answer must fulfil: `After("</think>", Choices(["yes", "no"]))`."""
    schema: Any = None
    """JSON Schema, as a dict, a pydantic model, a dataclass or another type: the answer is JSON of that form."""
    regex: str | None = None
    """A pattern that the whole answer must match."""
    choices: Sequence[str] | None = None
    """The texts that the answer may be."""
    response_format: Mapping[str, Any] | None = None
    """As in OpenAI's API: {"type": "json_object"} or {"type": "json_schema", "json_schema": {"schema": …}}."""

    reasoning_budget: ReasoningBudget | None = None
    """How many tokens the model may think before it must answer."""

    logprobs: int | None = None
    """Tell how probable each token was, and that many of the most probable ones; None tells nothing."""
    prompt_logprobs: int | None = None
    """The same of the prompt, which is then decoded whole."""

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
        for name in ("logprobs", "prompt_logprobs"):
            n = getattr(self, name)
            if n is not None and (not isinstance(n, int) or n < 0):
                message = f"{name} is {n!r}, but must be a number of tokens from 0, or None"
                raise ValueError(message)
        object.__setattr__(self, "_constraint", self._made_constraint())
        # The stages check their own numbers: here, so that the error comes with the options, not with the first token.
        self.stages()

    @property
    def constraint(self) -> Constraint | None:
        """What `grammar`, `schema`, `regex`, `choices` or `response_format` asks for; at most one of them is given."""
        constraint: Constraint | None = vars(self)["_constraint"]
        return constraint

    def _made_constraint(self) -> Constraint | None:
        names = ("grammar", "schema", "regex", "choices", "response_format")
        given = [name for name in names if getattr(self, name) is not None]
        if len(given) > 1 and self.response_format == {"type": "text"}:  # which asks for nothing
            given.remove("response_format")
        if not given:
            return None
        if len(given) > 1:
            message = f"{' and '.join(given)} are given; an answer is held to one of them"
            raise ValueError(message)
        # Only now: they are much to import, for who wants none.
        from llamacffi.generation.constraints import GBNF, Choices, JSONSchema, Regex, response_format

        if self.grammar is not None:
            return GBNF(self.grammar) if isinstance(self.grammar, str) else self.grammar
        if self.schema is not None:
            return JSONSchema(self.schema)
        if self.regex is not None:
            return Regex(self.regex)
        if self.choices is not None:
            return Choices(self.choices)
        return response_format(self.response_format or {})

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
        return drawn_seed() if self.seed is None else self.seed

    def chain(self, vocab: Vocab, seed: int | None = None) -> SamplerChain:
        """Make the native chain, with `seed` instead of the options' own when it is given.

        The tokens that the model asks never to be sampled are forbidden in it, and with `ignore_eos` those that end a
        generation. What constrains the answer comes first: the others choose, and it is asked about their choice.
        """
        forbidden = suppress_tokens(vocab) + (eog_tokens(vocab) if self.ignore_eos else ())
        bias = {**self.logit_bias, **dict.fromkeys(forbidden, -math.inf)}
        first: tuple[Stage, ...] = ()
        if self.constraint is not None:
            first = self.constraint.stage(vocab), ValidUTF8()
        if self.reasoning_budget is not None:
            first = *first, self.reasoning_budget
        return SamplerChain(*first, *self._stages(self.seed if seed is None else seed, bias), vocab=vocab)

    def stages(self) -> tuple[Stage, ...]:
        """The chain's stages without the constraint, those that do nothing included."""
        return self._stages(self.seed, self.logit_bias)

    def _stages(self, seed: int | None, logit_bias: Mapping[int, float]) -> tuple[Stage, ...]:
        bias = LogitBias(logit_bias)
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
            return bias, Temperature(self.temperature), Mirostat(seed, self.mirostat_tau, self.mirostat_eta)
        if self.mirostat == 2:
            return bias, Temperature(self.temperature), MirostatV2(seed, self.mirostat_tau, self.mirostat_eta)
        return (
            bias,
            *penalties,
            TopNSigma(self.top_n_sigma),
            TopK(self.top_k),
            Typical(self.typical_p, self.min_keep),
            TopP(self.top_p, self.min_keep),
            MinP(self.min_p, self.min_keep),
            XTC(self.xtc_probability, self.xtc_threshold, self.min_keep, seed),
            TemperatureExt(self.temperature, self.dynatemp_range, self.dynatemp_exponent),
            AdaptiveP(self.adaptive_target, self.adaptive_decay, seed) if self.adaptive_target >= 0 else Dist(seed),
        )

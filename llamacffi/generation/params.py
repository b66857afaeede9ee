"""How to choose the tokens, and when to stop: one frozen dataclass that every layer shares."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal

from llamacffi._native.convert import unknown_option
from llamacffi.core.media_tokens import has_media
from llamacffi.core.sampling import (
    LogitsProcessor,
    MinTokens,
    Penalties,
    ReasoningBudget,
    SamplerChain,
    Stage,
    ValidUTF8,
    drawn_seed,
    eog_tokens,
    suppress_tokens,
)
from llamacffi.generation.bias import token_biases
from llamacffi.generation.checks import biases, checked_number, checked_texts, checked_tokens, functions
from llamacffi.generation.named import check_stages
from llamacffi.generation.order import checked_order, stages_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import TypeAlias

    import numpy as np
    from numpy.typing import NDArray
    from typing_extensions import Self

    from llamacffi.core.sampling import Healing
    from llamacffi.core.vocab import Vocab
    from llamacffi.generation.bias import Biases
    from llamacffi.generation.constraints import Constraint
    from llamacffi.generation.criteria import StoppingCriterion

    _Processor: TypeAlias = Callable[[NDArray[np.int32], NDArray[np.float32]], object]

__all__ = ["SamplingParams"]

_ALL_OF_IT = 2**31 - 1
_LAST_CHOICE = -1e9  # added to a logit: the probability is 0 beside any other token's


@dataclass(frozen=True, kw_only=True)
class SamplingParams:
    """Options of one generation.

    Defaults and order of the stages are llama.cpp's: `common_params_sampling` (common/common.h) and
    `common_sampler_init` (common/sampling.cpp). Names are those of its server. Raises TypeError for a value of another
    type, ValueError for one out of range.
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
    samplers: str | Sequence[str] | None = None
    """The stages that are to work, in their order, by llama.cpp's names ("penalties", "dry", "top_n_sigma", "top_k",
    "typ_p", "top_p", "min_p", "xtc", "temperature", "infill") or letters; None is this order without the last. Mirostat
    has its own, and with a temperature of 0 only the first two are of use."""

    repeat_last_n: int = 64
    """How many tokens the three penalties look back on, the prompt's included."""
    repeat_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    penalize_prompt: bool = True
    """Whether they look back on the prompt too, or only on what was generated."""
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

    logits_processor: _Processor | Sequence[_Processor] = ()
    """Functions that change the logits in place, `fn(tokens: int32[n], logits: float32[n_vocab])`, before all stages
    but a constraint; the tokens are the prompt's and the answer's. See `LogitsProcessor`."""
    logit_bias: Biases = field(default_factory=dict)
    """What is added to the logit of a token; -inf forbids it. A text stands for every token that spells exactly it."""
    ignore_eos: bool = False
    """Forbid the tokens that would end the generation, until a constraint allows nothing else."""
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
    min_tokens: int = 0
    """The model does not end it before: the tokens that would are forbidden, and stop strings are not looked for in the
    text of that many tokens. A stopping criterion and max_time still may."""
    max_time: float | None = None
    """Seconds from the call on, after which no further token is begun; there is one at least."""
    stop: str | Sequence[str] = ()
    """Texts that end the generation; they are not part of it."""
    stop_tokens: int | Sequence[int] = ()
    """Tokens that end the generation as the model's own do; they are not part of it."""
    stopping_criteria: StoppingCriterion | Sequence[StoppingCriterion] = ()
    """Functions that are called after each token; one that returns something true ends the generation."""

    token_healing: bool = False
    """Begin anew with what the prompt ends in, where a longer token begins with it: `heal` says more."""
    overflow: Literal["stop", "shift"] = "stop"
    """When the context is full: stop, or forget half of what is behind the first `n_keep` tokens, and go on."""
    n_keep: int = 0
    """How many of the prompt's tokens a shift leaves, -1 for all; a BOS at the beginning is always left."""

    if not TYPE_CHECKING:  # the signature is that of the fields

        def __new__(cls, *_: object, **options: object) -> Self:
            """Refuse an option that there is not, with the name of the nearest that there is."""
            for name in options.keys() - cls.__dataclass_fields__.keys():
                raise unknown_option(name, cls.__dataclass_fields__, "SamplingParams")
            return super().__new__(cls)

    def __post_init__(self) -> None:
        for name in _FLOATS:
            object.__setattr__(self, name, checked_number(name, getattr(self, name), float))
        for name in _INTS:
            object.__setattr__(self, name, checked_number(name, getattr(self, name), int))
        for name in ("seed", "max_tokens", "logprobs", "prompt_logprobs"):
            object.__setattr__(self, name, checked_number(name, getattr(self, name), int, optional=True))
        object.__setattr__(self, "max_time", checked_number("max_time", self.max_time, float, optional=True))
        object.__setattr__(self, "stop", checked_texts("stop", self.stop))
        object.__setattr__(self, "stop_tokens", checked_tokens("stop_tokens", self.stop_tokens))
        object.__setattr__(self, "samplers", checked_order(self.samplers))
        breakers = checked_texts("dry_sequence_breakers", self.dry_sequence_breakers)
        object.__setattr__(self, "dry_sequence_breakers", breakers)
        object.__setattr__(self, "logit_bias", biases(self.logit_bias))
        processors = functions("logits_processor", self.logits_processor, "fn(tokens, logits)")
        object.__setattr__(self, "logits_processor", processors)
        criteria = functions("stopping_criteria", self.stopping_criteria, "fn(progress) -> bool")
        object.__setattr__(self, "stopping_criteria", criteria)
        for name in ("ignore_eos", "token_healing", "penalize_prompt"):
            if not isinstance(getattr(self, name), bool):
                message = f"{name} is {getattr(self, name)!r}, but must be True or False"
                raise TypeError(message)
        budget: object = self.reasoning_budget
        if not isinstance(budget, (ReasoningBudget, NoneType)):
            message = f"reasoning_budget is {budget!r}, but must be a ReasoningBudget or None: ReasoningBudget(512)"
            raise TypeError(message)
        self._check_values()
        object.__setattr__(self, "_constraint", self._made_constraint())
        if self.token_healing and (self.constraint is not None or self.reasoning_budget is not None):
            message = (
                "token_healing lets the answer begin with the prompt's end, of which a constraint or a "
                "reasoning_budget knows nothing; use the one or the other"
            )
            raise ValueError(message)
        # The stages check their own numbers: here, so that the error comes with the options, not with the first token.
        check_stages(self)

    def _check_values(self) -> None:
        if "" in self.stop:
            message = "a stop string is empty; it would stop before the first token"
        elif self.max_tokens is not None and self.max_tokens < 0:
            message = f"max_tokens is {self.max_tokens}; None is no limit"
        elif not 0 <= self.min_tokens <= (_ALL_OF_IT if self.max_tokens is None else self.max_tokens):
            message = f"min_tokens is {self.min_tokens}, but must be from 0 to max_tokens, {self.max_tokens}"
        elif self.max_time is not None and not self.max_time >= 0:
            message = f"max_time is {self.max_time}, but must be a number of seconds from 0, or None for no limit"
        elif self.mirostat not in (0, 1, 2):
            message = f"mirostat is {self.mirostat}, but must be 0 (off), 1 or 2"
        elif self.overflow not in ("stop", "shift"):
            message = f"overflow is {self.overflow!r}, but must be 'stop' or 'shift'"
        elif self.n_keep < -1:
            message = f"n_keep is {self.n_keep}, but must be a number of tokens from 0, or -1 for the whole prompt"
        else:
            for name in ("logprobs", "prompt_logprobs"):
                n = getattr(self, name)
                if n is not None and n < 0:
                    message = f"{name} is {n!r}, but must be a number of tokens from 0, or None"
                    raise ValueError(message)
            return
        raise ValueError(message)

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
        from llamacffi.generation.constraints import GBNF, Choices, Constraint, JSONSchema, Regex, response_format

        grammar: object = self.grammar
        if grammar is not None:
            if not isinstance(grammar, (str, Constraint)):
                message = f"grammar is {grammar!r}, but must be a text of GBNF or a Constraint"
                raise TypeError(message)
            return GBNF(grammar) if isinstance(grammar, str) else grammar
        if self.schema is not None:
            return JSONSchema(self.schema)
        regex: object = self.regex
        if regex is not None:
            if not isinstance(regex, str):
                message = f"regex is {regex!r}, but must be the text of a pattern"
                raise TypeError(message)
            return Regex(regex)
        if self.choices is not None:
            return Choices(self.choices)
        return response_format(self.response_format or {})

    @property
    def stop_strings(self) -> tuple[str, ...]:
        """`stop` as a tuple, one string or many."""
        return (self.stop,) if isinstance(self.stop, str) else tuple(self.stop)

    @property
    def stop_ids(self) -> tuple[int, ...]:
        """`stop_tokens` as a tuple, one token or many."""
        tokens: tuple[int, ...] = vars(self)["stop_tokens"]
        return tokens

    @property
    def criteria(self) -> tuple[StoppingCriterion, ...]:
        """`stopping_criteria` as a tuple, one or many."""
        criteria: tuple[StoppingCriterion, ...] = vars(self)["stopping_criteria"]
        return criteria

    @property
    def n_prev(self) -> int:
        """How many tokens of the prompt the stages want to see, for penalties on repetition."""
        if self.logits_processor:
            return _ALL_OF_IT
        penalties = self.repeat_penalty, self.frequency_penalty, self.presence_penalty
        looks_back = self.penalize_prompt and penalties != (1.0, 0.0, 0.0)
        return max(self.repeat_last_n * looks_back, self.dry_penalty_last_n * (self.dry_multiplier != 0))

    def accept_prompt(self, chain: SamplerChain, tokens: Sequence[int]) -> None:
        """Tell a chain of the end of the prompt what its stages want to know of it."""
        end = tokens[max(0, len(tokens) - self.n_prev) :]
        chain.accept([token for token in end if token >= 0] if has_media(end) else end, grammar=False)
        if not self.penalize_prompt:
            chain.reset(Penalties)

    def drawn_seed(self) -> int:
        """`seed`, or one drawn now."""
        return drawn_seed() if self.seed is None else self.seed

    def chain(self, vocab: Vocab, seed: int | None = None, *, healing: Healing | None = None) -> SamplerChain:
        """Make the native chain, with `seed` instead of the options' own when it is given.

        The tokens that the model asks never to be sampled are forbidden in it, and with `ignore_eos` those that end a
        generation; beside a constraint these are the last choice, which is left when its text is whole. What constrains
        the answer comes first: the others choose, and it is asked about their choice.
        """
        ends = eog_tokens(vocab) if self.ignore_eos else ()
        outside = [token for token in self.stop_ids if token >= vocab.n_tokens]
        if outside:
            message = f"stop_tokens has {outside[0]}, but the vocabulary is 0 to {vocab.n_tokens - 1}"
            raise ValueError(message)
        bias = token_biases(vocab, self.logit_bias)
        last = -math.inf if self.constraint is None else _LAST_CHOICE
        bias = {**bias, **{token: min(last, bias.get(token, 0.0)) for token in ends}}
        bias.update(dict.fromkeys(suppress_tokens(vocab), -math.inf))
        first: tuple[Stage, ...] = ()
        if self.constraint is not None:
            first = self.constraint.stage(vocab), ValidUTF8()
        if self.reasoning_budget is not None:
            first = *first, self.reasoning_budget
        first = *first, *map(LogitsProcessor, vars(self)["logits_processor"])
        if self.min_tokens:
            first = *first, MinTokens(self.min_tokens, self.stop_ids)
        if healing is not None:
            first = *first, healing
        return SamplerChain(*first, *stages_of(self, self.seed if seed is None else seed, bias), vocab=vocab)

    def stages(self) -> tuple[Stage, ...]:
        """The chain's stages without the constraint, those that do nothing included.

        Biases of texts are left out: which tokens they are about is for a vocabulary to say.
        """
        bias = {token: bias for token, bias in self.logit_bias.items() if isinstance(token, int)}
        return stages_of(self, self.seed, bias)


_FLOATS = (
    "temperature",
    "dynatemp_range",
    "dynatemp_exponent",
    "top_p",
    "min_p",
    "typical_p",
    "top_n_sigma",
    "xtc_probability",
    "xtc_threshold",
    "repeat_penalty",
    "frequency_penalty",
    "presence_penalty",
    "dry_multiplier",
    "dry_base",
    "mirostat_tau",
    "mirostat_eta",
    "adaptive_target",
    "adaptive_decay",
)
_INTS = (
    "top_k",
    "min_keep",
    "repeat_last_n",
    "dry_allowed_length",
    "dry_penalty_last_n",
    "mirostat",
    "min_tokens",
    "n_keep",
)

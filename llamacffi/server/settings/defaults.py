"""What requests begin with that do not say otherwise."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from llamacffi.generation import SamplingParams
from llamacffi.server.settings.flag import Flag, Settings

__all__ = ["RequestDefaults"]

_BACK = ("repeat_last_n", "dry_penalty_last_n")
"""Where -1 is the whole context, however long that will be."""


class RequestDefaults(Settings):
    """Options of requests that do not say otherwise; in brackets what is taken when it is not set, llama.cpp's own."""

    max_tokens: Annotated[int | None, Flag(("-n", "--predict", "--n-predict"), variables=("LLAMA_ARG_N_PREDICT",))] = (
        None
    )
    """How long answers may be; -1 goes on until the context is full. Nothing is 16 for /v1/completions, as OpenAI's API
    has it, and the context for all others."""
    n_keep: Annotated[int | None, Flag(("--keep",)), Field(ge=-1)] = None
    """How many of the prompt's tokens are never forgotten where the context may shift."""
    temperature: Annotated[float | None, Flag(("--temp",))] = None
    """Divides the logits; 0 takes the best token [0.8]."""
    top_k: int | None = None
    """Of so many of the most probable tokens one is drawn; 0 is all [40]."""
    top_p: float | None = None
    """Of those that have this probability together [0.95]."""
    min_p: float | None = None
    """Of those that have this part of the best one's probability [0.05]."""
    typical_p: Annotated[float | None, Flag(("--typical",))] = None
    """Locally typical sampling; 1 is none [1]."""
    top_n_sigma: Annotated[float | None, Flag(("--top-nsigma",))] = None
    """Of those within so many standard deviations of the best; -1 is none [-1]."""
    xtc_probability: float | None = None
    """How often XTC leaves out the most probable tokens [0]."""
    xtc_threshold: float | None = None
    """And how probable those are at least [0.1]."""
    dynatemp_range: float | None = None
    """How far the temperature follows the entropy [0]."""
    dynatemp_exponent: Annotated[float | None, Flag(("--dynatemp-exp",))] = None
    """And how [1]."""
    repeat_last_n: int | None = None
    """How many tokens penalties look back on; -1 is the context [64]."""
    repeat_penalty: float | None = None
    """Divides what makes tokens probable that were there; 1 is none [1]."""
    presence_penalty: float | None = None
    """Taken from the logits of tokens that were there [0]."""
    frequency_penalty: float | None = None
    """And that as often as they were [0]."""
    dry_multiplier: float | None = None
    """How strongly DRY works [0]."""
    dry_base: float | None = None
    """How much more with each token that is repeated [1.75]."""
    dry_allowed_length: int | None = None
    """So many tokens may be repeated [2]."""
    dry_penalty_last_n: int | None = None
    """How many tokens it looks back on; -1 is the context [64]."""
    dry_sequence_breakers: Annotated[tuple[str, ...] | None, Flag(("--dry-sequence-breaker",))] = None
    """What ends a repetition, separated by commas."""
    mirostat_mode: Annotated[int | None, Flag(("--mirostat",)), Field(ge=0, le=2)] = None
    """1 or 2 is that version of Mirostat [0]."""
    mirostat_tau: Annotated[float | None, Flag(("--mirostat-ent",))] = None
    """The entropy that it aims at [5]."""
    mirostat_eta: Annotated[float | None, Flag(("--mirostat-lr",))] = None
    """How quickly it does [0.1]."""
    adaptive_target: float | None = None
    """A probability near which tokens are picked; -1 is none [-1]."""
    adaptive_decay: float | None = None
    """How far it looks back on what was picked [0.9]."""
    samplers: Annotated[str | tuple[str, ...] | None, Flag(("--sampler-seq", "--sampling-seq"))] = None
    """The stages that work, in their order: names with semicolons between, or letters."""
    ignore_eos: Annotated[bool | None, Flag(on="--ignore-eos")] = None
    """Never end an answer by the model's own token."""
    cache_prompt: Annotated[
        bool | None, Flag(on="--cache-prompt", off="--no-cache-prompt", variables=("LLAMA_ARG_CACHE_PROMPT",))
    ] = None
    """Take over what prompts before have in common with a new one [yes]."""
    reasoning_format: Annotated[
        Literal["auto", "none", "deepseek", "deepseek-legacy"] | None, Flag(variables=("LLAMA_ARG_THINK",))
    ] = None
    """none leaves thoughts in the answer, all else keeps them apart."""
    reasoning_budget: Annotated[int | None, Flag(variables=("LLAMA_ARG_THINK_BUDGET",)), Field(ge=-1)] = None
    """How many tokens the model may think; -1 is no limit."""
    reasoning_effort: str | None = None
    """A variable of chat templates that know it."""
    enable_thinking: Annotated[bool | None, Flag(("-rea", "--reasoning"), variables=("LLAMA_ARG_REASONING",))] = None
    """on, off, or auto: whether models think that can do without."""
    chat_template_kwargs: Annotated[dict[str, Any] | None, Flag(variables=("LLAMA_CHAT_TEMPLATE_KWARGS",))] = None
    """Further variables of the chat template, an object of JSON."""

    @field_validator("chat_template_kwargs", mode="before")
    @classmethod
    def _object(cls, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("dry_sequence_breakers", mode="before")
    @classmethod
    def _breakers(cls, value: Any) -> Any:
        return tuple(filter(None, value.split(","))) if isinstance(value, str) else value

    @field_validator("enable_thinking", mode="before")
    @classmethod
    def _thinks(cls, value: Any) -> Any:
        return None if value == "auto" else value

    @model_validator(mode="after")
    def _can_be(self) -> RequestDefaults:
        """What sampling would refuse of every request is refused at once."""
        names = SamplingParams.__dataclass_fields__
        said = {name: value for name, value in self.request_options().items() if name in names}
        said.pop("max_tokens", None)
        said = {name: 0 if name in _BACK and value == -1 else value for name, value in said.items()}
        try:
            SamplingParams(**said, mirostat=self.mirostat_mode or 0)
        except TypeError as error:
            raise ValueError(str(error)) from None
        return self

    def request_options(self) -> dict[str, Any]:
        """What is set, by the names of requests."""
        said = {name: getattr(self, name) for name in RequestDefaults.model_fields}
        return {name: value for name, value in said.items() if value is not None}

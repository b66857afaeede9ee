"""The fields of requests that generate text: OpenAI's, and llama.cpp's options of sampling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from llamacffi.server.schemas.base import Asked, Finite, Integer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.engine import Request

__all__ = ["MOST_ANSWERS", "Generating"]

MOST_ANSWERS = 128
"""Of one prompt, as OpenAI's API has it."""
_SEEDS = 2**32 - 1
_LONG = 2**31 - 1
_Many = Annotated[Integer, Field(ge=1, le=MOST_ANSWERS)]
_Limit = Annotated[Integer, Field(ge=-1, le=_LONG)]
_Count = Annotated[Integer, Field(ge=-1, le=_LONG)]


class Generating(Asked):
    """What every request that generates text may say; a value that is not given is that of the model's settings.

    Seeds may be any whole number: what is beyond 32 bits is cut off.
    """

    stream: bool | None = Field(default=None, description="Answer part by part, as server-sent events.")
    stream_options: dict[str, Any] | None = Field(
        default=None, description='{"include_usage": true} adds a last part, which has the usage.'
    )
    n: _Many | None = Field(default=None, description="How many answers to make; those that find no room wait.")
    max_tokens: _Limit | None = Field(default=None, description="-1 goes on until the context is full.")
    n_predict: _Limit | None = Field(default=None, description="The same by llama.cpp's name.")
    stop: str | list[str] | None = Field(default=None, description="Texts that end the answer.")
    seed: Integer | None = Field(default=None, description="-1 draws one.")
    logit_bias: dict[str, Any] | list[Any] | None = Field(
        default=None, description="Added to the logits of tokens, by their ids or texts; pairs too; false forbids one."
    )
    user: str | None = None

    temperature: Finite | None = None
    top_p: Finite | None = None
    top_k: Integer | None = None
    min_p: Finite | None = None
    typical_p: Finite | None = None
    top_n_sigma: Finite | None = None
    min_keep: Annotated[Integer, Field(ge=0, le=_LONG)] | None = None
    samplers: str | list[str] | None = Field(
        default=None, description="The stages that work, in their order, by llama.cpp's names or letters."
    )
    dynatemp_range: Finite | None = None
    dynatemp_exponent: Finite | None = None
    xtc_probability: Finite | None = None
    xtc_threshold: Finite | None = None
    repeat_penalty: Finite | None = None
    repeat_last_n: _Count | None = None
    presence_penalty: Finite | None = None
    frequency_penalty: Finite | None = None
    dry_multiplier: Finite | None = None
    dry_base: Finite | None = None
    dry_allowed_length: _Count | None = None
    dry_penalty_last_n: _Count | None = None
    dry_sequence_breakers: list[str] | None = None
    mirostat: Integer | None = None
    mirostat_mode: Integer | None = None
    mirostat_tau: Finite | None = None
    mirostat_eta: Finite | None = None
    adaptive_target: Finite | None = None
    adaptive_decay: Finite | None = None
    ignore_eos: bool | None = None
    min_tokens: Annotated[Integer, Field(ge=0, le=_LONG)] | None = None
    grammar: str | None = Field(default=None, description="GBNF that the answer must follow.")
    json_schema: dict[str, Any] | None = Field(default=None, description="A JSON Schema for the answer.")
    n_probs: Annotated[Integer, Field(ge=0, le=_LONG)] | None = Field(
        default=None, description="How many of the most probable tokens to tell of, by llama.cpp's name."
    )
    lora: list[dict[str, Any]] | None = Field(
        default=None, description='Adapters of the model\'s settings: [{"id": 0, "scale": 0.5}]; others do not work.'
    )
    timings_per_token: bool | None = Field(
        default=None, description="Tell the times so far with each part of a stream."
    )
    return_progress: bool | None = Field(
        default=None, description="Tell in a stream how much of the prompt is computed, before the first token."
    )
    cache_prompt: bool | None = Field(default=None, description="false takes nothing over from prompts before.")

    @property
    def wants_usage(self) -> bool:
        """Whether a stream ends with the usage."""
        return bool((self.stream_options or {}).get("include_usage"))

    def told(self, requests: Sequence[Request]) -> tuple[Request, ...]:
        """The requests to the engine, which tells how far they are where the parts of a stream say so."""
        if self.stream and (self.timings_per_token or self.return_progress):
            return tuple(replace(one, tells_progress=True) for one in requests)
        return tuple(requests)

    def options(self) -> dict[str, Any]:
        """The fields by llama.cpp's names, with one name for each thing."""
        fields = self.given()
        seed = fields.get("seed")
        if seed is not None:
            fields["seed"] = -1 if seed < 0 else seed & _SEEDS
        for name in ("n_predict", "max_completion_tokens"):
            if name in fields:
                fields["max_tokens"] = fields.pop(name)
        return fields

"""What a request may say of the sampling of a turn, in llama.cpp's words, as options of a chat completion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from llamacffi.server.adapters import adapters_of

if TYPE_CHECKING:
    from llamacffi.server.models.served import Served

__all__ = ["turn_options"]

# llama-server's, which penalises the prompt too.
_DEFAULTS: dict[str, Any] = {
    "temperature": 0.8,
    "top_k": 40,
    "top_p": 0.95,
    "min_p": 0.05,
    "repeat_penalty": 1.0,
    "repeat_last_n": 64,
    "penalize_prompt": True,
    "max_tokens": None,
}
_NAMES = {
    "n_predict": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "mirostat": "mirostat_mode",
    "thinking_budget_tokens": "reasoning_budget",
    "reasoning_budget_tokens": "reasoning_budget",
    "json_schema": "schema",
}
# Nothing that is a path, a function, or of another caller: what a request says may come from anybody.
_TAKEN = frozenset(
    {
        "adaptive_decay",
        "adaptive_target",
        "chat_template_kwargs",
        "dry_allowed_length",
        "dry_base",
        "dry_multiplier",
        "dry_penalty_last_n",
        "dry_sequence_breakers",
        "dynatemp_exponent",
        "dynatemp_range",
        "enable_thinking",
        "frequency_penalty",
        "grammar",
        "ignore_eos",
        "logit_bias",
        "logprobs",
        "max_tokens",
        "min_keep",
        "min_p",
        "min_tokens",
        "mirostat_eta",
        "mirostat_mode",
        "mirostat_tau",
        "n_keep",
        "parallel_tool_calls",
        "presence_penalty",
        "reasoning_budget",
        "reasoning_effort",
        "reasoning_format",
        "repeat_last_n",
        "repeat_penalty",
        "response_format",
        "samplers",
        "schema",
        "seed",
        "stop",
        "temperature",
        "top_k",
        "top_logprobs",
        "top_n_sigma",
        "top_p",
        "typical_p",
        "xtc_probability",
        "xtc_threshold",
    }
)


def turn_options(
    fields: Mapping[str, Any], own: Mapping[str, Any], served: Served, salt: str | None = None
) -> dict[str, Any]:
    """The options of `create_chat_completion` for a request's fields; `own` is what its protocol makes of the others.

    What neither says is that of the model's settings. A field that is null is not there, one that nobody knows is not
    looked at. What `salt` stands for shares prefixes with nobody else, and who says `cache_prompt: false` shares none.
    """
    set_here = served.settings.request_options()
    shares = fields.get("cache_prompt", set_here.get("cache_prompt"))
    options = {**_DEFAULTS, "model": served.name, "cache_salt": uuid4().hex if shares is False else salt}
    adapters = adapters_of(fields.get("lora"), served)
    if adapters:
        options["lora"] = adapters
    for said in (set_here, fields, own):
        for name, value in said.items():
            name = _NAMES.get(name, name)  # noqa: PLW2901 - the same by its other name
            if name in _TAKEN and value is not None:
                options[name] = {**options.get(name, {}), **value} if name == "chat_template_kwargs" else value
    for name in ("repeat_last_n", "dry_penalty_last_n"):
        if options.get(name) == -1:
            options[name] = served.n_ctx
    bias = options.get("logit_bias")
    if isinstance(bias, list):  # llama-server's pairs
        pairs = [one for one in bias if isinstance(one, list) and len(one) == 2]
        bias = dict(pairs) if len(pairs) == len(bias) and all(isinstance(one[0], (int, str)) for one in pairs) else bias
    if isinstance(bias, Mapping):
        bias = {token: float("-inf") if amount is False else amount for token, amount in bias.items()}
    return {**options, "logit_bias": bias} if bias is not None else options

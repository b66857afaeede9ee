"""The options that an answer was sampled with, as llama-server tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi.generation.order import ORDER
from llamacffi.server.adapters import scales_told

if TYPE_CHECKING:
    from llamacffi.generation import SamplingParams
    from llamacffi.server.models.served import Served
    from llamacffi.server.schemas.sampling import Generating

__all__ = ["RANDOM", "settings_of"]

RANDOM = 2**32 - 1
"""The seed of requests for each of which one is drawn."""
_SAME = (
    "temperature",
    "dynatemp_range",
    "dynatemp_exponent",
    "top_k",
    "top_p",
    "min_p",
    "top_n_sigma",
    "xtc_probability",
    "xtc_threshold",
    "typical_p",
    "repeat_last_n",
    "repeat_penalty",
    "presence_penalty",
    "frequency_penalty",
    "dry_multiplier",
    "dry_base",
    "dry_allowed_length",
    "dry_penalty_last_n",
    "mirostat",
    "mirostat_tau",
    "mirostat_eta",
    "adaptive_target",
    "adaptive_decay",
    "n_keep",
    "ignore_eos",
    "min_keep",
)


def settings_of(
    params: SamplingParams, seed: int, served: Served, asked: Generating | None = None, *, streams: bool = False
) -> dict[str, Any]:
    """The options, with the seed that was used; of a request that is not there any more, `streams` says that it did."""
    limit = -1 if params.max_tokens is None else params.max_tokens
    grammar: object = params.grammar
    bias = [{"token": token, "bias": amount} for token, amount in params.logit_bias.items()]
    reasoning = served.settings.reasoning_format or "auto"
    return {
        "seed": seed,
        **{name: getattr(params, name) for name in _SAME},
        "samplers": list(ORDER if params.samplers is None else params.samplers),
        "dry_sequence_breakers": list(params.dry_sequence_breakers),
        "stop": list(params.stop_strings),
        "max_tokens": limit,
        "n_predict": limit,
        "n_discard": 0,
        "stream": streams if asked is None else bool(asked.stream),
        "logit_bias": bias,
        "n_probs": params.logprobs or 0,
        "grammar": grammar if isinstance(grammar, str) else "",
        "grammar_lazy": False,
        "grammar_triggers": [],
        "preserved_tokens": [],
        "chat_format": "Content-only",
        "reasoning_format": reasoning,
        "reasoning_in_content": False,
        "generation_prompt": "",
        "speculative.types": "none" if served.settings.draft_model is None else served.settings.draft_model,
        "timings_per_token": asked is not None and bool(asked.timings_per_token),
        "post_sampling_probs": False,
        "backend_sampling": False,
        "lora": scales_told(None if asked is None else asked.lora, served),
    }

"""The stages that options ask for, in their order, by the names and letters of llama.cpp's programs."""

from __future__ import annotations

import collections.abc
from typing import TYPE_CHECKING

from llamacffi._native.convert import nearest
from llamacffi.core.sampling import (
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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llamacffi.generation.params import SamplingParams

__all__ = ["ORDER", "checked_order", "stages_of"]

ORDER = ("penalties", "dry", "top_n_sigma", "top_k", "typ_p", "top_p", "min_p", "xtc", "temperature")
"""llama.cpp's own: `common_params_sampling` (common/common.h)."""
_LETTERS = {
    "e": "penalties",
    "d": "dry",
    "s": "top_n_sigma",
    "k": "top_k",
    "y": "typ_p",
    "p": "top_p",
    "m": "min_p",
    "x": "xtc",
    "t": "temperature",
    "i": "infill",
    "a": "adaptive_p",
}
_ALSO = {"typical_p": "typ_p", "typical": "typ_p", "typ": "typ_p", "nucleus": "top_p", "temp": "temperature"}


def checked_order(order: object) -> tuple[str, ...] | None:
    """The names of stages out of a sequence of them, a text with semicolons between, or one of letters ("edskypmxt").

    Raises TypeError, and ValueError for a name that llama.cpp does not have.
    """
    if order is None:
        return None
    if isinstance(order, str):
        is_name = order.replace("-", "_") in (*_LETTERS.values(), *_ALSO)
        parts = (
            order.split(";")
            if ";" in order or is_name or not set(order) <= _LETTERS.keys()
            else [_LETTERS[one] for one in order]
        )
    elif isinstance(order, collections.abc.Sequence) and all(isinstance(one, str) for one in order):
        parts = list(order)
    else:
        message = f'samplers is {order!r:.200}, but must be names of stages: ["penalties", "top_k", "temperature"]'
        raise TypeError(message)
    return tuple(map(_name, filter(None, (part.strip() for part in parts))))


def _name(given: str) -> str:
    name = given.lower().replace("-", "_")
    name = _ALSO.get(name, name)
    if name not in _LETTERS.values():
        hint = nearest(name, _LETTERS.values()) or f"; there are {', '.join(_LETTERS.values())}"
        message = f"samplers has {given!r:.100}, which is no stage{hint}"
        raise ValueError(message)
    return name


def stages_of(params: SamplingParams, seed: int | None, logit_bias: Mapping[int, float]) -> tuple[Stage, ...]:
    """The stages behind what constrains the answer, those that do nothing included."""
    bias, keep = LogitBias(logit_bias), params.min_keep
    if params.temperature > 0 and params.mirostat == 1:
        return bias, Temperature(params.temperature), Mirostat(seed, params.mirostat_tau, params.mirostat_eta)
    if params.temperature > 0 and params.mirostat == 2:
        return bias, Temperature(params.temperature), MirostatV2(seed, params.mirostat_tau, params.mirostat_eta)
    stages: dict[str, Stage] = {
        "penalties": Penalties(
            params.repeat_last_n, params.repeat_penalty, params.frequency_penalty, params.presence_penalty
        ),
        "dry": DRY(
            params.dry_multiplier,
            params.dry_base,
            params.dry_allowed_length,
            params.dry_penalty_last_n,
            params.dry_sequence_breakers,
        ),
    }
    order = ORDER if params.samplers is None else params.samplers
    if params.temperature <= 0:
        return bias, *(stages[name] for name in order if name in stages), Greedy()
    stages |= {
        "top_n_sigma": TopNSigma(params.top_n_sigma),
        "top_k": TopK(params.top_k),
        "typ_p": Typical(params.typical_p, keep),
        "top_p": TopP(params.top_p, keep),
        "min_p": MinP(params.min_p, keep),
        "xtc": XTC(params.xtc_probability, params.xtc_threshold, keep, seed),
        "temperature": TemperatureExt(params.temperature, params.dynatemp_range, params.dynatemp_exponent),
        "infill": Infill(),
    }
    adapts = params.adaptive_target >= 0
    last = AdaptiveP(params.adaptive_target, params.adaptive_decay, seed) if adapts else Dist(seed)
    return bias, *(stages[name] for name in order if name in stages), last

"""What the stages of a chain refuse, by the names that the options of a generation have."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llamacffi.core.sampling import (
    DRY,
    XTC,
    AdaptiveP,
    Dist,
    MinP,
    MirostatV2,
    Penalties,
    Stage,
    TemperatureExt,
    TopK,
    TopNSigma,
    TopP,
    Typical,
)

if TYPE_CHECKING:
    from llamacffi.generation.params import SamplingParams

__all__ = ["check_stages"]

_STAGES: tuple[tuple[type[Stage], dict[str, str]], ...] = (
    (Dist, {"seed": "seed"}),
    (TemperatureExt, {"t": "temperature", "delta": "dynatemp_range", "exponent": "dynatemp_exponent"}),
    (TopK, {"k": "top_k"}),
    (TopP, {"p": "top_p", "min_keep": "min_keep"}),
    (MinP, {"p": "min_p"}),
    (Typical, {"p": "typical_p"}),
    (TopNSigma, {"n": "top_n_sigma"}),
    (XTC, {"p": "xtc_probability", "t": "xtc_threshold"}),
    (
        Penalties,
        {
            "last_n": "repeat_last_n",
            "repeat": "repeat_penalty",
            "freq": "frequency_penalty",
            "present": "presence_penalty",
        },
    ),
    (
        DRY,
        {
            "multiplier": "dry_multiplier",
            "base": "dry_base",
            "allowed_length": "dry_allowed_length",
            "last_n": "dry_penalty_last_n",
            "sequence_breakers": "dry_sequence_breakers",
        },
    ),
    (MirostatV2, {"tau": "mirostat_tau", "eta": "mirostat_eta"}),
    (AdaptiveP, {"target": "adaptive_target", "decay": "adaptive_decay"}),
)


def check_stages(params: SamplingParams) -> None:
    """Raise ValueError for a number that the stage which takes it refuses, also where the chain would not have it."""
    for i, (_, names) in enumerate(_STAGES):
        _check(i, tuple(getattr(params, option) for option in names.values()))


@lru_cache(maxsize=256)
def _check(index: int, values: tuple[Any, ...]) -> None:
    """Once for the same numbers: most calls have the same ones. What was refused is asked for again each time."""
    stage, names = _STAGES[index]
    try:
        stage(**dict(zip(names, values, strict=True)))
    except (ValueError, TypeError) as error:
        field, _, rest = str(error).partition(" ")
        message = f"{names.get(field, field)} {rest}"
        raise type(error)(message) from None

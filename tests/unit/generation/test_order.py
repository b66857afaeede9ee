"""The stages in the order that is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from llamacffi import SamplingParams
from llamacffi.core.sampling import (
    DRY,
    XTC,
    Dist,
    Greedy,
    Infill,
    LogitBias,
    MinP,
    Mirostat,
    Penalties,
    TemperatureExt,
    TopK,
    TopNSigma,
    TopP,
    Typical,
)


def kinds(**options: Any) -> list[type]:
    return [type(stage) for stage in SamplingParams(**options).stages()]


def test_llama_cpp_s_own_is_the_default() -> None:
    own = [LogitBias, Penalties, DRY, TopNSigma, TopK, Typical, TopP, MinP, XTC, TemperatureExt, Dist]
    assert kinds() == own
    # What llama-server's `--sampling-seq` and `--samplers` have as their defaults.
    assert kinds(samplers="edskypmxt") == own
    assert kinds(samplers="penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature") == own


@pytest.mark.parametrize(
    ("samplers", "stages"),
    [
        (["temperature", "top_k"], [TemperatureExt, TopK]),
        (("top-k", "TEMP", "nucleus", "typical"), [TopK, TemperatureExt, TopP, Typical]),
        ("min_p", [MinP]),
        ("kt", [TopK, TemperatureExt]),
        (["top_k", "infill"], [TopK, Infill]),
        (["top_k", "adaptive_p"], [TopK]),
        ([], []),
        ("", []),
    ],
)
def test_an_order_of_one_s_own(samplers: Any, stages: list[type]) -> None:
    assert kinds(samplers=samplers) == [LogitBias, *stages, Dist]


def test_what_has_its_own() -> None:
    assert kinds(samplers=["top_k", "dry"], temperature=0) == [LogitBias, DRY, Greedy]
    assert Mirostat in kinds(samplers=["top_k"], mirostat=1)


@pytest.mark.parametrize(
    ("samplers", "error", "message"),
    [
        (["top_q"], ValueError, "samplers has 'top_q', which is no stage; did you mean 'top_"),
        ("kz", ValueError, "'kz'"),
        (["zzzzzzzzz"], ValueError, "there are penalties, dry"),
        (5, TypeError, "samplers is 5"),
        ([1], TypeError, r"samplers is \[1\]"),
        ({"top_k": 1}, TypeError, "must be names of stages"),
    ],
)
def test_what_is_no_order(samplers: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        SamplingParams(samplers=samplers)

"""The stages of a sampler chain: a frozen dataclass for each sampler of llama.cpp that has numbers for parameters.

A stage is a description: it checks its numbers when it is made and holds nothing native. `build` makes the native
sampler, and the chain that adds it owns it. Names, order and meaning of the parameters are llama.h's; the defaults are
those of `common_params_sampling` (common/common.h), and what has none there has none here.
"""

# Stage.build is documented once.
from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from llamacffi._native import ffi, lib
from llamacffi._native.convert import instance, integer, real
from llamacffi.core import compat
from llamacffi.core.sampling.checks import (
    c_seed,
    check_finite,
    check_int32,
    check_probability,
    check_seed,
    check_texts,
    check_window,
    needed_vocab,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llamacffi.core.vocab import Vocab

__all__ = [
    "DRY",
    "XTC",
    "AdaptiveP",
    "Dist",
    "Greedy",
    "Infill",
    "LogitBias",
    "MinP",
    "Mirostat",
    "MirostatV2",
    "Penalties",
    "Stage",
    "Temperature",
    "TemperatureExt",
    "TopK",
    "TopNSigma",
    "TopP",
    "Typical",
]


class Stage(ABC):
    """One step from a row of logits to a token."""

    selects: ClassVar[bool] = False
    """Whether the stage picks the token; a chain ends with the one that does."""

    @abstractmethod
    def build(self, vocab: Vocab | None) -> Any:
        """Make the native sampler, a `struct llama_sampler *` that the caller owns.

        Raises ValueError when the stage needs the vocabulary and `vocab` is None.
        """


@dataclass(frozen=True)
class Greedy(Stage):
    """Pick the token of highest logit (llama_sampler_init_greedy)."""

    selects: ClassVar[bool] = True

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_greedy()


@dataclass(frozen=True)
class Dist(Stage):
    """Pick a token by its probability (llama_sampler_init_dist); a seed of None is random."""

    seed: int | None = None

    selects: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_seed(self.seed)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_dist(c_seed(self.seed))


@dataclass(frozen=True)
class TopK(Stage):
    """Keep the `k` tokens of highest logit; 0 keeps all (llama_sampler_init_top_k, arXiv:1904.09751)."""

    k: int = 40

    def __post_init__(self) -> None:
        check_int32("k", self.k)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_top_k(self.k)


@dataclass(frozen=True)
class TopP(Stage):
    """Keep the most probable tokens that together reach probability `p`; 1 keeps all (arXiv:1904.09751)."""

    p: float = 0.95
    min_keep: int = 0

    def __post_init__(self) -> None:
        check_probability("p", self.p)
        check_int32("min_keep", self.min_keep)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_top_p(self.p, self.min_keep)


@dataclass(frozen=True)
class MinP(Stage):
    """Keep the tokens at least `p` times as probable as the best one; 0 keeps all (llama_sampler_init_min_p)."""

    p: float = 0.05
    min_keep: int = 0

    def __post_init__(self) -> None:
        check_probability("p", self.p)
        check_int32("min_keep", self.min_keep)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_min_p(self.p, self.min_keep)


@dataclass(frozen=True)
class Typical(Stage):
    """Keep the tokens whose surprise is nearest the entropy, up to probability `p`; 1 keeps all (arXiv:2202.00666)."""

    p: float = 1.0
    min_keep: int = 0

    def __post_init__(self) -> None:
        check_probability("p", self.p)
        check_int32("min_keep", self.min_keep)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_typical(self.p, self.min_keep)


@dataclass(frozen=True)
class Temperature(Stage):
    """Divide the logits by `t`; 0 or less leaves only the best token (llama_sampler_init_temp)."""

    t: float = 0.8

    def __post_init__(self) -> None:
        check_finite("t", self.t)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_temp(self.t)


@dataclass(frozen=True)
class TemperatureExt(Stage):
    """Divide the logits by a temperature in `t` ± `delta` that rises with the entropy (arXiv:2309.02772).

    A `delta` of 0 is a fixed temperature (llama_sampler_init_temp_ext).
    """

    t: float = 0.8
    delta: float = 0.0
    exponent: float = 1.0

    def __post_init__(self) -> None:
        check_finite("t", self.t)
        check_finite("delta", self.delta, minimum=0.0)
        check_finite("exponent", self.exponent)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_temp_ext(self.t, self.delta, self.exponent)


@dataclass(frozen=True)
class XTC(Stage):
    """With probability `p`, drop all tokens above probability `t` but the least probable of them.

    A `t` above 0.5 does nothing, as at most one token can be above it (llama_sampler_init_xtc).
    """

    p: float = 0.0
    t: float = 0.1
    min_keep: int = 0
    seed: int | None = None

    def __post_init__(self) -> None:
        check_probability("p", self.p)
        check_probability("t", self.t)
        check_int32("min_keep", self.min_keep)
        check_seed(self.seed)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_xtc(self.p, self.t, self.min_keep, c_seed(self.seed))


@dataclass(frozen=True)
class TopNSigma(Stage):
    """Keep the tokens at most `n` standard deviations below the best logit; 0 or less keeps all (arXiv:2411.07641)."""

    n: float = -1.0

    def __post_init__(self) -> None:
        check_finite("n", self.n)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_top_n_sigma(self.n)


@dataclass(frozen=True)
class Mirostat(Stage):
    """Pick a token so that the surprise stays near `tau` (arXiv:2007.14966); needs the vocabulary.

    `eta` is the learning rate, `m` the number of tokens that the estimate looks at (llama_sampler_init_mirostat).
    """

    seed: int | None = None
    tau: float = 5.0
    eta: float = 0.1
    m: int = 100

    selects: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_finite("tau", self.tau)
        check_finite("eta", self.eta)
        check_int32("m", self.m, minimum=2)

    def build(self, vocab: Vocab | None) -> Any:
        n_vocab = needed_vocab(vocab, self).n_tokens
        return lib.llama_sampler_init_mirostat(n_vocab, c_seed(self.seed), self.tau, self.eta, self.m)


@dataclass(frozen=True)
class MirostatV2(Stage):
    """Pick a token so that the surprise stays near `tau`, by truncation alone (llama_sampler_init_mirostat_v2)."""

    seed: int | None = None
    tau: float = 5.0
    eta: float = 0.1

    selects: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_finite("tau", self.tau)
        check_finite("eta", self.eta)

    def build(self, vocab: Vocab | None) -> Any:
        return lib.llama_sampler_init_mirostat_v2(c_seed(self.seed), self.tau, self.eta)


@dataclass(frozen=True)
class Penalties(Stage):
    """Lower the logits of tokens among the last `last_n` accepted; needs the vocabulary.

    A positive logit is divided by `repeat`, a negative one multiplied; then `freq` for each time it occurred and
    `present` once are subtracted (llama_sampler_init_penalties).
    """

    last_n: int = 64
    repeat: float = 1.0
    freq: float = 0.0
    present: float = 0.0

    def __post_init__(self) -> None:
        check_window("last_n", self.last_n)
        check_finite("repeat", self.repeat)
        if self.repeat <= 0 or math.isinf(1 / self.repeat):
            message = f"repeat is {self.repeat}, but must be above 0; 1.0 is no penalty"
            raise ValueError(message)
        check_finite("freq", self.freq)
        check_finite("present", self.present)

    def build(self, vocab: Vocab | None) -> Any:
        n_vocab = needed_vocab(vocab, self).n_tokens
        return compat.sampler_penalties(n_vocab, self.last_n, self.repeat, self.freq, self.present)


@dataclass(frozen=True)
class DRY(Stage):
    """Lower the logits of tokens that would go on repeating what was generated before; needs the vocabulary.

    A repetition of length n longer than `allowed_length` costs `multiplier` * `base` ** (n - `allowed_length`); text in
    `sequence_breakers` ends a repetition. A `multiplier` of 0 does nothing (llama_sampler_init_dry).
    """

    multiplier: float = 0.0
    base: float = 1.75
    allowed_length: int = 2
    last_n: int = 64
    sequence_breakers: Sequence[str] = ("\n", ":", '"', "*")

    def __post_init__(self) -> None:
        check_finite("multiplier", self.multiplier)
        check_finite("base", self.base)
        check_int32("allowed_length", self.allowed_length)
        check_window("last_n", self.last_n)
        check_texts("sequence_breakers", self.sequence_breakers)
        object.__setattr__(self, "sequence_breakers", tuple(self.sequence_breakers))

    def build(self, vocab: Vocab | None) -> Any:
        vocab = needed_vocab(vocab, self)
        # Read, and copied, before the call returns.
        texts = [ffi.new("char[]", breaker.encode()) for breaker in self.sequence_breakers]
        return vocab.model.share(
            compat.sampler_dry,
            vocab.ptr,
            lib.llama_model_n_ctx_train(vocab.model.ptr),
            self.multiplier,
            self.base,
            self.allowed_length,
            self.last_n,
            ffi.new("char *[]", texts),
            len(texts),
        )


@dataclass(frozen=True)
class AdaptiveP(Stage):
    """Pick tokens whose probability is near `target` in the long run (llama_sampler_init_adaptive_p).

    `decay` is that of the moving average. A negative `target` picks by probability alone.
    """

    target: float
    decay: float = 0.9
    seed: int | None = None

    selects: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_finite("target", self.target, maximum=1.0)
        check_finite("decay", self.decay, minimum=0.0, maximum=0.99)
        check_seed(self.seed)

    def build(self, vocab: Vocab | None) -> Any:
        return compat.function("llama_sampler_init_adaptive_p")(self.target, self.decay, c_seed(self.seed))


@dataclass(frozen=True)
class LogitBias(Stage):
    """Add to the logits of single tokens, token id to bias; -inf forbids one; needs the vocabulary.

    llama_sampler_init_logit_bias.
    """

    biases: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        biases: object = self.biases
        instance("biases", biases, Mapping, "a mapping from token ids to numbers")  # type: ignore[type-abstract]
        for token, bias in self.biases.items():
            integer("a token with a bias", token)
            if not real(f"the bias of token {token}", bias) < math.inf:
                message = f"the bias of token {token} is {bias}, but must be finite, or -inf to forbid the token"
                raise ValueError(message)
        object.__setattr__(self, "biases", dict(self.biases))

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.biases.items())))

    def build(self, vocab: Vocab | None) -> Any:
        n_vocab = needed_vocab(vocab, self).n_tokens
        for token in self.biases:
            if not 0 <= token < n_vocab:
                message = f"token {token} has a logit bias, but the vocabulary is 0 to {n_vocab - 1}"
                raise ValueError(message)
        biases = ffi.new("llama_logit_bias[]", list(self.biases.items()))
        return lib.llama_sampler_init_logit_bias(n_vocab, len(self.biases), biases)


@dataclass(frozen=True)
class Infill(Stage):
    """Choose how to go on in the middle of a text (llama_sampler_init_infill); needs the vocabulary, and a TopK before.

    Tokens that begin alike count as one, the unlikely ones are dropped, and where the end of the generation is likely
    enough, only that is kept. Each candidate is compared with each: hence the TopK.
    """

    def build(self, vocab: Vocab | None) -> Any:
        vocab = needed_vocab(vocab, self)
        return vocab.model.share(lib.llama_sampler_init_infill, vocab.ptr)

"""`LlamaSampler` and what goes with it of llama-cpp-python's `_internals`: chains of samplers on ctypes.

`SamplerChain` is this package's own way. Importing this module loads the backends.
"""

from __future__ import annotations

import ctypes
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from llamacffi._native import ctypes_llama as c
from llamacffi.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from llamacffi.llama.internals import LlamaContext, LlamaModel
    from llamacffi.llama.llama_grammar import LlamaGrammar

__all__ = [
    "CustomSampler",
    "LlamaSampler",
    "LlamaSamplingContext",
    "LlamaSamplingParams",
    "LlamaTokenDataArray",
    "normalize_embedding",
]


class CustomSampler:
    """A sampler whose `apply` is `apply_func(candidates)`, with a pointer to llama_token_data_array."""

    def __init__(self, apply_func: Callable[[Any], object]) -> None:
        self.apply_func = apply_func
        self.error: BaseException | None = None
        self._iface = c.llama_sampler_i()
        # C must not keep the sampler alive through its callback.
        me = weakref.ref(self)

        def apply(_sampler: Any, candidates: Any) -> None:
            sampler = me()
            if sampler is not None:
                try:
                    sampler.apply_func(candidates)
                except BaseException as error:  # noqa: BLE001 - raised again by LlamaSampler.sample
                    sampler.error = error

        self._iface.apply = c.llama_sampler_i_apply(apply)
        self.sampler: Any = c.llama_sampler_init(ctypes.pointer(self._iface), None)

    def get_sampler(self) -> Any:
        """The pointer to the llama_sampler; the chain that it is added to frees it."""
        return self.sampler


class LlamaSampler:
    """A chain of samplers, in the order in which they are added."""

    def __init__(self) -> None:
        self._own(c.llama_sampler_chain_init(c.llama_sampler_chain_default_params()))

    def _own(self, chain: Any) -> None:
        self.sampler = chain
        self.custom_samplers: list[tuple[int, CustomSampler]] = []
        # The list, so that what C calls lives until the chain is freed.
        self._free = weakref.finalize(self, _free, chain, self.custom_samplers)

    def close(self) -> None:
        """Free the chain; `sampler` is None from now on."""
        self._free()
        self.sampler = None

    def add_greedy(self) -> None:
        """Take the most probable token."""
        self._add(c.llama_sampler_init_greedy())

    def add_dist(self, seed: int) -> None:
        """Draw a token."""
        self._add(c.llama_sampler_init_dist(seed))

    def add_top_k(self, k: int) -> None:
        """Keep the k most probable."""
        self._add(c.llama_sampler_init_top_k(k))

    def add_top_p(self, p: float, min_keep: int = 1) -> None:
        """Keep the fewest that have the probability p together."""
        self._add(c.llama_sampler_init_top_p(p, min_keep))

    def add_min_p(self, p: float, min_keep: int = 1) -> None:
        """Keep those at least p times as probable as the most probable."""
        self._add(c.llama_sampler_init_min_p(p, min_keep))

    def add_typical(self, p: float, min_keep: int = 1) -> None:
        """Locally typical sampling."""
        self._add(c.llama_sampler_init_typical(p, min_keep))

    def add_temp(self, temp: float) -> None:
        """Divide the logits by the temperature."""
        self._add(c.llama_sampler_init_temp(temp))

    def add_temp_ext(self, t: float, delta: float, exponent: float) -> None:
        """A temperature that follows the entropy."""
        self._add(c.llama_sampler_init_temp_ext(t, delta, exponent))

    def add_xtc(self, p: float, t: float, min_keep: int, seed: int) -> None:
        """Leave out the top choices, now and then."""
        self._add(c.llama_sampler_init_xtc(p, t, min_keep, seed))

    def add_top_n_sigma(self, n: float) -> None:
        """Keep those within n standard deviations of the largest logit."""
        self._add(c.llama_sampler_init_top_n_sigma(n))

    def add_mirostat(self, n_vocab: int, seed: int, tau: float, eta: float, m: int) -> None:
        """Mirostat, which draws too."""
        self._add(c.llama_sampler_init_mirostat(n_vocab, seed, tau, eta, m))

    def add_mirostat_v2(self, seed: int, tau: float, eta: float) -> None:
        """Mirostat 2.0, which draws too."""
        self._add(c.llama_sampler_init_mirostat_v2(seed, tau, eta))

    def add_grammar(self, model: LlamaModel, grammar: LlamaGrammar) -> None:
        """Keep what the grammar allows; raises GrammarError when it is none."""
        text, root = _source(grammar)
        self._add(c.llama_sampler_init_grammar(model.vocab, text, root), "this grammar is not one that llama.cpp reads")

    def add_grammar_lazy_patterns(
        self,
        model: LlamaModel,
        grammar: LlamaGrammar,
        trigger_patterns: Sequence[str],
        trigger_tokens: Sequence[int],
    ) -> None:
        """The same, once a pattern or a token was met."""
        text, root = _source(grammar)
        patterns, tokens = _texts(trigger_patterns), (c.llama_token * len(trigger_tokens))(*trigger_tokens)
        made = c.llama_sampler_init_grammar_lazy_patterns(
            model.vocab, text, root, patterns, len(patterns), tokens, len(tokens)
        )
        self._add(made, "this grammar, or a pattern, is not one that llama.cpp reads")

    def add_penalties(
        self,
        n_vocab: int,
        penalty_last_n: int,
        penalty_repeat: float,
        penalty_freq: float,
        penalty_present: float,
    ) -> None:
        """Make what was said less probable."""
        self._add(
            c.llama_sampler_init_penalties(n_vocab, penalty_last_n, penalty_repeat, penalty_freq, penalty_present)
        )

    def add_dry(
        self,
        model: LlamaModel,
        dry_multiplier: float,
        dry_base: float,
        dry_allowed_length: int,
        dry_penalty_last_n: int,
        seq_breakers: Sequence[str],
    ) -> None:
        """Make what would go on with a repetition less probable."""
        breakers = _texts(seq_breakers)
        self._add(
            c.llama_sampler_init_dry(
                model.vocab,
                dry_multiplier,
                dry_base,
                dry_allowed_length,
                dry_penalty_last_n,
                breakers,
                len(breakers),
            )
        )

    def add_logit_bias(self, n_vocab: int, logit_bias: Mapping[int, float]) -> None:
        """Add to the logits of some tokens."""
        pairs = [c.llama_logit_bias(token, bias) for token, bias in logit_bias.items()]
        biases = (c.llama_logit_bias * len(pairs))(*pairs)
        self._add(c.llama_sampler_init_logit_bias(n_vocab, len(logit_bias), biases))

    def add_infill(self, model: LlamaModel) -> None:
        """What suits filling in the middle of a text."""
        self._add(c.llama_sampler_init_infill(model.vocab))

    def add_custom(self, apply_func: Callable[[Any], object]) -> None:
        """A function of Python; what it raises, `sample` raises."""
        custom = CustomSampler(apply_func)
        self._add(custom.get_sampler())
        self.custom_samplers.append((c.llama_sampler_chain_n(self.sampler) - 1, custom))

    def get_seed(self) -> int:
        """The seed in use."""
        return int(c.llama_sampler_get_seed(self.sampler))

    def sample(self, ctx: LlamaContext, idx: int = -1) -> int:
        """Choose a token by the logits of output `idx`, and accept it."""
        token = int(c.llama_sampler_sample(self.sampler, ctx.ctx, idx))
        for _, custom in self.custom_samplers:
            if custom.error is not None:
                error, custom.error = custom.error, None
                raise error
        return token

    def accept(self, token: int) -> None:
        """Take a token that was chosen elsewhere into account."""
        c.llama_sampler_accept(self.sampler, token)

    def reset(self) -> None:
        """Forget what was accepted."""
        c.llama_sampler_reset(self.sampler)

    def clone(self) -> LlamaSampler:
        """A copy with the state that it has; raises NotImplementedError where functions of Python are in it."""
        if self.custom_samplers:
            message = "a chain with a function of Python in it cannot be copied: make another one"
            raise NotImplementedError(message)
        copy = LlamaSampler.__new__(LlamaSampler)
        copy._own(c.llama_sampler_clone(self.sampler))  # noqa: SLF001 - the same class
        return copy

    def _add(self, sampler: Any, wrong: str = "llama.cpp makes no such sampler") -> None:
        if not sampler:
            raise GrammarError(wrong)
        c.llama_sampler_chain_add(self.sampler, sampler)


def _free(chain: Any, _alive: object) -> None:
    c.llama_sampler_free(chain)


def _source(grammar: LlamaGrammar) -> tuple[bytes, bytes]:
    return grammar._grammar.encode(), grammar._root.encode()  # noqa: SLF001 - its names in existing code


def _texts(texts: Sequence[str]) -> Any:
    return (ctypes.c_char_p * len(texts))(*(text.encode() for text in texts))


class LlamaTokenDataArray:
    """Candidates of all tokens: `candidates_data` is a record array (id, logit, p) of NumPy, `candidates` C's view."""

    def __init__(self, *, n_vocab: int) -> None:
        self.n_vocab = n_vocab
        kinds = [("id", np.intc), ("logit", np.single), ("p", np.single)]
        self.candidates_data = np.recarray((n_vocab,), dtype=np.dtype(kinds, align=True))
        self.candidates_data.id = np.arange(n_vocab, dtype=np.intc)
        data = self.candidates_data.ctypes.data_as(ctypes.POINTER(c.llama_token_data))
        self.candidates = c.llama_token_data_array(data=data, size=n_vocab, selected=-1, sorted=False)

    def copy_logits(self, logits: npt.NDArray[np.single]) -> None:
        """Start again with these logits, float32[n_vocab]."""
        self.candidates_data.id = np.arange(self.n_vocab, dtype=np.intc)
        self.candidates_data.logit = logits
        self.candidates_data.p = 0.0
        self.candidates.size, self.candidates.selected, self.candidates.sorted = self.n_vocab, -1, False


@dataclass
class LlamaSamplingParams:
    """Options of sampling as llama.cpp's common library once had them."""

    n_prev: int = 64
    n_probs: int = 0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    tfs_z: float = 1.0
    typical_p: float = 1.0
    temp: float = 0.8
    penalty_last_n: int = 64
    penalty_repeat: float = 1.0
    penalty_freq: float = 0.0
    penalty_present: float = 0.0
    mirostat: int = 0
    mirostat_tau: float = 5.0
    mirostat_eta: float = 0.1
    penalize_nl: bool = True
    grammar: str = ""
    cfg_negative_prompt: str = ""
    cfg_scale: float = 1.0
    logit_bias: dict[int, float] = field(default_factory=dict)


@dataclass
class LlamaSamplingContext:
    """The tokens that were accepted; sampling itself is LlamaSampler's."""

    params: LlamaSamplingParams = field(default_factory=LlamaSamplingParams)
    mirostat_mu: ctypes.c_float = field(default_factory=ctypes.c_float)
    grammar: LlamaGrammar | None = None
    prev: list[int] = field(default_factory=list)
    cur: list[Any] = field(default_factory=list)

    def reset(self) -> None:
        """Forget them."""
        self.prev, self.cur = [], []

    def cp(self) -> LlamaSamplingContext:
        """A copy."""
        return LlamaSamplingContext(self.params, self.mirostat_mu, self.grammar, list(self.prev), list(self.cur))

    def last(self) -> int | None:
        """The last one."""
        return self.prev[-1] if self.prev else None

    def prev_str(self, ctx_main: LlamaContext, n: int) -> str:
        """The text of the last n."""
        return ctx_main.model.detokenize(self.prev[-n:]).decode("utf-8", "replace")

    def accept(self, ctx_main: LlamaContext, id: int, apply_grammar: bool) -> None:  # noqa: A002, FBT001 - as called
        """Add one."""
        self.prev.append(id)


def normalize_embedding(embedding: Sequence[float]) -> Sequence[float]:
    """The vector with length 1; one of zeros stays as it is."""
    norm = float(np.linalg.norm(embedding))
    return [value / norm for value in embedding] if norm else embedding

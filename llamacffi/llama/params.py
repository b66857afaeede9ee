"""What a call's keyword arguments mean: options of the sampling, and of the request that goes to the engine."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from llamacffi._native.convert import boolean, integer, unknown_option
from llamacffi.generation import SamplingParams
from llamacffi.llama.options import RANDOM_SEED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from llamacffi.core.adapter import Adapter, ControlVector
    from llamacffi.core.sampling import ReasoningBudget
    from llamacffi.engine import Request
    from llamacffi.generation.constraints import Constraint
    from llamacffi.generation.speculative import PredictorFactory, TokenPredictor
    from llamacffi.llama.base import LlamaBase
    from llamacffi.llama.llama_grammar import LlamaGrammar
    from llamacffi.llama.types import StreamOptions

__all__ = ["CALL_DEFAULTS", "CallOptions", "all_options", "request", "sampling_params", "wants_usage"]


class CallOptions(TypedDict, total=False):
    """What every call that generates takes: llama-cpp-python's names, then what it has not."""

    top_p: float
    min_p: float
    typical_p: float
    stop: str | Sequence[str] | None
    """Texts that end the answer; they are not part of it."""
    frequency_penalty: float
    presence_penalty: float
    repeat_penalty: float
    top_k: int
    seed: int | None
    """None is what the Llama was made with, and if that is nothing, draws one."""
    tfs_z: float
    """No longer in llama.cpp: anything but 1.0 warns."""
    mirostat_mode: int
    mirostat_tau: float
    mirostat_eta: float
    model: str | None
    """What the response calls the model; its path by default."""
    stopping_criteria: Callable[..., Any] | Sequence[Callable[..., Any]] | None
    """Functions `fn(input_ids, logits) -> bool`, asked after each token; one that is true ends the answer."""
    logits_processor: Callable[..., Any] | Sequence[Callable[..., Any]] | None
    """Functions `fn(input_ids, scores) -> scores`, before all stages; they may change the scores in place."""
    grammar: str | LlamaGrammar | Constraint | None
    """What the answer must fulfil: GBNF, a LlamaGrammar, or a Constraint."""
    logit_bias: Mapping[Any, float] | None
    """What is added to the logit of a token, by id or by text."""

    n: int
    """How many answers to make; answer i has the seed + i."""
    stream_options: StreamOptions | None
    """{"include_usage": True} adds a last part that has the usage."""
    schema: Any
    """JSON Schema, or a type: the answer is JSON of that form."""
    regex: str | None
    """A pattern that the whole answer must match."""
    choices: Sequence[str] | None
    """The texts that the answer may be."""
    response_format: Mapping[str, Any] | None
    """As in OpenAI's API: {"type": "json_schema", "json_schema": {"schema": …}}."""
    dynatemp_range: float
    dynatemp_exponent: float
    top_n_sigma: float
    xtc_probability: float
    xtc_threshold: float
    min_keep: int
    samplers: str | Sequence[str] | None
    """The sampling stages that are to work, in their order, by llama.cpp's names or letters."""
    repeat_last_n: int | None
    """How many tokens penalties look back on; None is the Llama's `last_n_tokens_size`."""
    penalize_prompt: bool
    """Whether penalties count the prompt's tokens too, as llama.cpp's own programs do; False here."""
    dry_multiplier: float
    dry_base: float
    dry_allowed_length: int
    dry_penalty_last_n: int
    dry_sequence_breakers: Sequence[str]
    adaptive_target: float
    adaptive_decay: float
    ignore_eos: bool
    min_tokens: int
    stop_tokens: int | Sequence[int]
    reasoning_budget: ReasoningBudget | None
    token_healing: bool
    overflow: Literal["stop", "shift"]
    n_keep: int
    lora: str | os.PathLike[str] | Adapter | Mapping[Any, float] | None
    """A LoRA adapter, or several with their scales; None is the Llama's own, {} is none."""
    control_vector: ControlVector | NDArray[np.float32] | None
    timeout: float | None
    """Seconds from the call on, after which it ends with what there is."""
    priority: int
    """The higher goes first."""
    cache_salt: str | None
    """Only calls of one salt share prefixes."""
    predictor: PredictorFactory | TokenPredictor | Callable[..., Any] | Literal["engine"] | None
    """What guesses the tokens to come, or a draft model; by default the Llama's, None for none."""


_OF_REQUEST: dict[str, Any] = {
    "control_vector": None,
    "timeout": None,
    "priority": 0,
    "cache_salt": None,
    "predictor": "engine",
}
_OWN: dict[str, Any] = {
    "stop": (),
    "tfs_z": 1.0,
    "mirostat_mode": 0,
    "model": None,
    "logits_processor": None,
    "stopping_criteria": None,
    "logit_bias": None,
    "n": 1,
    "stream_options": None,
    "repeat_last_n": None,
    "penalize_prompt": False,
    "lora": None,
    **_OF_REQUEST,
}
"""What is not named, or not meant, as in SamplingParams."""
_SAMPLING = {
    one.name: one.default for one in fields(SamplingParams) if one.default is not MISSING and one.name not in _OWN
}
CALL_DEFAULTS: dict[str, Any] = {
    name: _OWN[name] if name in _OWN else _SAMPLING[name] for name in CallOptions.__annotations__
}

_FIRST = ("max_tokens", "temperature", "stream")


def all_options(
    given: Mapping[str, Any], defaults: Mapping[str, Any], call: str, others: Iterable[str] = _FIRST
) -> dict[str, Any]:
    """The options of a call, with the defaults of those that were not given; `others` are parameters beside them.

    Raises TypeError for a name that the call does not have, with the nearest one.
    """
    for name in given:
        if name not in defaults:
            raise unknown_option(name, [*defaults, *others], call)
    options = {**defaults, **given}
    model: object = options["model"]
    if not isinstance(model, (str, NoneType)):
        message = f"model is {model!r}, but must be a text, the name that the response has, or None"
        raise TypeError(message)
    if options["tfs_z"] != 1.0:
        message = "tfs_z does nothing: llama.cpp has no tail-free sampling any more; min_p does what it was for"
        warnings.warn(message, UserWarning, stacklevel=4)
    return options


def wants_usage(options: Mapping[str, Any]) -> bool:
    """Whether `stream_options` ask for the usage. Raises TypeError for what they cannot be."""
    asked: object = options["stream_options"]
    if asked is None:
        return False
    if not isinstance(asked, Mapping):
        message = f'stream_options is {asked!r}, but must be a dict: {{"include_usage": True}}'
        raise TypeError(message)
    for name in asked:
        if name != "include_usage":
            raise unknown_option(name, ("include_usage",), "stream_options")
    return boolean("include_usage", asked.get("include_usage", False))


def sampling_params(
    llama: LlamaBase, options: Mapping[str, Any], *, max_tokens: object, temperature: float, **more: Any
) -> SamplingParams:
    """What the options of a call, all of them, say of the sampling; `more` are options of SamplingParams.

    `max_tokens` None or 0 or less is no limit but the context's. Raises what SamplingParams raises.
    """
    from llamacffi.llama.processors import engine_functions

    plain = {name: options[name] for name in _SAMPLING if name in options}
    n_last, seed, stop = options["repeat_last_n"], options["seed"], options["stop"]
    limit = None if max_tokens is None else integer("max_tokens", max_tokens)
    return SamplingParams(
        **{
            **plain,
            "grammar": _constraint(options["grammar"]),
            "temperature": temperature,
            "max_tokens": limit if limit is not None and limit > 0 else None,
            "mirostat": options["mirostat_mode"],
            "repeat_last_n": _n_last(llama) if n_last is None else n_last,
            "penalize_prompt": options["penalize_prompt"],
            "seed": _seed(llama, seed),
            "stop": () if stop is None else stop,
            "logit_bias": _bias(options["logit_bias"]),
            **engine_functions(options["logits_processor"], options["stopping_criteria"]),
            **more,
        }
    )


def request(llama: LlamaBase, prompt: Sequence[int], params: SamplingParams, options: Mapping[str, Any]) -> Request:
    """What goes to the engine. Raises TypeError and ValueError for options that cannot be."""
    from llamacffi.engine import Request

    plain = {name: options[name] for name in _OF_REQUEST if name != "predictor"}
    predictor = options["predictor"]
    if predictor is not None and predictor != "engine":
        from llamacffi.llama.draft import predictor_of

        predictor = predictor_of(predictor)
    return Request(
        prompt=prompt, params=params, adapters=_adapters(llama, options["lora"]), predictor=predictor, **plain
    )


def _seed(llama: LlamaBase, seed: object) -> int | None:
    if seed is None:
        seed = llama._seed  # noqa: SLF001 - what the Llama was made with
    seed = integer("seed", seed, -1, RANDOM_SEED)
    return None if seed in (-1, RANDOM_SEED) else seed


def _n_last(llama: LlamaBase) -> int:
    return llama.last_n_tokens_size if llama.last_n_tokens_size >= 0 else llama.n_ctx()


def _constraint(grammar: object) -> Any:
    """Of a LlamaGrammar what it stands for; else what was given."""
    return getattr(grammar, "constraint", grammar)


def _bias(bias: object) -> Any:
    """The biases, whose tokens may be numbers as text, as they come out of JSON."""
    if bias is None:
        return {}
    if not isinstance(bias, Mapping):
        return bias  # SamplingParams says what is wrong with it
    return {int(key) if isinstance(key, str) and key.isdecimal() else key: value for key, value in bias.items()}


def _adapters(llama: LlamaBase, lora: object) -> dict[Adapter, float]:
    if lora is None:
        lora = {llama.lora_path: llama.lora_scale} if llama.lora_path else {}
    elif not isinstance(lora, Mapping):
        lora = {lora: 1.0}
    return {_adapter(llama, one): scale for one, scale in lora.items()}


def _adapter(llama: LlamaBase, one: object) -> Adapter:
    from llamacffi.core.adapter import Adapter

    if isinstance(one, Adapter):
        return one
    if isinstance(one, (str, os.PathLike)):
        return llama._adapter(one)  # noqa: SLF001 - the classes of one package
    message = f"lora has {one!r}, but must be the path of an adapter, an Adapter, or a dict of such with their scales"
    raise TypeError(message)

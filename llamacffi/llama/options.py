"""What `Llama` is made with, and what becomes of it: options of a Model, of an Engine, and of the rest."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from llamacffi._native.convert import boolean, integer, unknown_option
from llamacffi.core.threads import usable_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from llamacffi.core.backend import Device
    from llamacffi.engine import EngineObserver
    from llamacffi.generation.speculative import PredictorFactory

__all__ = ["DEFAULTS", "RANDOM_SEED", "LlamaOptions", "Parts", "given", "parts", "predictor"]

RANDOM_SEED = 0xFFFFFFFF
"""LLAMA_DEFAULT_SEED: a seed is drawn for every call."""


class LlamaOptions(TypedDict, total=False):
    """What `Llama` takes beside the model's path. An enum is given as llama.cpp's number or by its short name."""

    n_gpu_layers: int | Literal["auto"] | None
    """How many layers to offload, -1 for all, "auto" for as many as fit. None is "auto" where there is a GPU."""
    split_mode: int | str
    """How to split the model across several GPUs: "none", "layer" or "row"."""
    main_gpu: int
    """The GPU that is used with split_mode="none"."""
    tensor_split: Sequence[float] | None
    """The proportion of the model that each GPU gets."""
    vocab_only: bool
    """Load the vocabulary and no weights: to tokenize."""
    use_mmap: bool
    """Map the file into memory instead of reading it."""
    use_mlock: bool
    """Keep the weights in RAM, never in swap."""
    kv_overrides: Mapping[str, bool | int | float | str] | None
    """Values that replace those of the file's metadata."""
    seed: int
    """What calls without a seed begin with; 4294967295 or -1 draws one for each of them."""
    n_ctx: int | None
    """Tokens of context. None is what the model was trained with, or less where memory is short, 0 exactly that."""
    n_batch: int
    """The most tokens that are decoded in one call of llama.cpp."""
    n_ubatch: int
    """The most tokens that it computes at a time."""
    n_threads: int | None
    """Threads for decoding one token; None is as many as there are usable cores."""
    n_threads_batch: int | None
    """Threads for decoding many tokens; None is as many as there are usable cores."""
    rope_scaling_type: int | str | None
    """How positions beyond the training are scaled; -1 or None as the model says."""
    pooling_type: int | str
    """How embeddings are pooled; -1 as the model says."""
    attention_type: int | str
    """Whether embeddings are computed with causal attention; -1 as the model says."""
    rope_freq_base: float
    """RoPE's base frequency; 0 is the model's."""
    rope_freq_scale: float
    """The factor of RoPE's frequency; 0 is the model's."""
    yarn_ext_factor: float
    """YaRN's extrapolation mix; negative is the model's."""
    yarn_attn_factor: float
    """YaRN's magnitude scaling; negative is the model's."""
    yarn_beta_fast: float
    """YaRN's low correction dimension; negative is the model's."""
    yarn_beta_slow: float
    """YaRN's high correction dimension; negative is the model's."""
    yarn_orig_ctx: int
    """YaRN's original context size; 0 is the model's."""
    logits_all: bool
    """Keep the logits of all tokens that `eval` decodes in `scores`. Log-probabilities need it no more."""
    embedding: bool
    """Taken for the sake of old calls: `embed` and `create_embedding` work without it."""
    offload_kqv: bool
    """Keep the cache of offloaded layers on the GPU."""
    flash_attn: bool | None
    """None lets llama.cpp decide."""
    op_offload: bool | None
    """Let a GPU compute large batches of layers that are not offloaded; None is llama.cpp's default."""
    swa_full: bool | None
    """Keep the whole cache of layers with a sliding window; None is llama.cpp's default."""
    no_perf: bool
    """Do not measure times in llama.cpp."""
    last_n_tokens_size: int
    """How many tokens penalties on repetition look back on."""
    lora_base: str | None
    """No more: it was a model to apply the adapter to. Warns."""
    lora_scale: float
    """How strongly the adapter of `lora_path` works."""
    lora_path: str | None
    """A LoRA adapter that every call uses, if it names no other."""
    numa: bool | int | str
    """True, or a strategy of llama.cpp's, for machines of several memory nodes; for the whole process."""
    chat_format: str | None
    """The name of a chat format; None takes the model's own template."""
    chat_handler: Any
    """A function that answers chats itself; it goes before `chat_format`."""
    draft_model: Any
    """What guesses the tokens to come: a draft model of llama-cpp-python's kind, `PromptLookup()` and its like, or the
    path or name of a smaller model."""
    tokenizer: Any
    """What tokenizes instead of the model's vocabulary, such as `LlamaHFTokenizer.from_pretrained(…)`."""
    type_k: int | str | None
    """The type of the cache's keys, such as "q8_0"; None is llama.cpp's default."""
    type_v: int | str | None
    """The type of the cache's values."""
    spm_infill: bool
    """Fill in the middle with the suffix first."""
    verbose: bool
    """Show llama.cpp's log lines, not its errors alone. For the whole process."""

    mmproj: str | os.PathLike[str] | bool | None
    """The projector with which the model sees and hears: a file or a name. None or True is the one beside the model's
    file, or in its repository, if there is any; False is none. It is loaded when it is first needed."""
    clip_model_path: str | os.PathLike[str] | None
    """The same, by the name that it has in llama-cpp-python."""
    n_parallel: int
    """How many answers are computed at a time; further ones wait."""
    n_ctx_slot: int | None
    """Tokens of context that one call may have; None is all that there are."""
    host_bytes: int
    """Memory for the states of prompts that were computed and do not fit in the context any more."""
    max_waiting: int | None
    """How many calls may wait; one more raises QueueFull."""
    observer: EngineObserver | None
    """What is told of every request, for metrics."""
    devices: Sequence[Device | str] | None
    """The devices to offload layers to; all of them when None."""
    rpc_servers: Sequence[str]
    """Servers whose devices are used too, "host:port" each."""
    n_cpu_moe: int
    """Keep the experts of that many first layers on the CPU."""
    check_tensors: bool
    """Look at every weight while loading."""
    progress: Callable[[float], object] | None
    """Called with a number from 0 to 1 while the model is loaded."""
    strict: bool
    """False warns of an argument that is not known instead of raising."""


DEFAULTS: LlamaOptions = {
    "n_gpu_layers": None,
    "split_mode": "layer",
    "main_gpu": 0,
    "tensor_split": None,
    "vocab_only": False,
    "use_mmap": True,
    "use_mlock": False,
    "kv_overrides": None,
    "seed": RANDOM_SEED,
    "n_ctx": None,
    "n_batch": 512,
    "n_ubatch": 512,
    "n_threads": None,
    "n_threads_batch": None,
    "rope_scaling_type": -1,
    "pooling_type": -1,
    "attention_type": -1,
    "rope_freq_base": 0.0,
    "rope_freq_scale": 0.0,
    "yarn_ext_factor": -1.0,
    "yarn_attn_factor": -1.0,
    "yarn_beta_fast": -1.0,
    "yarn_beta_slow": -1.0,
    "yarn_orig_ctx": 0,
    "logits_all": False,
    "embedding": False,
    "offload_kqv": True,
    "flash_attn": None,
    "op_offload": None,
    "swa_full": None,
    "no_perf": False,
    "last_n_tokens_size": 64,
    "lora_base": None,
    "lora_scale": 1.0,
    "lora_path": None,
    "numa": False,
    "chat_format": None,
    "chat_handler": None,
    "draft_model": None,
    "tokenizer": None,
    "type_k": None,
    "type_v": None,
    "spm_infill": False,
    "verbose": True,
    "mmproj": None,
    "clip_model_path": None,
    "n_parallel": 4,
    "n_ctx_slot": None,
    "host_bytes": 2**30,
    "max_waiting": None,
    "observer": None,
    "devices": None,
    "rpc_servers": (),
    "n_cpu_moe": 0,
    "check_tensors": False,
    "progress": None,
    "strict": True,
}

_LEGACY = {
    "f16_kv": 'the cache has 16 bits by default; type_k and type_v = "f32" make it 32',
    "n_parts": "a model of several files is loaded by its first one",
    "n_gqa": "the model's file says it",
    "rms_norm_eps": "the model's file says it",
    "mul_mat_q": "llama.cpp decides it",
    "low_vram": "offload_kqv=False keeps the cache in RAM",
    "device": "devices is meant",
    "rope_scaling": "rope_scaling_type is meant",
    "local_dir_use_symlinks": "the Hub's cache decides it",
}
"""Arguments that others still pass, and what became of them."""


def given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """All options, the defaults of those that were not given included.

    Legacy names warn. Raises TypeError for a name that does not exist, with the nearest one.
    """
    options: dict[str, Any] = dict(DEFAULTS)
    strict = arguments.get("strict", True)
    for name, value in arguments.items():
        if name in DEFAULTS:
            options[name] = value
        elif name in _LEGACY:
            if value is not None:
                _warn(f"{name} does nothing any more: {_LEGACY[name]}")
        elif strict:
            raise unknown_option(name, DEFAULTS.keys(), "Llama")
        else:
            warnings.warn(f"{unknown_option(name, DEFAULTS.keys(), 'Llama')}", UserWarning, stacklevel=3)
    if options["lora_base"] is not None:
        _warn("lora_base does nothing any more: an adapter is applied while the model computes, to any quantization")
    return options


def _warn(message: str) -> None:
    warnings.warn(message, DeprecationWarning, stacklevel=4)  # who has made the Llama


@dataclass(frozen=True)
class Parts:
    """Options by who takes them."""

    model: dict[str, Any]
    """Of `Model`."""
    context: dict[str, Any] = field(default_factory=dict)
    """Of a context, but for n_ctx, and how many sequences it has."""
    mmproj: Path | bool = True
    """The projector's file, or whether to look for one."""


_LOAD_MODES = {(False, False): "none", (True, False): "mmap", (False, True): "mlock", (True, True): "mmap_mlock"}
_AS_MODEL_SAYS = ("rope_scaling_type", "pooling_type", "attention_type")
_PLAIN = (
    "rope_freq_base",
    "rope_freq_scale",
    "yarn_ext_factor",
    "yarn_attn_factor",
    "yarn_beta_fast",
    "yarn_beta_slow",
    "yarn_orig_ctx",
    "offload_kqv",
    "no_perf",
)
_MAYBE = ("op_offload", "swa_full", "type_k", "type_v")


def parts(options: Mapping[str, Any]) -> Parts:
    """Sort the options. Raises TypeError and ValueError for values that cannot be."""
    for name in ("use_mmap", "use_mlock", "vocab_only", "logits_all", "embedding", "spm_infill", "verbose"):
        boolean(name, options[name])
    for name in ("n_batch", "n_ubatch", "n_parallel"):
        integer(name, options[name], 1, 2**31 - 1)
    integer("host_bytes", options["host_bytes"], 0, 2**63 - 1)
    if options["n_ctx_slot"] is not None:
        integer("n_ctx_slot", options["n_ctx_slot"], 1, 2**28)
    for name, most in (("n_ctx", 2**28), ("max_waiting", 2**31 - 1), ("n_threads", 2**31 - 1)):
        if options[name] is not None:
            integer(name, options[name], 0, most)
    if options["seed"] is not None:
        integer("seed", options["seed"], -1, RANDOM_SEED)
    predictor(options["draft_model"])
    integer("last_n_tokens_size", options["last_n_tokens_size"], -1, 2**31 - 1)
    model = {name: options[name] for name in ("main_gpu", "vocab_only", "devices", "rpc_servers", "n_cpu_moe")}
    model |= {name: options[name] for name in ("split_mode", "check_tensors", "progress")}
    model |= {name: options[name] for name in ("tensor_split", "kv_overrides") if options[name] is not None}
    model["load_mode"] = _LOAD_MODES[bool(options["use_mmap"]), bool(options["use_mlock"])]
    context = {name: options[name] for name in _PLAIN}
    context |= {name: options[name] for name in _MAYBE if options[name] is not None}
    context |= {name: options[name] for name in _AS_MODEL_SAYS if options[name] not in (-1, None)}
    flash_attn = options["flash_attn"]
    if flash_attn is not None:
        context["flash_attn_type"] = "enabled" if boolean("flash_attn", flash_attn) else "disabled"
    for name in ("n_threads", "n_threads_batch"):
        context[name] = options[name] or usable_cores()
    return Parts(model, context, _mmproj(options))


def _mmproj(options: Mapping[str, Any]) -> Path | bool:
    """The projector's file, which must be there, or whether to look for one."""
    given = {name: options[name] for name in ("mmproj", "clip_model_path") if options[name] is not None}
    if len(given) > 1:
        message = f"{' and '.join(f'{name}={value!r}' for name, value in given.items())} say the same; give one of them"
        raise ValueError(message)
    name, chosen = next(iter(given.items()), ("", None))
    if chosen is None:
        # A handler of this package's says which it sees with.
        of_handler = getattr(options["chat_handler"], "mmproj", None)
        return of_handler if isinstance(of_handler, Path) else True
    if isinstance(chosen, bool):
        return chosen
    if not isinstance(chosen, (str, os.PathLike)):
        message = f"{name} is {chosen!r}, but must be a path, a name, True or False"
        raise TypeError(message)
    from llamacffi.core.files import located
    from llamacffi.core.gguf import check_file

    path = located(chosen)
    check_file(path)
    return path


def predictor(draft_model: Any) -> PredictorFactory | None:
    """What an engine takes as its predictor, of a draft model or of a predictor; None of none."""
    if draft_model is None:
        return None
    from llamacffi.generation.speculative.drafter import check_factory
    from llamacffi.llama.draft import predictor_of

    made = predictor_of(draft_model)
    try:
        check_factory(made)
    except TypeError as error:
        message = f"draft_model: {error}"
        raise TypeError(message) from None
    return made

"""What is set for one model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from llamacffi.generation.speculative import PromptLookup
from llamacffi.server.settings.defaults import RequestDefaults
from llamacffi.server.settings.flag import Flag, Settings

__all__ = ["LoraSetting", "ModelSettings", "is_template"]


class LoraSetting(Settings):
    """A LoRA adapter that requests may name, or that works for all."""

    path: Path
    """Its file."""
    name: str = ""
    """What requests call it; its file's name without the ending, when there is none."""
    scale: float = 1.0
    """How strongly it works for those who do not say; 0 for not at all."""


class ModelSettings(RequestDefaults):
    """A model, and how it is loaded and asked."""

    model: Annotated[str, Flag(("-m", "--hf-repo", "-hf"), variables=("LLAMA_ARG_MODEL", "LLAMA_ARG_HF_REPO"))]
    """A file, a name of the registry, or hf:owner/repo:Q4_K_M."""
    mmproj: Annotated[Path | None, Flag(("-mm", "--clip_model_path"), variables=("LLAMA_ARG_MMPROJ",))] = None
    """The file of the projector with which the model sees and hears."""
    mmproj_auto: Annotated[bool, Flag(off="--no-mmproj", variables=("LLAMA_ARG_MMPROJ_AUTO",))] = True
    """Whether one is used; where none is named, the one beside the model's file, or in its repository."""
    mmproj_offload: Annotated[bool, Flag(off="--no-mmproj-offload", variables=("LLAMA_ARG_MMPROJ_OFFLOAD",))] = True
    """Whether pictures and sound are encoded on the GPU, where there is one."""
    image_min_tokens: Annotated[int | None, Flag(variables=("LLAMA_ARG_IMAGE_MIN_TOKENS",)), Field(ge=1)] = None
    """The fewest embeddings of a picture, of models that let its size decide."""
    image_max_tokens: Annotated[int | None, Flag(variables=("LLAMA_ARG_IMAGE_MAX_TOKENS",)), Field(ge=1)] = None
    """And the most."""
    alias: Annotated[tuple[str, ...], Flag(("-a", "--model-alias"), variables=("LLAMA_ARG_ALIAS",))] = ()
    """Names that requests may use; the first is what the model is listed as. Separated by commas."""
    n_ctx: Annotated[int | None, Flag(("-c", "--ctx-size"), variables=("LLAMA_ARG_CTX_SIZE",))] = None
    """Tokens of context of all slots together. Nothing is as many as the model was trained with, if memory allows."""
    n_parallel: Annotated[
        int, Flag(("-np", "--parallel"), variables=("LLAMA_ARG_N_PARALLEL",)), Field(ge=1, le=256)
    ] = 4
    """Slots: requests that are answered at a time."""
    kv_unified: Annotated[
        bool | None,
        Flag(
            ("-kvu",),
            on="--kv-unified",
            off="--no-kv-unified",
            variables=("LLAMA_ARG_KV_UNIFIED",),
        ),
    ] = None
    """Whether one request may have the whole context, or each slot its part of `n_ctx`. Nothing is llama-server's rule:
    the whole, unless the number of slots is said."""
    n_batch: Annotated[int, Flag(("-b", "--batch-size"), variables=("LLAMA_ARG_BATCH",)), Field(ge=1)] = 2048
    """The most tokens that are decoded in one call of llama.cpp."""
    n_ubatch: Annotated[int, Flag(("-ub", "--ubatch-size"), variables=("LLAMA_ARG_UBATCH",)), Field(ge=1)] = 512
    """The most tokens that it computes at a time."""
    n_threads: Annotated[int | None, Flag(("-t", "--threads"), variables=("LLAMA_ARG_THREADS",))] = None
    """Threads for decoding one token; nothing, or -1, is one for each usable core."""
    n_threads_batch: Annotated[int | None, Flag(("-tb", "--threads-batch"), variables=("LLAMA_ARG_THREADS_BATCH",))] = (
        None
    )
    """Threads for decoding many; nothing is as many as for one."""
    n_gpu_layers: Annotated[
        int | Literal["auto", "all"] | None,
        Flag(("-ngl", "--gpu-layers"), variables=("LLAMA_ARG_N_GPU_LAYERS",)),
    ] = None
    """Layers on the GPU: a number, "all", or "auto" for as many as fit."""
    split_mode: Annotated[Literal["none", "layer", "row"], Flag(("-sm",), variables=("LLAMA_ARG_SPLIT_MODE",))] = (
        "layer"
    )
    """How the model is split across several GPUs."""
    main_gpu: Annotated[int, Flag(("-mg",), variables=("LLAMA_ARG_MAIN_GPU",))] = 0
    """The GPU that is used when it is not split."""
    tensor_split: Annotated[tuple[float, ...] | None, Flag(("-ts",), variables=("LLAMA_ARG_TENSOR_SPLIT",))] = None
    """The part of the model that each GPU has, separated by commas."""
    n_cpu_moe: Annotated[int, Flag(("-ncmoe",), variables=("LLAMA_ARG_N_CPU_MOE",))] = 0
    """Keep the experts of that many first layers on the CPU."""
    rpc_servers: Annotated[tuple[str, ...], Flag(("--rpc",), variables=("LLAMA_ARG_RPC",))] = ()
    """Servers whose devices are used too, host:port each, separated by commas."""
    flash_attn: Annotated[bool | None, Flag(("-fa",), variables=("LLAMA_ARG_FLASH_ATTN",))] = None
    """on, off, or auto, which lets llama.cpp decide."""
    type_k: Annotated[str | None, Flag(("-ctk", "--cache-type-k"), variables=("LLAMA_ARG_CACHE_TYPE_K",))] = None
    """The type of the cache's keys, such as q8_0."""
    type_v: Annotated[str | None, Flag(("-ctv", "--cache-type-v"), variables=("LLAMA_ARG_CACHE_TYPE_V",))] = None
    """The type of the cache's values."""
    use_mmap: Annotated[bool, Flag(on="--mmap", off="--no-mmap", variables=("LLAMA_ARG_MMAP",))] = True
    """Map the file into memory instead of reading it."""
    use_mlock: Annotated[bool, Flag(on="--mlock", variables=("LLAMA_ARG_MLOCK",))] = False
    """Keep the weights in RAM, never in swap."""
    offload_kqv: Annotated[bool, Flag(on="-kvo", off="-nkvo")] = True
    """Keep the cache of offloaded layers on the GPU."""
    swa_full: Annotated[bool | None, Flag(on="--swa-full", variables=("LLAMA_ARG_SWA_FULL",))] = None
    """Keep the whole cache of layers with a sliding window."""
    pooling_type: Annotated[str | None, Flag(("--pooling",), variables=("LLAMA_ARG_POOLING",))] = None
    """How embeddings are pooled: none, mean, cls, last or rank."""
    rope_scaling_type: Annotated[
        Literal["none", "linear", "yarn", "longrope"] | None,
        Flag(("--rope-scaling",), variables=("LLAMA_ARG_ROPE_SCALING_TYPE",)),
    ] = None
    """How positions beyond the training are scaled: none, linear, yarn, longrope, or as the model says."""
    rope_freq_base: float = 0.0
    """RoPE's base frequency; 0 is the model's."""
    rope_freq_scale: float = 0.0
    """The factor of RoPE's frequency; 0 is the model's."""
    yarn_ext_factor: Annotated[float, Flag(variables=("LLAMA_ARG_YARN_EXT_FACTOR",))] = -1.0
    """YaRN's extrapolation mix; negative is the model's."""
    yarn_attn_factor: Annotated[float, Flag(variables=("LLAMA_ARG_YARN_ATTN_FACTOR",))] = -1.0
    """YaRN's magnitude scaling; negative is the model's."""
    yarn_beta_fast: Annotated[float, Flag(variables=("LLAMA_ARG_YARN_BETA_FAST",))] = -1.0
    """YaRN's low correction dimension; negative is the model's."""
    yarn_beta_slow: Annotated[float, Flag(variables=("LLAMA_ARG_YARN_BETA_SLOW",))] = -1.0
    """YaRN's high correction dimension; negative is the model's."""
    yarn_orig_ctx: Annotated[int, Flag(variables=("LLAMA_ARG_YARN_ORIG_CTX",))] = 0
    """YaRN's original context size; 0 is the model's."""
    draft_model: Annotated[str | None, Flag(("-md", "--model-draft", "--spec-draft-model"))] = None
    """A smaller model with the same tokens, which guesses the next ones: a file or a name; "prompt-lookup" guesses
    from the prompt."""
    numa: Annotated[Literal["distribute", "isolate", "numactl"] | None, Flag(variables=("LLAMA_ARG_NUMA",))] = None
    """How work is spread over the nodes of a machine that has several."""
    lora: Annotated[tuple[LoraSetting, ...], Flag()] = ()
    """LoRA adapters: files separated by commas; FILE:SCALE for one that is not to work fully."""
    chat_format: Annotated[str | None, Flag(("--chat-template",), variables=("LLAMA_ARG_CHAT_TEMPLATE",))] = None
    """The name of a chat format, llama-cpp-python's or llama.cpp's, or a template in Jinja; nothing takes the model's
    own."""
    chat_template_file: Annotated[Path | None, Flag(variables=("LLAMA_ARG_CHAT_TEMPLATE_FILE",))] = None
    """A file with a chat template in Jinja, in place of the model's own."""
    spm_infill: Annotated[bool, Flag(on="--spm-infill")] = False
    """Fill gaps with the suffix first."""
    host_bytes: Annotated[int, Field(ge=0)] = 2**30
    """Memory for the states of prompts that do not fit in the context any more."""
    seed: Annotated[int, Flag(("-s",))] = -1
    """What requests without a seed begin with; -1 draws one for each."""
    isolated: Annotated[bool, Flag(on="--isolated")] = False
    """Load it in a process of its own: what crashes there costs this model alone, which is then started again."""
    max_queued_requests: Annotated[int, Field(ge=0)] = 1024
    """Requests that may wait; one more is answered with 429."""
    verbose: Annotated[bool, Flag(on="-v")] = False
    """Show llama.cpp's log lines, not its errors alone."""

    @field_validator("alias", "rpc_servers", "tensor_split", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("lora", mode="before")
    @classmethod
    def _adapters(cls, value: Any) -> Any:
        listed = value.split(",") if isinstance(value, str) else value
        return tuple(_adapter(one) if isinstance(one, (str, Path)) else one for one in listed)

    @field_validator("flash_attn", mode="before")
    @classmethod
    def _flash(cls, value: Any) -> Any:
        return None if value == "auto" else value

    @field_validator("n_threads", "n_threads_batch", "n_ctx", mode="after")
    @classmethod
    def _unsaid(cls, value: int | None) -> int | None:
        return None if value is not None and value < 1 else value

    @field_validator("chat_format", mode="after")
    @classmethod
    def _known_format(cls, value: str | None) -> str | None:
        if value is None or is_template(value) or value.startswith("chat_template."):
            return value
        from llamacffi.chat import ChatTemplate
        from llamacffi.llama.formats import chat_format_names

        known = dict.fromkeys((*chat_format_names(), *ChatTemplate.builtin_names()))
        if value not in known:
            raise ValueError(f"there is no chat format of that name; there are {', '.join(known)}")
        return value

    @model_validator(mode="after")
    def _one_template(self) -> ModelSettings:
        if self.chat_format is not None and self.chat_template_file is not None:
            raise ValueError("chat_format and chat_template_file are both set: a model has one template")
        return self

    @property
    def name(self) -> str:
        """What the model is listed as: its first alias, or what its file is called."""
        return self.alias[0] if self.alias else Path(self.model).name.removesuffix(".gguf") or self.model

    @property
    def aliases(self) -> tuple[str, ...]:
        """Its other names."""
        return self.alias[1:]

    def llama_options(self) -> dict[str, Any]:
        """What `Llama` is made with, beside the path."""
        same = {name: getattr(self, name) for name in _SAME}
        threads = self.n_threads if self.n_threads_batch is None else self.n_threads_batch
        layers = -1 if self.n_gpu_layers == "all" else self.n_gpu_layers
        options = {
            **same,
            "n_threads_batch": threads,
            "n_gpu_layers": layers,
            "max_waiting": self.max_queued_requests,
        }
        if self.pooling_type is not None:
            options["pooling_type"] = self.pooling_type
        shares = self.n_slot_shares
        if shares > 1 and self.n_ctx is not None:
            options["n_ctx_slot"] = _rounded(-(-self.n_ctx // shares))
            options["n_ctx"] = shares * options["n_ctx_slot"]
        if self.chat_format is not None and is_template(self.chat_format):
            options["chat_format"] = None
        if self.numa is not None:
            options["numa"] = self.numa
        if self.draft_model is not None:
            options["draft_model"] = PromptLookup() if self.draft_model in _LOOKUPS else self.draft_model
        return options

    @property
    def n_slot_shares(self) -> int:
        """Into how many parts the context is divided: one for each slot, or 1 where all share it."""
        unified = "n_parallel" not in self.model_fields_set if self.kv_unified is None else self.kv_unified
        return 1 if unified else self.n_parallel


_LOOKUPS = ("prompt-lookup", "prompt-lookup-decoding")
_SAME = (
    "chat_format",
    "flash_attn",
    "host_bytes",
    "main_gpu",
    "n_batch",
    "n_cpu_moe",
    "n_ctx",
    "n_parallel",
    "n_threads",
    "n_ubatch",
    "offload_kqv",
    "rope_freq_base",
    "rope_freq_scale",
    "rope_scaling_type",
    "rpc_servers",
    "seed",
    "split_mode",
    "spm_infill",
    "swa_full",
    "tensor_split",
    "type_k",
    "type_v",
    "use_mlock",
    "use_mmap",
    "verbose",
    "yarn_attn_factor",
    "yarn_beta_fast",
    "yarn_beta_slow",
    "yarn_ext_factor",
    "yarn_orig_ctx",
)


def is_template(text: str) -> bool:
    """Whether what is said to be a chat format is the template itself."""
    return "{{" in text or "{%" in text


def _rounded(n: int) -> int:
    """To what llama.cpp makes a context."""
    return -(-n // 256) * 256


def _adapter(text: str | Path) -> dict[str, Any]:
    path, colon, scale = str(text).rpartition(":")
    try:
        return {"path": path, "scale": float(scale)} if colon and path else {"path": text}
    except ValueError:  # a colon of the path itself
        return {"path": text}

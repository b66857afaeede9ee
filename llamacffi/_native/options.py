"""The options of `Model` and `Model.context`, by llama.cpp's own names.

Generated from llama.cpp's headers by `python build_ffi.py generate`; do not edit.
An option that is not given keeps llama.cpp's default. An enum is given as its number or by the name of its enumerator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class ModelOptions(TypedDict, total=False):
    """What `Model` takes, of `struct llama_model_params` (llama.h:319).

    Not taken, because Python has another way for it or none yet:
    devices, progress_callback, progress_callback_user_data.
    """

    tensor_buft_overrides: Mapping[str, str]
    """the name of a buffer type for each pattern (a regular expression over tensor names)"""
    n_gpu_layers: int | Literal["auto"]
    """number of layers to store in VRAM, a negative value means all layers"""
    split_mode: int | str
    """how to split the model across multiple GPUs"""
    load_mode: int | str
    """how to load the model"""
    lazy_mode: int | str
    """on-demand reading of tensors marked by the arch"""
    main_gpu: int
    """the GPU that is used for the entire model when split_mode is LLAMA_SPLIT_MODE_NONE"""
    tensor_split: Sequence[float]
    """proportion of the model (layers or rows) to offload to each GPU, size: llama_max_devices()"""
    kv_overrides: Mapping[str, bool | int | float | str]
    """override key-value pairs of the model meta data: a value for each key"""
    vocab_only: bool
    """only load the vocabulary, no weights"""
    check_tensors: bool
    """validate model tensor data"""
    use_extra_bufts: bool
    """use extra buffer types (used for weight repacking)"""
    no_host: bool
    """bypass host buffer allowing extra buffers to be used"""
    no_alloc: bool
    """only load metadata and simulate memory allocations"""
    load_mtp: bool
    """whether to load MTP layers"""


MODEL_OPTIONS: Final = (
    "tensor_buft_overrides",
    "n_gpu_layers",
    "split_mode",
    "load_mode",
    "lazy_mode",
    "main_gpu",
    "tensor_split",
    "kv_overrides",
    "vocab_only",
    "check_tensors",
    "use_extra_bufts",
    "no_host",
    "no_alloc",
    "load_mtp",
)


class ContextOptions(TypedDict, total=False):
    """What `Model.context` takes, of `struct llama_context_params` (llama.h:365).

    Not taken, because Python has another way for it or none yet:
    cb_eval, cb_eval_user_data, abort_callback, abort_callback_data, samplers, n_samplers, ctx_other.
    """

    n_ctx: int
    """text context, 0 = from model"""
    n_batch: int
    """logical maximum batch size that can be submitted to llama_decode"""
    n_ubatch: int
    """physical maximum batch size"""
    n_seq_max: int
    """max number of sequences (i.e. distinct states for recurrent models)"""
    n_rs_seq: int
    """number of recurrent-state snapshots per seq for rollback (0 = no rollback) [EXPERIMENTAL]"""
    n_outputs_max: int
    """max outputs in a ubatch (0 = n_batch)"""
    n_outputs_max_per_seq: int
    """max outputs per sequence (0 = n_outputs_max)"""
    n_threads: int
    """number of threads to use for generation"""
    n_threads_batch: int
    """number of threads to use for batch processing"""
    ctx_type: int | str
    """set the context type (e.g. MTP)"""
    rope_scaling_type: int | str
    """RoPE scaling type, from `enum llama_rope_scaling_type`"""
    pooling_type: int | str
    """whether to pool (sum) embedding results by sequence id"""
    attention_type: int | str
    """attention type to use for embeddings"""
    flash_attn_type: int | str
    """when to enable Flash Attention"""
    rope_freq_base: float
    """RoPE base frequency, 0 = from model"""
    rope_freq_scale: float
    """RoPE frequency scaling factor, 0 = from model"""
    yarn_ext_factor: float
    """YaRN extrapolation mix factor, negative = from model"""
    yarn_attn_factor: float
    """YaRN magnitude scaling factor"""
    yarn_beta_fast: float
    """YaRN low correction dim"""
    yarn_beta_slow: float
    """YaRN high correction dim"""
    yarn_orig_ctx: int
    """YaRN original context size"""
    defrag_thold: float
    """[DEPRECATED] defragment the KV cache if holes/size > thold, <= 0 disabled (default)"""
    type_k: int | str
    """data type for K cache [EXPERIMENTAL]"""
    type_v: int | str
    """data type for V cache [EXPERIMENTAL]"""
    embeddings: bool
    """if true, extract embeddings (together with logits)"""
    offload_kqv: bool
    """offload the KQV ops (including the KV cache) to GPU"""
    no_perf: bool
    """measure performance timings"""
    op_offload: bool
    """offload host tensor operations to device"""
    swa_full: bool
    """use full-size SWA cache (https://github.com/ggml-org/llama.cpp/pull/13194#issuecomment-2868343055)
    NOTE: setting to false when n_seq_max > 1 can cause bad performance in some cases
          ref: https://github.com/ggml-org/llama.cpp/pull/13845#issuecomment-2924800573
    """
    kv_unified: bool
    """use a unified buffer across the input sequences when computing the attention
    try to disable when n_seq_max > 1 for improved performance when the sequences do not share a large prefix
    ref: https://github.com/ggml-org/llama.cpp/pull/14363
    """


CONTEXT_OPTIONS: Final = (
    "n_ctx",
    "n_batch",
    "n_ubatch",
    "n_seq_max",
    "n_rs_seq",
    "n_outputs_max",
    "n_outputs_max_per_seq",
    "n_threads",
    "n_threads_batch",
    "ctx_type",
    "rope_scaling_type",
    "pooling_type",
    "attention_type",
    "flash_attn_type",
    "rope_freq_base",
    "rope_freq_scale",
    "yarn_ext_factor",
    "yarn_attn_factor",
    "yarn_beta_fast",
    "yarn_beta_slow",
    "yarn_orig_ctx",
    "defrag_thold",
    "type_k",
    "type_v",
    "embeddings",
    "offload_kqv",
    "no_perf",
    "op_offload",
    "swa_full",
    "kv_unified",
)

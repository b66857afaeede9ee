"""llama.h for ctypes.

Generated from llama.cpp's headers by `python build_ffi.py generate`; do not edit.
"""

from __future__ import annotations

from ctypes import CFUNCTYPE, POINTER, Structure, Union, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_int32, c_int64, c_int8, c_size_t, c_uint32, c_uint64, c_uint8, c_void_p
from typing import Any

from llamacffi._native.foreign import function, laid_out

GGML_TYPE_F32 = 0
GGML_TYPE_F16 = 1
GGML_TYPE_Q4_0 = 2
GGML_TYPE_Q4_1 = 3
GGML_TYPE_Q5_0 = 6
GGML_TYPE_Q5_1 = 7
GGML_TYPE_Q8_0 = 8
GGML_TYPE_Q8_1 = 9
GGML_TYPE_Q2_K = 10
GGML_TYPE_Q3_K = 11
GGML_TYPE_Q4_K = 12
GGML_TYPE_Q5_K = 13
GGML_TYPE_Q6_K = 14
GGML_TYPE_Q8_K = 15
GGML_TYPE_IQ2_XXS = 16
GGML_TYPE_IQ2_XS = 17
GGML_TYPE_IQ3_XXS = 18
GGML_TYPE_IQ1_S = 19
GGML_TYPE_IQ4_NL = 20
GGML_TYPE_IQ3_S = 21
GGML_TYPE_IQ2_S = 22
GGML_TYPE_IQ4_XS = 23
GGML_TYPE_I8 = 24
GGML_TYPE_I16 = 25
GGML_TYPE_I32 = 26
GGML_TYPE_I64 = 27
GGML_TYPE_F64 = 28
GGML_TYPE_IQ1_M = 29
GGML_TYPE_BF16 = 30
GGML_TYPE_TQ1_0 = 34
GGML_TYPE_TQ2_0 = 35
GGML_TYPE_MXFP4 = 39
GGML_TYPE_NVFP4 = 40
GGML_TYPE_Q1_0 = 41
GGML_TYPE_Q2_0 = 42
GGML_TYPE_COUNT = 43
GGML_LOG_LEVEL_NONE = 0
GGML_LOG_LEVEL_DEBUG = 1
GGML_LOG_LEVEL_INFO = 2
GGML_LOG_LEVEL_WARN = 3
GGML_LOG_LEVEL_ERROR = 4
GGML_LOG_LEVEL_CONT = 5
GGML_NUMA_STRATEGY_DISABLED = 0
GGML_NUMA_STRATEGY_DISTRIBUTE = 1
GGML_NUMA_STRATEGY_ISOLATE = 2
GGML_NUMA_STRATEGY_NUMACTL = 3
GGML_NUMA_STRATEGY_MIRROR = 4
GGML_NUMA_STRATEGY_COUNT = 5
GGML_OPT_OPTIMIZER_TYPE_ADAMW = 0
GGML_OPT_OPTIMIZER_TYPE_SGD = 1
GGML_OPT_OPTIMIZER_TYPE_COUNT = 2
LLAMA_VOCAB_TYPE_NONE = 0
LLAMA_VOCAB_TYPE_SPM = 1
LLAMA_VOCAB_TYPE_BPE = 2
LLAMA_VOCAB_TYPE_WPM = 3
LLAMA_VOCAB_TYPE_UGM = 4
LLAMA_VOCAB_TYPE_RWKV = 5
LLAMA_VOCAB_TYPE_PLAMO2 = 6
LLAMA_VOCAB_TYPE_TEST = 7
LLAMA_ROPE_TYPE_NONE = -1
LLAMA_ROPE_TYPE_NORM = 0
LLAMA_ROPE_TYPE_NEOX = 2
LLAMA_ROPE_TYPE_MROPE = 8
LLAMA_ROPE_TYPE_IMROPE = 40
LLAMA_ROPE_TYPE_VISION = 24
LLAMA_TOKEN_TYPE_UNDEFINED = 0
LLAMA_TOKEN_TYPE_NORMAL = 1
LLAMA_TOKEN_TYPE_UNKNOWN = 2
LLAMA_TOKEN_TYPE_CONTROL = 3
LLAMA_TOKEN_TYPE_USER_DEFINED = 4
LLAMA_TOKEN_TYPE_UNUSED = 5
LLAMA_TOKEN_TYPE_BYTE = 6
LLAMA_TOKEN_ATTR_UNDEFINED = 0
LLAMA_TOKEN_ATTR_UNKNOWN = 1
LLAMA_TOKEN_ATTR_UNUSED = 2
LLAMA_TOKEN_ATTR_NORMAL = 4
LLAMA_TOKEN_ATTR_CONTROL = 8
LLAMA_TOKEN_ATTR_USER_DEFINED = 16
LLAMA_TOKEN_ATTR_BYTE = 32
LLAMA_TOKEN_ATTR_NORMALIZED = 64
LLAMA_TOKEN_ATTR_LSTRIP = 128
LLAMA_TOKEN_ATTR_RSTRIP = 256
LLAMA_TOKEN_ATTR_SINGLE_WORD = 512
LLAMA_FTYPE_ALL_F32 = 0
LLAMA_FTYPE_MOSTLY_F16 = 1
LLAMA_FTYPE_MOSTLY_Q4_0 = 2
LLAMA_FTYPE_MOSTLY_Q4_1 = 3
LLAMA_FTYPE_MOSTLY_Q8_0 = 7
LLAMA_FTYPE_MOSTLY_Q5_0 = 8
LLAMA_FTYPE_MOSTLY_Q5_1 = 9
LLAMA_FTYPE_MOSTLY_Q2_K = 10
LLAMA_FTYPE_MOSTLY_Q3_K_S = 11
LLAMA_FTYPE_MOSTLY_Q3_K_M = 12
LLAMA_FTYPE_MOSTLY_Q3_K_L = 13
LLAMA_FTYPE_MOSTLY_Q4_K_S = 14
LLAMA_FTYPE_MOSTLY_Q4_K_M = 15
LLAMA_FTYPE_MOSTLY_Q5_K_S = 16
LLAMA_FTYPE_MOSTLY_Q5_K_M = 17
LLAMA_FTYPE_MOSTLY_Q6_K = 18
LLAMA_FTYPE_MOSTLY_IQ2_XXS = 19
LLAMA_FTYPE_MOSTLY_IQ2_XS = 20
LLAMA_FTYPE_MOSTLY_Q2_K_S = 21
LLAMA_FTYPE_MOSTLY_IQ3_XS = 22
LLAMA_FTYPE_MOSTLY_IQ3_XXS = 23
LLAMA_FTYPE_MOSTLY_IQ1_S = 24
LLAMA_FTYPE_MOSTLY_IQ4_NL = 25
LLAMA_FTYPE_MOSTLY_IQ3_S = 26
LLAMA_FTYPE_MOSTLY_IQ3_M = 27
LLAMA_FTYPE_MOSTLY_IQ2_S = 28
LLAMA_FTYPE_MOSTLY_IQ2_M = 29
LLAMA_FTYPE_MOSTLY_IQ4_XS = 30
LLAMA_FTYPE_MOSTLY_IQ1_M = 31
LLAMA_FTYPE_MOSTLY_BF16 = 32
LLAMA_FTYPE_MOSTLY_TQ1_0 = 36
LLAMA_FTYPE_MOSTLY_TQ2_0 = 37
LLAMA_FTYPE_MOSTLY_MXFP4_MOE = 38
LLAMA_FTYPE_MOSTLY_NVFP4 = 39
LLAMA_FTYPE_MOSTLY_Q1_0 = 40
LLAMA_FTYPE_MOSTLY_Q2_0 = 41
LLAMA_FTYPE_GUESSED = 1024
LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED = -1
LLAMA_ROPE_SCALING_TYPE_NONE = 0
LLAMA_ROPE_SCALING_TYPE_LINEAR = 1
LLAMA_ROPE_SCALING_TYPE_YARN = 2
LLAMA_ROPE_SCALING_TYPE_LONGROPE = 3
LLAMA_ROPE_SCALING_TYPE_MAX_VALUE = 3
LLAMA_POOLING_TYPE_UNSPECIFIED = -1
LLAMA_POOLING_TYPE_NONE = 0
LLAMA_POOLING_TYPE_MEAN = 1
LLAMA_POOLING_TYPE_CLS = 2
LLAMA_POOLING_TYPE_LAST = 3
LLAMA_POOLING_TYPE_RANK = 4
LLAMA_ATTENTION_TYPE_UNSPECIFIED = -1
LLAMA_ATTENTION_TYPE_CAUSAL = 0
LLAMA_ATTENTION_TYPE_NON_CAUSAL = 1
LLAMA_FLASH_ATTN_TYPE_AUTO = -1
LLAMA_FLASH_ATTN_TYPE_DISABLED = 0
LLAMA_FLASH_ATTN_TYPE_ENABLED = 1
LLAMA_SPLIT_MODE_NONE = 0
LLAMA_SPLIT_MODE_LAYER = 1
LLAMA_SPLIT_MODE_ROW = 2
LLAMA_SPLIT_MODE_TENSOR = 3
LLAMA_LOAD_MODE_AUTO = -1
LLAMA_LOAD_MODE_NONE = 0
LLAMA_LOAD_MODE_MMAP = 1
LLAMA_LOAD_MODE_MLOCK = 2
LLAMA_LOAD_MODE_MMAP_MLOCK = 3
LLAMA_LOAD_MODE_DIRECT_IO = 4
LLAMA_LAZY_MODE_OFF = 0
LLAMA_LAZY_MODE_AUTO = 1
LLAMA_LAZY_MODE_ON = 2
LLAMA_CONTEXT_TYPE_DEFAULT = 0
LLAMA_CONTEXT_TYPE_MTP = 1
LLAMA_KV_OVERRIDE_TYPE_INT = 0
LLAMA_KV_OVERRIDE_TYPE_FLOAT = 1
LLAMA_KV_OVERRIDE_TYPE_BOOL = 2
LLAMA_KV_OVERRIDE_TYPE_STR = 3
LLAMA_MODEL_META_KEY_SAMPLING_SEQUENCE = 0
LLAMA_MODEL_META_KEY_SAMPLING_TOP_K = 1
LLAMA_MODEL_META_KEY_SAMPLING_TOP_P = 2
LLAMA_MODEL_META_KEY_SAMPLING_MIN_P = 3
LLAMA_MODEL_META_KEY_SAMPLING_XTC_PROBABILITY = 4
LLAMA_MODEL_META_KEY_SAMPLING_XTC_THRESHOLD = 5
LLAMA_MODEL_META_KEY_SAMPLING_TEMP = 6
LLAMA_MODEL_META_KEY_SAMPLING_PENALTY_LAST_N = 7
LLAMA_MODEL_META_KEY_SAMPLING_PENALTY_REPEAT = 8
LLAMA_MODEL_META_KEY_SAMPLING_MIROSTAT = 9
LLAMA_MODEL_META_KEY_SAMPLING_MIROSTAT_TAU = 10
LLAMA_MODEL_META_KEY_SAMPLING_MIROSTAT_ETA = 11
LLAMA_PROCESS_TYPE_ENCODE = 0
LLAMA_PROCESS_TYPE_DECODE = 1

GGML_ROPE_TYPE_NORMAL = 0
GGML_ROPE_TYPE_NEOX = 2
GGML_ROPE_TYPE_MROPE = 8
GGML_ROPE_TYPE_VISION = 24
GGML_ROPE_TYPE_IMROPE = 40
LLAMA_DEFAULT_SEED = 4294967295
LLAMA_TOKEN_NULL = -1
LLAMA_FILE_MAGIC_GGLA = 1734831201
LLAMA_FILE_MAGIC_GGSN = 1734833006
LLAMA_FILE_MAGIC_GGSQ = 1734833009
LLAMA_SESSION_MAGIC = 1734833006
LLAMA_SESSION_VERSION = 10
LLAMA_STATE_SEQ_MAGIC = 1734833009
LLAMA_STATE_SEQ_VERSION = 3
LLAMA_STATE_SEQ_FLAGS_NONE = 0
LLAMA_STATE_SEQ_FLAGS_SWA_ONLY = 1
LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY = 1
LLAMA_STATE_SEQ_FLAGS_ON_DEVICE = 2

llama_pos = c_int32
llama_token = c_int32
llama_seq_id = c_int32
llama_state_seq_flags = c_uint32


class llama_token_data(Structure):
    id: int
    logit: float
    p: float


class llama_token_data_array(Structure):
    data: Any
    size: int
    selected: int
    sorted: bool


class llama_batch(Structure):
    n_tokens: int
    token: Any
    embd: Any
    pos: Any
    n_seq_id: Any
    seq_id: Any
    logits: Any


class llama_model_kv_override_value(Union):
    val_i64: int
    val_f64: float
    val_bool: bool
    val_str: Any


class llama_model_kv_override(Structure):
    tag: int
    key: Any
    value: Any


class llama_model_tensor_buft_override(Structure):
    pattern: bytes | None
    buft: Any


class llama_model_params(Structure):
    devices: Any
    tensor_buft_overrides: Any
    n_gpu_layers: int
    split_mode: int
    load_mode: int
    lazy_mode: int
    main_gpu: int
    tensor_split: Any
    progress_callback: Any
    progress_callback_user_data: Any
    kv_overrides: Any
    vocab_only: bool
    check_tensors: bool
    use_extra_bufts: bool
    no_host: bool
    no_alloc: bool
    load_mtp: bool


class llama_sampler_seq_config(Structure):
    seq_id: int
    sampler: Any


class llama_context_params(Structure):
    n_ctx: int
    n_batch: int
    n_ubatch: int
    n_seq_max: int
    n_rs_seq: int
    n_outputs_max: int
    n_outputs_max_per_seq: int
    n_threads: int
    n_threads_batch: int
    ctx_type: int
    rope_scaling_type: int
    pooling_type: int
    attention_type: int
    flash_attn_type: int
    rope_freq_base: float
    rope_freq_scale: float
    yarn_ext_factor: float
    yarn_attn_factor: float
    yarn_beta_fast: float
    yarn_beta_slow: float
    yarn_orig_ctx: int
    defrag_thold: float
    cb_eval: Any
    cb_eval_user_data: Any
    type_k: int
    type_v: int
    abort_callback: Any
    abort_callback_data: Any
    embeddings: bool
    offload_kqv: bool
    no_perf: bool
    op_offload: bool
    swa_full: bool
    kv_unified: bool
    samplers: Any
    n_samplers: int
    ctx_other: Any


class llama_model_tensor_override(Structure):
    pattern: bytes | None
    type: int


class llama_model_imatrix_data(Structure):
    name: bytes | None
    data: Any
    size: int


class llama_model_quantize_params(Structure):
    nthread: int
    ftype: int
    output_tensor_type: int
    token_embedding_type: int
    allow_requantize: bool
    quantize_output_tensor: bool
    only_copy: bool
    pure: bool
    keep_split: bool
    dry_run: bool
    imatrix: Any
    kv_overrides: Any
    tt_overrides: Any
    prune_layers: Any
    max_buf_size: int


class llama_logit_bias(Structure):
    token: int
    bias: float


class llama_sampler_chain_params(Structure):
    no_perf: bool


class llama_chat_message(Structure):
    role: bytes | None
    content: bytes | None


class llama_embd(Structure):
    data: Any
    n_rows: int
    n_embd: int


class llama_sampler_data(Structure):
    logits: Any
    probs: Any
    sampled: Any
    candidates: Any


class llama_sampler_i(Structure):
    name: Any
    accept: Any
    apply: Any
    reset: Any
    clone: Any
    free: Any
    backend_init: Any
    backend_accept: Any
    backend_apply: Any
    backend_set_input: Any
    backend_reset: Any
    copy_state: Any


class llama_sampler(Structure):
    iface: Any
    ctx: Any


class llama_perf_context_data(Structure):
    t_start_ms: float
    t_load_ms: float
    t_p_eval_ms: float
    t_eval_ms: float
    n_p_eval: int
    n_eval: int
    n_reused: int


class llama_perf_sampler_data(Structure):
    t_sample_ms: float
    n_sample: int


class llama_opt_params(Structure):
    n_ctx_train: int
    param_filter: Any
    param_filter_ud: Any
    get_opt_pars: Any
    get_opt_pars_ud: Any
    optimizer_type: int


llama_progress_callback: Any = CFUNCTYPE(c_bool, c_float, c_void_p)
ggml_backend_sched_eval_callback: Any = CFUNCTYPE(c_bool, c_void_p, c_bool, c_void_p)
ggml_abort_callback: Any = CFUNCTYPE(c_bool, c_void_p)
llama_sampler_i_name: Any = CFUNCTYPE(c_char_p, POINTER(llama_sampler))
llama_sampler_i_accept: Any = CFUNCTYPE(None, POINTER(llama_sampler), c_int32)
llama_sampler_i_apply: Any = CFUNCTYPE(None, POINTER(llama_sampler), POINTER(llama_token_data_array))
llama_sampler_i_reset: Any = CFUNCTYPE(None, POINTER(llama_sampler))
llama_sampler_i_clone: Any = CFUNCTYPE(POINTER(llama_sampler), POINTER(llama_sampler))
llama_sampler_i_free: Any = CFUNCTYPE(None, POINTER(llama_sampler))
llama_sampler_i_backend_init: Any = CFUNCTYPE(c_bool, POINTER(llama_sampler), c_void_p, c_uint32)
llama_sampler_i_backend_accept: Any = CFUNCTYPE(None, POINTER(llama_sampler), c_void_p, c_void_p, c_void_p)
llama_sampler_i_backend_apply: Any = CFUNCTYPE(None, POINTER(llama_sampler), c_void_p, c_void_p, POINTER(llama_sampler_data))
llama_sampler_i_backend_set_input: Any = CFUNCTYPE(None, POINTER(llama_sampler))
llama_sampler_i_backend_reset: Any = CFUNCTYPE(None, POINTER(llama_sampler))
llama_sampler_i_copy_state: Any = CFUNCTYPE(None, POINTER(llama_sampler), POINTER(llama_sampler))
llama_opt_param_filter: Any = CFUNCTYPE(c_bool, c_void_p, c_void_p)
llama_model_set_tensor_data_t: Any = CFUNCTYPE(None, c_void_p, c_void_p)
ggml_log_callback: Any = CFUNCTYPE(None, c_int, c_char_p, c_void_p)
ggml_opt_epoch_callback: Any = CFUNCTYPE(None, c_bool, c_void_p, c_void_p, c_void_p, c_int64, c_int64, c_int64)

llama_token_data._fields_ = [
    ("id", c_int32),
    ("logit", c_float),
    ("p", c_float),
]
laid_out(llama_token_data, "struct llama_token_data")
llama_token_data_array._fields_ = [
    ("data", POINTER(llama_token_data)),
    ("size", c_size_t),
    ("selected", c_int64),
    ("sorted", c_bool),
]
laid_out(llama_token_data_array, "struct llama_token_data_array")
llama_batch._fields_ = [
    ("n_tokens", c_int32),
    ("token", POINTER(c_int32)),
    ("embd", POINTER(c_float)),
    ("pos", POINTER(c_int32)),
    ("n_seq_id", POINTER(c_int32)),
    ("seq_id", POINTER(POINTER(c_int32))),
    ("logits", POINTER(c_int8)),
]
laid_out(llama_batch, "struct llama_batch")
llama_model_kv_override_value._fields_ = [("val_i64", c_int64), ("val_f64", c_double), ("val_bool", c_bool), ("val_str", (c_char * 128))]
llama_model_kv_override._anonymous_ = ("value",)
llama_model_kv_override._fields_ = [
    ("tag", c_int),
    ("key", (c_char * 128)),
    ("value", llama_model_kv_override_value),
]
laid_out(llama_model_kv_override, "struct llama_model_kv_override")
llama_model_tensor_buft_override._fields_ = [
    ("pattern", c_char_p),
    ("buft", c_void_p),
]
laid_out(llama_model_tensor_buft_override, "struct llama_model_tensor_buft_override")
llama_model_params._fields_ = [
    ("devices", c_void_p),
    ("tensor_buft_overrides", c_void_p),
    ("n_gpu_layers", c_int32),
    ("split_mode", c_int),
    ("load_mode", c_int),
    ("lazy_mode", c_int),
    ("main_gpu", c_int32),
    ("tensor_split", POINTER(c_float)),
    ("progress_callback", llama_progress_callback),
    ("progress_callback_user_data", c_void_p),
    ("kv_overrides", POINTER(llama_model_kv_override)),
    ("vocab_only", c_bool),
    ("check_tensors", c_bool),
    ("use_extra_bufts", c_bool),
    ("no_host", c_bool),
    ("no_alloc", c_bool),
    ("load_mtp", c_bool),
]
laid_out(llama_model_params, "struct llama_model_params")
llama_sampler_seq_config._fields_ = [
    ("seq_id", c_int32),
    ("sampler", c_void_p),
]
laid_out(llama_sampler_seq_config, "struct llama_sampler_seq_config")
llama_context_params._fields_ = [
    ("n_ctx", c_uint32),
    ("n_batch", c_uint32),
    ("n_ubatch", c_uint32),
    ("n_seq_max", c_uint32),
    ("n_rs_seq", c_uint32),
    ("n_outputs_max", c_uint32),
    ("n_outputs_max_per_seq", c_uint32),
    ("n_threads", c_int32),
    ("n_threads_batch", c_int32),
    ("ctx_type", c_int),
    ("rope_scaling_type", c_int),
    ("pooling_type", c_int),
    ("attention_type", c_int),
    ("flash_attn_type", c_int),
    ("rope_freq_base", c_float),
    ("rope_freq_scale", c_float),
    ("yarn_ext_factor", c_float),
    ("yarn_attn_factor", c_float),
    ("yarn_beta_fast", c_float),
    ("yarn_beta_slow", c_float),
    ("yarn_orig_ctx", c_uint32),
    ("defrag_thold", c_float),
    ("cb_eval", ggml_backend_sched_eval_callback),
    ("cb_eval_user_data", c_void_p),
    ("type_k", c_int),
    ("type_v", c_int),
    ("abort_callback", ggml_abort_callback),
    ("abort_callback_data", c_void_p),
    ("embeddings", c_bool),
    ("offload_kqv", c_bool),
    ("no_perf", c_bool),
    ("op_offload", c_bool),
    ("swa_full", c_bool),
    ("kv_unified", c_bool),
    ("samplers", POINTER(llama_sampler_seq_config)),
    ("n_samplers", c_size_t),
    ("ctx_other", c_void_p),
]
laid_out(llama_context_params, "struct llama_context_params")
llama_model_tensor_override._fields_ = [
    ("pattern", c_char_p),
    ("type", c_int),
]
laid_out(llama_model_tensor_override, "struct llama_model_tensor_override")
llama_model_imatrix_data._fields_ = [
    ("name", c_char_p),
    ("data", POINTER(c_float)),
    ("size", c_size_t),
]
laid_out(llama_model_imatrix_data, "struct llama_model_imatrix_data")
llama_model_quantize_params._fields_ = [
    ("nthread", c_int32),
    ("ftype", c_int),
    ("output_tensor_type", c_int),
    ("token_embedding_type", c_int),
    ("allow_requantize", c_bool),
    ("quantize_output_tensor", c_bool),
    ("only_copy", c_bool),
    ("pure", c_bool),
    ("keep_split", c_bool),
    ("dry_run", c_bool),
    ("imatrix", POINTER(llama_model_imatrix_data)),
    ("kv_overrides", POINTER(llama_model_kv_override)),
    ("tt_overrides", POINTER(llama_model_tensor_override)),
    ("prune_layers", POINTER(c_int32)),
    ("max_buf_size", c_size_t),
]
laid_out(llama_model_quantize_params, "struct llama_model_quantize_params")
llama_logit_bias._fields_ = [
    ("token", c_int32),
    ("bias", c_float),
]
laid_out(llama_logit_bias, "struct llama_logit_bias")
llama_sampler_chain_params._fields_ = [
    ("no_perf", c_bool),
]
laid_out(llama_sampler_chain_params, "struct llama_sampler_chain_params")
llama_chat_message._fields_ = [
    ("role", c_char_p),
    ("content", c_char_p),
]
laid_out(llama_chat_message, "struct llama_chat_message")
llama_embd._fields_ = [
    ("data", POINTER(c_float)),
    ("n_rows", c_size_t),
    ("n_embd", c_size_t),
]
laid_out(llama_embd, "struct llama_embd")
llama_sampler_data._fields_ = [
    ("logits", c_void_p),
    ("probs", c_void_p),
    ("sampled", c_void_p),
    ("candidates", c_void_p),
]
laid_out(llama_sampler_data, "struct llama_sampler_data")
llama_sampler_i._fields_ = [
    ("name", llama_sampler_i_name),
    ("accept", llama_sampler_i_accept),
    ("apply", llama_sampler_i_apply),
    ("reset", llama_sampler_i_reset),
    ("clone", llama_sampler_i_clone),
    ("free", llama_sampler_i_free),
    ("backend_init", llama_sampler_i_backend_init),
    ("backend_accept", llama_sampler_i_backend_accept),
    ("backend_apply", llama_sampler_i_backend_apply),
    ("backend_set_input", llama_sampler_i_backend_set_input),
    ("backend_reset", llama_sampler_i_backend_reset),
    ("copy_state", llama_sampler_i_copy_state),
]
laid_out(llama_sampler_i, "struct llama_sampler_i")
llama_sampler._fields_ = [
    ("iface", POINTER(llama_sampler_i)),
    ("ctx", c_void_p),
]
laid_out(llama_sampler, "struct llama_sampler")
llama_perf_context_data._fields_ = [
    ("t_start_ms", c_double),
    ("t_load_ms", c_double),
    ("t_p_eval_ms", c_double),
    ("t_eval_ms", c_double),
    ("n_p_eval", c_int32),
    ("n_eval", c_int32),
    ("n_reused", c_int32),
]
laid_out(llama_perf_context_data, "struct llama_perf_context_data")
llama_perf_sampler_data._fields_ = [
    ("t_sample_ms", c_double),
    ("n_sample", c_int32),
]
laid_out(llama_perf_sampler_data, "struct llama_perf_sampler_data")
llama_opt_params._fields_ = [
    ("n_ctx_train", c_uint32),
    ("param_filter", llama_opt_param_filter),
    ("param_filter_ud", c_void_p),
    ("get_opt_pars", c_void_p),
    ("get_opt_pars_ud", c_void_p),
    ("optimizer_type", c_int),
]
laid_out(llama_opt_params, "struct llama_opt_params")

llama_ftype_name: Any = function("llama_ftype_name", c_char_p, [c_int], "const char * llama_ftype_name(enum llama_ftype ftype)")
llama_flash_attn_type_name: Any = function("llama_flash_attn_type_name", c_char_p, [c_int], "const char * llama_flash_attn_type_name(enum llama_flash_attn_type flash_attn_type)")
llama_load_mode_name: Any = function("llama_load_mode_name", c_char_p, [c_int], "const char * llama_load_mode_name(enum llama_load_mode load_mode)")
llama_load_mode_from_str: Any = function("llama_load_mode_from_str", c_int, [c_char_p], "enum llama_load_mode llama_load_mode_from_str(const char * str)")
llama_version: Any = function("llama_version", c_char_p, [], "const char * llama_version(void)")
llama_model_default_params: Any = function("llama_model_default_params", llama_model_params, [], "struct llama_model_params llama_model_default_params(void)")
llama_context_default_params: Any = function("llama_context_default_params", llama_context_params, [], "struct llama_context_params llama_context_default_params(void)")
llama_sampler_chain_default_params: Any = function("llama_sampler_chain_default_params", llama_sampler_chain_params, [], "struct llama_sampler_chain_params llama_sampler_chain_default_params(void)")
llama_model_quantize_default_params: Any = function("llama_model_quantize_default_params", llama_model_quantize_params, [], "struct llama_model_quantize_params llama_model_quantize_default_params(void)")
llama_backend_init: Any = function("llama_backend_init", None, [], "void llama_backend_init(void)")
llama_backend_free: Any = function("llama_backend_free", None, [], "void llama_backend_free(void)")
llama_numa_init: Any = function("llama_numa_init", None, [c_int], "void llama_numa_init(enum ggml_numa_strategy numa)")
llama_attach_threadpool: Any = function("llama_attach_threadpool", None, [c_void_p, c_void_p, c_void_p], "void llama_attach_threadpool(struct llama_context * ctx, ggml_threadpool_t threadpool, ggml_threadpool_t threadpool_batch)")
llama_detach_threadpool: Any = function("llama_detach_threadpool", None, [c_void_p], "void llama_detach_threadpool(struct llama_context * ctx)")
llama_model_init_from_user: Any = function("llama_model_init_from_user", c_void_p, [c_void_p, llama_model_set_tensor_data_t, c_void_p, llama_model_params], "struct llama_model * llama_model_init_from_user(struct gguf_context * metadata, llama_model_set_tensor_data_t set_tensor_data, void * set_tensor_data_ud, struct llama_model_params params)")
llama_load_model_from_file: Any = function("llama_load_model_from_file", c_void_p, [c_char_p, llama_model_params], "struct llama_model * llama_load_model_from_file(const char * path_model, struct llama_model_params params)", "use llama_model_load_from_file instead")
llama_model_load_from_file: Any = function("llama_model_load_from_file", c_void_p, [c_char_p, llama_model_params], "struct llama_model * llama_model_load_from_file(const char * path_model, struct llama_model_params params)")
llama_model_load_from_file_ptr: Any = function("llama_model_load_from_file_ptr", c_void_p, [c_void_p, llama_model_params], "struct llama_model * llama_model_load_from_file_ptr(FILE * file, struct llama_model_params params)")
llama_model_load_from_splits: Any = function("llama_model_load_from_splits", c_void_p, [POINTER(c_char_p), c_size_t, llama_model_params], "struct llama_model * llama_model_load_from_splits(const char ** paths, size_t n_paths, struct llama_model_params params)")
llama_model_save_to_file: Any = function("llama_model_save_to_file", None, [c_void_p, c_char_p], "void llama_model_save_to_file(const struct llama_model * model, const char * path_model)")
llama_free_model: Any = function("llama_free_model", None, [c_void_p], "void llama_free_model(struct llama_model * model)", "use llama_model_free instead")
llama_model_free: Any = function("llama_model_free", None, [c_void_p], "void llama_model_free(struct llama_model * model)")
llama_init_from_model: Any = function("llama_init_from_model", c_void_p, [c_void_p, llama_context_params], "struct llama_context * llama_init_from_model(struct llama_model * model, struct llama_context_params params)")
llama_new_context_with_model: Any = function("llama_new_context_with_model", c_void_p, [c_void_p, llama_context_params], "struct llama_context * llama_new_context_with_model(struct llama_model * model, struct llama_context_params params)", "use llama_init_from_model instead")
llama_free: Any = function("llama_free", None, [c_void_p], "void llama_free(struct llama_context * ctx)")
llama_time_us: Any = function("llama_time_us", c_int64, [], "int64_t llama_time_us(void)")
llama_max_devices: Any = function("llama_max_devices", c_size_t, [], "size_t llama_max_devices(void)")
llama_max_parallel_sequences: Any = function("llama_max_parallel_sequences", c_size_t, [], "size_t llama_max_parallel_sequences(void)")
llama_max_tensor_buft_overrides: Any = function("llama_max_tensor_buft_overrides", c_size_t, [], "size_t llama_max_tensor_buft_overrides(void)")
llama_supports_mmap: Any = function("llama_supports_mmap", c_bool, [], "bool llama_supports_mmap(void)")
llama_supports_mlock: Any = function("llama_supports_mlock", c_bool, [], "bool llama_supports_mlock(void)")
llama_supports_gpu_offload: Any = function("llama_supports_gpu_offload", c_bool, [], "bool llama_supports_gpu_offload(void)")
llama_supports_rpc: Any = function("llama_supports_rpc", c_bool, [], "bool llama_supports_rpc(void)")
llama_n_ctx: Any = function("llama_n_ctx", c_uint32, [c_void_p], "uint32_t llama_n_ctx(const struct llama_context * ctx)")
llama_n_ctx_seq: Any = function("llama_n_ctx_seq", c_uint32, [c_void_p], "uint32_t llama_n_ctx_seq(const struct llama_context * ctx)")
llama_n_batch: Any = function("llama_n_batch", c_uint32, [c_void_p], "uint32_t llama_n_batch(const struct llama_context * ctx)")
llama_n_ubatch: Any = function("llama_n_ubatch", c_uint32, [c_void_p], "uint32_t llama_n_ubatch(const struct llama_context * ctx)")
llama_n_seq_max: Any = function("llama_n_seq_max", c_uint32, [c_void_p], "uint32_t llama_n_seq_max(const struct llama_context * ctx)")
llama_n_rs_seq: Any = function("llama_n_rs_seq", c_uint32, [c_void_p], "uint32_t llama_n_rs_seq(const struct llama_context * ctx)")
llama_n_ctx_train: Any = function("llama_n_ctx_train", c_int32, [c_void_p], "int32_t llama_n_ctx_train(const struct llama_model * model)", "use llama_model_n_ctx_train instead")
llama_n_embd: Any = function("llama_n_embd", c_int32, [c_void_p], "int32_t llama_n_embd(const struct llama_model * model)", "use llama_model_n_embd instead")
llama_n_layer: Any = function("llama_n_layer", c_int32, [c_void_p], "int32_t llama_n_layer(const struct llama_model * model)", "use llama_model_n_layer instead")
llama_n_head: Any = function("llama_n_head", c_int32, [c_void_p], "int32_t llama_n_head(const struct llama_model * model)", "use llama_model_n_head instead")
llama_n_vocab: Any = function("llama_n_vocab", c_int32, [c_void_p], "int32_t llama_n_vocab(const struct llama_vocab * vocab)", "use llama_vocab_n_tokens instead")
llama_get_model: Any = function("llama_get_model", c_void_p, [c_void_p], "const struct llama_model * llama_get_model(const struct llama_context * ctx)")
llama_get_memory: Any = function("llama_get_memory", c_void_p, [c_void_p], "llama_memory_t llama_get_memory(const struct llama_context * ctx)")
llama_pooling_type: Any = function("llama_pooling_type", c_int, [c_void_p], "enum llama_pooling_type llama_pooling_type(const struct llama_context * ctx)")
llama_model_get_vocab: Any = function("llama_model_get_vocab", c_void_p, [c_void_p], "const struct llama_vocab * llama_model_get_vocab(const struct llama_model * model)")
llama_model_rope_type: Any = function("llama_model_rope_type", c_int, [c_void_p], "enum llama_rope_type llama_model_rope_type(const struct llama_model * model)")
llama_model_n_ctx_train: Any = function("llama_model_n_ctx_train", c_int32, [c_void_p], "int32_t llama_model_n_ctx_train(const struct llama_model * model)")
llama_model_n_embd: Any = function("llama_model_n_embd", c_int32, [c_void_p], "int32_t llama_model_n_embd(const struct llama_model * model)")
llama_model_n_embd_inp: Any = function("llama_model_n_embd_inp", c_int32, [c_void_p], "int32_t llama_model_n_embd_inp(const struct llama_model * model)")
llama_model_n_embd_out: Any = function("llama_model_n_embd_out", c_int32, [c_void_p], "int32_t llama_model_n_embd_out(const struct llama_model * model)")
llama_model_n_layer: Any = function("llama_model_n_layer", c_int32, [c_void_p], "int32_t llama_model_n_layer(const struct llama_model * model)")
llama_model_n_layer_nextn: Any = function("llama_model_n_layer_nextn", c_int32, [c_void_p], "int32_t llama_model_n_layer_nextn(const struct llama_model * model)")
llama_model_n_head: Any = function("llama_model_n_head", c_int32, [c_void_p], "int32_t llama_model_n_head(const struct llama_model * model)")
llama_model_n_head_kv: Any = function("llama_model_n_head_kv", c_int32, [c_void_p], "int32_t llama_model_n_head_kv(const struct llama_model * model)")
llama_model_n_swa: Any = function("llama_model_n_swa", c_int32, [c_void_p], "int32_t llama_model_n_swa(const struct llama_model * model)")
llama_model_rope_freq_scale_train: Any = function("llama_model_rope_freq_scale_train", c_float, [c_void_p], "float llama_model_rope_freq_scale_train(const struct llama_model * model)")
llama_model_n_cls_out: Any = function("llama_model_n_cls_out", c_uint32, [c_void_p], "uint32_t llama_model_n_cls_out(const struct llama_model * model)")
llama_model_cls_label: Any = function("llama_model_cls_label", c_char_p, [c_void_p, c_uint32], "const char * llama_model_cls_label(const struct llama_model * model, uint32_t i)")
llama_vocab_type: Any = function("llama_vocab_type", c_int, [c_void_p], "enum llama_vocab_type llama_vocab_type(const struct llama_vocab * vocab)")
llama_vocab_n_tokens: Any = function("llama_vocab_n_tokens", c_int32, [c_void_p], "int32_t llama_vocab_n_tokens(const struct llama_vocab * vocab)")
llama_model_meta_val_str: Any = function("llama_model_meta_val_str", c_int32, [c_void_p, c_char_p, c_char_p, c_size_t], "int32_t llama_model_meta_val_str(const struct llama_model * model, const char * key, char * buf, size_t buf_size)")
llama_model_meta_count: Any = function("llama_model_meta_count", c_int32, [c_void_p], "int32_t llama_model_meta_count(const struct llama_model * model)")
llama_model_meta_key_str: Any = function("llama_model_meta_key_str", c_char_p, [c_int], "const char * llama_model_meta_key_str(enum llama_model_meta_key key)")
llama_model_meta_key_by_index: Any = function("llama_model_meta_key_by_index", c_int32, [c_void_p, c_int32, c_char_p, c_size_t], "int32_t llama_model_meta_key_by_index(const struct llama_model * model, int32_t i, char * buf, size_t buf_size)")
llama_model_meta_val_str_by_index: Any = function("llama_model_meta_val_str_by_index", c_int32, [c_void_p, c_int32, c_char_p, c_size_t], "int32_t llama_model_meta_val_str_by_index(const struct llama_model * model, int32_t i, char * buf, size_t buf_size)")
llama_model_desc: Any = function("llama_model_desc", c_int32, [c_void_p, c_char_p, c_size_t], "int32_t llama_model_desc(const struct llama_model * model, char * buf, size_t buf_size)")
llama_model_ftype: Any = function("llama_model_ftype", c_int, [c_void_p], "enum llama_ftype llama_model_ftype(const struct llama_model * model)")
llama_model_size: Any = function("llama_model_size", c_uint64, [c_void_p], "uint64_t llama_model_size(const struct llama_model * model)")
llama_model_chat_template: Any = function("llama_model_chat_template", c_char_p, [c_void_p, c_char_p], "const char * llama_model_chat_template(const struct llama_model * model, const char * name)")
llama_model_n_params: Any = function("llama_model_n_params", c_uint64, [c_void_p], "uint64_t llama_model_n_params(const struct llama_model * model)")
llama_model_has_encoder: Any = function("llama_model_has_encoder", c_bool, [c_void_p], "bool llama_model_has_encoder(const struct llama_model * model)")
llama_model_has_decoder: Any = function("llama_model_has_decoder", c_bool, [c_void_p], "bool llama_model_has_decoder(const struct llama_model * model)")
llama_model_decoder_start_token: Any = function("llama_model_decoder_start_token", c_int32, [c_void_p], "llama_token llama_model_decoder_start_token(const struct llama_model * model)")
llama_model_is_recurrent: Any = function("llama_model_is_recurrent", c_bool, [c_void_p], "bool llama_model_is_recurrent(const struct llama_model * model)")
llama_model_is_hybrid: Any = function("llama_model_is_hybrid", c_bool, [c_void_p], "bool llama_model_is_hybrid(const struct llama_model * model)")
llama_model_is_diffusion: Any = function("llama_model_is_diffusion", c_bool, [c_void_p], "bool llama_model_is_diffusion(const struct llama_model * model)")
llama_model_quantize: Any = function("llama_model_quantize", c_uint32, [c_char_p, c_char_p, POINTER(llama_model_quantize_params)], "uint32_t llama_model_quantize(const char * fname_inp, const char * fname_out, const llama_model_quantize_params * params)")
llama_adapter_lora_init: Any = function("llama_adapter_lora_init", POINTER(c_void_p), [c_void_p, c_char_p], "struct llama_adapter_lora * llama_adapter_lora_init(struct llama_model * model, const char * path_lora)")
llama_adapter_lora_init_from_file_ptr: Any = function("llama_adapter_lora_init_from_file_ptr", POINTER(c_void_p), [c_void_p, c_void_p], "struct llama_adapter_lora * llama_adapter_lora_init_from_file_ptr(struct llama_model * model, FILE * file)")
llama_adapter_meta_val_str: Any = function("llama_adapter_meta_val_str", c_int32, [POINTER(c_void_p), c_char_p, c_char_p, c_size_t], "int32_t llama_adapter_meta_val_str(const struct llama_adapter_lora * adapter, const char * key, char * buf, size_t buf_size)")
llama_adapter_meta_count: Any = function("llama_adapter_meta_count", c_int32, [POINTER(c_void_p)], "int32_t llama_adapter_meta_count(const struct llama_adapter_lora * adapter)")
llama_adapter_meta_key_by_index: Any = function("llama_adapter_meta_key_by_index", c_int32, [POINTER(c_void_p), c_int32, c_char_p, c_size_t], "int32_t llama_adapter_meta_key_by_index(const struct llama_adapter_lora * adapter, int32_t i, char * buf, size_t buf_size)")
llama_adapter_meta_val_str_by_index: Any = function("llama_adapter_meta_val_str_by_index", c_int32, [POINTER(c_void_p), c_int32, c_char_p, c_size_t], "int32_t llama_adapter_meta_val_str_by_index(const struct llama_adapter_lora * adapter, int32_t i, char * buf, size_t buf_size)")
llama_adapter_lora_free: Any = function("llama_adapter_lora_free", None, [POINTER(c_void_p)], "void llama_adapter_lora_free(struct llama_adapter_lora * adapter)")
llama_adapter_get_alora_n_invocation_tokens: Any = function("llama_adapter_get_alora_n_invocation_tokens", c_uint64, [POINTER(c_void_p)], "uint64_t llama_adapter_get_alora_n_invocation_tokens(const struct llama_adapter_lora * adapter)")
llama_adapter_get_alora_invocation_tokens: Any = function("llama_adapter_get_alora_invocation_tokens", POINTER(c_int32), [POINTER(c_void_p)], "const llama_token * llama_adapter_get_alora_invocation_tokens(const struct llama_adapter_lora * adapter)")
llama_set_adapters_lora: Any = function("llama_set_adapters_lora", c_int32, [c_void_p, POINTER(POINTER(c_void_p)), c_size_t, POINTER(c_float)], "int32_t llama_set_adapters_lora(struct llama_context * ctx, struct llama_adapter_lora ** adapters, size_t n_adapters, float * scales)")
llama_set_adapter_cvec: Any = function("llama_set_adapter_cvec", c_int32, [c_void_p, POINTER(c_float), c_size_t, c_int32, c_int32, c_int32], "int32_t llama_set_adapter_cvec(struct llama_context * ctx, const float * data, size_t len, int32_t n_embd, int32_t il_start, int32_t il_end)")
llama_memory_clear: Any = function("llama_memory_clear", None, [c_void_p, c_bool], "void llama_memory_clear(llama_memory_t mem, bool data)")
llama_memory_seq_rm: Any = function("llama_memory_seq_rm", c_bool, [c_void_p, c_int32, c_int32, c_int32], "bool llama_memory_seq_rm(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1)")
llama_memory_seq_cp: Any = function("llama_memory_seq_cp", None, [c_void_p, c_int32, c_int32, c_int32, c_int32], "void llama_memory_seq_cp(llama_memory_t mem, llama_seq_id seq_id_src, llama_seq_id seq_id_dst, llama_pos p0, llama_pos p1)")
llama_memory_seq_keep: Any = function("llama_memory_seq_keep", None, [c_void_p, c_int32], "void llama_memory_seq_keep(llama_memory_t mem, llama_seq_id seq_id)")
llama_memory_seq_add: Any = function("llama_memory_seq_add", None, [c_void_p, c_int32, c_int32, c_int32, c_int32], "void llama_memory_seq_add(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1, llama_pos delta)")
llama_memory_seq_div: Any = function("llama_memory_seq_div", None, [c_void_p, c_int32, c_int32, c_int32, c_int], "void llama_memory_seq_div(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1, int d)")
llama_memory_seq_pos_min: Any = function("llama_memory_seq_pos_min", c_int32, [c_void_p, c_int32], "llama_pos llama_memory_seq_pos_min(llama_memory_t mem, llama_seq_id seq_id)")
llama_memory_seq_pos_max: Any = function("llama_memory_seq_pos_max", c_int32, [c_void_p, c_int32], "llama_pos llama_memory_seq_pos_max(llama_memory_t mem, llama_seq_id seq_id)")
llama_memory_can_shift: Any = function("llama_memory_can_shift", c_bool, [c_void_p], "bool llama_memory_can_shift(llama_memory_t mem)")
llama_state_get_size: Any = function("llama_state_get_size", c_size_t, [c_void_p], "size_t llama_state_get_size(struct llama_context * ctx)")
llama_get_state_size: Any = function("llama_get_state_size", c_size_t, [c_void_p], "size_t llama_get_state_size(struct llama_context * ctx)", "use llama_state_get_size instead")
llama_state_get_data: Any = function("llama_state_get_data", c_size_t, [c_void_p, POINTER(c_uint8), c_size_t], "size_t llama_state_get_data(struct llama_context * ctx, uint8_t * dst, size_t size)")
llama_copy_state_data: Any = function("llama_copy_state_data", c_size_t, [c_void_p, POINTER(c_uint8)], "size_t llama_copy_state_data(struct llama_context * ctx, uint8_t * dst)", "use llama_state_get_data instead")
llama_state_set_data: Any = function("llama_state_set_data", c_size_t, [c_void_p, POINTER(c_uint8), c_size_t], "size_t llama_state_set_data(struct llama_context * ctx, const uint8_t * src, size_t size)")
llama_set_state_data: Any = function("llama_set_state_data", c_size_t, [c_void_p, POINTER(c_uint8)], "size_t llama_set_state_data(struct llama_context * ctx, const uint8_t * src)", "use llama_state_set_data instead")
llama_state_load_file: Any = function("llama_state_load_file", c_bool, [c_void_p, c_char_p, POINTER(c_int32), c_size_t, POINTER(c_size_t)], "bool llama_state_load_file(struct llama_context * ctx, const char * path_session, llama_token * tokens_out, size_t n_token_capacity, size_t * n_token_count_out)")
llama_load_session_file: Any = function("llama_load_session_file", c_bool, [c_void_p, c_char_p, POINTER(c_int32), c_size_t, POINTER(c_size_t)], "bool llama_load_session_file(struct llama_context * ctx, const char * path_session, llama_token * tokens_out, size_t n_token_capacity, size_t * n_token_count_out)", "use llama_state_load_file instead")
llama_state_save_file: Any = function("llama_state_save_file", c_bool, [c_void_p, c_char_p, POINTER(c_int32), c_size_t], "bool llama_state_save_file(struct llama_context * ctx, const char * path_session, const llama_token * tokens, size_t n_token_count)")
llama_save_session_file: Any = function("llama_save_session_file", c_bool, [c_void_p, c_char_p, POINTER(c_int32), c_size_t], "bool llama_save_session_file(struct llama_context * ctx, const char * path_session, const llama_token * tokens, size_t n_token_count)", "use llama_state_save_file instead")
llama_state_seq_get_size: Any = function("llama_state_seq_get_size", c_size_t, [c_void_p, c_int32], "size_t llama_state_seq_get_size(struct llama_context * ctx, llama_seq_id seq_id)")
llama_state_seq_get_data: Any = function("llama_state_seq_get_data", c_size_t, [c_void_p, POINTER(c_uint8), c_size_t, c_int32], "size_t llama_state_seq_get_data(struct llama_context * ctx, uint8_t * dst, size_t size, llama_seq_id seq_id)")
llama_state_seq_set_data: Any = function("llama_state_seq_set_data", c_size_t, [c_void_p, POINTER(c_uint8), c_size_t, c_int32], "size_t llama_state_seq_set_data(struct llama_context * ctx, const uint8_t * src, size_t size, llama_seq_id dest_seq_id)")
llama_state_seq_save_file: Any = function("llama_state_seq_save_file", c_size_t, [c_void_p, c_char_p, c_int32, POINTER(c_int32), c_size_t], "size_t llama_state_seq_save_file(struct llama_context * ctx, const char * filepath, llama_seq_id seq_id, const llama_token * tokens, size_t n_token_count)")
llama_state_seq_load_file: Any = function("llama_state_seq_load_file", c_size_t, [c_void_p, c_char_p, c_int32, POINTER(c_int32), c_size_t, POINTER(c_size_t)], "size_t llama_state_seq_load_file(struct llama_context * ctx, const char * filepath, llama_seq_id dest_seq_id, llama_token * tokens_out, size_t n_token_capacity, size_t * n_token_count_out)")
llama_state_seq_get_size_ext: Any = function("llama_state_seq_get_size_ext", c_size_t, [c_void_p, c_int32, c_uint32], "size_t llama_state_seq_get_size_ext(struct llama_context * ctx, llama_seq_id seq_id, llama_state_seq_flags flags)")
llama_state_seq_get_data_ext: Any = function("llama_state_seq_get_data_ext", c_size_t, [c_void_p, POINTER(c_uint8), c_size_t, c_int32, c_uint32], "size_t llama_state_seq_get_data_ext(struct llama_context * ctx, uint8_t * dst, size_t size, llama_seq_id seq_id, llama_state_seq_flags flags)")
llama_state_seq_set_data_ext: Any = function("llama_state_seq_set_data_ext", c_size_t, [c_void_p, POINTER(c_uint8), c_size_t, c_int32, c_uint32], "size_t llama_state_seq_set_data_ext(struct llama_context * ctx, const uint8_t * src, size_t size, llama_seq_id dest_seq_id, llama_state_seq_flags flags)")
llama_batch_get_one: Any = function("llama_batch_get_one", llama_batch, [POINTER(c_int32), c_int32], "struct llama_batch llama_batch_get_one(llama_token * tokens, int32_t n_tokens)")
llama_batch_init: Any = function("llama_batch_init", llama_batch, [c_int32, c_int32, c_int32], "struct llama_batch llama_batch_init(int32_t n_tokens, int32_t embd, int32_t n_seq_max)")
llama_batch_free: Any = function("llama_batch_free", None, [llama_batch], "void llama_batch_free(struct llama_batch batch)")
llama_encode: Any = function("llama_encode", c_int32, [c_void_p, llama_batch], "int32_t llama_encode(struct llama_context * ctx, struct llama_batch batch)")
llama_decode: Any = function("llama_decode", c_int32, [c_void_p, llama_batch], "int32_t llama_decode(struct llama_context * ctx, struct llama_batch batch)")
llama_batch_ext_init: Any = function("llama_batch_ext_init", c_void_p, [c_void_p], "struct llama_batch_ext * llama_batch_ext_init(struct llama_context * ctx)")
llama_batch_ext_free: Any = function("llama_batch_ext_free", None, [c_void_p], "void llama_batch_ext_free(struct llama_batch_ext * batch)")
llama_batch_ext_clear: Any = function("llama_batch_ext_clear", None, [c_void_p], "void llama_batch_ext_clear(struct llama_batch_ext * batch)")
llama_batch_ext_add: Any = function("llama_batch_ext_add", c_int32, [c_void_p, c_int32], "int32_t llama_batch_ext_add(struct llama_batch_ext * batch, llama_seq_id seq_id)")
llama_batch_ext_add_token: Any = function("llama_batch_ext_add_token", c_int32, [c_void_p, c_int32, c_int32], "int32_t llama_batch_ext_add_token(struct llama_batch_ext * batch, llama_seq_id seq_id, llama_token id)")
llama_batch_ext_add_embd: Any = function("llama_batch_ext_add_embd", c_int32, [c_void_p, c_int32, llama_embd], "int32_t llama_batch_ext_add_embd(struct llama_batch_ext * batch, llama_seq_id seq_id, struct llama_embd embd)")
llama_batch_ext_add_seq: Any = function("llama_batch_ext_add_seq", c_bool, [c_void_p, c_int32, c_int32], "bool llama_batch_ext_add_seq(struct llama_batch_ext * batch, int32_t idx, llama_seq_id seq_id)")
llama_batch_ext_set_embd_token: Any = function("llama_batch_ext_set_embd_token", c_bool, [c_void_p, c_int32, llama_embd], "bool llama_batch_ext_set_embd_token(struct llama_batch_ext * batch, int32_t idx, struct llama_embd embd)")
llama_batch_ext_set_embd_state: Any = function("llama_batch_ext_set_embd_state", c_bool, [c_void_p, c_int32, llama_embd], "bool llama_batch_ext_set_embd_state(struct llama_batch_ext * batch, int32_t idx, struct llama_embd embd)")
llama_batch_ext_set_output_embd: Any = function("llama_batch_ext_set_output_embd", c_bool, [c_void_p, c_int32, c_bool], "bool llama_batch_ext_set_output_embd(struct llama_batch_ext * batch, int32_t idx, bool value)")
llama_batch_ext_set_output_logits: Any = function("llama_batch_ext_set_output_logits", c_bool, [c_void_p, c_int32, c_bool], "bool llama_batch_ext_set_output_logits(struct llama_batch_ext * batch, int32_t idx, bool value)")
llama_batch_ext_set_pos: Any = function("llama_batch_ext_set_pos", c_bool, [c_void_p, c_int32, POINTER(c_int32)], "bool llama_batch_ext_set_pos(struct llama_batch_ext * batch, int32_t idx, const llama_pos * pos)")
llama_process: Any = function("llama_process", c_int32, [c_void_p, c_int, c_void_p], "int32_t llama_process(struct llama_context * ctx, enum llama_process_type type, struct llama_batch_ext * batch)")
llama_set_n_threads: Any = function("llama_set_n_threads", None, [c_void_p, c_int32, c_int32], "void llama_set_n_threads(struct llama_context * ctx, int32_t n_threads, int32_t n_threads_batch)")
llama_n_threads: Any = function("llama_n_threads", c_int32, [c_void_p], "int32_t llama_n_threads(struct llama_context * ctx)")
llama_n_threads_batch: Any = function("llama_n_threads_batch", c_int32, [c_void_p], "int32_t llama_n_threads_batch(struct llama_context * ctx)")
llama_set_embeddings: Any = function("llama_set_embeddings", None, [c_void_p, c_bool], "void llama_set_embeddings(struct llama_context * ctx, bool embeddings)")
llama_set_causal_attn: Any = function("llama_set_causal_attn", None, [c_void_p, c_bool], "void llama_set_causal_attn(struct llama_context * ctx, bool causal_attn)")
llama_get_causal_attn: Any = function("llama_get_causal_attn", c_bool, [c_void_p], "bool llama_get_causal_attn(const struct llama_context * ctx)")
llama_set_warmup: Any = function("llama_set_warmup", None, [c_void_p, c_bool], "void llama_set_warmup(struct llama_context * ctx, bool warmup)", "user code should do warmup runs manually [TAG_LLAMA_GRAPH_NO_WARMUP]")
llama_set_abort_callback: Any = function("llama_set_abort_callback", None, [c_void_p, ggml_abort_callback, c_void_p], "void llama_set_abort_callback(struct llama_context * ctx, ggml_abort_callback abort_callback, void * abort_callback_data)")
llama_synchronize: Any = function("llama_synchronize", None, [c_void_p], "void llama_synchronize(struct llama_context * ctx)")
llama_get_logits: Any = function("llama_get_logits", POINTER(c_float), [c_void_p], "float * llama_get_logits(struct llama_context * ctx)")
llama_get_logits_ith: Any = function("llama_get_logits_ith", POINTER(c_float), [c_void_p, c_int32], "float * llama_get_logits_ith(struct llama_context * ctx, int32_t i)")
llama_get_embeddings: Any = function("llama_get_embeddings", POINTER(c_float), [c_void_p], "float * llama_get_embeddings(struct llama_context * ctx)")
llama_get_embeddings_ith: Any = function("llama_get_embeddings_ith", POINTER(c_float), [c_void_p, c_int32], "float * llama_get_embeddings_ith(struct llama_context * ctx, int32_t i)")
llama_get_embeddings_seq: Any = function("llama_get_embeddings_seq", POINTER(c_float), [c_void_p, c_int32], "float * llama_get_embeddings_seq(struct llama_context * ctx, llama_seq_id seq_id)")
llama_get_sampled_token_ith: Any = function("llama_get_sampled_token_ith", c_int32, [c_void_p, c_int32], "llama_token llama_get_sampled_token_ith(struct llama_context * ctx, int32_t i)")
llama_get_sampled_probs_ith: Any = function("llama_get_sampled_probs_ith", POINTER(c_float), [c_void_p, c_int32], "float * llama_get_sampled_probs_ith(struct llama_context * ctx, int32_t i)")
llama_get_sampled_probs_count_ith: Any = function("llama_get_sampled_probs_count_ith", c_uint32, [c_void_p, c_int32], "uint32_t llama_get_sampled_probs_count_ith(struct llama_context * ctx, int32_t i)")
llama_get_sampled_logits_ith: Any = function("llama_get_sampled_logits_ith", POINTER(c_float), [c_void_p, c_int32], "float * llama_get_sampled_logits_ith(struct llama_context * ctx, int32_t i)")
llama_get_sampled_logits_count_ith: Any = function("llama_get_sampled_logits_count_ith", c_uint32, [c_void_p, c_int32], "uint32_t llama_get_sampled_logits_count_ith(struct llama_context * ctx, int32_t i)")
llama_get_sampled_candidates_ith: Any = function("llama_get_sampled_candidates_ith", POINTER(c_int32), [c_void_p, c_int32], "llama_token * llama_get_sampled_candidates_ith(struct llama_context * ctx, int32_t i)")
llama_get_sampled_candidates_count_ith: Any = function("llama_get_sampled_candidates_count_ith", c_uint32, [c_void_p, c_int32], "uint32_t llama_get_sampled_candidates_count_ith(struct llama_context * ctx, int32_t i)")
llama_vocab_get_text: Any = function("llama_vocab_get_text", c_char_p, [c_void_p, c_int32], "const char * llama_vocab_get_text(const struct llama_vocab * vocab, llama_token token)")
llama_vocab_get_score: Any = function("llama_vocab_get_score", c_float, [c_void_p, c_int32], "float llama_vocab_get_score(const struct llama_vocab * vocab, llama_token token)")
llama_vocab_get_attr: Any = function("llama_vocab_get_attr", c_int, [c_void_p, c_int32], "enum llama_token_attr llama_vocab_get_attr(const struct llama_vocab * vocab, llama_token token)")
llama_vocab_is_eog: Any = function("llama_vocab_is_eog", c_bool, [c_void_p, c_int32], "bool llama_vocab_is_eog(const struct llama_vocab * vocab, llama_token token)")
llama_vocab_is_control: Any = function("llama_vocab_is_control", c_bool, [c_void_p, c_int32], "bool llama_vocab_is_control(const struct llama_vocab * vocab, llama_token token)")
llama_vocab_bos: Any = function("llama_vocab_bos", c_int32, [c_void_p], "llama_token llama_vocab_bos(const struct llama_vocab * vocab)")
llama_vocab_eos: Any = function("llama_vocab_eos", c_int32, [c_void_p], "llama_token llama_vocab_eos(const struct llama_vocab * vocab)")
llama_vocab_eot: Any = function("llama_vocab_eot", c_int32, [c_void_p], "llama_token llama_vocab_eot(const struct llama_vocab * vocab)")
llama_vocab_sep: Any = function("llama_vocab_sep", c_int32, [c_void_p], "llama_token llama_vocab_sep(const struct llama_vocab * vocab)")
llama_vocab_nl: Any = function("llama_vocab_nl", c_int32, [c_void_p], "llama_token llama_vocab_nl(const struct llama_vocab * vocab)")
llama_vocab_pad: Any = function("llama_vocab_pad", c_int32, [c_void_p], "llama_token llama_vocab_pad(const struct llama_vocab * vocab)")
llama_vocab_mask: Any = function("llama_vocab_mask", c_int32, [c_void_p], "llama_token llama_vocab_mask(const struct llama_vocab * vocab)")
llama_vocab_get_add_bos: Any = function("llama_vocab_get_add_bos", c_bool, [c_void_p], "bool llama_vocab_get_add_bos(const struct llama_vocab * vocab)")
llama_vocab_get_add_eos: Any = function("llama_vocab_get_add_eos", c_bool, [c_void_p], "bool llama_vocab_get_add_eos(const struct llama_vocab * vocab)")
llama_vocab_get_add_sep: Any = function("llama_vocab_get_add_sep", c_bool, [c_void_p], "bool llama_vocab_get_add_sep(const struct llama_vocab * vocab)")
llama_vocab_get_suppress_tokens: Any = function("llama_vocab_get_suppress_tokens", POINTER(c_int32), [c_void_p, POINTER(c_int32)], "const llama_token * llama_vocab_get_suppress_tokens(const struct llama_vocab * vocab, int32_t * n_suppress_tokens)")
llama_vocab_fim_pre: Any = function("llama_vocab_fim_pre", c_int32, [c_void_p], "llama_token llama_vocab_fim_pre(const struct llama_vocab * vocab)")
llama_vocab_fim_suf: Any = function("llama_vocab_fim_suf", c_int32, [c_void_p], "llama_token llama_vocab_fim_suf(const struct llama_vocab * vocab)")
llama_vocab_fim_mid: Any = function("llama_vocab_fim_mid", c_int32, [c_void_p], "llama_token llama_vocab_fim_mid(const struct llama_vocab * vocab)")
llama_vocab_fim_pad: Any = function("llama_vocab_fim_pad", c_int32, [c_void_p], "llama_token llama_vocab_fim_pad(const struct llama_vocab * vocab)")
llama_vocab_fim_rep: Any = function("llama_vocab_fim_rep", c_int32, [c_void_p], "llama_token llama_vocab_fim_rep(const struct llama_vocab * vocab)")
llama_vocab_fim_sep: Any = function("llama_vocab_fim_sep", c_int32, [c_void_p], "llama_token llama_vocab_fim_sep(const struct llama_vocab * vocab)")
llama_token_get_text: Any = function("llama_token_get_text", c_char_p, [c_void_p, c_int32], "const char * llama_token_get_text(const struct llama_vocab * vocab, llama_token token)", "use llama_vocab_get_text instead")
llama_token_get_score: Any = function("llama_token_get_score", c_float, [c_void_p, c_int32], "float llama_token_get_score(const struct llama_vocab * vocab, llama_token token)", "use llama_vocab_get_score instead")
llama_token_get_attr: Any = function("llama_token_get_attr", c_int, [c_void_p, c_int32], "enum llama_token_attr llama_token_get_attr(const struct llama_vocab * vocab, llama_token token)", "use llama_vocab_get_attr instead")
llama_token_is_eog: Any = function("llama_token_is_eog", c_bool, [c_void_p, c_int32], "bool llama_token_is_eog(const struct llama_vocab * vocab, llama_token token)", "use llama_vocab_is_eog instead")
llama_token_is_control: Any = function("llama_token_is_control", c_bool, [c_void_p, c_int32], "bool llama_token_is_control(const struct llama_vocab * vocab, llama_token token)", "use llama_vocab_is_control instead")
llama_token_bos: Any = function("llama_token_bos", c_int32, [c_void_p], "llama_token llama_token_bos(const struct llama_vocab * vocab)", "use llama_vocab_bos instead")
llama_token_eos: Any = function("llama_token_eos", c_int32, [c_void_p], "llama_token llama_token_eos(const struct llama_vocab * vocab)", "use llama_vocab_eos instead")
llama_token_eot: Any = function("llama_token_eot", c_int32, [c_void_p], "llama_token llama_token_eot(const struct llama_vocab * vocab)", "use llama_vocab_eot instead")
llama_token_cls: Any = function("llama_token_cls", c_int32, [c_void_p], "llama_token llama_token_cls(const struct llama_vocab * vocab)", "use llama_vocab_cls instead")
llama_token_sep: Any = function("llama_token_sep", c_int32, [c_void_p], "llama_token llama_token_sep(const struct llama_vocab * vocab)", "use llama_vocab_sep instead")
llama_token_nl: Any = function("llama_token_nl", c_int32, [c_void_p], "llama_token llama_token_nl(const struct llama_vocab * vocab)", "use llama_vocab_nl instead")
llama_token_pad: Any = function("llama_token_pad", c_int32, [c_void_p], "llama_token llama_token_pad(const struct llama_vocab * vocab)", "use llama_vocab_pad instead")
llama_add_bos_token: Any = function("llama_add_bos_token", c_bool, [c_void_p], "bool llama_add_bos_token(const struct llama_vocab * vocab)", "use llama_vocab_get_add_bos instead")
llama_add_eos_token: Any = function("llama_add_eos_token", c_bool, [c_void_p], "bool llama_add_eos_token(const struct llama_vocab * vocab)", "use llama_vocab_get_add_eos instead")
llama_token_fim_pre: Any = function("llama_token_fim_pre", c_int32, [c_void_p], "llama_token llama_token_fim_pre(const struct llama_vocab * vocab)", "use llama_vocab_fim_pre instead")
llama_token_fim_suf: Any = function("llama_token_fim_suf", c_int32, [c_void_p], "llama_token llama_token_fim_suf(const struct llama_vocab * vocab)", "use llama_vocab_fim_suf instead")
llama_token_fim_mid: Any = function("llama_token_fim_mid", c_int32, [c_void_p], "llama_token llama_token_fim_mid(const struct llama_vocab * vocab)", "use llama_vocab_fim_mid instead")
llama_token_fim_pad: Any = function("llama_token_fim_pad", c_int32, [c_void_p], "llama_token llama_token_fim_pad(const struct llama_vocab * vocab)", "use llama_vocab_fim_pad instead")
llama_token_fim_rep: Any = function("llama_token_fim_rep", c_int32, [c_void_p], "llama_token llama_token_fim_rep(const struct llama_vocab * vocab)", "use llama_vocab_fim_rep instead")
llama_token_fim_sep: Any = function("llama_token_fim_sep", c_int32, [c_void_p], "llama_token llama_token_fim_sep(const struct llama_vocab * vocab)", "use llama_vocab_fim_sep instead")
llama_vocab_cls: Any = function("llama_vocab_cls", c_int32, [c_void_p], "llama_token llama_vocab_cls(const struct llama_vocab * vocab)", "use llama_vocab_bos instead")
llama_tokenize: Any = function("llama_tokenize", c_int32, [c_void_p, c_char_p, c_int32, POINTER(c_int32), c_int32, c_bool, c_bool], "int32_t llama_tokenize(const struct llama_vocab * vocab, const char * text, int32_t text_len, llama_token * tokens, int32_t n_tokens_max, bool add_special, bool parse_special)")
llama_token_to_piece: Any = function("llama_token_to_piece", c_int32, [c_void_p, c_int32, c_char_p, c_int32, c_int32, c_bool], "int32_t llama_token_to_piece(const struct llama_vocab * vocab, llama_token token, char * buf, int32_t length, int32_t lstrip, bool special)")
llama_detokenize: Any = function("llama_detokenize", c_int32, [c_void_p, POINTER(c_int32), c_int32, c_char_p, c_int32, c_bool, c_bool], "int32_t llama_detokenize(const struct llama_vocab * vocab, const llama_token * tokens, int32_t n_tokens, char * text, int32_t text_len_max, bool remove_special, bool unparse_special)")
llama_chat_apply_template: Any = function("llama_chat_apply_template", c_int32, [c_char_p, POINTER(llama_chat_message), c_size_t, c_bool, c_char_p, c_int32], "int32_t llama_chat_apply_template(const char * tmpl, const struct llama_chat_message * chat, size_t n_msg, bool add_ass, char * buf, int32_t length)")
llama_chat_builtin_templates: Any = function("llama_chat_builtin_templates", c_int32, [POINTER(c_char_p), c_size_t], "int32_t llama_chat_builtin_templates(const char ** output, size_t len)")
llama_set_sampler: Any = function("llama_set_sampler", c_bool, [c_void_p, c_int32, POINTER(llama_sampler)], "bool llama_set_sampler(struct llama_context * ctx, llama_seq_id seq_id, struct llama_sampler * smpl)")
llama_sampler_init: Any = function("llama_sampler_init", POINTER(llama_sampler), [POINTER(llama_sampler_i), c_void_p], "struct llama_sampler * llama_sampler_init(struct llama_sampler_i * iface, llama_sampler_context_t ctx)")
llama_sampler_name: Any = function("llama_sampler_name", c_char_p, [POINTER(llama_sampler)], "const char * llama_sampler_name(const struct llama_sampler * smpl)")
llama_sampler_accept: Any = function("llama_sampler_accept", None, [POINTER(llama_sampler), c_int32], "void llama_sampler_accept(struct llama_sampler * smpl, llama_token token)")
llama_sampler_apply: Any = function("llama_sampler_apply", None, [POINTER(llama_sampler), POINTER(llama_token_data_array)], "void llama_sampler_apply(struct llama_sampler * smpl, llama_token_data_array * cur_p)")
llama_sampler_reset: Any = function("llama_sampler_reset", None, [POINTER(llama_sampler)], "void llama_sampler_reset(struct llama_sampler * smpl)")
llama_sampler_clone: Any = function("llama_sampler_clone", POINTER(llama_sampler), [POINTER(llama_sampler)], "struct llama_sampler * llama_sampler_clone(const struct llama_sampler * smpl)")
llama_sampler_copy: Any = function("llama_sampler_copy", None, [POINTER(llama_sampler), POINTER(llama_sampler)], "void llama_sampler_copy(const struct llama_sampler * src, struct llama_sampler * dst)")
llama_sampler_free: Any = function("llama_sampler_free", None, [POINTER(llama_sampler)], "void llama_sampler_free(struct llama_sampler * smpl)")
llama_sampler_chain_init: Any = function("llama_sampler_chain_init", POINTER(llama_sampler), [llama_sampler_chain_params], "struct llama_sampler * llama_sampler_chain_init(struct llama_sampler_chain_params params)")
llama_sampler_chain_add: Any = function("llama_sampler_chain_add", None, [POINTER(llama_sampler), POINTER(llama_sampler)], "void llama_sampler_chain_add(struct llama_sampler * chain, struct llama_sampler * smpl)")
llama_sampler_chain_get: Any = function("llama_sampler_chain_get", POINTER(llama_sampler), [POINTER(llama_sampler), c_int32], "struct llama_sampler * llama_sampler_chain_get(struct llama_sampler * chain, int32_t i)")
llama_sampler_chain_n: Any = function("llama_sampler_chain_n", c_int32, [POINTER(llama_sampler)], "int32_t llama_sampler_chain_n(const struct llama_sampler * chain)")
llama_sampler_chain_remove: Any = function("llama_sampler_chain_remove", POINTER(llama_sampler), [POINTER(llama_sampler), c_int32], "struct llama_sampler * llama_sampler_chain_remove(struct llama_sampler * chain, int32_t i)")
llama_sampler_init_greedy: Any = function("llama_sampler_init_greedy", POINTER(llama_sampler), [], "struct llama_sampler * llama_sampler_init_greedy(void)")
llama_sampler_init_dist: Any = function("llama_sampler_init_dist", POINTER(llama_sampler), [c_uint32], "struct llama_sampler * llama_sampler_init_dist(uint32_t seed)")
llama_sampler_init_top_k: Any = function("llama_sampler_init_top_k", POINTER(llama_sampler), [c_int32], "struct llama_sampler * llama_sampler_init_top_k(int32_t k)")
llama_sampler_init_top_p: Any = function("llama_sampler_init_top_p", POINTER(llama_sampler), [c_float, c_size_t], "struct llama_sampler * llama_sampler_init_top_p(float p, size_t min_keep)")
llama_sampler_init_min_p: Any = function("llama_sampler_init_min_p", POINTER(llama_sampler), [c_float, c_size_t], "struct llama_sampler * llama_sampler_init_min_p(float p, size_t min_keep)")
llama_sampler_init_typical: Any = function("llama_sampler_init_typical", POINTER(llama_sampler), [c_float, c_size_t], "struct llama_sampler * llama_sampler_init_typical(float p, size_t min_keep)")
llama_sampler_init_temp: Any = function("llama_sampler_init_temp", POINTER(llama_sampler), [c_float], "struct llama_sampler * llama_sampler_init_temp(float t)")
llama_sampler_init_temp_ext: Any = function("llama_sampler_init_temp_ext", POINTER(llama_sampler), [c_float, c_float, c_float], "struct llama_sampler * llama_sampler_init_temp_ext(float t, float delta, float exponent)")
llama_sampler_init_xtc: Any = function("llama_sampler_init_xtc", POINTER(llama_sampler), [c_float, c_float, c_size_t, c_uint32], "struct llama_sampler * llama_sampler_init_xtc(float p, float t, size_t min_keep, uint32_t seed)")
llama_sampler_init_top_n_sigma: Any = function("llama_sampler_init_top_n_sigma", POINTER(llama_sampler), [c_float], "struct llama_sampler * llama_sampler_init_top_n_sigma(float n)")
llama_sampler_init_mirostat: Any = function("llama_sampler_init_mirostat", POINTER(llama_sampler), [c_int32, c_uint32, c_float, c_float, c_int32], "struct llama_sampler * llama_sampler_init_mirostat(int32_t n_vocab, uint32_t seed, float tau, float eta, int32_t m)")
llama_sampler_init_mirostat_v2: Any = function("llama_sampler_init_mirostat_v2", POINTER(llama_sampler), [c_uint32, c_float, c_float], "struct llama_sampler * llama_sampler_init_mirostat_v2(uint32_t seed, float tau, float eta)")
llama_sampler_init_grammar: Any = function("llama_sampler_init_grammar", POINTER(llama_sampler), [c_void_p, c_char_p, c_char_p], "struct llama_sampler * llama_sampler_init_grammar(const struct llama_vocab * vocab, const char * grammar_str, const char * grammar_root)")
llama_sampler_init_grammar_lazy: Any = function("llama_sampler_init_grammar_lazy", POINTER(llama_sampler), [c_void_p, c_char_p, c_char_p, POINTER(c_char_p), c_size_t, POINTER(c_int32), c_size_t], "struct llama_sampler * llama_sampler_init_grammar_lazy(const struct llama_vocab * vocab, const char * grammar_str, const char * grammar_root, const char ** trigger_words, size_t num_trigger_words, const llama_token * trigger_tokens, size_t num_trigger_tokens)", "use llama_sampler_init_grammar_lazy_patterns instead")
llama_sampler_init_grammar_lazy_patterns: Any = function("llama_sampler_init_grammar_lazy_patterns", POINTER(llama_sampler), [c_void_p, c_char_p, c_char_p, POINTER(c_char_p), c_size_t, POINTER(c_int32), c_size_t], "struct llama_sampler * llama_sampler_init_grammar_lazy_patterns(const struct llama_vocab * vocab, const char * grammar_str, const char * grammar_root, const char ** trigger_patterns, size_t num_trigger_patterns, const llama_token * trigger_tokens, size_t num_trigger_tokens)")
llama_sampler_init_penalties: Any = function("llama_sampler_init_penalties", POINTER(llama_sampler), [c_int32, c_int32, c_float, c_float, c_float], "struct llama_sampler * llama_sampler_init_penalties(int32_t n_vocab, int32_t penalty_last_n, float penalty_repeat, float penalty_freq, float penalty_present)")
llama_sampler_init_dry: Any = function("llama_sampler_init_dry", POINTER(llama_sampler), [c_void_p, c_float, c_float, c_int32, c_int32, POINTER(c_char_p), c_size_t], "struct llama_sampler * llama_sampler_init_dry(const struct llama_vocab * vocab, float dry_multiplier, float dry_base, int32_t dry_allowed_length, int32_t dry_penalty_last_n, const char ** seq_breakers, size_t num_breakers)")
llama_sampler_init_adaptive_p: Any = function("llama_sampler_init_adaptive_p", POINTER(llama_sampler), [c_float, c_float, c_uint32], "struct llama_sampler * llama_sampler_init_adaptive_p(float target, float decay, uint32_t seed)")
llama_sampler_init_logit_bias: Any = function("llama_sampler_init_logit_bias", POINTER(llama_sampler), [c_int32, c_int32, POINTER(llama_logit_bias)], "struct llama_sampler * llama_sampler_init_logit_bias(int32_t n_vocab, int32_t n_logit_bias, const llama_logit_bias * logit_bias)")
llama_sampler_init_infill: Any = function("llama_sampler_init_infill", POINTER(llama_sampler), [c_void_p], "struct llama_sampler * llama_sampler_init_infill(const struct llama_vocab * vocab)")
llama_sampler_get_seed: Any = function("llama_sampler_get_seed", c_uint32, [POINTER(llama_sampler)], "uint32_t llama_sampler_get_seed(const struct llama_sampler * smpl)")
llama_sampler_sample: Any = function("llama_sampler_sample", c_int32, [POINTER(llama_sampler), c_void_p, c_int32], "llama_token llama_sampler_sample(struct llama_sampler * smpl, struct llama_context * ctx, int32_t idx)")
llama_split_path: Any = function("llama_split_path", c_int32, [c_char_p, c_size_t, c_char_p, c_int32, c_int32], "int32_t llama_split_path(char * split_path, size_t maxlen, const char * path_prefix, int32_t split_no, int32_t split_count)")
llama_split_prefix: Any = function("llama_split_prefix", c_int32, [c_char_p, c_size_t, c_char_p, c_int32, c_int32], "int32_t llama_split_prefix(char * split_prefix, size_t maxlen, const char * split_path, int32_t split_no, int32_t split_count)")
llama_print_system_info: Any = function("llama_print_system_info", c_char_p, [], "const char * llama_print_system_info(void)")
llama_log_get: Any = function("llama_log_get", None, [POINTER(ggml_log_callback), POINTER(c_void_p)], "void llama_log_get(ggml_log_callback * log_callback, void ** user_data)")
llama_log_set: Any = function("llama_log_set", None, [ggml_log_callback, c_void_p], "void llama_log_set(ggml_log_callback log_callback, void * user_data)")
llama_perf_context: Any = function("llama_perf_context", llama_perf_context_data, [c_void_p], "struct llama_perf_context_data llama_perf_context(const struct llama_context * ctx)")
llama_perf_context_print: Any = function("llama_perf_context_print", None, [c_void_p], "void llama_perf_context_print(const struct llama_context * ctx)")
llama_perf_context_reset: Any = function("llama_perf_context_reset", None, [c_void_p], "void llama_perf_context_reset(struct llama_context * ctx)")
llama_perf_sampler: Any = function("llama_perf_sampler", llama_perf_sampler_data, [POINTER(llama_sampler)], "struct llama_perf_sampler_data llama_perf_sampler(const struct llama_sampler * chain)")
llama_perf_sampler_print: Any = function("llama_perf_sampler_print", None, [POINTER(llama_sampler)], "void llama_perf_sampler_print(const struct llama_sampler * chain)")
llama_perf_sampler_reset: Any = function("llama_perf_sampler_reset", None, [POINTER(llama_sampler)], "void llama_perf_sampler_reset(struct llama_sampler * chain)")
llama_opt_param_filter_all: Any = function("llama_opt_param_filter_all", c_bool, [c_void_p, c_void_p], "bool llama_opt_param_filter_all(const struct ggml_tensor * tensor, void * userdata)")
llama_opt_init: Any = function("llama_opt_init", None, [c_void_p, c_void_p, llama_opt_params], "void llama_opt_init(struct llama_context * lctx, struct llama_model * model, struct llama_opt_params lopt_params)")
llama_opt_epoch: Any = function("llama_opt_epoch", None, [c_void_p, c_void_p, c_void_p, c_void_p, c_int64, ggml_opt_epoch_callback, ggml_opt_epoch_callback], "void llama_opt_epoch(struct llama_context * lctx, ggml_opt_dataset_t dataset, ggml_opt_result_t result_train, ggml_opt_result_t result_eval, int64_t idata_split, ggml_opt_epoch_callback callback_train, ggml_opt_epoch_callback callback_eval)")

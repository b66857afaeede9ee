"""llama.cpp's C API, for type checkers and editors.

Generated from llama.cpp's headers by `python build_ffi.py generate`; do not edit.

At run time the module has `ffi` and `lib` and nothing else: import the other names under `if TYPE_CHECKING:`.
A pointer to a record with fields has the class `record_p`, on which the fields are; `Ptr[record]` takes it too.
"""

# ruff: noqa
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import IO, Any, Final, Generic, Literal, ParamSpec, TypeAlias, TypeVar, overload

from typing_extensions import Buffer, deprecated

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
_R_co = TypeVar("_R_co", covariant=True)
_C = TypeVar("_C", bound=CData)
_F = TypeVar("_F", bound=Callable[..., Any])
_P = ParamSpec("_P")

class CType:
    """A C type, as `ffi.typeof` gives it."""

    kind: str
    cname: str
    item: CType
    length: int | None
    fields: list[tuple[str, Any]]
    args: tuple[CType, ...]
    result: CType
    ellipsis: bool
    elements: dict[int, str]
    relements: dict[str, int]

class CData:
    """A C value that Python has no class for: a record, a pointer, an array, a function."""

    def __enter__(self) -> CData: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __bool__(self) -> bool: ...

class Ptr(CData, Generic[_T_co]):
    """A pointer; `p[i]` is not checked against any length."""

    @overload
    def __getitem__(self, index: int, /) -> _T_co: ...
    @overload
    def __getitem__(self, index: slice, /) -> Array[_T_co]: ...
    def __setitem__(self, index: int | slice, value: Any, /) -> None: ...
    def __add__(self, n: int, /) -> Ptr[_T_co]: ...
    @overload
    def __sub__(self, n: int, /) -> Ptr[_T_co]: ...
    @overload
    def __sub__(self, other: Ptr[Any], /) -> int: ...
    def __lt__(self, other: Ptr[Any], /) -> bool: ...
    def __le__(self, other: Ptr[Any], /) -> bool: ...
    def __gt__(self, other: Ptr[Any], /) -> bool: ...
    def __ge__(self, other: Ptr[Any], /) -> bool: ...

class Array(Ptr[_T_co]):
    """An array; the index is checked."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[_T_co]: ...

class FunctionPtr(CData, Generic[_P, _R_co]):
    """A pointer to a function: one of C's, or a `lib.cb_*` whose body `ffi.def_extern` gives."""

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R_co: ...

class Null(Ptr[Any], FunctionPtr[..., Any]):
    """`ffi.NULL`: a pointer of every type."""

class CBuffer:
    """Memory of C as Python's buffer protocol has it; it does not keep the memory alive."""

    def __buffer__(self, flags: int, /) -> memoryview: ...
    def __len__(self) -> int: ...
    @overload
    def __getitem__(self, index: int, /) -> bytes: ...
    @overload
    def __getitem__(self, index: slice, /) -> bytes: ...
    def __setitem__(self, index: int | slice, value: Buffer, /) -> None: ...

ConstPtr: TypeAlias = Ptr[_T] | list[_T] | tuple[_T, ...]
"""What a parameter `const T *` takes: a list or a tuple is copied for the time of the call."""

ConstChars: TypeAlias = bytes | Ptr[bytes]
"""What a parameter `const char *` takes: bytes, valid for the time of the call; a str must be encoded."""

ggml_backend_buffer_usage: TypeAlias = int
ggml_backend_dev_type: TypeAlias = int
ggml_backend_meta_split_axis: TypeAlias = int
ggml_ftype: TypeAlias = int
ggml_glu_op: TypeAlias = int
ggml_log_level: TypeAlias = int
ggml_numa_strategy: TypeAlias = int
ggml_object_type: TypeAlias = int
ggml_op: TypeAlias = int
ggml_op_hint: TypeAlias = int
ggml_op_pool: TypeAlias = int
ggml_opt_build_type: TypeAlias = int
ggml_opt_loss_type: TypeAlias = int
ggml_opt_optimizer_type: TypeAlias = int
ggml_prec: TypeAlias = int
ggml_scale_flag: TypeAlias = int
ggml_scale_mode: TypeAlias = int
ggml_sched_priority: TypeAlias = int
ggml_sort_order: TypeAlias = int
ggml_status: TypeAlias = int
ggml_tensor_flag: TypeAlias = int
ggml_tri_type: TypeAlias = int
ggml_type: TypeAlias = int
ggml_unary_op: TypeAlias = int
gguf_type: TypeAlias = int
lcffi_speculative_kind: TypeAlias = int
llama_attention_type: TypeAlias = int
llama_context_type: TypeAlias = int
llama_flash_attn_type: TypeAlias = int
llama_ftype: TypeAlias = int
llama_lazy_mode: TypeAlias = int
llama_load_mode: TypeAlias = int
llama_model_kv_override_type: TypeAlias = int
llama_model_meta_key: TypeAlias = int
llama_pooling_type: TypeAlias = int
llama_process_type: TypeAlias = int
llama_rope_scaling_type: TypeAlias = int
llama_rope_type: TypeAlias = int
llama_split_mode: TypeAlias = int
llama_token_attr: TypeAlias = int
llama_token_type: TypeAlias = int
llama_vocab_type: TypeAlias = int
mtmd_gen_audio_type: TypeAlias = int
mtmd_gen_process_type: TypeAlias = int
mtmd_helper_gen_audio_outtype: TypeAlias = int
mtmd_input_chunk_type: TypeAlias = int
ggml_abort_callback_t: TypeAlias = FunctionPtr[[Ptr[bytes]], None]
ggml_fp16_t: TypeAlias = int
ggml_abort_callback: TypeAlias = FunctionPtr[[Ptr[Any]], bool]
ggml_guid: TypeAlias = Array[int]
ggml_guid_t: TypeAlias = Ptr[ggml_guid]
ggml_custom1_op_t: TypeAlias = FunctionPtr[[ggml_tensor_p, ggml_tensor_p, int, int, Ptr[Any]], None]
ggml_custom2_op_t: TypeAlias = FunctionPtr[[ggml_tensor_p, ggml_tensor_p, ggml_tensor_p, int, int, Ptr[Any]], None]
ggml_custom3_op_t: TypeAlias = FunctionPtr[[ggml_tensor_p, ggml_tensor_p, ggml_tensor_p, ggml_tensor_p, int, int, Ptr[Any]], None]
ggml_custom_op_t: TypeAlias = FunctionPtr[[ggml_tensor_p, int, int, Ptr[Any]], None]
ggml_log_callback: TypeAlias = FunctionPtr[[ggml_log_level, Ptr[bytes], Ptr[Any]], None]
ggml_to_float_t: TypeAlias = FunctionPtr[[Ptr[Any], Ptr[float], int], None]
ggml_from_float_t: TypeAlias = FunctionPtr[[Ptr[float], Ptr[Any], int], None]
ggml_threadpool_t: TypeAlias = Ptr[ggml_threadpool]
ggml_backend_buffer_type_t: TypeAlias = Ptr[ggml_backend_buffer_type]
ggml_backend_buffer_t: TypeAlias = Ptr[ggml_backend_buffer]
ggml_backend_t: TypeAlias = Ptr[ggml_backend]
ggml_gallocr_t: TypeAlias = Ptr[ggml_gallocr]
ggml_backend_event_t: TypeAlias = Ptr[ggml_backend_event]
ggml_backend_graph_plan_t: TypeAlias = Ptr[Any]
ggml_backend_reg_t: TypeAlias = Ptr[ggml_backend_reg]
ggml_backend_dev_t: TypeAlias = Ptr[ggml_backend_device]
ggml_backend_comm_init_t: TypeAlias = FunctionPtr[[Ptr[ggml_backend_t], int], Ptr[Any]]
ggml_backend_comm_free_t: TypeAlias = FunctionPtr[[Ptr[Any]], None]
ggml_backend_comm_allreduce_tensor_t: TypeAlias = FunctionPtr[[Ptr[Any], Ptr[ggml_tensor_p]], bool]
ggml_backend_split_buffer_type_t: TypeAlias = FunctionPtr[[int, Ptr[float]], ggml_backend_buffer_type_t]
ggml_backend_set_n_threads_t: TypeAlias = FunctionPtr[[ggml_backend_t, int], None]
ggml_backend_dev_get_extra_bufts_t: TypeAlias = FunctionPtr[[ggml_backend_dev_t], Ptr[ggml_backend_buffer_type_t]]
ggml_backend_set_abort_callback_t: TypeAlias = FunctionPtr[[ggml_backend_t, ggml_abort_callback, Ptr[Any]], None]
ggml_backend_get_features_t: TypeAlias = FunctionPtr[[ggml_backend_reg_t], ggml_backend_feature_p]
ggml_backend_sched_t: TypeAlias = Ptr[ggml_backend_sched]
ggml_backend_sched_eval_callback: TypeAlias = FunctionPtr[[ggml_tensor_p, bool, Ptr[Any]], bool]
ggml_backend_meta_get_split_state_t: TypeAlias = FunctionPtr[[ggml_tensor_p, Ptr[Any]], ggml_backend_meta_split_state]
ggml_backend_eval_callback: TypeAlias = FunctionPtr[[int, ggml_tensor_p, ggml_tensor_p, Ptr[Any]], bool]
ggml_vec_dot_t: TypeAlias = FunctionPtr[[int, Ptr[float], int, Ptr[Any], int, Ptr[Any], int, int], None]
ggml_opt_dataset_t: TypeAlias = Ptr[ggml_opt_dataset]
ggml_opt_context_t: TypeAlias = Ptr[ggml_opt_context]
ggml_opt_result_t: TypeAlias = Ptr[ggml_opt_result]
ggml_opt_get_optimizer_params: TypeAlias = FunctionPtr[[Ptr[Any]], ggml_opt_optimizer_params]
ggml_opt_epoch_callback: TypeAlias = FunctionPtr[[bool, ggml_opt_context_t, ggml_opt_dataset_t, ggml_opt_result_t, int, int, int], None]
gguf_reader_callback_t: TypeAlias = FunctionPtr[[Ptr[Any], Ptr[Any], int, int], int]
llama_memory_t: TypeAlias = Ptr[llama_memory_i]
llama_pos: TypeAlias = int
llama_token: TypeAlias = int
llama_seq_id: TypeAlias = int
llama_progress_callback: TypeAlias = FunctionPtr[[float, Ptr[Any]], bool]
llama_model_set_tensor_data_t: TypeAlias = FunctionPtr[[ggml_tensor_p, Ptr[Any]], None]
llama_state_seq_flags: TypeAlias = int
llama_sampler_context_t: TypeAlias = Ptr[Any]
llama_opt_param_filter: TypeAlias = FunctionPtr[[ggml_tensor_p, Ptr[Any]], bool]
mtmd_progress_callback: TypeAlias = FunctionPtr[[float, Ptr[Any]], bool]
mtmd_bitmap_lazy_callback: TypeAlias = FunctionPtr[[int, Ptr[Any], Ptr[Ptr[mtmd_bitmap]], Ptr[Ptr[bytes]]], int]
mtmd_helper_post_decode_callback: TypeAlias = FunctionPtr[[mtmd_helper_embd_batch_p, Ptr[Any]], int]
lcffi_log_line_t: TypeAlias = FunctionPtr[[int, Ptr[bytes]], None]
lcffi_poll_t: TypeAlias = FunctionPtr[[Ptr[Any]], bool]
lcffi_eval_t: TypeAlias = FunctionPtr[[ggml_tensor_p, bool, Ptr[Any]], bool]
lcffi_sampler_name_t: TypeAlias = FunctionPtr[[llama_sampler_p], Ptr[bytes]]
lcffi_sampler_accept_t: TypeAlias = FunctionPtr[[llama_sampler_p, llama_token], None]
lcffi_sampler_apply_t: TypeAlias = FunctionPtr[[llama_sampler_p, llama_token_data_array_p], None]
lcffi_sampler_reset_t: TypeAlias = FunctionPtr[[llama_sampler_p], None]
lcffi_sampler_clone_t: TypeAlias = FunctionPtr[[llama_sampler_p], llama_sampler_p]
lcffi_sampler_free_t: TypeAlias = FunctionPtr[[llama_sampler_p], None]

class _ggml_bf16_t:
    bits: int

class ggml_bf16_t(_ggml_bf16_t, CData):
    """google brain half-precision bfloat16

    `ggml_bf16_t` (ggml.h:377)
    """

class ggml_bf16_t_p(_ggml_bf16_t, Ptr[ggml_bf16_t]):
    """google brain half-precision bfloat16

    `ggml_bf16_t` (ggml.h:377)
    """

class ggml_object(CData):
    """`struct ggml_object` (ggml.h:384)"""

class ggml_context(CData):
    """`struct ggml_context` (ggml.h:385)"""

class ggml_cgraph(CData):
    """`struct ggml_cgraph` (ggml.h:386)"""

class _ggml_init_params:
    mem_size: int
    """bytes"""
    mem_buffer: Ptr[Any]
    """if NULL, memory will be allocated internally"""
    no_alloc: bool
    """don't allocate memory for the tensor data"""

class ggml_init_params(_ggml_init_params, CData):
    """`struct ggml_init_params` (ggml.h:677)"""

class ggml_init_params_p(_ggml_init_params, Ptr[ggml_init_params]):
    """`struct ggml_init_params` (ggml.h:677)"""

class ggml_backend_buffer(CData):
    """n-dimensional tensor

    `struct ggml_backend_buffer` (ggml.h:685)
    """

class _ggml_tensor:
    type: ggml_type
    buffer: Ptr[ggml_backend_buffer]
    ne: Array[int]
    """number of elements"""
    nb: Array[int]
    """stride in bytes:
    nb[0] = ggml_type_size(type)
    nb[1] = nb[0]   * (ne[0] / ggml_blck_size(type)) + padding
    nb[i] = nb[i-1] * ne[i-1]
    """
    op: ggml_op
    """compute data"""
    op_params: Array[int]
    """op params - allocated as int32_t for alignment"""
    flags: int
    src: Array[ggml_tensor_p]
    view_src: ggml_tensor_p
    """source tensor and offset for views"""
    view_offs: int
    data: Ptr[Any]
    name: Array[bytes]
    extra: Ptr[Any]
    """extra things e.g. for ggml-cuda.cu"""
    padding: Array[bytes]

class ggml_tensor(_ggml_tensor, CData):
    """n-dimensional tensor

    `struct ggml_tensor` (ggml.h:685)
    """

class ggml_tensor_p(_ggml_tensor, Ptr[ggml_tensor]):
    """n-dimensional tensor

    `struct ggml_tensor` (ggml.h:685)
    """

class _ggml_type_traits:
    type_name: Ptr[bytes]
    blck_size: int
    blck_size_interleave: int
    """interleave elements in blocks"""
    type_size: int
    is_quantized: bool
    to_float: ggml_to_float_t
    from_float_ref: ggml_from_float_t

class ggml_type_traits(_ggml_type_traits, CData):
    """`struct ggml_type_traits` (ggml.h:2976)"""

class ggml_type_traits_p(_ggml_type_traits, Ptr[ggml_type_traits]):
    """`struct ggml_type_traits` (ggml.h:2976)"""

class _ggml_threadpool_params:
    cpumask: Array[bool]
    """mask of cpu cores (all-zeros means use default affinity settings)"""
    n_threads: int
    """number of threads"""
    prio: ggml_sched_priority
    """thread priority"""
    poll: int
    """polling level (0 - no polling, 100 - aggressive polling)"""
    strict_cpu: bool
    """strict cpu placement"""
    paused: bool
    """start in paused state"""

class ggml_threadpool_params(_ggml_threadpool_params, CData):
    """threadpool params
    Use ggml_threadpool_params_default() or ggml_threadpool_params_init() to populate the defaults

    `struct ggml_threadpool_params` (ggml.h:3003)
    """

class ggml_threadpool_params_p(_ggml_threadpool_params, Ptr[ggml_threadpool_params]):
    """threadpool params
    Use ggml_threadpool_params_default() or ggml_threadpool_params_init() to populate the defaults

    `struct ggml_threadpool_params` (ggml.h:3003)
    """

class ggml_threadpool(CData):
    """forward declaration, see ggml.c

    `struct ggml_threadpool` (ggml.h:3012)
    """

class ggml_backend_buffer_type(CData):
    """`struct ggml_backend_buffer_type` (ggml-alloc.h:9)"""

class ggml_backend(CData):
    """`struct ggml_backend` (ggml-alloc.h:11)"""

class _ggml_tallocr:
    buffer: ggml_backend_buffer_t
    base: Ptr[Any]
    alignment: int
    offset: int

class ggml_tallocr(_ggml_tallocr, CData):
    """Tensor allocator

    `struct ggml_tallocr` (ggml-alloc.h:14)
    """

class ggml_tallocr_p(_ggml_tallocr, Ptr[ggml_tallocr]):
    """Tensor allocator

    `struct ggml_tallocr` (ggml-alloc.h:14)
    """

class ggml_gallocr(CData):
    """`struct ggml_gallocr` (ggml-alloc.h:46)"""

class ggml_backend_event(CData):
    """`struct ggml_backend_event` (ggml-backend.h:26)"""

class ggml_backend_reg(CData):
    """`struct ggml_backend_reg` (ggml-backend.h:29)"""

class ggml_backend_device(CData):
    """`struct ggml_backend_device` (ggml-backend.h:30)"""

class _ggml_backend_dev_caps:
    # async: by getattr only, for it is a word of Python
    host_buffer: bool
    """pinned host buffer"""
    buffer_from_host_ptr: bool
    """creating buffers from host ptr"""
    events: bool
    """event synchronization"""
    mmap_support: bool
    """mmap is supported for loading"""

class ggml_backend_dev_caps(_ggml_backend_dev_caps, CData):
    """functionality supported by the device

    `struct ggml_backend_dev_caps` (ggml-backend.h:148)
    """

class ggml_backend_dev_caps_p(_ggml_backend_dev_caps, Ptr[ggml_backend_dev_caps]):
    """functionality supported by the device

    `struct ggml_backend_dev_caps` (ggml-backend.h:148)
    """

class _ggml_backend_dev_props:
    name: Ptr[bytes]
    """device name"""
    description: Ptr[bytes]
    """device description"""
    memory_free: int
    """device free memory in bytes"""
    memory_total: int
    """device total memory in bytes"""
    type: ggml_backend_dev_type
    """device type"""
    device_id: Ptr[bytes]
    """device id
      for PCI devices, this should be the lower-case PCI bus id formatted as "domain:bus:device.function" (e.g. "0000:c1:00.0")
      if the id is unknown, this should be NULL
    """
    caps: ggml_backend_dev_caps
    """device capabilities"""

class ggml_backend_dev_props(_ggml_backend_dev_props, CData):
    """all the device properties

    `struct ggml_backend_dev_props` (ggml-backend.h:162)
    """

class ggml_backend_dev_props_p(_ggml_backend_dev_props, Ptr[ggml_backend_dev_props]):
    """all the device properties

    `struct ggml_backend_dev_props` (ggml-backend.h:162)
    """

class _ggml_backend_feature:
    name: Ptr[bytes]
    value: Ptr[bytes]

class ggml_backend_feature(_ggml_backend_feature, CData):
    """Get a list of feature flags supported by the backend (returns a NULL-terminated array)

    `struct ggml_backend_feature` (ggml-backend.h:221)
    """

class ggml_backend_feature_p(_ggml_backend_feature, Ptr[ggml_backend_feature]):
    """Get a list of feature flags supported by the backend (returns a NULL-terminated array)

    `struct ggml_backend_feature` (ggml-backend.h:221)
    """

class ggml_backend_sched(CData):
    """`struct ggml_backend_sched` (ggml-backend.h:307)"""

class _ggml_backend_meta_split_state:
    axis: ggml_backend_meta_split_axis
    ne: Array[int]
    """for tensors with axis >= 0 && axis < GGML_MAX_DIMS:
      - each device has a slice of the tensor along the split axis
      - most tensors have n_segments == 1 and a contiguous slice of the tensor data
      - some tensors have an inhomogenenous data layout along the split axis,
        those tensors are divided into segments which are each individually split across devices
      - ne has one entry per segment and device and that segment repeats nr times,
        in total when accounting for repetitions the segments add up to ggml_tensor::ne for that axis,
        the outer/inner loops are over segments/devices like [seg0_dev0_r0, seg0_dev1_r0, seg0_dev0_r1, seg0_dev1_r1, seg1_dev0_r0, seg1_dev1_r0],
      - for example, a transformer may have a fused QKV matrix rather than 3 matrices, those would be 3 separate segments
        that each need to be split individually across devices so that each device gets a slice of Q, K, and V,
        the Q matrix can be larger than the K and V matrices so this can either be expressed as 3 segments or as 2 segments
        where the segment for K/V repeats twice
    """
    nr: Array[int]
    n_segments: int

class ggml_backend_meta_split_state(_ggml_backend_meta_split_state, CData):
    """`struct ggml_backend_meta_split_state` (ggml-backend.h:378)"""

class ggml_backend_meta_split_state_p(_ggml_backend_meta_split_state, Ptr[ggml_backend_meta_split_state]):
    """`struct ggml_backend_meta_split_state` (ggml-backend.h:378)"""

class _ggml_backend_graph_copy:
    buffer: ggml_backend_buffer_t
    ctx_allocated: Ptr[ggml_context]
    ctx_unallocated: Ptr[ggml_context]
    graph: Ptr[ggml_cgraph]

class ggml_backend_graph_copy(_ggml_backend_graph_copy, CData):
    """`struct ggml_backend_graph_copy` (ggml-backend.h:411)"""

class ggml_backend_graph_copy_p(_ggml_backend_graph_copy, Ptr[ggml_backend_graph_copy]):
    """`struct ggml_backend_graph_copy` (ggml-backend.h:411)"""

class _ggml_cplan:
    work_size: int
    """size of work buffer, calculated by `ggml_graph_plan()`"""
    work_data: Ptr[int]
    """work buffer, to be allocated by caller before calling to `ggml_graph_compute()`"""
    n_threads: int
    threadpool: Ptr[ggml_threadpool]
    abort_callback: ggml_abort_callback
    """abort ggml_graph_compute when true"""
    abort_callback_data: Ptr[Any]
    use_ref: bool
    """use only reference implementations"""

class ggml_cplan(_ggml_cplan, CData):
    """the compute plan that needs to be prepared for ggml_graph_compute()
    since https://github.com/ggml-org/ggml/issues/287

    `struct ggml_cplan` (ggml-cpu.h:12)
    """

class ggml_cplan_p(_ggml_cplan, Ptr[ggml_cplan]):
    """the compute plan that needs to be prepared for ggml_graph_compute()
    since https://github.com/ggml-org/ggml/issues/287

    `struct ggml_cplan` (ggml-cpu.h:12)
    """

class _ggml_type_traits_cpu:
    from_float: ggml_from_float_t
    vec_dot: ggml_vec_dot_t
    vec_dot_type: ggml_type
    nrows: int
    """number of rows to process simultaneously"""

class ggml_type_traits_cpu(_ggml_type_traits_cpu, CData):
    """`struct ggml_type_traits_cpu` (ggml-cpu.h:117)"""

class ggml_type_traits_cpu_p(_ggml_type_traits_cpu, Ptr[ggml_type_traits_cpu]):
    """`struct ggml_type_traits_cpu` (ggml-cpu.h:117)"""

class ggml_opt_dataset(CData):
    """`struct ggml_opt_dataset` (ggml-opt.h:18)"""

class ggml_opt_context(CData):
    """`struct ggml_opt_context` (ggml-opt.h:19)"""

class ggml_opt_result(CData):
    """`struct ggml_opt_result` (ggml-opt.h:20)"""

class _ggml_opt_optimizer_params:
    adamw: Any
    sgd: Any

class ggml_opt_optimizer_params(_ggml_opt_optimizer_params, CData):
    """parameters that control which optimizer is used and how said optimizer tries to find the minimal loss

    `struct ggml_opt_optimizer_params` (ggml-opt.h:85)
    """

class ggml_opt_optimizer_params_p(_ggml_opt_optimizer_params, Ptr[ggml_opt_optimizer_params]):
    """parameters that control which optimizer is used and how said optimizer tries to find the minimal loss

    `struct ggml_opt_optimizer_params` (ggml-opt.h:85)
    """

class _ggml_opt_params:
    backend_sched: ggml_backend_sched_t
    """defines which backends are used to construct the compute graphs"""
    ctx_compute: Ptr[ggml_context]
    """by default the forward graph needs to be reconstructed for each eval
    if ctx_compute, inputs, and outputs are set the graphs are instead allocated statically
    """
    inputs: ggml_tensor_p
    outputs: ggml_tensor_p
    loss_type: ggml_opt_loss_type
    build_type: ggml_opt_build_type
    opt_period: int
    """after how many gradient accumulation steps an optimizer step should be done"""
    get_opt_pars: ggml_opt_get_optimizer_params
    """callback for calculating optimizer parameters"""
    get_opt_pars_ud: Ptr[Any]
    """userdata for calculating optimizer parameters"""
    optimizer: ggml_opt_optimizer_type
    """only GGML_OPT_OPTIMIZER_TYPE_ADAMW needs m, v momenta per parameter tensor"""

class ggml_opt_params(_ggml_opt_params, CData):
    """parameters for initializing a new optimization context

    `struct ggml_opt_params` (ggml-opt.h:111)
    """

class ggml_opt_params_p(_ggml_opt_params, Ptr[ggml_opt_params]):
    """parameters for initializing a new optimization context

    `struct ggml_opt_params` (ggml-opt.h:111)
    """

class gguf_context(CData):
    """`struct gguf_context` (gguf.h:70)"""

class _gguf_init_params:
    no_alloc: bool
    ctx: Ptr[Ptr[ggml_context]]
    """if not NULL, create a ggml_context and allocate the tensor data in it"""

class gguf_init_params(_gguf_init_params, CData):
    """`struct gguf_init_params` (gguf.h:72)"""

class gguf_init_params_p(_gguf_init_params, Ptr[gguf_init_params]):
    """`struct gguf_init_params` (gguf.h:72)"""

class llama_vocab(CData):
    """`struct llama_vocab` (llama.h:61)"""

class llama_model(CData):
    """`struct llama_model` (llama.h:62)"""

class llama_context(CData):
    """`struct llama_context` (llama.h:63)"""

class llama_memory_i(CData):
    """`struct llama_memory_i` (llama.h:66)"""

class _llama_token_data:
    id: llama_token
    """token id"""
    logit: float
    """log-odds of the token"""
    p: float
    """probability of the token"""

class llama_token_data(_llama_token_data, CData):
    """TODO: simplify (https://github.com/ggml-org/llama.cpp/pull/9294#pullrequestreview-2286561979)

    `struct llama_token_data` (llama.h:230)
    """

class llama_token_data_p(_llama_token_data, Ptr[llama_token_data]):
    """TODO: simplify (https://github.com/ggml-org/llama.cpp/pull/9294#pullrequestreview-2286561979)

    `struct llama_token_data` (llama.h:230)
    """

class _llama_token_data_array:
    data: llama_token_data_p
    """TODO: consider SoA
    NOTE: this pointer can be modified by the samplers
    """
    size: int
    selected: int
    """this is the index in the data array (i.e. not the token id)"""
    sorted: bool
    """note: do not assume the data is sorted - always check this flag"""

class llama_token_data_array(_llama_token_data_array, CData):
    """`struct llama_token_data_array` (llama.h:236)"""

class llama_token_data_array_p(_llama_token_data_array, Ptr[llama_token_data_array]):
    """`struct llama_token_data_array` (llama.h:236)"""

class _llama_batch:
    n_tokens: int
    token: Ptr[llama_token]
    embd: Ptr[float]
    pos: Ptr[llama_pos]
    n_seq_id: Ptr[int]
    seq_id: Ptr[Ptr[llama_seq_id]]
    logits: Ptr[int]
    """TODO: rename this to "output" """

class llama_batch(_llama_batch, CData):
    """Input data for llama_encode/llama_decode
    A llama_batch object can contain input about one or many sequences
    The provided arrays (i.e. token, embd, pos, etc.) must have size of n_tokens

    - token  : the token ids of the input (used when embd is NULL)
    - embd   : token embeddings (i.e. float vector of size n_embd) (used when token is NULL)
    - pos    : the positions of the respective token in the sequence
               (if set to NULL, the token position will be tracked automatically by llama_encode/llama_decode)
    - seq_id : the sequence to which the respective token belongs
               (if set to NULL, the sequence ID will be assumed to be 0)
    - logits : if zero, the logits (and/or the embeddings) for the respective token will not be output
               (if set to NULL:
                  - if embeddings: all tokens are output
                  - if not:        only the last token is output
               )

    `struct llama_batch` (llama.h:263)
    """

class llama_batch_p(_llama_batch, Ptr[llama_batch]):
    """Input data for llama_encode/llama_decode
    A llama_batch object can contain input about one or many sequences
    The provided arrays (i.e. token, embd, pos, etc.) must have size of n_tokens

    - token  : the token ids of the input (used when embd is NULL)
    - embd   : token embeddings (i.e. float vector of size n_embd) (used when token is NULL)
    - pos    : the positions of the respective token in the sequence
               (if set to NULL, the token position will be tracked automatically by llama_encode/llama_decode)
    - seq_id : the sequence to which the respective token belongs
               (if set to NULL, the sequence ID will be assumed to be 0)
    - logits : if zero, the logits (and/or the embeddings) for the respective token will not be output
               (if set to NULL:
                  - if embeddings: all tokens are output
                  - if not:        only the last token is output
               )

    `struct llama_batch` (llama.h:263)
    """

class _llama_model_kv_override:
    tag: llama_model_kv_override_type
    key: Array[bytes]
    val_i64: int
    val_f64: float
    val_bool: bool
    val_str: Array[bytes]

class llama_model_kv_override(_llama_model_kv_override, CData):
    """`struct llama_model_kv_override` (llama.h:301)"""

class llama_model_kv_override_p(_llama_model_kv_override, Ptr[llama_model_kv_override]):
    """`struct llama_model_kv_override` (llama.h:301)"""

class _llama_model_tensor_buft_override:
    pattern: Ptr[bytes]
    buft: ggml_backend_buffer_type_t

class llama_model_tensor_buft_override(_llama_model_tensor_buft_override, CData):
    """`struct llama_model_tensor_buft_override` (llama.h:314)"""

class llama_model_tensor_buft_override_p(_llama_model_tensor_buft_override, Ptr[llama_model_tensor_buft_override]):
    """`struct llama_model_tensor_buft_override` (llama.h:314)"""

class _llama_model_params:
    devices: Ptr[ggml_backend_dev_t]
    """NULL-terminated list of devices to use for offloading (if NULL, all available devices are used)"""
    tensor_buft_overrides: llama_model_tensor_buft_override_p
    """NULL-terminated list of buffer types to use for tensors that match a pattern"""
    n_gpu_layers: int
    """number of layers to store in VRAM, a negative value means all layers"""
    split_mode: llama_split_mode
    """how to split the model across multiple GPUs"""
    load_mode: llama_load_mode
    """how to load the model"""
    lazy_mode: llama_lazy_mode
    """on-demand reading of tensors marked by the arch"""
    main_gpu: int
    """the GPU that is used for the entire model when split_mode is LLAMA_SPLIT_MODE_NONE"""
    tensor_split: Ptr[float]
    """proportion of the model (layers or rows) to offload to each GPU, size: llama_max_devices()"""
    progress_callback: llama_progress_callback
    """Called with a progress value between 0.0 and 1.0. Pass NULL to disable.
    If the provided progress_callback returns true, model loading continues.
    If it returns false, model loading is immediately aborted.
    """
    progress_callback_user_data: Ptr[Any]
    """context pointer passed to the progress callback"""
    kv_overrides: llama_model_kv_override_p
    """override key-value pairs of the model meta data"""
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

class llama_model_params(_llama_model_params, CData):
    """`struct llama_model_params` (llama.h:319)"""

class llama_model_params_p(_llama_model_params, Ptr[llama_model_params]):
    """`struct llama_model_params` (llama.h:319)"""

class _llama_sampler_seq_config:
    seq_id: llama_seq_id
    sampler: llama_sampler_p

class llama_sampler_seq_config(_llama_sampler_seq_config, CData):
    """`struct llama_sampler_seq_config` (llama.h:358)"""

class llama_sampler_seq_config_p(_llama_sampler_seq_config, Ptr[llama_sampler_seq_config]):
    """`struct llama_sampler_seq_config` (llama.h:358)"""

class _llama_context_params:
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
    ctx_type: llama_context_type
    """set the context type (e.g. MTP)"""
    rope_scaling_type: llama_rope_scaling_type
    """RoPE scaling type, from `enum llama_rope_scaling_type`"""
    pooling_type: llama_pooling_type
    """whether to pool (sum) embedding results by sequence id"""
    attention_type: llama_attention_type
    """attention type to use for embeddings"""
    flash_attn_type: llama_flash_attn_type
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
    cb_eval: ggml_backend_sched_eval_callback
    cb_eval_user_data: Ptr[Any]
    type_k: ggml_type
    """data type for K cache [EXPERIMENTAL]"""
    type_v: ggml_type
    """data type for V cache [EXPERIMENTAL]"""
    abort_callback: ggml_abort_callback
    """Abort callback
    if it returns true, execution of llama_decode() will be aborted
    currently works only with CPU execution
    """
    abort_callback_data: Ptr[Any]
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
    samplers: llama_sampler_seq_config_p
    """[EXPERIMENTAL]
    backend sampler chain configuration (make sure the caller keeps the sampler chains alive)
    note: the samplers must be sampler chains (i.e. use llama_sampler_chain_init)
    """
    n_samplers: int
    ctx_other: Ptr[llama_context]
    """a source/target/parent context
    can be utilized in various ways, for example by sharing results or llama_memory between 2 contexts
    """

class llama_context_params(_llama_context_params, CData):
    """NOTE: changing the default values of parameters marked as [EXPERIMENTAL] may cause crashes or incorrect results in certain configurations
          https://github.com/ggml-org/llama.cpp/pull/7544

    `struct llama_context_params` (llama.h:365)
    """

class llama_context_params_p(_llama_context_params, Ptr[llama_context_params]):
    """NOTE: changing the default values of parameters marked as [EXPERIMENTAL] may cause crashes or incorrect results in certain configurations
          https://github.com/ggml-org/llama.cpp/pull/7544

    `struct llama_context_params` (llama.h:365)
    """

class _llama_model_tensor_override:
    pattern: Ptr[bytes]
    type: ggml_type

class llama_model_tensor_override(_llama_model_tensor_override, CData):
    """`struct llama_model_tensor_override` (llama.h:427)"""

class llama_model_tensor_override_p(_llama_model_tensor_override, Ptr[llama_model_tensor_override]):
    """`struct llama_model_tensor_override` (llama.h:427)"""

class _llama_model_imatrix_data:
    name: Ptr[bytes]
    data: Ptr[float]
    size: int

class llama_model_imatrix_data(_llama_model_imatrix_data, CData):
    """`struct llama_model_imatrix_data` (llama.h:432)"""

class llama_model_imatrix_data_p(_llama_model_imatrix_data, Ptr[llama_model_imatrix_data]):
    """`struct llama_model_imatrix_data` (llama.h:432)"""

class _llama_model_quantize_params:
    nthread: int
    """number of threads to use for quantizing, if <=0 will use std::thread::hardware_concurrency()"""
    ftype: llama_ftype
    """quantize to this llama_ftype"""
    output_tensor_type: ggml_type
    """output tensor type"""
    token_embedding_type: ggml_type
    """token embeddings tensor type"""
    allow_requantize: bool
    """allow quantizing non-f32/f16 tensors"""
    quantize_output_tensor: bool
    """quantize output.weight"""
    only_copy: bool
    """only copy tensors - ftype, allow_requantize and quantize_output_tensor are ignored"""
    pure: bool
    """quantize all tensors to the default type"""
    keep_split: bool
    """quantize to the same number of shards"""
    dry_run: bool
    """calculate and show the final quantization size without performing quantization"""
    imatrix: llama_model_imatrix_data_p
    """pointer to importance matrix data"""
    kv_overrides: llama_model_kv_override_p
    """pointer to kv overrides"""
    tt_overrides: llama_model_tensor_override_p
    """pointer to tensor overrides"""
    prune_layers: Ptr[int]
    """pointer to layer indices to prune"""
    max_buf_size: int
    """max bytes of tensor rows kept in memory at once, 0 = default (8 GiB)"""

class llama_model_quantize_params(_llama_model_quantize_params, CData):
    """model quantization parameters

    `struct llama_model_quantize_params` (llama.h:439)
    """

class llama_model_quantize_params_p(_llama_model_quantize_params, Ptr[llama_model_quantize_params]):
    """model quantization parameters

    `struct llama_model_quantize_params` (llama.h:439)
    """

class _llama_logit_bias:
    token: llama_token
    bias: float

class llama_logit_bias(_llama_logit_bias, CData):
    """`struct llama_logit_bias` (llama.h:457)"""

class llama_logit_bias_p(_llama_logit_bias, Ptr[llama_logit_bias]):
    """`struct llama_logit_bias` (llama.h:457)"""

class _llama_sampler_chain_params:
    no_perf: bool
    """whether to measure performance timings"""

class llama_sampler_chain_params(_llama_sampler_chain_params, CData):
    """`struct llama_sampler_chain_params` (llama.h:462)"""

class llama_sampler_chain_params_p(_llama_sampler_chain_params, Ptr[llama_sampler_chain_params]):
    """`struct llama_sampler_chain_params` (llama.h:462)"""

class _llama_chat_message:
    role: Ptr[bytes]
    content: Ptr[bytes]

class llama_chat_message(_llama_chat_message, CData):
    """used in chat template

    `struct llama_chat_message` (llama.h:467)
    """

class llama_chat_message_p(_llama_chat_message, Ptr[llama_chat_message]):
    """used in chat template

    `struct llama_chat_message` (llama.h:467)
    """

class llama_adapter_lora(CData):
    """lora adapter

    `struct llama_adapter_lora` (llama.h:473)
    """

class llama_batch_ext(CData):
    """`struct llama_batch_ext` (llama.h:1011)"""

class _llama_embd:
    data: Ptr[float]
    n_rows: int
    """number of embedding rows in data"""
    n_embd: int
    """size of one row"""

class llama_embd(_llama_embd, CData):
    """`struct llama_embd` (llama.h:1013)"""

class llama_embd_p(_llama_embd, Ptr[llama_embd]):
    """`struct llama_embd` (llama.h:1013)"""

class _llama_sampler_data:
    logits: ggml_tensor_p
    probs: ggml_tensor_p
    sampled: ggml_tensor_p
    candidates: ggml_tensor_p

class llama_sampler_data(_llama_sampler_data, CData):
    """`struct llama_sampler_data` (llama.h:1372)"""

class llama_sampler_data_p(_llama_sampler_data, Ptr[llama_sampler_data]):
    """`struct llama_sampler_data` (llama.h:1372)"""

class _llama_sampler_i:
    name: FunctionPtr[[llama_sampler_p], Ptr[bytes]]
    """can be NULL"""
    accept: FunctionPtr[[llama_sampler_p, llama_token], None]
    """can be NULL"""
    apply: FunctionPtr[[llama_sampler_p, llama_token_data_array_p], None]
    """required"""
    reset: FunctionPtr[[llama_sampler_p], None]
    """can be NULL"""
    clone: FunctionPtr[[llama_sampler_p], llama_sampler_p]
    """can be NULL if ctx is NULL"""
    free: FunctionPtr[[llama_sampler_p], None]
    """can be NULL if ctx is NULL"""
    backend_init: FunctionPtr[[llama_sampler_p, ggml_backend_buffer_type_t, int], bool]
    """return true if the backend supports all ops needed by the sampler and can handle up to n_outputs_max_per_seq outputs per sequence
    note: call once per sampler
    """
    backend_accept: FunctionPtr[[llama_sampler_p, Ptr[ggml_context], Ptr[ggml_cgraph], ggml_tensor_p], None]
    """call after .backend_apply()"""
    backend_apply: FunctionPtr[[llama_sampler_p, Ptr[ggml_context], Ptr[ggml_cgraph], llama_sampler_data_p], None]
    """call after .backend_init()"""
    backend_set_input: FunctionPtr[[llama_sampler_p], None]
    """called before graph execution to set inputs for the current ubatch"""
    backend_reset: FunctionPtr[[llama_sampler_p], None]
    """called before rebuilding a sampling graph to clear any internal sampler state"""
    copy_state: FunctionPtr[[llama_sampler_p, llama_sampler_p], None]
    """copy mutable state from src into dst while keeping dst's references to the current sampling graph
    src and dst must have the same type and configuration
    """

class llama_sampler_i(_llama_sampler_i, CData):
    """user code can implement the interface below in order to create custom llama_sampler

    `struct llama_sampler_i` (llama.h:1380)
    """

class llama_sampler_i_p(_llama_sampler_i, Ptr[llama_sampler_i]):
    """user code can implement the interface below in order to create custom llama_sampler

    `struct llama_sampler_i` (llama.h:1380)
    """

class _llama_sampler:
    iface: llama_sampler_i_p
    ctx: llama_sampler_context_t

class llama_sampler(_llama_sampler, CData):
    """`struct llama_sampler` (llama.h:1423)"""

class llama_sampler_p(_llama_sampler, Ptr[llama_sampler]):
    """`struct llama_sampler` (llama.h:1423)"""

class _llama_perf_context_data:
    t_start_ms: float
    """absolute start time"""
    t_load_ms: float
    """time needed for loading the model"""
    t_p_eval_ms: float
    """time needed for processing the prompt"""
    t_eval_ms: float
    """time needed for generating tokens"""
    n_p_eval: int
    """number of prompt tokens"""
    n_eval: int
    """number of generated tokens"""
    n_reused: int
    """number of times a ggml compute graph had been reused"""

class llama_perf_context_data(_llama_perf_context_data, CData):
    """`struct llama_perf_context_data` (llama.h:1675)"""

class llama_perf_context_data_p(_llama_perf_context_data, Ptr[llama_perf_context_data]):
    """`struct llama_perf_context_data` (llama.h:1675)"""

class _llama_perf_sampler_data:
    t_sample_ms: float
    """time needed for sampling in ms"""
    n_sample: int
    """number of sampled tokens"""

class llama_perf_sampler_data(_llama_perf_sampler_data, CData):
    """`struct llama_perf_sampler_data` (llama.h:1687)"""

class llama_perf_sampler_data_p(_llama_perf_sampler_data, Ptr[llama_perf_sampler_data]):
    """`struct llama_perf_sampler_data` (llama.h:1687)"""

class _llama_opt_params:
    n_ctx_train: int
    """assumed context size post training, use context size specified in llama_context if 0"""
    param_filter: llama_opt_param_filter
    """callback for determining which tensors contain trainable parameters"""
    param_filter_ud: Ptr[Any]
    """userdata for determining which tensors contain trainable parameters"""
    get_opt_pars: ggml_opt_get_optimizer_params
    """callback for calculating optimizer parameters"""
    get_opt_pars_ud: Ptr[Any]
    """userdata for calculating optimizer parameters"""
    optimizer_type: ggml_opt_optimizer_type

class llama_opt_params(_llama_opt_params, CData):
    """`struct llama_opt_params` (llama.h:1712)"""

class llama_opt_params_p(_llama_opt_params, Ptr[llama_opt_params]):
    """`struct llama_opt_params` (llama.h:1712)"""

class mtmd_context(CData):
    """opaque types

    `struct mtmd_context` (mtmd.h:62)
    """

class mtmd_bitmap(CData):
    """opaque types

    `struct mtmd_bitmap` (mtmd.h:63)
    """

class mtmd_image_tokens(CData):
    """opaque types

    `struct mtmd_image_tokens` (mtmd.h:64)
    """

class mtmd_input_chunk(CData):
    """opaque types

    `struct mtmd_input_chunk` (mtmd.h:65)
    """

class mtmd_input_chunks(CData):
    """opaque types

    `struct mtmd_input_chunks` (mtmd.h:66)
    """

class mtmd_batch(CData):
    """opaque types

    `struct mtmd_batch` (mtmd.h:67)
    """

class _mtmd_input_text:
    text: Ptr[bytes]
    text_len: int
    add_special: bool
    parse_special: bool

class mtmd_input_text(_mtmd_input_text, CData):
    """`struct mtmd_input_text` (mtmd.h:69)"""

class mtmd_input_text_p(_mtmd_input_text, Ptr[mtmd_input_text]):
    """`struct mtmd_input_text` (mtmd.h:69)"""

class _mtmd_input_part:
    text: mtmd_input_text_p
    """only text or bitmap can be set, not both"""
    bitmap: Ptr[mtmd_bitmap]

class mtmd_input_part(_mtmd_input_part, CData):
    """`struct mtmd_input_part` (mtmd.h:76)"""

class mtmd_input_part_p(_mtmd_input_part, Ptr[mtmd_input_part]):
    """`struct mtmd_input_part` (mtmd.h:76)"""

class _mtmd_context_params:
    use_gpu: bool
    device: ggml_backend_dev_t
    print_timings: bool
    n_threads: int
    image_marker: Ptr[bytes]
    """deprecated, use media_marker instead"""
    media_marker: Ptr[bytes]
    flash_attn_type: llama_flash_attn_type
    warmup: bool
    """whether to run a warmup encode pass after initialization"""
    image_min_tokens: int
    """minimum number of tokens for image input (default: read from metadata)"""
    image_max_tokens: int
    """maximum number of tokens for image input (default: read from metadata)"""
    cb_eval: ggml_backend_sched_eval_callback
    """callback function passed over to mtmd proper"""
    cb_eval_user_data: Ptr[Any]
    batch_max_tokens: int
    """maximum number of output tokens in a batch
    (note: this is not a hard-limit, the first image will always be added even if it exceeds this limit)
    (default: 1024)
    """
    progress_callback: mtmd_progress_callback
    """Called with a progress value between 0.0 and 1.0. Pass NULL to disable.
    If the provided progress_callback returns true, model loading continues.
    If it returns false, model loading is immediately aborted.
    """
    progress_callback_user_data: Ptr[Any]

class mtmd_context_params(_mtmd_context_params, CData):
    """`struct mtmd_context_params` (mtmd.h:97)"""

class mtmd_context_params_p(_mtmd_context_params, Ptr[mtmd_context_params]):
    """`struct mtmd_context_params` (mtmd.h:97)"""

class _mtmd_decoder_pos:
    t: int
    x: int
    y: int
    z: int
    """unused for now, reserved for future use"""

class mtmd_decoder_pos(_mtmd_decoder_pos, CData):
    """`struct mtmd_decoder_pos` (mtmd.h:274)"""

class mtmd_decoder_pos_p(_mtmd_decoder_pos, Ptr[mtmd_decoder_pos]):
    """`struct mtmd_decoder_pos` (mtmd.h:274)"""

class _mtmd_caps:
    inp_vision: bool
    inp_audio: bool

class mtmd_caps(_mtmd_caps, CData):
    """EXPERIMENTAL API to get mmproj's capabilities without initializing the full context
    This is only intended to be used by llama-server, breaking changes is expected

    `struct mtmd_caps` (mtmd.h:360)
    """

class mtmd_caps_p(_mtmd_caps, Ptr[mtmd_caps]):
    """EXPERIMENTAL API to get mmproj's capabilities without initializing the full context
    This is only intended to be used by llama-server, breaking changes is expected

    `struct mtmd_caps` (mtmd.h:360)
    """

class _mtmd_gen_audio_info:
    type: mtmd_gen_audio_type
    sample_rate: int
    """in Hz, for example 24000 for qwen3tts"""
    model_variant: Ptr[bytes]
    """name of the weight variant, can be nullptr if not applicable"""

class mtmd_gen_audio_info(_mtmd_gen_audio_info, CData):
    """`struct mtmd_gen_audio_info` (mtmd.h:376)"""

class mtmd_gen_audio_info_p(_mtmd_gen_audio_info, Ptr[mtmd_gen_audio_info]):
    """`struct mtmd_gen_audio_info` (mtmd.h:376)"""

class _mtmd_gen_inp:
    type: mtmd_gen_process_type
    code0: int
    """the sampled codebook 0 entry from backbone"""
    embd: Ptr[float]
    """the hidden state from backbone, must have n_text_embd elements"""
    top_k: int
    top_p: float
    seed: int
    """UINT32_MAX for random"""
    temp: float
    """sampling temperature, or noise scale for flow-matching decoders"""
    codes: Ptr[int]
    """for MTMD_GEN_PROCESS_TYPE_GEN_WAV
    pass either codes (discrete) or feats (continuous), depending on the pipeline
    """
    n_codes: int
    feats: Ptr[float]
    n_feats: int
    state_data: Ptr[bytes]
    state_size: int

class mtmd_gen_inp(_mtmd_gen_inp, CData):
    """`struct mtmd_gen_inp` (mtmd.h:392)"""

class mtmd_gen_inp_p(_mtmd_gen_inp, Ptr[mtmd_gen_inp]):
    """`struct mtmd_gen_inp` (mtmd.h:392)"""

class _mtmd_gen_out:
    codes: Ptr[int]
    """for MTMD_GEN_PROCESS_TYPE_GEN_CODE"""
    n_codes: int
    feats: Ptr[float]
    """continuous counterpart of codes"""
    n_feats: int
    embd: Ptr[float]
    """the generated hidden state, to be fed back to backbone
    it must have n_text_embd elements
    """
    is_eos: bool
    """only set by pipelines having the EOS head inside mmproj"""
    audio: Ptr[float]
    """for MTMD_GEN_PROCESS_TYPE_GEN_WAV"""
    n_samples: int
    state_data: Ptr[bytes]
    state_size: int

class mtmd_gen_out(_mtmd_gen_out, CData):
    """`struct mtmd_gen_out` (mtmd.h:413)"""

class mtmd_gen_out_p(_mtmd_gen_out, Ptr[mtmd_gen_out]):
    """`struct mtmd_gen_out` (mtmd.h:413)"""

class mtmd_helper_video(CData):
    """`struct mtmd_helper_video` (mtmd-helper.h:23)"""

class _mtmd_helper_video_init_params:
    fps_target: float
    """desired output fps; <= 0 means use the video's native fps, defaulted to 4.0f"""
    ffmpeg_bin_dir: Ptr[bytes]
    """directory containing ffmpeg/ffprobe binaries; NULL means search PATH"""
    timestamp_interval_ms: int
    """interval for adding timestamp as text chunk (example: "[10m50.5s]"); <= 0 means no timestamp, defaulted to 5000ms"""

class mtmd_helper_video_init_params(_mtmd_helper_video_init_params, CData):
    """`struct mtmd_helper_video_init_params` (mtmd-helper.h:26)"""

class mtmd_helper_video_init_params_p(_mtmd_helper_video_init_params, Ptr[mtmd_helper_video_init_params]):
    """`struct mtmd_helper_video_init_params` (mtmd-helper.h:26)"""

class _mtmd_helper_init_opt:
    video_params: mtmd_helper_video_init_params

class mtmd_helper_init_opt(_mtmd_helper_init_opt, CData):
    """opt for mtmd_helper_bitmap_init_from_*()

    `struct mtmd_helper_init_opt` (mtmd-helper.h:36)
    """

class mtmd_helper_init_opt_p(_mtmd_helper_init_opt, Ptr[mtmd_helper_init_opt]):
    """opt for mtmd_helper_bitmap_init_from_*()

    `struct mtmd_helper_init_opt` (mtmd-helper.h:36)
    """

class _mtmd_helper_bitmap_wrapper:
    bitmap: Ptr[mtmd_bitmap]
    video_ctx: Ptr[mtmd_helper_video]

class mtmd_helper_bitmap_wrapper(_mtmd_helper_bitmap_wrapper, CData):
    """`struct mtmd_helper_bitmap_wrapper` (mtmd-helper.h:51)"""

class mtmd_helper_bitmap_wrapper_p(_mtmd_helper_bitmap_wrapper, Ptr[mtmd_helper_bitmap_wrapper]):
    """`struct mtmd_helper_bitmap_wrapper` (mtmd-helper.h:51)"""

class _mtmd_helper_embd_batch:
    n_tokens: int
    embd: Ptr[float]
    """[n_tokens, n_embd]"""
    n_embd: int
    pos: Ptr[llama_pos]
    """[n_pos, n_tokens], section-major"""
    n_pos: int
    """4 for M-RoPE models, 1 otherwise"""
    seq_id: llama_seq_id

class mtmd_helper_embd_batch(_mtmd_helper_embd_batch, CData):
    """one decoded sub-batch of embeddings, passed to mtmd_helper_post_decode_callback

    `struct mtmd_helper_embd_batch` (mtmd-helper.h:121)
    """

class mtmd_helper_embd_batch_p(_mtmd_helper_embd_batch, Ptr[mtmd_helper_embd_batch]):
    """one decoded sub-batch of embeddings, passed to mtmd_helper_post_decode_callback

    `struct mtmd_helper_embd_batch` (mtmd-helper.h:121)
    """

class _mtmd_helper_video_info:
    width: int
    height: int
    fps: float
    """effective fps (fps_target if set, else original video fps)"""
    n_frames: int
    """estimated total frames at effective fps (-1 if unknown)"""

class mtmd_helper_video_info(_mtmd_helper_video_info, CData):
    """`struct mtmd_helper_video_info` (mtmd-helper.h:155)"""

class mtmd_helper_video_info_p(_mtmd_helper_video_info, Ptr[mtmd_helper_video_info]):
    """`struct mtmd_helper_video_info` (mtmd-helper.h:155)"""

class mtmd_helper_gen_audio(CData):
    """audio generation helper context
    contains accumulator for generated audio features and PCM audio

    `struct mtmd_helper_gen_audio` (mtmd-helper.h:199)
    """

class _mtmd_helper_gen_audio_inp:
    seq_id: llama_seq_id
    prompt: Ptr[bytes]
    prompt_len: int
    speaker_ref: Ptr[mtmd_bitmap]
    """optional, can be NULL"""
    lang: Ptr[bytes]
    """optional, can be NULL"""
    top_k: int
    top_p: float
    seed: int
    """UINT32_MAX for random (default: random)"""
    out_type: mtmd_helper_gen_audio_outtype

class mtmd_helper_gen_audio_inp(_mtmd_helper_gen_audio_inp, CData):
    """`struct mtmd_helper_gen_audio_inp` (mtmd-helper.h:206)"""

class mtmd_helper_gen_audio_inp_p(_mtmd_helper_gen_audio_inp, Ptr[mtmd_helper_gen_audio_inp]):
    """`struct mtmd_helper_gen_audio_inp` (mtmd-helper.h:206)"""

class _lcffi_interrupt:
    stop: int
    """set to 1 from anywhere: the next check stops the call"""
    poll_every: int
    """microseconds between two polls; 0 never polls"""
    deadline: int
    """in ggml_time_us() time: stop when it has passed; 0 is never"""
    next_poll: int
    """this and the next three are kept by the checks themselves"""
    last_look: int
    """when a check last read the clock"""
    skip: int
    """how many checks go by between two looks at the clock"""
    to_skip: int
    """how many of them are left"""
    poll: lcffi_poll_t
    user_data: Ptr[Any]
    progress: float
    """the last value that lcffi_interrupt_progress was given"""

class lcffi_interrupt(_lcffi_interrupt, CData):
    """`struct lcffi_interrupt` (interrupt.h:14)"""

class lcffi_interrupt_p(_lcffi_interrupt, Ptr[lcffi_interrupt]):
    """`struct lcffi_interrupt` (interrupt.h:14)"""

class _lcffi_logprob:
    token: llama_token
    logprob: float

class lcffi_logprob(_lcffi_logprob, CData):
    """`struct lcffi_logprob` (logprobs.h:10)"""

class lcffi_logprob_p(_lcffi_logprob, Ptr[lcffi_logprob]):
    """`struct lcffi_logprob` (logprobs.h:10)"""

class lcffi_chat_template(CData):
    """A template that was parsed, for both engines' sake by llama.cpp's (common_chat_templates). Usable from many threads at
    once. NULL on failure, with the reason in `error`, which is the caller's.

    `struct lcffi_chat_template` (chat.h:18)
    """

class lcffi_chat_parser(CData):
    """Reads a reply as it grows: made from what lcffi_chat_apply said of it (format, parser, generation_prompt), with
    reasoning_format and parse_tool_calls. One thread at a time. NULL on failure, with the reason in `error`.

    `struct lcffi_chat_parser` (chat.h:41)
    """

class lcffi_token_tree(CData):
    """`struct lcffi_token_tree` (token_tree.h:10)"""

class _lcffi_lazy:
    vocab: Ptr[llama_vocab]
    """when it looks for patterns in the text: std::regex takes stack for each byte of it"""
    n_text: int
    """bytes accepted so far"""
    tree: Ptr[lcffi_token_tree]
    """when it comes first and looks at the tokens' text only: see token_tree.h"""
    budget: int
    """which stage counts thoughts, when the first is a grammar that waits for its
    trigger: it does not look for it there. 0 for none
    """
    n_best: int
    """of how many of the highest logits the stages behind the constraints choose one;
    0 when it may be any
    """

class lcffi_lazy(_lcffi_lazy, CData):
    """What there is to know of a chain that its stages do not tell; all may be 0.

    `struct lcffi_lazy` (sampler.h:19)
    """

class lcffi_lazy_p(_lcffi_lazy, Ptr[lcffi_lazy]):
    """What there is to know of a chain that its stages do not tell; all may be 0.

    `struct lcffi_lazy` (sampler.h:19)
    """

class _lcffi_speculative_params:
    n_max: int
    """tokens of a draft at most"""
    n_min: int
    """a shorter draft is none"""
    p_min: float
    """a draft ends before the first token that is less probable"""

class lcffi_speculative_params(_lcffi_speculative_params, CData):
    """`struct lcffi_speculative_params` (speculative.h:17)"""

class lcffi_speculative_params_p(_lcffi_speculative_params, Ptr[lcffi_speculative_params]):
    """`struct lcffi_speculative_params` (speculative.h:17)"""

class _lcffi_draft:
    seq_id: llama_seq_id
    last: llama_token
    """in: the token that was sampled last and not decoded yet"""
    pos: llama_pos
    """in: its position; those before it are what the target has accepted"""
    n_max: int
    """in: how many tokens there is room for"""
    tokens: Ptr[llama_token]
    """out"""
    n_tokens: int
    """out: 0 when there is nothing to go on from"""

class lcffi_draft(_lcffi_draft, CData):
    """What one sequence's draft begins with, and the draft.

    `struct lcffi_draft` (speculative.h:24)
    """

class lcffi_draft_p(_lcffi_draft, Ptr[lcffi_draft]):
    """What one sequence's draft begins with, and the draft.

    `struct lcffi_draft` (speculative.h:24)
    """

class lcffi_speculative(CData):
    """`struct lcffi_speculative` (speculative.h:33)"""

class _lcffi_row:
    output: int
    """in: which output of the batch, as llama_get_logits_ith takes it"""
    sampler: llama_sampler_p
    """in"""
    lazy: lcffi_lazy_p
    """in: as lcffi_sampler_sample takes it"""
    logprobs: lcffi_logprob_p
    """in: room for what lcffi_logprobs tells of the token, or NULL; out: its token is LLAMA_TOKEN_NULL when the output has no logits"""
    n_top: int
    """in: of how many of the best tokens too"""
    after: int
    """in: the row before this one in a draft, whose index is smaller; -1 for none"""
    expected: llama_token
    """in: with `after`, the token that row must have chosen for this one to be sampled"""
    skipped: bool
    """out: it was not sampled, because that row chose another token, or none"""
    token: llama_token
    """out"""
    eog: bool
    """out: the token ends the generation"""
    piece: int
    """out: where its bytes begin in `pieces`"""
    n_piece: int
    """out: how many bytes; 0 for a control token"""
    error: Array[bytes]
    """out: empty, or why the sampler failed: no token then"""

class lcffi_row(_lcffi_row, CData):
    """`struct lcffi_row` (step.h:12)"""

class lcffi_row_p(_lcffi_row, Ptr[lcffi_row]):
    """`struct lcffi_row` (step.h:12)"""

class Lib:
    """Every function and constant of the C API."""

    GGML_STATUS_ALLOC_FAILED: Final[int]
    """`enum ggml_status = -2`"""
    GGML_STATUS_FAILED: Final[int]
    """`enum ggml_status = -1`"""
    GGML_STATUS_SUCCESS: Final[int]
    """`enum ggml_status = 0`"""
    GGML_STATUS_ABORTED: Final[int]
    """`enum ggml_status = 1`"""
    GGML_TYPE_F32: Final[int]
    """`enum ggml_type = 0`"""
    GGML_TYPE_F16: Final[int]
    """`enum ggml_type = 1`"""
    GGML_TYPE_Q4_0: Final[int]
    """`enum ggml_type = 2`"""
    GGML_TYPE_Q4_1: Final[int]
    """`enum ggml_type = 3`"""
    GGML_TYPE_Q5_0: Final[int]
    """GGML_TYPE_Q4_2 = 4, support has been removed
    GGML_TYPE_Q4_3 = 5, support has been removed

    `enum ggml_type = 6`
    """
    GGML_TYPE_Q5_1: Final[int]
    """`enum ggml_type = 7`"""
    GGML_TYPE_Q8_0: Final[int]
    """`enum ggml_type = 8`"""
    GGML_TYPE_Q8_1: Final[int]
    """`enum ggml_type = 9`"""
    GGML_TYPE_Q2_K: Final[int]
    """`enum ggml_type = 10`"""
    GGML_TYPE_Q3_K: Final[int]
    """`enum ggml_type = 11`"""
    GGML_TYPE_Q4_K: Final[int]
    """`enum ggml_type = 12`"""
    GGML_TYPE_Q5_K: Final[int]
    """`enum ggml_type = 13`"""
    GGML_TYPE_Q6_K: Final[int]
    """`enum ggml_type = 14`"""
    GGML_TYPE_Q8_K: Final[int]
    """`enum ggml_type = 15`"""
    GGML_TYPE_IQ2_XXS: Final[int]
    """`enum ggml_type = 16`"""
    GGML_TYPE_IQ2_XS: Final[int]
    """`enum ggml_type = 17`"""
    GGML_TYPE_IQ3_XXS: Final[int]
    """`enum ggml_type = 18`"""
    GGML_TYPE_IQ1_S: Final[int]
    """`enum ggml_type = 19`"""
    GGML_TYPE_IQ4_NL: Final[int]
    """`enum ggml_type = 20`"""
    GGML_TYPE_IQ3_S: Final[int]
    """`enum ggml_type = 21`"""
    GGML_TYPE_IQ2_S: Final[int]
    """`enum ggml_type = 22`"""
    GGML_TYPE_IQ4_XS: Final[int]
    """`enum ggml_type = 23`"""
    GGML_TYPE_I8: Final[int]
    """`enum ggml_type = 24`"""
    GGML_TYPE_I16: Final[int]
    """`enum ggml_type = 25`"""
    GGML_TYPE_I32: Final[int]
    """`enum ggml_type = 26`"""
    GGML_TYPE_I64: Final[int]
    """`enum ggml_type = 27`"""
    GGML_TYPE_F64: Final[int]
    """`enum ggml_type = 28`"""
    GGML_TYPE_IQ1_M: Final[int]
    """`enum ggml_type = 29`"""
    GGML_TYPE_BF16: Final[int]
    """`enum ggml_type = 30`"""
    GGML_TYPE_TQ1_0: Final[int]
    """GGML_TYPE_Q4_0_4_4 = 31, support has been removed from gguf files

    `enum ggml_type = 34`
    """
    GGML_TYPE_TQ2_0: Final[int]
    """`enum ggml_type = 35`"""
    GGML_TYPE_MXFP4: Final[int]
    """MXFP4 (1 block)

    `enum ggml_type = 39`
    """
    GGML_TYPE_NVFP4: Final[int]
    """NVFP4 (4 blocks, E4M3 scale)

    `enum ggml_type = 40`
    """
    GGML_TYPE_Q1_0: Final[int]
    """`enum ggml_type = 41`"""
    GGML_TYPE_Q2_0: Final[int]
    """`enum ggml_type = 42`"""
    GGML_TYPE_COUNT: Final[int]
    """`enum ggml_type = 43`"""
    GGML_PREC_UNDEFINED: Final[int]
    """`enum ggml_prec = 0`"""
    GGML_PREC_DEFAULT: Final[int]
    """note: deprecated, use GGML_PREC_UNDEFINED

    `enum ggml_prec = 0`
    """
    GGML_PREC_F32: Final[int]
    """`enum ggml_prec = 10`"""
    GGML_PREC_BF16: Final[int]
    """`enum ggml_prec = 15`"""
    GGML_PREC_F16: Final[int]
    """`enum ggml_prec = 20`"""
    GGML_PREC_Q8: Final[int]
    """`enum ggml_prec = 30`"""
    GGML_PREC_Q4: Final[int]
    """`enum ggml_prec = 40`"""
    GGML_HINT_NONE: Final[int]
    """`enum ggml_op_hint = 0`"""
    GGML_HINT_SRC0_IS_HADAMARD: Final[int]
    """`enum ggml_op_hint = 1`"""
    GGML_FTYPE_UNKNOWN: Final[int]
    """`enum ggml_ftype = -1`"""
    GGML_FTYPE_ALL_F32: Final[int]
    """`enum ggml_ftype = 0`"""
    GGML_FTYPE_MOSTLY_F16: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 1`
    """
    GGML_FTYPE_MOSTLY_Q4_0: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 2`
    """
    GGML_FTYPE_MOSTLY_Q4_1: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 3`
    """
    GGML_FTYPE_MOSTLY_Q4_1_SOME_F16: Final[int]
    """tok_embeddings.weight and output.weight are F16

    `enum ggml_ftype = 4`
    """
    GGML_FTYPE_MOSTLY_Q8_0: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 7`
    """
    GGML_FTYPE_MOSTLY_Q5_0: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 8`
    """
    GGML_FTYPE_MOSTLY_Q5_1: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 9`
    """
    GGML_FTYPE_MOSTLY_Q2_K: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 10`
    """
    GGML_FTYPE_MOSTLY_Q3_K: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 11`
    """
    GGML_FTYPE_MOSTLY_Q4_K: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 12`
    """
    GGML_FTYPE_MOSTLY_Q5_K: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 13`
    """
    GGML_FTYPE_MOSTLY_Q6_K: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 14`
    """
    GGML_FTYPE_MOSTLY_IQ2_XXS: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 15`
    """
    GGML_FTYPE_MOSTLY_IQ2_XS: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 16`
    """
    GGML_FTYPE_MOSTLY_IQ3_XXS: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 17`
    """
    GGML_FTYPE_MOSTLY_IQ1_S: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 18`
    """
    GGML_FTYPE_MOSTLY_IQ4_NL: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 19`
    """
    GGML_FTYPE_MOSTLY_IQ3_S: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 20`
    """
    GGML_FTYPE_MOSTLY_IQ2_S: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 21`
    """
    GGML_FTYPE_MOSTLY_IQ4_XS: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 22`
    """
    GGML_FTYPE_MOSTLY_IQ1_M: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 23`
    """
    GGML_FTYPE_MOSTLY_BF16: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 24`
    """
    GGML_FTYPE_MOSTLY_MXFP4: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 25`
    """
    GGML_FTYPE_MOSTLY_NVFP4: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 26`
    """
    GGML_FTYPE_MOSTLY_Q1_0: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 27`
    """
    GGML_FTYPE_MOSTLY_Q2_0: Final[int]
    """except 1d tensors

    `enum ggml_ftype = 28`
    """
    GGML_OP_NONE: Final[int]
    """`enum ggml_op = 0`"""
    GGML_OP_DUP: Final[int]
    """`enum ggml_op = 1`"""
    GGML_OP_ADD: Final[int]
    """`enum ggml_op = 2`"""
    GGML_OP_ADD_ID: Final[int]
    """`enum ggml_op = 3`"""
    GGML_OP_ADD1: Final[int]
    """`enum ggml_op = 4`"""
    GGML_OP_ACC: Final[int]
    """`enum ggml_op = 5`"""
    GGML_OP_SUB: Final[int]
    """`enum ggml_op = 6`"""
    GGML_OP_MUL: Final[int]
    """`enum ggml_op = 7`"""
    GGML_OP_DIV: Final[int]
    """`enum ggml_op = 8`"""
    GGML_OP_SQR: Final[int]
    """`enum ggml_op = 9`"""
    GGML_OP_SQRT: Final[int]
    """`enum ggml_op = 10`"""
    GGML_OP_LOG: Final[int]
    """`enum ggml_op = 11`"""
    GGML_OP_SIN: Final[int]
    """`enum ggml_op = 12`"""
    GGML_OP_COS: Final[int]
    """`enum ggml_op = 13`"""
    GGML_OP_SUM: Final[int]
    """`enum ggml_op = 14`"""
    GGML_OP_SUM_ROWS: Final[int]
    """`enum ggml_op = 15`"""
    GGML_OP_CUMSUM: Final[int]
    """`enum ggml_op = 16`"""
    GGML_OP_MEAN: Final[int]
    """`enum ggml_op = 17`"""
    GGML_OP_ARGMAX: Final[int]
    """`enum ggml_op = 18`"""
    GGML_OP_COUNT_EQUAL: Final[int]
    """`enum ggml_op = 19`"""
    GGML_OP_REPEAT: Final[int]
    """`enum ggml_op = 20`"""
    GGML_OP_REPEAT_BACK: Final[int]
    """`enum ggml_op = 21`"""
    GGML_OP_CONCAT: Final[int]
    """`enum ggml_op = 22`"""
    GGML_OP_SILU_BACK: Final[int]
    """`enum ggml_op = 23`"""
    GGML_OP_NORM: Final[int]
    """normalize

    `enum ggml_op = 24`
    """
    GGML_OP_RMS_NORM: Final[int]
    """`enum ggml_op = 25`"""
    GGML_OP_RMS_NORM_BACK: Final[int]
    """`enum ggml_op = 26`"""
    GGML_OP_GROUP_NORM: Final[int]
    """`enum ggml_op = 27`"""
    GGML_OP_L2_NORM: Final[int]
    """`enum ggml_op = 28`"""
    GGML_OP_MUL_MAT: Final[int]
    """`enum ggml_op = 29`"""
    GGML_OP_MUL_MAT_ID: Final[int]
    """`enum ggml_op = 30`"""
    GGML_OP_OUT_PROD: Final[int]
    """`enum ggml_op = 31`"""
    GGML_OP_SCALE: Final[int]
    """`enum ggml_op = 32`"""
    GGML_OP_SET: Final[int]
    """`enum ggml_op = 33`"""
    GGML_OP_CPY: Final[int]
    """`enum ggml_op = 34`"""
    GGML_OP_CONT: Final[int]
    """`enum ggml_op = 35`"""
    GGML_OP_RESHAPE: Final[int]
    """`enum ggml_op = 36`"""
    GGML_OP_VIEW: Final[int]
    """`enum ggml_op = 37`"""
    GGML_OP_PERMUTE: Final[int]
    """`enum ggml_op = 38`"""
    GGML_OP_TRANSPOSE: Final[int]
    """`enum ggml_op = 39`"""
    GGML_OP_GET_ROWS: Final[int]
    """`enum ggml_op = 40`"""
    GGML_OP_GET_ROWS_BACK: Final[int]
    """`enum ggml_op = 41`"""
    GGML_OP_SET_ROWS: Final[int]
    """`enum ggml_op = 42`"""
    GGML_OP_DIAG: Final[int]
    """`enum ggml_op = 43`"""
    GGML_OP_DIAG_MASK_INF: Final[int]
    """`enum ggml_op = 44`"""
    GGML_OP_DIAG_MASK_ZERO: Final[int]
    """`enum ggml_op = 45`"""
    GGML_OP_SOFT_MAX: Final[int]
    """`enum ggml_op = 46`"""
    GGML_OP_SOFT_MAX_BACK: Final[int]
    """`enum ggml_op = 47`"""
    GGML_OP_ROPE: Final[int]
    """`enum ggml_op = 48`"""
    GGML_OP_ROPE_BACK: Final[int]
    """`enum ggml_op = 49`"""
    GGML_OP_CLAMP: Final[int]
    """`enum ggml_op = 50`"""
    GGML_OP_CONV_TRANSPOSE_1D: Final[int]
    """`enum ggml_op = 51`"""
    GGML_OP_IM2COL: Final[int]
    """`enum ggml_op = 52`"""
    GGML_OP_IM2COL_BACK: Final[int]
    """`enum ggml_op = 53`"""
    GGML_OP_IM2COL_3D: Final[int]
    """`enum ggml_op = 54`"""
    GGML_OP_COL2IM_1D: Final[int]
    """`enum ggml_op = 55`"""
    GGML_OP_CONV_2D: Final[int]
    """`enum ggml_op = 56`"""
    GGML_OP_CONV_3D: Final[int]
    """`enum ggml_op = 57`"""
    GGML_OP_CONV_2D_DW: Final[int]
    """`enum ggml_op = 58`"""
    GGML_OP_CONV_TRANSPOSE_2D: Final[int]
    """`enum ggml_op = 59`"""
    GGML_OP_POOL_1D: Final[int]
    """`enum ggml_op = 60`"""
    GGML_OP_POOL_2D: Final[int]
    """`enum ggml_op = 61`"""
    GGML_OP_POOL_2D_BACK: Final[int]
    """`enum ggml_op = 62`"""
    GGML_OP_UPSCALE: Final[int]
    """`enum ggml_op = 63`"""
    GGML_OP_PAD: Final[int]
    """`enum ggml_op = 64`"""
    GGML_OP_PAD_REFLECT_1D: Final[int]
    """`enum ggml_op = 65`"""
    GGML_OP_ROLL: Final[int]
    """`enum ggml_op = 66`"""
    GGML_OP_ARANGE: Final[int]
    """`enum ggml_op = 67`"""
    GGML_OP_TIMESTEP_EMBEDDING: Final[int]
    """`enum ggml_op = 68`"""
    GGML_OP_ARGSORT: Final[int]
    """`enum ggml_op = 69`"""
    GGML_OP_TOP_K: Final[int]
    """`enum ggml_op = 70`"""
    GGML_OP_LEAKY_RELU: Final[int]
    """`enum ggml_op = 71`"""
    GGML_OP_TRI: Final[int]
    """`enum ggml_op = 72`"""
    GGML_OP_FILL: Final[int]
    """`enum ggml_op = 73`"""
    GGML_OP_FLASH_ATTN_EXT: Final[int]
    """`enum ggml_op = 74`"""
    GGML_OP_FLASH_ATTN_BACK: Final[int]
    """`enum ggml_op = 75`"""
    GGML_OP_SSM_CONV: Final[int]
    """`enum ggml_op = 76`"""
    GGML_OP_SSM_SCAN: Final[int]
    """`enum ggml_op = 77`"""
    GGML_OP_WIN_PART: Final[int]
    """`enum ggml_op = 78`"""
    GGML_OP_WIN_UNPART: Final[int]
    """`enum ggml_op = 79`"""
    GGML_OP_GET_REL_POS: Final[int]
    """`enum ggml_op = 80`"""
    GGML_OP_ADD_REL_POS: Final[int]
    """`enum ggml_op = 81`"""
    GGML_OP_RWKV_WKV6: Final[int]
    """`enum ggml_op = 82`"""
    GGML_OP_GATED_LINEAR_ATTN: Final[int]
    """`enum ggml_op = 83`"""
    GGML_OP_RWKV_WKV7: Final[int]
    """`enum ggml_op = 84`"""
    GGML_OP_SOLVE_TRI: Final[int]
    """`enum ggml_op = 85`"""
    GGML_OP_GATED_DELTA_NET: Final[int]
    """`enum ggml_op = 86`"""
    GGML_OP_LIGHTNING_INDEXER: Final[int]
    """`enum ggml_op = 87`"""
    GGML_OP_DSV4_HC_COMB: Final[int]
    """`enum ggml_op = 88`"""
    GGML_OP_DSV4_HC_PRE: Final[int]
    """`enum ggml_op = 89`"""
    GGML_OP_DSV4_HC_POST: Final[int]
    """`enum ggml_op = 90`"""
    GGML_OP_UNARY: Final[int]
    """`enum ggml_op = 91`"""
    GGML_OP_MAP_CUSTOM1: Final[int]
    """`enum ggml_op = 92`"""
    GGML_OP_MAP_CUSTOM2: Final[int]
    """`enum ggml_op = 93`"""
    GGML_OP_MAP_CUSTOM3: Final[int]
    """`enum ggml_op = 94`"""
    GGML_OP_CUSTOM: Final[int]
    """`enum ggml_op = 95`"""
    GGML_OP_CROSS_ENTROPY_LOSS: Final[int]
    """`enum ggml_op = 96`"""
    GGML_OP_CROSS_ENTROPY_LOSS_BACK: Final[int]
    """`enum ggml_op = 97`"""
    GGML_OP_OPT_STEP_ADAMW: Final[int]
    """`enum ggml_op = 98`"""
    GGML_OP_OPT_STEP_SGD: Final[int]
    """`enum ggml_op = 99`"""
    GGML_OP_GLU: Final[int]
    """`enum ggml_op = 100`"""
    GGML_OP_COUNT: Final[int]
    """`enum ggml_op = 101`"""
    GGML_UNARY_OP_ABS: Final[int]
    """`enum ggml_unary_op = 0`"""
    GGML_UNARY_OP_SGN: Final[int]
    """`enum ggml_unary_op = 1`"""
    GGML_UNARY_OP_NEG: Final[int]
    """`enum ggml_unary_op = 2`"""
    GGML_UNARY_OP_STEP: Final[int]
    """`enum ggml_unary_op = 3`"""
    GGML_UNARY_OP_TANH: Final[int]
    """`enum ggml_unary_op = 4`"""
    GGML_UNARY_OP_ELU: Final[int]
    """`enum ggml_unary_op = 5`"""
    GGML_UNARY_OP_RELU: Final[int]
    """`enum ggml_unary_op = 6`"""
    GGML_UNARY_OP_SIGMOID: Final[int]
    """`enum ggml_unary_op = 7`"""
    GGML_UNARY_OP_GELU: Final[int]
    """`enum ggml_unary_op = 8`"""
    GGML_UNARY_OP_GELU_QUICK: Final[int]
    """`enum ggml_unary_op = 9`"""
    GGML_UNARY_OP_SILU: Final[int]
    """`enum ggml_unary_op = 10`"""
    GGML_UNARY_OP_HARDSWISH: Final[int]
    """`enum ggml_unary_op = 11`"""
    GGML_UNARY_OP_HARDSIGMOID: Final[int]
    """`enum ggml_unary_op = 12`"""
    GGML_UNARY_OP_EXP: Final[int]
    """`enum ggml_unary_op = 13`"""
    GGML_UNARY_OP_EXPM1: Final[int]
    """`enum ggml_unary_op = 14`"""
    GGML_UNARY_OP_SOFTPLUS: Final[int]
    """`enum ggml_unary_op = 15`"""
    GGML_UNARY_OP_GELU_ERF: Final[int]
    """`enum ggml_unary_op = 16`"""
    GGML_UNARY_OP_XIELU: Final[int]
    """`enum ggml_unary_op = 17`"""
    GGML_UNARY_OP_FLOOR: Final[int]
    """`enum ggml_unary_op = 18`"""
    GGML_UNARY_OP_CEIL: Final[int]
    """`enum ggml_unary_op = 19`"""
    GGML_UNARY_OP_ROUND: Final[int]
    """`enum ggml_unary_op = 20`"""
    GGML_UNARY_OP_TRUNC: Final[int]
    """`enum ggml_unary_op = 21`"""
    GGML_UNARY_OP_COUNT: Final[int]
    """`enum ggml_unary_op = 22`"""
    GGML_GLU_OP_REGLU: Final[int]
    """`enum ggml_glu_op = 0`"""
    GGML_GLU_OP_GEGLU: Final[int]
    """`enum ggml_glu_op = 1`"""
    GGML_GLU_OP_SWIGLU: Final[int]
    """`enum ggml_glu_op = 2`"""
    GGML_GLU_OP_SWIGLU_OAI: Final[int]
    """`enum ggml_glu_op = 3`"""
    GGML_GLU_OP_GEGLU_ERF: Final[int]
    """`enum ggml_glu_op = 4`"""
    GGML_GLU_OP_GEGLU_QUICK: Final[int]
    """`enum ggml_glu_op = 5`"""
    GGML_GLU_OP_SWIGLU_CLAMP: Final[int]
    """`enum ggml_glu_op = 6`"""
    GGML_GLU_OP_COUNT: Final[int]
    """`enum ggml_glu_op = 7`"""
    GGML_OBJECT_TYPE_TENSOR: Final[int]
    """`enum ggml_object_type = 0`"""
    GGML_OBJECT_TYPE_GRAPH: Final[int]
    """`enum ggml_object_type = 1`"""
    GGML_OBJECT_TYPE_WORK_BUFFER: Final[int]
    """`enum ggml_object_type = 2`"""
    GGML_LOG_LEVEL_NONE: Final[int]
    """`enum ggml_log_level = 0`"""
    GGML_LOG_LEVEL_DEBUG: Final[int]
    """`enum ggml_log_level = 1`"""
    GGML_LOG_LEVEL_INFO: Final[int]
    """`enum ggml_log_level = 2`"""
    GGML_LOG_LEVEL_WARN: Final[int]
    """`enum ggml_log_level = 3`"""
    GGML_LOG_LEVEL_ERROR: Final[int]
    """`enum ggml_log_level = 4`"""
    GGML_LOG_LEVEL_CONT: Final[int]
    """continue previous log

    `enum ggml_log_level = 5`
    """
    GGML_TENSOR_FLAG_INPUT: Final[int]
    """...is an input for the GGML compute graph

    `enum ggml_tensor_flag = 1`
    """
    GGML_TENSOR_FLAG_OUTPUT: Final[int]
    """...is an output for the GGML compute graph

    `enum ggml_tensor_flag = 2`
    """
    GGML_TENSOR_FLAG_PARAM: Final[int]
    """...contains trainable parameters

    `enum ggml_tensor_flag = 4`
    """
    GGML_TENSOR_FLAG_LOSS: Final[int]
    """...defines loss for numerical optimization (multiple loss tensors add up)

    `enum ggml_tensor_flag = 8`
    """
    GGML_TENSOR_FLAG_COMPUTE: Final[int]
    """...must be computed

    `enum ggml_tensor_flag = 16`
    """
    GGML_TRI_TYPE_UPPER_DIAG: Final[int]
    """`enum ggml_tri_type = 0`"""
    GGML_TRI_TYPE_UPPER: Final[int]
    """`enum ggml_tri_type = 1`"""
    GGML_TRI_TYPE_LOWER_DIAG: Final[int]
    """`enum ggml_tri_type = 2`"""
    GGML_TRI_TYPE_LOWER: Final[int]
    """`enum ggml_tri_type = 3`"""
    GGML_OP_POOL_MAX: Final[int]
    """`enum ggml_op_pool = 0`"""
    GGML_OP_POOL_AVG: Final[int]
    """`enum ggml_op_pool = 1`"""
    GGML_OP_POOL_COUNT: Final[int]
    """`enum ggml_op_pool = 2`"""
    GGML_SCALE_MODE_NEAREST: Final[int]
    """`enum ggml_scale_mode = 0`"""
    GGML_SCALE_MODE_BILINEAR: Final[int]
    """`enum ggml_scale_mode = 1`"""
    GGML_SCALE_MODE_BICUBIC: Final[int]
    """`enum ggml_scale_mode = 2`"""
    GGML_SCALE_MODE_COUNT: Final[int]
    """`enum ggml_scale_mode = 3`"""
    GGML_SCALE_FLAG_ALIGN_CORNERS: Final[int]
    """`enum ggml_scale_flag = 256`"""
    GGML_SCALE_FLAG_ANTIALIAS: Final[int]
    """`enum ggml_scale_flag = 512`"""
    GGML_SORT_ORDER_ASC: Final[int]
    """`enum ggml_sort_order = 0`"""
    GGML_SORT_ORDER_DESC: Final[int]
    """`enum ggml_sort_order = 1`"""
    GGML_SCHED_PRIO_LOW: Final[int]
    """`enum ggml_sched_priority = -1`"""
    GGML_SCHED_PRIO_NORMAL: Final[int]
    """`enum ggml_sched_priority = 0`"""
    GGML_SCHED_PRIO_MEDIUM: Final[int]
    """`enum ggml_sched_priority = 1`"""
    GGML_SCHED_PRIO_HIGH: Final[int]
    """`enum ggml_sched_priority = 2`"""
    GGML_SCHED_PRIO_REALTIME: Final[int]
    """`enum ggml_sched_priority = 3`"""
    GGML_BACKEND_BUFFER_USAGE_ANY: Final[int]
    """`enum ggml_backend_buffer_usage = 0`"""
    GGML_BACKEND_BUFFER_USAGE_WEIGHTS: Final[int]
    """`enum ggml_backend_buffer_usage = 1`"""
    GGML_BACKEND_BUFFER_USAGE_COMPUTE: Final[int]
    """`enum ggml_backend_buffer_usage = 2`"""
    GGML_BACKEND_DEVICE_TYPE_CPU: Final[int]
    """CPU device using system memory

    `enum ggml_backend_dev_type = 0`
    """
    GGML_BACKEND_DEVICE_TYPE_GPU: Final[int]
    """GPU device using dedicated memory

    `enum ggml_backend_dev_type = 1`
    """
    GGML_BACKEND_DEVICE_TYPE_IGPU: Final[int]
    """integrated GPU device using host memory

    `enum ggml_backend_dev_type = 2`
    """
    GGML_BACKEND_DEVICE_TYPE_ACCEL: Final[int]
    """accelerator devices intended to be used together with the CPU backend (e.g. BLAS or AMX)

    `enum ggml_backend_dev_type = 3`
    """
    GGML_BACKEND_DEVICE_TYPE_META: Final[int]
    """"meta" device wrapping multiple other devices for tensor parallelism

    `enum ggml_backend_dev_type = 4`
    """
    GGML_BACKEND_SPLIT_AXIS_0: Final[int]
    """tensor split by tensor dimensions:

    `enum ggml_backend_meta_split_axis = 0`
    """
    GGML_BACKEND_SPLIT_AXIS_1: Final[int]
    """`enum ggml_backend_meta_split_axis = 1`"""
    GGML_BACKEND_SPLIT_AXIS_2: Final[int]
    """`enum ggml_backend_meta_split_axis = 2`"""
    GGML_BACKEND_SPLIT_AXIS_3: Final[int]
    """`enum ggml_backend_meta_split_axis = 3`"""
    GGML_BACKEND_SPLIT_AXIS_MIRRORED: Final[int]
    """all values on all backends

    `enum ggml_backend_meta_split_axis = 10`
    """
    GGML_BACKEND_SPLIT_AXIS_PARTIAL: Final[int]
    """each backend has a partial sum

    `enum ggml_backend_meta_split_axis = 11`
    """
    GGML_BACKEND_SPLIT_AXIS_NONE: Final[int]
    """for internal bookkeeping only:

    `enum ggml_backend_meta_split_axis = 98`
    """
    GGML_BACKEND_SPLIT_AXIS_UNKNOWN: Final[int]
    """`enum ggml_backend_meta_split_axis = 99`"""
    GGML_NUMA_STRATEGY_DISABLED: Final[int]
    """`enum ggml_numa_strategy = 0`"""
    GGML_NUMA_STRATEGY_DISTRIBUTE: Final[int]
    """`enum ggml_numa_strategy = 1`"""
    GGML_NUMA_STRATEGY_ISOLATE: Final[int]
    """`enum ggml_numa_strategy = 2`"""
    GGML_NUMA_STRATEGY_NUMACTL: Final[int]
    """`enum ggml_numa_strategy = 3`"""
    GGML_NUMA_STRATEGY_MIRROR: Final[int]
    """`enum ggml_numa_strategy = 4`"""
    GGML_NUMA_STRATEGY_COUNT: Final[int]
    """`enum ggml_numa_strategy = 5`"""
    GGML_OPT_LOSS_TYPE_MEAN: Final[int]
    """`enum ggml_opt_loss_type = 0`"""
    GGML_OPT_LOSS_TYPE_SUM: Final[int]
    """`enum ggml_opt_loss_type = 1`"""
    GGML_OPT_LOSS_TYPE_CROSS_ENTROPY: Final[int]
    """`enum ggml_opt_loss_type = 2`"""
    GGML_OPT_LOSS_TYPE_MEAN_SQUARED_ERROR: Final[int]
    """`enum ggml_opt_loss_type = 3`"""
    GGML_OPT_BUILD_TYPE_FORWARD: Final[int]
    """`enum ggml_opt_build_type = 10`"""
    GGML_OPT_BUILD_TYPE_GRAD: Final[int]
    """`enum ggml_opt_build_type = 20`"""
    GGML_OPT_BUILD_TYPE_OPT: Final[int]
    """`enum ggml_opt_build_type = 30`"""
    GGML_OPT_OPTIMIZER_TYPE_ADAMW: Final[int]
    """`enum ggml_opt_optimizer_type = 0`"""
    GGML_OPT_OPTIMIZER_TYPE_SGD: Final[int]
    """`enum ggml_opt_optimizer_type = 1`"""
    GGML_OPT_OPTIMIZER_TYPE_COUNT: Final[int]
    """`enum ggml_opt_optimizer_type = 2`"""
    GGUF_TYPE_UINT8: Final[int]
    """`enum gguf_type = 0`"""
    GGUF_TYPE_INT8: Final[int]
    """`enum gguf_type = 1`"""
    GGUF_TYPE_UINT16: Final[int]
    """`enum gguf_type = 2`"""
    GGUF_TYPE_INT16: Final[int]
    """`enum gguf_type = 3`"""
    GGUF_TYPE_UINT32: Final[int]
    """`enum gguf_type = 4`"""
    GGUF_TYPE_INT32: Final[int]
    """`enum gguf_type = 5`"""
    GGUF_TYPE_FLOAT32: Final[int]
    """`enum gguf_type = 6`"""
    GGUF_TYPE_BOOL: Final[int]
    """`enum gguf_type = 7`"""
    GGUF_TYPE_STRING: Final[int]
    """`enum gguf_type = 8`"""
    GGUF_TYPE_ARRAY: Final[int]
    """`enum gguf_type = 9`"""
    GGUF_TYPE_UINT64: Final[int]
    """`enum gguf_type = 10`"""
    GGUF_TYPE_INT64: Final[int]
    """`enum gguf_type = 11`"""
    GGUF_TYPE_FLOAT64: Final[int]
    """`enum gguf_type = 12`"""
    GGUF_TYPE_COUNT: Final[int]
    """marks the end of the enum

    `enum gguf_type = 13`
    """
    LLAMA_VOCAB_TYPE_NONE: Final[int]
    """For models without vocab

    `enum llama_vocab_type = 0`
    """
    LLAMA_VOCAB_TYPE_SPM: Final[int]
    """LLaMA tokenizer based on byte-level BPE with byte fallback

    `enum llama_vocab_type = 1`
    """
    LLAMA_VOCAB_TYPE_BPE: Final[int]
    """GPT-2 tokenizer based on byte-level BPE

    `enum llama_vocab_type = 2`
    """
    LLAMA_VOCAB_TYPE_WPM: Final[int]
    """BERT tokenizer based on WordPiece

    `enum llama_vocab_type = 3`
    """
    LLAMA_VOCAB_TYPE_UGM: Final[int]
    """T5 tokenizer based on Unigram

    `enum llama_vocab_type = 4`
    """
    LLAMA_VOCAB_TYPE_RWKV: Final[int]
    """RWKV tokenizer based on greedy tokenization

    `enum llama_vocab_type = 5`
    """
    LLAMA_VOCAB_TYPE_PLAMO2: Final[int]
    """PLaMo-2 tokenizer based on Aho-Corasick with dynamic programming

    `enum llama_vocab_type = 6`
    """
    LLAMA_VOCAB_TYPE_TEST: Final[int]
    """Dummy tokenizer for testing: rolling hash of fixed-size chunks -> tokens, tokens -> hex

    `enum llama_vocab_type = 7`
    """
    LLAMA_ROPE_TYPE_NONE: Final[int]
    """`enum llama_rope_type = -1`"""
    LLAMA_ROPE_TYPE_NORM: Final[int]
    """`enum llama_rope_type = 0`"""
    LLAMA_ROPE_TYPE_NEOX: Final[int]
    """`enum llama_rope_type = 2`"""
    LLAMA_ROPE_TYPE_MROPE: Final[int]
    """`enum llama_rope_type = 8`"""
    LLAMA_ROPE_TYPE_IMROPE: Final[int]
    """`enum llama_rope_type = 40`"""
    LLAMA_ROPE_TYPE_VISION: Final[int]
    """`enum llama_rope_type = 24`"""
    LLAMA_TOKEN_TYPE_UNDEFINED: Final[int]
    """`enum llama_token_type = 0`"""
    LLAMA_TOKEN_TYPE_NORMAL: Final[int]
    """`enum llama_token_type = 1`"""
    LLAMA_TOKEN_TYPE_UNKNOWN: Final[int]
    """`enum llama_token_type = 2`"""
    LLAMA_TOKEN_TYPE_CONTROL: Final[int]
    """`enum llama_token_type = 3`"""
    LLAMA_TOKEN_TYPE_USER_DEFINED: Final[int]
    """`enum llama_token_type = 4`"""
    LLAMA_TOKEN_TYPE_UNUSED: Final[int]
    """`enum llama_token_type = 5`"""
    LLAMA_TOKEN_TYPE_BYTE: Final[int]
    """`enum llama_token_type = 6`"""
    LLAMA_TOKEN_ATTR_UNDEFINED: Final[int]
    """`enum llama_token_attr = 0`"""
    LLAMA_TOKEN_ATTR_UNKNOWN: Final[int]
    """`enum llama_token_attr = 1`"""
    LLAMA_TOKEN_ATTR_UNUSED: Final[int]
    """`enum llama_token_attr = 2`"""
    LLAMA_TOKEN_ATTR_NORMAL: Final[int]
    """`enum llama_token_attr = 4`"""
    LLAMA_TOKEN_ATTR_CONTROL: Final[int]
    """SPECIAL?

    `enum llama_token_attr = 8`
    """
    LLAMA_TOKEN_ATTR_USER_DEFINED: Final[int]
    """`enum llama_token_attr = 16`"""
    LLAMA_TOKEN_ATTR_BYTE: Final[int]
    """`enum llama_token_attr = 32`"""
    LLAMA_TOKEN_ATTR_NORMALIZED: Final[int]
    """`enum llama_token_attr = 64`"""
    LLAMA_TOKEN_ATTR_LSTRIP: Final[int]
    """`enum llama_token_attr = 128`"""
    LLAMA_TOKEN_ATTR_RSTRIP: Final[int]
    """`enum llama_token_attr = 256`"""
    LLAMA_TOKEN_ATTR_SINGLE_WORD: Final[int]
    """`enum llama_token_attr = 512`"""
    LLAMA_FTYPE_ALL_F32: Final[int]
    """`enum llama_ftype = 0`"""
    LLAMA_FTYPE_MOSTLY_F16: Final[int]
    """except 1d tensors

    `enum llama_ftype = 1`
    """
    LLAMA_FTYPE_MOSTLY_Q4_0: Final[int]
    """except 1d tensors

    `enum llama_ftype = 2`
    """
    LLAMA_FTYPE_MOSTLY_Q4_1: Final[int]
    """except 1d tensors

    `enum llama_ftype = 3`
    """
    LLAMA_FTYPE_MOSTLY_Q8_0: Final[int]
    """except 1d tensors

    `enum llama_ftype = 7`
    """
    LLAMA_FTYPE_MOSTLY_Q5_0: Final[int]
    """except 1d tensors

    `enum llama_ftype = 8`
    """
    LLAMA_FTYPE_MOSTLY_Q5_1: Final[int]
    """except 1d tensors

    `enum llama_ftype = 9`
    """
    LLAMA_FTYPE_MOSTLY_Q2_K: Final[int]
    """except 1d tensors

    `enum llama_ftype = 10`
    """
    LLAMA_FTYPE_MOSTLY_Q3_K_S: Final[int]
    """except 1d tensors

    `enum llama_ftype = 11`
    """
    LLAMA_FTYPE_MOSTLY_Q3_K_M: Final[int]
    """except 1d tensors

    `enum llama_ftype = 12`
    """
    LLAMA_FTYPE_MOSTLY_Q3_K_L: Final[int]
    """except 1d tensors

    `enum llama_ftype = 13`
    """
    LLAMA_FTYPE_MOSTLY_Q4_K_S: Final[int]
    """except 1d tensors

    `enum llama_ftype = 14`
    """
    LLAMA_FTYPE_MOSTLY_Q4_K_M: Final[int]
    """except 1d tensors

    `enum llama_ftype = 15`
    """
    LLAMA_FTYPE_MOSTLY_Q5_K_S: Final[int]
    """except 1d tensors

    `enum llama_ftype = 16`
    """
    LLAMA_FTYPE_MOSTLY_Q5_K_M: Final[int]
    """except 1d tensors

    `enum llama_ftype = 17`
    """
    LLAMA_FTYPE_MOSTLY_Q6_K: Final[int]
    """except 1d tensors

    `enum llama_ftype = 18`
    """
    LLAMA_FTYPE_MOSTLY_IQ2_XXS: Final[int]
    """except 1d tensors

    `enum llama_ftype = 19`
    """
    LLAMA_FTYPE_MOSTLY_IQ2_XS: Final[int]
    """except 1d tensors

    `enum llama_ftype = 20`
    """
    LLAMA_FTYPE_MOSTLY_Q2_K_S: Final[int]
    """except 1d tensors

    `enum llama_ftype = 21`
    """
    LLAMA_FTYPE_MOSTLY_IQ3_XS: Final[int]
    """except 1d tensors

    `enum llama_ftype = 22`
    """
    LLAMA_FTYPE_MOSTLY_IQ3_XXS: Final[int]
    """except 1d tensors

    `enum llama_ftype = 23`
    """
    LLAMA_FTYPE_MOSTLY_IQ1_S: Final[int]
    """except 1d tensors

    `enum llama_ftype = 24`
    """
    LLAMA_FTYPE_MOSTLY_IQ4_NL: Final[int]
    """except 1d tensors

    `enum llama_ftype = 25`
    """
    LLAMA_FTYPE_MOSTLY_IQ3_S: Final[int]
    """except 1d tensors

    `enum llama_ftype = 26`
    """
    LLAMA_FTYPE_MOSTLY_IQ3_M: Final[int]
    """except 1d tensors

    `enum llama_ftype = 27`
    """
    LLAMA_FTYPE_MOSTLY_IQ2_S: Final[int]
    """except 1d tensors

    `enum llama_ftype = 28`
    """
    LLAMA_FTYPE_MOSTLY_IQ2_M: Final[int]
    """except 1d tensors

    `enum llama_ftype = 29`
    """
    LLAMA_FTYPE_MOSTLY_IQ4_XS: Final[int]
    """except 1d tensors

    `enum llama_ftype = 30`
    """
    LLAMA_FTYPE_MOSTLY_IQ1_M: Final[int]
    """except 1d tensors

    `enum llama_ftype = 31`
    """
    LLAMA_FTYPE_MOSTLY_BF16: Final[int]
    """except 1d tensors

    `enum llama_ftype = 32`
    """
    LLAMA_FTYPE_MOSTLY_TQ1_0: Final[int]
    """except 1d tensors

    `enum llama_ftype = 36`
    """
    LLAMA_FTYPE_MOSTLY_TQ2_0: Final[int]
    """except 1d tensors

    `enum llama_ftype = 37`
    """
    LLAMA_FTYPE_MOSTLY_MXFP4_MOE: Final[int]
    """except 1d tensors

    `enum llama_ftype = 38`
    """
    LLAMA_FTYPE_MOSTLY_NVFP4: Final[int]
    """except 1d tensors

    `enum llama_ftype = 39`
    """
    LLAMA_FTYPE_MOSTLY_Q1_0: Final[int]
    """except 1d tensors

    `enum llama_ftype = 40`
    """
    LLAMA_FTYPE_MOSTLY_Q2_0: Final[int]
    """except 1d tensors

    `enum llama_ftype = 41`
    """
    LLAMA_FTYPE_GUESSED: Final[int]
    """not specified in the model file

    `enum llama_ftype = 1024`
    """
    LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED: Final[int]
    """`enum llama_rope_scaling_type = -1`"""
    LLAMA_ROPE_SCALING_TYPE_NONE: Final[int]
    """`enum llama_rope_scaling_type = 0`"""
    LLAMA_ROPE_SCALING_TYPE_LINEAR: Final[int]
    """`enum llama_rope_scaling_type = 1`"""
    LLAMA_ROPE_SCALING_TYPE_YARN: Final[int]
    """`enum llama_rope_scaling_type = 2`"""
    LLAMA_ROPE_SCALING_TYPE_LONGROPE: Final[int]
    """`enum llama_rope_scaling_type = 3`"""
    LLAMA_ROPE_SCALING_TYPE_MAX_VALUE: Final[int]
    """`enum llama_rope_scaling_type = 3`"""
    LLAMA_POOLING_TYPE_UNSPECIFIED: Final[int]
    """`enum llama_pooling_type = -1`"""
    LLAMA_POOLING_TYPE_NONE: Final[int]
    """`enum llama_pooling_type = 0`"""
    LLAMA_POOLING_TYPE_MEAN: Final[int]
    """`enum llama_pooling_type = 1`"""
    LLAMA_POOLING_TYPE_CLS: Final[int]
    """`enum llama_pooling_type = 2`"""
    LLAMA_POOLING_TYPE_LAST: Final[int]
    """`enum llama_pooling_type = 3`"""
    LLAMA_POOLING_TYPE_RANK: Final[int]
    """used by reranking models to attach the classification head to the graph

    `enum llama_pooling_type = 4`
    """
    LLAMA_ATTENTION_TYPE_UNSPECIFIED: Final[int]
    """`enum llama_attention_type = -1`"""
    LLAMA_ATTENTION_TYPE_CAUSAL: Final[int]
    """`enum llama_attention_type = 0`"""
    LLAMA_ATTENTION_TYPE_NON_CAUSAL: Final[int]
    """`enum llama_attention_type = 1`"""
    LLAMA_FLASH_ATTN_TYPE_AUTO: Final[int]
    """`enum llama_flash_attn_type = -1`"""
    LLAMA_FLASH_ATTN_TYPE_DISABLED: Final[int]
    """`enum llama_flash_attn_type = 0`"""
    LLAMA_FLASH_ATTN_TYPE_ENABLED: Final[int]
    """`enum llama_flash_attn_type = 1`"""
    LLAMA_SPLIT_MODE_NONE: Final[int]
    """single GPU

    `enum llama_split_mode = 0`
    """
    LLAMA_SPLIT_MODE_LAYER: Final[int]
    """split layers and KV across GPUs

    `enum llama_split_mode = 1`
    """
    LLAMA_SPLIT_MODE_ROW: Final[int]
    """split layers and KV across GPUs, use tensor parallelism if supported

    `enum llama_split_mode = 2`
    """
    LLAMA_SPLIT_MODE_TENSOR: Final[int]
    """`enum llama_split_mode = 3`"""
    LLAMA_LOAD_MODE_AUTO: Final[int]
    """auto-detect based on device capabilities

    `enum llama_load_mode = -1`
    """
    LLAMA_LOAD_MODE_NONE: Final[int]
    """no special loading mode

    `enum llama_load_mode = 0`
    """
    LLAMA_LOAD_MODE_MMAP: Final[int]
    """memory map the model

    `enum llama_load_mode = 1`
    """
    LLAMA_LOAD_MODE_MLOCK: Final[int]
    """force system to keep model in RAM rather than swapping or compressing

    `enum llama_load_mode = 2`
    """
    LLAMA_LOAD_MODE_MMAP_MLOCK: Final[int]
    """mmap + force system to keep model in RAM rather than swapping or compressing

    `enum llama_load_mode = 3`
    """
    LLAMA_LOAD_MODE_DIRECT_IO: Final[int]
    """use direct I/O if available

    `enum llama_load_mode = 4`
    """
    LLAMA_LAZY_MODE_OFF: Final[int]
    """always read the whole tensor up front

    `enum llama_lazy_mode = 0`
    """
    LLAMA_LAZY_MODE_AUTO: Final[int]
    """lazy only for marked tensors larger than 4 GiB (requires mmap)

    `enum llama_lazy_mode = 1`
    """
    LLAMA_LAZY_MODE_ON: Final[int]
    """read the rows of tensors marked by the arch on demand (requires mmap)

    `enum llama_lazy_mode = 2`
    """
    LLAMA_CONTEXT_TYPE_DEFAULT: Final[int]
    """`enum llama_context_type = 0`"""
    LLAMA_CONTEXT_TYPE_MTP: Final[int]
    """`enum llama_context_type = 1`"""
    LLAMA_KV_OVERRIDE_TYPE_INT: Final[int]
    """`enum llama_model_kv_override_type = 0`"""
    LLAMA_KV_OVERRIDE_TYPE_FLOAT: Final[int]
    """`enum llama_model_kv_override_type = 1`"""
    LLAMA_KV_OVERRIDE_TYPE_BOOL: Final[int]
    """`enum llama_model_kv_override_type = 2`"""
    LLAMA_KV_OVERRIDE_TYPE_STR: Final[int]
    """`enum llama_model_kv_override_type = 3`"""
    LLAMA_MODEL_META_KEY_SAMPLING_SEQUENCE: Final[int]
    """`enum llama_model_meta_key = 0`"""
    LLAMA_MODEL_META_KEY_SAMPLING_TOP_K: Final[int]
    """`enum llama_model_meta_key = 1`"""
    LLAMA_MODEL_META_KEY_SAMPLING_TOP_P: Final[int]
    """`enum llama_model_meta_key = 2`"""
    LLAMA_MODEL_META_KEY_SAMPLING_MIN_P: Final[int]
    """`enum llama_model_meta_key = 3`"""
    LLAMA_MODEL_META_KEY_SAMPLING_XTC_PROBABILITY: Final[int]
    """`enum llama_model_meta_key = 4`"""
    LLAMA_MODEL_META_KEY_SAMPLING_XTC_THRESHOLD: Final[int]
    """`enum llama_model_meta_key = 5`"""
    LLAMA_MODEL_META_KEY_SAMPLING_TEMP: Final[int]
    """`enum llama_model_meta_key = 6`"""
    LLAMA_MODEL_META_KEY_SAMPLING_PENALTY_LAST_N: Final[int]
    """`enum llama_model_meta_key = 7`"""
    LLAMA_MODEL_META_KEY_SAMPLING_PENALTY_REPEAT: Final[int]
    """`enum llama_model_meta_key = 8`"""
    LLAMA_MODEL_META_KEY_SAMPLING_MIROSTAT: Final[int]
    """`enum llama_model_meta_key = 9`"""
    LLAMA_MODEL_META_KEY_SAMPLING_MIROSTAT_TAU: Final[int]
    """`enum llama_model_meta_key = 10`"""
    LLAMA_MODEL_META_KEY_SAMPLING_MIROSTAT_ETA: Final[int]
    """`enum llama_model_meta_key = 11`"""
    LLAMA_PROCESS_TYPE_ENCODE: Final[int]
    """`enum llama_process_type = 0`"""
    LLAMA_PROCESS_TYPE_DECODE: Final[int]
    """`enum llama_process_type = 1`"""
    MTMD_INPUT_CHUNK_TYPE_TEXT: Final[int]
    """`enum mtmd_input_chunk_type = 0`"""
    MTMD_INPUT_CHUNK_TYPE_IMAGE: Final[int]
    """`enum mtmd_input_chunk_type = 1`"""
    MTMD_INPUT_CHUNK_TYPE_AUDIO: Final[int]
    """`enum mtmd_input_chunk_type = 2`"""
    MTMD_INPUT_CHUNK_TYPE_COUNT: Final[int]
    """for validation

    `enum mtmd_input_chunk_type = 3`
    """
    MTMD_GEN_AUDIO_TYPE_NONE: Final[int]
    """not supported

    `enum mtmd_gen_audio_type = 0`
    """
    MTMD_GEN_AUDIO_TYPE_QWEN3TTS: Final[int]
    """`enum mtmd_gen_audio_type = 1`"""
    MTMD_GEN_AUDIO_TYPE_POCKETTTS: Final[int]
    """`enum mtmd_gen_audio_type = 2`"""
    MTMD_GEN_PROCESS_TYPE_GEN_CODE: Final[int]
    """h_state to semantic (codes, mel-spectrogram, etc.)

    `enum mtmd_gen_process_type = 0`
    """
    MTMD_GEN_PROCESS_TYPE_GEN_WAV: Final[int]
    """convert semantic to PCM audio
    for qwen3tts, this is code2wav
    for pocket-tts, this is mimi decoder

    `enum mtmd_gen_process_type = 1`
    """
    MTMD_HELPER_GEN_AUDIO_OUTTYPE_PCM: Final[int]
    """raw PCM

    `enum mtmd_helper_gen_audio_outtype = 0`
    """
    MTMD_HELPER_GEN_AUDIO_OUTTYPE_WAV: Final[int]
    """WAV PCM 16-bit LE, mono

    `enum mtmd_helper_gen_audio_outtype = 1`
    """
    LCFFI_SPECULATIVE_EAGLE3: Final[int]
    """a small model that was trained for the target

    `enum lcffi_speculative_kind = 0`
    """
    LCFFI_SPECULATIVE_MTP: Final[int]
    """layers of the model itself, or of a file of their own, that predict further tokens

    `enum lcffi_speculative_kind = 1`
    """
    GGML_FILE_MAGIC: Final[int]
    """"ggml"

    `ggml.h:216 = 1734831468`
    """
    GGML_FILE_VERSION: Final[int]
    """`ggml.h:217 = 2`"""
    GGML_QNT_VERSION: Final[int]
    """bump this on quantization format changes

    `ggml.h:219 = 2`
    """
    GGML_QNT_VERSION_FACTOR: Final[int]
    """do not change this

    `ggml.h:220 = 1000`
    """
    GGML_MAX_DIMS: Final[int]
    """`ggml.h:222 = 4`"""
    GGML_MAX_PARAMS: Final[int]
    """`ggml.h:223 = 2048`"""
    GGML_MAX_SRC: Final[int]
    """`ggml.h:224 = 10`"""
    GGML_MAX_N_THREADS: Final[int]
    """`ggml.h:225 = 512`"""
    GGML_MAX_OP_PARAMS: Final[int]
    """`ggml.h:226 = 64`"""
    GGML_MAX_NAME: Final[int]
    """`ggml.h:229 = 64`"""
    GGML_DEFAULT_N_THREADS: Final[int]
    """`ggml.h:232 = 4`"""
    GGML_DEFAULT_GRAPH_SIZE: Final[int]
    """`ggml.h:233 = 2048`"""
    GGML_MEM_ALIGN: Final[int]
    """`ggml.h:243 = 16`"""
    GGML_EXIT_SUCCESS: Final[int]
    """`ggml.h:246 = 0`"""
    GGML_EXIT_ABORTED: Final[int]
    """`ggml.h:247 = 1`"""
    GGML_ROPE_TYPE_NORMAL: Final[int]
    """TODO: convert to enum https://github.com/ggml-org/llama.cpp/pull/16187#discussion_r2388538726

    `ggml.h:250 = 0`
    """
    GGML_ROPE_TYPE_NEOX: Final[int]
    """`ggml.h:251 = 2`"""
    GGML_ROPE_TYPE_MROPE: Final[int]
    """`ggml.h:252 = 8`"""
    GGML_ROPE_TYPE_VISION: Final[int]
    """`ggml.h:253 = 24`"""
    GGML_ROPE_TYPE_IMROPE: Final[int]
    """binary: 101000

    `ggml.h:254 = 40`
    """
    GGML_MROPE_SECTIONS: Final[int]
    """`ggml.h:256 = 4`"""
    GGML_N_TASKS_MAX: Final[int]
    """`ggml.h:2735 = -1`"""
    GGML_BACKEND_META_MAX_DEVICES: Final[int]
    """`ggml-backend.h:360 = 16`"""
    GGUF_MAGIC: Final[Ptr[bytes]]
    """`gguf.h:41 = GGUF`"""
    GGUF_VERSION: Final[int]
    """`gguf.h:42 = 3`"""
    GGUF_KEY_GENERAL_ALIGNMENT: Final[Ptr[bytes]]
    """`gguf.h:44 = general.alignment`"""
    GGUF_DEFAULT_ALIGNMENT: Final[int]
    """`gguf.h:46 = 32`"""
    RPC_PROTO_MAJOR_VERSION: Final[int]
    """`ggml-rpc.h:9 = 7`"""
    RPC_PROTO_MINOR_VERSION: Final[int]
    """`ggml-rpc.h:10 = 0`"""
    RPC_PROTO_PATCH_VERSION: Final[int]
    """`ggml-rpc.h:11 = 0`"""
    GGML_RPC_MAX_SERVERS: Final[int]
    """`ggml-rpc.h:17 = 16`"""
    LLAMA_DEFAULT_SEED: Final[int]
    """`llama.h:37 = 4294967295`"""
    LLAMA_TOKEN_NULL: Final[int]
    """`llama.h:39 = -1`"""
    LLAMA_FILE_MAGIC_GGLA: Final[int]
    """'ggla'

    `llama.h:41 = 1734831201`
    """
    LLAMA_FILE_MAGIC_GGSN: Final[int]
    """'ggsn'

    `llama.h:42 = 1734833006`
    """
    LLAMA_FILE_MAGIC_GGSQ: Final[int]
    """'ggsq'

    `llama.h:43 = 1734833009`
    """
    LLAMA_SESSION_MAGIC: Final[int]
    """`llama.h:45 = 1734833006`"""
    LLAMA_SESSION_VERSION: Final[int]
    """`llama.h:46 = 10`"""
    LLAMA_STATE_SEQ_MAGIC: Final[int]
    """`llama.h:48 = 1734833009`"""
    LLAMA_STATE_SEQ_VERSION: Final[int]
    """`llama.h:49 = 3`"""
    LLAMA_STATE_SEQ_FLAGS_NONE: Final[int]
    """`llama.h:919 = 0`"""
    LLAMA_STATE_SEQ_FLAGS_SWA_ONLY: Final[int]
    """for backwards-compat

    `llama.h:922 = 1`
    """
    LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY: Final[int]
    """work only with partial states, such as SWA KV cache or recurrent cache (e.g. Mamba)

    `llama.h:925 = 1`
    """
    LLAMA_STATE_SEQ_FLAGS_ON_DEVICE: Final[int]
    """Keeps the tensor data on device buffers (i.e. not accessible in host memory, but faster save/load).
    Getting the state for a seq_id with this flag invalidates all prior states gotten for that seq_id with this flag.

    `llama.h:929 = 2`
    """
    LCFFI_FIT_MISSING: Final[int]
    """What lcffi_fit_params returns beside the values of common_params_fit_status: this llama.cpp has no such function, or
    one with other parameters.

    `fit.h:15 = -1`
    """
    LCFFI_SAMPLER_ERROR: Final[int]
    """How many bytes the text of a failure may take, with the NUL that ends it.

    `sampler.h:16 = 256`
    """
    LCFFI_SCHEMA_ERROR: Final[int]
    """How many bytes the reason of a refusal may take, with the NUL that ends it.

    `schema.h:9 = 512`
    """
    LCFFI_SPECULATIVE_ERROR: Final[int]
    """`speculative.h:10 = 512`"""
    LCFFI_TOO_DEEP: Final[int]
    """What the tokenizers return instead of a count when the text may need a deeper stack than this machine has memory.

    `tokenize.h:11 = -2147483647`
    """
    GGML_TENSOR_SIZE: Final[int]
    """`ggml.h:719`"""
    cb_ggml_abort_callback_t: Final[ggml_abort_callback_t]
    cb_ggml_abort_callback: Final[ggml_abort_callback]
    cb_ggml_custom1_op_t: Final[ggml_custom1_op_t]
    cb_ggml_custom2_op_t: Final[ggml_custom2_op_t]
    cb_ggml_custom3_op_t: Final[ggml_custom3_op_t]
    cb_ggml_custom_op_t: Final[ggml_custom_op_t]
    cb_ggml_log_callback: Final[ggml_log_callback]
    cb_ggml_to_float_t: Final[ggml_to_float_t]
    cb_ggml_from_float_t: Final[ggml_from_float_t]
    cb_ggml_backend_comm_init_t: Final[ggml_backend_comm_init_t]
    cb_ggml_backend_comm_free_t: Final[ggml_backend_comm_free_t]
    cb_ggml_backend_comm_allreduce_tensor_t: Final[ggml_backend_comm_allreduce_tensor_t]
    cb_ggml_backend_split_buffer_type_t: Final[ggml_backend_split_buffer_type_t]
    cb_ggml_backend_set_n_threads_t: Final[ggml_backend_set_n_threads_t]
    cb_ggml_backend_dev_get_extra_bufts_t: Final[ggml_backend_dev_get_extra_bufts_t]
    cb_ggml_backend_set_abort_callback_t: Final[ggml_backend_set_abort_callback_t]
    cb_ggml_backend_get_features_t: Final[ggml_backend_get_features_t]
    cb_ggml_backend_sched_eval_callback: Final[ggml_backend_sched_eval_callback]
    cb_ggml_backend_meta_get_split_state_t: Final[ggml_backend_meta_get_split_state_t]
    cb_ggml_backend_eval_callback: Final[ggml_backend_eval_callback]
    cb_ggml_vec_dot_t: Final[ggml_vec_dot_t]
    cb_ggml_opt_get_optimizer_params: Final[ggml_opt_get_optimizer_params]
    cb_ggml_opt_epoch_callback: Final[ggml_opt_epoch_callback]
    cb_gguf_reader_callback_t: Final[gguf_reader_callback_t]
    cb_llama_progress_callback: Final[llama_progress_callback]
    cb_llama_model_set_tensor_data_t: Final[llama_model_set_tensor_data_t]
    cb_llama_opt_param_filter: Final[llama_opt_param_filter]
    cb_mtmd_progress_callback: Final[mtmd_progress_callback]
    cb_mtmd_bitmap_lazy_callback: Final[mtmd_bitmap_lazy_callback]
    cb_mtmd_helper_post_decode_callback: Final[mtmd_helper_post_decode_callback]
    cb_lcffi_log_line_t: Final[lcffi_log_line_t]
    cb_lcffi_poll_t: Final[lcffi_poll_t]
    cb_lcffi_eval_t: Final[lcffi_eval_t]
    cb_lcffi_sampler_name_t: Final[lcffi_sampler_name_t]
    cb_lcffi_sampler_accept_t: Final[lcffi_sampler_accept_t]
    cb_lcffi_sampler_apply_t: Final[lcffi_sampler_apply_t]
    cb_lcffi_sampler_reset_t: Final[lcffi_sampler_reset_t]
    cb_lcffi_sampler_clone_t: Final[lcffi_sampler_clone_t]
    cb_lcffi_sampler_free_t: Final[lcffi_sampler_free_t]
    cb_llama_sampler_i_name: Final[FunctionPtr[[llama_sampler_p], Ptr[bytes]]]
    cb_llama_sampler_i_accept: Final[FunctionPtr[[llama_sampler_p, llama_token], None]]
    cb_llama_sampler_i_apply: Final[FunctionPtr[[llama_sampler_p, llama_token_data_array_p], None]]
    cb_llama_sampler_i_reset: Final[FunctionPtr[[llama_sampler_p], None]]
    cb_llama_sampler_i_clone: Final[FunctionPtr[[llama_sampler_p], llama_sampler_p]]
    cb_llama_sampler_i_free: Final[FunctionPtr[[llama_sampler_p], None]]
    cb_llama_sampler_i_backend_init: Final[FunctionPtr[[llama_sampler_p, ggml_backend_buffer_type_t, int], bool]]
    cb_llama_sampler_i_backend_accept: Final[FunctionPtr[[llama_sampler_p, Ptr[ggml_context], Ptr[ggml_cgraph], ggml_tensor_p], None]]
    cb_llama_sampler_i_backend_apply: Final[FunctionPtr[[llama_sampler_p, Ptr[ggml_context], Ptr[ggml_cgraph], llama_sampler_data_p], None]]
    cb_llama_sampler_i_backend_set_input: Final[FunctionPtr[[llama_sampler_p], None]]
    cb_llama_sampler_i_backend_reset: Final[FunctionPtr[[llama_sampler_p], None]]
    cb_llama_sampler_i_copy_state: Final[FunctionPtr[[llama_sampler_p, llama_sampler_p], None]]
    def ggml_set_abort_callback(self, callback: ggml_abort_callback_t, /) -> ggml_abort_callback_t:
        """Set the abort callback (passing null will restore original abort functionality: printing a message to stdout)
        Returns the old callback for chaining

        `ggml_abort_callback_t ggml_set_abort_callback(ggml_abort_callback_t callback)` (ggml.h:353)
        """
    def ggml_abort(self, file: ConstChars, line: int, fmt: ConstChars, /, *args: CData) -> None:
        """`void ggml_abort(const char * file, int line, const char * fmt, ...)` (ggml.h:355)"""
    def ggml_status_to_string(self, status: ggml_status, /) -> Ptr[bytes]:
        """get ggml_status name string

        `const char * ggml_status_to_string(enum ggml_status status)` (ggml.h:366)
        """
    def ggml_fp16_to_fp32(self, arg0: ggml_fp16_t, /) -> float:
        """ieee 754-2008 half-precision float16
        todo: make this not an integral type

        `float ggml_fp16_to_fp32(ggml_fp16_t)` (ggml.h:371)
        """
    def ggml_fp32_to_fp16(self, arg0: float, /) -> ggml_fp16_t:
        """ieee 754-2008 half-precision float16
        todo: make this not an integral type

        `ggml_fp16_t ggml_fp32_to_fp16(float)` (ggml.h:372)
        """
    def ggml_fp16_to_fp32_row(self, arg0: ConstPtr[ggml_fp16_t], arg1: Ptr[float], arg2: int, /) -> None:
        """ieee 754-2008 half-precision float16
        todo: make this not an integral type

        `void ggml_fp16_to_fp32_row(const ggml_fp16_t *, float *, int64_t)` (ggml.h:373)
        """
    def ggml_fp32_to_fp16_row(self, arg0: ConstPtr[float], arg1: Ptr[ggml_fp16_t], arg2: int, /) -> None:
        """ieee 754-2008 half-precision float16
        todo: make this not an integral type

        `void ggml_fp32_to_fp16_row(const float *, ggml_fp16_t *, int64_t)` (ggml.h:374)
        """
    def ggml_fp32_to_bf16(self, arg0: float, /) -> ggml_bf16_t:
        """google brain half-precision bfloat16

        `ggml_bf16_t ggml_fp32_to_bf16(float)` (ggml.h:378)
        """
    def ggml_bf16_to_fp32(self, arg0: ggml_bf16_t, /) -> float:
        """google brain half-precision bfloat16
        consider just doing << 16

        `float ggml_bf16_to_fp32(ggml_bf16_t)` (ggml.h:379)
        """
    def ggml_bf16_to_fp32_row(self, arg0: Ptr[ggml_bf16_t], arg1: Ptr[float], arg2: int, /) -> None:
        """google brain half-precision bfloat16

        `void ggml_bf16_to_fp32_row(const ggml_bf16_t *, float *, int64_t)` (ggml.h:380)
        """
    def ggml_fp32_to_bf16_row_ref(self, arg0: ConstPtr[float], arg1: Ptr[ggml_bf16_t], arg2: int, /) -> None:
        """google brain half-precision bfloat16

        `void ggml_fp32_to_bf16_row_ref(const float *, ggml_bf16_t *, int64_t)` (ggml.h:381)
        """
    def ggml_fp32_to_bf16_row(self, arg0: ConstPtr[float], arg1: Ptr[ggml_bf16_t], arg2: int, /) -> None:
        """google brain half-precision bfloat16

        `void ggml_fp32_to_bf16_row(const float *, ggml_bf16_t *, int64_t)` (ggml.h:382)
        """
    def ggml_guid_matches(self, guid_a: ggml_guid_t, guid_b: ggml_guid_t, /) -> bool:
        """`bool ggml_guid_matches(ggml_guid_t guid_a, ggml_guid_t guid_b)` (ggml.h:735)"""
    def ggml_version(self, /) -> Ptr[bytes]:
        """`const char * ggml_version(void)` (ggml.h:739)"""
    def ggml_commit(self, /) -> Ptr[bytes]:
        """`const char * ggml_commit(void)` (ggml.h:740)"""
    def ggml_time_init(self, /) -> None:
        """call this once at the beginning of the program

        `void ggml_time_init(void)` (ggml.h:742)
        """
    def ggml_time_ms(self, /) -> int:
        """`int64_t ggml_time_ms(void)` (ggml.h:743)"""
    def ggml_time_us(self, /) -> int:
        """`int64_t ggml_time_us(void)` (ggml.h:744)"""
    def ggml_cycles(self, /) -> int:
        """`int64_t ggml_cycles(void)` (ggml.h:745)"""
    def ggml_cycles_per_ms(self, /) -> int:
        """`int64_t ggml_cycles_per_ms(void)` (ggml.h:746)"""
    def ggml_fopen(self, fname: ConstChars, mode: ConstChars, /) -> Ptr[Any]:
        """accepts a UTF-8 path, even on Windows

        `FILE * ggml_fopen(const char * fname, const char * mode)` (ggml.h:749)
        """
    def ggml_print_object(self, obj: Ptr[ggml_object], /) -> None:
        """`void ggml_print_object(const struct ggml_object * obj)` (ggml.h:751)"""
    def ggml_print_objects(self, ctx: Ptr[ggml_context], /) -> None:
        """`void ggml_print_objects(const struct ggml_context * ctx)` (ggml.h:752)"""
    def ggml_nelements(self, tensor: Ptr[ggml_tensor], /) -> int:
        """`int64_t ggml_nelements(const struct ggml_tensor * tensor)` (ggml.h:754)"""
    def ggml_nrows(self, tensor: Ptr[ggml_tensor], /) -> int:
        """`int64_t ggml_nrows(const struct ggml_tensor * tensor)` (ggml.h:755)"""
    def ggml_nbytes(self, tensor: Ptr[ggml_tensor], /) -> int:
        """`size_t ggml_nbytes(const struct ggml_tensor * tensor)` (ggml.h:756)"""
    def ggml_nbytes_pad(self, tensor: Ptr[ggml_tensor], /) -> int:
        """same as ggml_nbytes() but padded to GGML_MEM_ALIGN

        `size_t ggml_nbytes_pad(const struct ggml_tensor * tensor)` (ggml.h:757)
        """
    def ggml_blck_size(self, type: ggml_type, /) -> int:
        """`int64_t ggml_blck_size(enum ggml_type type)` (ggml.h:759)"""
    def ggml_type_size(self, type: ggml_type, /) -> int:
        """size in bytes for all elements in a block

        `size_t ggml_type_size(enum ggml_type type)` (ggml.h:760)
        """
    def ggml_row_size(self, type: ggml_type, ne: int, /) -> int:
        """size in bytes for all elements in a row

        `size_t ggml_row_size(enum ggml_type type, int64_t ne)` (ggml.h:761)
        """
    @deprecated("use ggml_row_size() instead")
    def ggml_type_sizef(self, type: ggml_type, /) -> float:
        """type: ggml_type_size()/ggml_blck_size() as float

        `double ggml_type_sizef(enum ggml_type type)` (ggml.h:763)
        """
    def ggml_type_name(self, type: ggml_type, /) -> Ptr[bytes]:
        """`const char * ggml_type_name(enum ggml_type type)` (ggml.h:767)"""
    def ggml_op_name(self, op: ggml_op, /) -> Ptr[bytes]:
        """`const char * ggml_op_name(enum ggml_op op)` (ggml.h:768)"""
    def ggml_op_symbol(self, op: ggml_op, /) -> Ptr[bytes]:
        """`const char * ggml_op_symbol(enum ggml_op op)` (ggml.h:769)"""
    def ggml_unary_op_name(self, op: ggml_unary_op, /) -> Ptr[bytes]:
        """`const char * ggml_unary_op_name(enum ggml_unary_op op)` (ggml.h:771)"""
    def ggml_glu_op_name(self, op: ggml_glu_op, /) -> Ptr[bytes]:
        """`const char * ggml_glu_op_name(enum ggml_glu_op op)` (ggml.h:772)"""
    def ggml_op_desc(self, t: Ptr[ggml_tensor], /) -> Ptr[bytes]:
        """unary or op name

        `const char * ggml_op_desc(const struct ggml_tensor * t)` (ggml.h:773)
        """
    def ggml_element_size(self, tensor: Ptr[ggml_tensor], /) -> int:
        """`size_t ggml_element_size(const struct ggml_tensor * tensor)` (ggml.h:775)"""
    def ggml_is_quantized(self, type: ggml_type, /) -> bool:
        """`bool ggml_is_quantized(enum ggml_type type)` (ggml.h:777)"""
    def ggml_ftype_to_ggml_type(self, ftype: ggml_ftype, /) -> ggml_type:
        """TODO: temporary until model loading of ggml examples is refactored

        `enum ggml_type ggml_ftype_to_ggml_type(enum ggml_ftype ftype)` (ggml.h:780)
        """
    def ggml_is_transposed(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_is_transposed(const struct ggml_tensor * tensor)` (ggml.h:782)"""
    def ggml_is_permuted(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_is_permuted(const struct ggml_tensor * tensor)` (ggml.h:783)"""
    def ggml_is_empty(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_is_empty(const struct ggml_tensor * tensor)` (ggml.h:784)"""
    def ggml_is_view(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_is_view(const struct ggml_tensor * tensor)` (ggml.h:785)"""
    def ggml_is_scalar(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_is_scalar(const struct ggml_tensor * tensor)` (ggml.h:786)"""
    def ggml_is_vector(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_is_vector(const struct ggml_tensor * tensor)` (ggml.h:787)"""
    def ggml_is_matrix(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_is_matrix(const struct ggml_tensor * tensor)` (ggml.h:788)"""
    def ggml_is_3d(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_is_3d(const struct ggml_tensor * tensor)` (ggml.h:789)"""
    def ggml_n_dims(self, tensor: Ptr[ggml_tensor], /) -> int:
        """returns 1 for scalars

        `int ggml_n_dims(const struct ggml_tensor * tensor)` (ggml.h:790)
        """
    def ggml_is_contiguous(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """returns whether the tensor elements can be iterated over with a flattened index (no gaps, no permutation)

        `bool ggml_is_contiguous(const struct ggml_tensor * tensor)` (ggml.h:793)
        """
    def ggml_is_contiguous_0(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """returns whether the tensor elements can be iterated over with a flattened index (no gaps, no permutation)
        same as ggml_is_contiguous()

        `bool ggml_is_contiguous_0(const struct ggml_tensor * tensor)` (ggml.h:794)
        """
    def ggml_is_contiguous_1(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """returns whether the tensor elements can be iterated over with a flattened index (no gaps, no permutation)
        contiguous for dims >= 1

        `bool ggml_is_contiguous_1(const struct ggml_tensor * tensor)` (ggml.h:795)
        """
    def ggml_is_contiguous_2(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """returns whether the tensor elements can be iterated over with a flattened index (no gaps, no permutation)
        contiguous for dims >= 2

        `bool ggml_is_contiguous_2(const struct ggml_tensor * tensor)` (ggml.h:796)
        """
    def ggml_is_contiguous_to_1(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """contiguous for dims < 1

        `bool ggml_is_contiguous_to_1(const struct ggml_tensor * tensor)` (ggml.h:798)
        """
    def ggml_is_contiguous_to_2(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """contiguous for dims < 2

        `bool ggml_is_contiguous_to_2(const struct ggml_tensor * tensor)` (ggml.h:799)
        """
    def ggml_is_contiguous_to_3(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """contiguous for dims < 3

        `bool ggml_is_contiguous_to_3(const struct ggml_tensor * tensor)` (ggml.h:800)
        """
    def ggml_is_contiguously_allocated(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """returns whether the tensor elements are allocated as one contiguous block of memory (no gaps, but permutation ok)

        `bool ggml_is_contiguously_allocated(const struct ggml_tensor * tensor)` (ggml.h:803)
        """
    def ggml_is_contiguous_channels(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """true for tensor that is stored in memory as CxWxHxN and has been permuted to WxHxCxN

        `bool ggml_is_contiguous_channels(const struct ggml_tensor * tensor)` (ggml.h:806)
        """
    def ggml_is_contiguous_rows(self, tensor: Ptr[ggml_tensor], /) -> bool:
        """true if the elements in dimension 0 are contiguous, or there is just 1 block of elements

        `bool ggml_is_contiguous_rows(const struct ggml_tensor * tensor)` (ggml.h:809)
        """
    def ggml_are_same_shape(self, t0: Ptr[ggml_tensor], t1: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_are_same_shape(const struct ggml_tensor * t0, const struct ggml_tensor * t1)` (ggml.h:811)"""
    def ggml_are_same_stride(self, t0: Ptr[ggml_tensor], t1: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_are_same_stride(const struct ggml_tensor * t0, const struct ggml_tensor * t1)` (ggml.h:812)"""
    def ggml_can_repeat(self, t0: Ptr[ggml_tensor], t1: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_can_repeat(const struct ggml_tensor * t0, const struct ggml_tensor * t1)` (ggml.h:814)"""
    def ggml_tensor_overhead(self, /) -> int:
        """use this to compute the memory overhead of a tensor

        `size_t ggml_tensor_overhead(void)` (ggml.h:817)
        """
    def ggml_validate_row_data(self, type: ggml_type, data: bytes | Ptr[Any], nbytes: int, /) -> bool:
        """`bool ggml_validate_row_data(enum ggml_type type, const void * data, size_t nbytes)` (ggml.h:819)"""
    def ggml_init(self, params: ggml_init_params, /) -> Ptr[ggml_context]:
        """`struct ggml_context * ggml_init(struct ggml_init_params params)` (ggml.h:823)"""
    def ggml_reset(self, ctx: Ptr[ggml_context], /) -> None:
        """`void ggml_reset(struct ggml_context * ctx)` (ggml.h:824)"""
    def ggml_free(self, ctx: Ptr[ggml_context], /) -> None:
        """`void ggml_free(struct ggml_context * ctx)` (ggml.h:825)"""
    def ggml_used_mem(self, ctx: Ptr[ggml_context], /) -> int:
        """`size_t ggml_used_mem(const struct ggml_context * ctx)` (ggml.h:827)"""
    def ggml_get_no_alloc(self, ctx: Ptr[ggml_context], /) -> bool:
        """`bool ggml_get_no_alloc(struct ggml_context * ctx)` (ggml.h:829)"""
    def ggml_set_no_alloc(self, ctx: Ptr[ggml_context], no_alloc: bool, /) -> None:
        """`void ggml_set_no_alloc(struct ggml_context * ctx, bool no_alloc)` (ggml.h:830)"""
    def ggml_get_mem_buffer(self, ctx: Ptr[ggml_context], /) -> Ptr[Any]:
        """`void * ggml_get_mem_buffer(const struct ggml_context * ctx)` (ggml.h:832)"""
    def ggml_get_mem_size(self, ctx: Ptr[ggml_context], /) -> int:
        """`size_t ggml_get_mem_size(const struct ggml_context * ctx)` (ggml.h:833)"""
    def ggml_get_max_tensor_size(self, ctx: Ptr[ggml_context], /) -> int:
        """`size_t ggml_get_max_tensor_size(const struct ggml_context * ctx)` (ggml.h:834)"""
    def ggml_new_tensor(self, ctx: Ptr[ggml_context], type: ggml_type, n_dims: int, ne: ConstPtr[int], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_new_tensor(struct ggml_context * ctx, enum ggml_type type, int n_dims, const int64_t * ne)` (ggml.h:836)"""
    def ggml_new_tensor_1d(self, ctx: Ptr[ggml_context], type: ggml_type, ne0: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_new_tensor_1d(struct ggml_context * ctx, enum ggml_type type, int64_t ne0)` (ggml.h:842)"""
    def ggml_new_tensor_2d(self, ctx: Ptr[ggml_context], type: ggml_type, ne0: int, ne1: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_new_tensor_2d(struct ggml_context * ctx, enum ggml_type type, int64_t ne0, int64_t ne1)` (ggml.h:847)"""
    def ggml_new_tensor_3d(self, ctx: Ptr[ggml_context], type: ggml_type, ne0: int, ne1: int, ne2: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_new_tensor_3d(struct ggml_context * ctx, enum ggml_type type, int64_t ne0, int64_t ne1, int64_t ne2)` (ggml.h:853)"""
    def ggml_new_tensor_4d(self, ctx: Ptr[ggml_context], type: ggml_type, ne0: int, ne1: int, ne2: int, ne3: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_new_tensor_4d(struct ggml_context * ctx, enum ggml_type type, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3)` (ggml.h:860)"""
    def ggml_new_buffer(self, ctx: Ptr[ggml_context], nbytes: int, /) -> Ptr[Any]:
        """`void * ggml_new_buffer(struct ggml_context * ctx, size_t nbytes)` (ggml.h:868)"""
    def ggml_dup_tensor(self, ctx: Ptr[ggml_context], src: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_dup_tensor(struct ggml_context * ctx, const struct ggml_tensor * src)` (ggml.h:870)"""
    def ggml_view_tensor(self, ctx: Ptr[ggml_context], src: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_view_tensor(struct ggml_context * ctx, struct ggml_tensor * src)` (ggml.h:871)"""
    def ggml_get_first_tensor(self, ctx: Ptr[ggml_context], /) -> ggml_tensor_p:
        """Context tensor enumeration and lookup

        `struct ggml_tensor * ggml_get_first_tensor(const struct ggml_context * ctx)` (ggml.h:874)
        """
    def ggml_get_next_tensor(self, ctx: Ptr[ggml_context], tensor: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """Context tensor enumeration and lookup

        `struct ggml_tensor * ggml_get_next_tensor(const struct ggml_context * ctx, struct ggml_tensor * tensor)` (ggml.h:875)
        """
    def ggml_get_tensor(self, ctx: Ptr[ggml_context], name: ConstChars, /) -> ggml_tensor_p:
        """Context tensor enumeration and lookup

        `struct ggml_tensor * ggml_get_tensor(struct ggml_context * ctx, const char * name)` (ggml.h:876)
        """
    def ggml_unravel_index(self, tensor: Ptr[ggml_tensor], i: int, i0: Ptr[int], i1: Ptr[int], i2: Ptr[int], i3: Ptr[int], /) -> None:
        """Converts a flat index into coordinates

        `void ggml_unravel_index(const struct ggml_tensor * tensor, int64_t i, int64_t * i0, int64_t * i1, int64_t * i2, int64_t * i3)` (ggml.h:879)
        """
    def ggml_get_unary_op(self, tensor: Ptr[ggml_tensor], /) -> ggml_unary_op:
        """`enum ggml_unary_op ggml_get_unary_op(const struct ggml_tensor * tensor)` (ggml.h:881)"""
    def ggml_get_glu_op(self, tensor: Ptr[ggml_tensor], /) -> ggml_glu_op:
        """`enum ggml_glu_op ggml_get_glu_op(const struct ggml_tensor * tensor)` (ggml.h:882)"""
    def ggml_get_data(self, tensor: Ptr[ggml_tensor], /) -> Ptr[Any]:
        """`void * ggml_get_data(const struct ggml_tensor * tensor)` (ggml.h:884)"""
    def ggml_get_data_f32(self, tensor: Ptr[ggml_tensor], /) -> Ptr[float]:
        """`float * ggml_get_data_f32(const struct ggml_tensor * tensor)` (ggml.h:885)"""
    def ggml_get_name(self, tensor: Ptr[ggml_tensor], /) -> Ptr[bytes]:
        """`const char * ggml_get_name(const struct ggml_tensor * tensor)` (ggml.h:887)"""
    def ggml_set_name(self, tensor: Ptr[ggml_tensor], name: ConstChars, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_set_name(struct ggml_tensor * tensor, const char * name)` (ggml.h:888)"""
    def ggml_format_name(self, tensor: Ptr[ggml_tensor], fmt: ConstChars, /, *args: CData) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_format_name(struct ggml_tensor * tensor, const char * fmt, ...)` (ggml.h:889)"""
    def ggml_set_input(self, tensor: Ptr[ggml_tensor], /) -> None:
        """Tensor flags

        `void ggml_set_input(struct ggml_tensor * tensor)` (ggml.h:893)
        """
    def ggml_set_output(self, tensor: Ptr[ggml_tensor], /) -> None:
        """Tensor flags

        `void ggml_set_output(struct ggml_tensor * tensor)` (ggml.h:894)
        """
    def ggml_set_param(self, tensor: Ptr[ggml_tensor], /) -> None:
        """Tensor flags

        `void ggml_set_param(struct ggml_tensor * tensor)` (ggml.h:895)
        """
    def ggml_set_loss(self, tensor: Ptr[ggml_tensor], /) -> None:
        """Tensor flags

        `void ggml_set_loss(struct ggml_tensor * tensor)` (ggml.h:896)
        """
    def ggml_dup(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_dup(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:902)"""
    def ggml_dup_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """in-place, returns view(a)

        `struct ggml_tensor * ggml_dup_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:907)
        """
    def ggml_add(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_add(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:911)"""
    def ggml_add_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_add_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:916)"""
    def ggml_add_cast(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], type: ggml_type, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_add_cast(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, enum ggml_type type)` (ggml.h:921)"""
    def ggml_add_id(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], ids: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """dst[i0, i1, i2] = a[i0, i1, i2] + b[i0, ids[i1, i2]]

        `struct ggml_tensor * ggml_add_id(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * ids)` (ggml.h:928)
        """
    @deprecated("use ggml_add instead")
    def ggml_add1(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_add1(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:934)"""
    @deprecated("use ggml_add_inplace instead")
    def ggml_add1_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_add1_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:940)"""
    def ggml_acc(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], nb1: int, nb2: int, nb3: int, offset: int, /) -> ggml_tensor_p:
        """dst = a
        view(dst, nb1, nb2, nb3, offset) += b
        return dst

        `struct ggml_tensor * ggml_acc(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, size_t nb1, size_t nb2, size_t nb3, size_t offset)` (ggml.h:949)
        """
    def ggml_acc_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], nb1: int, nb2: int, nb3: int, offset: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_acc_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, size_t nb1, size_t nb2, size_t nb3, size_t offset)` (ggml.h:958)"""
    def ggml_sub(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sub(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:967)"""
    def ggml_sub_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sub_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:972)"""
    def ggml_mul(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_mul(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:977)"""
    def ggml_mul_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_mul_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:982)"""
    def ggml_div(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_div(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:987)"""
    def ggml_div_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_div_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:992)"""
    def ggml_sqr(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sqr(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:997)"""
    def ggml_sqr_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sqr_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1001)"""
    def ggml_sqrt(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sqrt(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1005)"""
    def ggml_sqrt_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sqrt_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1009)"""
    def ggml_log(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_log(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1013)"""
    def ggml_log_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_log_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1017)"""
    def ggml_expm1(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_expm1(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1021)"""
    def ggml_expm1_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_expm1_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1025)"""
    def ggml_softplus(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_softplus(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1029)"""
    def ggml_softplus_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_softplus_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1033)"""
    def ggml_sin(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sin(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1037)"""
    def ggml_sin_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sin_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1041)"""
    def ggml_cos(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_cos(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1045)"""
    def ggml_cos_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_cos_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1049)"""
    def ggml_sum(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """return scalar

        `struct ggml_tensor * ggml_sum(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1054)
        """
    def ggml_sum_rows(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """sums along rows, with input shape [a,b,c,d] return shape [1,b,c,d]

        `struct ggml_tensor * ggml_sum_rows(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1059)
        """
    def ggml_cumsum(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_cumsum(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1063)"""
    def ggml_mean(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """mean along rows

        `struct ggml_tensor * ggml_mean(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1068)
        """
    def ggml_argmax(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """argmax along rows

        `struct ggml_tensor * ggml_argmax(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1073)
        """
    def ggml_count_equal(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """count number of equal elements in a and b

        `struct ggml_tensor * ggml_count_equal(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1078)
        """
    def ggml_repeat(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """if a is the same shape as b, and a is not parameter, return a
        otherwise, return a new tensor: repeat(a) to fit in b

        `struct ggml_tensor * ggml_repeat(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1085)
        """
    def ggml_repeat_4d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, ne2: int, ne3: int, /) -> ggml_tensor_p:
        """repeat a to the specified shape

        `struct ggml_tensor * ggml_repeat_4d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3)` (ggml.h:1091)
        """
    def ggml_repeat_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """sums repetitions in a into shape of b
        b: sum up values that are adjacent in dims > 0 instead of repeated with same stride

        `struct ggml_tensor * ggml_repeat_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1100)
        """
    def ggml_concat(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], dim: int, /) -> ggml_tensor_p:
        """concat a and b along dim
        used in stable-diffusion

        `struct ggml_tensor * ggml_concat(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int dim)` (ggml.h:1107)
        """
    def ggml_abs(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_abs(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1113)"""
    def ggml_abs_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_abs_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1117)"""
    def ggml_sgn(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sgn(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1121)"""
    def ggml_sgn_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sgn_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1125)"""
    def ggml_neg(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_neg(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1129)"""
    def ggml_neg_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_neg_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1133)"""
    def ggml_step(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_step(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1137)"""
    def ggml_step_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_step_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1141)"""
    def ggml_tanh(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_tanh(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1145)"""
    def ggml_tanh_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_tanh_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1149)"""
    def ggml_elu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_elu(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1153)"""
    def ggml_elu_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_elu_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1157)"""
    def ggml_relu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_relu(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1161)"""
    def ggml_leaky_relu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], negative_slope: float, inplace: bool, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_leaky_relu(struct ggml_context * ctx, struct ggml_tensor * a, float negative_slope, bool inplace)` (ggml.h:1165)"""
    def ggml_relu_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_relu_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1169)"""
    def ggml_sigmoid(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sigmoid(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1173)"""
    def ggml_sigmoid_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_sigmoid_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1177)"""
    def ggml_gelu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_gelu(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1181)"""
    def ggml_gelu_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_gelu_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1185)"""
    def ggml_gelu_erf(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """GELU using erf (error function) when possible
        some backends may fallback to approximation based on Abramowitz and Stegun formula

        `struct ggml_tensor * ggml_gelu_erf(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1191)
        """
    def ggml_gelu_erf_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_gelu_erf_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1195)"""
    def ggml_gelu_quick(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_gelu_quick(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1199)"""
    def ggml_gelu_quick_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_gelu_quick_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1203)"""
    def ggml_silu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_silu(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1207)"""
    def ggml_silu_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_silu_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1211)"""
    def ggml_silu_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """a - dy
        b - x

        `struct ggml_tensor * ggml_silu_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1217)
        """
    def ggml_hardswish(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """hardswish(x) = x * relu6(x + 3) / 6

        `struct ggml_tensor * ggml_hardswish(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1223)
        """
    def ggml_hardsigmoid(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """hardsigmoid(x) = relu6(x + 3) / 6

        `struct ggml_tensor * ggml_hardsigmoid(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1228)
        """
    def ggml_exp(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_exp(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1232)"""
    def ggml_exp_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_exp_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1236)"""
    def ggml_floor(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_floor(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1240)"""
    def ggml_floor_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_floor_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1244)"""
    def ggml_ceil(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_ceil(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1248)"""
    def ggml_ceil_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_ceil_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1252)"""
    def ggml_round(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_round(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1256)"""
    def ggml_round_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_round_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1260)"""
    def ggml_trunc(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_trunc(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1270)"""
    def ggml_trunc_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_trunc_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1274)"""
    def ggml_xielu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], alpha_n: float, alpha_p: float, beta: float, eps: float, /) -> ggml_tensor_p:
        """xIELU activation function
        x = x * (c_a(alpha_n) + c_b(alpha_p, beta) * sigmoid(beta * x)) + eps * (x > 0)
        where c_a = softplus and c_b(a, b) = softplus(a) + b are constraining functions
        that constrain the positive and negative source alpha values respectively

        `struct ggml_tensor * ggml_xielu(struct ggml_context * ctx, struct ggml_tensor * a, float alpha_n, float alpha_p, float beta, float eps)` (ggml.h:1284)
        """
    def ggml_glu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], op: ggml_glu_op, swapped: bool, /) -> ggml_tensor_p:
        """gated linear unit ops
        A: n columns, r rows,
        result is n / 2 columns, r rows,
        expects gate in second half of row, unless swapped is true

        `struct ggml_tensor * ggml_glu(struct ggml_context * ctx, struct ggml_tensor * a, enum ggml_glu_op op, bool swapped)` (ggml.h:1296)
        """
    def ggml_reglu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_reglu(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1302)"""
    def ggml_reglu_swapped(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_reglu_swapped(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1306)"""
    def ggml_geglu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_geglu(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1310)"""
    def ggml_geglu_swapped(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_geglu_swapped(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1314)"""
    def ggml_swiglu(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_swiglu(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1318)"""
    def ggml_swiglu_swapped(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_swiglu_swapped(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1322)"""
    def ggml_geglu_erf(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_geglu_erf(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1326)"""
    def ggml_geglu_erf_swapped(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_geglu_erf_swapped(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1330)"""
    def ggml_geglu_quick(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_geglu_quick(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1334)"""
    def ggml_geglu_quick_swapped(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_geglu_quick_swapped(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1338)"""
    def ggml_glu_split(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], op: ggml_glu_op, /) -> ggml_tensor_p:
        """A: n columns, r rows,
        B: n columns, r rows,

        `struct ggml_tensor * ggml_glu_split(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, enum ggml_glu_op op)` (ggml.h:1344)
        """
    def ggml_reglu_split(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_reglu_split(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1350)"""
    def ggml_geglu_split(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_geglu_split(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1355)"""
    def ggml_swiglu_split(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_swiglu_split(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1360)"""
    def ggml_geglu_erf_split(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_geglu_erf_split(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1365)"""
    def ggml_geglu_quick_split(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_geglu_quick_split(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1370)"""
    def ggml_swiglu_oai(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], alpha: float, limit: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_swiglu_oai(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, float alpha, float limit)` (ggml.h:1375)"""
    def ggml_swiglu_clamp(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], limit: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_swiglu_clamp(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, float limit)` (ggml.h:1382)"""
    def ggml_norm(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], eps: float, /) -> ggml_tensor_p:
        """normalize along rows

        `struct ggml_tensor * ggml_norm(struct ggml_context * ctx, struct ggml_tensor * a, float eps)` (ggml.h:1389)
        """
    def ggml_norm_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], eps: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_norm_inplace(struct ggml_context * ctx, struct ggml_tensor * a, float eps)` (ggml.h:1394)"""
    def ggml_rms_norm(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], eps: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_rms_norm(struct ggml_context * ctx, struct ggml_tensor * a, float eps)` (ggml.h:1399)"""
    def ggml_rms_norm_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], eps: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_rms_norm_inplace(struct ggml_context * ctx, struct ggml_tensor * a, float eps)` (ggml.h:1404)"""
    def ggml_group_norm(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], n_groups: int, eps: float, /) -> ggml_tensor_p:
        """group normalize along ne0*ne1*n_groups
        used in stable-diffusion

        `struct ggml_tensor * ggml_group_norm(struct ggml_context * ctx, struct ggml_tensor * a, int n_groups, float eps)` (ggml.h:1411)
        """
    def ggml_group_norm_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], n_groups: int, eps: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_group_norm_inplace(struct ggml_context * ctx, struct ggml_tensor * a, int n_groups, float eps)` (ggml.h:1417)"""
    def ggml_l2_norm(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], eps: float, /) -> ggml_tensor_p:
        """l2 normalize along rows
        used in rwkv v7

        `struct ggml_tensor * ggml_l2_norm(struct ggml_context * ctx, struct ggml_tensor * a, float eps)` (ggml.h:1425)
        """
    def ggml_l2_norm_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], eps: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_l2_norm_inplace(struct ggml_context * ctx, struct ggml_tensor * a, float eps)` (ggml.h:1430)"""
    def ggml_rms_norm_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], eps: float, /) -> ggml_tensor_p:
        """a - x
        b - dy

        `struct ggml_tensor * ggml_rms_norm_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, float eps)` (ggml.h:1437)
        """
    def ggml_prec_set_acc(self, a: Ptr[ggml_tensor], prec: ggml_prec, /) -> bool:
        """[TAG_GGML_PREC]
        set the minimum required accumulator type for the implementation to use during the compute
        for example:
         - GGML_PREC_F32  - requires accumulation of the results in F32
         - GGML_PREC_BF16 - can accumulate the results in BF16, F32
         - GGML_PREC_F16  - can accumulate the results in F16, F32
         - GGML_PREC_Q8   - not allowed
         - GGML_PREC_Q4   - not allowed

        return false on faliure

        `bool ggml_prec_set_acc(struct ggml_tensor * a, enum ggml_prec prec)` (ggml.h:1453)
        """
    def ggml_prec_set_src(self, a: Ptr[ggml_tensor], prec: ggml_prec, idx: int, /) -> bool:
        """[TAG_GGML_PREC]
        set the smallest rank that the implementation can use to internally convert the src[idx] data to
        ranks in decreasing order:
         - GGML_PREC_F32  - GGML_TYPE_F32
         - GGML_PREC_BF16 - GGML_TYPE_BF16
         - GGML_PREC_F16  - GGML_TYPE_F16,
         - GGML_PREC_Q8   - GGML_TYPE_Q8_0, GGML_TYPE_Q8_1, GGML_TYPE_Q8_K, etc.
         - GGML_PREC_Q4   - GGML_TYPE_Q4_0, GGML_TYPE_Q4_1, GGML_TYPE_Q4_K, GGML_TYPE_NVFP4, GGML_TYPE_MXFP4, etc.

        for example:
          - ggml_prec_set_src(a, GGML_PREC_Q8, 1):
            - allows the implementation to quantize F32, BF16, F16 data of src[1] down to GGML_TYPE_Q8_0
            - cannot quantize it down to GGML_TYPE_Q4_0 or GGML_TYPE_NVFP4
          - ggml_prec_set_src(a, GGML_PREC_Q4, 1):
            - allows the implementation to quantize F32, BF16, F16 data of src[1] down to 4-bit datatypes such as GGML_TYPE_Q4_K, GGML_TYPE_NVFP4 etc.

        return false on faliure

        `bool ggml_prec_set_src(struct ggml_tensor * a, enum ggml_prec prec, int idx)` (ggml.h:1474)
        """
    def ggml_mul_mat(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """A: k columns, n rows => [ne03, ne02, n, k]
        B: k columns, m rows  (i.e. we transpose it internally) => [ne03 * x, ne02 * y, m, k]
        result is n columns, m rows => [ne03 * x, ne02 * y, m, n]

        `struct ggml_tensor * ggml_mul_mat(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1482)
        """
    @deprecated("use ggml_prec_set_acc() instead")
    def ggml_mul_mat_set_prec(self, a: Ptr[ggml_tensor], prec: ggml_prec, /) -> None:
        """change the precision of a matrix multiplication
        set to GGML_PREC_F32 for higher precision (useful for phi-2)

        `void ggml_mul_mat_set_prec(struct ggml_tensor * a, enum ggml_prec prec)` (ggml.h:1489)
        """
    def ggml_mul_mat_set_hint(self, a: Ptr[ggml_tensor], hint: ggml_op_hint, /) -> None:
        """change the hint of a matrix multiplication

        `void ggml_mul_mat_set_hint(struct ggml_tensor * a, enum ggml_op_hint hint)` (ggml.h:1495)
        """
    def ggml_mul_mat_id(self, ctx: Ptr[ggml_context], as_: Ptr[ggml_tensor], b: Ptr[ggml_tensor], ids: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """indirect matrix multiplication

        `struct ggml_tensor * ggml_mul_mat_id(struct ggml_context * ctx, struct ggml_tensor * as, struct ggml_tensor * b, struct ggml_tensor * ids)` (ggml.h:1500)
        """
    def ggml_out_prod(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """A: m columns, n rows,
        B: p columns, n rows,
        result is m columns, p rows

        `struct ggml_tensor * ggml_out_prod(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1509)
        """
    def ggml_scale(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], s: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_scale(struct ggml_context * ctx, struct ggml_tensor * a, float s)` (ggml.h:1518)"""
    def ggml_scale_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], s: float, /) -> ggml_tensor_p:
        """in-place, returns view(a)

        `struct ggml_tensor * ggml_scale_inplace(struct ggml_context * ctx, struct ggml_tensor * a, float s)` (ggml.h:1524)
        """
    def ggml_scale_bias(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], s: float, b: float, /) -> ggml_tensor_p:
        """x = s * a + b

        `struct ggml_tensor * ggml_scale_bias(struct ggml_context * ctx, struct ggml_tensor * a, float s, float b)` (ggml.h:1530)
        """
    def ggml_scale_bias_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], s: float, b: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_scale_bias_inplace(struct ggml_context * ctx, struct ggml_tensor * a, float s, float b)` (ggml.h:1536)"""
    def ggml_set(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], nb1: int, nb2: int, nb3: int, offset: int, /) -> ggml_tensor_p:
        """b -> view(a,offset,nb1,nb2,3), return modified a
        offset: in bytes

        `struct ggml_tensor * ggml_set(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, size_t nb1, size_t nb2, size_t nb3, size_t offset)` (ggml.h:1543)
        """
    def ggml_set_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], nb1: int, nb2: int, nb3: int, offset: int, /) -> ggml_tensor_p:
        """b -> view(a,offset,nb1,nb2,3), return view(a)
        offset: in bytes

        `struct ggml_tensor * ggml_set_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, size_t nb1, size_t nb2, size_t nb3, size_t offset)` (ggml.h:1553)
        """
    def ggml_set_1d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], offset: int, /) -> ggml_tensor_p:
        """offset: in bytes

        `struct ggml_tensor * ggml_set_1d(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, size_t offset)` (ggml.h:1562)
        """
    def ggml_set_1d_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], offset: int, /) -> ggml_tensor_p:
        """offset: in bytes

        `struct ggml_tensor * ggml_set_1d_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, size_t offset)` (ggml.h:1568)
        """
    def ggml_set_2d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], nb1: int, offset: int, /) -> ggml_tensor_p:
        """b -> view(a,offset,nb1,nb2,3), return modified a
        offset: in bytes

        `struct ggml_tensor * ggml_set_2d(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, size_t nb1, size_t offset)` (ggml.h:1575)
        """
    def ggml_set_2d_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], nb1: int, offset: int, /) -> ggml_tensor_p:
        """b -> view(a,offset,nb1,nb2,3), return view(a)
        offset: in bytes

        `struct ggml_tensor * ggml_set_2d_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, size_t nb1, size_t offset)` (ggml.h:1583)
        """
    def ggml_cpy(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """a -> b, return view(b)

        `struct ggml_tensor * ggml_cpy(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1591)
        """
    def ggml_cast(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], type: ggml_type, /) -> ggml_tensor_p:
        """note: casting from f32 to i32 will discard the fractional part

        `struct ggml_tensor * ggml_cast(struct ggml_context * ctx, struct ggml_tensor * a, enum ggml_type type)` (ggml.h:1597)
        """
    def ggml_cont(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """make contiguous

        `struct ggml_tensor * ggml_cont(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1603)
        """
    def ggml_cont_1d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, /) -> ggml_tensor_p:
        """make contiguous, with new shape

        `struct ggml_tensor * ggml_cont_1d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0)` (ggml.h:1608)
        """
    def ggml_cont_2d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_cont_2d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1)` (ggml.h:1613)"""
    def ggml_cont_3d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, ne2: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_cont_3d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2)` (ggml.h:1619)"""
    def ggml_cont_4d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, ne2: int, ne3: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_cont_4d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3)` (ggml.h:1626)"""
    def ggml_reshape(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """return view(a), b specifies the new shape
        TODO: when we start computing gradient, make a copy instead of view

        `struct ggml_tensor * ggml_reshape(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1636)
        """
    def ggml_reshape_1d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, /) -> ggml_tensor_p:
        """return view(a)
        TODO: when we start computing gradient, make a copy instead of view

        `struct ggml_tensor * ggml_reshape_1d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0)` (ggml.h:1643)
        """
    def ggml_reshape_2d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_reshape_2d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1)` (ggml.h:1648)"""
    def ggml_reshape_3d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, ne2: int, /) -> ggml_tensor_p:
        """return view(a)
        TODO: when we start computing gradient, make a copy instead of view

        `struct ggml_tensor * ggml_reshape_3d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2)` (ggml.h:1656)
        """
    def ggml_reshape_4d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, ne2: int, ne3: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_reshape_4d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3)` (ggml.h:1663)"""
    def ggml_view_1d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, offset: int, /) -> ggml_tensor_p:
        """offset in bytes

        `struct ggml_tensor * ggml_view_1d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, size_t offset)` (ggml.h:1672)
        """
    def ggml_view_2d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, nb1: int, offset: int, /) -> ggml_tensor_p:
        """nb1: row stride in bytes

        `struct ggml_tensor * ggml_view_2d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1, size_t nb1, size_t offset)` (ggml.h:1678)
        """
    def ggml_view_3d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, ne2: int, nb1: int, nb2: int, offset: int, /) -> ggml_tensor_p:
        """nb1: row   stride in bytes
        nb2: slice stride in bytes

        `struct ggml_tensor * ggml_view_3d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2, size_t nb1, size_t nb2, size_t offset)` (ggml.h:1686)
        """
    def ggml_view_4d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, ne2: int, ne3: int, nb1: int, nb2: int, nb3: int, offset: int, /) -> ggml_tensor_p:
        """nb1: row   stride in bytes
        nb2: slice stride in bytes

        `struct ggml_tensor * ggml_view_4d(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3, size_t nb1, size_t nb2, size_t nb3, size_t offset)` (ggml.h:1696)
        """
    def ggml_permute(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], axis0: int, axis1: int, axis2: int, axis3: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_permute(struct ggml_context * ctx, struct ggml_tensor * a, int axis0, int axis1, int axis2, int axis3)` (ggml.h:1708)"""
    def ggml_transpose(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """alias for ggml_permute(ctx, a, 1, 0, 2, 3)

        `struct ggml_tensor * ggml_transpose(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1717)
        """
    def ggml_get_rows(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """supports 4D a:
        a     [n_embd, ne1, ne2, ne3]
        b I32 [n_rows, ne2, ne3, 1]

        return [n_embd, n_rows, ne2, ne3]
        a: data
        b: row indices

        `struct ggml_tensor * ggml_get_rows(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:1726)
        """
    def ggml_get_rows_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """a: gradients of ggml_get_rows result
        b: row indices
        c: data for ggml_get_rows, only used for its shape

        `struct ggml_tensor * ggml_get_rows_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c)` (ggml.h:1731)
        """
    def ggml_set_rows(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """a TD  [n_embd, ne1,    ne2,    ne3]
        b TS  [n_embd, n_rows, ne02,   ne03] | ne02 == ne2, ne03 == ne3
        c I64 [n_rows, ne11,   ne12,   1]    | c[i] in [0, ne1)

        undefined behavior if destination rows overlap

        broadcast:
          ne2 % ne11 == 0
          ne3 % ne12 == 0

        return view(a)
        a: destination
        b: source
        c: row indices

        `struct ggml_tensor * ggml_set_rows(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c)` (ggml.h:1748)
        """
    def ggml_diag(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_diag(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1754)"""
    def ggml_diag_mask_inf(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], n_past: int, /) -> ggml_tensor_p:
        """set elements above the diagonal to -INF

        `struct ggml_tensor * ggml_diag_mask_inf(struct ggml_context * ctx, struct ggml_tensor * a, int n_past)` (ggml.h:1759)
        """
    def ggml_diag_mask_inf_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], n_past: int, /) -> ggml_tensor_p:
        """in-place, returns view(a)

        `struct ggml_tensor * ggml_diag_mask_inf_inplace(struct ggml_context * ctx, struct ggml_tensor * a, int n_past)` (ggml.h:1765)
        """
    def ggml_diag_mask_zero(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], n_past: int, /) -> ggml_tensor_p:
        """set elements above the diagonal to 0

        `struct ggml_tensor * ggml_diag_mask_zero(struct ggml_context * ctx, struct ggml_tensor * a, int n_past)` (ggml.h:1771)
        """
    def ggml_diag_mask_zero_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], n_past: int, /) -> ggml_tensor_p:
        """in-place, returns view(a)

        `struct ggml_tensor * ggml_diag_mask_zero_inplace(struct ggml_context * ctx, struct ggml_tensor * a, int n_past)` (ggml.h:1777)
        """
    def ggml_clamp(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], min: float, max: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_clamp(struct ggml_context * ctx, struct ggml_tensor * a, float min, float max)` (ggml.h:1782)"""
    def ggml_clamp_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], min: float, max: float, /) -> ggml_tensor_p:
        """in-place, returns view(a)

        `struct ggml_tensor * ggml_clamp_inplace(struct ggml_context * ctx, struct ggml_tensor * a, float min, float max)` (ggml.h:1789)
        """
    def ggml_soft_max(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_soft_max(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1795)"""
    def ggml_soft_max_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """in-place, returns view(a)

        `struct ggml_tensor * ggml_soft_max_inplace(struct ggml_context * ctx, struct ggml_tensor * a)` (ggml.h:1800)
        """
    def ggml_soft_max_ext(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], mask: Ptr[ggml_tensor], scale: float, max_bias: float, /) -> ggml_tensor_p:
        """a    [ne0, ne01, ne02, ne03]
        mask [ne0, ne11, ne12, ne13] | ne11 >= ne01, F16 or F32, optional

        broadcast:
          ne02 % ne12 == 0
          ne03 % ne13 == 0

        fused soft_max(a*scale + mask*(ALiBi slope))
        max_bias = 0.0f for no ALiBi

        `struct ggml_tensor * ggml_soft_max_ext(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * mask, float scale, float max_bias)` (ggml.h:1813)
        """
    def ggml_soft_max_ext_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], mask: Ptr[ggml_tensor], scale: float, max_bias: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_soft_max_ext_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * mask, float scale, float max_bias)` (ggml.h:1820)"""
    def ggml_soft_max_add_sinks(self, a: Ptr[ggml_tensor], sinks: Ptr[ggml_tensor], /) -> None:
        """`void ggml_soft_max_add_sinks(struct ggml_tensor * a, struct ggml_tensor * sinks)` (ggml.h:1827)"""
    def ggml_soft_max_ext_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], scale: float, max_bias: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_soft_max_ext_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, float scale, float max_bias)` (ggml.h:1831)"""
    def ggml_soft_max_ext_back_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], scale: float, max_bias: float, /) -> ggml_tensor_p:
        """in-place, returns view(a)

        `struct ggml_tensor * ggml_soft_max_ext_back_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, float scale, float max_bias)` (ggml.h:1839)
        """
    def ggml_rope(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], n_dims: int, mode: int, /) -> ggml_tensor_p:
        """rotary position embedding
        if (mode & 1) - skip n_past elements (NOT SUPPORTED)
        if (mode & GGML_ROPE_TYPE_NEOX) - GPT-NeoX style

        b is an int32 vector with size a->ne[2], it contains the positions

        `struct ggml_tensor * ggml_rope(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int n_dims, int mode)` (ggml.h:1851)
        """
    def ggml_rope_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], n_dims: int, mode: int, /) -> ggml_tensor_p:
        """in-place, returns view(a)

        `struct ggml_tensor * ggml_rope_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int n_dims, int mode)` (ggml.h:1859)
        """
    def ggml_rope_ext(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], n_dims: int, mode: int, n_ctx_orig: int, freq_base: float, freq_scale: float, ext_factor: float, attn_factor: float, beta_fast: float, beta_slow: float, /) -> ggml_tensor_p:
        """RoPE operations with extended options
        a is the input tensor to apply RoPE to, shape [n_embd, n_head, n_token]
        b is an int32 vector with size n_token
        c is freq factors (e.g. phi3-128k), (optional)
        mode can be GGML_ROPE_TYPE_NORMAL or NEOX; for MROPE and VISION mode, use ggml_rope_multi

        pseudo-code for computing theta:
          for i in [0, n_dims/2):
            theta[i] = b[i] * powf(freq_base, -2.0 * i / n_dims);
            theta[i] = theta[i] / c[i];  # if c is provided, divide theta by c
            theta[i] = rope_yarn(theta[i], ...);  # note: theta = theta * freq_scale is applied here

        other params are used by YaRN RoPE scaling, these default values will disable YaRN:
          freq_scale  = 1.0f
          ext_factor  = 0.0f
          attn_factor = 1.0f
          beta_fast   = 0.0f
          beta_slow   = 0.0f

        example:
          (marking: c = cos, s = sin, 0 = unrotated)
          given a single head with size = 8 --> [00000000]
          GGML_ROPE_TYPE_NORMAL  n_dims = 4 --> [cscs0000]
          GGML_ROPE_TYPE_NORMAL  n_dims = 8 --> [cscscscs]
          GGML_ROPE_TYPE_NEOX    n_dims = 4 --> [ccss0000]
          GGML_ROPE_TYPE_NEOX    n_dims = 8 --> [ccccssss]

        `struct ggml_tensor * ggml_rope_ext(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c, int n_dims, int mode, int n_ctx_orig, float freq_base, float freq_scale, float ext_factor, float attn_factor, float beta_fast, float beta_slow)` (ggml.h:1892)
        """
    def ggml_rope_multi(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], n_dims: int, sections: Ptr[int], mode: int, n_ctx_orig: int, freq_base: float, freq_scale: float, ext_factor: float, attn_factor: float, beta_fast: float, beta_slow: float, /) -> ggml_tensor_p:
        """multi-dimensional RoPE, for Qwen-VL and similar vision models
        mode can be either VISION, MROPE, IMROPE, cannot be combined with NORMAL or NEOX
        sections specify how many dimensions to rotate in each section:
          section length is equivalent to number of cos/sin pairs, NOT the number of dims
          (i.e. sum of 4 sections are expected to be n_dims/2)
          last sections can be 0, means ignored
        all other options are identical to ggml_rope_ext

        important note:
          - NEOX ordering is automatically applied and cannot be disabled for MROPE and VISION
            if you need normal ordering, there are 2 methods:
            (1) split the tensor manually using ggml_view
            (2) permute the weight upon conversion
          - for VISION, n_dims must be head_size/2

        example M-RoPE:
         given sections = [t=4, y=2, x=2, 0]
         given a single head with size = 18 --> [000000000000000000]
         GGML_ROPE_TYPE_MROPE   n_dims = 16 --> [ttttyyxxttttyyxx00] (cos/sin are applied in NEOX ordering)
         GGML_ROPE_TYPE_IMROPE  n_dims = 16 --> [ttyxttyxttyxttyx00] (interleaved M-RoPE, still NEOX ordering)
         note: the theta for each dim is computed the same way as ggml_rope_ext, no matter the section
               in other words, idx used for theta: [0123456789... until n_dims/2], not reset for each section

        example vision RoPE:
         given sections = [y=4, x=4, 0, 0] (last 2 sections are ignored)
         given a single head with size = 8 --> [00000000]
         GGML_ROPE_TYPE_VISION  n_dims = 4 --> [yyyyxxxx]
         other values of n_dims are untested and is undefined behavior
         note: unlike MROPE, the theta for each dim is computed differently for each section
               in other words, idx used for theta: [0123] for y section, then [0123] for x section

        `struct ggml_tensor * ggml_rope_multi(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c, int n_dims, int sections[4], int mode, int n_ctx_orig, float freq_base, float freq_scale, float ext_factor, float attn_factor, float beta_fast, float beta_slow)` (ggml.h:1937)
        """
    def ggml_rope_ext_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], n_dims: int, mode: int, n_ctx_orig: int, freq_base: float, freq_scale: float, ext_factor: float, attn_factor: float, beta_fast: float, beta_slow: float, /) -> ggml_tensor_p:
        """in-place, returns view(a)

        `struct ggml_tensor * ggml_rope_ext_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c, int n_dims, int mode, int n_ctx_orig, float freq_base, float freq_scale, float ext_factor, float attn_factor, float beta_fast, float beta_slow)` (ggml.h:1954)
        """
    def ggml_rope_multi_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], n_dims: int, sections: Ptr[int], mode: int, n_ctx_orig: int, freq_base: float, freq_scale: float, ext_factor: float, attn_factor: float, beta_fast: float, beta_slow: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_rope_multi_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c, int n_dims, int sections[4], int mode, int n_ctx_orig, float freq_base, float freq_scale, float ext_factor, float attn_factor, float beta_fast, float beta_slow)` (ggml.h:1969)"""
    @deprecated("use ggml_rope_ext instead")
    def ggml_rope_custom(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], n_dims: int, mode: int, n_ctx_orig: int, freq_base: float, freq_scale: float, ext_factor: float, attn_factor: float, beta_fast: float, beta_slow: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_rope_custom(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int n_dims, int mode, int n_ctx_orig, float freq_base, float freq_scale, float ext_factor, float attn_factor, float beta_fast, float beta_slow)` (ggml.h:1985)"""
    @deprecated("use ggml_rope_ext_inplace instead")
    def ggml_rope_custom_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], n_dims: int, mode: int, n_ctx_orig: int, freq_base: float, freq_scale: float, ext_factor: float, attn_factor: float, beta_fast: float, beta_slow: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_rope_custom_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int n_dims, int mode, int n_ctx_orig, float freq_base, float freq_scale, float ext_factor, float attn_factor, float beta_fast, float beta_slow)` (ggml.h:2000)"""
    def ggml_rope_yarn_corr_dims(self, n_dims: int, n_ctx_orig: int, freq_base: float, beta_fast: float, beta_slow: float, dims: Ptr[float], /) -> None:
        """compute correction dims for YaRN RoPE scaling

        `void ggml_rope_yarn_corr_dims(int n_dims, int n_ctx_orig, float freq_base, float beta_fast, float beta_slow, float dims[2])` (ggml.h:2016)
        """
    def ggml_rope_ext_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], n_dims: int, mode: int, n_ctx_orig: int, freq_base: float, freq_scale: float, ext_factor: float, attn_factor: float, beta_fast: float, beta_slow: float, /) -> ggml_tensor_p:
        """rotary position embedding backward, i.e compute dx from dy
        a - dy
        a: gradients of ggml_rope result
        b: positions
        c: freq factors

        `struct ggml_tensor * ggml_rope_ext_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c, int n_dims, int mode, int n_ctx_orig, float freq_base, float freq_scale, float ext_factor, float attn_factor, float beta_fast, float beta_slow)` (ggml.h:2021)
        """
    def ggml_rope_multi_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], n_dims: int, sections: Ptr[int], mode: int, n_ctx_orig: int, freq_base: float, freq_scale: float, ext_factor: float, attn_factor: float, beta_fast: float, beta_slow: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_rope_multi_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c, int n_dims, int sections[4], int mode, int n_ctx_orig, float freq_base, float freq_scale, float ext_factor, float attn_factor, float beta_fast, float beta_slow)` (ggml.h:2036)"""
    def ggml_rope_set_offset(self, a: Ptr[ggml_tensor], n_offs: int, /) -> ggml_tensor_p:
        """set the offset dims for RoPE
        a must be GGML_OP_ROPE or GGML_OP_ROPE_BACK
        vision RoPE is not supported
        example: (marking: x = rotated, 0 = unrotated)
            n_embd = 10, n_dims = 4, offset = 2 --> [00xxxx0000]

        `struct ggml_tensor * ggml_rope_set_offset(struct ggml_tensor * a, int n_offs)` (ggml.h:2057)
        """
    def ggml_im2col(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s0: int, s1: int, p0: int, p1: int, d0: int, d1: int, is_2D: bool, dst_type: ggml_type, /) -> ggml_tensor_p:
        """im2col
        converts data into a format that effectively results in a convolution when combined with matrix multiplication
        a: convolution kernel
        b: data
        s0: stride dimension 0
        s1: stride dimension 1
        p0: padding dimension 0
        p1: padding dimension 1
        d0: dilation dimension 0
        d1: dilation dimension 1

        `struct ggml_tensor * ggml_im2col(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s0, int s1, int p0, int p1, int d0, int d1, bool is_2D, enum ggml_type dst_type)` (ggml.h:2063)
        """
    def ggml_im2col_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], ne: Ptr[int], s0: int, s1: int, p0: int, p1: int, d0: int, d1: int, is_2D: bool, /) -> ggml_tensor_p:
        """a: convolution kernel
        b: gradient of im2col output
        ne: shape of im2col input
        s0: stride dimension 0
        s1: stride dimension 1
        p0: padding dimension 0
        p1: padding dimension 1
        d0: dilation dimension 0
        d1: dilation dimension 1

        `struct ggml_tensor * ggml_im2col_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int64_t * ne, int s0, int s1, int p0, int p1, int d0, int d1, bool is_2D)` (ggml.h:2076)
        """
    def ggml_col2im_1d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], s0: int, oc: int, p0: int, /) -> ggml_tensor_p:
        """col2im_1d: scatter-add GEMM columns back to 1D signal
        a: [K*OC, T_in]  (columns from matmul, K = a->ne[0]/OC)
        result: [T_out, OC]  where T_out = (T_in - 1)*s0 + K - 2*p0
        a: columns [K*OC, T_in]
        s0: stride
        oc: output channels
        p0: padding to crop from both sides

        `struct ggml_tensor * ggml_col2im_1d(struct ggml_context * ctx, struct ggml_tensor * a, int s0, int oc, int p0)` (ggml.h:2092)
        """
    def ggml_conv_1d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s0: int, p0: int, d0: int, /) -> ggml_tensor_p:
        """a: convolution kernel
        b: data
        s0: stride
        p0: padding
        d0: dilation

        `struct ggml_tensor * ggml_conv_1d(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s0, int p0, int d0)` (ggml.h:2099)
        """
    def ggml_conv_1d_ph(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s: int, d: int, /) -> ggml_tensor_p:
        """conv_1d with padding = half
        alias for ggml_conv_1d(a, b, s, a->ne[0]/2, d)
        a: convolution kernel
        b: data
        s: stride
        d: dilation

        `struct ggml_tensor * ggml_conv_1d_ph(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s, int d)` (ggml.h:2109)
        """
    def ggml_conv_1d_dw(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s0: int, p0: int, d0: int, /) -> ggml_tensor_p:
        """depthwise
        TODO: this is very likely wrong for some cases! - needs more testing
        a: convolution kernel
        b: data
        s0: stride
        p0: padding
        d0: dilation

        `struct ggml_tensor * ggml_conv_1d_dw(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s0, int p0, int d0)` (ggml.h:2118)
        """
    def ggml_conv_1d_dw_ph(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s0: int, d0: int, /) -> ggml_tensor_p:
        """a: convolution kernel
        b: data
        s0: stride
        d0: dilation

        `struct ggml_tensor * ggml_conv_1d_dw_ph(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s0, int d0)` (ggml.h:2126)
        """
    def ggml_conv_transpose_1d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s0: int, p0: int, d0: int, /) -> ggml_tensor_p:
        """a: convolution kernel
        b: data
        s0: stride
        p0: padding
        d0: dilation

        `struct ggml_tensor * ggml_conv_transpose_1d(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s0, int p0, int d0)` (ggml.h:2133)
        """
    def ggml_conv_2d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s0: int, s1: int, p0: int, p1: int, d0: int, d1: int, /) -> ggml_tensor_p:
        """a: convolution kernel
        b: data
        s0: stride dimension 0
        s1: stride dimension 1
        p0: padding dimension 0
        p1: padding dimension 1
        d0: dilation dimension 0
        d1: dilation dimension 1

        `struct ggml_tensor * ggml_conv_2d(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s0, int s1, int p0, int p1, int d0, int d1)` (ggml.h:2141)
        """
    def ggml_im2col_3d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], IC: int, s0: int, s1: int, s2: int, p0: int, p1: int, p2: int, d0: int, d1: int, d2: int, dst_type: ggml_type, /) -> ggml_tensor_p:
        """s0: stride width
        s1: stride height
        s2: stride depth
        p0: padding width
        p1: padding height
        p2: padding depth
        d0: dilation width
        d1: dilation height
        d2: dilation depth

        `struct ggml_tensor * ggml_im2col_3d(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int64_t IC, int s0, int s1, int s2, int p0, int p1, int p2, int d0, int d1, int d2, enum ggml_type dst_type)` (ggml.h:2152)
        """
    def ggml_conv_3d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], IC: int, s0: int, s1: int, s2: int, p0: int, p1: int, p2: int, d0: int, d1: int, d2: int, /) -> ggml_tensor_p:
        """a: [OC*IC, KD, KH, KW]
        b: [N*IC, ID, IH, IW]
        result: [N*OC, OD, OH, OW]
        s0: stride width
        s1: stride height
        s2: stride depth
        p0: padding width
        p1: padding height
        p2: padding depth
        d0: dilation width
        d1: dilation height
        d2: dilation depth

        `struct ggml_tensor * ggml_conv_3d(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int64_t IC, int s0, int s1, int s2, int p0, int p1, int p2, int d0, int d1, int d2)` (ggml.h:2171)
        """
    def ggml_conv_2d_sk_p0(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """kernel size is a->ne[0] x a->ne[1]
        stride is equal to kernel size
        padding is zero
        example:
        a:     16   16    3  768
        b:   1024 1024    3    1
        res:   64   64  768    1
        used in sam

        `struct ggml_tensor * ggml_conv_2d_sk_p0(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:2195)
        """
    def ggml_conv_2d_s1_ph(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """kernel size is a->ne[0] x a->ne[1]
        stride is 1
        padding is half
        example:
        a:      3    3    256  256
        b:     64   64    256    1
        res:   64   64    256    1
        used in sam

        `struct ggml_tensor * ggml_conv_2d_s1_ph(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:2208)
        """
    def ggml_conv_2d_dw(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s0: int, s1: int, p0: int, p1: int, d0: int, d1: int, /) -> ggml_tensor_p:
        """depthwise (via im2col and mul_mat)
        a: convolution kernel
        b: data
        s0: stride dimension 0
        s1: stride dimension 1
        p0: padding dimension 0
        p1: padding dimension 1
        d0: dilation dimension 0
        d1: dilation dimension 1

        `struct ggml_tensor * ggml_conv_2d_dw(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s0, int s1, int p0, int p1, int d0, int d1)` (ggml.h:2214)
        """
    def ggml_conv_2d_dw_direct(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], stride0: int, stride1: int, pad0: int, pad1: int, dilation0: int, dilation1: int, /) -> ggml_tensor_p:
        """Depthwise 2D convolution
        may be faster than ggml_conv_2d_dw, but not available in all backends
        a:   KW    KH    1    C    convolution kernel
        b:   W     H     C    N    input data
        res: W_out H_out C    N

        `struct ggml_tensor * ggml_conv_2d_dw_direct(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int stride0, int stride1, int pad0, int pad1, int dilation0, int dilation1)` (ggml.h:2230)
        """
    def ggml_conv_transpose_2d_p0(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], stride: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_conv_transpose_2d_p0(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int stride)` (ggml.h:2241)"""
    def ggml_conv_2d_direct(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s0: int, s1: int, p0: int, p1: int, d0: int, d1: int, /) -> ggml_tensor_p:
        """a: convolution kernel [KW, KH, IC, OC]
        b: input data [W, H, C, N]
        s0: stride dimension 0
        s1: stride dimension 1
        p0: padding dimension 0
        p1: padding dimension 1
        d0: dilation dimension 0
        d1: dilation dimension 1

        `struct ggml_tensor * ggml_conv_2d_direct(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s0, int s1, int p0, int p1, int d0, int d1)` (ggml.h:2247)
        """
    def ggml_conv_3d_direct(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], s0: int, s1: int, s2: int, p0: int, p1: int, p2: int, d0: int, d1: int, d2: int, n_channels: int, n_batch: int, n_channels_out: int, /) -> ggml_tensor_p:
        """a: kernel [KW, KH, KD, IC * OC]
        b: input  [W, H, D, C * N]
        s0: stride
        p0: padding
        d0: dilation

        `struct ggml_tensor * ggml_conv_3d_direct(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, int s0, int s1, int s2, int p0, int p1, int p2, int d0, int d1, int d2, int n_channels, int n_batch, int n_channels_out)` (ggml.h:2258)
        """
    def ggml_pool_1d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], op: ggml_op_pool, k0: int, s0: int, p0: int, /) -> ggml_tensor_p:
        """k0: kernel size
        s0: stride
        p0: padding

        `struct ggml_tensor * ggml_pool_1d(struct ggml_context * ctx, struct ggml_tensor * a, enum ggml_op_pool op, int k0, int s0, int p0)` (ggml.h:2281)
        """
    def ggml_pool_2d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], op: ggml_op_pool, k0: int, k1: int, s0: int, s1: int, p0: float, p1: float, /) -> ggml_tensor_p:
        """the result will have 2*p0 padding for the first dimension
        and 2*p1 padding for the second dimension

        `struct ggml_tensor * ggml_pool_2d(struct ggml_context * ctx, struct ggml_tensor * a, enum ggml_op_pool op, int k0, int k1, int s0, int s1, float p0, float p1)` (ggml.h:2291)
        """
    def ggml_pool_2d_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], af: Ptr[ggml_tensor], op: ggml_op_pool, k0: int, k1: int, s0: int, s1: int, p0: float, p1: float, /) -> ggml_tensor_p:
        """af: "a"/input used in forward pass

        `struct ggml_tensor * ggml_pool_2d_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * af, enum ggml_op_pool op, int k0, int k1, int s0, int s1, float p0, float p1)` (ggml.h:2302)
        """
    def ggml_upscale(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], scale_factor: int, mode: ggml_scale_mode, /) -> ggml_tensor_p:
        """interpolate
        multiplies ne0 and ne1 by scale factor

        `struct ggml_tensor * ggml_upscale(struct ggml_context * ctx, struct ggml_tensor * a, int scale_factor, enum ggml_scale_mode mode)` (ggml.h:2329)
        """
    @deprecated("use ggml_interpolate instead")
    def ggml_upscale_ext(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, ne2: int, ne3: int, mode: ggml_scale_mode, /) -> ggml_tensor_p:
        """interpolate
        interpolate scale to specified dimensions

        `struct ggml_tensor * ggml_upscale_ext(struct ggml_context * ctx, struct ggml_tensor * a, int ne0, int ne1, int ne2, int ne3, enum ggml_scale_mode mode)` (ggml.h:2337)
        """
    def ggml_interpolate(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], ne0: int, ne1: int, ne2: int, ne3: int, mode: int, /) -> ggml_tensor_p:
        """Up- or downsamples the input to the specified size.
        2D scale modes (eg. bilinear) are applied to the first two dimensions.
        mode: ggml_scale_mode [ | ggml_scale_flag...]

        `struct ggml_tensor * ggml_interpolate(struct ggml_context * ctx, struct ggml_tensor * a, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3, uint32_t mode)` (ggml.h:2349)
        """
    def ggml_pad(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], p0: int, p1: int, p2: int, p3: int, /) -> ggml_tensor_p:
        """pad each dimension with zeros: [x, ..., x] -> [x, ..., x, 0, ..., 0]

        `struct ggml_tensor * ggml_pad(struct ggml_context * ctx, struct ggml_tensor * a, int p0, int p1, int p2, int p3)` (ggml.h:2359)
        """
    def ggml_pad_circular(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], p0: int, p1: int, p2: int, p3: int, /) -> ggml_tensor_p:
        """pad each dimension with values on the other side of the torus (looping around)

        `struct ggml_tensor * ggml_pad_circular(struct ggml_context * ctx, struct ggml_tensor * a, int p0, int p1, int p2, int p3)` (ggml.h:2368)
        """
    def ggml_pad_ext(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], lp0: int, rp0: int, lp1: int, rp1: int, lp2: int, rp2: int, lp3: int, rp3: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_pad_ext(struct ggml_context * ctx, struct ggml_tensor * a, int lp0, int rp0, int lp1, int rp1, int lp2, int rp2, int lp3, int rp3)` (ggml.h:2376)"""
    def ggml_pad_ext_circular(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], lp0: int, rp0: int, lp1: int, rp1: int, lp2: int, rp2: int, lp3: int, rp3: int, /) -> ggml_tensor_p:
        """pad each dimension with values on the other side of the torus (looping around)

        `struct ggml_tensor * ggml_pad_ext_circular(struct ggml_context * ctx, struct ggml_tensor * a, int lp0, int rp0, int lp1, int rp1, int lp2, int rp2, int lp3, int rp3)` (ggml.h:2390)
        """
    def ggml_pad_reflect_1d(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], p0: int, p1: int, /) -> ggml_tensor_p:
        """pad each dimension with reflection: [a, b, c, d] -> [b, a, b, c, d, c]

        `struct ggml_tensor * ggml_pad_reflect_1d(struct ggml_context * ctx, struct ggml_tensor * a, int p0, int p1)` (ggml.h:2403)
        """
    def ggml_roll(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], shift0: int, shift1: int, shift2: int, shift3: int, /) -> ggml_tensor_p:
        """Move tensor elements by an offset given for each dimension. Elements that
        are shifted beyond the last position are wrapped around to the beginning.

        `struct ggml_tensor * ggml_roll(struct ggml_context * ctx, struct ggml_tensor * a, int shift0, int shift1, int shift2, int shift3)` (ggml.h:2411)
        """
    def ggml_tri(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], type: ggml_tri_type, /) -> ggml_tensor_p:
        """Convert matrix into a triangular one (upper, strict upper, lower or strict lower) by writing
        zeroes everywhere outside the masked area

        `struct ggml_tensor * ggml_tri(struct ggml_context * ctx, struct ggml_tensor * a, enum ggml_tri_type type)` (ggml.h:2421)
        """
    def ggml_fill(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], c: float, /) -> ggml_tensor_p:
        """Fill tensor a with constant c

        `struct ggml_tensor * ggml_fill(struct ggml_context * ctx, struct ggml_tensor * a, float c)` (ggml.h:2427)
        """
    def ggml_fill_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], c: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_fill_inplace(struct ggml_context * ctx, struct ggml_tensor * a, float c)` (ggml.h:2432)"""
    def ggml_timestep_embedding(self, ctx: Ptr[ggml_context], timesteps: Ptr[ggml_tensor], dim: int, max_period: int, /) -> ggml_tensor_p:
        """Ref: https://github.com/CompVis/stable-diffusion/blob/main/ldm/modules/diffusionmodules/util.py#L151
        timesteps: [N,]
        return: [N, dim]

        `struct ggml_tensor * ggml_timestep_embedding(struct ggml_context * ctx, struct ggml_tensor * timesteps, int dim, int max_period)` (ggml.h:2440)
        """
    def ggml_argsort(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], order: ggml_sort_order, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_argsort(struct ggml_context * ctx, struct ggml_tensor * a, enum ggml_sort_order order)` (ggml.h:2452)"""
    def ggml_argsort_top_k(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], k: int, /) -> ggml_tensor_p:
        """similar to ggml_top_k but implemented as `argsort` + `view`

        `struct ggml_tensor * ggml_argsort_top_k(struct ggml_context * ctx, struct ggml_tensor * a, int k)` (ggml.h:2458)
        """
    def ggml_top_k(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], k: int, /) -> ggml_tensor_p:
        """top k elements per row
        note: the resulting top k indices are in no particular order

        `struct ggml_tensor * ggml_top_k(struct ggml_context * ctx, struct ggml_tensor * a, int k)` (ggml.h:2465)
        """
    def ggml_arange(self, ctx: Ptr[ggml_context], start: float, stop: float, step: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_arange(struct ggml_context * ctx, float start, float stop, float step)` (ggml.h:2470)"""
    def ggml_flash_attn_ext(self, ctx: Ptr[ggml_context], q: Ptr[ggml_tensor], k: Ptr[ggml_tensor], v: Ptr[ggml_tensor], mask: Ptr[ggml_tensor], scale: float, max_bias: float, logit_softcap: float, /) -> ggml_tensor_p:
        """q:    [n_embd_k, n_batch, n_head,    ne3 ]
        k:    [n_embd_k, n_kv,    n_head_kv, ne3 ]
        v:    [n_embd_v, n_kv,    n_head_kv, ne3 ] !! not transposed !!
        mask: [n_kv,     n_batch, ne32,      ne33]
        res:  [n_embd_v, n_head,  n_batch,   ne3 ] !! permuted !!

        broadcast:
          n_head % n_head_kv == 0
          n_head % ne32      == 0
          ne3    % ne33      == 0

        `struct ggml_tensor * ggml_flash_attn_ext(struct ggml_context * ctx, struct ggml_tensor * q, struct ggml_tensor * k, struct ggml_tensor * v, struct ggml_tensor * mask, float scale, float max_bias, float logit_softcap)` (ggml.h:2487)
        """
    @deprecated("use ggml_prec_set_acc() instead")
    def ggml_flash_attn_ext_set_prec(self, a: Ptr[ggml_tensor], prec: ggml_prec, /) -> None:
        """`void ggml_flash_attn_ext_set_prec(struct ggml_tensor * a, enum ggml_prec prec)` (ggml.h:2497)"""
    def ggml_flash_attn_ext_get_prec(self, a: Ptr[ggml_tensor], /) -> ggml_prec:
        """`enum ggml_prec ggml_flash_attn_ext_get_prec(const struct ggml_tensor * a)` (ggml.h:2502)"""
    def ggml_flash_attn_ext_set_n_kv_max(self, a: Ptr[ggml_tensor], n_kv_max: int, /) -> None:
        """Use finite mask entries as a sparse K/V set. Set 0 to disable.
        n_kv_max must bound the number of finite entries in every mask row.

        `void ggml_flash_attn_ext_set_n_kv_max(struct ggml_tensor * a, int32_t n_kv_max)` (ggml.h:2507)
        """
    def ggml_flash_attn_ext_add_sinks(self, a: Ptr[ggml_tensor], sinks: Ptr[ggml_tensor], /) -> None:
        """`void ggml_flash_attn_ext_add_sinks(struct ggml_tensor * a, struct ggml_tensor * sinks)` (ggml.h:2511)"""
    def ggml_flash_attn_back(self, ctx: Ptr[ggml_context], q: Ptr[ggml_tensor], k: Ptr[ggml_tensor], v: Ptr[ggml_tensor], d: Ptr[ggml_tensor], masked: bool, /) -> ggml_tensor_p:
        """TODO: needs to be adapted to ggml_flash_attn_ext

        `struct ggml_tensor * ggml_flash_attn_back(struct ggml_context * ctx, struct ggml_tensor * q, struct ggml_tensor * k, struct ggml_tensor * v, struct ggml_tensor * d, bool masked)` (ggml.h:2516)
        """
    def ggml_ssm_conv(self, ctx: Ptr[ggml_context], sx: Ptr[ggml_tensor], c: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_ssm_conv(struct ggml_context * ctx, struct ggml_tensor * sx, struct ggml_tensor * c)` (ggml.h:2524)"""
    def ggml_ssm_scan(self, ctx: Ptr[ggml_context], s: Ptr[ggml_tensor], x: Ptr[ggml_tensor], dt: Ptr[ggml_tensor], A: Ptr[ggml_tensor], B: Ptr[ggml_tensor], C: Ptr[ggml_tensor], ids: Ptr[ggml_tensor], K: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_ssm_scan(struct ggml_context * ctx, struct ggml_tensor * s, struct ggml_tensor * x, struct ggml_tensor * dt, struct ggml_tensor * A, struct ggml_tensor * B, struct ggml_tensor * C, struct ggml_tensor * ids, int64_t K)` (ggml.h:2529)"""
    def ggml_win_part(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], w: int, /) -> ggml_tensor_p:
        """partition into non-overlapping windows with padding if needed
        example:
        a:   768   64   64    1
        w:    14
        res: 768   14   14    25
        used in sam

        `struct ggml_tensor * ggml_win_part(struct ggml_context * ctx, struct ggml_tensor * a, int w)` (ggml.h:2546)
        """
    def ggml_win_unpart(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], w0: int, h0: int, w: int, /) -> ggml_tensor_p:
        """reverse of ggml_win_part
        used in sam

        `struct ggml_tensor * ggml_win_unpart(struct ggml_context * ctx, struct ggml_tensor * a, int w0, int h0, int w)` (ggml.h:2553)
        """
    def ggml_unary(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], op: ggml_unary_op, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_unary(struct ggml_context * ctx, struct ggml_tensor * a, enum ggml_unary_op op)` (ggml.h:2560)"""
    def ggml_unary_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], op: ggml_unary_op, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_unary_inplace(struct ggml_context * ctx, struct ggml_tensor * a, enum ggml_unary_op op)` (ggml.h:2565)"""
    def ggml_get_rel_pos(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], qh: int, kh: int, /) -> ggml_tensor_p:
        """used in sam

        `struct ggml_tensor * ggml_get_rel_pos(struct ggml_context * ctx, struct ggml_tensor * a, int qh, int kh)` (ggml.h:2571)
        """
    def ggml_add_rel_pos(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], pw: Ptr[ggml_tensor], ph: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """used in sam

        `struct ggml_tensor * ggml_add_rel_pos(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * pw, struct ggml_tensor * ph)` (ggml.h:2578)
        """
    def ggml_add_rel_pos_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], pw: Ptr[ggml_tensor], ph: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_add_rel_pos_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * pw, struct ggml_tensor * ph)` (ggml.h:2584)"""
    def ggml_rwkv_wkv6(self, ctx: Ptr[ggml_context], k: Ptr[ggml_tensor], v: Ptr[ggml_tensor], r: Ptr[ggml_tensor], tf: Ptr[ggml_tensor], td: Ptr[ggml_tensor], state: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_rwkv_wkv6(struct ggml_context * ctx, struct ggml_tensor * k, struct ggml_tensor * v, struct ggml_tensor * r, struct ggml_tensor * tf, struct ggml_tensor * td, struct ggml_tensor * state)` (ggml.h:2590)"""
    def ggml_gated_linear_attn(self, ctx: Ptr[ggml_context], k: Ptr[ggml_tensor], v: Ptr[ggml_tensor], q: Ptr[ggml_tensor], g: Ptr[ggml_tensor], state: Ptr[ggml_tensor], scale: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_gated_linear_attn(struct ggml_context * ctx, struct ggml_tensor * k, struct ggml_tensor * v, struct ggml_tensor * q, struct ggml_tensor * g, struct ggml_tensor * state, float scale)` (ggml.h:2599)"""
    def ggml_rwkv_wkv7(self, ctx: Ptr[ggml_context], r: Ptr[ggml_tensor], w: Ptr[ggml_tensor], k: Ptr[ggml_tensor], v: Ptr[ggml_tensor], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], state: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_rwkv_wkv7(struct ggml_context * ctx, struct ggml_tensor * r, struct ggml_tensor * w, struct ggml_tensor * k, struct ggml_tensor * v, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * state)` (ggml.h:2608)"""
    def ggml_solve_tri(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], left: bool, lower: bool, uni: bool, /) -> ggml_tensor_p:
        """Solves a specific equation of the form Ax=B, where A is a triangular matrix
         without zeroes on the diagonal (i.e. invertible).
         B can have any number of columns, but must have the same number of rows as A
         If A is [n, n] and B is [n, m], then the result will be [n, m] as well
         Has O(n^3) complexity (unlike most matrix ops out there), so use on cases
         where n > 100 sparingly, pre-chunk if necessary.

         If left = false, solves xA=B instead
         If lower = false, assumes upper triangular instead
         If uni = true, assumes diagonal of A to be all ones (will override actual values)

         TODO: currently only lower, right, non-unitriangular variant is implemented

        `struct ggml_tensor * ggml_solve_tri(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, bool left, bool lower, bool uni)` (ggml.h:2631)
        """
    def ggml_gated_delta_net(self, ctx: Ptr[ggml_context], q: Ptr[ggml_tensor], k: Ptr[ggml_tensor], v: Ptr[ggml_tensor], g: Ptr[ggml_tensor], beta: Ptr[ggml_tensor], state: Ptr[ggml_tensor], K: int, /) -> ggml_tensor_p:
        """TODO: add ggml_gated_delta_net_set_bcast() to be able to configure Q, K broadcast type: tiled vs interleaved [TAG_GGML_GDN_BCAST]
        ref: https://github.com/ggml-org/llama.cpp/pull/19468#discussion_r2786394306

        tensor shapes (S_k == S_v, H_v % H_k == 0):
          q, k  : [S_k, H_k, n_tokens, n_seqs]
          v     : [S_v, H_v, n_tokens, n_seqs]
          g     : [1, H_v, n_tokens, n_seqs] (scalar gate) or [S_v, H_v, n_tokens, n_seqs] (KDA)
          beta  : [1, H_v, n_tokens, n_seqs]
          state : [S_v, S_v, H_v, n_seqs] -- initial recurrent state s0

        the output packs the attention scores [S_v, H_v, n_tokens, n_seqs] followed by K state
        snapshots, most-recent first (slot 0 = final state, slot s = state s tokens back). K == 1
        keeps only the final state; when n_tokens < K only slots 0..n_tokens-1 are written.

        `struct ggml_tensor * ggml_gated_delta_net(struct ggml_context * ctx, struct ggml_tensor * q, struct ggml_tensor * k, struct ggml_tensor * v, struct ggml_tensor * g, struct ggml_tensor * beta, struct ggml_tensor * state, int64_t K)` (ggml.h:2652)
        """
    def ggml_lightning_indexer(self, ctx: Ptr[ggml_context], q: Ptr[ggml_tensor], k: Ptr[ggml_tensor], weights: Ptr[ggml_tensor], mask: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """DSA lightning indexer

        q:       [n_embd_idx, n_head_idx, n_batch, ne3 ]
        k:       [n_embd_idx, 1,          n_kv,    ne3 ]
        weights: [n_head_idx, n_batch,    1,       ne3 ] !! prescaled !!
        mask:    [n_kv,       n_batch,    1,       ne33] !! f16 !!
        res:     [n_kv,       n_batch,    1,       ne3 ]

        broadcast:
          ne3 % ne33 == 0

        `struct ggml_tensor * ggml_lightning_indexer(struct ggml_context * ctx, struct ggml_tensor * q, struct ggml_tensor * k, struct ggml_tensor * weights, struct ggml_tensor * mask)` (ggml.h:2673)
        """
    def ggml_dsv4_hc_comb(self, ctx: Ptr[ggml_context], mixes: Ptr[ggml_tensor], scale: Ptr[ggml_tensor], base: Ptr[ggml_tensor], eps: float, n_iter: int, /) -> ggml_tensor_p:
        """DeepSeek V4 hyper-connections (ref. https://arxiv.org/pdf/2512.24880)
        In short these operations are replacements for the original residual connection (x = transformer(x) + x)
        using a richer representation through streams.

        hc_comb: mixes [(2 + hc)*hc, n_tokens], scale [3], base [(2 + hc)*hc]
                 -> [dst_hc, src_hc, n_tokens]
        logits[dst, src, t] = mixes[2*hc + dst + hc*src, t]*scale[2]
                                + base[2*hc + dst + hc*src]
        Softmax over dst, add eps, normalize over src, then repeat normalization
        over dst followed by src for iterations 1 through n_iter - 1.

        `struct ggml_tensor * ggml_dsv4_hc_comb(struct ggml_context * ctx, struct ggml_tensor * mixes, struct ggml_tensor * scale, struct ggml_tensor * base, float eps, int32_t n_iter)` (ggml.h:2690)
        """
    def ggml_dsv4_hc_pre(self, ctx: Ptr[ggml_context], x: Ptr[ggml_tensor], weights: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """hc_pre: x [n_embd, hc, n_tokens], weights [hc, n_tokens] -> [n_embd, n_tokens]
          result[i, t] = sum_h x[i, h, t]*weights[h, t]

        `struct ggml_tensor * ggml_dsv4_hc_pre(struct ggml_context * ctx, struct ggml_tensor * x, struct ggml_tensor * weights)` (ggml.h:2701)
        """
    def ggml_dsv4_hc_pre_gated(self, ctx: Ptr[ggml_context], x: Ptr[ggml_tensor], gate: Ptr[ggml_tensor], scale: float, /) -> ggml_tensor_p:
        """hc_pre with a per-element gate (Qwen3.8-Flash-Next): gate [n_embd, hc, n_tokens]
          result[i, t] = scale*sum_h x[i, h, t]*sigmoid(gate[i, h, t])

        `struct ggml_tensor * ggml_dsv4_hc_pre_gated(struct ggml_context * ctx, struct ggml_tensor * x, struct ggml_tensor * gate, float scale)` (ggml.h:2709)
        """
    def ggml_dsv4_hc_post(self, ctx: Ptr[ggml_context], x: Ptr[ggml_tensor], residual: Ptr[ggml_tensor], post: Ptr[ggml_tensor], comb: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """hc_post: x [n_embd, n_tokens], residual [n_embd, hc, n_tokens],
                 post [hc, n_tokens], comb [dst_hc, src_hc, n_tokens]
                 -> [n_embd, hc, n_tokens]
          result[i, dst, t] = x[i, t]*post[dst, t]
                              + sum_src residual[i, src, t]*comb[dst, src, t]
          comb == NULL uses the identity: result[i, dst, t] = x[i, t]*post[dst, t] + residual[i, dst, t]

        `struct ggml_tensor * ggml_dsv4_hc_post(struct ggml_context * ctx, struct ggml_tensor * x, struct ggml_tensor * residual, struct ggml_tensor * post, struct ggml_tensor * comb)` (ggml.h:2722)
        """
    def ggml_map_custom1(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], fun: ggml_custom1_op_t, n_tasks: int, userdata: Ptr[Any], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_map_custom1(struct ggml_context * ctx, struct ggml_tensor * a, ggml_custom1_op_t fun, int n_tasks, void * userdata)` (ggml.h:2738)"""
    def ggml_map_custom1_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], fun: ggml_custom1_op_t, n_tasks: int, userdata: Ptr[Any], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_map_custom1_inplace(struct ggml_context * ctx, struct ggml_tensor * a, ggml_custom1_op_t fun, int n_tasks, void * userdata)` (ggml.h:2745)"""
    def ggml_map_custom2(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], fun: ggml_custom2_op_t, n_tasks: int, userdata: Ptr[Any], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_map_custom2(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, ggml_custom2_op_t fun, int n_tasks, void * userdata)` (ggml.h:2752)"""
    def ggml_map_custom2_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], fun: ggml_custom2_op_t, n_tasks: int, userdata: Ptr[Any], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_map_custom2_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, ggml_custom2_op_t fun, int n_tasks, void * userdata)` (ggml.h:2760)"""
    def ggml_map_custom3(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], fun: ggml_custom3_op_t, n_tasks: int, userdata: Ptr[Any], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_map_custom3(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c, ggml_custom3_op_t fun, int n_tasks, void * userdata)` (ggml.h:2768)"""
    def ggml_map_custom3_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], fun: ggml_custom3_op_t, n_tasks: int, userdata: Ptr[Any], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_map_custom3_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c, ggml_custom3_op_t fun, int n_tasks, void * userdata)` (ggml.h:2777)"""
    def ggml_custom_4d(self, ctx: Ptr[ggml_context], type: ggml_type, ne0: int, ne1: int, ne2: int, ne3: int, args: Ptr[Ptr[ggml_tensor]], n_args: int, fun: ggml_custom_op_t, n_tasks: int, userdata: Ptr[Any], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_custom_4d(struct ggml_context * ctx, enum ggml_type type, int64_t ne0, int64_t ne1, int64_t ne2, int64_t ne3, struct ggml_tensor ** args, int n_args, ggml_custom_op_t fun, int n_tasks, void * userdata)` (ggml.h:2788)"""
    def ggml_custom_inplace(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], args: Ptr[Ptr[ggml_tensor]], n_args: int, fun: ggml_custom_op_t, n_tasks: int, userdata: Ptr[Any], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_custom_inplace(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor ** args, int n_args, ggml_custom_op_t fun, int n_tasks, void * userdata)` (ggml.h:2801)"""
    def ggml_cross_entropy_loss(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """a: logits
        b: labels

        `struct ggml_tensor * ggml_cross_entropy_loss(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b)` (ggml.h:2812)
        """
    def ggml_cross_entropy_loss_back(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], b: Ptr[ggml_tensor], c: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """a: logits
        b: labels
        c: gradients of cross_entropy_loss result

        `struct ggml_tensor * ggml_cross_entropy_loss_back(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * b, struct ggml_tensor * c)` (ggml.h:2817)
        """
    def ggml_opt_step_adamw(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], grad: Ptr[ggml_tensor], m: Ptr[ggml_tensor], v: Ptr[ggml_tensor], adamw_params: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """AdamW optimizer step
        Paper: https://arxiv.org/pdf/1711.05101v3.pdf
        PyTorch: https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html
        adamw_params: parameters such as the learning rate

        `struct ggml_tensor * ggml_opt_step_adamw(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * grad, struct ggml_tensor * m, struct ggml_tensor * v, struct ggml_tensor * adamw_params)` (ggml.h:2826)
        """
    def ggml_opt_step_sgd(self, ctx: Ptr[ggml_context], a: Ptr[ggml_tensor], grad: Ptr[ggml_tensor], sgd_params: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """stochastic gradient descent step (with weight decay)
        sgd_params: alpha, weight decay

        `struct ggml_tensor * ggml_opt_step_sgd(struct ggml_context * ctx, struct ggml_tensor * a, struct ggml_tensor * grad, struct ggml_tensor * sgd_params)` (ggml.h:2835)
        """
    def ggml_build_forward_select(self, cgraph: Ptr[ggml_cgraph], tensors: Ptr[Ptr[ggml_tensor]], n_tensors: int, idx: int, /) -> ggml_tensor_p:
        """build forward multiple tensors and select one of them for computing
        this is useful for creating graphs that have constant topology but compute different things based on the input
        ref: https://github.com/ggml-org/llama.cpp/pull/18550

        nodes:
          | - build forward into the graph but do not compute
          c - build forward into the graph and compute

           |  |  ...  c  ...  |
           |  |  ...  c  ...  |
           |  |  ...  c  ...  |
          [0  1  ... idx ...  n-1]        <-- ggml_build_forward_select(..., n, idx)
                      c
                      c

        example:
          struct ggml_tensor * curs[3];

          curs[0]  = compute0(...);
          curs[1]  = compute1(...);
          curs[2]  = compute2(...);

          int idx = select_branch(some_input);

          struct ggml_tensor * out = ggml_build_forward_select(cgraph, curs, 3, idx);

        `struct ggml_tensor * ggml_build_forward_select(struct ggml_cgraph * cgraph, struct ggml_tensor ** tensors, int n_tensors, int idx)` (ggml.h:2867)
        """
    def ggml_build_forward_expand(self, cgraph: Ptr[ggml_cgraph], tensor: Ptr[ggml_tensor], /) -> None:
        """`void ggml_build_forward_expand(struct ggml_cgraph * cgraph, struct ggml_tensor * tensor)` (ggml.h:2873)"""
    def ggml_build_forward_order(self, cgraph: Ptr[ggml_cgraph], tensor: Ptr[ggml_tensor], /) -> None:
        """add the tensor and its parents to the graph without marking them for compute
        the flag is set later, when the tensor is reached from a node that computes

        `void ggml_build_forward_order(struct ggml_cgraph * cgraph, struct ggml_tensor * tensor)` (ggml.h:2879)
        """
    def ggml_build_backward_expand(self, ctx: Ptr[ggml_context], cgraph: Ptr[ggml_cgraph], grad_accs: Ptr[Ptr[ggml_tensor]], /) -> None:
        """ctx: context for gradient computation

        `void ggml_build_backward_expand(struct ggml_context * ctx, struct ggml_cgraph * cgraph, struct ggml_tensor ** grad_accs)` (ggml.h:2883)
        """
    def ggml_new_graph(self, ctx: Ptr[ggml_context], /) -> Ptr[ggml_cgraph]:
        """graph allocation in a context
        size = GGML_DEFAULT_GRAPH_SIZE, grads = false

        `struct ggml_cgraph * ggml_new_graph(struct ggml_context * ctx)` (ggml.h:2889)
        """
    def ggml_new_graph_custom(self, ctx: Ptr[ggml_context], size: int, grads: bool, /) -> Ptr[ggml_cgraph]:
        """graph allocation in a context

        `struct ggml_cgraph * ggml_new_graph_custom(struct ggml_context * ctx, size_t size, bool grads)` (ggml.h:2890)
        """
    def ggml_graph_dup(self, ctx: Ptr[ggml_context], cgraph: Ptr[ggml_cgraph], force_grads: bool, /) -> Ptr[ggml_cgraph]:
        """graph allocation in a context

        `struct ggml_cgraph * ggml_graph_dup(struct ggml_context * ctx, struct ggml_cgraph * cgraph, bool force_grads)` (ggml.h:2891)
        """
    def ggml_graph_cpy(self, src: Ptr[ggml_cgraph], dst: Ptr[ggml_cgraph], /) -> None:
        """graph allocation in a context

        `void ggml_graph_cpy(struct ggml_cgraph * src, struct ggml_cgraph * dst)` (ggml.h:2892)
        """
    def ggml_graph_reset(self, cgraph: Ptr[ggml_cgraph], /) -> None:
        """graph allocation in a context
        set regular grads + optimizer momenta to 0, set loss grad to 1

        `void ggml_graph_reset(struct ggml_cgraph * cgraph)` (ggml.h:2893)
        """
    def ggml_graph_clear(self, cgraph: Ptr[ggml_cgraph], /) -> None:
        """graph allocation in a context

        `void ggml_graph_clear(struct ggml_cgraph * cgraph)` (ggml.h:2894)
        """
    def ggml_graph_size(self, cgraph: Ptr[ggml_cgraph], /) -> int:
        """`int ggml_graph_size(struct ggml_cgraph * cgraph)` (ggml.h:2896)"""
    def ggml_graph_node(self, cgraph: Ptr[ggml_cgraph], i: int, /) -> ggml_tensor_p:
        """if i < 0, returns nodes[n_nodes + i]

        `struct ggml_tensor * ggml_graph_node(struct ggml_cgraph * cgraph, int i)` (ggml.h:2897)
        """
    def ggml_graph_nodes(self, cgraph: Ptr[ggml_cgraph], /) -> Ptr[ggml_tensor_p]:
        """`struct ggml_tensor ** ggml_graph_nodes(struct ggml_cgraph * cgraph)` (ggml.h:2898)"""
    def ggml_graph_n_nodes(self, cgraph: Ptr[ggml_cgraph], /) -> int:
        """`int ggml_graph_n_nodes(struct ggml_cgraph * cgraph)` (ggml.h:2899)"""
    def ggml_graph_add_node(self, cgraph: Ptr[ggml_cgraph], tensor: Ptr[ggml_tensor], /) -> None:
        """`void ggml_graph_add_node(struct ggml_cgraph * cgraph, struct ggml_tensor * tensor)` (ggml.h:2901)"""
    def ggml_graph_overhead(self, /) -> int:
        """`size_t ggml_graph_overhead(void)` (ggml.h:2903)"""
    def ggml_graph_overhead_custom(self, size: int, grads: bool, /) -> int:
        """`size_t ggml_graph_overhead_custom(size_t size, bool grads)` (ggml.h:2904)"""
    def ggml_graph_get_tensor(self, cgraph: Ptr[ggml_cgraph], name: ConstChars, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_graph_get_tensor(const struct ggml_cgraph * cgraph, const char * name)` (ggml.h:2906)"""
    def ggml_graph_get_grad(self, cgraph: Ptr[ggml_cgraph], node: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_graph_get_grad(const struct ggml_cgraph * cgraph, const struct ggml_tensor * node)` (ggml.h:2907)"""
    def ggml_graph_get_grad_acc(self, cgraph: Ptr[ggml_cgraph], node: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_graph_get_grad_acc(const struct ggml_cgraph * cgraph, const struct ggml_tensor * node)` (ggml.h:2908)"""
    def ggml_graph_print(self, cgraph: Ptr[ggml_cgraph], /) -> None:
        """print info and performance information for the graph

        `void ggml_graph_print(const struct ggml_cgraph * cgraph)` (ggml.h:2911)
        """
    def ggml_graph_dump_dot(self, gb: Ptr[ggml_cgraph], cgraph: Ptr[ggml_cgraph], filename: ConstChars, /) -> None:
        """dump the graph into a file using the dot format

        `void ggml_graph_dump_dot(const struct ggml_cgraph * gb, const struct ggml_cgraph * cgraph, const char * filename)` (ggml.h:2914)
        """
    def ggml_log_get(self, log_callback: Ptr[ggml_log_callback], user_data: Ptr[Ptr[Any]], /) -> None:
        """Set callback for all future logging events.
        If this is not called, or NULL is supplied, everything is output on stderr.

        `void ggml_log_get(ggml_log_callback * log_callback, void ** user_data)` (ggml.h:2921)
        """
    def ggml_log_set(self, log_callback: ggml_log_callback, user_data: Ptr[Any], /) -> None:
        """Set callback for all future logging events.
        If this is not called, or NULL is supplied, everything is output on stderr.

        `void ggml_log_set(ggml_log_callback log_callback, void * user_data)` (ggml.h:2922)
        """
    def ggml_set_zero(self, tensor: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_set_zero(struct ggml_tensor * tensor)` (ggml.h:2924)"""
    def ggml_quantize_init(self, type: ggml_type, /) -> None:
        """- ggml_quantize_init can be called multiple times with the same type
          it will only initialize the quantization tables for the first call or after ggml_quantize_free
          automatically called by ggml_quantize_chunk for convenience

        - ggml_quantize_free will free any memory allocated by ggml_quantize_init
          call this at the end of the program to avoid memory leaks

        note: these are thread-safe

        `void ggml_quantize_init(enum ggml_type type)` (ggml.h:2939)
        """
    def ggml_quantize_free(self, /) -> None:
        """- ggml_quantize_init can be called multiple times with the same type
          it will only initialize the quantization tables for the first call or after ggml_quantize_free
          automatically called by ggml_quantize_chunk for convenience

        - ggml_quantize_free will free any memory allocated by ggml_quantize_init
          call this at the end of the program to avoid memory leaks

        note: these are thread-safe

        `void ggml_quantize_free(void)` (ggml.h:2940)
        """
    def ggml_quantize_requires_imatrix(self, type: ggml_type, /) -> bool:
        """some quantization type cannot be used without an importance matrix

        `bool ggml_quantize_requires_imatrix(enum ggml_type type)` (ggml.h:2943)
        """
    def ggml_quantize_chunk(self, type: ggml_type, src: ConstPtr[float], dst: Ptr[Any], start: int, nrows: int, n_per_row: int, imatrix: ConstPtr[float], /) -> int:
        """calls ggml_quantize_init internally (i.e. can allocate memory)

        `size_t ggml_quantize_chunk(enum ggml_type type, const float * src, void * dst, int64_t start, int64_t nrows, int64_t n_per_row, const float * imatrix)` (ggml.h:2946)
        """
    def ggml_get_type_traits(self, type: ggml_type, /) -> ggml_type_traits_p:
        """`const struct ggml_type_traits * ggml_get_type_traits(enum ggml_type type)` (ggml.h:2986)"""
    def ggml_threadpool_params_default(self, n_threads: int, /) -> ggml_threadpool_params:
        """`struct ggml_threadpool_params ggml_threadpool_params_default(int n_threads)` (ggml.h:3016)"""
    def ggml_threadpool_params_init(self, p: Ptr[ggml_threadpool_params], n_threads: int, /) -> None:
        """`void ggml_threadpool_params_init(struct ggml_threadpool_params * p, int n_threads)` (ggml.h:3017)"""
    def ggml_threadpool_params_match(self, p0: Ptr[ggml_threadpool_params], p1: Ptr[ggml_threadpool_params], /) -> bool:
        """`bool ggml_threadpool_params_match(const struct ggml_threadpool_params * p0, const struct ggml_threadpool_params * p1)` (ggml.h:3018)"""
    def ggml_tallocr_new(self, buffer: ggml_backend_buffer_t, /) -> ggml_tallocr:
        """`struct ggml_tallocr ggml_tallocr_new(ggml_backend_buffer_t buffer)` (ggml-alloc.h:21)"""
    def ggml_tallocr_alloc(self, talloc: Ptr[ggml_tallocr], tensor: Ptr[ggml_tensor], /) -> ggml_status:
        """`enum ggml_status ggml_tallocr_alloc(struct ggml_tallocr * talloc, struct ggml_tensor * tensor)` (ggml-alloc.h:22)"""
    def ggml_gallocr_new(self, buft: ggml_backend_buffer_type_t, /) -> ggml_gallocr_t:
        """`ggml_gallocr_t ggml_gallocr_new(ggml_backend_buffer_type_t buft)` (ggml-alloc.h:48)"""
    def ggml_gallocr_new_n(self, bufts: Ptr[ggml_backend_buffer_type_t], n_bufs: int, /) -> ggml_gallocr_t:
        """`ggml_gallocr_t ggml_gallocr_new_n(ggml_backend_buffer_type_t * bufts, int n_bufs)` (ggml-alloc.h:49)"""
    def ggml_gallocr_free(self, galloc: ggml_gallocr_t, /) -> None:
        """`void ggml_gallocr_free(ggml_gallocr_t galloc)` (ggml-alloc.h:50)"""
    def ggml_gallocr_reserve(self, galloc: ggml_gallocr_t, graph: Ptr[ggml_cgraph], /) -> bool:
        """pre-allocate buffers from a measure graph - does not allocate or modify the graph
        call with a worst-case graph to avoid buffer reallocations
        not strictly required for single buffer usage: ggml_gallocr_alloc_graph will reallocate the buffers automatically if needed
        returns false if the buffer allocation failed
        ggml_gallocr_resrve_n_size writes the buffer sizes per galloc buffer that would be allocated by ggml_gallocr_reserve_n to sizes

        `bool ggml_gallocr_reserve(ggml_gallocr_t galloc, struct ggml_cgraph * graph)` (ggml-alloc.h:57)
        """
    def ggml_gallocr_reserve_n_size(self, galloc: ggml_gallocr_t, graph: Ptr[ggml_cgraph], node_buffer_ids: ConstPtr[int], leaf_buffer_ids: ConstPtr[int], sizes: Ptr[int], /) -> None:
        """pre-allocate buffers from a measure graph - does not allocate or modify the graph
        call with a worst-case graph to avoid buffer reallocations
        not strictly required for single buffer usage: ggml_gallocr_alloc_graph will reallocate the buffers automatically if needed
        returns false if the buffer allocation failed
        ggml_gallocr_resrve_n_size writes the buffer sizes per galloc buffer that would be allocated by ggml_gallocr_reserve_n to sizes

        `void ggml_gallocr_reserve_n_size(ggml_gallocr_t galloc, struct ggml_cgraph * graph, const int * node_buffer_ids, const int * leaf_buffer_ids, size_t * sizes)` (ggml-alloc.h:58)
        """
    def ggml_gallocr_reserve_n(self, galloc: ggml_gallocr_t, graph: Ptr[ggml_cgraph], node_buffer_ids: ConstPtr[int], leaf_buffer_ids: ConstPtr[int], /) -> bool:
        """pre-allocate buffers from a measure graph - does not allocate or modify the graph
        call with a worst-case graph to avoid buffer reallocations
        not strictly required for single buffer usage: ggml_gallocr_alloc_graph will reallocate the buffers automatically if needed
        returns false if the buffer allocation failed
        ggml_gallocr_resrve_n_size writes the buffer sizes per galloc buffer that would be allocated by ggml_gallocr_reserve_n to sizes

        `bool ggml_gallocr_reserve_n(ggml_gallocr_t galloc, struct ggml_cgraph * graph, const int * node_buffer_ids, const int * leaf_buffer_ids)` (ggml-alloc.h:64)
        """
    def ggml_gallocr_alloc_graph(self, galloc: ggml_gallocr_t, graph: Ptr[ggml_cgraph], /) -> bool:
        """automatic reallocation if the topology changes when using a single buffer
        returns false if using multiple buffers and a re-allocation is needed (call ggml_gallocr_reserve_n first to set the node buffers)

        `bool ggml_gallocr_alloc_graph(ggml_gallocr_t galloc, struct ggml_cgraph * graph)` (ggml-alloc.h:72)
        """
    def ggml_gallocr_get_buffer_size(self, galloc: ggml_gallocr_t, buffer_id: int, /) -> int:
        """`size_t ggml_gallocr_get_buffer_size(ggml_gallocr_t galloc, int buffer_id)` (ggml-alloc.h:74)"""
    def ggml_backend_alloc_ctx_tensors_from_buft_size(self, ctx: Ptr[ggml_context], buft: ggml_backend_buffer_type_t, /) -> int:
        """Utils
        Create a buffer and allocate all the tensors in a ggml_context
        ggml_backend_alloc_ctx_tensors_from_buft_size returns the size of the buffer that would be allocated by ggml_backend_alloc_ctx_tensors_from_buft
        ggml_backend_alloc_ctx_tensors_from_buft returns NULL on failure or if all tensors in ctx are already allocated or zero-sized

        `size_t ggml_backend_alloc_ctx_tensors_from_buft_size(struct ggml_context * ctx, ggml_backend_buffer_type_t buft)` (ggml-alloc.h:80)
        """
    def ggml_backend_alloc_ctx_tensors_from_buft(self, ctx: Ptr[ggml_context], buft: ggml_backend_buffer_type_t, /) -> Ptr[ggml_backend_buffer]:
        """Utils
        Create a buffer and allocate all the tensors in a ggml_context
        ggml_backend_alloc_ctx_tensors_from_buft_size returns the size of the buffer that would be allocated by ggml_backend_alloc_ctx_tensors_from_buft
        ggml_backend_alloc_ctx_tensors_from_buft returns NULL on failure or if all tensors in ctx are already allocated or zero-sized

        `struct ggml_backend_buffer * ggml_backend_alloc_ctx_tensors_from_buft(struct ggml_context * ctx, ggml_backend_buffer_type_t buft)` (ggml-alloc.h:81)
        """
    def ggml_backend_alloc_ctx_tensors(self, ctx: Ptr[ggml_context], backend: ggml_backend_t, /) -> Ptr[ggml_backend_buffer]:
        """Utils
        Create a buffer and allocate all the tensors in a ggml_context
        ggml_backend_alloc_ctx_tensors_from_buft_size returns the size of the buffer that would be allocated by ggml_backend_alloc_ctx_tensors_from_buft
        ggml_backend_alloc_ctx_tensors_from_buft returns NULL on failure or if all tensors in ctx are already allocated or zero-sized

        `struct ggml_backend_buffer * ggml_backend_alloc_ctx_tensors(struct ggml_context * ctx, ggml_backend_t backend)` (ggml-alloc.h:82)
        """
    def ggml_backend_buft_name(self, buft: ggml_backend_buffer_type_t, /) -> Ptr[bytes]:
        """`const char * ggml_backend_buft_name(ggml_backend_buffer_type_t buft)` (ggml-backend.h:37)"""
    def ggml_backend_buft_alloc_buffer(self, buft: ggml_backend_buffer_type_t, size: int, /) -> ggml_backend_buffer_t:
        """`ggml_backend_buffer_t ggml_backend_buft_alloc_buffer(ggml_backend_buffer_type_t buft, size_t size)` (ggml-backend.h:38)"""
    def ggml_backend_buft_get_alignment(self, buft: ggml_backend_buffer_type_t, /) -> int:
        """`size_t ggml_backend_buft_get_alignment(ggml_backend_buffer_type_t buft)` (ggml-backend.h:39)"""
    def ggml_backend_buft_get_max_size(self, buft: ggml_backend_buffer_type_t, /) -> int:
        """`size_t ggml_backend_buft_get_max_size(ggml_backend_buffer_type_t buft)` (ggml-backend.h:40)"""
    def ggml_backend_buft_get_alloc_size(self, buft: ggml_backend_buffer_type_t, tensor: Ptr[ggml_tensor], /) -> int:
        """`size_t ggml_backend_buft_get_alloc_size(ggml_backend_buffer_type_t buft, const struct ggml_tensor * tensor)` (ggml-backend.h:41)"""
    def ggml_backend_buft_is_host(self, buft: ggml_backend_buffer_type_t, /) -> bool:
        """`bool ggml_backend_buft_is_host(ggml_backend_buffer_type_t buft)` (ggml-backend.h:42)"""
    def ggml_backend_buft_get_device(self, buft: ggml_backend_buffer_type_t, /) -> ggml_backend_dev_t:
        """`ggml_backend_dev_t ggml_backend_buft_get_device(ggml_backend_buffer_type_t buft)` (ggml-backend.h:43)"""
    def ggml_backend_buffer_name(self, buffer: ggml_backend_buffer_t, /) -> Ptr[bytes]:
        """`const char * ggml_backend_buffer_name(ggml_backend_buffer_t buffer)` (ggml-backend.h:55)"""
    def ggml_backend_buffer_free(self, buffer: ggml_backend_buffer_t, /) -> None:
        """`void ggml_backend_buffer_free(ggml_backend_buffer_t buffer)` (ggml-backend.h:56)"""
    def ggml_backend_buffer_get_base(self, buffer: ggml_backend_buffer_t, /) -> Ptr[Any]:
        """`void * ggml_backend_buffer_get_base(ggml_backend_buffer_t buffer)` (ggml-backend.h:57)"""
    def ggml_backend_buffer_get_size(self, buffer: ggml_backend_buffer_t, /) -> int:
        """`size_t ggml_backend_buffer_get_size(ggml_backend_buffer_t buffer)` (ggml-backend.h:58)"""
    def ggml_backend_buffer_init_tensor(self, buffer: ggml_backend_buffer_t, tensor: Ptr[ggml_tensor], /) -> ggml_status:
        """`enum ggml_status ggml_backend_buffer_init_tensor(ggml_backend_buffer_t buffer, struct ggml_tensor * tensor)` (ggml-backend.h:59)"""
    def ggml_backend_buffer_get_alignment(self, buffer: ggml_backend_buffer_t, /) -> int:
        """`size_t ggml_backend_buffer_get_alignment(ggml_backend_buffer_t buffer)` (ggml-backend.h:60)"""
    def ggml_backend_buffer_get_max_size(self, buffer: ggml_backend_buffer_t, /) -> int:
        """`size_t ggml_backend_buffer_get_max_size(ggml_backend_buffer_t buffer)` (ggml-backend.h:61)"""
    def ggml_backend_buffer_get_alloc_size(self, buffer: ggml_backend_buffer_t, tensor: Ptr[ggml_tensor], /) -> int:
        """`size_t ggml_backend_buffer_get_alloc_size(ggml_backend_buffer_t buffer, const struct ggml_tensor * tensor)` (ggml-backend.h:62)"""
    def ggml_backend_buffer_clear(self, buffer: ggml_backend_buffer_t, value: int, /) -> None:
        """`void ggml_backend_buffer_clear(ggml_backend_buffer_t buffer, uint8_t value)` (ggml-backend.h:63)"""
    def ggml_backend_buffer_is_host(self, buffer: ggml_backend_buffer_t, /) -> bool:
        """`bool ggml_backend_buffer_is_host(ggml_backend_buffer_t buffer)` (ggml-backend.h:64)"""
    def ggml_backend_buffer_set_usage(self, buffer: ggml_backend_buffer_t, usage: ggml_backend_buffer_usage, /) -> None:
        """`void ggml_backend_buffer_set_usage(ggml_backend_buffer_t buffer, enum ggml_backend_buffer_usage usage)` (ggml-backend.h:65)"""
    def ggml_backend_buffer_get_usage(self, buffer: ggml_backend_buffer_t, /) -> ggml_backend_buffer_usage:
        """`enum ggml_backend_buffer_usage ggml_backend_buffer_get_usage(ggml_backend_buffer_t buffer)` (ggml-backend.h:66)"""
    def ggml_backend_buffer_get_type(self, buffer: ggml_backend_buffer_t, /) -> ggml_backend_buffer_type_t:
        """`ggml_backend_buffer_type_t ggml_backend_buffer_get_type(ggml_backend_buffer_t buffer)` (ggml-backend.h:67)"""
    def ggml_backend_buffer_reset(self, buffer: ggml_backend_buffer_t, /) -> None:
        """`void ggml_backend_buffer_reset(ggml_backend_buffer_t buffer)` (ggml-backend.h:68)"""
    def ggml_backend_tensor_copy(self, src: Ptr[ggml_tensor], dst: Ptr[ggml_tensor], /) -> None:
        """tensor copy between different backends

        `void ggml_backend_tensor_copy(const struct ggml_tensor * src, struct ggml_tensor * dst)` (ggml-backend.h:71)
        """
    def ggml_backend_guid(self, backend: ggml_backend_t, /) -> ggml_guid_t:
        """`ggml_guid_t ggml_backend_guid(ggml_backend_t backend)` (ggml-backend.h:77)"""
    def ggml_backend_name(self, backend: ggml_backend_t, /) -> Ptr[bytes]:
        """`const char * ggml_backend_name(ggml_backend_t backend)` (ggml-backend.h:78)"""
    def ggml_backend_free(self, backend: ggml_backend_t, /) -> None:
        """`void ggml_backend_free(ggml_backend_t backend)` (ggml-backend.h:79)"""
    def ggml_backend_get_default_buffer_type(self, backend: ggml_backend_t, /) -> ggml_backend_buffer_type_t:
        """`ggml_backend_buffer_type_t ggml_backend_get_default_buffer_type(ggml_backend_t backend)` (ggml-backend.h:81)"""
    def ggml_backend_alloc_buffer(self, backend: ggml_backend_t, size: int, /) -> ggml_backend_buffer_t:
        """`ggml_backend_buffer_t ggml_backend_alloc_buffer(ggml_backend_t backend, size_t size)` (ggml-backend.h:82)"""
    def ggml_backend_get_alignment(self, backend: ggml_backend_t, /) -> int:
        """`size_t ggml_backend_get_alignment(ggml_backend_t backend)` (ggml-backend.h:83)"""
    def ggml_backend_get_max_size(self, backend: ggml_backend_t, /) -> int:
        """`size_t ggml_backend_get_max_size(ggml_backend_t backend)` (ggml-backend.h:84)"""
    def ggml_backend_tensor_set_async(self, backend: ggml_backend_t, tensor: Ptr[ggml_tensor], data: bytes | Ptr[Any], offset: int, size: int, /) -> None:
        """`void ggml_backend_tensor_set_async(ggml_backend_t backend, struct ggml_tensor * tensor, const void * data, size_t offset, size_t size)` (ggml-backend.h:86)"""
    def ggml_backend_tensor_get_async(self, backend: ggml_backend_t, tensor: Ptr[ggml_tensor], data: Ptr[Any], offset: int, size: int, /) -> None:
        """`void ggml_backend_tensor_get_async(ggml_backend_t backend, const struct ggml_tensor * tensor, void * data, size_t offset, size_t size)` (ggml-backend.h:87)"""
    def ggml_backend_tensor_set_2d_async(self, backend: ggml_backend_t, tensor: Ptr[ggml_tensor], data: bytes | Ptr[Any], offset: int, size: int, n_copies: int, stride_tensor: int, stride_data: int, /) -> None:
        """`void ggml_backend_tensor_set_2d_async(ggml_backend_t backend, struct ggml_tensor * tensor, const void * data, size_t offset, size_t size, size_t n_copies, size_t stride_tensor, size_t stride_data)` (ggml-backend.h:88)"""
    def ggml_backend_tensor_get_2d_async(self, backend: ggml_backend_t, tensor: Ptr[ggml_tensor], data: Ptr[Any], offset: int, size: int, n_copies: int, stride_tensor: int, stride_data: int, /) -> None:
        """`void ggml_backend_tensor_get_2d_async(ggml_backend_t backend, const struct ggml_tensor * tensor, void * data, size_t offset, size_t size, size_t n_copies, size_t stride_tensor, size_t stride_data)` (ggml-backend.h:89)"""
    def ggml_backend_tensor_set(self, tensor: Ptr[ggml_tensor], data: bytes | Ptr[Any], offset: int, size: int, /) -> None:
        """"offset" refers to the offset in tensor->data for setting/getting data

        `void ggml_backend_tensor_set(struct ggml_tensor * tensor, const void * data, size_t offset, size_t size)` (ggml-backend.h:92)
        """
    def ggml_backend_tensor_get(self, tensor: Ptr[ggml_tensor], data: Ptr[Any], offset: int, size: int, /) -> None:
        """"offset" refers to the offset in tensor->data for setting/getting data

        `void ggml_backend_tensor_get(const struct ggml_tensor * tensor, void * data, size_t offset, size_t size)` (ggml-backend.h:93)
        """
    def ggml_backend_tensor_set_2d(self, tensor: Ptr[ggml_tensor], data: bytes | Ptr[Any], offset: int, size: int, n_copies: int, stride_tensor: int, stride_data: int, /) -> None:
        """"offset" refers to the offset in tensor->data for setting/getting data

        `void ggml_backend_tensor_set_2d(struct ggml_tensor * tensor, const void * data, size_t offset, size_t size, size_t n_copies, size_t stride_tensor, size_t stride_data)` (ggml-backend.h:94)
        """
    def ggml_backend_tensor_get_2d(self, tensor: Ptr[ggml_tensor], data: Ptr[Any], offset: int, size: int, n_copies: int, stride_tensor: int, stride_data: int, /) -> None:
        """"offset" refers to the offset in tensor->data for setting/getting data

        `void ggml_backend_tensor_get_2d(const struct ggml_tensor * tensor, void * data, size_t offset, size_t size, size_t n_copies, size_t stride_tensor, size_t stride_data)` (ggml-backend.h:95)
        """
    def ggml_backend_tensor_memset(self, tensor: Ptr[ggml_tensor], value: int, offset: int, size: int, /) -> None:
        """"offset" refers to the offset in tensor->data for setting/getting data

        `void ggml_backend_tensor_memset(struct ggml_tensor * tensor, uint8_t value, size_t offset, size_t size)` (ggml-backend.h:96)
        """
    def ggml_backend_synchronize(self, backend: ggml_backend_t, /) -> None:
        """`void ggml_backend_synchronize(ggml_backend_t backend)` (ggml-backend.h:98)"""
    def ggml_backend_graph_plan_create(self, backend: ggml_backend_t, cgraph: Ptr[ggml_cgraph], /) -> ggml_backend_graph_plan_t:
        """`ggml_backend_graph_plan_t ggml_backend_graph_plan_create(ggml_backend_t backend, struct ggml_cgraph * cgraph)` (ggml-backend.h:100)"""
    def ggml_backend_graph_plan_free(self, backend: ggml_backend_t, plan: ggml_backend_graph_plan_t, /) -> None:
        """`void ggml_backend_graph_plan_free(ggml_backend_t backend, ggml_backend_graph_plan_t plan)` (ggml-backend.h:101)"""
    def ggml_backend_graph_plan_compute(self, backend: ggml_backend_t, plan: ggml_backend_graph_plan_t, /) -> ggml_status:
        """`enum ggml_status ggml_backend_graph_plan_compute(ggml_backend_t backend, ggml_backend_graph_plan_t plan)` (ggml-backend.h:103)"""
    def ggml_backend_graph_compute(self, backend: ggml_backend_t, cgraph: Ptr[ggml_cgraph], /) -> ggml_status:
        """`enum ggml_status ggml_backend_graph_compute(ggml_backend_t backend, struct ggml_cgraph * cgraph)` (ggml-backend.h:104)"""
    def ggml_backend_graph_compute_async(self, backend: ggml_backend_t, cgraph: Ptr[ggml_cgraph], /) -> ggml_status:
        """`enum ggml_status ggml_backend_graph_compute_async(ggml_backend_t backend, struct ggml_cgraph * cgraph)` (ggml-backend.h:105)"""
    def ggml_backend_supports_op(self, backend: ggml_backend_t, op: Ptr[ggml_tensor], /) -> bool:
        """NOTE: will be removed, use device version instead

        `bool ggml_backend_supports_op(ggml_backend_t backend, const struct ggml_tensor * op)` (ggml-backend.h:108)
        """
    def ggml_backend_supports_buft(self, backend: ggml_backend_t, buft: ggml_backend_buffer_type_t, /) -> bool:
        """NOTE: will be removed, use device version instead

        `bool ggml_backend_supports_buft(ggml_backend_t backend, ggml_backend_buffer_type_t buft)` (ggml-backend.h:109)
        """
    def ggml_backend_offload_op(self, backend: ggml_backend_t, op: Ptr[ggml_tensor], /) -> bool:
        """NOTE: will be removed, use device version instead

        `bool ggml_backend_offload_op(ggml_backend_t backend, const struct ggml_tensor * op)` (ggml-backend.h:110)
        """
    def ggml_backend_tensor_copy_async(self, backend_src: ggml_backend_t, backend_dst: ggml_backend_t, src: Ptr[ggml_tensor], dst: Ptr[ggml_tensor], /) -> None:
        """asynchronous copy
        the copy is performed after all the currently queued operations in backend_src
        backend_dst will wait for the copy to complete before performing other operations
        automatic fallback to sync copy if async is not supported

        `void ggml_backend_tensor_copy_async(ggml_backend_t backend_src, ggml_backend_t backend_dst, const struct ggml_tensor * src, struct ggml_tensor * dst)` (ggml-backend.h:116)
        """
    def ggml_backend_get_device(self, backend: ggml_backend_t, /) -> ggml_backend_dev_t:
        """`ggml_backend_dev_t ggml_backend_get_device(ggml_backend_t backend)` (ggml-backend.h:118)"""
    def ggml_backend_event_new(self, device: ggml_backend_dev_t, /) -> ggml_backend_event_t:
        """`ggml_backend_event_t ggml_backend_event_new(ggml_backend_dev_t device)` (ggml-backend.h:124)"""
    def ggml_backend_event_free(self, event: ggml_backend_event_t, /) -> None:
        """`void ggml_backend_event_free(ggml_backend_event_t event)` (ggml-backend.h:125)"""
    def ggml_backend_event_record(self, event: ggml_backend_event_t, backend: ggml_backend_t, /) -> None:
        """`void ggml_backend_event_record(ggml_backend_event_t event, ggml_backend_t backend)` (ggml-backend.h:126)"""
    def ggml_backend_event_synchronize(self, event: ggml_backend_event_t, /) -> None:
        """`void ggml_backend_event_synchronize(ggml_backend_event_t event)` (ggml-backend.h:127)"""
    def ggml_backend_event_wait(self, backend: ggml_backend_t, event: ggml_backend_event_t, /) -> None:
        """`void ggml_backend_event_wait(ggml_backend_t backend, ggml_backend_event_t event)` (ggml-backend.h:128)"""
    def ggml_backend_dev_name(self, device: ggml_backend_dev_t, /) -> Ptr[bytes]:
        """`const char * ggml_backend_dev_name(ggml_backend_dev_t device)` (ggml-backend.h:181)"""
    def ggml_backend_dev_description(self, device: ggml_backend_dev_t, /) -> Ptr[bytes]:
        """`const char * ggml_backend_dev_description(ggml_backend_dev_t device)` (ggml-backend.h:182)"""
    def ggml_backend_dev_memory(self, device: ggml_backend_dev_t, free: Ptr[int], total: Ptr[int], /) -> None:
        """`void ggml_backend_dev_memory(ggml_backend_dev_t device, size_t * free, size_t * total)` (ggml-backend.h:183)"""
    def ggml_backend_dev_type(self, device: ggml_backend_dev_t, /) -> _t_ggml_backend_dev_type:
        """`enum ggml_backend_dev_type ggml_backend_dev_type(ggml_backend_dev_t device)` (ggml-backend.h:184)"""
    def ggml_backend_dev_get_props(self, device: ggml_backend_dev_t, props: Ptr[ggml_backend_dev_props], /) -> None:
        """`void ggml_backend_dev_get_props(ggml_backend_dev_t device, struct ggml_backend_dev_props * props)` (ggml-backend.h:185)"""
    def ggml_backend_dev_backend_reg(self, device: ggml_backend_dev_t, /) -> ggml_backend_reg_t:
        """`ggml_backend_reg_t ggml_backend_dev_backend_reg(ggml_backend_dev_t device)` (ggml-backend.h:186)"""
    def ggml_backend_dev_init(self, device: ggml_backend_dev_t, params: ConstChars, /) -> ggml_backend_t:
        """`ggml_backend_t ggml_backend_dev_init(ggml_backend_dev_t device, const char * params)` (ggml-backend.h:187)"""
    def ggml_backend_dev_buffer_type(self, device: ggml_backend_dev_t, /) -> ggml_backend_buffer_type_t:
        """`ggml_backend_buffer_type_t ggml_backend_dev_buffer_type(ggml_backend_dev_t device)` (ggml-backend.h:188)"""
    def ggml_backend_dev_host_buffer_type(self, device: ggml_backend_dev_t, /) -> ggml_backend_buffer_type_t:
        """`ggml_backend_buffer_type_t ggml_backend_dev_host_buffer_type(ggml_backend_dev_t device)` (ggml-backend.h:189)"""
    def ggml_backend_dev_buffer_from_host_ptr(self, device: ggml_backend_dev_t, ptr: Ptr[Any], size: int, max_tensor_size: int, /) -> ggml_backend_buffer_t:
        """`ggml_backend_buffer_t ggml_backend_dev_buffer_from_host_ptr(ggml_backend_dev_t device, void * ptr, size_t size, size_t max_tensor_size)` (ggml-backend.h:190)"""
    def ggml_backend_dev_supports_op(self, device: ggml_backend_dev_t, op: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_backend_dev_supports_op(ggml_backend_dev_t device, const struct ggml_tensor * op)` (ggml-backend.h:192)"""
    def ggml_backend_dev_supports_buft(self, device: ggml_backend_dev_t, buft: ggml_backend_buffer_type_t, /) -> bool:
        """`bool ggml_backend_dev_supports_buft(ggml_backend_dev_t device, ggml_backend_buffer_type_t buft)` (ggml-backend.h:193)"""
    def ggml_backend_dev_offload_op(self, device: ggml_backend_dev_t, op: Ptr[ggml_tensor], /) -> bool:
        """`bool ggml_backend_dev_offload_op(ggml_backend_dev_t device, const struct ggml_tensor * op)` (ggml-backend.h:194)"""
    def ggml_backend_reg_name(self, reg: ggml_backend_reg_t, /) -> Ptr[bytes]:
        """`const char * ggml_backend_reg_name(ggml_backend_reg_t reg)` (ggml-backend.h:200)"""
    def ggml_backend_reg_dev_count(self, reg: ggml_backend_reg_t, /) -> int:
        """`size_t ggml_backend_reg_dev_count(ggml_backend_reg_t reg)` (ggml-backend.h:201)"""
    def ggml_backend_reg_dev_get(self, reg: ggml_backend_reg_t, index: int, /) -> ggml_backend_dev_t:
        """`ggml_backend_dev_t ggml_backend_reg_dev_get(ggml_backend_reg_t reg, size_t index)` (ggml-backend.h:202)"""
    def ggml_backend_reg_get_proc_address(self, reg: ggml_backend_reg_t, name: ConstChars, /) -> Ptr[Any]:
        """`void * ggml_backend_reg_get_proc_address(ggml_backend_reg_t reg, const char * name)` (ggml-backend.h:203)"""
    def ggml_backend_register(self, reg: ggml_backend_reg_t, /) -> None:
        """`void ggml_backend_register(ggml_backend_reg_t reg)` (ggml-backend.h:231)"""
    def ggml_backend_device_register(self, device: ggml_backend_dev_t, /) -> None:
        """`void ggml_backend_device_register(ggml_backend_dev_t device)` (ggml-backend.h:233)"""
    def ggml_backend_reg_count(self, /) -> int:
        """Backend (reg) enumeration

        `size_t ggml_backend_reg_count(void)` (ggml-backend.h:236)
        """
    def ggml_backend_reg_get(self, index: int, /) -> ggml_backend_reg_t:
        """Backend (reg) enumeration

        `ggml_backend_reg_t ggml_backend_reg_get(size_t index)` (ggml-backend.h:237)
        """
    def ggml_backend_reg_by_name(self, name: ConstChars, /) -> ggml_backend_reg_t:
        """Backend (reg) enumeration

        `ggml_backend_reg_t ggml_backend_reg_by_name(const char * name)` (ggml-backend.h:238)
        """
    def ggml_backend_dev_count(self, /) -> int:
        """Device enumeration

        `size_t ggml_backend_dev_count(void)` (ggml-backend.h:241)
        """
    def ggml_backend_dev_get(self, index: int, /) -> ggml_backend_dev_t:
        """Device enumeration

        `ggml_backend_dev_t ggml_backend_dev_get(size_t index)` (ggml-backend.h:242)
        """
    def ggml_backend_dev_by_name(self, name: ConstChars, /) -> ggml_backend_dev_t:
        """Device enumeration

        `ggml_backend_dev_t ggml_backend_dev_by_name(const char * name)` (ggml-backend.h:243)
        """
    def ggml_backend_dev_by_type(self, type: _t_ggml_backend_dev_type, /) -> ggml_backend_dev_t:
        """Device enumeration

        `ggml_backend_dev_t ggml_backend_dev_by_type(enum ggml_backend_dev_type type)` (ggml-backend.h:244)
        """
    def ggml_backend_init_by_name(self, name: ConstChars, params: ConstChars, /) -> ggml_backend_t:
        """Direct backend (stream) initialization
        = ggml_backend_dev_init(ggml_backend_dev_by_name(name), params)

        `ggml_backend_t ggml_backend_init_by_name(const char * name, const char * params)` (ggml-backend.h:248)
        """
    def ggml_backend_init_by_type(self, type: _t_ggml_backend_dev_type, params: ConstChars, /) -> ggml_backend_t:
        """= ggml_backend_dev_init(ggml_backend_dev_by_type(type), params)

        `ggml_backend_t ggml_backend_init_by_type(enum ggml_backend_dev_type type, const char * params)` (ggml-backend.h:250)
        """
    def ggml_backend_init_best(self, /) -> ggml_backend_t:
        """= ggml_backend_dev_init(ggml_backend_dev_by_type(GPU) OR ggml_backend_dev_by_type(CPU), NULL)

        `ggml_backend_t ggml_backend_init_best(void)` (ggml-backend.h:252)
        """
    def ggml_backend_load(self, path: ConstChars, /) -> ggml_backend_reg_t:
        """Load a backend from a dynamic library and register it

        `ggml_backend_reg_t ggml_backend_load(const char * path)` (ggml-backend.h:255)
        """
    def ggml_backend_unload(self, reg: ggml_backend_reg_t, /) -> None:
        """Unload a backend if loaded dynamically and unregister it

        `void ggml_backend_unload(ggml_backend_reg_t reg)` (ggml-backend.h:257)
        """
    def ggml_backend_load_all(self, /) -> None:
        """Load all known backends from dynamic libraries

        `void ggml_backend_load_all(void)` (ggml-backend.h:259)
        """
    def ggml_backend_load_all_from_path(self, dir_path: ConstChars, /) -> None:
        """Load all known backends from dynamic libraries

        `void ggml_backend_load_all_from_path(const char * dir_path)` (ggml-backend.h:260)
        """
    def ggml_backend_sched_new(self, backends: Ptr[ggml_backend_t], bufts: Ptr[ggml_backend_buffer_type_t], n_backends: int, graph_size: int, parallel: bool, op_offload: bool, /) -> ggml_backend_sched_t:
        """Initialize a backend scheduler, backends with low index are given priority over backends with high index

        `ggml_backend_sched_t ggml_backend_sched_new(ggml_backend_t * backends, ggml_backend_buffer_type_t * bufts, int n_backends, size_t graph_size, bool parallel, bool op_offload)` (ggml-backend.h:319)
        """
    def ggml_backend_sched_free(self, sched: ggml_backend_sched_t, /) -> None:
        """Initialize a backend scheduler, backends with low index are given priority over backends with high index

        `void ggml_backend_sched_free(ggml_backend_sched_t sched)` (ggml-backend.h:320)
        """
    def ggml_backend_sched_reserve_size(self, sched: ggml_backend_sched_t, measure_graph: Ptr[ggml_cgraph], sizes: Ptr[int], /) -> None:
        """Initialize backend buffers from a measure graph

        `void ggml_backend_sched_reserve_size(ggml_backend_sched_t sched, struct ggml_cgraph * measure_graph, size_t * sizes)` (ggml-backend.h:323)
        """
    def ggml_backend_sched_reserve(self, sched: ggml_backend_sched_t, measure_graph: Ptr[ggml_cgraph], /) -> bool:
        """Initialize backend buffers from a measure graph
        returns success

        `bool ggml_backend_sched_reserve(ggml_backend_sched_t sched, struct ggml_cgraph * measure_graph)` (ggml-backend.h:324)
        """
    def ggml_backend_sched_get_n_backends(self, sched: ggml_backend_sched_t, /) -> int:
        """`int ggml_backend_sched_get_n_backends(ggml_backend_sched_t sched)` (ggml-backend.h:326)"""
    def ggml_backend_sched_get_backend(self, sched: ggml_backend_sched_t, i: int, /) -> ggml_backend_t:
        """`ggml_backend_t ggml_backend_sched_get_backend(ggml_backend_sched_t sched, int i)` (ggml-backend.h:327)"""
    def ggml_backend_sched_get_n_splits(self, sched: ggml_backend_sched_t, /) -> int:
        """Get the number of splits of the last graph

        `int ggml_backend_sched_get_n_splits(ggml_backend_sched_t sched)` (ggml-backend.h:330)
        """
    def ggml_backend_sched_get_n_copies(self, sched: ggml_backend_sched_t, /) -> int:
        """Get the number of splits of the last graph

        `int ggml_backend_sched_get_n_copies(ggml_backend_sched_t sched)` (ggml-backend.h:331)
        """
    def ggml_backend_sched_get_buffer_type(self, sched: ggml_backend_sched_t, backend: ggml_backend_t, /) -> ggml_backend_buffer_type_t:
        """`ggml_backend_buffer_type_t ggml_backend_sched_get_buffer_type(ggml_backend_sched_t sched, ggml_backend_t backend)` (ggml-backend.h:333)"""
    def ggml_backend_sched_get_buffer_size(self, sched: ggml_backend_sched_t, backend: ggml_backend_t, /) -> int:
        """`size_t ggml_backend_sched_get_buffer_size(ggml_backend_sched_t sched, ggml_backend_t backend)` (ggml-backend.h:334)"""
    def ggml_backend_sched_set_tensor_backend(self, sched: ggml_backend_sched_t, node: Ptr[ggml_tensor], backend: ggml_backend_t, /) -> None:
        """`void ggml_backend_sched_set_tensor_backend(ggml_backend_sched_t sched, struct ggml_tensor * node, ggml_backend_t backend)` (ggml-backend.h:336)"""
    def ggml_backend_sched_get_tensor_backend(self, sched: ggml_backend_sched_t, node: Ptr[ggml_tensor], /) -> ggml_backend_t:
        """`ggml_backend_t ggml_backend_sched_get_tensor_backend(ggml_backend_sched_t sched, struct ggml_tensor * node)` (ggml-backend.h:337)"""
    def ggml_backend_sched_split_graph(self, sched: ggml_backend_sched_t, graph: Ptr[ggml_cgraph], /) -> None:
        """Split graph without allocating it

        `void ggml_backend_sched_split_graph(ggml_backend_sched_t sched, struct ggml_cgraph * graph)` (ggml-backend.h:340)
        """
    def ggml_backend_sched_alloc_graph(self, sched: ggml_backend_sched_t, graph: Ptr[ggml_cgraph], /) -> bool:
        """Allocate and compute graph on the backend scheduler
        returns success

        `bool ggml_backend_sched_alloc_graph(ggml_backend_sched_t sched, struct ggml_cgraph * graph)` (ggml-backend.h:343)
        """
    def ggml_backend_sched_graph_compute(self, sched: ggml_backend_sched_t, graph: Ptr[ggml_cgraph], /) -> ggml_status:
        """Allocate and compute graph on the backend scheduler

        `enum ggml_status ggml_backend_sched_graph_compute(ggml_backend_sched_t sched, struct ggml_cgraph * graph)` (ggml-backend.h:344)
        """
    def ggml_backend_sched_graph_compute_async(self, sched: ggml_backend_sched_t, graph: Ptr[ggml_cgraph], /) -> ggml_status:
        """Allocate and compute graph on the backend scheduler

        `enum ggml_status ggml_backend_sched_graph_compute_async(ggml_backend_sched_t sched, struct ggml_cgraph * graph)` (ggml-backend.h:345)
        """
    def ggml_backend_sched_synchronize(self, sched: ggml_backend_sched_t, /) -> None:
        """Allocate and compute graph on the backend scheduler

        `void ggml_backend_sched_synchronize(ggml_backend_sched_t sched)` (ggml-backend.h:346)
        """
    def ggml_backend_sched_reset(self, sched: ggml_backend_sched_t, /) -> None:
        """Reset all assignments and allocators - must be called before changing the node backends or allocating a new graph.
        This in effect deallocates all tensors that were previously allocated and leaves them with dangling pointers.
        The correct way to use this API is to discard the deallocated tensors and create new ones.

        `void ggml_backend_sched_reset(ggml_backend_sched_t sched)` (ggml-backend.h:351)
        """
    def ggml_backend_sched_set_eval_callback(self, sched: ggml_backend_sched_t, callback: ggml_backend_sched_eval_callback, user_data: Ptr[Any], /) -> None:
        """Set a callback to be called for each resulting node during graph compute

        `void ggml_backend_sched_set_eval_callback(ggml_backend_sched_t sched, ggml_backend_sched_eval_callback callback, void * user_data)` (ggml-backend.h:354)
        """
    def ggml_backend_meta_split_axis_name(self, split_axis: ggml_backend_meta_split_axis, /) -> Ptr[bytes]:
        """`const char * ggml_backend_meta_split_axis_name(enum ggml_backend_meta_split_axis split_axis)` (ggml-backend.h:376)"""
    def ggml_backend_meta_device(self, devs: Ptr[ggml_backend_dev_t], n_devs: int, get_split_state: ggml_backend_meta_get_split_state_t, get_split_state_ud: Ptr[Any], /) -> ggml_backend_dev_t:
        """create a new meta device from "simple" devices, meta buffer type/buffer/backend is then derived from this:
        TODO: this looks a bit strange - a backend API creates a device. I think we should try
              express this as a backend registry functionality instead

        `ggml_backend_dev_t ggml_backend_meta_device(ggml_backend_dev_t * devs, size_t n_devs, ggml_backend_meta_get_split_state_t get_split_state, void * get_split_state_ud)` (ggml-backend.h:404)
        """
    def ggml_backend_graph_copy(self, backend: ggml_backend_t, graph: Ptr[ggml_cgraph], /) -> _t_ggml_backend_graph_copy:
        """Copy a graph to a different backend

        `struct ggml_backend_graph_copy ggml_backend_graph_copy(ggml_backend_t backend, struct ggml_cgraph * graph)` (ggml-backend.h:419)
        """
    def ggml_backend_graph_copy_free(self, copy: _t_ggml_backend_graph_copy, /) -> None:
        """Copy a graph to a different backend

        `void ggml_backend_graph_copy_free(struct ggml_backend_graph_copy copy)` (ggml-backend.h:420)
        """
    def ggml_backend_compare_graph_backend(self, backend1: ggml_backend_t, backend2: ggml_backend_t, graph: Ptr[ggml_cgraph], callback: ggml_backend_eval_callback, user_data: Ptr[Any], test_nodes: ConstPtr[Ptr[ggml_tensor]], num_test_nodes: int, /) -> bool:
        """Compare the output of two backends

        `bool ggml_backend_compare_graph_backend(ggml_backend_t backend1, ggml_backend_t backend2, struct ggml_cgraph * graph, ggml_backend_eval_callback callback, void * user_data, const struct ggml_tensor * const * test_nodes, size_t num_test_nodes)` (ggml-backend.h:425)
        """
    def ggml_backend_tensor_alloc(self, buffer: ggml_backend_buffer_t, tensor: Ptr[ggml_tensor], addr: Ptr[Any], /) -> ggml_status:
        """Tensor initialization

        `enum ggml_status ggml_backend_tensor_alloc(ggml_backend_buffer_t buffer, struct ggml_tensor * tensor, void * addr)` (ggml-backend.h:428)
        """
    def ggml_backend_view_init(self, tensor: Ptr[ggml_tensor], /) -> ggml_status:
        """Tensor initialization

        `enum ggml_status ggml_backend_view_init(struct ggml_tensor * tensor)` (ggml-backend.h:429)
        """
    def ggml_backend_cpu_buffer_from_ptr(self, ptr: Ptr[Any], size: int, /) -> ggml_backend_buffer_t:
        """CPU buffer types are always available

        `ggml_backend_buffer_t ggml_backend_cpu_buffer_from_ptr(void * ptr, size_t size)` (ggml-backend.h:432)
        """
    def ggml_backend_cpu_buffer_type(self, /) -> ggml_backend_buffer_type_t:
        """CPU buffer types are always available

        `ggml_backend_buffer_type_t ggml_backend_cpu_buffer_type(void)` (ggml-backend.h:433)
        """
    def ggml_numa_init(self, numa: ggml_numa_strategy, /) -> None:
        """call once for better performance on NUMA systems

        `void ggml_numa_init(enum ggml_numa_strategy numa)` (ggml-cpu.h:37)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_is_numa(self, /) -> bool:
        """true if init detected that system has >1 NUMA node

        `bool ggml_is_numa(void)` (ggml-cpu.h:38)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_new_i32(self, ctx: Ptr[ggml_context], value: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_new_i32(struct ggml_context * ctx, int32_t value)` (ggml-cpu.h:40)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_new_f32(self, ctx: Ptr[ggml_context], value: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_new_f32(struct ggml_context * ctx, float value)` (ggml-cpu.h:41)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_set_i32(self, tensor: Ptr[ggml_tensor], value: int, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_set_i32(struct ggml_tensor * tensor, int32_t value)` (ggml-cpu.h:43)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_set_f32(self, tensor: Ptr[ggml_tensor], value: float, /) -> ggml_tensor_p:
        """`struct ggml_tensor * ggml_set_f32(struct ggml_tensor * tensor, float value)` (ggml-cpu.h:44)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_get_i32_1d(self, tensor: Ptr[ggml_tensor], i: int, /) -> int:
        """`int32_t ggml_get_i32_1d(const struct ggml_tensor * tensor, int i)` (ggml-cpu.h:46)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_set_i32_1d(self, tensor: Ptr[ggml_tensor], i: int, value: int, /) -> None:
        """`void ggml_set_i32_1d(const struct ggml_tensor * tensor, int i, int32_t value)` (ggml-cpu.h:47)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_get_i32_nd(self, tensor: Ptr[ggml_tensor], i0: int, i1: int, i2: int, i3: int, /) -> int:
        """`int32_t ggml_get_i32_nd(const struct ggml_tensor * tensor, int i0, int i1, int i2, int i3)` (ggml-cpu.h:49)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_set_i32_nd(self, tensor: Ptr[ggml_tensor], i0: int, i1: int, i2: int, i3: int, value: int, /) -> None:
        """`void ggml_set_i32_nd(const struct ggml_tensor * tensor, int i0, int i1, int i2, int i3, int32_t value)` (ggml-cpu.h:50)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_get_f32_1d(self, tensor: Ptr[ggml_tensor], i: int, /) -> float:
        """`float ggml_get_f32_1d(const struct ggml_tensor * tensor, int i)` (ggml-cpu.h:52)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_set_f32_1d(self, tensor: Ptr[ggml_tensor], i: int, value: float, /) -> None:
        """`void ggml_set_f32_1d(const struct ggml_tensor * tensor, int i, float value)` (ggml-cpu.h:53)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_get_f32_nd(self, tensor: Ptr[ggml_tensor], i0: int, i1: int, i2: int, i3: int, /) -> float:
        """`float ggml_get_f32_nd(const struct ggml_tensor * tensor, int i0, int i1, int i2, int i3)` (ggml-cpu.h:55)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_set_f32_nd(self, tensor: Ptr[ggml_tensor], i0: int, i1: int, i2: int, i3: int, value: float, /) -> None:
        """`void ggml_set_f32_nd(const struct ggml_tensor * tensor, int i0, int i1, int i2, int i3, float value)` (ggml-cpu.h:56)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_threadpool_new(self, params: Ptr[ggml_threadpool_params], /) -> Ptr[ggml_threadpool]:
        """`struct ggml_threadpool * ggml_threadpool_new(struct ggml_threadpool_params * params)` (ggml-cpu.h:58)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_threadpool_free(self, threadpool: Ptr[ggml_threadpool], /) -> None:
        """`void ggml_threadpool_free(struct ggml_threadpool * threadpool)` (ggml-cpu.h:59)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_threadpool_get_n_threads(self, threadpool: Ptr[ggml_threadpool], /) -> int:
        """`int ggml_threadpool_get_n_threads(struct ggml_threadpool * threadpool)` (ggml-cpu.h:60)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_threadpool_pause(self, threadpool: Ptr[ggml_threadpool], /) -> None:
        """`void ggml_threadpool_pause(struct ggml_threadpool * threadpool)` (ggml-cpu.h:61)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_threadpool_resume(self, threadpool: Ptr[ggml_threadpool], /) -> None:
        """`void ggml_threadpool_resume(struct ggml_threadpool * threadpool)` (ggml-cpu.h:62)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_graph_plan(self, cgraph: Ptr[ggml_cgraph], n_threads: int, threadpool: Ptr[ggml_threadpool], /) -> ggml_cplan:
        """ggml_graph_plan() has to be called before ggml_graph_compute()
        when plan.work_size > 0, caller must allocate memory for plan.work_data
        n_threads: = GGML_DEFAULT_N_THREADS
        threadpool: = NULL

        `struct ggml_cplan ggml_graph_plan(const struct ggml_cgraph * cgraph, int n_threads, struct ggml_threadpool * threadpool)` (ggml-cpu.h:66)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_graph_compute(self, cgraph: Ptr[ggml_cgraph], cplan: Ptr[ggml_cplan], /) -> ggml_status:
        """ggml_graph_plan() has to be called before ggml_graph_compute()
        when plan.work_size > 0, caller must allocate memory for plan.work_data

        `enum ggml_status ggml_graph_compute(struct ggml_cgraph * cgraph, struct ggml_cplan * cplan)` (ggml-cpu.h:70)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_graph_compute_with_ctx(self, ctx: Ptr[ggml_context], cgraph: Ptr[ggml_cgraph], n_threads: int, /) -> ggml_status:
        """same as ggml_graph_compute() but the work data is allocated as a part of the context
        note: the drawback of this API is that you must have ensured that the context has enough memory for the work data

        `enum ggml_status ggml_graph_compute_with_ctx(struct ggml_context * ctx, struct ggml_cgraph * cgraph, int n_threads)` (ggml-cpu.h:74)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_sse3(self, /) -> int:
        """x86

        `int ggml_cpu_has_sse3(void)` (ggml-cpu.h:81)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_ssse3(self, /) -> int:
        """x86

        `int ggml_cpu_has_ssse3(void)` (ggml-cpu.h:82)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_avx(self, /) -> int:
        """x86

        `int ggml_cpu_has_avx(void)` (ggml-cpu.h:83)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_avx_vnni(self, /) -> int:
        """x86

        `int ggml_cpu_has_avx_vnni(void)` (ggml-cpu.h:84)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_avx2(self, /) -> int:
        """x86

        `int ggml_cpu_has_avx2(void)` (ggml-cpu.h:85)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_bmi2(self, /) -> int:
        """x86

        `int ggml_cpu_has_bmi2(void)` (ggml-cpu.h:86)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_f16c(self, /) -> int:
        """x86

        `int ggml_cpu_has_f16c(void)` (ggml-cpu.h:87)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_fma(self, /) -> int:
        """x86

        `int ggml_cpu_has_fma(void)` (ggml-cpu.h:88)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_avx512(self, /) -> int:
        """x86

        `int ggml_cpu_has_avx512(void)` (ggml-cpu.h:89)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_avx512_vbmi(self, /) -> int:
        """x86

        `int ggml_cpu_has_avx512_vbmi(void)` (ggml-cpu.h:90)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_avx512_vnni(self, /) -> int:
        """x86

        `int ggml_cpu_has_avx512_vnni(void)` (ggml-cpu.h:91)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_avx512_bf16(self, /) -> int:
        """x86

        `int ggml_cpu_has_avx512_bf16(void)` (ggml-cpu.h:92)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_amx_int8(self, /) -> int:
        """x86

        `int ggml_cpu_has_amx_int8(void)` (ggml-cpu.h:93)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_neon(self, /) -> int:
        """ARM

        `int ggml_cpu_has_neon(void)` (ggml-cpu.h:95)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_arm_fma(self, /) -> int:
        """ARM

        `int ggml_cpu_has_arm_fma(void)` (ggml-cpu.h:96)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_fp16_va(self, /) -> int:
        """ARM

        `int ggml_cpu_has_fp16_va(void)` (ggml-cpu.h:97)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_dotprod(self, /) -> int:
        """ARM

        `int ggml_cpu_has_dotprod(void)` (ggml-cpu.h:98)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_matmul_int8(self, /) -> int:
        """ARM

        `int ggml_cpu_has_matmul_int8(void)` (ggml-cpu.h:99)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_sve(self, /) -> int:
        """ARM

        `int ggml_cpu_has_sve(void)` (ggml-cpu.h:100)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_get_sve_cnt(self, /) -> int:
        """ARM
        sve vector length in bytes

        `int ggml_cpu_get_sve_cnt(void)` (ggml-cpu.h:101)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_sme(self, /) -> int:
        """ARM

        `int ggml_cpu_has_sme(void)` (ggml-cpu.h:102)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_sme2(self, /) -> int:
        """ARM

        `int ggml_cpu_has_sme2(void)` (ggml-cpu.h:103)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_riscv_v(self, /) -> int:
        """other

        `int ggml_cpu_has_riscv_v(void)` (ggml-cpu.h:105)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_get_rvv_vlen(self, /) -> int:
        """other
        risc-v vector length in bytes

        `int ggml_cpu_get_rvv_vlen(void)` (ggml-cpu.h:106)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_vsx(self, /) -> int:
        """other

        `int ggml_cpu_has_vsx(void)` (ggml-cpu.h:107)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_vxe(self, /) -> int:
        """other

        `int ggml_cpu_has_vxe(void)` (ggml-cpu.h:108)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_wasm_simd(self, /) -> int:
        """other

        `int ggml_cpu_has_wasm_simd(void)` (ggml-cpu.h:109)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_has_llamafile(self, /) -> int:
        """other

        `int ggml_cpu_has_llamafile(void)` (ggml-cpu.h:110)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_get_type_traits_cpu(self, type: ggml_type, /) -> ggml_type_traits_cpu_p:
        """`const struct ggml_type_traits_cpu * ggml_get_type_traits_cpu(enum ggml_type type)` (ggml-cpu.h:124)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_init(self, /) -> None:
        """`void ggml_cpu_init(void)` (ggml-cpu.h:126)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_backend_cpu_init(self, /) -> ggml_backend_t:
        """`ggml_backend_t ggml_backend_cpu_init(void)` (ggml-cpu.h:132)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_backend_is_cpu(self, backend: ggml_backend_t, /) -> bool:
        """`bool ggml_backend_is_cpu(ggml_backend_t backend)` (ggml-cpu.h:134)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_backend_cpu_set_n_threads(self, backend_cpu: ggml_backend_t, n_threads: int, /) -> None:
        """`void ggml_backend_cpu_set_n_threads(ggml_backend_t backend_cpu, int n_threads)` (ggml-cpu.h:135)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_backend_cpu_set_threadpool(self, backend_cpu: ggml_backend_t, threadpool: ggml_threadpool_t, /) -> None:
        """`void ggml_backend_cpu_set_threadpool(ggml_backend_t backend_cpu, ggml_threadpool_t threadpool)` (ggml-cpu.h:136)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_backend_cpu_set_abort_callback(self, backend_cpu: ggml_backend_t, abort_callback: ggml_abort_callback, abort_callback_data: Ptr[Any], /) -> None:
        """`void ggml_backend_cpu_set_abort_callback(ggml_backend_t backend_cpu, ggml_abort_callback abort_callback, void * abort_callback_data)` (ggml-cpu.h:137)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_backend_cpu_set_use_ref(self, backend_cpu: ggml_backend_t, use_ref: bool, /) -> None:
        """`void ggml_backend_cpu_set_use_ref(ggml_backend_t backend_cpu, bool use_ref)` (ggml-cpu.h:139)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_backend_cpu_reg(self, /) -> ggml_backend_reg_t:
        """`ggml_backend_reg_t ggml_backend_cpu_reg(void)` (ggml-cpu.h:141)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_fp32_to_fp32(self, arg0: ConstPtr[float], arg1: Ptr[float], arg2: int, /) -> None:
        """`void ggml_cpu_fp32_to_fp32(const float *, float *, int64_t)` (ggml-cpu.h:143)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_fp32_to_i32(self, arg0: ConstPtr[float], arg1: Ptr[int], arg2: int, /) -> None:
        """`void ggml_cpu_fp32_to_i32(const float *, int32_t *, int64_t)` (ggml-cpu.h:144)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_fp32_to_fp16(self, arg0: ConstPtr[float], arg1: Ptr[ggml_fp16_t], arg2: int, /) -> None:
        """`void ggml_cpu_fp32_to_fp16(const float *, ggml_fp16_t *, int64_t)` (ggml-cpu.h:145)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_fp16_to_fp32(self, arg0: ConstPtr[ggml_fp16_t], arg1: Ptr[float], arg2: int, /) -> None:
        """`void ggml_cpu_fp16_to_fp32(const ggml_fp16_t *, float *, int64_t)` (ggml-cpu.h:146)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_fp32_to_bf16(self, arg0: ConstPtr[float], arg1: Ptr[ggml_bf16_t], arg2: int, /) -> None:
        """`void ggml_cpu_fp32_to_bf16(const float *, ggml_bf16_t *, int64_t)` (ggml-cpu.h:147)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_cpu_bf16_to_fp32(self, arg0: Ptr[ggml_bf16_t], arg1: Ptr[float], arg2: int, /) -> None:
        """`void ggml_cpu_bf16_to_fp32(const ggml_bf16_t *, float *, int64_t)` (ggml-cpu.h:148)
        In the plug-in backend `cpu`: BackendError when that is not installed.
        """
    def ggml_opt_dataset_init(self, type_data: ggml_type, type_label: ggml_type, ne_datapoint: int, ne_label: int, ndata: int, ndata_shard: int, /) -> ggml_opt_dataset_t:
        """type_data: the type for the internal data tensor
        type_label: the type for the internal labels tensor
        ne_datapoint: number of elements per datapoint
        ne_label: number of elements per label
        ndata: total number of datapoints/labels
        ndata_shard: number of datapoints/labels per shard (unit at which the dataset is shuffled/copied)

        `ggml_opt_dataset_t ggml_opt_dataset_init(enum ggml_type type_data, enum ggml_type type_label, int64_t ne_datapoint, int64_t ne_label, int64_t ndata, int64_t ndata_shard)` (ggml-opt.h:39)
        """
    def ggml_opt_dataset_free(self, dataset: ggml_opt_dataset_t, /) -> None:
        """`void ggml_opt_dataset_free(ggml_opt_dataset_t dataset)` (ggml-opt.h:46)"""
    def ggml_opt_dataset_ndata(self, dataset: ggml_opt_dataset_t, /) -> int:
        """get underlying tensors that store the data

        `int64_t ggml_opt_dataset_ndata(ggml_opt_dataset_t dataset)` (ggml-opt.h:49)
        """
    def ggml_opt_dataset_data(self, dataset: ggml_opt_dataset_t, /) -> ggml_tensor_p:
        """get underlying tensors that store the data
        shape = [ne_datapoint, ndata]

        `struct ggml_tensor * ggml_opt_dataset_data(ggml_opt_dataset_t dataset)` (ggml-opt.h:50)
        """
    def ggml_opt_dataset_labels(self, dataset: ggml_opt_dataset_t, /) -> ggml_tensor_p:
        """get underlying tensors that store the data
        shape = [nd_label,     ndata]

        `struct ggml_tensor * ggml_opt_dataset_labels(ggml_opt_dataset_t dataset)` (ggml-opt.h:51)
        """
    def ggml_opt_dataset_shuffle(self, opt_ctx: ggml_opt_context_t, dataset: ggml_opt_dataset_t, idata: int, /) -> None:
        """shuffle idata first datapoints from dataset with RNG from opt_ctx, shuffle all datapoints if idata is negative

        `void ggml_opt_dataset_shuffle(ggml_opt_context_t opt_ctx, ggml_opt_dataset_t dataset, int64_t idata)` (ggml-opt.h:54)
        """
    def ggml_opt_dataset_get_batch(self, dataset: ggml_opt_dataset_t, data_batch: Ptr[ggml_tensor], labels_batch: Ptr[ggml_tensor], ibatch: int, /) -> None:
        """get batch at position ibatch from dataset and copy the data to data_batch and labels_batch
        data_batch: shape = [ne_datapoint, ndata_batch]
        labels_batch: shape = [ne_label,     ndata_batch]

        `void ggml_opt_dataset_get_batch(ggml_opt_dataset_t dataset, struct ggml_tensor * data_batch, struct ggml_tensor * labels_batch, int64_t ibatch)` (ggml-opt.h:57)
        """
    def ggml_opt_dataset_get_batch_host(self, dataset: ggml_opt_dataset_t, data_batch: Ptr[Any], nb_data_batch: int, labels_batch: Ptr[Any], ibatch: int, /) -> None:
        """get batch at position ibatch from dataset and copy the data to data_batch and labels_batch

        `void ggml_opt_dataset_get_batch_host(ggml_opt_dataset_t dataset, void * data_batch, size_t nb_data_batch, void * labels_batch, int64_t ibatch)` (ggml-opt.h:62)
        """
    def ggml_opt_get_default_optimizer_params(self, userdata: Ptr[Any], /) -> ggml_opt_optimizer_params:
        """returns the default optimizer params (constant, hard-coded values)
        userdata is not used

        `struct ggml_opt_optimizer_params ggml_opt_get_default_optimizer_params(void * userdata)` (ggml-opt.h:105)
        """
    def ggml_opt_get_constant_optimizer_params(self, userdata: Ptr[Any], /) -> ggml_opt_optimizer_params:
        """casts userdata to ggml_opt_optimizer_params and returns it

        `struct ggml_opt_optimizer_params ggml_opt_get_constant_optimizer_params(void * userdata)` (ggml-opt.h:108)
        """
    def ggml_opt_default_params(self, backend_sched: ggml_backend_sched_t, loss_type: ggml_opt_loss_type, /) -> ggml_opt_params:
        """get parameters for an optimization context with defaults set where possible
        parameters for which no sensible defaults exist are supplied as arguments to this function

        `struct ggml_opt_params ggml_opt_default_params(ggml_backend_sched_t backend_sched, enum ggml_opt_loss_type loss_type)` (ggml-opt.h:134)
        """
    def ggml_opt_init(self, params: ggml_opt_params, /) -> ggml_opt_context_t:
        """`ggml_opt_context_t ggml_opt_init(struct ggml_opt_params params)` (ggml-opt.h:138)"""
    def ggml_opt_free(self, opt_ctx: ggml_opt_context_t, /) -> None:
        """`void ggml_opt_free(ggml_opt_context_t opt_ctx)` (ggml-opt.h:139)"""
    def ggml_opt_reset(self, opt_ctx: ggml_opt_context_t, optimizer: bool, /) -> None:
        """set gradients to zero, initialize loss, and optionally reset the optimizer

        `void ggml_opt_reset(ggml_opt_context_t opt_ctx, bool optimizer)` (ggml-opt.h:142)
        """
    def ggml_opt_static_graphs(self, opt_ctx: ggml_opt_context_t, /) -> bool:
        """whether the graphs are allocated_statically

        `bool ggml_opt_static_graphs(ggml_opt_context_t opt_ctx)` (ggml-opt.h:144)
        """
    def ggml_opt_inputs(self, opt_ctx: ggml_opt_context_t, /) -> ggml_tensor_p:
        """get underlying tensors that store data
        if not using static graphs these pointers become invalid with the next call to ggml_opt_alloc
        forward graph input tensor

        `struct ggml_tensor * ggml_opt_inputs(ggml_opt_context_t opt_ctx)` (ggml-opt.h:148)
        """
    def ggml_opt_outputs(self, opt_ctx: ggml_opt_context_t, /) -> ggml_tensor_p:
        """get underlying tensors that store data
        if not using static graphs these pointers become invalid with the next call to ggml_opt_alloc
        forward graph output tensor

        `struct ggml_tensor * ggml_opt_outputs(ggml_opt_context_t opt_ctx)` (ggml-opt.h:149)
        """
    def ggml_opt_labels(self, opt_ctx: ggml_opt_context_t, /) -> ggml_tensor_p:
        """get underlying tensors that store data
        if not using static graphs these pointers become invalid with the next call to ggml_opt_alloc
        labels to compare outputs against

        `struct ggml_tensor * ggml_opt_labels(ggml_opt_context_t opt_ctx)` (ggml-opt.h:150)
        """
    def ggml_opt_loss(self, opt_ctx: ggml_opt_context_t, /) -> ggml_tensor_p:
        """get underlying tensors that store data
        if not using static graphs these pointers become invalid with the next call to ggml_opt_alloc
        scalar tensor that contains the loss

        `struct ggml_tensor * ggml_opt_loss(ggml_opt_context_t opt_ctx)` (ggml-opt.h:151)
        """
    def ggml_opt_pred(self, opt_ctx: ggml_opt_context_t, /) -> ggml_tensor_p:
        """get underlying tensors that store data
        if not using static graphs these pointers become invalid with the next call to ggml_opt_alloc
        predictions made by outputs

        `struct ggml_tensor * ggml_opt_pred(ggml_opt_context_t opt_ctx)` (ggml-opt.h:152)
        """
    def ggml_opt_ncorrect(self, opt_ctx: ggml_opt_context_t, /) -> ggml_tensor_p:
        """get underlying tensors that store data
        if not using static graphs these pointers become invalid with the next call to ggml_opt_alloc
        number of matching predictions between outputs and labels

        `struct ggml_tensor * ggml_opt_ncorrect(ggml_opt_context_t opt_ctx)` (ggml-opt.h:153)
        """
    def ggml_opt_grad_acc(self, opt_ctx: ggml_opt_context_t, node: Ptr[ggml_tensor], /) -> ggml_tensor_p:
        """get the gradient accumulator for a node from the forward graph

        `struct ggml_tensor * ggml_opt_grad_acc(ggml_opt_context_t opt_ctx, struct ggml_tensor * node)` (ggml-opt.h:156)
        """
    def ggml_opt_context_optimizer_type(self, arg0: ggml_opt_context_t, /) -> ggml_opt_optimizer_type:
        """TODO consistent naming scheme

        `enum ggml_opt_optimizer_type ggml_opt_context_optimizer_type(ggml_opt_context_t)` (ggml-opt.h:158)
        """
    def ggml_opt_optimizer_name(self, arg0: ggml_opt_optimizer_type, /) -> Ptr[bytes]:
        """`const char * ggml_opt_optimizer_name(enum ggml_opt_optimizer_type)` (ggml-opt.h:160)"""
    def ggml_opt_result_init(self, /) -> ggml_opt_result_t:
        """`ggml_opt_result_t ggml_opt_result_init(void)` (ggml-opt.h:164)"""
    def ggml_opt_result_free(self, result: ggml_opt_result_t, /) -> None:
        """`void ggml_opt_result_free(ggml_opt_result_t result)` (ggml-opt.h:165)"""
    def ggml_opt_result_reset(self, result: ggml_opt_result_t, /) -> None:
        """`void ggml_opt_result_reset(ggml_opt_result_t result)` (ggml-opt.h:166)"""
    def ggml_opt_result_ndata(self, result: ggml_opt_result_t, ndata: Ptr[int], /) -> None:
        """get data from result, uncertainties are optional and can be ignored by passing NULL
        writes 1 value, number of datapoints

        `void ggml_opt_result_ndata(ggml_opt_result_t result, int64_t * ndata)` (ggml-opt.h:169)
        """
    def ggml_opt_result_loss(self, result: ggml_opt_result_t, loss: Ptr[float], unc: Ptr[float], /) -> None:
        """get data from result, uncertainties are optional and can be ignored by passing NULL
        writes 1 value

        `void ggml_opt_result_loss(ggml_opt_result_t result, double * loss, double * unc)` (ggml-opt.h:170)
        """
    def ggml_opt_result_pred(self, result: ggml_opt_result_t, pred: Ptr[int], /) -> None:
        """get data from result, uncertainties are optional and can be ignored by passing NULL
        writes ndata values

        `void ggml_opt_result_pred(ggml_opt_result_t result, int32_t * pred)` (ggml-opt.h:171)
        """
    def ggml_opt_result_accuracy(self, result: ggml_opt_result_t, accuracy: Ptr[float], unc: Ptr[float], /) -> None:
        """get data from result, uncertainties are optional and can be ignored by passing NULL
        writes 1 value

        `void ggml_opt_result_accuracy(ggml_opt_result_t result, double * accuracy, double * unc)` (ggml-opt.h:172)
        """
    def ggml_opt_prepare_alloc(self, opt_ctx: ggml_opt_context_t, ctx_compute: Ptr[ggml_context], gf: Ptr[ggml_cgraph], inputs: Ptr[ggml_tensor], outputs: Ptr[ggml_tensor], /) -> None:
        """if not using static graphs, this function must be called prior to ggml_opt_alloc

        `void ggml_opt_prepare_alloc(ggml_opt_context_t opt_ctx, struct ggml_context * ctx_compute, struct ggml_cgraph * gf, struct ggml_tensor * inputs, struct ggml_tensor * outputs)` (ggml-opt.h:177)
        """
    def ggml_opt_alloc(self, opt_ctx: ggml_opt_context_t, backward: bool, /) -> None:
        """allocate the next graph for evaluation, either forward or forward + backward
        must be called exactly once prior to calling ggml_opt_eval

        `void ggml_opt_alloc(ggml_opt_context_t opt_ctx, bool backward)` (ggml-opt.h:186)
        """
    def ggml_opt_eval(self, opt_ctx: ggml_opt_context_t, result: ggml_opt_result_t, /) -> None:
        """do forward pass, increment result if not NULL, do backward pass if allocated

        `void ggml_opt_eval(ggml_opt_context_t opt_ctx, ggml_opt_result_t result)` (ggml-opt.h:189)
        """
    def ggml_opt_epoch(self, opt_ctx: ggml_opt_context_t, dataset: ggml_opt_dataset_t, result_train: ggml_opt_result_t, result_eval: ggml_opt_result_t, idata_split: int, callback_train: ggml_opt_epoch_callback, callback_eval: ggml_opt_epoch_callback, /) -> None:
        """do training on front of dataset, do evaluation only on back of dataset
        result_train: result to increment during training, ignored if NULL
        result_eval: result to increment during evaluation, ignored if NULL
        idata_split: data index at which to split training and evaluation

        `void ggml_opt_epoch(ggml_opt_context_t opt_ctx, ggml_opt_dataset_t dataset, ggml_opt_result_t result_train, ggml_opt_result_t result_eval, int64_t idata_split, ggml_opt_epoch_callback callback_train, ggml_opt_epoch_callback callback_eval)` (ggml-opt.h:219)
        """
    def ggml_opt_epoch_callback_progress_bar(self, train: bool, opt_ctx: ggml_opt_context_t, dataset: ggml_opt_dataset_t, result: ggml_opt_result_t, ibatch: int, ibatch_max: int, t_start_us: int, /) -> None:
        """callback that prints a progress bar on stderr

        `void ggml_opt_epoch_callback_progress_bar(bool train, ggml_opt_context_t opt_ctx, ggml_opt_dataset_t dataset, ggml_opt_result_t result, int64_t ibatch, int64_t ibatch_max, int64_t t_start_us)` (ggml-opt.h:229)
        """
    def ggml_opt_fit(self, backend_sched: ggml_backend_sched_t, ctx_compute: Ptr[ggml_context], inputs: Ptr[ggml_tensor], outputs: Ptr[ggml_tensor], dataset: ggml_opt_dataset_t, loss_type: ggml_opt_loss_type, optimizer: ggml_opt_optimizer_type, get_opt_pars: ggml_opt_get_optimizer_params, nepoch: int, nbatch_logical: int, val_split: float, silent: bool, /) -> None:
        """fit model defined by inputs and outputs to dataset
        backend_sched: backend scheduler for constructing the compute graphs
        ctx_compute: context with temporarily allocated tensors to calculate the outputs
        inputs: input tensor with shape [ne_datapoint, ndata_batch]
        outputs: output tensor, must have shape [ne_label, ndata_batch] if labels are used
        dataset: dataset with data and optionally also labels
        loss_type: loss to minimize
        optimizer: sgd or adamw
        get_opt_pars: callback to get optimizer params, userdata is pointer to epoch (of type int64_t)
        nepoch: how many times the dataset should be iterated over
        nbatch_logical: datapoints optimizer step, must be a multiple of ndata_batch in inputs/outputs
        val_split: fraction of the dataset to use for validation, must be in [0.0f, 1.0f)
        silent: whether or not info prints to stderr should be suppressed

        `void ggml_opt_fit(ggml_backend_sched_t backend_sched, struct ggml_context * ctx_compute, struct ggml_tensor * inputs, struct ggml_tensor * outputs, ggml_opt_dataset_t dataset, enum ggml_opt_loss_type loss_type, enum ggml_opt_optimizer_type optimizer, ggml_opt_get_optimizer_params get_opt_pars, int64_t nepoch, int64_t nbatch_logical, float val_split, bool silent)` (ggml-opt.h:239)
        """
    def gguf_init_empty(self, /) -> Ptr[gguf_context]:
        """`struct gguf_context * gguf_init_empty(void)` (gguf.h:82)"""
    def gguf_init_from_file_ptr(self, file: IO[Any] | Ptr[Any], params: gguf_init_params, /) -> Ptr[gguf_context]:
        """`struct gguf_context * gguf_init_from_file_ptr(FILE * file, struct gguf_init_params params)` (gguf.h:83)"""
    def gguf_init_from_file(self, fname: ConstChars, params: gguf_init_params, /) -> Ptr[gguf_context]:
        """`struct gguf_context * gguf_init_from_file(const char * fname, struct gguf_init_params params)` (gguf.h:84)"""
    def gguf_init_from_buffer(self, data: bytes | Ptr[Any], size: int, params: gguf_init_params, /) -> Ptr[gguf_context]:
        """`struct gguf_context * gguf_init_from_buffer(const void * data, size_t size, struct gguf_init_params params)` (gguf.h:85)"""
    def gguf_init_from_callback(self, callback: gguf_reader_callback_t, userdata: Ptr[Any], max_chunk_read: int, max_expected_size: int, params: gguf_init_params, /) -> Ptr[gguf_context]:
        """max_chunk_read is the maximum number of bytes that the GGUF code will read at once from the callback, a value of 0 means no limit

        `struct gguf_context * gguf_init_from_callback(gguf_reader_callback_t callback, void * userdata, size_t max_chunk_read, uint64_t max_expected_size, struct gguf_init_params params)` (gguf.h:88)
        """
    def gguf_free(self, ctx: Ptr[gguf_context], /) -> None:
        """`void gguf_free(struct gguf_context * ctx)` (gguf.h:90)"""
    def gguf_type_name(self, type: gguf_type, /) -> Ptr[bytes]:
        """`const char * gguf_type_name(enum gguf_type type)` (gguf.h:92)"""
    def gguf_get_version(self, ctx: Ptr[gguf_context], /) -> int:
        """`uint32_t gguf_get_version(const struct gguf_context * ctx)` (gguf.h:94)"""
    def gguf_get_alignment(self, ctx: Ptr[gguf_context], /) -> int:
        """`size_t gguf_get_alignment(const struct gguf_context * ctx)` (gguf.h:95)"""
    def gguf_get_data_offset(self, ctx: Ptr[gguf_context], /) -> int:
        """padded to gguf_get_alignment if and only if the gguf_context contains at least one tensor

        `size_t gguf_get_data_offset(const struct gguf_context * ctx)` (gguf.h:96)
        """
    def gguf_get_n_kv(self, ctx: Ptr[gguf_context], /) -> int:
        """`int64_t gguf_get_n_kv(const struct gguf_context * ctx)` (gguf.h:98)"""
    def gguf_find_key(self, ctx: Ptr[gguf_context], key: ConstChars, /) -> int:
        """returns -1 if key is not found

        `int64_t gguf_find_key(const struct gguf_context * ctx, const char * key)` (gguf.h:99)
        """
    def gguf_get_key(self, ctx: Ptr[gguf_context], key_id: int, /) -> Ptr[bytes]:
        """`const char * gguf_get_key(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:100)"""
    def gguf_get_kv_type(self, ctx: Ptr[gguf_context], key_id: int, /) -> gguf_type:
        """`enum gguf_type gguf_get_kv_type(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:102)"""
    def gguf_get_arr_type(self, ctx: Ptr[gguf_context], key_id: int, /) -> gguf_type:
        """`enum gguf_type gguf_get_arr_type(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:103)"""
    def gguf_get_val_u8(self, ctx: Ptr[gguf_context], key_id: int, /) -> int:
        """will abort if the wrong type is used for the key

        `uint8_t gguf_get_val_u8(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:106)
        """
    def gguf_get_val_i8(self, ctx: Ptr[gguf_context], key_id: int, /) -> int:
        """will abort if the wrong type is used for the key

        `int8_t gguf_get_val_i8(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:107)
        """
    def gguf_get_val_u16(self, ctx: Ptr[gguf_context], key_id: int, /) -> int:
        """will abort if the wrong type is used for the key

        `uint16_t gguf_get_val_u16(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:108)
        """
    def gguf_get_val_i16(self, ctx: Ptr[gguf_context], key_id: int, /) -> int:
        """will abort if the wrong type is used for the key

        `int16_t gguf_get_val_i16(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:109)
        """
    def gguf_get_val_u32(self, ctx: Ptr[gguf_context], key_id: int, /) -> int:
        """will abort if the wrong type is used for the key

        `uint32_t gguf_get_val_u32(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:110)
        """
    def gguf_get_val_i32(self, ctx: Ptr[gguf_context], key_id: int, /) -> int:
        """will abort if the wrong type is used for the key

        `int32_t gguf_get_val_i32(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:111)
        """
    def gguf_get_val_f32(self, ctx: Ptr[gguf_context], key_id: int, /) -> float:
        """will abort if the wrong type is used for the key

        `float gguf_get_val_f32(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:112)
        """
    def gguf_get_val_u64(self, ctx: Ptr[gguf_context], key_id: int, /) -> int:
        """will abort if the wrong type is used for the key

        `uint64_t gguf_get_val_u64(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:113)
        """
    def gguf_get_val_i64(self, ctx: Ptr[gguf_context], key_id: int, /) -> int:
        """will abort if the wrong type is used for the key

        `int64_t gguf_get_val_i64(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:114)
        """
    def gguf_get_val_f64(self, ctx: Ptr[gguf_context], key_id: int, /) -> float:
        """will abort if the wrong type is used for the key

        `double gguf_get_val_f64(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:115)
        """
    def gguf_get_val_bool(self, ctx: Ptr[gguf_context], key_id: int, /) -> bool:
        """will abort if the wrong type is used for the key

        `bool gguf_get_val_bool(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:116)
        """
    def gguf_get_val_str(self, ctx: Ptr[gguf_context], key_id: int, /) -> Ptr[bytes]:
        """will abort if the wrong type is used for the key

        `const char * gguf_get_val_str(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:117)
        """
    def gguf_get_val_data(self, ctx: Ptr[gguf_context], key_id: int, /) -> Ptr[Any]:
        """will abort if the wrong type is used for the key

        `const void * gguf_get_val_data(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:118)
        """
    def gguf_get_arr_n(self, ctx: Ptr[gguf_context], key_id: int, /) -> int:
        """will abort if the wrong type is used for the key

        `size_t gguf_get_arr_n(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:119)
        """
    def gguf_get_arr_data(self, ctx: Ptr[gguf_context], key_id: int, /) -> Ptr[Any]:
        """get raw pointer to the first element of the array with the given key_id
        for bool arrays, note that they are always stored as int8 on all platforms (usually this makes no difference)

        `const void * gguf_get_arr_data(const struct gguf_context * ctx, int64_t key_id)` (gguf.h:123)
        """
    def gguf_get_arr_str(self, ctx: Ptr[gguf_context], key_id: int, i: int, /) -> Ptr[bytes]:
        """get ith C string from array with given key_id

        `const char * gguf_get_arr_str(const struct gguf_context * ctx, int64_t key_id, size_t i)` (gguf.h:126)
        """
    def gguf_get_n_tensors(self, ctx: Ptr[gguf_context], /) -> int:
        """`int64_t gguf_get_n_tensors(const struct gguf_context * ctx)` (gguf.h:128)"""
    def gguf_find_tensor(self, ctx: Ptr[gguf_context], name: ConstChars, /) -> int:
        """returns -1 if the tensor is not found

        `int64_t gguf_find_tensor(const struct gguf_context * ctx, const char * name)` (gguf.h:129)
        """
    def gguf_get_tensor_offset(self, ctx: Ptr[gguf_context], tensor_id: int, /) -> int:
        """`size_t gguf_get_tensor_offset(const struct gguf_context * ctx, int64_t tensor_id)` (gguf.h:130)"""
    def gguf_get_tensor_name(self, ctx: Ptr[gguf_context], tensor_id: int, /) -> Ptr[bytes]:
        """`const char * gguf_get_tensor_name(const struct gguf_context * ctx, int64_t tensor_id)` (gguf.h:131)"""
    def gguf_get_tensor_ne(self, ctx: Ptr[gguf_context], tensor_id: int, /) -> Ptr[int]:
        """returns ne, an array of GGML_MAX_DIMS elements; ne[dim] is 1 for dim >= n_dims

        `const int64_t * gguf_get_tensor_ne(const struct gguf_context * ctx, int64_t tensor_id)` (gguf.h:132)
        """
    def gguf_get_tensor_type(self, ctx: Ptr[gguf_context], tensor_id: int, /) -> ggml_type:
        """`enum ggml_type gguf_get_tensor_type(const struct gguf_context * ctx, int64_t tensor_id)` (gguf.h:133)"""
    def gguf_get_tensor_size(self, ctx: Ptr[gguf_context], tensor_id: int, /) -> int:
        """`size_t gguf_get_tensor_size(const struct gguf_context * ctx, int64_t tensor_id)` (gguf.h:134)"""
    def gguf_remove_key(self, ctx: Ptr[gguf_context], key: ConstChars, /) -> int:
        """removes key if it exists, returns id that the key had prior to removal (-1 if it didn't exist)

        `int64_t gguf_remove_key(struct gguf_context * ctx, const char * key)` (gguf.h:137)
        """
    def gguf_set_val_u8(self, ctx: Ptr[gguf_context], key: ConstChars, val: int, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_u8(struct gguf_context * ctx, const char * key, uint8_t val)` (gguf.h:140)
        """
    def gguf_set_val_i8(self, ctx: Ptr[gguf_context], key: ConstChars, val: int, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_i8(struct gguf_context * ctx, const char * key, int8_t val)` (gguf.h:141)
        """
    def gguf_set_val_u16(self, ctx: Ptr[gguf_context], key: ConstChars, val: int, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_u16(struct gguf_context * ctx, const char * key, uint16_t val)` (gguf.h:142)
        """
    def gguf_set_val_i16(self, ctx: Ptr[gguf_context], key: ConstChars, val: int, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_i16(struct gguf_context * ctx, const char * key, int16_t val)` (gguf.h:143)
        """
    def gguf_set_val_u32(self, ctx: Ptr[gguf_context], key: ConstChars, val: int, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_u32(struct gguf_context * ctx, const char * key, uint32_t val)` (gguf.h:144)
        """
    def gguf_set_val_i32(self, ctx: Ptr[gguf_context], key: ConstChars, val: int, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_i32(struct gguf_context * ctx, const char * key, int32_t val)` (gguf.h:145)
        """
    def gguf_set_val_f32(self, ctx: Ptr[gguf_context], key: ConstChars, val: float, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_f32(struct gguf_context * ctx, const char * key, float val)` (gguf.h:146)
        """
    def gguf_set_val_u64(self, ctx: Ptr[gguf_context], key: ConstChars, val: int, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_u64(struct gguf_context * ctx, const char * key, uint64_t val)` (gguf.h:147)
        """
    def gguf_set_val_i64(self, ctx: Ptr[gguf_context], key: ConstChars, val: int, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_i64(struct gguf_context * ctx, const char * key, int64_t val)` (gguf.h:148)
        """
    def gguf_set_val_f64(self, ctx: Ptr[gguf_context], key: ConstChars, val: float, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_f64(struct gguf_context * ctx, const char * key, double val)` (gguf.h:149)
        """
    def gguf_set_val_bool(self, ctx: Ptr[gguf_context], key: ConstChars, val: bool, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_bool(struct gguf_context * ctx, const char * key, bool val)` (gguf.h:150)
        """
    def gguf_set_val_str(self, ctx: Ptr[gguf_context], key: ConstChars, val: ConstChars, /) -> None:
        """overrides an existing KV pair or adds a new one, the new KV pair is always at the back

        `void gguf_set_val_str(struct gguf_context * ctx, const char * key, const char * val)` (gguf.h:151)
        """
    def gguf_set_arr_data(self, ctx: Ptr[gguf_context], key: ConstChars, type: gguf_type, data: bytes | Ptr[Any], n: int, /) -> None:
        """creates a new array with n elements of the given type and copies the corresponding number of bytes from data

        `void gguf_set_arr_data(struct gguf_context * ctx, const char * key, enum gguf_type type, const void * data, size_t n)` (gguf.h:154)
        """
    def gguf_set_arr_str(self, ctx: Ptr[gguf_context], key: ConstChars, data: Ptr[Ptr[bytes]], n: int, /) -> None:
        """creates a new array with n strings and copies the corresponding strings from data

        `void gguf_set_arr_str(struct gguf_context * ctx, const char * key, const char ** data, size_t n)` (gguf.h:157)
        """
    def gguf_set_kv(self, ctx: Ptr[gguf_context], src: Ptr[gguf_context], /) -> None:
        """set or add KV pairs from another context

        `void gguf_set_kv(struct gguf_context * ctx, const struct gguf_context * src)` (gguf.h:160)
        """
    def gguf_add_tensor(self, ctx: Ptr[gguf_context], tensor: Ptr[ggml_tensor], /) -> None:
        """add tensor to GGUF context, tensor name must be unique

        `void gguf_add_tensor(struct gguf_context * ctx, const struct ggml_tensor * tensor)` (gguf.h:163)
        """
    def gguf_set_tensor_type(self, ctx: Ptr[gguf_context], name: ConstChars, type: ggml_type, /) -> None:
        """after changing a tensor's type, the offsets of all tensors with higher indices are immediately recalculated
          in such a way that the tensor data remains as one contiguous block (except for padding)

        `void gguf_set_tensor_type(struct gguf_context * ctx, const char * name, enum ggml_type type)` (gguf.h:167)
        """
    def gguf_set_tensor_data(self, ctx: Ptr[gguf_context], name: ConstChars, data: bytes | Ptr[Any], /) -> None:
        """assumes that at least gguf_get_tensor_size bytes can be read from data

        `void gguf_set_tensor_data(struct gguf_context * ctx, const char * name, const void * data)` (gguf.h:170)
        """
    def gguf_write_to_file_ptr(self, ctx: Ptr[gguf_context], file: IO[Any] | Ptr[Any], only_meta: bool, /) -> bool:
        """write the entire context to a binary file

        `bool gguf_write_to_file_ptr(const struct gguf_context * ctx, FILE * file, bool only_meta)` (gguf.h:200)
        """
    def gguf_write_to_file(self, ctx: Ptr[gguf_context], fname: ConstChars, only_meta: bool, /) -> bool:
        """write the entire context to a binary file

        `bool gguf_write_to_file(const struct gguf_context * ctx, const char * fname, bool only_meta)` (gguf.h:201)
        """
    def gguf_get_meta_size(self, ctx: Ptr[gguf_context], /) -> int:
        """get the size in bytes of the meta data (header, kv pairs, tensor info) including padding

        `size_t gguf_get_meta_size(const struct gguf_context * ctx)` (gguf.h:204)
        """
    def gguf_get_meta_data(self, ctx: Ptr[gguf_context], data: Ptr[Any], /) -> None:
        """writes the meta data to pointer "data"

        `void gguf_get_meta_data(const struct gguf_context * ctx, void * data)` (gguf.h:207)
        """
    def ggml_backend_rpc_init(self, endpoint: ConstChars, device: int, /) -> ggml_backend_t:
        """backend API

        `ggml_backend_t ggml_backend_rpc_init(const char * endpoint, uint32_t device)` (ggml-rpc.h:20)
        In the plug-in backend `rpc`: BackendError when that is not installed.
        """
    def ggml_backend_is_rpc(self, backend: ggml_backend_t, /) -> bool:
        """backend API

        `bool ggml_backend_is_rpc(ggml_backend_t backend)` (ggml-rpc.h:21)
        In the plug-in backend `rpc`: BackendError when that is not installed.
        """
    def ggml_backend_rpc_buffer_type(self, endpoint: ConstChars, device: int, /) -> ggml_backend_buffer_type_t:
        """`ggml_backend_buffer_type_t ggml_backend_rpc_buffer_type(const char * endpoint, uint32_t device)` (ggml-rpc.h:23)
        In the plug-in backend `rpc`: BackendError when that is not installed.
        """
    def ggml_backend_rpc_get_device_memory(self, endpoint: ConstChars, device: int, free: Ptr[int], total: Ptr[int], /) -> None:
        """`void ggml_backend_rpc_get_device_memory(const char * endpoint, uint32_t device, size_t * free, size_t * total)` (ggml-rpc.h:25)
        In the plug-in backend `rpc`: BackendError when that is not installed.
        """
    def ggml_backend_rpc_start_server(self, endpoint: ConstChars, cache_dir: ConstChars, n_threads: int, n_devices: int, devices: Ptr[ggml_backend_dev_t], /) -> None:
        """`void ggml_backend_rpc_start_server(const char * endpoint, const char * cache_dir, size_t n_threads, size_t n_devices, ggml_backend_dev_t * devices)` (ggml-rpc.h:27)
        In the plug-in backend `rpc`: BackendError when that is not installed.
        """
    def ggml_backend_rpc_reg(self, /) -> ggml_backend_reg_t:
        """`ggml_backend_reg_t ggml_backend_rpc_reg(void)` (ggml-rpc.h:30)
        In the plug-in backend `rpc`: BackendError when that is not installed.
        """
    def ggml_backend_rpc_add_server(self, endpoint: ConstChars, /) -> ggml_backend_reg_t:
        """`ggml_backend_reg_t ggml_backend_rpc_add_server(const char * endpoint)` (ggml-rpc.h:31)
        In the plug-in backend `rpc`: BackendError when that is not installed.
        """
    def llama_ftype_name(self, ftype: llama_ftype, /) -> Ptr[bytes]:
        """Get the model file type (quantization) as a string, e.g. "Q8_0" or "Q4_K - Medium"

        `const char * llama_ftype_name(enum llama_ftype ftype)` (llama.h:165)
        """
    def llama_flash_attn_type_name(self, flash_attn_type: llama_flash_attn_type, /) -> Ptr[bytes]:
        """`const char * llama_flash_attn_type_name(enum llama_flash_attn_type flash_attn_type)` (llama.h:197)"""
    def llama_load_mode_name(self, load_mode: llama_load_mode, /) -> Ptr[bytes]:
        """`const char * llama_load_mode_name(enum llama_load_mode load_mode)` (llama.h:215)"""
    def llama_load_mode_from_str(self, str: ConstChars, /) -> llama_load_mode:
        """`enum llama_load_mode llama_load_mode_from_str(const char * str)` (llama.h:216)"""
    def llama_version(self, /) -> Ptr[bytes]:
        """`const char * llama_version(void)` (llama.h:475)"""
    def llama_model_default_params(self, /) -> llama_model_params:
        """Helpers for getting default parameters
        TODO: update API to start accepting pointers to params structs (https://github.com/ggml-org/llama.cpp/discussions/9172)

        `struct llama_model_params llama_model_default_params(void)` (llama.h:479)
        """
    def llama_context_default_params(self, /) -> llama_context_params:
        """Helpers for getting default parameters
        TODO: update API to start accepting pointers to params structs (https://github.com/ggml-org/llama.cpp/discussions/9172)

        `struct llama_context_params llama_context_default_params(void)` (llama.h:480)
        """
    def llama_sampler_chain_default_params(self, /) -> llama_sampler_chain_params:
        """Helpers for getting default parameters
        TODO: update API to start accepting pointers to params structs (https://github.com/ggml-org/llama.cpp/discussions/9172)

        `struct llama_sampler_chain_params llama_sampler_chain_default_params(void)` (llama.h:481)
        """
    def llama_model_quantize_default_params(self, /) -> llama_model_quantize_params:
        """Helpers for getting default parameters
        TODO: update API to start accepting pointers to params structs (https://github.com/ggml-org/llama.cpp/discussions/9172)

        `struct llama_model_quantize_params llama_model_quantize_default_params(void)` (llama.h:482)
        """
    def llama_backend_init(self, /) -> None:
        """Initialize the llama + ggml backend
        Call once at the start of the program

        `void llama_backend_init(void)` (llama.h:486)
        """
    def llama_backend_free(self, /) -> None:
        """Call once at the end of the program - currently only used for MPI

        `void llama_backend_free(void)` (llama.h:489)
        """
    def llama_numa_init(self, numa: ggml_numa_strategy, /) -> None:
        """Optional: enable numa optimizations
        TODO: deprecate and make part of llama_backend_init()

        `void llama_numa_init(enum ggml_numa_strategy numa)` (llama.h:493)
        """
    def llama_attach_threadpool(self, ctx: Ptr[llama_context], threadpool: ggml_threadpool_t, threadpool_batch: ggml_threadpool_t, /) -> None:
        """Optional: an auto threadpool gets created in ggml if not passed explicitly

        `void llama_attach_threadpool(struct llama_context * ctx, ggml_threadpool_t threadpool, ggml_threadpool_t threadpool_batch)` (llama.h:496)
        """
    def llama_detach_threadpool(self, ctx: Ptr[llama_context], /) -> None:
        """`void llama_detach_threadpool(struct llama_context * ctx)` (llama.h:501)"""
    def llama_model_init_from_user(self, metadata: Ptr[gguf_context], set_tensor_data: llama_model_set_tensor_data_t, set_tensor_data_ud: Ptr[Any], params: llama_model_params, /) -> Ptr[llama_model]:
        """Create a new model from GGUF metadata as well as a function to set the tensor data
          - tensors are created as GGML_TYPE_F32 by default,
            override by adding a tensor with the same name but a different name to the context
        set_tensor_data: function to initialize tensor data with
        set_tensor_data_ud: userdata for function

        `struct llama_model * llama_model_init_from_user(struct gguf_context * metadata, llama_model_set_tensor_data_t set_tensor_data, void * set_tensor_data_ud, struct llama_model_params params)` (llama.h:508)
        """
    @deprecated("use llama_model_load_from_file instead")
    def llama_load_model_from_file(self, path_model: ConstChars, params: llama_model_params, /) -> Ptr[llama_model]:
        """`struct llama_model * llama_load_model_from_file(const char * path_model, struct llama_model_params params)` (llama.h:514)"""
    def llama_model_load_from_file(self, path_model: ConstChars, params: llama_model_params, /) -> Ptr[llama_model]:
        """Load a model from a file
        If the file is split into multiple parts, the file name must follow this pattern: <name>-%05d-of-%05d.gguf
        If the split file name does not follow this pattern, use llama_model_load_from_splits

        `struct llama_model * llama_model_load_from_file(const char * path_model, struct llama_model_params params)` (llama.h:522)
        """
    def llama_model_load_from_file_ptr(self, file: IO[Any] | Ptr[Any], params: llama_model_params, /) -> Ptr[llama_model]:
        """Load a model from an open FILE pointer
        The GGUF is read from the current position, so it can be embedded in a larger file
        mmap needs the GGUF data section at a file offset to be aligned to the CPU tensor alignment (32 bytes)

        `struct llama_model * llama_model_load_from_file_ptr(FILE * file, struct llama_model_params params)` (llama.h:529)
        """
    def llama_model_load_from_splits(self, paths: Ptr[Ptr[bytes]], n_paths: int, params: llama_model_params, /) -> Ptr[llama_model]:
        """Load a model from multiple splits (support custom naming scheme)
        The paths must be in the correct order

        `struct llama_model * llama_model_load_from_splits(const char ** paths, size_t n_paths, struct llama_model_params params)` (llama.h:535)
        """
    def llama_model_save_to_file(self, model: Ptr[llama_model], path_model: ConstChars, /) -> None:
        """`void llama_model_save_to_file(const struct llama_model * model, const char * path_model)` (llama.h:540)"""
    @deprecated("use llama_model_free instead")
    def llama_free_model(self, model: Ptr[llama_model], /) -> None:
        """`void llama_free_model(struct llama_model * model)` (llama.h:544)"""
    def llama_model_free(self, model: Ptr[llama_model], /) -> None:
        """`void llama_model_free(struct llama_model * model)` (llama.h:547)"""
    def llama_init_from_model(self, model: Ptr[llama_model], params: llama_context_params, /) -> Ptr[llama_context]:
        """`struct llama_context * llama_init_from_model(struct llama_model * model, struct llama_context_params params)` (llama.h:549)"""
    @deprecated("use llama_init_from_model instead")
    def llama_new_context_with_model(self, model: Ptr[llama_model], params: llama_context_params, /) -> Ptr[llama_context]:
        """`struct llama_context * llama_new_context_with_model(struct llama_model * model, struct llama_context_params params)` (llama.h:553)"""
    def llama_free(self, ctx: Ptr[llama_context], /) -> None:
        """Frees all allocated memory

        `void llama_free(struct llama_context * ctx)` (llama.h:559)
        """
    def llama_time_us(self, /) -> int:
        """`int64_t llama_time_us(void)` (llama.h:561)"""
    def llama_max_devices(self, /) -> int:
        """`size_t llama_max_devices(void)` (llama.h:563)"""
    def llama_max_parallel_sequences(self, /) -> int:
        """`size_t llama_max_parallel_sequences(void)` (llama.h:564)"""
    def llama_max_tensor_buft_overrides(self, /) -> int:
        """`size_t llama_max_tensor_buft_overrides(void)` (llama.h:565)"""
    def llama_supports_mmap(self, /) -> bool:
        """`bool llama_supports_mmap(void)` (llama.h:567)"""
    def llama_supports_mlock(self, /) -> bool:
        """`bool llama_supports_mlock(void)` (llama.h:568)"""
    def llama_supports_gpu_offload(self, /) -> bool:
        """`bool llama_supports_gpu_offload(void)` (llama.h:569)"""
    def llama_supports_rpc(self, /) -> bool:
        """`bool llama_supports_rpc(void)` (llama.h:570)"""
    def llama_n_ctx(self, ctx: Ptr[llama_context], /) -> int:
        """NOTE: After creating a llama_context, it is recommended to query the actual values using these functions
              In some cases the requested values via llama_context_params may differ from the actual values used by the context
              ref: https://github.com/ggml-org/llama.cpp/pull/17046#discussion_r2503085732

        `uint32_t llama_n_ctx(const struct llama_context * ctx)` (llama.h:575)
        """
    def llama_n_ctx_seq(self, ctx: Ptr[llama_context], /) -> int:
        """NOTE: After creating a llama_context, it is recommended to query the actual values using these functions
              In some cases the requested values via llama_context_params may differ from the actual values used by the context
              ref: https://github.com/ggml-org/llama.cpp/pull/17046#discussion_r2503085732

        `uint32_t llama_n_ctx_seq(const struct llama_context * ctx)` (llama.h:576)
        """
    def llama_n_batch(self, ctx: Ptr[llama_context], /) -> int:
        """NOTE: After creating a llama_context, it is recommended to query the actual values using these functions
              In some cases the requested values via llama_context_params may differ from the actual values used by the context
              ref: https://github.com/ggml-org/llama.cpp/pull/17046#discussion_r2503085732

        `uint32_t llama_n_batch(const struct llama_context * ctx)` (llama.h:577)
        """
    def llama_n_ubatch(self, ctx: Ptr[llama_context], /) -> int:
        """NOTE: After creating a llama_context, it is recommended to query the actual values using these functions
              In some cases the requested values via llama_context_params may differ from the actual values used by the context
              ref: https://github.com/ggml-org/llama.cpp/pull/17046#discussion_r2503085732

        `uint32_t llama_n_ubatch(const struct llama_context * ctx)` (llama.h:578)
        """
    def llama_n_seq_max(self, ctx: Ptr[llama_context], /) -> int:
        """NOTE: After creating a llama_context, it is recommended to query the actual values using these functions
              In some cases the requested values via llama_context_params may differ from the actual values used by the context
              ref: https://github.com/ggml-org/llama.cpp/pull/17046#discussion_r2503085732

        `uint32_t llama_n_seq_max(const struct llama_context * ctx)` (llama.h:579)
        """
    def llama_n_rs_seq(self, ctx: Ptr[llama_context], /) -> int:
        """NOTE: After creating a llama_context, it is recommended to query the actual values using these functions
              In some cases the requested values via llama_context_params may differ from the actual values used by the context
              ref: https://github.com/ggml-org/llama.cpp/pull/17046#discussion_r2503085732

        `uint32_t llama_n_rs_seq(const struct llama_context * ctx)` (llama.h:580)
        """
    @deprecated("use llama_model_n_ctx_train instead")
    def llama_n_ctx_train(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_n_ctx_train(const struct llama_model * model)` (llama.h:582)"""
    @deprecated("use llama_model_n_embd instead")
    def llama_n_embd(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_n_embd(const struct llama_model * model)` (llama.h:583)"""
    @deprecated("use llama_model_n_layer instead")
    def llama_n_layer(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_n_layer(const struct llama_model * model)` (llama.h:584)"""
    @deprecated("use llama_model_n_head instead")
    def llama_n_head(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_n_head(const struct llama_model * model)` (llama.h:585)"""
    @deprecated("use llama_vocab_n_tokens instead")
    def llama_n_vocab(self, vocab: Ptr[llama_vocab], /) -> int:
        """`int32_t llama_n_vocab(const struct llama_vocab * vocab)` (llama.h:587)"""
    def llama_get_model(self, ctx: Ptr[llama_context], /) -> Ptr[llama_model]:
        """`const struct llama_model * llama_get_model(const struct llama_context * ctx)` (llama.h:589)"""
    def llama_get_memory(self, ctx: Ptr[llama_context], /) -> llama_memory_t:
        """`llama_memory_t llama_get_memory(const struct llama_context * ctx)` (llama.h:590)"""
    def llama_pooling_type(self, ctx: Ptr[llama_context], /) -> _t_llama_pooling_type:
        """TODO: rename to llama_get_pooling_type

        `enum llama_pooling_type llama_pooling_type(const struct llama_context * ctx)` (llama.h:591)
        """
    def llama_model_get_vocab(self, model: Ptr[llama_model], /) -> Ptr[llama_vocab]:
        """`const struct llama_vocab * llama_model_get_vocab(const struct llama_model * model)` (llama.h:593)"""
    def llama_model_rope_type(self, model: Ptr[llama_model], /) -> llama_rope_type:
        """`enum llama_rope_type llama_model_rope_type(const struct llama_model * model)` (llama.h:594)"""
    def llama_model_n_ctx_train(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_model_n_ctx_train(const struct llama_model * model)` (llama.h:596)"""
    def llama_model_n_embd(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_model_n_embd(const struct llama_model * model)` (llama.h:597)"""
    def llama_model_n_embd_inp(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_model_n_embd_inp(const struct llama_model * model)` (llama.h:598)"""
    def llama_model_n_embd_out(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_model_n_embd_out(const struct llama_model * model)` (llama.h:599)"""
    def llama_model_n_layer(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_model_n_layer(const struct llama_model * model)` (llama.h:600)"""
    def llama_model_n_layer_nextn(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_model_n_layer_nextn(const struct llama_model * model)` (llama.h:601)"""
    def llama_model_n_head(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_model_n_head(const struct llama_model * model)` (llama.h:602)"""
    def llama_model_n_head_kv(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_model_n_head_kv(const struct llama_model * model)` (llama.h:603)"""
    def llama_model_n_swa(self, model: Ptr[llama_model], /) -> int:
        """`int32_t llama_model_n_swa(const struct llama_model * model)` (llama.h:604)"""
    def llama_model_rope_freq_scale_train(self, model: Ptr[llama_model], /) -> float:
        """Get the model's RoPE frequency scaling factor

        `float llama_model_rope_freq_scale_train(const struct llama_model * model)` (llama.h:607)
        """
    def llama_model_n_cls_out(self, model: Ptr[llama_model], /) -> int:
        """Returns the number of classifier outputs (only valid for classifier models)
        Undefined behavior for non-classifier models

        `uint32_t llama_model_n_cls_out(const struct llama_model * model)` (llama.h:611)
        """
    def llama_model_cls_label(self, model: Ptr[llama_model], i: int, /) -> Ptr[bytes]:
        """Returns label of classifier output by index (<n_cls_out). Returns nullptr if no label provided

        `const char * llama_model_cls_label(const struct llama_model * model, uint32_t i)` (llama.h:614)
        """
    def llama_vocab_type(self, vocab: Ptr[llama_vocab], /) -> _t_llama_vocab_type:
        """`enum llama_vocab_type llama_vocab_type(const struct llama_vocab * vocab)` (llama.h:616)"""
    def llama_vocab_n_tokens(self, vocab: Ptr[llama_vocab], /) -> int:
        """`int32_t llama_vocab_n_tokens(const struct llama_vocab * vocab)` (llama.h:618)"""
    def llama_model_meta_val_str(self, model: Ptr[llama_model], key: ConstChars, buf: Ptr[bytes], buf_size: int, /) -> int:
        """Get metadata value as a string by key name

        `int32_t llama_model_meta_val_str(const struct llama_model * model, const char * key, char * buf, size_t buf_size)` (llama.h:627)
        """
    def llama_model_meta_count(self, model: Ptr[llama_model], /) -> int:
        """Get the number of metadata key/value pairs

        `int32_t llama_model_meta_count(const struct llama_model * model)` (llama.h:630)
        """
    def llama_model_meta_key_str(self, key: llama_model_meta_key, /) -> Ptr[bytes]:
        """Get sampling metadata key name. Returns nullptr if the key is invalid

        `const char * llama_model_meta_key_str(enum llama_model_meta_key key)` (llama.h:633)
        """
    def llama_model_meta_key_by_index(self, model: Ptr[llama_model], i: int, buf: Ptr[bytes], buf_size: int, /) -> int:
        """Get metadata key name by index

        `int32_t llama_model_meta_key_by_index(const struct llama_model * model, int32_t i, char * buf, size_t buf_size)` (llama.h:636)
        """
    def llama_model_meta_val_str_by_index(self, model: Ptr[llama_model], i: int, buf: Ptr[bytes], buf_size: int, /) -> int:
        """Get metadata value as a string by index

        `int32_t llama_model_meta_val_str_by_index(const struct llama_model * model, int32_t i, char * buf, size_t buf_size)` (llama.h:639)
        """
    def llama_model_desc(self, model: Ptr[llama_model], buf: Ptr[bytes], buf_size: int, /) -> int:
        """Get a string describing the model type

        `int32_t llama_model_desc(const struct llama_model * model, char * buf, size_t buf_size)` (llama.h:642)
        """
    def llama_model_ftype(self, model: Ptr[llama_model], /) -> llama_ftype:
        """Get the model file type (quantization), e.g. LLAMA_FTYPE_MOSTLY_Q8_0

        `enum llama_ftype llama_model_ftype(const struct llama_model * model)` (llama.h:645)
        """
    def llama_model_size(self, model: Ptr[llama_model], /) -> int:
        """Returns the total size of all the tensors in the model in bytes

        `uint64_t llama_model_size(const struct llama_model * model)` (llama.h:648)
        """
    def llama_model_chat_template(self, model: Ptr[llama_model], name: ConstChars, /) -> Ptr[bytes]:
        """Get the default chat template. Returns nullptr if not available
        If name is NULL, returns the default chat template

        `const char * llama_model_chat_template(const struct llama_model * model, const char * name)` (llama.h:652)
        """
    def llama_model_n_params(self, model: Ptr[llama_model], /) -> int:
        """Returns the total number of parameters in the model

        `uint64_t llama_model_n_params(const struct llama_model * model)` (llama.h:655)
        """
    def llama_model_has_encoder(self, model: Ptr[llama_model], /) -> bool:
        """Returns true if the model contains an encoder that requires llama_encode() call

        `bool llama_model_has_encoder(const struct llama_model * model)` (llama.h:658)
        """
    def llama_model_has_decoder(self, model: Ptr[llama_model], /) -> bool:
        """Returns true if the model contains a decoder that requires llama_decode() call

        `bool llama_model_has_decoder(const struct llama_model * model)` (llama.h:661)
        """
    def llama_model_decoder_start_token(self, model: Ptr[llama_model], /) -> llama_token:
        """For encoder-decoder models, this function returns id of the token that must be provided
        to the decoder to start generating output sequence. For other models, it returns -1.

        `llama_token llama_model_decoder_start_token(const struct llama_model * model)` (llama.h:665)
        """
    def llama_model_is_recurrent(self, model: Ptr[llama_model], /) -> bool:
        """Returns true if the model is recurrent (like Mamba, RWKV, etc.)

        `bool llama_model_is_recurrent(const struct llama_model * model)` (llama.h:668)
        """
    def llama_model_is_hybrid(self, model: Ptr[llama_model], /) -> bool:
        """Returns true if the model is hybrid (like Jamba, Granite, etc.)

        `bool llama_model_is_hybrid(const struct llama_model * model)` (llama.h:671)
        """
    def llama_model_is_diffusion(self, model: Ptr[llama_model], /) -> bool:
        """Returns true if the model is diffusion-based (like LLaDA, Dream, etc.)

        `bool llama_model_is_diffusion(const struct llama_model * model)` (llama.h:674)
        """
    def llama_model_quantize(self, fname_inp: ConstChars, fname_out: ConstChars, params: Ptr[llama_model_quantize_params], /) -> int:
        """Returns 0 on success

        `uint32_t llama_model_quantize(const char * fname_inp, const char * fname_out, const llama_model_quantize_params * params)` (llama.h:677)
        """
    def llama_adapter_lora_init(self, model: Ptr[llama_model], path_lora: ConstChars, /) -> Ptr[llama_adapter_lora]:
        """Load a LoRA adapter from file
        The adapter is valid as long as the associated model is not freed

        `struct llama_adapter_lora * llama_adapter_lora_init(struct llama_model * model, const char * path_lora)` (llama.h:688)
        """
    def llama_adapter_lora_init_from_file_ptr(self, model: Ptr[llama_model], file: IO[Any] | Ptr[Any], /) -> Ptr[llama_adapter_lora]:
        """Load a LoRA adapter from an open FILE pointer, reading from its current position

        `struct llama_adapter_lora * llama_adapter_lora_init_from_file_ptr(struct llama_model * model, FILE * file)` (llama.h:693)
        """
    def llama_adapter_meta_val_str(self, adapter: Ptr[llama_adapter_lora], key: ConstChars, buf: Ptr[bytes], buf_size: int, /) -> int:
        """Get metadata value as a string by key name

        `int32_t llama_adapter_meta_val_str(const struct llama_adapter_lora * adapter, const char * key, char * buf, size_t buf_size)` (llama.h:704)
        """
    def llama_adapter_meta_count(self, adapter: Ptr[llama_adapter_lora], /) -> int:
        """Get the number of metadata key/value pairs

        `int32_t llama_adapter_meta_count(const struct llama_adapter_lora * adapter)` (llama.h:707)
        """
    def llama_adapter_meta_key_by_index(self, adapter: Ptr[llama_adapter_lora], i: int, buf: Ptr[bytes], buf_size: int, /) -> int:
        """Get metadata key name by index

        `int32_t llama_adapter_meta_key_by_index(const struct llama_adapter_lora * adapter, int32_t i, char * buf, size_t buf_size)` (llama.h:710)
        """
    def llama_adapter_meta_val_str_by_index(self, adapter: Ptr[llama_adapter_lora], i: int, buf: Ptr[bytes], buf_size: int, /) -> int:
        """Get metadata value as a string by index

        `int32_t llama_adapter_meta_val_str_by_index(const struct llama_adapter_lora * adapter, int32_t i, char * buf, size_t buf_size)` (llama.h:713)
        """
    def llama_adapter_lora_free(self, adapter: Ptr[llama_adapter_lora], /) -> None:
        """Manually free a LoRA adapter
        NOTE: loaded adapters that are not manually freed will be freed when the associated model is deleted

        `void llama_adapter_lora_free(struct llama_adapter_lora * adapter)` (llama.h:717)
        """
    def llama_adapter_get_alora_n_invocation_tokens(self, adapter: Ptr[llama_adapter_lora], /) -> int:
        """Get the invocation tokens if the current lora is an alora

        `uint64_t llama_adapter_get_alora_n_invocation_tokens(const struct llama_adapter_lora * adapter)` (llama.h:720)
        """
    def llama_adapter_get_alora_invocation_tokens(self, adapter: Ptr[llama_adapter_lora], /) -> Ptr[llama_token]:
        """Get the invocation tokens if the current lora is an alora

        `const llama_token * llama_adapter_get_alora_invocation_tokens(const struct llama_adapter_lora * adapter)` (llama.h:721)
        """
    def llama_set_adapters_lora(self, ctx: Ptr[llama_context], adapters: Ptr[Ptr[llama_adapter_lora]], n_adapters: int, scales: Ptr[float], /) -> int:
        """Set LoRa adapters on the context. Will only modify if the adapters currently in context are different.

        `int32_t llama_set_adapters_lora(struct llama_context * ctx, struct llama_adapter_lora ** adapters, size_t n_adapters, float * scales)` (llama.h:726)
        """
    def llama_set_adapter_cvec(self, ctx: Ptr[llama_context], data: ConstPtr[float], len: int, n_embd: int, il_start: int, il_end: int, /) -> int:
        """Apply a loaded control vector to a llama_context, or if data is NULL, clear
        the currently loaded vector.
        n_embd should be the size of a single layer's control, and data should point
        to an n_embd x n_layers buffer starting from layer 1.
        il_start and il_end are the layer range the vector should apply to (both inclusive)
        See llama_control_vector_load in common to load a control vector.

        `int32_t llama_set_adapter_cvec(struct llama_context * ctx, const float * data, size_t len, int32_t n_embd, int32_t il_start, int32_t il_end)` (llama.h:738)
        """
    def llama_memory_clear(self, mem: llama_memory_t, data: bool, /) -> None:
        """Clear the memory contents
        If data == true, the data buffers will also be cleared together with the metadata

        `void llama_memory_clear(llama_memory_t mem, bool data)` (llama.h:752)
        """
    def llama_memory_seq_rm(self, mem: llama_memory_t, seq_id: llama_seq_id, p0: llama_pos, p1: llama_pos, /) -> bool:
        """Removes all tokens that belong to the specified sequence and have positions in [p0, p1)
        Returns false if a partial sequence cannot be removed. Removing a whole sequence never fails
        seq_id < 0 : match any sequence [TAG_LLAMA_SEQ_ID_NEG]
        p0 < 0     : [0,  p1]
        p1 < 0     : [p0, inf)

        `bool llama_memory_seq_rm(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1)` (llama.h:761)
        """
    def llama_memory_seq_cp(self, mem: llama_memory_t, seq_id_src: llama_seq_id, seq_id_dst: llama_seq_id, p0: llama_pos, p1: llama_pos, /) -> None:
        """Copy all tokens that belong to the specified sequence to another sequence
        p0 < 0 : [0,  p1]
        p1 < 0 : [p0, inf)

        `void llama_memory_seq_cp(llama_memory_t mem, llama_seq_id seq_id_src, llama_seq_id seq_id_dst, llama_pos p0, llama_pos p1)` (llama.h:770)
        """
    def llama_memory_seq_keep(self, mem: llama_memory_t, seq_id: llama_seq_id, /) -> None:
        """Removes all tokens that do not belong to the specified sequence

        `void llama_memory_seq_keep(llama_memory_t mem, llama_seq_id seq_id)` (llama.h:778)
        """
    def llama_memory_seq_add(self, mem: llama_memory_t, seq_id: llama_seq_id, p0: llama_pos, p1: llama_pos, delta: llama_pos, /) -> None:
        """Adds relative position "delta" to all tokens that belong to the specified sequence and have positions in [p0, p1)
        p0 < 0 : [0,  p1]
        p1 < 0 : [p0, inf)

        `void llama_memory_seq_add(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1, llama_pos delta)` (llama.h:785)
        """
    def llama_memory_seq_div(self, mem: llama_memory_t, seq_id: llama_seq_id, p0: llama_pos, p1: llama_pos, d: int, /) -> None:
        """Integer division of the positions by factor of `d > 1`
        p0 < 0 : [0,  p1]
        p1 < 0 : [p0, inf)

        `void llama_memory_seq_div(llama_memory_t mem, llama_seq_id seq_id, llama_pos p0, llama_pos p1, int d)` (llama.h:795)
        """
    def llama_memory_seq_pos_min(self, mem: llama_memory_t, seq_id: llama_seq_id, /) -> llama_pos:
        """Returns the smallest position present in the memory for the specified sequence
        This is typically non-zero only for SWA caches
        Note that all positions in the range [pos_min, pos_max] are guaranteed to be present in the memory
        Return -1 if the sequence is empty

        `llama_pos llama_memory_seq_pos_min(llama_memory_t mem, llama_seq_id seq_id)` (llama.h:806)
        """
    def llama_memory_seq_pos_max(self, mem: llama_memory_t, seq_id: llama_seq_id, /) -> llama_pos:
        """Returns the largest position present in the memory for the specified sequence
        Note that all positions in the range [pos_min, pos_max] are guaranteed to be present in the memory
        Return -1 if the sequence is empty

        `llama_pos llama_memory_seq_pos_max(llama_memory_t mem, llama_seq_id seq_id)` (llama.h:813)
        """
    def llama_memory_can_shift(self, mem: llama_memory_t, /) -> bool:
        """Check if the memory supports shifting

        `bool llama_memory_can_shift(llama_memory_t mem)` (llama.h:818)
        """
    def llama_state_get_size(self, ctx: Ptr[llama_context], /) -> int:
        """Returns the *actual* size in bytes of the state
        (logits, embedding and memory)
        Only use when saving the state, not when restoring it, otherwise the size may be too small.

        `size_t llama_state_get_size(struct llama_context * ctx)` (llama.h:827)
        """
    @deprecated("use llama_state_get_size instead")
    def llama_get_state_size(self, ctx: Ptr[llama_context], /) -> int:
        """Returns the *actual* size in bytes of the state
        (logits, embedding and memory)
        Only use when saving the state, not when restoring it, otherwise the size may be too small.

        `size_t llama_get_state_size(struct llama_context * ctx)` (llama.h:828)
        """
    def llama_state_get_data(self, ctx: Ptr[llama_context], dst: Ptr[int], size: int, /) -> int:
        """Copies the state to the specified destination address.
        Destination needs to have allocated enough memory.
        Returns the number of bytes copied

        `size_t llama_state_get_data(struct llama_context * ctx, uint8_t * dst, size_t size)` (llama.h:834)
        """
    @deprecated("use llama_state_get_data instead")
    def llama_copy_state_data(self, ctx: Ptr[llama_context], dst: Ptr[int], /) -> int:
        """Copies the state to the specified destination address.
        Destination needs to have allocated enough memory.
        Returns the number of bytes copied

        `size_t llama_copy_state_data(struct llama_context * ctx, uint8_t * dst)` (llama.h:838)
        """
    def llama_state_set_data(self, ctx: Ptr[llama_context], src: bytes | ConstPtr[int], size: int, /) -> int:
        """Set the state reading from the specified address
        Returns the number of bytes read

        `size_t llama_state_set_data(struct llama_context * ctx, const uint8_t * src, size_t size)` (llama.h:845)
        """
    @deprecated("use llama_state_set_data instead")
    def llama_set_state_data(self, ctx: Ptr[llama_context], src: bytes | ConstPtr[int], /) -> int:
        """Set the state reading from the specified address
        Returns the number of bytes read

        `size_t llama_set_state_data(struct llama_context * ctx, const uint8_t * src)` (llama.h:849)
        """
    def llama_state_load_file(self, ctx: Ptr[llama_context], path_session: ConstChars, tokens_out: Ptr[llama_token], n_token_capacity: int, n_token_count_out: Ptr[int], /) -> bool:
        """Save/load session file

        `bool llama_state_load_file(struct llama_context * ctx, const char * path_session, llama_token * tokens_out, size_t n_token_capacity, size_t * n_token_count_out)` (llama.h:855)
        """
    @deprecated("use llama_state_load_file instead")
    def llama_load_session_file(self, ctx: Ptr[llama_context], path_session: ConstChars, tokens_out: Ptr[llama_token], n_token_capacity: int, n_token_count_out: Ptr[int], /) -> bool:
        """Save/load session file

        `bool llama_load_session_file(struct llama_context * ctx, const char * path_session, llama_token * tokens_out, size_t n_token_capacity, size_t * n_token_count_out)` (llama.h:861)
        """
    def llama_state_save_file(self, ctx: Ptr[llama_context], path_session: ConstChars, tokens: ConstPtr[llama_token], n_token_count: int, /) -> bool:
        """`bool llama_state_save_file(struct llama_context * ctx, const char * path_session, const llama_token * tokens, size_t n_token_count)` (llama.h:869)"""
    @deprecated("use llama_state_save_file instead")
    def llama_save_session_file(self, ctx: Ptr[llama_context], path_session: ConstChars, tokens: ConstPtr[llama_token], n_token_count: int, /) -> bool:
        """`bool llama_save_session_file(struct llama_context * ctx, const char * path_session, const llama_token * tokens, size_t n_token_count)` (llama.h:874)"""
    def llama_state_seq_get_size(self, ctx: Ptr[llama_context], seq_id: llama_seq_id, /) -> int:
        """Get the exact size needed to copy the state of a single sequence

        `size_t llama_state_seq_get_size(struct llama_context * ctx, llama_seq_id seq_id)` (llama.h:882)
        """
    def llama_state_seq_get_data(self, ctx: Ptr[llama_context], dst: Ptr[int], size: int, seq_id: llama_seq_id, /) -> int:
        """Copy the state of a single sequence into the specified buffer

        `size_t llama_state_seq_get_data(struct llama_context * ctx, uint8_t * dst, size_t size, llama_seq_id seq_id)` (llama.h:887)
        """
    def llama_state_seq_set_data(self, ctx: Ptr[llama_context], src: bytes | ConstPtr[int], size: int, dest_seq_id: llama_seq_id, /) -> int:
        """Copy the sequence data (originally copied with `llama_state_seq_get_data`) into the specified sequence
        Returns:
         - Positive: Ok
         - Zero: Failed to load

        `size_t llama_state_seq_set_data(struct llama_context * ctx, const uint8_t * src, size_t size, llama_seq_id dest_seq_id)` (llama.h:897)
        """
    def llama_state_seq_save_file(self, ctx: Ptr[llama_context], filepath: ConstChars, seq_id: llama_seq_id, tokens: ConstPtr[llama_token], n_token_count: int, /) -> int:
        """`size_t llama_state_seq_save_file(struct llama_context * ctx, const char * filepath, llama_seq_id seq_id, const llama_token * tokens, size_t n_token_count)` (llama.h:903)"""
    def llama_state_seq_load_file(self, ctx: Ptr[llama_context], filepath: ConstChars, dest_seq_id: llama_seq_id, tokens_out: Ptr[llama_token], n_token_capacity: int, n_token_count_out: Ptr[int], /) -> int:
        """If tokens_out is NULL, only the token count is reported through n_token_count_out and no state is loaded

        `size_t llama_state_seq_load_file(struct llama_context * ctx, const char * filepath, llama_seq_id dest_seq_id, llama_token * tokens_out, size_t n_token_capacity, size_t * n_token_count_out)` (llama.h:911)
        """
    def llama_state_seq_get_size_ext(self, ctx: Ptr[llama_context], seq_id: llama_seq_id, flags: llama_state_seq_flags, /) -> int:
        """`size_t llama_state_seq_get_size_ext(struct llama_context * ctx, llama_seq_id seq_id, llama_state_seq_flags flags)` (llama.h:933)"""
    def llama_state_seq_get_data_ext(self, ctx: Ptr[llama_context], dst: Ptr[int], size: int, seq_id: llama_seq_id, flags: llama_state_seq_flags, /) -> int:
        """`size_t llama_state_seq_get_data_ext(struct llama_context * ctx, uint8_t * dst, size_t size, llama_seq_id seq_id, llama_state_seq_flags flags)` (llama.h:938)"""
    def llama_state_seq_set_data_ext(self, ctx: Ptr[llama_context], src: bytes | ConstPtr[int], size: int, dest_seq_id: llama_seq_id, flags: llama_state_seq_flags, /) -> int:
        """`size_t llama_state_seq_set_data_ext(struct llama_context * ctx, const uint8_t * src, size_t size, llama_seq_id dest_seq_id, llama_state_seq_flags flags)` (llama.h:945)"""
    def llama_batch_get_one(self, tokens: Ptr[llama_token], n_tokens: int, /) -> llama_batch:
        """Return batch for single sequence of tokens
        The sequence ID will be fixed to 0
        The position of the tokens will be tracked automatically by llama_decode

        NOTE: this is a helper function to facilitate transition to the new batch API - avoid using it

        `struct llama_batch llama_batch_get_one(llama_token * tokens, int32_t n_tokens)` (llama.h:962)
        """
    def llama_batch_init(self, n_tokens: int, embd: int, n_seq_max: int, /) -> llama_batch:
        """Allocates a batch of tokens on the heap that can hold a maximum of n_tokens
        Each token can be assigned up to n_seq_max sequence ids
        The batch has to be freed with llama_batch_free()
        If embd != 0, llama_batch.embd will be allocated with size of n_tokens * embd * sizeof(float)
        Otherwise, llama_batch.token will be allocated to store n_tokens llama_token
        The rest of the llama_batch members are allocated with size n_tokens
        All members are left uninitialized

        `struct llama_batch llama_batch_init(int32_t n_tokens, int32_t embd, int32_t n_seq_max)` (llama.h:973)
        """
    def llama_batch_free(self, batch: llama_batch, /) -> None:
        """Frees a batch of tokens allocated with llama_batch_init()

        `void llama_batch_free(struct llama_batch batch)` (llama.h:979)
        """
    def llama_encode(self, ctx: Ptr[llama_context], batch: llama_batch, /) -> int:
        """Process a batch of tokens.
        In contrast to llama_decode() - this call does not use KV cache.
        For encode-decoder contexts, processes the batch using the encoder.
        Can store the encoder output internally for later use by the decoder's cross-attention layers.
          0 - success
        < 0 - error. the memory state is restored to the state before this call

        `int32_t llama_encode(struct llama_context * ctx, struct llama_batch batch)` (llama.h:987)
        """
    def llama_decode(self, ctx: Ptr[llama_context], batch: llama_batch, /) -> int:
        """Process a batch of tokens.
        Requires the context to have a memory.
        For encode-decoder contexts, processes the batch using the decoder.
        Positive return values does not mean a fatal error, but rather a warning.
        Upon fatal-error or abort, the ubatches that managed to be been processed will remain in the memory state of the context
          To handle this correctly, query the memory state using llama_memory_seq_pos_min() and llama_memory_seq_pos_max()
        Upon other return values, the memory state is restored to the state before this call
           0 - success
           1 - could not find a KV slot for the batch (try reducing the size of the batch or increase the context)
           2 - aborted     (processed ubatches will remain in the context's memory)
          -1 - invalid input batch
        < -1 - fatal error (processed ubatches will remain in the context's memory)

        `int32_t llama_decode(struct llama_context * ctx, struct llama_batch batch)` (llama.h:1003)
        """
    def llama_batch_ext_init(self, ctx: Ptr[llama_context], /) -> Ptr[llama_batch_ext]:
        """`struct llama_batch_ext * llama_batch_ext_init(struct llama_context * ctx)` (llama.h:1019)"""
    def llama_batch_ext_free(self, batch: Ptr[llama_batch_ext], /) -> None:
        """`void llama_batch_ext_free(struct llama_batch_ext * batch)` (llama.h:1020)"""
    def llama_batch_ext_clear(self, batch: Ptr[llama_batch_ext], /) -> None:
        """`void llama_batch_ext_clear(struct llama_batch_ext * batch)` (llama.h:1021)"""
    def llama_batch_ext_add(self, batch: Ptr[llama_batch_ext], seq_id: llama_seq_id, /) -> int:
        """Add an input token to the batch, with default values:
            id = LLAMA_TOKEN_NULL
            embd = nullptr
            pos = not set, the caller must set it with llama_batch_ext_set_pos()
        Returns the batch index (>= 0)
        On error:
            -1: batch is full
            -2: token is invalid (id == LLAMA_TOKEN_NULL or invalid embd)
            -3: invalid sequence id

        `int32_t llama_batch_ext_add(struct llama_batch_ext * batch, llama_seq_id seq_id)` (llama.h:1032)
        """
    def llama_batch_ext_add_token(self, batch: Ptr[llama_batch_ext], seq_id: llama_seq_id, id: llama_token, /) -> int:
        """Add an input token to the batch, with a specified token ID or token embedding

        `int32_t llama_batch_ext_add_token(struct llama_batch_ext * batch, llama_seq_id seq_id, llama_token id)` (llama.h:1035)
        """
    def llama_batch_ext_add_embd(self, batch: Ptr[llama_batch_ext], seq_id: llama_seq_id, embd: llama_embd, /) -> int:
        """Add an input token to the batch, with a specified token ID or token embedding

        `int32_t llama_batch_ext_add_embd(struct llama_batch_ext * batch, llama_seq_id seq_id, struct llama_embd embd)` (llama.h:1036)
        """
    def llama_batch_ext_add_seq(self, batch: Ptr[llama_batch_ext], idx: int, seq_id: llama_seq_id, /) -> bool:
        """Add the token at index idx in the batch to another sequence id. The position will stays the same.
        Note: this should be called before other _set() functions

        `bool llama_batch_ext_add_seq(struct llama_batch_ext * batch, int32_t idx, llama_seq_id seq_id)` (llama.h:1040)
        """
    def llama_batch_ext_set_embd_token(self, batch: Ptr[llama_batch_ext], idx: int, embd: llama_embd, /) -> bool:
        """Set the token embedding for the token at index idx in the batch
        use it after llama_batch_ext_add_token() to have an entry with both a token id and an embedding

        `bool llama_batch_ext_set_embd_token(struct llama_batch_ext * batch, int32_t idx, struct llama_embd embd)` (llama.h:1047)
        """
    def llama_batch_ext_set_embd_state(self, batch: Ptr[llama_batch_ext], idx: int, embd: llama_embd, /) -> bool:
        """Set the "state" embedding for the token at index idx in the batch
        "state" here means extra hidden state carried over from a previous stage, e.g.:
          - MTP: state from N layers of the target model
          - Qwen3 VL (deepstack): state from N layers of the vision encoder

        `bool llama_batch_ext_set_embd_state(struct llama_batch_ext * batch, int32_t idx, struct llama_embd embd)` (llama.h:1056)
        """
    def llama_batch_ext_set_output_embd(self, batch: Ptr[llama_batch_ext], idx: int, value: bool, /) -> bool:
        """Set if output embeddings should be available for the token at index idx in the batch
        Note: for now, this is equivalent to setting the output logits

        `bool llama_batch_ext_set_output_embd(struct llama_batch_ext * batch, int32_t idx, bool value)` (llama.h:1063)
        """
    def llama_batch_ext_set_output_logits(self, batch: Ptr[llama_batch_ext], idx: int, value: bool, /) -> bool:
        """Set output logits for the token at index idx in the batch
        Note: for now, this is equivalent to setting the output embd

        `bool llama_batch_ext_set_output_logits(struct llama_batch_ext * batch, int32_t idx, bool value)` (llama.h:1070)
        """
    def llama_batch_ext_set_pos(self, batch: Ptr[llama_batch_ext], idx: int, pos: ConstPtr[llama_pos], /) -> bool:
        """Set custom position for the token at index idx in the batch
        For M-RoPE models:
            - Embedding tokens must have multiple positions per token
            - Text token only requires one single position per token

        `bool llama_batch_ext_set_pos(struct llama_batch_ext * batch, int32_t idx, const llama_pos * pos)` (llama.h:1079)
        """
    def llama_process(self, ctx: Ptr[llama_context], type: llama_process_type, batch: Ptr[llama_batch_ext], /) -> int:
        """Return values are the same as llama_decode()

        `int32_t llama_process(struct llama_context * ctx, enum llama_process_type type, struct llama_batch_ext * batch)` (llama.h:1087)
        """
    def llama_set_n_threads(self, ctx: Ptr[llama_context], n_threads: int, n_threads_batch: int, /) -> None:
        """Set the number of threads used for decoding
        n_threads is the number of threads used for generation (single token)
        n_threads_batch is the number of threads used for prompt and batch processing (multiple tokens)

        `void llama_set_n_threads(struct llama_context * ctx, int32_t n_threads, int32_t n_threads_batch)` (llama.h:1095)
        """
    def llama_n_threads(self, ctx: Ptr[llama_context], /) -> int:
        """Get the number of threads used for generation of a single token.

        `int32_t llama_n_threads(struct llama_context * ctx)` (llama.h:1098)
        """
    def llama_n_threads_batch(self, ctx: Ptr[llama_context], /) -> int:
        """Get the number of threads used for prompt and batch processing (multiple token).

        `int32_t llama_n_threads_batch(struct llama_context * ctx)` (llama.h:1101)
        """
    def llama_set_embeddings(self, ctx: Ptr[llama_context], embeddings: bool, /) -> None:
        """Set whether the context outputs embeddings or not
        TODO: rename to avoid confusion with llama_get_embeddings()

        `void llama_set_embeddings(struct llama_context * ctx, bool embeddings)` (llama.h:1105)
        """
    def llama_set_causal_attn(self, ctx: Ptr[llama_context], causal_attn: bool, /) -> None:
        """Set whether to use causal attention or not
        If set to true, the model will only attend to the past tokens

        `void llama_set_causal_attn(struct llama_context * ctx, bool causal_attn)` (llama.h:1109)
        """
    def llama_get_causal_attn(self, ctx: Ptr[llama_context], /) -> bool:
        """Returns whether the context is currently using causal attention

        `bool llama_get_causal_attn(const struct llama_context * ctx)` (llama.h:1112)
        """
    @deprecated("user code should do warmup runs manually [TAG_LLAMA_GRAPH_NO_WARMUP]")
    def llama_set_warmup(self, ctx: Ptr[llama_context], warmup: bool, /) -> None:
        """Set whether the model is in warmup mode or not
        If true, all model tensors are activated during llama_decode() to load and cache their weights.

        note: using this can cause extra graph reallocations because it changes the graph topology with MoE models,
              so it is generally not recommended to use in practice. will be removed in the future

        `void llama_set_warmup(struct llama_context * ctx, bool warmup)` (llama.h:1119)
        """
    def llama_set_abort_callback(self, ctx: Ptr[llama_context], abort_callback: ggml_abort_callback, abort_callback_data: Ptr[Any], /) -> None:
        """Set abort callback

        `void llama_set_abort_callback(struct llama_context * ctx, ggml_abort_callback abort_callback, void * abort_callback_data)` (llama.h:1123)
        """
    def llama_synchronize(self, ctx: Ptr[llama_context], /) -> None:
        """Wait until all computations are finished
        This is automatically done when using one of the functions below to obtain the computation results
        and is not necessary to call it explicitly in most cases

        `void llama_synchronize(struct llama_context * ctx)` (llama.h:1128)
        """
    def llama_get_logits(self, ctx: Ptr[llama_context], /) -> Ptr[float]:
        """Token logits obtained from the last call to llama_decode()
        The logits for which llama_batch.logits[i] != 0 are stored contiguously
        in the order they have appeared in the batch.
        Rows: number of tokens for which llama_batch.logits[i] != 0
        Cols: n_vocab
        TODO: deprecate in favor of llama_get_logits_ith() (ref: https://github.com/ggml-org/llama.cpp/pull/14853#issuecomment-3113143522)

        `float * llama_get_logits(struct llama_context * ctx)` (llama.h:1136)
        """
    def llama_get_logits_ith(self, ctx: Ptr[llama_context], i: int, /) -> Ptr[float]:
        """Logits for the ith token. For positive indices, Equivalent to:
        llama_get_logits(ctx) + ctx->output_ids[i]*n_vocab
        Negative indices can be used to access logits in reverse order, -1 is the last logit.
        returns NULL for invalid ids.

        `float * llama_get_logits_ith(struct llama_context * ctx, int32_t i)` (llama.h:1142)
        """
    def llama_get_embeddings(self, ctx: Ptr[llama_context], /) -> Ptr[float]:
        """Get all output token embeddings.
        when pooling_type == LLAMA_POOLING_TYPE_NONE or when using a generative model,
        the embeddings for which llama_batch.logits[i] != 0 are stored contiguously
        in the order they have appeared in the batch.
        shape: [n_outputs*n_embd]
        Otherwise, returns NULL.
        TODO: deprecate in favor of llama_get_embeddings_ith() (ref: https://github.com/ggml-org/llama.cpp/pull/14853#issuecomment-3113143522)

        `float * llama_get_embeddings(struct llama_context * ctx)` (llama.h:1151)
        """
    def llama_get_embeddings_ith(self, ctx: Ptr[llama_context], i: int, /) -> Ptr[float]:
        """Get the embeddings for the ith token. For positive indices, Equivalent to:
        llama_get_embeddings(ctx) + ctx->output_ids[i]*n_embd
        Negative indices can be used to access embeddings in reverse order, -1 is the last embedding.
        shape: [n_embd] (1-dimensional)
        returns NULL for invalid ids.

        `float * llama_get_embeddings_ith(struct llama_context * ctx, int32_t i)` (llama.h:1158)
        """
    def llama_get_embeddings_seq(self, ctx: Ptr[llama_context], seq_id: llama_seq_id, /) -> Ptr[float]:
        """Get the embeddings for a sequence id
        Returns NULL if pooling_type is LLAMA_POOLING_TYPE_NONE
        when pooling_type == LLAMA_POOLING_TYPE_RANK, returns float[n_cls_out] with the rank(s) of the sequence
        otherwise: float[n_embd] (1-dimensional)

        `float * llama_get_embeddings_seq(struct llama_context * ctx, llama_seq_id seq_id)` (llama.h:1164)
        """
    def llama_get_sampled_token_ith(self, ctx: Ptr[llama_context], i: int, /) -> llama_token:
        """Get the backend sampled token for the ith token.
        With multiple outputs, sampler state advances when the token is accepted,
        not when it is read through this function.
        When accepting multiple outputs, accept a contiguous prefix in output order.
        Returns LLAMA_TOKEN_NULL if no token was sampled.

        `llama_token llama_get_sampled_token_ith(struct llama_context * ctx, int32_t i)` (llama.h:1176)
        """
    def llama_get_sampled_probs_ith(self, ctx: Ptr[llama_context], i: int, /) -> Ptr[float]:
        """Get the backend sampled probabilities for the ith token
        The index matches llama_get_sampled_token_ith().
        Returns NULL if no probabilities were generated.

        `float * llama_get_sampled_probs_ith(struct llama_context * ctx, int32_t i)` (llama.h:1181)
        """
    def llama_get_sampled_probs_count_ith(self, ctx: Ptr[llama_context], i: int, /) -> int:
        """Get the backend sampled probabilities for the ith token
        The index matches llama_get_sampled_token_ith().
        Returns NULL if no probabilities were generated.

        `uint32_t llama_get_sampled_probs_count_ith(struct llama_context * ctx, int32_t i)` (llama.h:1182)
        """
    def llama_get_sampled_logits_ith(self, ctx: Ptr[llama_context], i: int, /) -> Ptr[float]:
        """Get the backend sampled logits for the ith token
        Returns NULL if no logits were sampled.

        `float * llama_get_sampled_logits_ith(struct llama_context * ctx, int32_t i)` (llama.h:1186)
        """
    def llama_get_sampled_logits_count_ith(self, ctx: Ptr[llama_context], i: int, /) -> int:
        """Get the backend sampled logits for the ith token
        Returns NULL if no logits were sampled.

        `uint32_t llama_get_sampled_logits_count_ith(struct llama_context * ctx, int32_t i)` (llama.h:1187)
        """
    def llama_get_sampled_candidates_ith(self, ctx: Ptr[llama_context], i: int, /) -> Ptr[llama_token]:
        """Get the backend sampled candidates (token ids) for the ith token
        These are needed to map probability/logit indices to vocab token ids.
        Returns NULL if no candidates were sampled.

        `llama_token * llama_get_sampled_candidates_ith(struct llama_context * ctx, int32_t i)` (llama.h:1192)
        """
    def llama_get_sampled_candidates_count_ith(self, ctx: Ptr[llama_context], i: int, /) -> int:
        """Get the backend sampled candidates (token ids) for the ith token
        These are needed to map probability/logit indices to vocab token ids.
        Returns NULL if no candidates were sampled.

        `uint32_t llama_get_sampled_candidates_count_ith(struct llama_context * ctx, int32_t i)` (llama.h:1193)
        """
    def llama_vocab_get_text(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> Ptr[bytes]:
        """`const char * llama_vocab_get_text(const struct llama_vocab * vocab, llama_token token)` (llama.h:1199)"""
    def llama_vocab_get_score(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> float:
        """`float llama_vocab_get_score(const struct llama_vocab * vocab, llama_token token)` (llama.h:1201)"""
    def llama_vocab_get_attr(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> llama_token_attr:
        """`enum llama_token_attr llama_vocab_get_attr(const struct llama_vocab * vocab, llama_token token)` (llama.h:1203)"""
    def llama_vocab_is_eog(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> bool:
        """Check if the token is supposed to end generation (end-of-generation, eg. EOS, EOT, etc.)

        `bool llama_vocab_is_eog(const struct llama_vocab * vocab, llama_token token)` (llama.h:1206)
        """
    def llama_vocab_is_control(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> bool:
        """Identify if Token Id is a control token or a render-able token

        `bool llama_vocab_is_control(const struct llama_vocab * vocab, llama_token token)` (llama.h:1209)
        """
    def llama_vocab_bos(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """Special tokens
        beginning-of-sentence

        `llama_token llama_vocab_bos(const struct llama_vocab * vocab)` (llama.h:1212)
        """
    def llama_vocab_eos(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """Special tokens
        end-of-sentence

        `llama_token llama_vocab_eos(const struct llama_vocab * vocab)` (llama.h:1213)
        """
    def llama_vocab_eot(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """Special tokens
        end-of-turn

        `llama_token llama_vocab_eot(const struct llama_vocab * vocab)` (llama.h:1214)
        """
    def llama_vocab_sep(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """Special tokens
        sentence separator

        `llama_token llama_vocab_sep(const struct llama_vocab * vocab)` (llama.h:1215)
        """
    def llama_vocab_nl(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """Special tokens
        next-line

        `llama_token llama_vocab_nl(const struct llama_vocab * vocab)` (llama.h:1216)
        """
    def llama_vocab_pad(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """Special tokens
        padding

        `llama_token llama_vocab_pad(const struct llama_vocab * vocab)` (llama.h:1217)
        """
    def llama_vocab_mask(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """Special tokens
        mask

        `llama_token llama_vocab_mask(const struct llama_vocab * vocab)` (llama.h:1218)
        """
    def llama_vocab_get_add_bos(self, vocab: Ptr[llama_vocab], /) -> bool:
        """`bool llama_vocab_get_add_bos(const struct llama_vocab * vocab)` (llama.h:1220)"""
    def llama_vocab_get_add_eos(self, vocab: Ptr[llama_vocab], /) -> bool:
        """`bool llama_vocab_get_add_eos(const struct llama_vocab * vocab)` (llama.h:1221)"""
    def llama_vocab_get_add_sep(self, vocab: Ptr[llama_vocab], /) -> bool:
        """`bool llama_vocab_get_add_sep(const struct llama_vocab * vocab)` (llama.h:1222)"""
    def llama_vocab_get_suppress_tokens(self, vocab: Ptr[llama_vocab], n_suppress_tokens: Ptr[int], /) -> Ptr[llama_token]:
        """model-specific suppress tokens (gguf key: tokenizer.ggml.suppress_tokens)

        `const llama_token * llama_vocab_get_suppress_tokens(const struct llama_vocab * vocab, int32_t * n_suppress_tokens)` (llama.h:1225)
        """
    def llama_vocab_fim_pre(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_vocab_fim_pre(const struct llama_vocab * vocab)` (llama.h:1227)"""
    def llama_vocab_fim_suf(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_vocab_fim_suf(const struct llama_vocab * vocab)` (llama.h:1228)"""
    def llama_vocab_fim_mid(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_vocab_fim_mid(const struct llama_vocab * vocab)` (llama.h:1229)"""
    def llama_vocab_fim_pad(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_vocab_fim_pad(const struct llama_vocab * vocab)` (llama.h:1230)"""
    def llama_vocab_fim_rep(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_vocab_fim_rep(const struct llama_vocab * vocab)` (llama.h:1231)"""
    def llama_vocab_fim_sep(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_vocab_fim_sep(const struct llama_vocab * vocab)` (llama.h:1232)"""
    @deprecated("use llama_vocab_get_text instead")
    def llama_token_get_text(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> Ptr[bytes]:
        """`const char * llama_token_get_text(const struct llama_vocab * vocab, llama_token token)` (llama.h:1234)"""
    @deprecated("use llama_vocab_get_score instead")
    def llama_token_get_score(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> float:
        """`float llama_token_get_score(const struct llama_vocab * vocab, llama_token token)` (llama.h:1235)"""
    @deprecated("use llama_vocab_get_attr instead")
    def llama_token_get_attr(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> llama_token_attr:
        """`enum llama_token_attr llama_token_get_attr(const struct llama_vocab * vocab, llama_token token)` (llama.h:1236)"""
    @deprecated("use llama_vocab_is_eog instead")
    def llama_token_is_eog(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> bool:
        """`bool llama_token_is_eog(const struct llama_vocab * vocab, llama_token token)` (llama.h:1237)"""
    @deprecated("use llama_vocab_is_control instead")
    def llama_token_is_control(self, vocab: Ptr[llama_vocab], token: llama_token, /) -> bool:
        """`bool llama_token_is_control(const struct llama_vocab * vocab, llama_token token)` (llama.h:1238)"""
    @deprecated("use llama_vocab_bos instead")
    def llama_token_bos(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_bos(const struct llama_vocab * vocab)` (llama.h:1239)"""
    @deprecated("use llama_vocab_eos instead")
    def llama_token_eos(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_eos(const struct llama_vocab * vocab)` (llama.h:1240)"""
    @deprecated("use llama_vocab_eot instead")
    def llama_token_eot(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_eot(const struct llama_vocab * vocab)` (llama.h:1241)"""
    @deprecated("use llama_vocab_cls instead")
    def llama_token_cls(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_cls(const struct llama_vocab * vocab)` (llama.h:1242)"""
    @deprecated("use llama_vocab_sep instead")
    def llama_token_sep(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_sep(const struct llama_vocab * vocab)` (llama.h:1243)"""
    @deprecated("use llama_vocab_nl instead")
    def llama_token_nl(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_nl(const struct llama_vocab * vocab)` (llama.h:1244)"""
    @deprecated("use llama_vocab_pad instead")
    def llama_token_pad(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_pad(const struct llama_vocab * vocab)` (llama.h:1245)"""
    @deprecated("use llama_vocab_get_add_bos instead")
    def llama_add_bos_token(self, vocab: Ptr[llama_vocab], /) -> bool:
        """`bool llama_add_bos_token(const struct llama_vocab * vocab)` (llama.h:1246)"""
    @deprecated("use llama_vocab_get_add_eos instead")
    def llama_add_eos_token(self, vocab: Ptr[llama_vocab], /) -> bool:
        """`bool llama_add_eos_token(const struct llama_vocab * vocab)` (llama.h:1247)"""
    @deprecated("use llama_vocab_fim_pre instead")
    def llama_token_fim_pre(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_fim_pre(const struct llama_vocab * vocab)` (llama.h:1248)"""
    @deprecated("use llama_vocab_fim_suf instead")
    def llama_token_fim_suf(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_fim_suf(const struct llama_vocab * vocab)` (llama.h:1249)"""
    @deprecated("use llama_vocab_fim_mid instead")
    def llama_token_fim_mid(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_fim_mid(const struct llama_vocab * vocab)` (llama.h:1250)"""
    @deprecated("use llama_vocab_fim_pad instead")
    def llama_token_fim_pad(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_fim_pad(const struct llama_vocab * vocab)` (llama.h:1251)"""
    @deprecated("use llama_vocab_fim_rep instead")
    def llama_token_fim_rep(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_fim_rep(const struct llama_vocab * vocab)` (llama.h:1252)"""
    @deprecated("use llama_vocab_fim_sep instead")
    def llama_token_fim_sep(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """`llama_token llama_token_fim_sep(const struct llama_vocab * vocab)` (llama.h:1253)"""
    @deprecated("use llama_vocab_bos instead")
    def llama_vocab_cls(self, vocab: Ptr[llama_vocab], /) -> llama_token:
        """CLS is equivalent to BOS
        vocab: classification

        `llama_token llama_vocab_cls(const struct llama_vocab * vocab)` (llama.h:1256)
        """
    def llama_tokenize(self, vocab: Ptr[llama_vocab], text: ConstChars, text_len: int, tokens: Ptr[llama_token], n_tokens_max: int, add_special: bool, parse_special: bool, /) -> int:
        """@details Convert the provided text into tokens.
        @param tokens The tokens pointer must be large enough to hold the resulting tokens.
        @return Returns the number of tokens on success, no more than n_tokens_max
        @return Returns a negative number on failure - the number of tokens that would have been returned
        @return Returns INT32_MIN on overflow (e.g., tokenization result size exceeds int32_t limit)
        @param add_special Allow to add BOS and EOS tokens if model is configured to do so.
        @param parse_special Allow tokenizing special and/or control tokens which otherwise are not exposed and treated
                             as plaintext. Does not insert a leading space.

        `int32_t llama_tokenize(const struct llama_vocab * vocab, const char * text, int32_t text_len, llama_token * tokens, int32_t n_tokens_max, bool add_special, bool parse_special)` (llama.h:1273)
        """
    def llama_token_to_piece(self, vocab: Ptr[llama_vocab], token: llama_token, buf: Ptr[bytes], length: int, lstrip: int, special: bool, /) -> int:
        """Token Id -> Piece.
        Uses the vocabulary in the provided context.
        Does not write null terminator to the buffer.
        User can skip up to 'lstrip' leading spaces before copying (useful when encoding/decoding multiple tokens with 'add_space_prefix')
        @param special If true, special tokens are rendered in the output.

        `int32_t llama_token_to_piece(const struct llama_vocab * vocab, llama_token token, char * buf, int32_t length, int32_t lstrip, bool special)` (llama.h:1287)
        """
    def llama_detokenize(self, vocab: Ptr[llama_vocab], tokens: ConstPtr[llama_token], n_tokens: int, text: Ptr[bytes], text_len_max: int, remove_special: bool, unparse_special: bool, /) -> int:
        """@details Convert the provided tokens into text (inverse of llama_tokenize()).
        @param text The char pointer must be large enough to hold the resulting text.
        @return Returns the number of chars/bytes on success, no more than text_len_max.
        @return Returns a negative number on failure - the number of chars/bytes that would have been returned.
        @param remove_special Allow to remove BOS and EOS tokens if model is configured to do so.
        @param unparse_special If true, special tokens are rendered in the output.

        `int32_t llama_detokenize(const struct llama_vocab * vocab, const llama_token * tokens, int32_t n_tokens, char * text, int32_t text_len_max, bool remove_special, bool unparse_special)` (llama.h:1301)
        """
    def llama_chat_apply_template(self, tmpl: ConstChars, chat: Ptr[llama_chat_message], n_msg: int, add_ass: bool, buf: Ptr[bytes], length: int, /) -> int:
        """Apply chat template. Inspired by hf apply_chat_template() on python.

        NOTE: This function does not use a jinja parser. It only support a pre-defined list of template. See more: https://github.com/ggml-org/llama.cpp/wiki/Templates-supported-by-llama_chat_apply_template
        @param tmpl A Jinja template to use for this chat.
        @param chat Pointer to a list of multiple llama_chat_message
        @param n_msg Number of llama_chat_message in this chat
        @param add_ass Whether to end the prompt with the token(s) that indicate the start of an assistant message.
        @param buf A buffer to hold the output formatted prompt. The recommended alloc size is 2 * (total number of characters of all messages)
        @param length The size of the allocated buffer
        @return The total number of bytes of the formatted prompt. If is it larger than the size of buffer, you may need to re-alloc it and then re-apply the template.

        `int32_t llama_chat_apply_template(const char * tmpl, const struct llama_chat_message * chat, size_t n_msg, bool add_ass, char * buf, int32_t length)` (llama.h:1324)
        """
    def llama_chat_builtin_templates(self, output: Ptr[Ptr[bytes]], len: int, /) -> int:
        """Get list of built-in chat templates

        `int32_t llama_chat_builtin_templates(const char ** output, size_t len)` (llama.h:1333)
        """
    def llama_set_sampler(self, ctx: Ptr[llama_context], seq_id: llama_seq_id, smpl: Ptr[llama_sampler], /) -> bool:
        """[EXPERIMENTAL]
        attach a sampler to the context
        note: prefer initializing the context with llama_context_params.samplers when possible

        `bool llama_set_sampler(struct llama_context * ctx, llama_seq_id seq_id, struct llama_sampler * smpl)` (llama.h:1432)
        """
    def llama_sampler_init(self, iface: Ptr[llama_sampler_i], ctx: llama_sampler_context_t, /) -> llama_sampler_p:
        """mirror of llama_sampler_i:

        `struct llama_sampler * llama_sampler_init(struct llama_sampler_i * iface, llama_sampler_context_t ctx)` (llama.h:1435)
        """
    def llama_sampler_name(self, smpl: Ptr[llama_sampler], /) -> Ptr[bytes]:
        """mirror of llama_sampler_i:

        `const char * llama_sampler_name(const struct llama_sampler * smpl)` (llama.h:1436)
        """
    def llama_sampler_accept(self, smpl: Ptr[llama_sampler], token: llama_token, /) -> None:
        """mirror of llama_sampler_i:

        `void llama_sampler_accept(struct llama_sampler * smpl, llama_token token)` (llama.h:1437)
        """
    def llama_sampler_apply(self, smpl: Ptr[llama_sampler], cur_p: Ptr[llama_token_data_array], /) -> None:
        """mirror of llama_sampler_i:

        `void llama_sampler_apply(struct llama_sampler * smpl, llama_token_data_array * cur_p)` (llama.h:1438)
        """
    def llama_sampler_reset(self, smpl: Ptr[llama_sampler], /) -> None:
        """mirror of llama_sampler_i:

        `void llama_sampler_reset(struct llama_sampler * smpl)` (llama.h:1439)
        """
    def llama_sampler_clone(self, smpl: Ptr[llama_sampler], /) -> llama_sampler_p:
        """mirror of llama_sampler_i:

        `struct llama_sampler * llama_sampler_clone(const struct llama_sampler * smpl)` (llama.h:1440)
        """
    def llama_sampler_copy(self, src: Ptr[llama_sampler], dst: Ptr[llama_sampler], /) -> None:
        """mirror of llama_sampler_i:

        `void llama_sampler_copy(const struct llama_sampler * src, struct llama_sampler * dst)` (llama.h:1441)
        """
    def llama_sampler_free(self, smpl: Ptr[llama_sampler], /) -> None:
        """important: do not free if the sampler has been added to a llama_sampler_chain (via llama_sampler_chain_add)

        `void llama_sampler_free(struct llama_sampler * smpl)` (llama.h:1443)
        """
    def llama_sampler_chain_init(self, params: llama_sampler_chain_params, /) -> llama_sampler_p:
        """`struct llama_sampler * llama_sampler_chain_init(struct llama_sampler_chain_params params)` (llama.h:1448)"""
    def llama_sampler_chain_add(self, chain: Ptr[llama_sampler], smpl: Ptr[llama_sampler], /) -> None:
        """important: takes ownership of the sampler object and will free it when llama_sampler_free is called

        `void llama_sampler_chain_add(struct llama_sampler * chain, struct llama_sampler * smpl)` (llama.h:1451)
        """
    def llama_sampler_chain_get(self, chain: Ptr[llama_sampler], i: int, /) -> llama_sampler_p:
        """return NULL if:
          - the sampler is NULL
          - the sampler is not a llama_sampler_chain
          - the index is out of bounds, unless i == -1
          - if i == -1, returns the chain itself (can be used to check if the sampler is a chain)

        `struct llama_sampler * llama_sampler_chain_get(struct llama_sampler * chain, int32_t i)` (llama.h:1458)
        """
    def llama_sampler_chain_n(self, chain: Ptr[llama_sampler], /) -> int:
        """the total number of samplers in the chain

        `int32_t llama_sampler_chain_n(const struct llama_sampler * chain)` (llama.h:1461)
        """
    def llama_sampler_chain_remove(self, chain: Ptr[llama_sampler], i: int, /) -> llama_sampler_p:
        """after removing a sampler, the chain will no longer own it, and it will not be freed when the chain is freed

        `struct llama_sampler * llama_sampler_chain_remove(struct llama_sampler * chain, int32_t i)` (llama.h:1464)
        """
    def llama_sampler_init_greedy(self, /) -> llama_sampler_p:
        """`struct llama_sampler * llama_sampler_init_greedy(void)` (llama.h:1468)"""
    def llama_sampler_init_dist(self, seed: int, /) -> llama_sampler_p:
        """seed == LLAMA_DEFAULT_SEED to use a random seed.

        `struct llama_sampler * llama_sampler_init_dist(uint32_t seed)` (llama.h:1471)
        """
    def llama_sampler_init_top_k(self, k: int, /) -> llama_sampler_p:
        """@details Top-K sampling described in academic paper "The Curious Case of Neural Text Degeneration" https://arxiv.org/abs/1904.09751
        Setting k <= 0 makes this a noop

        `struct llama_sampler * llama_sampler_init_top_k(int32_t k)` (llama.h:1475)
        """
    def llama_sampler_init_top_p(self, p: float, min_keep: int, /) -> llama_sampler_p:
        """@details Nucleus sampling described in academic paper "The Curious Case of Neural Text Degeneration" https://arxiv.org/abs/1904.09751

        `struct llama_sampler * llama_sampler_init_top_p(float p, size_t min_keep)` (llama.h:1478)
        """
    def llama_sampler_init_min_p(self, p: float, min_keep: int, /) -> llama_sampler_p:
        """@details Minimum P sampling as described in https://github.com/ggml-org/llama.cpp/pull/3841

        `struct llama_sampler * llama_sampler_init_min_p(float p, size_t min_keep)` (llama.h:1481)
        """
    def llama_sampler_init_typical(self, p: float, min_keep: int, /) -> llama_sampler_p:
        """@details Locally Typical Sampling implementation described in the paper https://arxiv.org/abs/2202.00666.

        `struct llama_sampler * llama_sampler_init_typical(float p, size_t min_keep)` (llama.h:1484)
        """
    def llama_sampler_init_temp(self, t: float, /) -> llama_sampler_p:
        """#details Updates the logits l_i` = l_i/t. When t <= 0.0f, the maximum logit is kept at it's original value, the rest are set to -inf

        `struct llama_sampler * llama_sampler_init_temp(float t)` (llama.h:1487)
        """
    def llama_sampler_init_temp_ext(self, t: float, delta: float, exponent: float, /) -> llama_sampler_p:
        """@details Dynamic temperature implementation (a.k.a. entropy) described in the paper https://arxiv.org/abs/2309.02772.

        `struct llama_sampler * llama_sampler_init_temp_ext(float t, float delta, float exponent)` (llama.h:1490)
        """
    def llama_sampler_init_xtc(self, p: float, t: float, min_keep: int, seed: int, /) -> llama_sampler_p:
        """@details XTC sampler as described in https://github.com/oobabooga/text-generation-webui/pull/6335

        `struct llama_sampler * llama_sampler_init_xtc(float p, float t, size_t min_keep, uint32_t seed)` (llama.h:1493)
        """
    def llama_sampler_init_top_n_sigma(self, n: float, /) -> llama_sampler_p:
        """@details Top n sigma sampling as described in academic paper "Top-nσ: Not All Logits Are You Need" https://arxiv.org/pdf/2411.07641

        `struct llama_sampler * llama_sampler_init_top_n_sigma(float n)` (llama.h:1496)
        """
    def llama_sampler_init_mirostat(self, n_vocab: int, seed: int, tau: float, eta: float, m: int, /) -> llama_sampler_p:
        """@details Mirostat 1.0 algorithm described in the paper https://arxiv.org/abs/2007.14966. Uses tokens instead of words.
        @param candidates A vector of `llama_token_data` containing the candidate tokens, their probabilities (p), and log-odds (logit) for the current position in the generated text.
        @param tau  The target cross-entropy (or surprise) value you want to achieve for the generated text. A higher value corresponds to more surprising or less predictable text, while a lower value corresponds to less surprising or more predictable text.
        @param eta The learning rate used to update `mu` based on the error between the target and observed surprisal of the sampled word. A larger learning rate will cause `mu` to be updated more quickly, while a smaller learning rate will result in slower updates.
        @param m The number of tokens considered in the estimation of `s_hat`. This is an arbitrary value that is used to calculate `s_hat`, which in turn helps to calculate the value of `k`. In the paper, they use `m = 100`, but you can experiment with different values to see how it affects the performance of the algorithm.
        @param mu Maximum cross-entropy. This value is initialized to be twice the target cross-entropy (`2 * tau`) and is updated in the algorithm based on the error between the target and observed surprisal.

        `struct llama_sampler * llama_sampler_init_mirostat(int32_t n_vocab, uint32_t seed, float tau, float eta, int32_t m)` (llama.h:1504)
        """
    def llama_sampler_init_mirostat_v2(self, seed: int, tau: float, eta: float, /) -> llama_sampler_p:
        """@details Mirostat 2.0 algorithm described in the paper https://arxiv.org/abs/2007.14966. Uses tokens instead of words.
        @param candidates A vector of `llama_token_data` containing the candidate tokens, their probabilities (p), and log-odds (logit) for the current position in the generated text.
        @param tau  The target cross-entropy (or surprise) value you want to achieve for the generated text. A higher value corresponds to more surprising or less predictable text, while a lower value corresponds to less surprising or more predictable text.
        @param eta The learning rate used to update `mu` based on the error between the target and observed surprisal of the sampled word. A larger learning rate will cause `mu` to be updated more quickly, while a smaller learning rate will result in slower updates.
        @param mu Maximum cross-entropy. This value is initialized to be twice the target cross-entropy (`2 * tau`) and is updated in the algorithm based on the error between the target and observed surprisal.

        `struct llama_sampler * llama_sampler_init_mirostat_v2(uint32_t seed, float tau, float eta)` (llama.h:1516)
        """
    def llama_sampler_init_grammar(self, vocab: Ptr[llama_vocab], grammar_str: ConstChars, grammar_root: ConstChars, /) -> llama_sampler_p:
        """@details Initializes a GBNF grammar, see grammars/README.md for details.
        @param vocab The vocabulary that this grammar will be used with.
        @param grammar_str The production rules for the grammar, encoded as a string. Returns an empty grammar if empty. Returns NULL if parsing of grammar_str fails.
        @param grammar_root The name of the start symbol for the grammar.

        `struct llama_sampler * llama_sampler_init_grammar(const struct llama_vocab * vocab, const char * grammar_str, const char * grammar_root)` (llama.h:1525)
        """
    @deprecated("use llama_sampler_init_grammar_lazy_patterns instead")
    def llama_sampler_init_grammar_lazy(self, vocab: Ptr[llama_vocab], grammar_str: ConstChars, grammar_root: ConstChars, trigger_words: Ptr[Ptr[bytes]], num_trigger_words: int, trigger_tokens: ConstPtr[llama_token], num_trigger_tokens: int, /) -> llama_sampler_p:
        """`struct llama_sampler * llama_sampler_init_grammar_lazy(const struct llama_vocab * vocab, const char * grammar_str, const char * grammar_root, const char ** trigger_words, size_t num_trigger_words, const llama_token * trigger_tokens, size_t num_trigger_tokens)` (llama.h:1530)"""
    def llama_sampler_init_grammar_lazy_patterns(self, vocab: Ptr[llama_vocab], grammar_str: ConstChars, grammar_root: ConstChars, trigger_patterns: Ptr[Ptr[bytes]], num_trigger_patterns: int, trigger_tokens: ConstPtr[llama_token], num_trigger_tokens: int, /) -> llama_sampler_p:
        """@details Lazy grammar sampler, introduced in https://github.com/ggml-org/llama.cpp/pull/9639
        @param trigger_patterns A list of patterns that will trigger the grammar sampler. Pattern will be matched from the start of the generation output, and grammar sampler will be fed content starting from its first match group.
        @param trigger_tokens A list of tokens that will trigger the grammar sampler. Grammar sampler will be fed content starting from the trigger token included.

        `struct llama_sampler * llama_sampler_init_grammar_lazy_patterns(const struct llama_vocab * vocab, const char * grammar_str, const char * grammar_root, const char ** trigger_patterns, size_t num_trigger_patterns, const llama_token * trigger_tokens, size_t num_trigger_tokens)` (llama.h:1544)
        """
    def llama_sampler_init_penalties(self, n_vocab: int, penalty_last_n: int, penalty_repeat: float, penalty_freq: float, penalty_present: float, /) -> llama_sampler_p:
        """NOTE: Avoid using on the full vocabulary as searching for repeated tokens can become slow. For example, apply top-k or top-p sampling first.
        penalty_last_n: last n tokens to penalize (0 = disable penalty)
        penalty_repeat: must be > 0.0, 1.0 = disabled
        penalty_freq: must be finite, 0.0 = disabled
        penalty_present: must be finite, 0.0 = disabled

        `struct llama_sampler * llama_sampler_init_penalties(int32_t n_vocab, int32_t penalty_last_n, float penalty_repeat, float penalty_freq, float penalty_present)` (llama.h:1555)
        """
    def llama_sampler_init_dry(self, vocab: Ptr[llama_vocab], dry_multiplier: float, dry_base: float, dry_allowed_length: int, dry_penalty_last_n: int, seq_breakers: Ptr[Ptr[bytes]], num_breakers: int, /) -> llama_sampler_p:
        """ @details DRY sampler, designed by p-e-w, as described in: https://github.com/oobabooga/text-generation-webui/pull/5677, porting Koboldcpp implementation authored by pi6am: https://github.com/LostRuins/koboldcpp/pull/982
        dry_penalty_last_n: last n tokens to penalize (0 = disable penalty)

        `struct llama_sampler * llama_sampler_init_dry(const struct llama_vocab * vocab, float dry_multiplier, float dry_base, int32_t dry_allowed_length, int32_t dry_penalty_last_n, const char ** seq_breakers, size_t num_breakers)` (llama.h:1563)
        """
    def llama_sampler_init_adaptive_p(self, target: float, decay: float, seed: int, /) -> llama_sampler_p:
        """adaptive-p: select tokens near a configurable target probability over time.

        the adaptive-p sampler transforms the token probability distribution to favor tokens
        that fall near a user-configurable probability target.

        internally, the sampler maintains an exponential moving average of the *ORIGINAL*
        probabilities of selected tokens at each sampling step. it uses this EMA to compute an
        adapted target probability at each sampling step, thus maintaining the desired target
        probability over time.

        adaptive-p selects a token ID rather than just mutating candidates, so it must be last
        in the sampler chain (like mirostat, dist, greedy).

        only mild truncation before this sampler is recommended. we suggest applying min-p
        before adaptive-p as the only other active sampler in the chain.

        @param target select tokens near this probability (valid range 0.0 to 1.0; negative = disabled)
        @param decay  EMA decay for adaptation; history ≈ 1/(1-decay) tokens (valid range 0.0 - 0.99)
        @param seed   RNG seed

        ref: https://github.com/ggml-org/llama.cpp/pull/17927

        `struct llama_sampler * llama_sampler_init_adaptive_p(float target, float decay, uint32_t seed)` (llama.h:1594)
        """
    def llama_sampler_init_logit_bias(self, n_vocab: int, n_logit_bias: int, logit_bias: Ptr[llama_logit_bias], /) -> llama_sampler_p:
        """`struct llama_sampler * llama_sampler_init_logit_bias(int32_t n_vocab, int32_t n_logit_bias, const llama_logit_bias * logit_bias)` (llama.h:1599)"""
    def llama_sampler_init_infill(self, vocab: Ptr[llama_vocab], /) -> llama_sampler_p:
        """this sampler is meant to be used for fill-in-the-middle infilling
        it's supposed to be used after top_k + top_p sampling

        1. if the sum of the EOG probs times the number of candidates is higher than the sum of the other probs -> pick EOG
        2. combine probs of tokens that have the same prefix

        example:

        - before:
          "hel":   0.5
          "hell":  0.2
          "hello": 0.1
          "dummy": 0.1

        - after:
          "hel":   0.8
          "dummy": 0.1

        3. discard non-EOG tokens with low prob
        4. if no tokens are left -> pick EOT

        `struct llama_sampler * llama_sampler_init_infill(const struct llama_vocab * vocab)` (llama.h:1625)
        """
    def llama_sampler_get_seed(self, smpl: Ptr[llama_sampler], /) -> int:
        """Returns the seed used by the sampler if applicable, LLAMA_DEFAULT_SEED otherwise

        `uint32_t llama_sampler_get_seed(const struct llama_sampler * smpl)` (llama.h:1628)
        """
    def llama_sampler_sample(self, smpl: Ptr[llama_sampler], ctx: Ptr[llama_context], idx: int, /) -> llama_token:
        """@details Sample and accept a token from the idx-th output of the last evaluation
        For multiple outputs from one sampler, call this function in output order without gaps.

        Shorthand for:
           const auto * logits = llama_get_logits_ith(ctx, idx);
           llama_token_data_array cur_p = { ... init from logits ... };
           llama_sampler_apply(smpl, &cur_p);
           auto token = cur_p.data[cur_p.selected].id;
           llama_sampler_accept(smpl, token);
           return token;
        Returns the sampled token

        `llama_token llama_sampler_sample(struct llama_sampler * smpl, struct llama_context * ctx, int32_t idx)` (llama.h:1641)
        """
    def llama_split_path(self, split_path: Ptr[bytes], maxlen: int, path_prefix: ConstChars, split_no: int, split_count: int, /) -> int:
        """@details Build a split GGUF final path for this chunk.
                 llama_split_path(split_path, sizeof(split_path), "/models/ggml-model-q4_0", 2, 4) => split_path = "/models/ggml-model-q4_0-00002-of-00004.gguf"
         Returns the split_path length.

        `int32_t llama_split_path(char * split_path, size_t maxlen, const char * path_prefix, int32_t split_no, int32_t split_count)` (llama.h:1653)
        """
    def llama_split_prefix(self, split_prefix: Ptr[bytes], maxlen: int, split_path: ConstChars, split_no: int, split_count: int, /) -> int:
        """@details Extract the path prefix from the split_path if and only if the split_no and split_count match.
                 llama_split_prefix(split_prefix, 64, "/models/ggml-model-q4_0-00002-of-00004.gguf", 2, 4) => split_prefix = "/models/ggml-model-q4_0"
         Returns the split_prefix length.

        `int32_t llama_split_prefix(char * split_prefix, size_t maxlen, const char * split_path, int32_t split_no, int32_t split_count)` (llama.h:1658)
        """
    def llama_print_system_info(self, /) -> Ptr[bytes]:
        """Print system information

        `const char * llama_print_system_info(void)` (llama.h:1661)
        """
    def llama_log_get(self, log_callback: Ptr[ggml_log_callback], user_data: Ptr[Ptr[Any]], /) -> None:
        """Set callback for all future logging events.
        If this is not called, or NULL is supplied, everything is output on stderr.
        The logger state is global so these functions are NOT thread safe.

        `void llama_log_get(ggml_log_callback * log_callback, void ** user_data)` (llama.h:1666)
        """
    def llama_log_set(self, log_callback: ggml_log_callback, user_data: Ptr[Any], /) -> None:
        """Set callback for all future logging events.
        If this is not called, or NULL is supplied, everything is output on stderr.
        The logger state is global so these functions are NOT thread safe.

        `void llama_log_set(ggml_log_callback log_callback, void * user_data)` (llama.h:1667)
        """
    def llama_perf_context(self, ctx: Ptr[llama_context], /) -> llama_perf_context_data:
        """`struct llama_perf_context_data llama_perf_context(const struct llama_context * ctx)` (llama.h:1693)"""
    def llama_perf_context_print(self, ctx: Ptr[llama_context], /) -> None:
        """`void llama_perf_context_print(const struct llama_context * ctx)` (llama.h:1694)"""
    def llama_perf_context_reset(self, ctx: Ptr[llama_context], /) -> None:
        """`void llama_perf_context_reset(struct llama_context * ctx)` (llama.h:1695)"""
    def llama_perf_sampler(self, chain: Ptr[llama_sampler], /) -> llama_perf_sampler_data:
        """NOTE: the following work only with samplers constructed via llama_sampler_chain_init

        `struct llama_perf_sampler_data llama_perf_sampler(const struct llama_sampler * chain)` (llama.h:1698)
        """
    def llama_perf_sampler_print(self, chain: Ptr[llama_sampler], /) -> None:
        """NOTE: the following work only with samplers constructed via llama_sampler_chain_init

        `void llama_perf_sampler_print(const struct llama_sampler * chain)` (llama.h:1699)
        """
    def llama_perf_sampler_reset(self, chain: Ptr[llama_sampler], /) -> None:
        """NOTE: the following work only with samplers constructed via llama_sampler_chain_init

        `void llama_perf_sampler_reset(struct llama_sampler * chain)` (llama.h:1700)
        """
    def llama_opt_param_filter_all(self, tensor: Ptr[ggml_tensor], userdata: Ptr[Any], /) -> bool:
        """always returns true

        `bool llama_opt_param_filter_all(const struct ggml_tensor * tensor, void * userdata)` (llama.h:1710)
        """
    def llama_opt_init(self, lctx: Ptr[llama_context], model: Ptr[llama_model], lopt_params: llama_opt_params, /) -> None:
        """`void llama_opt_init(struct llama_context * lctx, struct llama_model * model, struct llama_opt_params lopt_params)` (llama.h:1724)"""
    def llama_opt_epoch(self, lctx: Ptr[llama_context], dataset: ggml_opt_dataset_t, result_train: ggml_opt_result_t, result_eval: ggml_opt_result_t, idata_split: int, callback_train: ggml_opt_epoch_callback, callback_eval: ggml_opt_epoch_callback, /) -> None:
        """`void llama_opt_epoch(struct llama_context * lctx, ggml_opt_dataset_t dataset, ggml_opt_result_t result_train, ggml_opt_result_t result_eval, int64_t idata_split, ggml_opt_epoch_callback callback_train, ggml_opt_epoch_callback callback_eval)` (llama.h:1726)"""
    def mtmd_default_marker(self, /) -> Ptr[bytes]:
        """`const char * mtmd_default_marker(void)` (mtmd.h:127)"""
    def mtmd_context_params_default(self, /) -> mtmd_context_params:
        """`struct mtmd_context_params mtmd_context_params_default(void)` (mtmd.h:129)"""
    def mtmd_init_from_file(self, mmproj_fname: ConstChars, text_model: Ptr[llama_model], ctx_params: mtmd_context_params, /) -> Ptr[mtmd_context]:
        """initialize the mtmd context
        return nullptr on failure

        `mtmd_context * mtmd_init_from_file(const char * mmproj_fname, const struct llama_model * text_model, const struct mtmd_context_params ctx_params)` (mtmd.h:133)
        """
    def mtmd_free(self, ctx: Ptr[mtmd_context], /) -> None:
        """`void mtmd_free(mtmd_context * ctx)` (mtmd.h:137)"""
    def mtmd_decode_use_non_causal(self, ctx: Ptr[mtmd_context], chunk: Ptr[mtmd_input_chunk], /) -> bool:
        """whether we need to set non-causal mask before llama_decode
        if chunk is nullptr, we assume the default case where chunk is an image chunk

        `bool mtmd_decode_use_non_causal(const mtmd_context * ctx, const mtmd_input_chunk * chunk)` (mtmd.h:141)
        """
    def mtmd_decode_use_mrope(self, ctx: Ptr[mtmd_context], /) -> bool:
        """whether the current model use M-RoPE for llama_decode

        `bool mtmd_decode_use_mrope(const mtmd_context * ctx)` (mtmd.h:144)
        """
    def mtmd_support_vision(self, ctx: Ptr[mtmd_context], /) -> bool:
        """whether the current model supports vision input

        `bool mtmd_support_vision(const mtmd_context * ctx)` (mtmd.h:147)
        """
    def mtmd_support_audio(self, ctx: Ptr[mtmd_context], /) -> bool:
        """whether the current model supports audio input

        `bool mtmd_support_audio(const mtmd_context * ctx)` (mtmd.h:150)
        """
    def mtmd_get_audio_sample_rate(self, ctx: Ptr[mtmd_context], /) -> int:
        """get audio sample rate in Hz, for example 16000 for Whisper
        return -1 if audio is not supported

        `int mtmd_get_audio_sample_rate(const mtmd_context * ctx)` (mtmd.h:154)
        """
    def mtmd_get_marker(self, ctx: Ptr[mtmd_context], /) -> Ptr[bytes]:
        """get the current marker string

        `const char * mtmd_get_marker(const mtmd_context * ctx)` (mtmd.h:157)
        """
    def mtmd_bitmap_init(self, nx: int, ny: int, data: bytes | ConstPtr[int], /) -> Ptr[mtmd_bitmap]:
        """mtmd_bitmap

        if bitmap is image:
            length of data must be nx * ny * 3
            the data is in RGBRGBRGB... format
            note: some video-capable models (i.e. qwen-vl) can merge consecutive bitmaps
                  into one chunk; mtmd_tokenize() handles this, but remember to set
                  mtmd_bitmap_set_mergeable(true) for every frame
        if bitmap is audio:
            length of data must be n_samples * sizeof(float)
            the data is in float format (PCM F32)

        if data == nullptr:
            the bitmap is considered "empty", and will be treated as a placeholder for counting tokens
            you can pass the bitmap via mtmd_tokenize(), then call mtmd_*_get_n_tokens() to count the tokens
            note: passing a placeholder bitmap to mtmd_encode() will return an error

        `mtmd_bitmap * mtmd_bitmap_init(uint32_t nx, uint32_t ny, const unsigned char * data)` (mtmd.h:175)
        """
    def mtmd_bitmap_init_from_audio(self, n_samples: int, data: ConstPtr[float], /) -> Ptr[mtmd_bitmap]:
        """mtmd_bitmap

        if bitmap is image:
            length of data must be nx * ny * 3
            the data is in RGBRGBRGB... format
            note: some video-capable models (i.e. qwen-vl) can merge consecutive bitmaps
                  into one chunk; mtmd_tokenize() handles this, but remember to set
                  mtmd_bitmap_set_mergeable(true) for every frame
        if bitmap is audio:
            length of data must be n_samples * sizeof(float)
            the data is in float format (PCM F32)

        if data == nullptr:
            the bitmap is considered "empty", and will be treated as a placeholder for counting tokens
            you can pass the bitmap via mtmd_tokenize(), then call mtmd_*_get_n_tokens() to count the tokens
            note: passing a placeholder bitmap to mtmd_encode() will return an error

        `mtmd_bitmap * mtmd_bitmap_init_from_audio(size_t n_samples, const float * data)` (mtmd.h:176)
        """
    def mtmd_bitmap_get_nx(self, bitmap: Ptr[mtmd_bitmap], /) -> int:
        """mtmd_bitmap

        if bitmap is image:
            length of data must be nx * ny * 3
            the data is in RGBRGBRGB... format
            note: some video-capable models (i.e. qwen-vl) can merge consecutive bitmaps
                  into one chunk; mtmd_tokenize() handles this, but remember to set
                  mtmd_bitmap_set_mergeable(true) for every frame
        if bitmap is audio:
            length of data must be n_samples * sizeof(float)
            the data is in float format (PCM F32)

        if data == nullptr:
            the bitmap is considered "empty", and will be treated as a placeholder for counting tokens
            you can pass the bitmap via mtmd_tokenize(), then call mtmd_*_get_n_tokens() to count the tokens
            note: passing a placeholder bitmap to mtmd_encode() will return an error

        `uint32_t mtmd_bitmap_get_nx(const mtmd_bitmap * bitmap)` (mtmd.h:177)
        """
    def mtmd_bitmap_get_ny(self, bitmap: Ptr[mtmd_bitmap], /) -> int:
        """mtmd_bitmap

        if bitmap is image:
            length of data must be nx * ny * 3
            the data is in RGBRGBRGB... format
            note: some video-capable models (i.e. qwen-vl) can merge consecutive bitmaps
                  into one chunk; mtmd_tokenize() handles this, but remember to set
                  mtmd_bitmap_set_mergeable(true) for every frame
        if bitmap is audio:
            length of data must be n_samples * sizeof(float)
            the data is in float format (PCM F32)

        if data == nullptr:
            the bitmap is considered "empty", and will be treated as a placeholder for counting tokens
            you can pass the bitmap via mtmd_tokenize(), then call mtmd_*_get_n_tokens() to count the tokens
            note: passing a placeholder bitmap to mtmd_encode() will return an error

        `uint32_t mtmd_bitmap_get_ny(const mtmd_bitmap * bitmap)` (mtmd.h:178)
        """
    def mtmd_bitmap_get_data(self, bitmap: Ptr[mtmd_bitmap], /) -> Ptr[int]:
        """mtmd_bitmap

        if bitmap is image:
            length of data must be nx * ny * 3
            the data is in RGBRGBRGB... format
            note: some video-capable models (i.e. qwen-vl) can merge consecutive bitmaps
                  into one chunk; mtmd_tokenize() handles this, but remember to set
                  mtmd_bitmap_set_mergeable(true) for every frame
        if bitmap is audio:
            length of data must be n_samples * sizeof(float)
            the data is in float format (PCM F32)

        if data == nullptr:
            the bitmap is considered "empty", and will be treated as a placeholder for counting tokens
            you can pass the bitmap via mtmd_tokenize(), then call mtmd_*_get_n_tokens() to count the tokens
            note: passing a placeholder bitmap to mtmd_encode() will return an error

        `const unsigned char * mtmd_bitmap_get_data(const mtmd_bitmap * bitmap)` (mtmd.h:179)
        """
    def mtmd_bitmap_get_n_bytes(self, bitmap: Ptr[mtmd_bitmap], /) -> int:
        """mtmd_bitmap

        if bitmap is image:
            length of data must be nx * ny * 3
            the data is in RGBRGBRGB... format
            note: some video-capable models (i.e. qwen-vl) can merge consecutive bitmaps
                  into one chunk; mtmd_tokenize() handles this, but remember to set
                  mtmd_bitmap_set_mergeable(true) for every frame
        if bitmap is audio:
            length of data must be n_samples * sizeof(float)
            the data is in float format (PCM F32)

        if data == nullptr:
            the bitmap is considered "empty", and will be treated as a placeholder for counting tokens
            you can pass the bitmap via mtmd_tokenize(), then call mtmd_*_get_n_tokens() to count the tokens
            note: passing a placeholder bitmap to mtmd_encode() will return an error

        `size_t mtmd_bitmap_get_n_bytes(const mtmd_bitmap * bitmap)` (mtmd.h:180)
        """
    def mtmd_bitmap_is_audio(self, bitmap: Ptr[mtmd_bitmap], /) -> bool:
        """mtmd_bitmap

        if bitmap is image:
            length of data must be nx * ny * 3
            the data is in RGBRGBRGB... format
            note: some video-capable models (i.e. qwen-vl) can merge consecutive bitmaps
                  into one chunk; mtmd_tokenize() handles this, but remember to set
                  mtmd_bitmap_set_mergeable(true) for every frame
        if bitmap is audio:
            length of data must be n_samples * sizeof(float)
            the data is in float format (PCM F32)

        if data == nullptr:
            the bitmap is considered "empty", and will be treated as a placeholder for counting tokens
            you can pass the bitmap via mtmd_tokenize(), then call mtmd_*_get_n_tokens() to count the tokens
            note: passing a placeholder bitmap to mtmd_encode() will return an error

        `bool mtmd_bitmap_is_audio(const mtmd_bitmap * bitmap)` (mtmd.h:181)
        """
    def mtmd_bitmap_free(self, bitmap: Ptr[mtmd_bitmap], /) -> None:
        """mtmd_bitmap

        if bitmap is image:
            length of data must be nx * ny * 3
            the data is in RGBRGBRGB... format
            note: some video-capable models (i.e. qwen-vl) can merge consecutive bitmaps
                  into one chunk; mtmd_tokenize() handles this, but remember to set
                  mtmd_bitmap_set_mergeable(true) for every frame
        if bitmap is audio:
            length of data must be n_samples * sizeof(float)
            the data is in float format (PCM F32)

        if data == nullptr:
            the bitmap is considered "empty", and will be treated as a placeholder for counting tokens
            you can pass the bitmap via mtmd_tokenize(), then call mtmd_*_get_n_tokens() to count the tokens
            note: passing a placeholder bitmap to mtmd_encode() will return an error

        `void mtmd_bitmap_free(mtmd_bitmap * bitmap)` (mtmd.h:182)
        """
    def mtmd_bitmap_get_id(self, bitmap: Ptr[mtmd_bitmap], /) -> Ptr[bytes]:
        """bitmap ID is optional, but useful for KV cache tracking
        these getters/setters are dedicated functions, so you can for example calculate the hash of the image based on mtmd_bitmap_get_data()

        `const char * mtmd_bitmap_get_id(const mtmd_bitmap * bitmap)` (mtmd.h:185)
        """
    def mtmd_bitmap_set_id(self, bitmap: Ptr[mtmd_bitmap], id: ConstChars, /) -> None:
        """bitmap ID is optional, but useful for KV cache tracking
        these getters/setters are dedicated functions, so you can for example calculate the hash of the image based on mtmd_bitmap_get_data()

        `void mtmd_bitmap_set_id(mtmd_bitmap * bitmap, const char * id)` (mtmd.h:186)
        """
    def mtmd_bitmap_set_mergeable(self, bitmap: Ptr[mtmd_bitmap], mergeable: bool, /) -> None:
        """if true, this bitmap can be merged (temporal merge) with an adjacent mergeable bitmap by certain video input models

        `void mtmd_bitmap_set_mergeable(mtmd_bitmap * bitmap, bool mergeable)` (mtmd.h:188)
        """
    def mtmd_bitmap_init_lazy(self, ctx: Ptr[mtmd_context], id: ConstChars, user_data: Ptr[Any], callback: mtmd_bitmap_lazy_callback, /) -> Ptr[mtmd_bitmap]:
        """id: usually set to file hash

        `mtmd_bitmap * mtmd_bitmap_init_lazy(const mtmd_context * ctx, const char * id, void * user_data, mtmd_bitmap_lazy_callback callback)` (mtmd.h:214)
        """
    def mtmd_input_chunks_init(self, /) -> Ptr[mtmd_input_chunks]:
        """mtmd_input_chunks

        this is simply a list of mtmd_input_chunk
        the elements can only be populated via mtmd_tokenize()

        `mtmd_input_chunks * mtmd_input_chunks_init(void)` (mtmd.h:223)
        """
    def mtmd_input_chunks_size(self, chunks: Ptr[mtmd_input_chunks], /) -> int:
        """mtmd_input_chunks

        this is simply a list of mtmd_input_chunk
        the elements can only be populated via mtmd_tokenize()

        `size_t mtmd_input_chunks_size(const mtmd_input_chunks * chunks)` (mtmd.h:224)
        """
    def mtmd_input_chunks_get(self, chunks: Ptr[mtmd_input_chunks], idx: int, /) -> Ptr[mtmd_input_chunk]:
        """mtmd_input_chunks

        this is simply a list of mtmd_input_chunk
        the elements can only be populated via mtmd_tokenize()

        `const mtmd_input_chunk * mtmd_input_chunks_get(const mtmd_input_chunks * chunks, size_t idx)` (mtmd.h:225)
        """
    def mtmd_input_chunks_free(self, chunks: Ptr[mtmd_input_chunks], /) -> None:
        """mtmd_input_chunks

        this is simply a list of mtmd_input_chunk
        the elements can only be populated via mtmd_tokenize()

        `void mtmd_input_chunks_free(mtmd_input_chunks * chunks)` (mtmd.h:226)
        """
    def mtmd_input_chunk_get_type(self, chunk: Ptr[mtmd_input_chunk], /) -> mtmd_input_chunk_type:
        """mtmd_input_chunk

        the instance will be constructed via mtmd_tokenize()
        it will be freed along with mtmd_input_chunks

        `enum mtmd_input_chunk_type mtmd_input_chunk_get_type(const mtmd_input_chunk * chunk)` (mtmd.h:232)
        """
    def mtmd_input_chunk_get_tokens_text(self, chunk: Ptr[mtmd_input_chunk], n_tokens_output: Ptr[int], /) -> Ptr[llama_token]:
        """mtmd_input_chunk

        the instance will be constructed via mtmd_tokenize()
        it will be freed along with mtmd_input_chunks

        `const llama_token * mtmd_input_chunk_get_tokens_text(const mtmd_input_chunk * chunk, size_t * n_tokens_output)` (mtmd.h:233)
        """
    def mtmd_input_chunk_get_tokens_image(self, chunk: Ptr[mtmd_input_chunk], /) -> Ptr[mtmd_image_tokens]:
        """mtmd_input_chunk

        the instance will be constructed via mtmd_tokenize()
        it will be freed along with mtmd_input_chunks

        `const mtmd_image_tokens * mtmd_input_chunk_get_tokens_image(const mtmd_input_chunk * chunk)` (mtmd.h:234)
        """
    def mtmd_input_chunk_get_n_tokens(self, chunk: Ptr[mtmd_input_chunk], /) -> int:
        """mtmd_input_chunk

        the instance will be constructed via mtmd_tokenize()
        it will be freed along with mtmd_input_chunks

        `size_t mtmd_input_chunk_get_n_tokens(const mtmd_input_chunk * chunk)` (mtmd.h:235)
        """
    def mtmd_input_chunk_get_id(self, chunk: Ptr[mtmd_input_chunk], /) -> Ptr[bytes]:
        """returns nullptr for ID on text chunk

        `const char * mtmd_input_chunk_get_id(const mtmd_input_chunk * chunk)` (mtmd.h:237)
        """
    def mtmd_input_chunk_get_n_pos(self, chunk: Ptr[mtmd_input_chunk], /) -> llama_pos:
        """number of temporal positions (equals to max(t,h,w) for M-RoPE; equals to n_tokens otherwise)

        `llama_pos mtmd_input_chunk_get_n_pos(const mtmd_input_chunk * chunk)` (mtmd.h:239)
        """
    def mtmd_input_chunk_copy(self, chunk: Ptr[mtmd_input_chunk], /) -> Ptr[mtmd_input_chunk]:
        """in case you want to use custom logic to handle the chunk (i.e. KV cache management)
        you can move the chunk ownership to your own code by copying it
        remember to free the chunk when you are done with it

        `mtmd_input_chunk * mtmd_input_chunk_copy(const mtmd_input_chunk * chunk)` (mtmd.h:244)
        """
    def mtmd_input_chunk_free(self, chunk: Ptr[mtmd_input_chunk], /) -> None:
        """in case you want to use custom logic to handle the chunk (i.e. KV cache management)
        you can move the chunk ownership to your own code by copying it
        remember to free the chunk when you are done with it

        `void mtmd_input_chunk_free(mtmd_input_chunk * chunk)` (mtmd.h:245)
        """
    def mtmd_input_chunk_get_placeholder(self, chunk: Ptr[mtmd_input_chunk], /) -> Ptr[mtmd_input_chunk]:
        """similar to mtmd_input_chunk_copy, but returns a placeholder chunk

        `mtmd_input_chunk * mtmd_input_chunk_get_placeholder(const mtmd_input_chunk * chunk)` (mtmd.h:248)
        """
    def mtmd_input_chunk_save(self, chunk: Ptr[mtmd_input_chunk], out_buf: Ptr[bytes], out_len: int, expected_out_len: Ptr[int], /) -> int:
        """save/load an input chunk to/from a buffer (useful for KV save/load)
        important: only chunk's metadata will be saved, the actual image/audio data will not be saved
        the loaded chunk will always be a placeholder, cannot be used for mtmd_encode() or mtmd_batch_encode()
        out_buf can be nullptr (to query expected_out_len)
        returns 0 on success, non-zero on failure

        `int32_t mtmd_input_chunk_save(const mtmd_input_chunk * chunk, char * out_buf, size_t out_len, size_t * expected_out_len)` (mtmd.h:255)
        """
    def mtmd_input_chunk_load(self, buf: ConstChars, len: int, /) -> Ptr[mtmd_input_chunk]:
        """returns nullptr on failure

        `mtmd_input_chunk * mtmd_input_chunk_load(const char * buf, size_t len)` (mtmd.h:257)
        """
    def mtmd_image_tokens_get_n_tokens(self, image_tokens: Ptr[mtmd_image_tokens], /) -> int:
        """mtmd_image_tokens

        the instance will be constructed via mtmd_tokenize()
        it will be freed along with mtmd_input_chunk
        TODO: deprecate

        `size_t mtmd_image_tokens_get_n_tokens(const mtmd_image_tokens * image_tokens)` (mtmd.h:264)
        """
    def mtmd_image_tokens_get_id(self, image_tokens: Ptr[mtmd_image_tokens], /) -> Ptr[bytes]:
        """mtmd_image_tokens

        the instance will be constructed via mtmd_tokenize()
        it will be freed along with mtmd_input_chunk
        TODO: deprecate

        `const char * mtmd_image_tokens_get_id(const mtmd_image_tokens * image_tokens)` (mtmd.h:265)
        """
    def mtmd_image_tokens_get_n_pos(self, image_tokens: Ptr[mtmd_image_tokens], /) -> llama_pos:
        """number of temporal positions (equals to max(t,h,w) for M-RoPE; equals to n_tokens otherwise)
        TODO: deprecate

        `llama_pos mtmd_image_tokens_get_n_pos(const mtmd_image_tokens * image_tokens)` (mtmd.h:267)
        """
    @deprecated("use mtmd_image_tokens_get_decoder_pos() instead")
    def mtmd_image_tokens_get_nx(self, image_tokens: Ptr[mtmd_image_tokens], /) -> int:
        """`size_t mtmd_image_tokens_get_nx(const mtmd_image_tokens * image_tokens)` (mtmd.h:269)"""
    @deprecated("use mtmd_image_tokens_get_decoder_pos() instead")
    def mtmd_image_tokens_get_ny(self, image_tokens: Ptr[mtmd_image_tokens], /) -> int:
        """`size_t mtmd_image_tokens_get_ny(const mtmd_image_tokens * image_tokens)` (mtmd.h:271)"""
    def mtmd_image_tokens_get_decoder_pos(self, image_tokens: Ptr[mtmd_image_tokens], pos_0: llama_pos, i: int, /) -> mtmd_decoder_pos:
        """`struct mtmd_decoder_pos mtmd_image_tokens_get_decoder_pos(const mtmd_image_tokens * image_tokens, llama_pos pos_0, size_t i)` (mtmd.h:269)"""
    def mtmd_tokenize(self, ctx: Ptr[mtmd_context], output: Ptr[mtmd_input_chunks], text: Ptr[mtmd_input_text], bitmaps: ConstPtr[Ptr[mtmd_bitmap]], n_bitmaps: int, /) -> int:
        """tokenize an input text prompt and a list of bitmaps (image/audio)
        the prompt must have the input media marker (default: "<__media__>") in it
        the default marker is defined by mtmd_default_marker()
        the marker will be replaced with the media chunk
        for example:
          "here is an image: <__media__>\\ndescribe it in detail."
          this will gives 3 chunks:
          1. "here is an image: <start_of_image>"
          2. (image/audio tokens)
          3. "<end_of_image>\\ndescribe it in detail."
        number of bitmaps must be equal to the number of markers in the prompt
        this function is thread-safe (shared ctx)
        return values:
          0 on success
          1 on number of bitmaps not matching the number of markers
          2 on media preprocessing error

        `int32_t mtmd_tokenize(const mtmd_context * ctx, mtmd_input_chunks * output, const mtmd_input_text * text, const mtmd_bitmap * const * bitmaps, size_t n_bitmaps)` (mtmd.h:302)
        """
    def mtmd_tokenize_from_parts(self, ctx: Ptr[mtmd_context], output: Ptr[mtmd_input_chunks], parts: ConstPtr[Ptr[mtmd_input_part]], n_parts: int, add_special: bool, /) -> int:
        """same as mtmd_tokenize(), but takes an array of mtmd_input_part
        use cases:
        - when you don't want to use media markers (they will be tokenized as normal text)
        - when you want to control parse_special for each text part
        note: per-part add_special will be ignored
        return 1 if a part has both text and bitmap set (or neither)

        `int32_t mtmd_tokenize_from_parts(const mtmd_context * ctx, mtmd_input_chunks * output, const mtmd_input_part * const * parts, size_t n_parts, bool add_special)` (mtmd.h:314)
        """
    @deprecated("use mtmd_encode_chunk() instead")
    def mtmd_encode(self, ctx: Ptr[mtmd_context], image_tokens: Ptr[mtmd_image_tokens], /) -> int:
        """`int32_t mtmd_encode(mtmd_context * ctx, const mtmd_image_tokens * image_tokens)` (mtmd.h:320)"""
    def mtmd_encode_chunk(self, ctx: Ptr[mtmd_context], chunk: Ptr[mtmd_input_chunk], /) -> int:
        """`int32_t mtmd_encode_chunk(mtmd_context * ctx, const mtmd_input_chunk * chunk)` (mtmd.h:320)"""
    def mtmd_get_output_embd(self, ctx: Ptr[mtmd_context], /) -> Ptr[float]:
        """get output embeddings from the last encode pass
        the reading size (in bytes) is equal to:
        llama_model_n_embd_inp(model) * mtmd_input_chunk_get_n_tokens(chunk) * sizeof(float)

        `float * mtmd_get_output_embd(mtmd_context * ctx)` (mtmd.h:332)
        """
    def mtmd_batch_init(self, ctx: Ptr[mtmd_context], /) -> Ptr[mtmd_batch]:
        """batch encoding API
        chunks are not owned by the batch, they will not be freed by mtmd_batch_free()
        batch is valid for a given context, cannot be shared across contexts

        `mtmd_batch * mtmd_batch_init(mtmd_context * ctx)` (mtmd.h:338)
        """
    def mtmd_batch_free(self, batch: Ptr[mtmd_batch], /) -> None:
        """batch encoding API
        chunks are not owned by the batch, they will not be freed by mtmd_batch_free()
        batch is valid for a given context, cannot be shared across contexts

        `void mtmd_batch_free(mtmd_batch * batch)` (mtmd.h:339)
        """
    def mtmd_batch_add_chunk(self, batch: Ptr[mtmd_batch], chunk: Ptr[mtmd_input_chunk], /) -> int:
        """only media chunks are allowed, text chunks will be rejected
        returns 0 on success
        returns 1 on generic error
        returns 2 if the batch is too large (chunk won't be added)
        returns 3 if it cannot be batched with the existing chunks in the batch

        `int32_t mtmd_batch_add_chunk(mtmd_batch * batch, const mtmd_input_chunk * chunk)` (mtmd.h:346)
        """
    def mtmd_batch_encode(self, batch: Ptr[mtmd_batch], /) -> int:
        """returns 0 on success
        returns 1 on generic error

        `int32_t mtmd_batch_encode(mtmd_batch * batch)` (mtmd.h:350)
        """
    def mtmd_batch_get_output_embd(self, batch: Ptr[mtmd_batch], chunk: Ptr[mtmd_input_chunk], /) -> Ptr[float]:
        """returns 0 on success
        returns 1 on generic error

        `float * mtmd_batch_get_output_embd(mtmd_batch * batch, const mtmd_input_chunk * chunk)` (mtmd.h:351)
        """
    def mtmd_log_set(self, log_callback: ggml_log_callback, user_data: Ptr[Any], /) -> None:
        """Set callback for all future logging events.
        If this is not called, or NULL is supplied, everything is output on stderr.

        `void mtmd_log_set(ggml_log_callback log_callback, void * user_data)` (mtmd.h:356)
        """
    def mtmd_get_cap_from_file(self, mmproj_fname: ConstChars, /) -> mtmd_caps:
        """EXPERIMENTAL API to get mmproj's capabilities without initializing the full context
        This is only intended to be used by llama-server, breaking changes is expected

        `struct mtmd_caps mtmd_get_cap_from_file(const char * mmproj_fname)` (mtmd.h:364)
        """
    def mtmd_gen_audio_get_info(self, ctx: Ptr[mtmd_context], /) -> mtmd_gen_audio_info:
        """`struct mtmd_gen_audio_info mtmd_gen_audio_get_info(const mtmd_context * ctx)` (mtmd.h:382)"""
    def mtmd_gen_inp_default(self, ctx: Ptr[mtmd_context], /) -> mtmd_gen_inp:
        """defaults tuned for the loaded pipeline, callers override only what they care about

        `struct mtmd_gen_inp mtmd_gen_inp_default(const mtmd_context * ctx)` (mtmd.h:433)
        """
    def mtmd_gen_audio_process(self, ctx: Ptr[mtmd_context], inp: Ptr[mtmd_gen_inp], out: Ptr[mtmd_gen_out], /) -> int:
        """note: this API is stateless, caller must handle state management and audio frame accumulation

        `int32_t mtmd_gen_audio_process(mtmd_context * ctx, const struct mtmd_gen_inp * inp, struct mtmd_gen_out * out)` (mtmd.h:436)
        """
    def mtmd_test_create_input_chunks(self, /) -> Ptr[mtmd_input_chunks]:
        """test function, to be used in test-mtmd-c-api.c

        `mtmd_input_chunks * mtmd_test_create_input_chunks(void)` (mtmd.h:443)
        """
    def mtmd_helper_video_init_params_default(self, /) -> mtmd_helper_video_init_params:
        """`struct mtmd_helper_video_init_params mtmd_helper_video_init_params_default(void)` (mtmd-helper.h:33)"""
    def mtmd_helper_init_opt_default(self, /) -> mtmd_helper_init_opt:
        """`struct mtmd_helper_init_opt mtmd_helper_init_opt_default(void)` (mtmd-helper.h:41)"""
    def mtmd_helper_log_set(self, log_callback: ggml_log_callback, user_data: Ptr[Any], /) -> None:
        """Set callback for all future logging events.
        If this is not called, or NULL is supplied, everything is output on stderr.
        Note: this also call mtmd_log_set() internally

        `void mtmd_helper_log_set(ggml_log_callback log_callback, void * user_data)` (mtmd-helper.h:46)
        """
    def mtmd_helper_support_video(self, ctx: Ptr[mtmd_context], /) -> bool:
        """Returns true if this build includes video support (MTMD_VIDEO was ON at compile time).

        `bool mtmd_helper_support_video(const mtmd_context * ctx)` (mtmd-helper.h:49)
        """
    def mtmd_helper_bitmap_init_from_file(self, ctx: Ptr[mtmd_context], fname: ConstChars, placeholder: bool, opt: mtmd_helper_init_opt, /) -> mtmd_helper_bitmap_wrapper:
        """helper function to construct a mtmd_bitmap from a file
        it calls mtmd_helper_bitmap_init_from_buf() internally
        returns nullptr on failure
        this function is thread-safe

        `struct mtmd_helper_bitmap_wrapper mtmd_helper_bitmap_init_from_file(const mtmd_context * ctx, const char * fname, bool placeholder, struct mtmd_helper_init_opt opt)` (mtmd-helper.h:60)
        """
    def mtmd_helper_bitmap_init_from_buf(self, ctx: Ptr[mtmd_context], buf: bytes | ConstPtr[int], len: int, placeholder: bool, opt: mtmd_helper_init_opt, /) -> mtmd_helper_bitmap_wrapper:
        """helper function to construct a mtmd_bitmap from a buffer containing a file
        supported formats:
            image: formats supported by stb_image: jpg, png, bmp, gif, etc.
                   webp is decoded via ffmpeg, requires MTMD_VIDEO build with ffmpeg in PATH
            audio: formats supported by miniaudio: wav, mp3, flac
        note:
          - for now, video input is only supported via C++ helper functions
          - audio files will be auto-detected based on magic bytes
          - output bitmap will have SHA-256 hash (hex string) as the ID
        returns nullptr on failure
        this function is thread-safe

        `struct mtmd_helper_bitmap_wrapper mtmd_helper_bitmap_init_from_buf(const mtmd_context * ctx, const unsigned char * buf, size_t len, bool placeholder, struct mtmd_helper_init_opt opt)` (mtmd-helper.h:77)
        """
    def mtmd_helper_get_n_tokens(self, chunks: Ptr[mtmd_input_chunks], /) -> int:
        """helper to count the total number of tokens from a list of chunks, useful to keep track of KV cache

        `size_t mtmd_helper_get_n_tokens(const mtmd_input_chunks * chunks)` (mtmd-helper.h:84)
        """
    def mtmd_helper_get_n_pos(self, chunks: Ptr[mtmd_input_chunks], /) -> llama_pos:
        """helper to count the total position of tokens from a list of chunks, useful to keep track of n_past
        normally, n_pos is equal to n_tokens, but for M-RoPE it is different

        `llama_pos mtmd_helper_get_n_pos(const mtmd_input_chunks * chunks)` (mtmd-helper.h:88)
        """
    def mtmd_helper_image_get_decoder_pos(self, image: Ptr[mtmd_image_tokens], pos_0: llama_pos, out_pos: Ptr[mtmd_decoder_pos], /) -> None:
        """helper to get the list of relative positions corresponding to the embedding tokens, to be used by M-RoPE
        out_pos must have length == mtmd_helper_get_n_tokens(image)

        `void mtmd_helper_image_get_decoder_pos(const mtmd_image_tokens * image, llama_pos pos_0, struct mtmd_decoder_pos * out_pos)` (mtmd-helper.h:92)
        """
    def mtmd_helper_eval_chunks(self, ctx: Ptr[mtmd_context], lctx: Ptr[llama_context], chunks: Ptr[mtmd_input_chunks], n_past: llama_pos, seq_id: llama_seq_id, n_batch: int, logits_last: bool, new_n_past: Ptr[llama_pos], /) -> int:
        """helper function that automatically:
        1. decode text chunks
        2. run mtmd_encode_chunk() on image chunks, then mtmd_get_output_embd() and then decode the embeddings
        if any of the mtmd_encode_chunk() or decode calls return non-zero, stop and forward the error
        otherwise, returns 0 on success
        this function is NOT thread-safe

        `int32_t mtmd_helper_eval_chunks(mtmd_context * ctx, struct llama_context * lctx, const mtmd_input_chunks * chunks, llama_pos n_past, llama_seq_id seq_id, int32_t n_batch, bool logits_last, llama_pos * new_n_past)` (mtmd-helper.h:100)
        """
    def mtmd_helper_eval_chunk_single(self, ctx: Ptr[mtmd_context], lctx: Ptr[llama_context], chunk: Ptr[mtmd_input_chunk], n_past: llama_pos, seq_id: llama_seq_id, n_batch: int, logits_last: bool, new_n_past: Ptr[llama_pos], /) -> int:
        """works like mtmd_helper_eval_chunks(), but only for a single chunk
        this function is NOT thread-safe

        `int32_t mtmd_helper_eval_chunk_single(mtmd_context * ctx, struct llama_context * lctx, const mtmd_input_chunk * chunk, llama_pos n_past, llama_seq_id seq_id, int32_t n_batch, bool logits_last, llama_pos * new_n_past)` (mtmd-helper.h:111)
        """
    def mtmd_helper_decode_image_chunk(self, ctx: Ptr[mtmd_context], lctx: Ptr[llama_context], chunk: Ptr[mtmd_input_chunk], encoded_embd: Ptr[float], n_past: llama_pos, seq_id: llama_seq_id, n_batch: int, new_n_past: Ptr[llama_pos], callback: mtmd_helper_post_decode_callback, user_data: Ptr[Any], /) -> int:
        """helper function to decode an image whose embeddings have already been calculated
        this helper will handle batching and pre/post decoding setup (for ex. gemma 3 requires non-causal attention)
        ret 0 on success, -1 on chunk not being a valid image chunk, 1 on decode failure

        `int32_t mtmd_helper_decode_image_chunk(mtmd_context * ctx, struct llama_context * lctx, const mtmd_input_chunk * chunk, float * encoded_embd, llama_pos n_past, llama_seq_id seq_id, int32_t n_batch, llama_pos * new_n_past, mtmd_helper_post_decode_callback callback, void * user_data)` (mtmd-helper.h:135)
        """
    def mtmd_helper_video_init(self, mctx: Ptr[mtmd_context], path: ConstChars, params: mtmd_helper_video_init_params, /) -> Ptr[mtmd_helper_video]:
        """returns NULL on failure (ffprobe not found, file unreadable, etc.)

        `mtmd_helper_video * mtmd_helper_video_init(const struct mtmd_context * mctx, const char * path, struct mtmd_helper_video_init_params params)` (mtmd-helper.h:165)
        """
    def mtmd_helper_video_init_from_buf(self, mctx: Ptr[mtmd_context], buf: bytes | ConstPtr[int], len: int, params: mtmd_helper_video_init_params, /) -> Ptr[mtmd_helper_video]:
        """Same as mtmd_helper_video_init(), but reads from an in-memory buffer.
        The buffer is copied internally; the caller does not need to keep it alive.
        Note: pipe input is not seekable, so seeking will use output-side seeking
        (ffmpeg decodes and discards frames up to the target position).

        `mtmd_helper_video * mtmd_helper_video_init_from_buf(const struct mtmd_context * mctx, const unsigned char * buf, size_t len, struct mtmd_helper_video_init_params params)` (mtmd-helper.h:174)
        """
    def mtmd_helper_video_free(self, ctx: Ptr[mtmd_helper_video], /) -> None:
        """Same as mtmd_helper_video_init(), but reads from an in-memory buffer.
        The buffer is copied internally; the caller does not need to keep it alive.
        Note: pipe input is not seekable, so seeking will use output-side seeking
        (ffmpeg decodes and discards frames up to the target position).

        `void mtmd_helper_video_free(mtmd_helper_video * ctx)` (mtmd-helper.h:178)
        """
    def mtmd_helper_video_get_info(self, ctx: Ptr[mtmd_helper_video], /) -> mtmd_helper_video_info:
        """Same as mtmd_helper_video_init(), but reads from an in-memory buffer.
        The buffer is copied internally; the caller does not need to keep it alive.
        Note: pipe input is not seekable, so seeking will use output-side seeking
        (ffmpeg decodes and discards frames up to the target position).

        `struct mtmd_helper_video_info mtmd_helper_video_get_info(const mtmd_helper_video * ctx)` (mtmd-helper.h:179)
        """
    def mtmd_helper_video_read_next(self, ctx: Ptr[mtmd_helper_video], out_bitmap: Ptr[Ptr[mtmd_bitmap]], out_text: Ptr[Ptr[bytes]], /) -> int:
        """Read the next item from the video stream; exactly one of out_bitmap or out_text is set per call.
        *out_bitmap - heap-allocated; caller must free with mtmd_bitmap_free()
        *out_text   - heap-allocated (always via strdup/malloc); caller must free with free()
        returns 0 on success, -1 on EOF, -2 on error

        `int32_t mtmd_helper_video_read_next(mtmd_helper_video * ctx, mtmd_bitmap ** out_bitmap, char ** out_text)` (mtmd-helper.h:185)
        """
    def mtmd_helper_model_can_chat(self, lctx: Ptr[llama_context], mctx: Ptr[mtmd_context], /) -> bool:
        """return true if model can be used for chat

        `bool mtmd_helper_model_can_chat(const struct llama_context * lctx, const struct mtmd_context * mctx)` (mtmd-helper.h:190)
        """
    def mtmd_helper_gen_audio_init(self, lctx: Ptr[llama_context], mctx: Ptr[mtmd_context], /) -> Ptr[mtmd_helper_gen_audio]:
        """`mtmd_helper_gen_audio * mtmd_helper_gen_audio_init(struct llama_context * lctx, struct mtmd_context * mctx)` (mtmd-helper.h:222)"""
    def mtmd_helper_gen_audio_free(self, ctx: Ptr[mtmd_helper_gen_audio], /) -> None:
        """`void mtmd_helper_gen_audio_free(mtmd_helper_gen_audio * ctx)` (mtmd-helper.h:226)"""
    def mtmd_helper_gen_audio_reset(self, ctx: Ptr[mtmd_helper_gen_audio], /) -> None:
        """`void mtmd_helper_gen_audio_reset(mtmd_helper_gen_audio * ctx)` (mtmd-helper.h:228)"""
    def mtmd_helper_gen_audio_set_input(self, ctx: Ptr[mtmd_helper_gen_audio], inp: Ptr[mtmd_helper_gen_audio_inp], /) -> int:
        """`int32_t mtmd_helper_gen_audio_set_input(mtmd_helper_gen_audio * ctx, const struct mtmd_helper_gen_audio_inp * inp)` (mtmd-helper.h:230)"""
    def mtmd_helper_gen_audio_step_prompt(self, ctx: Ptr[mtmd_helper_gen_audio], n_batch: int, /) -> int:
        """processes at most n_batch prompt tokens per call
        returns: >0 = number of prompt tokens remaining, 0 = done, <0 = error

        `int32_t mtmd_helper_gen_audio_step_prompt(mtmd_helper_gen_audio * ctx, int32_t n_batch)` (mtmd-helper.h:236)
        """
    def mtmd_helper_gen_audio_step_gen(self, ctx: Ptr[mtmd_helper_gen_audio], sampled: llama_token, h_state_in: ConstPtr[float], h_state_out: Ptr[Ptr[float]], out_stop: Ptr[bool], /) -> int:
        """generates one frame; must only be called after step_prompt() has returned 0
        sampled can be LLAMA_TOKEN_NULL for pipelines with no discrete backbone token
        out_stop (optional) is set on end-of-speech, the caller must then stop the loop
        h_state_out is valid until next step_gen() or reset() call, null if no frame is generated

        `int32_t mtmd_helper_gen_audio_step_gen(mtmd_helper_gen_audio * ctx, llama_token sampled, const float * h_state_in, const float ** h_state_out, bool * out_stop)` (mtmd-helper.h:244)
        """
    def mtmd_helper_gen_audio_get_output(self, ctx: Ptr[mtmd_helper_gen_audio], out_sample_rate: Ptr[int], out_data: Ptr[Ptr[bytes]], out_data_len: Ptr[int], out_n_samples: Ptr[int], /) -> int:
        """out_data valid until next get_output() or reset() call
        out_n_samples (optional, can be NULL) receives the number of generated PCM samples

        `int32_t mtmd_helper_gen_audio_get_output(mtmd_helper_gen_audio * ctx, int32_t * out_sample_rate, const char ** out_data, size_t * out_data_len, int64_t * out_n_samples)` (mtmd-helper.h:253)
        """
    def lcffi_guard_install(self, /) -> None:
        """Make ggml's assertions throw while a guard is on this thread's stack; elsewhere they still end the process.

        `void lcffi_guard_install(void)` (guard.h:15)
        """
    def lcffi_plugin_open(self, backend: ConstChars, path: ConstChars, /) -> Ptr[bytes]:
        """Remember the shared library that holds the functions of a plug-in backend ("cpu", "rpc"), already loaded from `path`.
        Returns NULL, or why it could not be opened; the text is valid until this thread's next call.

        `const char * lcffi_plugin_open(const char * backend, const char * path)` (guard.h:19)
        """
    def lcffi_plugin_commit(self, path: ConstChars, /) -> Ptr[bytes]:
        """The llama.cpp commit that the plug-in file at `path` says it was built from, read without initialising the backend.
        NULL when it says nothing; a file that cannot be opened at all gives "!" and the loader's reason.

        `const char * lcffi_plugin_commit(const char * path)` (guard.h:23)
        """
    def lcffi_plugin_score(self, path: ConstChars, /) -> int:
        """What the plug-in's `ggml_backend_score` says of this machine, read without initialising the backend: 0 when the CPU
        lacks what it was compiled for, else the more of the machine's features it uses, the higher. -1 when it does not say.

        `int32_t lcffi_plugin_score(const char * path)` (guard.h:27)
        """
    def lcffi_pending_functions(self, flag: Ptr[Ptr[Any]], take: Ptr[Ptr[Any]], /) -> None:
        """For those who call a function of `lib` by its address, past the wrapper that would have raised its error: the
        addresses of two functions without a guard. `flag` is `int32_t * (*)(void)`, this thread's flag of a pending error,
        valid as long as the thread lives; `take` is lcffi_take_pending (pending.h).

        `void lcffi_pending_functions(void ** flag, void ** take)` (guard.h:32)
        """
    def lcffi_log_install(self, line: lcffi_log_line_t, /) -> None:
        """Send every line to `line`, from whichever thread logs it. NULL drops them.

        `void lcffi_log_install(lcffi_log_line_t line)` (log.h:14)
        """
    def lcffi_log_clear(self, /) -> None:
        """Forget the error lines that this thread has logged so far.

        `void lcffi_log_clear(void)` (log.h:17)
        """
    def lcffi_log_errors(self, /) -> Ptr[bytes]:
        """The last error lines (at most 8) that this thread logged since lcffi_log_clear, joined by newlines; "" when none.
        Valid until this thread's next log line.

        `const char * lcffi_log_errors(void)` (log.h:21)
        """
    def lcffi_interrupt_abort(self, interrupt: Ptr[Any], /) -> bool:
        """A ggml_abort_callback over a `struct lcffi_interrupt *`: true stops the graph.

        `bool lcffi_interrupt_abort(void * interrupt)` (interrupt.h:28)
        """
    def lcffi_interrupt_progress(self, progress: float, interrupt: Ptr[Any], /) -> bool:
        """A llama_progress_callback over a `struct lcffi_interrupt *`: false stops the load. It notes `progress`, and polls at
        0 and at 1 whatever the clock says.

        `bool lcffi_interrupt_progress(float progress, void * interrupt)` (interrupt.h:32)
        """
    def lcffi_logprobs(self, logits: ConstPtr[float], n_vocab: int, token: llama_token, n_top: int, result: Ptr[lcffi_logprob], /) -> None:
        """The log-softmax of a row at `token`, written to result[0], and at the `n_top` tokens of highest logit, the best first,
        written after it; of equal ones the lower token comes first. No logit may be +inf or not a number.

        `void lcffi_logprobs(const float * logits, int32_t n_vocab, llama_token token, int32_t n_top, struct lcffi_logprob * result)` (logprobs.h:17)
        """
    def lcffi_logprobs_outputs(self, ctx: Ptr[llama_context], output: int, n_rows: int, tokens: ConstPtr[llama_token], n_top: int, results: Ptr[lcffi_logprob], /) -> bool:
        """The same for `n_rows` outputs of the last batch, from that of token `output` on, into 1 + n_top results each. Returns
        false when an output has no logits, or some that are not numbers.

        `bool lcffi_logprobs_outputs(struct llama_context * ctx, int32_t output, int32_t n_rows, const llama_token * tokens, int32_t n_top, struct lcffi_logprob * results)` (logprobs.h:22)
        """
    def lcffi_batch_extend(self, batch: Ptr[llama_batch], tokens: ConstPtr[llama_token], n_tokens: int, pos0: llama_pos, seq_id: llama_seq_id, output: int, /) -> None:
        """Append `n_tokens` consecutive tokens of one sequence, at pos0, pos0 + 1, …, to a batch that has room for them.
        `output`: 0 asks for no output, 1 for the last token's, 2 for every token's.

        `void lcffi_batch_extend(struct llama_batch * batch, const llama_token * tokens, int32_t n_tokens, llama_pos pos0, llama_seq_id seq_id, int32_t output)` (batch.h:12)
        """
    def lcffi_batch_extend_embeddings(self, batch: Ptr[llama_batch], rows: ConstPtr[float], n_rows: int, n_embd: int, pos0: llama_pos, seq_id: llama_seq_id, output: int, /) -> None:
        """Append `n_rows` consecutive positions of one sequence to a batch of embeddings, rows of `n_embd` floats in place of tokens.

        `void lcffi_batch_extend_embeddings(struct llama_batch * batch, const float * rows, int32_t n_rows, int32_t n_embd, llama_pos pos0, llama_seq_id seq_id, int32_t output)` (batch.h:16)
        """
    def lcffi_batch_add(self, batch: Ptr[llama_batch], token: llama_token, pos: llama_pos, seq_ids: ConstPtr[llama_seq_id], n_seq_ids: int, output: bool, /) -> None:
        """Append one token that belongs to `n_seq_ids` sequences.

        `void lcffi_batch_add(struct llama_batch * batch, llama_token token, llama_pos pos, const llama_seq_id * seq_ids, int32_t n_seq_ids, bool output)` (batch.h:20)
        """
    def lcffi_chat_free_text(self, text: Ptr[bytes], /) -> None:
        """What is returned as `char *` is the caller's: free it with this. NULL is fine.

        `void lcffi_chat_free_text(char * text)` (chat.h:14)
        """
    def lcffi_chat_template_new(self, source: ConstChars, n_source: int, bos_token: ConstChars, eos_token: ConstChars, error: Ptr[Ptr[bytes]], /) -> Ptr[lcffi_chat_template]:
        """A template that was parsed, for both engines' sake by llama.cpp's (common_chat_templates). Usable from many threads at
        once. NULL on failure, with the reason in `error`, which is the caller's.

        `struct lcffi_chat_template * lcffi_chat_template_new(const char * source, size_t n_source, const char * bos_token, const char * eos_token, char ** error)` (chat.h:19)
        """
    def lcffi_chat_template_free(self, chat_template: Ptr[lcffi_chat_template], /) -> None:
        """A template that was parsed, for both engines' sake by llama.cpp's (common_chat_templates). Usable from many threads at
        once. NULL on failure, with the reason in `error`, which is the caller's.

        `void lcffi_chat_template_free(struct lcffi_chat_template * chat_template)` (chat.h:21)
        """
    def lcffi_chat_template_caps(self, chat_template: Ptr[lcffi_chat_template], n_answer: Ptr[int], failed: Ptr[bool], /) -> Ptr[bytes]:
        """What the template can do, an object of booleans (common_chat_templates_get_caps).

        `char * lcffi_chat_template_caps(const struct lcffi_chat_template * chat_template, size_t * n_answer, bool * failed)` (chat.h:24)
        """
    def lcffi_chat_apply(self, chat_template: Ptr[lcffi_chat_template], request: ConstChars, n_request: int, n_answer: Ptr[int], failed: Ptr[bool], /) -> Ptr[bytes]:
        """The prompt, and how the reply is to be constrained and read (common_chat_templates_apply). In: messages, tools,
        tool_choice, parallel_tool_calls, json_schema, grammar, reasoning_format, enable_thinking, add_generation_prompt,
        continue_final_message, chat_template_kwargs. Out: prompt, format, grammar, grammar_lazy, grammar_triggers,
        preserved_tokens, additional_stops, generation_prompt, parser, supports_thinking, thinking_start_tag,
        thinking_end_tags.

        `char * lcffi_chat_apply(const struct lcffi_chat_template * chat_template, const char * request, size_t n_request, size_t * n_answer, bool * failed)` (chat.h:31)
        """
    def lcffi_chat_direct_apply(self, chat_template: Ptr[lcffi_chat_template], request: ConstChars, n_request: int, n_answer: Ptr[int], failed: Ptr[bool], /) -> Ptr[bytes]:
        """What the template itself makes of the messages, which stay as they are (common_chat_template_direct_apply).
        In: messages, tools, add_generation_prompt, enable_thinking, extra_context. Out: the prompt, not as JSON.

        `char * lcffi_chat_direct_apply(const struct lcffi_chat_template * chat_template, const char * request, size_t n_request, size_t * n_answer, bool * failed)` (chat.h:36)
        """
    def lcffi_chat_parser_new(self, params: ConstChars, n_params: int, error: Ptr[Ptr[bytes]], /) -> Ptr[lcffi_chat_parser]:
        """Reads a reply as it grows: made from what lcffi_chat_apply said of it (format, parser, generation_prompt), with
        reasoning_format and parse_tool_calls. One thread at a time. NULL on failure, with the reason in `error`.

        `struct lcffi_chat_parser * lcffi_chat_parser_new(const char * params, size_t n_params, char ** error)` (chat.h:42)
        """
    def lcffi_chat_parser_free(self, parser: Ptr[lcffi_chat_parser], /) -> None:
        """Reads a reply as it grows: made from what lcffi_chat_apply said of it (format, parser, generation_prompt), with
        reasoning_format and parse_tool_calls. One thread at a time. NULL on failure, with the reason in `error`.

        `void lcffi_chat_parser_free(struct lcffi_chat_parser * parser)` (chat.h:43)
        """
    def lcffi_chat_parse(self, parser: Ptr[lcffi_chat_parser], text: ConstChars, n_text: int, partial: bool, n_answer: Ptr[int], failed: Ptr[bool], /) -> Ptr[bytes]:
        """Read the reply so far, all of it; `partial` when more may come (common_chat_parse). Out: message (role, content,
        reasoning_content, tool_calls), and deltas: what is new in it since the last call (common_chat_msg_diff).

        `char * lcffi_chat_parse(struct lcffi_chat_parser * parser, const char * text, size_t n_text, bool partial, size_t * n_answer, bool * failed)` (chat.h:47)
        """
    def lcffi_fit_params(self, path: ConstChars, params: Ptr[llama_model_params], context: Ptr[llama_context_params], tensor_split: Ptr[float], overrides: Ptr[llama_model_tensor_buft_override], margins: Ptr[int], n_ctx_min: int, /) -> int:
        """common_fit_params of llama-common, one call at a time. It loads the model without its weights, several times, and
        sets n_gpu_layers, n_ctx (when 0), and the two tables, which `params` then points to: `tensor_split` has
        llama_max_devices() numbers and `overrides` llama_max_tensor_buft_overrides() entries. `margins` is the memory, in
        bytes, that is to stay free on each device. Returns 0 when everything fits, 1 when it does not, 2 for an error.

        `int32_t lcffi_fit_params(const char * path, struct llama_model_params * params, struct llama_context_params * context, float * tensor_split, struct llama_model_tensor_buft_override * overrides, size_t * margins, uint32_t n_ctx_min)` (fit.h:21)
        """
    def lcffi_memory_use(self, path: ConstChars, params: Ptr[llama_model_params], context: Ptr[llama_context_params], devices: Ptr[ggml_backend_dev_t], bytes: Ptr[int], room: int, /) -> int:
        """What a model and a context take of memory (common_get_device_memory_data of llama-common), which loads the model without
        its weights. Of device i the bytes of weights, of the cache, and of computing are in `bytes` at 3 * i; the last one is
        the host. Returns how many there are, at most `room`, of which `devices` gets those but the host, or LCFFI_FIT_MISSING.

        `int32_t lcffi_memory_use(const char * path, const struct llama_model_params * params, const struct llama_context_params * context, ggml_backend_dev_t * devices, uint64_t * bytes, int32_t room)` (fit.h:28)
        """
    def lcffi_layers_watch(self, /) -> None:
        """Note, from now on, what llama.cpp says on this thread of where the layers of a model that it loads go.

        `void lcffi_layers_watch(void)` (fit.h:33)
        """
    def lcffi_layers_seen(self, /) -> Ptr[bytes]:
        """End that, and return the names of the devices, each with a newline, in the order of the layers; the last one holds
        the output. "" when llama.cpp said nothing. Valid until this thread's next lcffi_layers_watch.

        `const char * lcffi_layers_seen(void)` (fit.h:37)
        """
    def lcffi_xxh3_128(self, data: bytes | ConstPtr[int], size: int, digest: Ptr[int], /) -> None:
        """The XXH3 hash of `size` bytes: 16 bytes to `digest`, in xxHash's canonical order.

        `void lcffi_xxh3_128(const uint8_t * data, size_t size, uint8_t * digest)` (hash.h:12)
        """
    def lcffi_sampler_healing(self, n_states: int, begins: ConstPtr[int], tokens: ConstPtr[llama_token], next: ConstPtr[int], /) -> llama_sampler_p:
        """A sampler that is in one of `n_states` states, at first in 0, and drops the candidates that the state does not allow.
        State s allows tokens[begins[s]] to tokens[begins[s + 1] - 1], in rising order; each leads to the state of the same place
        in `next`. From state `n_states` on, and after a token that was not allowed, everything is. Nothing is borrowed.

        `struct llama_sampler * lcffi_sampler_healing(int32_t n_states, const int32_t * begins, const llama_token * tokens, const int32_t * next)` (healing.h:13)
        """
    def lcffi_sampler_min_tokens(self, ends: ConstPtr[llama_token], n_ends: int, n_min: int, /) -> llama_sampler_p:
        """`ends` are forbidden until `n_min` tokens were accepted; a prompt's do not count.

        `struct llama_sampler * lcffi_sampler_min_tokens(const llama_token * ends, int32_t n_ends, int32_t n_min)` (min_tokens.h:11)
        """
    def lcffi_huge_pages(self, data: bytes | ConstPtr[int], size: int, /) -> None:
        """Ask the system for huge pages under `size` bytes, and for the small ones at both ends at once: most of the time of
        a first write goes into making pages. Does nothing where the system knows none of this; not an error.

        `void lcffi_huge_pages(const uint8_t * data, size_t size)` (pages.h:13)
        """
    def lcffi_quantize(self, source: ConstChars, target: ConstChars, params: Ptr[llama_model_quantize_params], interrupt: Ptr[lcffi_interrupt], /) -> int:
        """llama_model_quantize, which tells nothing but log lines: the one that begins each tensor gives the progress to
        lcffi_interrupt_progress, and ends the work when that says so. Returns what llama_model_quantize does.

        `uint32_t lcffi_quantize(const char * source, const char * target, const struct llama_model_quantize_params * params, struct lcffi_interrupt * interrupt)` (quantize.h:15)
        """
    def lcffi_quantize_said(self, /) -> Ptr[bytes]:
        """What the last lcffi_quantize logged on this thread; with dry_run that is all that it does. Valid until the next.

        `const char * lcffi_quantize_said(void)` (quantize.h:19)
        """
    def lcffi_sampler_reasoning(self, vocab: Ptr[llama_vocab], start: ConstPtr[llama_token], n_start: int, ends: ConstPtr[llama_token], n_end: ConstPtr[int], n_ends: int, forced: ConstPtr[llama_token], n_forced: int, budget: int, counting: bool, /) -> llama_sampler_p:
        """A sampler that counts the tokens after `start` and, when `budget` of them have passed and none of the `n_ends` ends has
        come, forces `forced` (common_reasoning_budget_init). `ends` holds their tokens one after another, `n_end` the length
        of each. `counting` when the prompt has begun the thinking already. The vocabulary must outlive it.

        `struct llama_sampler * lcffi_sampler_reasoning(const struct llama_vocab * vocab, const llama_token * start, int32_t n_start, const llama_token * ends, const int32_t * n_end, int32_t n_ends, const llama_token * forced, int32_t n_forced, int32_t budget, bool counting)` (reasoning.h:13)
        """
    def lcffi_token_tree_init(self, vocab: Ptr[llama_vocab], /) -> Ptr[lcffi_token_tree]:
        """A tree in which a token stands under the longest other token that it begins with. It holds nothing of the vocabulary.

        `struct lcffi_token_tree * lcffi_token_tree_init(const struct llama_vocab * vocab)` (token_tree.h:13)
        """
    def lcffi_token_tree_free(self, tree: Ptr[lcffi_token_tree], /) -> None:
        """`void lcffi_token_tree_free(struct lcffi_token_tree * tree)` (token_tree.h:15)"""
    def lcffi_token_tree_match(self, tree: Ptr[lcffi_token_tree], vocab: Ptr[llama_vocab], text: ConstChars, n_text: int, tokens: Ptr[llama_token], room: int, counts: Ptr[int], /) -> int:
        """Find the tokens that `text` begins with, those that spell it, and those that begin with it: their numbers go to `counts`,
        in this order, and the tokens, as far as there is `room`, to `tokens`, each of the three in rising order. Tokens that
        spell nothing and those that end a generation are none of them. Returns how many there are; `vocab` is the tree's.

        `int32_t lcffi_token_tree_match(const struct lcffi_token_tree * tree, const struct llama_vocab * vocab, const char * text, int32_t n_text, llama_token * tokens, int32_t room, int32_t * counts)` (token_tree.h:20)
        """
    def lcffi_token_tree_longest(self, tree: Ptr[lcffi_token_tree], /) -> int:
        """How many bytes the longest token spells.

        `int32_t lcffi_token_tree_longest(const struct lcffi_token_tree * tree)` (token_tree.h:24)
        """
    def lcffi_sampler_sample(self, chain: Ptr[llama_sampler], lazy: Ptr[lcffi_lazy], ctx: Ptr[llama_context], output: int, token: Ptr[llama_token], error: Ptr[bytes], /) -> bool:
        """llama_sampler_sample, which also refuses logits that are not numbers and the choice of a forbidden token. On failure returns false, and `error` says why; nothing was accepted, or not by every stage.
        `lazy` may be NULL. Constraints that the chain begins with, a grammar or our own, are asked
        about the token that the stages behind them choose, and about all tokens only when they refuse that one, as long as
        these stages can choose twice.

        `bool lcffi_sampler_sample(struct llama_sampler * chain, struct lcffi_lazy * lazy, struct llama_context * ctx, int32_t output, llama_token * token, char * error)` (sampler.h:33)
        """
    def lcffi_sampler_apply(self, chain: Ptr[llama_sampler], candidates: Ptr[llama_token_data_array], error: Ptr[bytes], /) -> bool:
        """llama_sampler_apply, failing as lcffi_sampler_sample does.

        `bool lcffi_sampler_apply(struct llama_sampler * chain, llama_token_data_array * candidates, char * error)` (sampler.h:37)
        """
    def lcffi_sampler_accept(self, chain: Ptr[llama_sampler], lazy: Ptr[lcffi_lazy], tokens: ConstPtr[llama_token], n_tokens: int, grammar: bool, error: Ptr[bytes], /) -> bool:
        """llama_sampler_accept of `n_tokens` tokens; not by grammars, reasoning budgets and healing when `grammar` is false,
        because a prompt is not part of what a grammar describes, nor of the thoughts that are counted.

        `bool lcffi_sampler_accept(struct llama_sampler * chain, struct lcffi_lazy * lazy, const llama_token * tokens, int32_t n_tokens, bool grammar, char * error)` (sampler.h:41)
        """
    def lcffi_sampler_grammar(self, vocab: Ptr[llama_vocab], grammar: ConstChars, root: ConstChars, lazy: bool, patterns: Ptr[Ptr[bytes]], n_patterns: int, tokens: ConstPtr[llama_token], n_tokens: int, error: Ptr[bytes], /) -> llama_sampler_p:
        """llama_sampler_init_grammar, or llama_sampler_init_grammar_lazy_patterns when `lazy`, with the stack that a deeply
        nested grammar needs. Returns NULL when it is refused; the reasons are in `error`, a line each.

        `struct llama_sampler * lcffi_sampler_grammar(const struct llama_vocab * vocab, const char * grammar, const char * root, bool lazy, const char ** patterns, int32_t n_patterns, const llama_token * tokens, int32_t n_tokens, char * error)` (sampler.h:46)
        """
    def lcffi_grammar_poll(self, poll: lcffi_poll_t, user_data: Ptr[Any], /) -> None:
        """From now on a grammar that takes long to go on calls `poll(user_data)` every 20 ms, and true stops it. After some seconds
        it is stopped in any case, and whatever it was asked for fails.

        `void lcffi_grammar_poll(lcffi_poll_t poll, void * user_data)` (sampler.h:52)
        """
    def lcffi_sampler_reset(self, chain: Ptr[llama_sampler], n_grammar: int, /) -> None:
        """llama_sampler_reset, which parses grammars again: `n_grammar` is the length of the longest.

        `void lcffi_sampler_reset(struct llama_sampler * chain, int32_t n_grammar)` (sampler.h:55)
        """
    def lcffi_schema_grammar(self, schema: ConstChars, error: Ptr[bytes], /) -> Ptr[bytes]:
        """The grammar for the schema in `schema`, a text of JSON. Returns NULL when it is refused; `error` then says why.
        The converter ignores keywords that it does not know: check them first (llamacffi/generation/constraints/schema.py).
        The result is valid until this thread's next call.

        `const char * lcffi_schema_grammar(const char * schema, char * error)` (schema.h:14)
        """
    def lcffi_speculative_default_params(self, /) -> lcffi_speculative_params:
        """llama-common's own.

        `struct lcffi_speculative_params lcffi_speculative_default_params(void)` (speculative.h:36)
        """
    def lcffi_speculative_init(self, kind: lcffi_speculative_kind, target: Ptr[llama_context], draft: Ptr[llama_context], params: lcffi_speculative_params, error: Ptr[bytes], /) -> Ptr[lcffi_speculative]:
        """Draft for `target` with `draft`, a context of the same batches and sequences, made with ctx_other = target (and for
        MTP ctx_type = LLAMA_CONTEXT_TYPE_MTP). From the next decode on the target puts out the hidden states that are read.
        Both contexts must outlive it. Returns NULL with the reason in `error`, of LCFFI_SPECULATIVE_ERROR bytes.

        `struct lcffi_speculative * lcffi_speculative_init(enum lcffi_speculative_kind kind, struct llama_context * target, struct llama_context * draft, struct lcffi_speculative_params params, char * error)` (speculative.h:41)
        """
    def lcffi_speculative_free(self, speculative: Ptr[lcffi_speculative], /) -> None:
        """The target is left as it is; lcffi_speculative_detach, before, makes it put out no more than it did at first.

        `void lcffi_speculative_free(struct lcffi_speculative * speculative)` (speculative.h:46)
        """
    def lcffi_speculative_detach(self, speculative: Ptr[lcffi_speculative], /) -> None:
        """The target is left as it is; lcffi_speculative_detach, before, makes it put out no more than it did at first.

        `void lcffi_speculative_detach(struct lcffi_speculative * speculative)` (speculative.h:47)
        """
    def lcffi_speculative_n_max(self, speculative: Ptr[lcffi_speculative], /) -> int:
        """Tokens of a draft at most: no more than the MTP layers there are, where each predicts one.

        `int32_t lcffi_speculative_n_max(const struct lcffi_speculative * speculative)` (speculative.h:50)
        """
    def lcffi_speculative_n_floats(self, speculative: Ptr[lcffi_speculative], /) -> int:
        """How many floats the target's output buffer holds beside the outputs.

        `size_t lcffi_speculative_n_floats(const struct lcffi_speculative * speculative)` (speculative.h:53)
        """
    def lcffi_speculative_process(self, speculative: Ptr[lcffi_speculative], batch: llama_batch, /) -> bool:
        """After each decode of the target, with the same batch: take up its hidden states. False when it could not: there are
        no drafts for the batch's sequences then until the next decode.

        `bool lcffi_speculative_process(struct lcffi_speculative * speculative, struct llama_batch batch)` (speculative.h:57)
        """
    def lcffi_speculative_draft(self, speculative: Ptr[lcffi_speculative], drafts: Ptr[lcffi_draft], n_drafts: int, /) -> None:
        """Draft for each of the sequences, each of which may be there once. A sequence whose last token was not decoded, with
        what came before it, in the last batch that it was in gets none.

        `void lcffi_speculative_draft(struct lcffi_speculative * speculative, struct lcffi_draft * drafts, int32_t n_drafts)` (speculative.h:61)
        """
    def lcffi_step(self, ctx: Ptr[llama_context], batch: llama_batch, rows: Ptr[lcffi_row], n_rows: int, pieces: Ptr[bytes], n_pieces: int, /) -> int:
        """Returns what llama_decode returned; the rows are filled only when that is 0. A sampler that fails spoils its row only,
        and those that were to come after it. A sampler that several rows of a draft share has seen, afterwards, what was
        chosen and nothing else: as if each token had been decoded by itself.
        The bytes that the tokens spell go to `pieces`, of capacity `n_pieces`; when they do not fit, -100 is returned after
        the rows' tokens were sampled, with n_piece = -needed in the row that did not fit.

        `int32_t lcffi_step(struct llama_context * ctx, struct llama_batch batch, struct lcffi_row * rows, int32_t n_rows, char * pieces, int32_t n_pieces)` (step.h:33)
        """
    def lcffi_tokenize(self, vocab: Ptr[llama_vocab], text: ConstChars, n_text: int, tokens: Ptr[llama_token], n_max: int, add_special: bool, parse_special: bool, /) -> int:
        """llama_tokenize for texts of any length. Several pre-tokenizers of byte-pair encoding match with std::regex, which
        recurses for each character of a match: a long text runs on a thread of its own, with a kilobyte of stack a byte.

        `int32_t lcffi_tokenize(const struct llama_vocab * vocab, const char * text, int32_t n_text, llama_token * tokens, int32_t n_max, bool add_special, bool parse_special)` (tokenize.h:15)
        """
    def lcffi_tokenize_batch(self, vocab: Ptr[llama_vocab], text: ConstChars, ends: ConstPtr[int], n_texts: int, tokens: Ptr[llama_token], counts: Ptr[int], add_special: bool, parse_special: bool, n_threads: int, /) -> int:
        """Tokenize many texts, `n_threads` at once. Text i is the bytes from ends[i - 1] (0 for the first) to ends[i].
        `tokens` has room for each text's bytes and 16 more; what was found is moved together at its start, in order.
        counts[i] is what lcffi_tokenize returned; a negative one has left no tokens. Returns the sum of the others.

        `int64_t lcffi_tokenize_batch(const struct llama_vocab * vocab, const char * text, const int64_t * ends, int32_t n_texts, llama_token * tokens, int32_t * counts, bool add_special, bool parse_special, int32_t n_threads)` (tokenize.h:21)
        """
    def lcffi_pieces(self, vocab: Ptr[llama_vocab], tokens: ConstPtr[llama_token], n_tokens: int, special: bool, bytes: Ptr[bytes], n_room: int, ends: Ptr[int], /) -> int:
        """Write the bytes of each token one after the other, as many as fit into `n_room`; ends[i], when `ends` is not NULL, is
        where token i's end. Returns how many bytes there are in all.

        `int64_t lcffi_pieces(const struct llama_vocab * vocab, const llama_token * tokens, int64_t n_tokens, bool special, char * bytes, int64_t n_room, int64_t * ends)` (tokenize.h:27)
        """
    def lcffi_sampler_utf8(self, vocab: Ptr[llama_vocab], /) -> llama_sampler_p:
        """What has begun but not ended must be gone on with: tokens that spell nothing, and those that end a generation, are
        forbidden within a character. The text begins where the prompt ends.

        `struct llama_sampler * lcffi_sampler_utf8(const struct llama_vocab * vocab)` (utf8.h:15)
        """
    def lcffi_vocab_eog(self, vocab: Ptr[llama_vocab], tokens: Ptr[llama_token], n_max: int, /) -> int:
        """Write the tokens that end a generation to `tokens`, at most `n_max` of them; returns how many there are.

        `int32_t lcffi_vocab_eog(const struct llama_vocab * vocab, llama_token * tokens, int32_t n_max)` (vocab.h:11)
        """

class FFI:
    """cffi's object for memory and types (https://cffi.readthedocs.io/en/stable/ref.html)."""

    NULL: Final[Null]
    CData: type[CData]
    CType: type[CType]
    error: type[Exception]
    errno: int
    buffer: type[CBuffer]
    @overload
    def new(self, cdecl: Literal["ggml_bf16_t *"], init: Any = ...) -> ggml_bf16_t_p: ...
    @overload
    def new(self, cdecl: Literal["ggml_bf16_t[]"], init: Any = ...) -> Array[ggml_bf16_t]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_init_params *"], init: Any = ...) -> ggml_init_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_init_params[]"], init: Any = ...) -> Array[ggml_init_params]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_tensor *"], init: Any = ...) -> ggml_tensor_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_tensor[]"], init: Any = ...) -> Array[ggml_tensor]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_type_traits *"], init: Any = ...) -> ggml_type_traits_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_type_traits[]"], init: Any = ...) -> Array[ggml_type_traits]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_threadpool_params *"], init: Any = ...) -> ggml_threadpool_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_threadpool_params[]"], init: Any = ...) -> Array[ggml_threadpool_params]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_tallocr *"], init: Any = ...) -> ggml_tallocr_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_tallocr[]"], init: Any = ...) -> Array[ggml_tallocr]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_dev_caps *"], init: Any = ...) -> ggml_backend_dev_caps_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_dev_caps[]"], init: Any = ...) -> Array[ggml_backend_dev_caps]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_dev_props *"], init: Any = ...) -> ggml_backend_dev_props_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_dev_props[]"], init: Any = ...) -> Array[ggml_backend_dev_props]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_feature *"], init: Any = ...) -> ggml_backend_feature_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_feature[]"], init: Any = ...) -> Array[ggml_backend_feature]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_meta_split_state *"], init: Any = ...) -> ggml_backend_meta_split_state_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_meta_split_state[]"], init: Any = ...) -> Array[ggml_backend_meta_split_state]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_graph_copy *"], init: Any = ...) -> ggml_backend_graph_copy_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_backend_graph_copy[]"], init: Any = ...) -> Array[ggml_backend_graph_copy]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_cplan *"], init: Any = ...) -> ggml_cplan_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_cplan[]"], init: Any = ...) -> Array[ggml_cplan]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_type_traits_cpu *"], init: Any = ...) -> ggml_type_traits_cpu_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_type_traits_cpu[]"], init: Any = ...) -> Array[ggml_type_traits_cpu]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_opt_optimizer_params *"], init: Any = ...) -> ggml_opt_optimizer_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_opt_optimizer_params[]"], init: Any = ...) -> Array[ggml_opt_optimizer_params]: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_opt_params *"], init: Any = ...) -> ggml_opt_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct ggml_opt_params[]"], init: Any = ...) -> Array[ggml_opt_params]: ...
    @overload
    def new(self, cdecl: Literal["struct gguf_init_params *"], init: Any = ...) -> gguf_init_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct gguf_init_params[]"], init: Any = ...) -> Array[gguf_init_params]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_token_data *", "llama_token_data *"], init: Any = ...) -> llama_token_data_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_token_data[]", "llama_token_data[]"], init: Any = ...) -> Array[llama_token_data]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_token_data_array *", "llama_token_data_array *"], init: Any = ...) -> llama_token_data_array_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_token_data_array[]", "llama_token_data_array[]"], init: Any = ...) -> Array[llama_token_data_array]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_batch *", "llama_batch *"], init: Any = ...) -> llama_batch_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_batch[]", "llama_batch[]"], init: Any = ...) -> Array[llama_batch]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_kv_override *"], init: Any = ...) -> llama_model_kv_override_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_kv_override[]"], init: Any = ...) -> Array[llama_model_kv_override]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_tensor_buft_override *"], init: Any = ...) -> llama_model_tensor_buft_override_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_tensor_buft_override[]"], init: Any = ...) -> Array[llama_model_tensor_buft_override]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_params *"], init: Any = ...) -> llama_model_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_params[]"], init: Any = ...) -> Array[llama_model_params]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler_seq_config *"], init: Any = ...) -> llama_sampler_seq_config_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler_seq_config[]"], init: Any = ...) -> Array[llama_sampler_seq_config]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_context_params *"], init: Any = ...) -> llama_context_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_context_params[]"], init: Any = ...) -> Array[llama_context_params]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_tensor_override *"], init: Any = ...) -> llama_model_tensor_override_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_tensor_override[]"], init: Any = ...) -> Array[llama_model_tensor_override]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_imatrix_data *"], init: Any = ...) -> llama_model_imatrix_data_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_imatrix_data[]"], init: Any = ...) -> Array[llama_model_imatrix_data]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_quantize_params *", "llama_model_quantize_params *"], init: Any = ...) -> llama_model_quantize_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_model_quantize_params[]", "llama_model_quantize_params[]"], init: Any = ...) -> Array[llama_model_quantize_params]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_logit_bias *", "llama_logit_bias *"], init: Any = ...) -> llama_logit_bias_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_logit_bias[]", "llama_logit_bias[]"], init: Any = ...) -> Array[llama_logit_bias]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler_chain_params *", "llama_sampler_chain_params *"], init: Any = ...) -> llama_sampler_chain_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler_chain_params[]", "llama_sampler_chain_params[]"], init: Any = ...) -> Array[llama_sampler_chain_params]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_chat_message *", "llama_chat_message *"], init: Any = ...) -> llama_chat_message_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_chat_message[]", "llama_chat_message[]"], init: Any = ...) -> Array[llama_chat_message]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_embd *"], init: Any = ...) -> llama_embd_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_embd[]"], init: Any = ...) -> Array[llama_embd]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler_data *"], init: Any = ...) -> llama_sampler_data_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler_data[]"], init: Any = ...) -> Array[llama_sampler_data]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler_i *"], init: Any = ...) -> llama_sampler_i_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler_i[]"], init: Any = ...) -> Array[llama_sampler_i]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler *"], init: Any = ...) -> llama_sampler_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_sampler[]"], init: Any = ...) -> Array[llama_sampler]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_perf_context_data *"], init: Any = ...) -> llama_perf_context_data_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_perf_context_data[]"], init: Any = ...) -> Array[llama_perf_context_data]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_perf_sampler_data *"], init: Any = ...) -> llama_perf_sampler_data_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_perf_sampler_data[]"], init: Any = ...) -> Array[llama_perf_sampler_data]: ...
    @overload
    def new(self, cdecl: Literal["struct llama_opt_params *"], init: Any = ...) -> llama_opt_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct llama_opt_params[]"], init: Any = ...) -> Array[llama_opt_params]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_input_text *", "mtmd_input_text *"], init: Any = ...) -> mtmd_input_text_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_input_text[]", "mtmd_input_text[]"], init: Any = ...) -> Array[mtmd_input_text]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_input_part *", "mtmd_input_part *"], init: Any = ...) -> mtmd_input_part_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_input_part[]", "mtmd_input_part[]"], init: Any = ...) -> Array[mtmd_input_part]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_context_params *"], init: Any = ...) -> mtmd_context_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_context_params[]"], init: Any = ...) -> Array[mtmd_context_params]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_decoder_pos *"], init: Any = ...) -> mtmd_decoder_pos_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_decoder_pos[]"], init: Any = ...) -> Array[mtmd_decoder_pos]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_caps *"], init: Any = ...) -> mtmd_caps_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_caps[]"], init: Any = ...) -> Array[mtmd_caps]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_gen_audio_info *"], init: Any = ...) -> mtmd_gen_audio_info_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_gen_audio_info[]"], init: Any = ...) -> Array[mtmd_gen_audio_info]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_gen_inp *"], init: Any = ...) -> mtmd_gen_inp_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_gen_inp[]"], init: Any = ...) -> Array[mtmd_gen_inp]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_gen_out *"], init: Any = ...) -> mtmd_gen_out_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_gen_out[]"], init: Any = ...) -> Array[mtmd_gen_out]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_video_init_params *"], init: Any = ...) -> mtmd_helper_video_init_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_video_init_params[]"], init: Any = ...) -> Array[mtmd_helper_video_init_params]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_init_opt *", "mtmd_helper_init_opt *"], init: Any = ...) -> mtmd_helper_init_opt_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_init_opt[]", "mtmd_helper_init_opt[]"], init: Any = ...) -> Array[mtmd_helper_init_opt]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_bitmap_wrapper *"], init: Any = ...) -> mtmd_helper_bitmap_wrapper_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_bitmap_wrapper[]"], init: Any = ...) -> Array[mtmd_helper_bitmap_wrapper]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_embd_batch *"], init: Any = ...) -> mtmd_helper_embd_batch_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_embd_batch[]"], init: Any = ...) -> Array[mtmd_helper_embd_batch]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_video_info *"], init: Any = ...) -> mtmd_helper_video_info_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_video_info[]"], init: Any = ...) -> Array[mtmd_helper_video_info]: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_gen_audio_inp *"], init: Any = ...) -> mtmd_helper_gen_audio_inp_p: ...
    @overload
    def new(self, cdecl: Literal["struct mtmd_helper_gen_audio_inp[]"], init: Any = ...) -> Array[mtmd_helper_gen_audio_inp]: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_interrupt *"], init: Any = ...) -> lcffi_interrupt_p: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_interrupt[]"], init: Any = ...) -> Array[lcffi_interrupt]: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_logprob *"], init: Any = ...) -> lcffi_logprob_p: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_logprob[]"], init: Any = ...) -> Array[lcffi_logprob]: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_lazy *"], init: Any = ...) -> lcffi_lazy_p: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_lazy[]"], init: Any = ...) -> Array[lcffi_lazy]: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_speculative_params *"], init: Any = ...) -> lcffi_speculative_params_p: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_speculative_params[]"], init: Any = ...) -> Array[lcffi_speculative_params]: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_draft *"], init: Any = ...) -> lcffi_draft_p: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_draft[]"], init: Any = ...) -> Array[lcffi_draft]: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_row *"], init: Any = ...) -> lcffi_row_p: ...
    @overload
    def new(self, cdecl: Literal["struct lcffi_row[]"], init: Any = ...) -> Array[lcffi_row]: ...
    @overload
    def new(self, cdecl: Literal["int *", "int16_t *", "int32_t *", "int64_t *", "int8_t *", "intptr_t *", "long *", "long long *", "ptrdiff_t *", "short *", "signed char *", "size_t *", "ssize_t *", "uint16_t *", "uint32_t *", "uint64_t *", "uint8_t *", "uintptr_t *", "unsigned *", "unsigned char *", "unsigned int *", "unsigned long *", "unsigned long long *", "unsigned short *", "ggml_fp16_t *", "llama_pos *", "llama_token *", "llama_seq_id *", "llama_state_seq_flags *"], init: Any = ...) -> Ptr[int]: ...
    @overload
    def new(self, cdecl: Literal["int[]", "int16_t[]", "int32_t[]", "int64_t[]", "int8_t[]", "intptr_t[]", "long[]", "long long[]", "ptrdiff_t[]", "short[]", "signed char[]", "size_t[]", "ssize_t[]", "uint16_t[]", "uint32_t[]", "uint64_t[]", "uint8_t[]", "uintptr_t[]", "unsigned[]", "unsigned char[]", "unsigned int[]", "unsigned long[]", "unsigned long long[]", "unsigned short[]", "ggml_fp16_t[]", "llama_pos[]", "llama_token[]", "llama_seq_id[]", "llama_state_seq_flags[]"], init: Any = ...) -> Array[int]: ...
    @overload
    def new(self, cdecl: Literal["double *", "float *", "long double *"], init: Any = ...) -> Ptr[float]: ...
    @overload
    def new(self, cdecl: Literal["double[]", "float[]", "long double[]"], init: Any = ...) -> Array[float]: ...
    @overload
    def new(self, cdecl: Literal["bool *"], init: Any = ...) -> Ptr[bool]: ...
    @overload
    def new(self, cdecl: Literal["bool[]"], init: Any = ...) -> Array[bool]: ...
    @overload
    def new(self, cdecl: Literal["char *"], init: Any = ...) -> Ptr[bytes]: ...
    @overload
    def new(self, cdecl: Literal["char[]"], init: Any = ...) -> Array[bytes]: ...
    @overload
    def new(self, cdecl: str | _t_CType, init: Any = ...) -> Any:
        """Memory for a value of a C pointer or array type, zeroed, freed with the object that is returned."""
    def new_allocator(
        self,
        alloc: Callable[[int], _t_CData] | None = ...,
        free: Callable[[_t_CData], Any] | None = ...,
        should_clear_after_alloc: bool = ...,
    ) -> Callable[..., Any]: ...
    def cast(self, cdecl: str | _t_CType, value: object) -> Any:
        """C's cast: a pointer of another type to the same address, or a number as a C value."""
    @overload
    def string(self, cdata: Ptr[bytes] | Ptr[int], maxlen: int = ...) -> bytes: ...
    @overload
    def string(self, cdata: _t_CData, maxlen: int = ...) -> Any:
        """The bytes (for char) or the str (for wchar_t) up to the first zero; for an enum, the enumerator's name."""
    @overload
    def unpack(self, cdata: Ptr[bytes], length: int) -> bytes: ...  # type: ignore[overload-overlap]
    @overload
    def unpack(self, cdata: Ptr[_T], length: int) -> list[_T]:
        """`length` items of an array, as bytes for char and as a list else."""
    def new_handle(self, obj: object, /) -> Ptr[Any]:
        """A `void *` that `from_handle` turns back into `obj`; it is valid as long as this object is kept alive."""
    def from_handle(self, handle: Ptr[Any], /) -> Any:
        """The object of a handle. A handle whose object is gone ends the process."""
    @overload
    def from_buffer(self, python_buffer: Buffer, /, require_writable: bool = ...) -> Array[bytes]: ...
    @overload
    def from_buffer(self, cdecl: str | _t_CType, python_buffer: Buffer, require_writable: bool = ...) -> Any:
        """An array over the memory of a Python object, which stays pinned as long as the result lives."""
    @overload
    def gc(self, cdata: _C, destructor: Callable[[_C], Any], size: int = ...) -> _C: ...
    @overload
    def gc(self, cdata: _t_CData, destructor: None, size: int = ...) -> None:
        """The same pointer, with a destructor that runs when the object that is returned is collected."""
    def release(self, cdata: _t_CData) -> None:
        """Free memory of `new`, `gc` or `from_buffer` now."""
    def addressof(self, cdata: _t_CData | Lib, *fields_or_indexes: str | int) -> Any:
        """The address of a record, of a field in it, or of a function of `lib`."""
    def sizeof(self, cdata_or_cdecl: _t_CData | str | _t_CType) -> int: ...
    def alignof(self, cdecl: str | _t_CType) -> int: ...
    def offsetof(self, cdecl: str | _t_CType, *fields_or_indexes: str | int) -> int: ...
    def typeof(self, cdata_or_cdecl: _t_CData | str | _t_CType) -> _t_CType: ...
    def getctype(self, cdecl: str | _t_CType, replace_with: str = ...) -> str: ...
    def integer_const(self, name: str) -> int: ...
    def list_types(self) -> tuple[list[str], list[str], list[str]]: ...
    def memmove(self, dest: _t_CData | Buffer, src: _t_CData | Buffer, n: int) -> None:
        """Copy `n` bytes."""
    @overload
    def callback(
        self,
        cdecl: str | _t_CType,
        python_callable: None = ...,
        error: Any = ...,
        onerror: Callable[[Any, Any, Any], Any] | None = ...,
    ) -> Callable[[Callable[..., Any]], Any]: ...
    @overload
    def callback(
        self,
        cdecl: str | _t_CType,
        python_callable: Callable[..., Any],
        error: Any = ...,
        onerror: Callable[[Any, Any, Any], Any] | None = ...,
    ) -> Any:
        """A function pointer made at run time; `def_extern` is faster and works where memory may not be executable."""
    def def_extern(
        self,
        name: str = ...,
        error: Any = ...,
        onerror: Callable[[type[BaseException], BaseException, TracebackType], Any] | None = ...,
    ) -> Callable[[_F], _F]:
        """Give a `lib.cb_*` its body; `error` is what C gets when the body raises."""
    def init_once(self, function: Callable[[], _T], tag: object) -> _T: ...
    def dlopen(self, name: str | None, flags: int = ...) -> Any: ...
    def dlclose(self, library: Any, /) -> None: ...

_t_CData: TypeAlias = CData
_t_CType: TypeAlias = CType
_t_ggml_backend_dev_type: TypeAlias = ggml_backend_dev_type
_t_ggml_backend_graph_copy: TypeAlias = ggml_backend_graph_copy
_t_llama_pooling_type: TypeAlias = llama_pooling_type
_t_llama_vocab_type: TypeAlias = llama_vocab_type

lib: Final[Lib]
ffi: Final[FFI]

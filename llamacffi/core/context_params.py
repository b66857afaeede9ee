"""From the options of a context to a context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llamacffi._native import check_ptr, ffi, lib, native_errors, to_c_options
from llamacffi._native.convert import instance, integer
from llamacffi._native.options import CONTEXT_OPTIONS, ContextOptions
from llamacffi.core import compat
from llamacffi.core.outputs import Outputs
from llamacffi.core.threads import usable_cores
from llamacffi.errors import ContextError, NativeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llamacffi.core.context import Context
    from llamacffi.core.evaluation import EvalTensor
    from llamacffi.core.model import Model
    from llamacffi.core.sampling.chain import SamplerChain
    from llamacffi.core.thread_pools import ThreadPoolParams

__all__ = ["EXTRAS", "ContextArguments", "check_threads", "create", "to_params"]


class ContextArguments(ContextOptions, total=False):
    """What `Model.context` takes: llama.cpp's options, and what Python has objects for."""

    samplers: Mapping[int, SamplerChain]
    """chains that run inside the graph, for the sequences that they sample for (backend sampling)"""
    cb_eval: Callable[[EvalTensor, bool], object]
    """fn(tensor, ask), called for every tensor of the graph: asked whether it wants the numbers, and then with them"""
    threadpool: ThreadPoolParams
    """priority, polling and CPUs of the threads"""
    other: Context
    """the context that this one drafts for, and whose model it may read from (ctx_other)"""


EXTRAS = ("samplers", "cb_eval", "threadpool", "other")


def to_params(options: Mapping[str, Any]) -> Any:
    """A `struct llama_context_params *`, with everything in it that ggml would assert on refused."""
    params = ffi.new("struct llama_context_params *", lib.llama_context_default_params())
    cpus = getattr(options.get("threadpool"), "cpumask", ())
    params.n_threads = min(len(cpus) or usable_cores(), lib.GGML_MAX_N_THREADS)
    plain = {name: value for name, value in compat.context_options(options).items() if name not in EXTRAS}
    to_c_options(params, plain, (*CONTEXT_OPTIONS, *EXTRAS), "Context")
    if "n_threads_batch" not in options:
        params.n_threads_batch = params.n_threads
    if (other := options.get("other")) is not None:
        compat.set_option(params, "ctx_other", instance("other", other, Outputs, "a Context").ptr)
    _check(params)
    return params


def create(model: Model, params: Any) -> Any:
    """llama_init_from_model. Raises ContextError with llama.cpp's own reason."""
    native_errors()  # what earlier calls left behind is not this one's reason
    model.check_servers()
    try:
        context = model.share(lib.llama_init_from_model, model.ptr, params[0])
    except NativeError as error:
        message = f"the context could not be made: {error}"
        raise ContextError(message) from error
    message = "the context could not be made"
    n_tokens = min(params.n_ctx or model.n_ctx_train, params.n_ubatch)
    if params.embeddings and n_tokens % params.n_seq_max:
        message += f" (to pool by the mean, n_ubatch and n_ctx must be multiples of n_seq_max={params.n_seq_max})"
    elif model.has_encoder and params.n_seq_max > 1 and not params.kv_unified:
        message += " (an encoder-decoder model needs kv_unified=True for several sequences)"
    return check_ptr(context, message, ContextError)


def check_threads(name: str, n_threads: int) -> None:
    """Refuse a number of threads that ggml would assert on, on threads where nothing can be caught."""
    integer(name, n_threads, 1, lib.GGML_MAX_N_THREADS)


def _check(params: Any) -> None:
    check_threads("n_threads", params.n_threads)
    check_threads("n_threads_batch", params.n_threads_batch)
    if params.n_ctx > _MAX_CTX:
        message = f"n_ctx must be from 0 to {_MAX_CTX}, not {params.n_ctx}"
        raise ValueError(message)
    for name in ("n_batch", "n_seq_max"):
        if getattr(params, name) < 1:
            message = f"{name} must be at least 1"
            raise ValueError(message)
    types = {getattr(lib, f"GGML_TYPE_{name}"): name.lower() for name in _CACHE_TYPES}
    for name in ("type_k", "type_v"):
        if getattr(params, name) not in types:
            message = f"{name} must be a type that ggml can write row by row: {', '.join(types.values())}"
            raise ValueError(message)


_MAX_CTX = 2**28  # llama.cpp asks for the memory in many steps, and takes half a minute to find that there is none
_CACHE_TYPES = ("F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "IQ4_NL", "Q5_0", "Q5_1")
